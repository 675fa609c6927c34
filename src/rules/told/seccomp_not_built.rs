use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "seccomp-not-built",
    steps: &[Step::Restrict],
    errnos: &[Errno::EINVAL],
    title: "a seccomp filter is asked for, and the kernel or runtime was built without seccomp",
    docs: include_str!("seccomp_not_built.md"),
    texts: Texts {
        common: 6,
        refuses: &[(Step::Restrict, &[Errno::EINVAL])],
        marks: &[
            "but seccomp not supported",
            // CRI-O's, of each release, and Docker's.
            "seccomp is not enabled",
            // containers/common, built without the tag, and runc.
            "seccomp not enabled in this build",
            "seccomp: config provided but",
            "seccomp support is not compiled",
            "kernel does not support seccomp",
            "seccomp profiles are not supported on this daemon",
            "can't load seccomp filter: not",
            "seccomp (seccomp_set_mode_filter): invalid argument",
            // prctl(2): what it says where it was not configured.
            "prctl(pr_set_seccomp) reported einval",
            "pr_set_seccomp\u{2026}invalid argument",
            "at step seccomp\u{2026}invalid argument",
        ],
        hints: &["nas", "synology", "qnap", "armv7l"],
        ask: ask(
            "grep Seccomp: /proc/self/status; runc --version",
            "no such line, or no libseccomp",
        ),
        ..Texts::NONE
    },
    ..Rule::TOLD
};
