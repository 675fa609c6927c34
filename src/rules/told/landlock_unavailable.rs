use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "landlock-unavailable",
    steps: &[Step::Exec],
    errnos: &[Errno::EOPNOTSUPP, Errno::ENOSYS],
    title: "the kernel has no Landlock, with which this sandbox restricts files",
    docs: include_str!("landlock_unavailable.md"),
    texts: Texts {
        common: 6,
        marks: &[
            "landlockrestrict",
            "combination of seccomp/landlock",
            "landlock is not enabled",
            "landlock is not supported",
            "landlock not supported",
            "landlock is not available",
            "landlock is unavailable",
            "not have landlock",
            "handleaccesses(",
            "cannot find landlock",
            "kernel landlock support",
            "landlock: disabled",
            "landlock\u{2026}not supported",
            "landlock\u{2026}not available",
            "landlock\u{2026}unavailable",
            "landlock\u{2026}not implemented",
            "not implemented - failed to create landlock",
        ],
        hints: &["codex", "wsl"],
        ask: ask("cat /sys/kernel/security/lsm; uname -r", "no landlock, or a kernel before 5.13"),
        ..Texts::NONE
    },
    ..Rule::TOLD
};
