use crate::rules::prelude::*;
use crate::rules::texts::Flags;

pub(crate) static RULE: Rule = Rule {
    id: "no-cap-sys-admin",
    steps: &[Step::Unshare],
    errnos: &[Errno::EPERM],
    title: "without a user namespace, making namespaces and mounting need CAP_SYS_ADMIN",
    since: "0.1.0",
    docs: include_str!("no_cap_sys_admin.md"),
    texts: Texts {
        common: 6,
        refuses: &[
            (Step::Unshare, &[Errno::EPERM]),
            (Step::Propagation, &[Errno::EPERM]),
            (Step::NewRoot, &[Errno::EPERM]),
        ],
        marks: &[
            "requires cap_sys_admin",
            "needs cap_sys_admin",
            // mount(8)'s and umount(8)'s of EPERM, to who is not root.
            "must be superuser to use mount",
            "must be superuser to mount",
            "must be superuser to unmount",
            "must be superuser to umount",
        ],
        hints: &["must be root", "superuser"],
        elsewhere: &[Sign::SysAdmin, Sign::Privileged, Sign::OpenVz],
        ask: ask("grep CapEff /proc/self/status", "no bit 21 (0x200000)"),
        cured: &[Sign::SysAdmin],
        confirm: "bit 21 of CapEff in /proc/self/status is clear, and the flags have no --user",
        weigh,
        ..Texts::NONE
    },
    decided_by: &[Setting::Capability(Caps::SYS_ADMIN)],
    check,
    remedies: &[
        &remedy::flags::ADD_USER_NAMESPACE,
        &remedy::capabilities::CAP_ADD_SYS_ADMIN,
        &remedy::ids::RUN_AS_ROOT,
        &remedy::container::PRIVILEGED,
    ],
    #[cfg(test)]
    cases: &[
        case("--pid --fork", Unshare, Some(EPERM), |_| {}).dark(|f| f.process.cap_eff = denied())
    ],
};

/// unshare_nsproxy_namespaces() in kernel/nsproxy.c: CAP_SYS_ADMIN in the user namespace that will
/// own them.
fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    if plan.new_user() || plan.namespaces.0 == 0 {
        return Gate::NotApplicable;
    }
    let caps = &facts.process.cap_eff;
    match caps.value() {
        Some(set) if set.has(Caps::SYS_ADMIN) => Gate::Open,
        Some(_) => Gate::shut(Errno::EPERM, vec![Evidence::of(caps)]),
        None => Gate::undecided(caps),
    }
}

/// With `--user` the new namespace brings the capability.
fn weigh(text: &Pasted, outright: bool) -> Option<i32> {
    // As a user, these always make a user namespace.
    let with_user = matches!(
        text.by,
        Some(
            Teller::Bubblewrap
                | Teller::RootlessKit
                | Teller::Podman
                | Teller::Buildah
                | Teller::Chromium
                | Teller::Nix
                | Teller::Apptainer
        )
    );
    // A mount, too, takes it; where a filter may refuse that, it does so before.
    if text.step != Some(Step::Unshare) && !outright {
        let dropped = text.has("cap") && text.has("drop") && text.has("sys_admin");
        let unfiltered = text.is(Sign::SeccompOff) && text.is(Sign::Root);
        return Some(match (dropped, unfiltered) {
            (true, _) => 40,
            (_, true) => 8,
            _ => -8,
        });
    }
    match text.flags {
        Some(Flags { user: true, .. }) if !outright => None,
        Some(Flags { user: false, .. }) => Some(30),
        // A unit of the system makes a mount namespace without one.
        _ if text.by == Some(Teller::Systemd) && text.has("mount namespacing") => Some(12),
        _ => Some(if with_user && !text.is(Sign::Root) { -12 } else { 0 }),
    }
}
