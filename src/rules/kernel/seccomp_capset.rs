use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "seccomp-capset",
    steps: &[Step::Capabilities],
    errnos: &[Errno::EPERM, Errno::ENOSYS],
    title: "a seccomp filter blocks capset(2)",
    since: "0.1.0",
    docs: include_str!("seccomp_capset.md"),
    texts: Texts {
        common: 3,
        refuses: &[(Step::Capabilities, &[Errno::EPERM, Errno::ENOSYS])],
        hints: &["systemcallfilter", "@privileged"],
        cured: &[Sign::SeccompOff],
        confirm: "`Seccomp: 2` in /proc/self/status, and bwrap is not setuid",
        ..Texts::NONE
    },
    decided_by: &[Setting::Seccomp],
    check: |facts, _, _| seccomp::capset(facts),
    remedies: &[
        &remedy::systemd::SYSTEMD_ALLOW_CAPSET,
        &remedy::container::SECCOMP_UNCONFINED,
        &remedy::container::PRIVILEGED,
    ],
    #[cfg(test)]
    cases: &[case(NSJAIL, Capabilities, Some(EPERM), |f| {
        answer(f, &Question::CapsetSame, Reply::Refused(EPERM));
    })
    .dark(|f| f.process.seccomp = known(2))],
};
