use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "seccomp-chroot",
    steps: &[Step::ChangeRoot],
    errnos: &[Errno::EPERM, Errno::ENOSYS],
    title: "a seccomp filter blocks chroot(2)",
    since: "0.1.0",
    docs: include_str!("seccomp_chroot.md"),
    texts: Texts {
        common: 4,
        refuses: &[(Step::ChangeRoot, &[Errno::EPERM, Errno::ENOSYS])],
        // gVisor's.
        marks: &["mounting root with overlay: input/output error"],
        hints: &["systemcallfilter", "@mount", "@privileged"],
        cured: &[Sign::SeccompOff],
        confirm: "`Seccomp: 2` in /proc/self/status, and bit 18 of `CapBnd` is clear",
        ..Texts::NONE
    },
    decided_by: &[Setting::Seccomp],
    check: |facts, plan, step| seccomp::refused(facts, plan, step, &["chroot"]),
    remedies: &[
        &remedy::capabilities::CAP_ADD_SYS_CHROOT,
        &remedy::container::SECCOMP_PROFILE,
        &remedy::container::SECCOMP_UNCONFINED,
        &remedy::systemd::SYSTEMD_ALLOW_MOUNT,
        &remedy::container::PRIVILEGED,
    ],
    #[cfg(test)]
    cases: &[case("-Ur --root=/srv", ChangeRoot, Some(EPERM), |f| {
        answer(f, &Question::ChrootNowhere, Reply::Refused(EPERM))
    })
    .dark(|f| f.process.seccomp = known(2))],
};
