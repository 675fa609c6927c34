use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "seccomp-mount",
    steps: &[Step::Propagation, Step::NewRoot, Step::MountProc, Step::ChangeRoot],
    errnos: &[Errno::EPERM],
    title: "a seccomp filter blocks mount(2)",
    since: "0.1.0",
    docs: include_str!("seccomp_mount.md"),
    texts: Texts {
        common: 5,
        refuses: &[
            (Step::Propagation, &[Errno::EPERM, Errno::ENOSYS]),
            (Step::NewRoot, &[Errno::EPERM, Errno::ENOSYS]),
            (Step::MountProc, &[Errno::EPERM, Errno::ENOSYS]),
            (Step::ChangeRoot, &[Errno::EPERM]),
        ],
        hints: &["seccomp", "systemcallfilter"],
        elsewhere: &[Sign::SeccompOff, Sign::Privileged],
        // Of another root it knows only pivot_root; chroot is not its.
        weigh: |text, _| {
            let chroot = text.step == Some(Step::ChangeRoot) && !text.has("pivot");
            (!chroot).then_some(0)
        },
        cured: &[Sign::SeccompOff, Sign::SysAdmin, Sign::Privileged],
        confirm: "`Seccomp: 2` in /proc/self/status",
        ..Texts::NONE
    },
    decided_by: &[Setting::Seccomp],
    check: |facts, plan, step| seccomp::refused(facts, plan, step, &["mount", "umount2"]),
    remedies: &[
        &remedy::container::SECCOMP_PROFILE,
        &remedy::container::SECCOMP_UNCONFINED,
        &remedy::capabilities::CAP_ADD_SYS_ADMIN,
        &remedy::systemd::SYSTEMD_ALLOW_MOUNT,
        &remedy::container::PRIVILEGED,
    ],
    #[cfg(test)]
    cases: &[case(DEFAULT_FLAGS, Propagation, Some(EPERM), |f| {
        answer(f, &Question::MountNowhere(crate::plan::MS_REC_PRIVATE), Reply::Refused(EPERM))
    })
    .dark(|f| f.process.seccomp = known(2))],
};
