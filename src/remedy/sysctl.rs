//! Kernel settings: sysctls, and a boot parameter.

use super::{How, Lasts, Remedy, Who, made, sudo};
use crate::facts::{Facts, MANY_NAMESPACES};
use crate::plan::{Namespaces, Plan};
use crate::platform::{Vantage, VantageId};

/// Sets a kernel parameter now and for good, on the host.
fn sysctl(facts: &Facts, vantage: &Vantage, key: &str, value: u64) -> Option<How> {
    let sudo = sudo(facts, vantage);
    let place = if vantage.id == VantageId::Host { "" } else { "    # on the host" };
    let now = format!("{sudo}sysctl -w {key}={value}{place}");
    let later = format!(
        "echo '{key} = {value}' | {sudo}tee /etc/sysctl.d/99-isodoc-{}.conf{place}",
        key.rsplit('.').next().unwrap_or("userns")
    );
    How::shell(Who::HostAdmin, [now, later])
}

/// The new value of a limit on namespaces: the default of a machine of some size, and more than the
/// present one. INT_MAX, in a user namespace without a limit of its own, says nothing of the limit
/// that is used up.
fn raised(facts: &Facts, kind: &str) -> u64 {
    let now = facts.sysctl.limit(kind).unwrap_or(0);
    if (MANY_NAMESPACES..1 << 30).contains(&now) { now * 2 } else { MANY_NAMESPACES }
}

/// Raises limits on namespaces: on the host, or in the user namespace that a user made around us
/// where the limit is its own, whose root may write to the file (kernel/ucount.c,
/// `set_permissions`). A namespace that has no limit of its own shows INT_MAX.
fn raise(facts: &Facts, at: &Vantage, kinds: &[&'static str]) -> Option<How> {
    kinds.first()?;
    let own = |kind: &&str| facts.sysctl.limit(kind).is_some_and(|limit| limit < 1 << 30);
    let set = |kind: &&str| (format!("user.max_{kind}_namespaces"), raised(facts, kind));
    let limits: Vec<_> = kinds.iter().map(set).collect();
    if facts.in_sandbox_of_a_user() && kinds.iter().all(own) {
        let lines = limits.iter().map(|(key, value)| format!("sysctl -w {key}={value}"));
        return Some(How {
            weakens: Some("each user of this user namespace may create this many of them"),
            undo: Some("restore the previous value".to_owned()),
            ..How::start(Who::Deployer, lines)?
        });
    }
    let actions = limits.iter().filter_map(|(key, value)| sysctl(facts, at, key, *value));
    let actions: Vec<_> = actions.flat_map(|how| how.actions).collect();
    Some(How::new(Who::HostAdmin, Lasts::ForGood, actions))
}

fn set_max(facts: &mut Facts, kind: &'static str) {
    let raised = made(raised(facts, kind));
    facts.sysctl.max_namespaces.insert(kind, raised);
}

pub(crate) static SYSCTL_UNPRIVILEGED_USERNS_CLONE: Remedy = Remedy {
    id: "sysctl-unprivileged-userns-clone",
    weakens: "every user of the host may create user namespaces",
    undo: "sysctl -w kernel.unprivileged_userns_clone=0, and remove the file",
    cost: 30,
    how: |facts, _, at| sysctl(facts, at, "kernel.unprivileged_userns_clone", 1),
    apply: |facts, _| facts.sysctl.unprivileged_userns_clone = made(1),
};

pub(crate) static SYSCTL_MAX_USER_NAMESPACES: Remedy = Remedy {
    id: "sysctl-max-user-namespaces",
    weakens: "each user of the host may create this many user namespaces",
    undo: "restore the previous value, and remove the file",
    cost: 30,
    how: |facts, _, at| {
        // Fargate lends no host to change.
        (!facts.env.is_fargate()).then_some(())?;
        match facts.os.os_release.value().map(|os| os.id.as_str()) {
            Some("talos") => How::shell(
                Who::ClusterAdmin,
                ["machine: {sysctls: {user.max_user_namespaces: \"11255\"}}    # Talos machine \
                        config"],
            ),
            Some("bottlerocket") => How::shell(
                Who::ClusterAdmin,
                [
                    "[settings.kernel.sysctl]",
                    "\"user.max_user_namespaces\" = \"65536\"    # Bottlerocket user data",
                ],
            ),
            _ => raise(facts, at, &["user"]),
        }
    },
    apply: |facts, _| set_max(facts, "user"),
};

pub(crate) static SYSCTL_MAX_USER_NAMESPACES_HOST: Remedy = Remedy {
    id: "sysctl-max-user-namespaces-host",
    weakens: "each user of the host may create this many user namespaces",
    undo: "restore the previous value, and remove the file",
    cost: 30,
    how: |facts, _, at| {
        // Fargate lends no host to change.
        (!facts.env.is_fargate()).then_some(())?;
        sysctl(facts, at, "user.max_user_namespaces", MANY_NAMESPACES)
    },
    apply: |_, _| {},
};

pub(crate) static WITHOUT_DISABLE_USERNS: Remedy = Remedy {
    id: "without-disable-userns",
    weakens: "what runs in the sandbox may make user namespaces of its own",
    undo: "add --disable-userns",
    cost: 10,
    // The limit is 1 in a namespace that bwrap makes around the sandbox (bwrap(1)), which cannot
    // gain privileges either.
    how: |facts, _, _| {
        let by_bwrap = facts.process.no_new_privs.value() == Some(&true);
        (by_bwrap && facts.in_sandbox_of_a_user()).then_some(())?;
        let line =
            "bwrap COMMAND    # without --disable-userns, where bubblewrap made this sandbox";
        How::start(Who::Deployer, [line])
    },
    apply: |_, _| {},
};

pub(crate) static SYSCTL_MAX_PID_NAMESPACES: Remedy = Remedy {
    id: "sysctl-max-pid-namespaces",
    weakens: "each user of the host may create this many pid namespaces",
    undo: "restore the previous value, and remove the file",
    cost: 20,
    how: |facts, _, at| raise(facts, at, &["pid"]),
    apply: |facts, _| set_max(facts, "pid"),
};

pub(crate) static SYSCTL_MAX_MNT_NAMESPACES: Remedy = Remedy {
    id: "sysctl-max-mnt-namespaces",
    weakens: "each user of the host may create this many mount namespaces",
    undo: "restore the previous value, and remove the file",
    cost: 20,
    how: |facts, _, at| raise(facts, at, &["mnt"]),
    apply: |facts, _| set_max(facts, "mnt"),
};

/// The kinds without a rule of their own whose limit is 0.
fn exhausted_kinds(facts: &Facts, plan: &Plan) -> Vec<&'static str> {
    let own_rule = Namespaces::USER | Namespaces::PID | Namespaces::MNT;
    let of_plan = Namespaces::KINDS
        .iter()
        .filter(|(bit, _)| plan.made().has(*bit) && own_rule & bit == 0)
        .map(|(_, kind)| *kind);
    of_plan.filter(|kind| facts.sysctl.limit(kind) == Some(0)).collect()
}

