use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "pasta-denied",
    steps: &[Step::Exec],
    errnos: &[Errno::EACCES],
    title: "the AppArmor profile or SELinux type of pasta keeps it from the container's network",
    docs: include_str!("pasta_denied.md"),
    texts: Texts {
        common: 6,
        marks: &[
            "couldn't open network namespace /\u{2026}permission denied",
            "netns dir open: permission denied",
        ],
        hints: &["pasta", "passt", "netns"],
        places: &[Sign::Podman],
        ask: ask("sudo journalctl -k | grep -e 'profile=\"pas' -e pasta_t", "a denial"),
        ..Texts::NONE
    },
    ..Rule::TOLD
};
