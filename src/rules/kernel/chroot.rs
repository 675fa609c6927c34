use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "chroot",
    steps: &[Step::Unshare],
    errnos: &[Errno::EPERM],
    title: "this process is in a chroot, where no user namespace can be created",
    since: "0.1.0",
    docs: include_str!("chroot.md"),
    texts: Texts {
        common: 4,
        refuses: &[(Step::Unshare, &[Errno::EPERM])],
        places: &[Sign::Chroot],
        elsewhere: &[Sign::Docker, Sign::Kubernetes, Sign::Desktop],
        ask: ask("ls -id /proc/1/root /", "two different numbers"),
        confirm: "/proc/self/mountinfo has no line for /, or /proc/1/root is another directory",
        weigh: |text, outright| {
            let certain = i32::from(text.is(Sign::Chroot)) * 6;
            texts::of_user_namespaces(text, outright).map(|points| points + certain)
        },
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[&remedy::process::LEAVE_CHROOT],
    #[cfg(test)]
    cases: &[
        case(DEFAULT_FLAGS, Unshare, Some(EPERM), |f| f.mounts.namespace_size = known(9))
            .dark(|f| f.mounts.list = denied()),
        case(DEFAULT_FLAGS, Unshare, Some(EPERM), |f| {
            f.mounts.list = absent();
            f.mounts.proc = known(ProcDir::NotProc);
            f.mounts.root_is_mount = known(false);
        })
        .dark(|f| f.mounts.list = denied()),
        case(DEFAULT_FLAGS, Unshare, Some(EPERM), |f| {
            f.mounts.list = absent();
            f.mounts.proc = known(ProcDir::NotProc);
            f.trial = met(Unshare, EPERM, Reply::Refused(EPERM), None);
        })
        .dark(|f| f.mounts.list = denied()),
        // mount(8) of a tmpfs on / in a shell: the root of the shell stays below it.
        case(DEFAULT_FLAGS, Unshare, Some(EPERM), |f| {
            mounts(f, "69 27 0:39 / / rw,relatime - tmpfs tmpfs rw\n");
            f.mounts.namespace_size = known(3);
        })
        .dark(|f| f.mounts.list = denied()),
        // No module of this kernel can have refused it.
        case(DEFAULT_FLAGS, Unshare, Some(EPERM), |f| {
            f.mounts.namespace_size = absent();
            f.lsm.list =
                known(vec!["capability".into(), "yama".into(), "apparmor".into(), "tomoyo".into()]);
            f.trial = met(Unshare, EPERM, Reply::Refused(EPERM), None);
        })
        .dark(|f| f.mounts.namespace_size = absent()),
        // The one mount out of sight may be the root that was left, too.
        case(DEFAULT_FLAGS, Unshare, Some(EPERM), |f| {
            f.mounts.namespace_size = known(3);
            let outside =
                b"21 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n27 21 254:0 /jail /jail \
                rw,relatime - ext4 /dev/vda rw\n";
            f.mounts.of_pid1 = known(parse::mountinfo::parse(outside).unwrap());
        })
        .dark(|f| f.mounts.namespace_size = known(3)),
        case(DEFAULT_FLAGS, Unshare, Some(EPERM), |f| {
            f.mounts.list = known(parse::mountinfo::parse(&MOUNTS[..67]).unwrap())
        })
        .dark(|f| {
            f.mounts.namespace_size = absent();
            f.mounts.of_pid1 = denied();
        }),
    ],
};

/// create_user_ns() in kernel/user_namespace.c: `current_chrooted()`.
fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    if plan.new_user() { crate::rules::evidence::chroot::judge(facts) } else { Gate::NotApplicable }
}
