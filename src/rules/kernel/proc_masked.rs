use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "proc-masked",
    steps: &[Step::MountProc],
    errnos: &[Errno::EPERM],
    title: "/proc is masked by other mounts, and a fresh procfs would reveal what they hide",
    since: "0.1.0",
    docs: include_str!("proc_masked.md"),
    texts: Texts {
        common: 9,
        refuses: &[(Step::MountProc, &[Errno::EPERM])],
        marks: &[
            "too revealing",
            "systempaths",
            "procfs is obstructed",
            "/proc/sys/fs/binfmt_misc type",
            // nix asks for a procfs of its own before it says so.
            "kernel namespaces that are required for sandboxing",
        ],
        hints: &["protectkerneltunables", "/proc submounts"],
        places: &[
            Sign::ProcSubmounts,
            Sign::Docker,
            Sign::Container,
            Sign::Kubernetes,
            Sign::Lxc,
            Sign::Nspawn,
        ],
        elsewhere: &[Sign::Privileged],
        ask: ask("findmnt --submounts /proc", "more than /proc itself"),
        confirm: "/proc/self/mountinfo has mounts below /proc",
        weigh: |text, _| {
            let nix = text.step == Some(Step::Unshare) && text.has("kernel namespaces that are");
            let inside = [Sign::Nspawn, Sign::Lxc, Sign::ProcSubmounts];
            Some(if nix && !inside.iter().any(|sign| text.is(*sign)) { -45 } else { 0 })
        },
        ..Texts::NONE
    },
    decided_by: &[Setting::Masks],
    check: |facts, plan, _| visible_proc::judge(facts, plan, visible_proc::Hidden::Masked),
    remedies: &[
        &remedy::masks::SYSTEMPATHS_UNCONFINED,
        &remedy::masks::UNMASK,
        &remedy::masks::LXC_NESTING,
        &remedy::masks::PROC_MOUNT_UNMASKED,
        &remedy::systemd::SYSTEMD_UNPROTECT_KERNEL,
        &remedy::flags::WITHOUT_MOUNT_PROC,
        &remedy::flags::ENABLE_WEAKER_NESTED_SANDBOX,
        &remedy::capabilities::CAP_ADD_SYS_ADMIN_FLAGS,
        &remedy::container::PRIVILEGED,
        &remedy::procfs::UNMOUNT_MASKS,
    ],
    #[cfg(test)]
    cases: &[
        case(DEFAULT_FLAGS, MountProc, Some(EPERM), |f| {
            mounts(
                f,
                "30 22 0:5 /null /proc/kcore \
            rw,relatime - tmpfs tmpfs rw\n",
            )
        })
        .dark(|f| f.mounts.list = denied()),
        // A root without /proc in a sandbox whose user namespace it does not own: bwrap without
        // --proc.
        case("--pid --fork --mount-proc", MountProc, Some(EPERM), |f| {
            f.mounts.list = absent();
            f.mounts.proc = known(ProcDir::NotProc);
            (f.namespaces.user, f.process.uid_map) = (absent(), absent());
            f.trial = met(MountProc, EPERM, Reply::Ok, None);
        }),
    ],
};
