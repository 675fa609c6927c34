use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "capabilities-not-held",
    steps: &[Step::Exec],
    errnos: &[Errno::EPERM],
    title: "the container asks for a capability that the engine itself does not have",
    docs: include_str!("capabilities_not_held.md"),
    texts: Texts {
        common: 5,
        marks: &[
            // runc's, of each release.
            "unable to apply caps",
            "caused: apply caps: operation not permitted",
            "caused \"apply caps: operation not permitted",
            "apply capabilities",
            "unable to apply bounding set",
            "drop capabilities operation not permitted",
            "prctl drop bounding",
            "capset: operation not permitted",
            "bounding set: operation not permitted",
            "failed to remove capability",
            "pr_capbset_drop",
            "dropping capabilit\u{2026}not permitted",
            "since we don't have cap_",
        ],
        hints: &["privileged", "cap-add", "cap_add", "lxc.cap.drop"],
        places: &[Sign::Lxc],
        ask: ask("grep CapBnd /proc/self/status", "fewer than the container is to have"),
        weigh: |text, _| {
            let refused = ["operation not permitted", "don't have cap_"];
            refused.iter().any(|word| text.has(word)).then_some(10)
        },
        ..Texts::NONE
    },
    ..Rule::TOLD
};
