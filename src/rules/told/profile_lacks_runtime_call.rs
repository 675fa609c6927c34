use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "profile-lacks-runtime-call",
    steps: &[Step::Exec],
    errnos: &[Errno::EPERM],
    title: "the seccomp profile refuses a call that the runtime makes before it starts the program",
    docs: include_str!("profile_lacks_runtime_call.md"),
    texts: Texts {
        common: 4,
        // runc's, of its own files in /proc, which the kernel refuses nobody.
        marks: &[
            "lstat /proc/self/fd/\u{2026}operation not permitted",
            "open /proc/self/fd: operation not permitted",
            "exec fds: \u{2026}operation not permitted",
            "could not get mount id: operation not permitted",
        ],
        hints: &["seccomp", ".json", "statx"],
        never: &[Sign::SeccompOff],
        cured: &[Sign::SeccompOff],
        confirm: "it starts with --security-opt seccomp=unconfined, or without that profile",
        weigh: |_, _| Some(10),
        ..Texts::NONE
    },
    ..Rule::TOLD
};
