use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "seccomp-pivot-root",
    steps: &[Step::PivotRoot],
    errnos: &[Errno::EPERM, Errno::ENOSYS],
    title: "a seccomp filter blocks pivot_root(2), or the umount2(2) behind it",
    since: "0.1.0",
    docs: include_str!("seccomp_pivot_root.md"),
    texts: Texts {
        common: 6,
        refuses: &[(Step::PivotRoot, &[Errno::EPERM, Errno::ENOSYS])],
        hints: &["bwrap", "nsjail", "jailer", "docker", "sys_admin", "kubernetes", "containerd"],
        cured: &[Sign::SeccompOff],
        confirm: "`Seccomp: 2` in /proc/self/status, and the container has CAP_SYS_ADMIN",
        ..Texts::NONE
    },
    decided_by: &[Setting::Seccomp],
    // The default profiles of Docker and containerd have no entry for pivot_root(2), whatever the
    // capabilities are.
    check: |facts, plan, step| seccomp::refused(facts, plan, step, &["pivot_root", "umount2"]),
    remedies: &[
        &remedy::container::SECCOMP_PROFILE,
        &remedy::container::SECCOMP_UNCONFINED,
        &remedy::flags::NO_PIVOT_ROOT,
        &remedy::systemd::SYSTEMD_ALLOW_MOUNT,
        &remedy::container::PRIVILEGED,
    ],
    #[cfg(test)]
    cases: &[case(NSJAIL, PivotRoot, Some(EPERM), |f| {
        answer(f, &Question::PivotNowhere, Reply::Refused(EPERM))
    })
    .dark(|f| f.process.seccomp = known(2))],
};
