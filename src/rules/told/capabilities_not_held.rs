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
            "unable to apply caps",
            "apply capabilities",
            "unable to apply bounding set",
            "drop capabilities operation not permitted",
        ],
        hints: &["privileged", "cap-add", "cap_add", "lxc.cap.drop"],
        places: &[Sign::Lxc],
        ask: ask("grep CapBnd /proc/self/status", "fewer than the container is to have"),
        weigh: |text, _| text.has("operation not permitted").then_some(10),
        ..Texts::NONE
    },
    ..Rule::TOLD
};