pub(crate) static SYSCTL_MAX_OTHER_NAMESPACES: Remedy = Remedy {
    id: "sysctl-max-other-namespaces",
    weakens: "each user of the host may create this many namespaces of that kind",
    undo: "restore the previous value, and remove the file",
    cost: 20,
    how: |facts, plan, at| raise(facts, at, &exhausted_kinds(facts, plan)),
    apply: |facts, plan| {
        exhausted_kinds(facts, plan).into_iter().for_each(|kind| set_max(facts, kind))
    },
};

pub(crate) static SYSCTL_PID_MAX: Remedy = Remedy {
    id: "sysctl-pid-max",
    weakens: "nothing of note",
    undo: "restore the previous value",
    cost: 10,
    how: |facts, _, at| {
        let line = format!(
            "{}sysctl -w kernel.pid_max=4194304    # since Linux 6.14: in that pid namespace",
            sudo(facts, at)
        );
        How::once(Who::HostAdmin, [line])
    },
    apply: |facts, _| facts.sysctl.pid_max = made(4_194_304),
};

pub(crate) static SYSCTL_THREADS_MAX: Remedy = Remedy {
    id: "sysctl-threads-max",
    weakens: "the system may run more tasks",
    undo: "restore the previous value",
    cost: 10,
    how: |facts, _, at| {
        // The limit may be far below what runs already.
        let most = [&facts.sysctl.threads_max, &facts.sysctl.tasks]
            .iter()
            .filter_map(|f| f.value().copied())
            .max();
        sysctl(facts, at, "kernel.threads-max", most.unwrap_or(16_384).saturating_mul(2))
    },
    apply: |facts, _| facts.sysctl.threads_max = made(u64::MAX),
};

pub(crate) static SYSCTL_MOUNT_MAX: Remedy = Remedy {
    id: "sysctl-mount-max",
    weakens: "a mount namespace may hold more mounts",
    undo: "restore the previous value",
    cost: 10,
    how: |facts, _, at| {
        let now = facts.sysctl.mount_max.value().copied().unwrap_or(100_000);
        sysctl(facts, at, "fs.mount-max", now.saturating_mul(2).max(100_000))
    },
    apply: |facts, _| facts.sysctl.mount_max = made(u64::MAX),
};

