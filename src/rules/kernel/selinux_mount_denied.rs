use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "selinux-mount-denied",
    steps: &[Step::Propagation, Step::NewRoot, Step::MountProc, Step::PivotRoot],
    errnos: &[Errno::EACCES],
    title: "the SELinux policy does not allow this domain to mount",
    since: "0.1.0",
    docs: include_str!("selinux_mount_denied.md"),
    texts: Texts {
        common: 1,
        refuses: &[
            (Step::Propagation, &[Errno::EACCES, Errno::EPERM]),
            (Step::NewRoot, &[Errno::EACCES, Errno::EPERM]),
            (Step::MountProc, &[Errno::EACCES, Errno::EPERM]),
            (Step::PivotRoot, &[Errno::EACCES, Errno::EPERM]),
        ],
        marks: &["container_t", "mounton"],
        places: &[Sign::SeLinux, Sign::Podman, Sign::RedHat, Sign::OpenShift],
        never: &[Sign::SeLinuxOff],
        elsewhere: &[Sign::Ubuntu, Sign::Debian, Sign::Lxc],
        // What a policy refuses is EACCES, mostly.
        weigh: |text, _| {
            let named = text.is(Sign::SeLinux);
            Some(match (text.errno, named) {
                (Some(Errno::EPERM), false) => -24,
                (Some(Errno::EPERM), true) => -12,
                _ => 0,
            })
        },
        cured: &[Sign::SeLinux],
        confirm: "`ausearch -m avc` shows the denial",
        ..Texts::NONE
    },
    decided_by: &[],
    check: |facts, _, step| selinux::gate(facts, step, &[]),
    remedies: &[
        &remedy::container::LABEL_DISABLE,
        &remedy::flags::WITHOUT_MOUNT_PROC,
        &remedy::container::PRIVILEGED,
    ],
    #[cfg(test)]
    cases: tests::CASES,
};

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) const CASES: &[Case] = &[case(DEFAULT_FLAGS, MountProc, Some(EACCES), |f| {
        f.lsm.selinux_enforcing = known(true);
        f.trial = met(MountProc, EACCES, Reply::Ok, None);
    })
    .dark(|f| f.lsm.selinux_enforcing = denied())];
}
