use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "own-filter-lacks-call",
    steps: &[Step::Exec],
    title: "the sandbox's own filter does not know a system call that the libraries here make",
    docs: include_str!("own_filter_lacks_call.md"),
    texts: Texts {
        common: 5,
        marks: &[
            // Chromium's, Firefox's and Tor's.
            "seccomp-bpf failure in syscall",
            "seccomp sandbox violation: pid",
            "caught a bad syscall attempt",
            // OpenSSH's, and of those that took it over (ntpd, h2o).
            "unexpected system call (arch:",
            // Judges': DMOJ's and sio2jail's.
            "protection fault on: \u{2026}(sys_",
            "intercepted forbidden syscall",
        ],
        hints: &["glibc", "rseq", "clone3", "seccomp"],
        ask: ask("ldd --version; PROGRAM --version", "a libc that is years newer"),
        // A sandbox that could not be made has not come to its filter.
        weigh: |text, _| Some(if text.step.is_some() { -40 } else { 0 }),
        ..Texts::NONE
    },
    ..Rule::TOLD
};