pub(crate) static SYSCTL_APPARMOR_RESTRICT: Remedy = Remedy {
    id: "sysctl-apparmor-restrict",
    weakens: "every program on the host may use unprivileged user namespaces, which the \
        restriction is there to prevent",
    undo: "sysctl -w kernel.apparmor_restrict_unprivileged_userns=1, and remove the file",
    cost: 55,
    how: |facts, _, at| sysctl(facts, at, "kernel.apparmor_restrict_unprivileged_userns", 0),
    apply: |facts, _| {
        facts.sysctl.apparmor_restrict_unprivileged_userns = made(0);
        facts.lsm.label = made("unconfined".into());
    },
};

pub(crate) static RHEL7_BOOT_PARAMETER: Remedy = Remedy {
    id: "rhel7-boot-parameter",
    weakens: "the kernel offers user namespaces",
    undo: "grubby --remove-args=user_namespace.enable=1 --update-kernel=ALL && reboot",
    cost: 30,
    how: |facts, _, at| {
        (facts.sysctl.rhel7_userns_enable.value() == Some(&false)).then_some(())?;
        let sudo = sudo(facts, at);
        let line = format!(
            "{sudo}grubby --args=user_namespace.enable=1 --update-kernel=ALL && {sudo}reboot"
        );
        How::shell(Who::HostAdmin, [line])
    },
    apply: |facts, _| {
        facts.sysctl.rhel7_userns_enable = made(true);
        set_max(facts, "user");
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Fact;
    use crate::mechanisms::unshare;

    /// Found by a newcomer: the limit of a user namespace of one's own was the host's to raise.
    #[test]
    fn a_limit_of_our_own_namespace_is_raised_in_it() {
        use crate::parse::idmap::{Extent, IdMap};
        let mut facts = crate::rules::tests::healthy();
        facts.namespaces.user = Fact::known(4_026_532_000, "test");
        let map = IdMap(vec![Extent { inside: 0, outside: 1000, count: 1 }]);
        facts.process.uid_map = Fact::known(map, "test");
        let plan = unshare::planned("--user --net --mount --pid --fork", 0);
        let vantage = Vantage::plain(VantageId::Other);
        for (kind, remedy) in [
            ("user", &SYSCTL_MAX_USER_NAMESPACES),
            ("net", &SYSCTL_MAX_OTHER_NAMESPACES),
            ("mnt", &SYSCTL_MAX_MNT_NAMESPACES),
            ("pid", &SYSCTL_MAX_PID_NAMESPACES),
        ] {
            let mut facts = facts.clone();
            facts.sysctl.max_namespaces.insert(kind, Fact::known(0, "test"));
            let how = (remedy.how)(&facts, &plan, &vantage).unwrap();
            let line = format!("sysctl -w user.max_{kind}_namespaces=28633");
            assert_eq!(how.actions, [crate::remedy::Action::Shell(line)]);
            assert_eq!((how.who, how.lasts), (Who::Deployer, Lasts::ThisStart));
            assert!(!how.weakens.unwrap().contains("host"));
            // No limit of its own: one around it is full.
            facts.sysctl.max_namespaces.insert(kind, Fact::known(i32::MAX as u64, "test"));
            let how = (remedy.how)(&facts, &plan, &vantage);
            assert!(how.is_none_or(|how| how.who == Who::HostAdmin), "{kind}");
        }
    }

    /// rootlesskit makes its network namespace inside the user namespace: the limit of those was
    /// named as the cause, and no way out was printed.
    #[test]
    fn a_limit_is_raised_for_what_is_made_inside_as_well() {
        let plan = crate::rules::tests::of(&crate::mechanisms::rootlesskit::MECHANISM);
        assert!(plan.inner.has(Namespaces::NET) && !plan.namespaces.has(Namespaces::NET));
        let mut facts = crate::rules::tests::healthy();
        facts.sysctl.max_namespaces.insert("net", Fact::known(0, "test"));
        let host = Vantage::plain(VantageId::Host);
        assert!((SYSCTL_MAX_OTHER_NAMESPACES.how)(&facts, &plan, &host).is_some());
    }

    #[test]
    fn a_limit_is_not_lowered() {
        let line = |limit: u64| {
            let mut facts = crate::rules::tests::healthy();
            facts.sysctl.max_namespaces.insert("user", Fact::known(limit, "test"));
            let plan = unshare::planned("--user", 1000);
            let host = Vantage::plain(VantageId::Host);
            let how = (SYSCTL_MAX_USER_NAMESPACES.how)(&facts, &plan, &host).unwrap();
            how.actions
                .into_iter()
                .find_map(|action| {
                    if let crate::remedy::Action::Shell(line) = action { Some(line) } else { None }
                })
                .unwrap()
        };
        assert_eq!(line(0), "sudo sysctl -w user.max_user_namespaces=28633");
        assert_eq!(line(96_364), "sudo sysctl -w user.max_user_namespaces=192728");
        // That of a user namespace which has no limit of its own.
        assert_eq!(line(2_147_483_647), "sudo sysctl -w user.max_user_namespaces=28633");
    }
}
