use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "kernel-too-old",
    steps: &[Step::Exec],
    errnos: &[Errno::ENOSYS],
    title: "the C library of the image needs a newer kernel than this one",
    docs: include_str!("kernel_too_old.md"),
    texts: Texts {
        common: 5,
        marks: &[
            "fatal: kernel too old",
            "cannot get entropy for arc4random",
            "failed to get urandom",
        ],
        hints: &["synology", "3.10", "glibc"],
        ask: ask("uname -r", "a kernel before 3.17"),
        // That a kernel lacks namespaces is said in other words.
        weigh: |_, _| Some(10),
        ..Texts::NONE
    },
    ..Rule::TOLD
};
