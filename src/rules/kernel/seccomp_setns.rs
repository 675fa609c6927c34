use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "seccomp-setns",
    steps: &[Step::JoinNamespaces],
    errnos: &[Errno::EPERM, Errno::ENOSYS],
    title: "a seccomp filter blocks setns(2)",
    since: "0.1.0",
    docs: include_str!("seccomp_setns.md"),
    texts: Texts {
        common: 4,
        refuses: &[(Step::JoinNamespaces, &[Errno::EPERM, Errno::ENOSYS])],
        hints: &["systemcallfilter", "restrictnamespaces"],
        cured: &[Sign::SeccompOff],
        confirm: "`Seccomp: 2` in /proc/self/status, and no namespace of the caller's own can be \
            entered",
        ..Texts::NONE
    },
    decided_by: &[Setting::Seccomp],
    check: |facts, plan, step| seccomp::refused(facts, plan, step, &["setns"]),
    remedies: &[
        &remedy::flags::KEEP_NETWORK,
        &remedy::container::SECCOMP_PROFILE,
        &remedy::container::SECCOMP_UNCONFINED,
        &remedy::systemd::SYSTEMD_ALLOW_NAMESPACES,
        &remedy::capabilities::CAP_ADD_SYS_ADMIN,
        &remedy::container::PRIVILEGED,
    ],
    #[cfg(test)]
    cases: &[case(PODMAN, JoinNamespaces, Some(EPERM), |f| {
        answer(f, &Question::JoinNowhere, Reply::Refused(EPERM))
    })
    .dark(|f| f.process.seccomp = known(2))],
};
