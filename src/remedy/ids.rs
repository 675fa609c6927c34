//! Who the program runs as, and which ids a user namespace gives it.

use super::container::set;
use super::{Action, How, Remedy, Who, made, sudo, unit};
use crate::deploy::setting::{Change, User};
use crate::facts::apparmor;
use crate::facts::{Caps, Fact, Facts};
use crate::mechanisms::{chromium, podman_rootless, rootlesskit, unshare};
use crate::parse::idmap::{Extent, IdMap};
use crate::parse::subid::{SubIdRange, SubIds};
use crate::plan::{Habit, Plan};
use crate::platform::{Vantage, VantageId};

pub(crate) static ADD_SUBIDS: Remedy = Remedy {
    id: "add-subids",
    weakens: "the user may use 65536 more ids",
    undo: "usermod --del-subuids 100000-165535 --del-subgids 100000-165535 USER",
    cost: 5,
    how: |facts, _, at| {
        let user = facts.accounts.user_name(*facts.process.euid.value()?)?;
        let start = facts.accounts.free_subid();
        let last = start + 65_535;
        let line = format!(
            "{}usermod --add-subuids {start}-{last} --add-subgids {start}-{last} {user}",
            sudo(facts, at)
        );
        let undo = format!(
            "{}usermod --del-subuids {start}-{last} --del-subgids {start}-{last} {user}",
            sudo(facts, at)
        );
        Some(How { undo: Some(undo), ..How::shell(Who::HostAdmin, [line])? })
    },
    apply: |facts, _| {
        let uid = facts.process.euid.value().copied().unwrap_or(0);
        let range = SubIdRange { owner: uid.to_string(), start: 100_000, count: 65_536, line: 1 };
        let file = SubIds { ranges: vec![range], broken: vec![] };
        facts.accounts.subuid = made(file.clone());
        facts.accounts.subgid = made(file);
    },
};

pub(crate) static UNSET_USER: Remedy = Remedy {
    id: "unset-user-variable",
    weakens: "nothing: the ranges are the caller's own",
    undo: "leave the variable as it is",
    cost: 1,
    how: |facts, plan, _| {
        let named = facts.env.user.value().filter(|_| plan.does(Habit::AsksForNamedUser))?;
        let own = facts.accounts.user_name(*facts.process.euid.value()?)?;
        (named != own).then(|| How::start(Who::Deployer, ["env -u USER COMMAND"])).flatten()
    },
    apply: |facts, _| facts.env.user = Fact::known(String::new(), "remedy"),
};

pub(crate) static RUN_AS_ROOT: Remedy = Remedy {
    id: "run-as-root",
    weakens: "the program runs with every capability",
    undo: "run it as the user again",
    cost: 50,
    how: |facts, _, vantage| {
        if vantage.id == VantageId::Service {
            return How::set([Change::User(User::Ids { uid: 0, gid: None })]);
        }
        let user = facts.process.euid.value().is_some_and(|id| *id != 0);
        (vantage.id == VantageId::Host && user && facts.in_initial_userns() == Some(true))
            .then_some(())?;
        // A change of ids does not lead out of a profile.
        let gains = facts.process.no_new_privs.value() != Some(&true)
            && !apparmor::denies_capabilities(facts)
            && super::root_is_special(facts);
        gains.then(|| How::start(Who::HostAdmin, ["sudo COMMAND"])).flatten()
    },
    apply: |facts, _| {
        facts.process.euid = made(0);
        facts.process.egid = made(0);
        // No execve(2) gives what the bounding set lacks.
        let bounding = facts.process.cap_bnd.value().map_or(u64::MAX, |caps| caps.0);
        facts.process.cap_eff = made(Caps(Caps::ALL.0 & bounding));
    },
};

fn mapped(facts: &Facts) -> Option<(u64, u64)> {
    let first = |map: &Fact<IdMap>| map.value()?.0.first().map(|e| e.inside);
    Some((first(&facts.process.uid_map)?, first(&facts.process.gid_map)?))
}

pub(crate) static RUN_AS_MAPPED_ID: Remedy = Remedy {
    id: "run-as-mapped-id",
    weakens: "nothing",
    undo: "run it with the previous ids",
    cost: 5,
    how: |facts, _, _| {
        let (uid, gid) = mapped(facts)?;
        facts.may_change_ids().then_some(())?;
        let line =
            format!("setpriv --reuid={uid} --regid={gid} {} -- COMMAND", super::groups(facts));
        How::start(Who::Deployer, [line])
    },
    apply: |facts, _| {
        if let Some((uid, gid)) = mapped(facts) {
            facts.process.euid = made(uid);
            facts.process.egid = made(gid);
            // Root of a namespace can do this only while it holds its capabilities.
            if uid == 0 && facts.process.cap_eff.value() == Some(&Caps(0)) {
                facts.process.cap_eff = made(Caps::ALL);
            }
        }
    },
};

pub(crate) static WRITE_ID_MAPS: Remedy = Remedy {
    id: "write-id-maps",
    weakens: "nothing: the program has the ids of the one who started it",
    undo: "do not write the maps",
    cost: 5,
    how: |facts, _, vantage| {
        let on_host = super::on_host(facts, vantage);
        (on_host && facts.in_initial_userns() == Some(false)).then_some(())?;
        let line = "unshare --user --map-root-user -- COMMAND    # from outside: in place of the \
            user namespace without id maps";
        How::start(Who::Deployer, [line])
    },
    apply: |facts, plan| {
        // The owner of the host's files has no id in there, unless it is us.
        let owner = &facts.mounts.kernel_owner;
        if let Some(id) = owner.value() {
            let ours = facts.process.euid.value() == Some(id);
            facts.mounts.kernel_owner = made(if ours { 0 } else { crate::facts::OVERFLOW_ID });
        }
        // Flags that stand for the caller's own ids stand for others now.
        if plan.by == &unshare::PROGRAM {
            *plan = unshare::plan(&plan.flags, None, (Some(0), Some(0)));
        }
        let map = IdMap(vec![Extent { inside: 0, outside: 1000, count: 1 }]);
        facts.process.uid_map = made(map.clone());
        facts.process.gid_map = made(map);
        // unshare(1) denies it before it maps the group.
        facts.process.setgroups = made("deny".into());
        facts.process.euid = made(0);
        facts.process.egid = made(0);
        facts.process.cap_eff = made(Caps::ALL);
    },
};

pub(crate) static DROP_AMBIENT_CAPABILITIES: Remedy = Remedy {
    id: "drop-ambient-capabilities",
    weakens: "nothing: the program has fewer capabilities",
    undo: "start it without setpriv",
    cost: 1,
    how: |facts, _, vantage| {
        facts.process.cap_eff.value().filter(|set| set.0 != 0)?;
        // Root has them again with each program that it executes (capabilities(7)).
        facts.process.euid.value().filter(|uid| **uid != 0)?;
        if vantage.id == VantageId::Service {
            return unit::set(facts, vantage, vec![Change::NoAmbient]);
        }
        let line = "setpriv --ambient-caps=-all --inh-caps=-all -- COMMAND";
        How::start(Who::Deployer, [line])
    },
    apply: |facts, _| facts.process.cap_eff = made(Caps(0)),
};

/// The first ordinary uid that is mapped here.
fn ordinary(facts: &Facts) -> Option<u64> {
    let (uids, gids) = (facts.process.uid_map.value()?, facts.process.gid_map.value());
    [1000, 1001, 1]
        .into_iter()
        .find(|id| uids.contains(*id) && gids.is_none_or(|gids| gids.contains(*id)))
}

/// A service with an account of its own: what systemd says against `User=nobody` is that others
/// use it too (systemd.exec(5)).
fn as_service_user(facts: &Facts, vantage: &Vantage) -> Option<How> {
    const NAME: &str = "isolated-jobs";
    let user = Change::User(User::Named(NAME.into()));
    let Some(mut how) = unit::set(facts, vantage, vec![user]) else {
        let line = "COMMAND    # started as an ordinary user";
        return How::start(Who::HostAdmin, [line]);
    };
    let sudo = super::sudo(facts, vantage);
    let account = format!("{sudo}useradd --system --user-group {NAME}");
    let planned = vantage.id == VantageId::Service;
    how.actions.insert(0, if planned { Action::First(account) } else { Action::Shell(account) });
    Some(how)
}

/// Whether the program reads its configuration and keeps its files in `$HOME`. A new environment
/// takes more than that from the others, such as the settings of a worker.
fn keeps_files_at_home(plan: &Plan) -> bool {
    [&podman_rootless::MECHANISM, &rootlesskit::MECHANISM, &chromium::MECHANISM]
        .contains(&plan.mechanism)
}

pub(crate) static RUN_AS_USER: Remedy = Remedy {
    id: "run-as-user",
    weakens: "uid 0: the program runs as an ordinary user",
    undo: "run it as root again",
    cost: 5,
    how: |facts, plan, vantage| {
        let uid = ordinary(facts)?;
        if vantage.id == VantageId::Service {
            return as_service_user(facts, vantage);
        }
        let user = User::Ids { uid, gid: Some(uid) };
        set(vantage, [Change::User(user)]).or_else(|| {
            match facts.may_change_ids() {
                true => {
                    let groups = super::groups(facts);
                    // Root's home directory, which another user cannot search.
                    let reset = if keeps_files_at_home(plan) { " --reset-env" } else { "" };
                    let line = format!(
                        "setpriv --reuid={uid} --regid={uid} {groups} --inh-caps=-all{reset} -- \
                            COMMAND"
                    );
                    How::start(Who::Deployer, [line])
                }
                // Without the capabilities for that, it has to be started as that user.
                false => as_service_user(facts, vantage),
            }
        })
    },
    apply: |facts, _| {
        if let Some(uid) = ordinary(facts) {
            facts.process.euid = made(uid);
            facts.process.egid = made(uid);
            facts.process.cap_eff = made(Caps(0));
            // A process that gains nothing by execve(2) is dumpable after it.
            facts.process.dumpable = made(1);
            // Another user may not read what root reads as its owner.
            facts.tools.change(&unshare::PROGRAM, |tool| tool.readable &= tool.mode & 0o004 != 0);
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;

    use crate::mechanisms::unshare;
    use crate::platform::Vantage;

    /// Chromium made its data directory in root's home, which the user cannot search.
    #[test]
    fn who_keeps_files_at_home_gets_a_home() {
        let host = Vantage::plain(VantageId::Host);
        let mut facts = crate::rules::tests::healthy();
        facts.process.euid = Fact::known(0, "test");
        facts.process.cap_eff = Fact::known(Caps::ALL, "test");
        for (mechanism, reset) in [
            (&chromium::MECHANISM, true),
            (&podman_rootless::MECHANISM, true),
            (&unshare::MECHANISM, false),
        ] {
            let plan = crate::mechanisms::tests::planned(mechanism, mechanism.flags, 0);
            let how = format!("{:?}", (RUN_AS_USER.how)(&facts, &plan, &host).unwrap().actions);
            assert_eq!(how.contains(" --reset-env "), reset, "{how}");
        }
    }

    #[test]
    fn root_is_no_way_out_of_a_profile_that_denies_every_capability() {
        let offered = |label: &str| {
            let mut facts = crate::rules::tests::healthy();
            facts.lsm.list = Fact::known(vec!["capability".into(), "apparmor".into()], "test");
            facts.lsm.apparmor = Fact::known(true, "test");
            facts.lsm.apparmor_label = Fact::known(label.into(), "test");
            let plan = unshare::planned("--pid --fork", 1000);
            (RUN_AS_ROOT.how)(&facts, &plan, &Vantage::plain(VantageId::Host)).is_some()
        };
        assert!(offered("unconfined"));
        assert!(offered("sshd (enforce)"));
        assert!(!offered("unprivileged_userns (enforce)"));
    }

    /// Found by a newcomer: podman looked for its configuration in /root, and was refused.
    #[test]
    fn a_program_with_files_at_home_gets_its_users_home() {
        let mut facts = crate::rules::tests::healthy();
        facts.process.euid = Fact::known(0, "test");
        facts.process.cap_eff = Fact::known(Caps::ALL, "test");
        let told = |plan: &Plan| crate::remedy::tests::told(&RUN_AS_USER, &facts, plan);
        assert!(
            told(&crate::rules::tests::of(&podman_rootless::MECHANISM)).contains("--reset-env")
        );
        assert!(!told(&unshare::planned("--user -r", 0)).contains("--reset-env"));
    }

    /// Found by the lab: the root of new maps is not the one who owns the host's files, and has
    /// other ids than before.
    #[test]
    fn own_maps_make_nobody_the_first_user() {
        let mut facts = crate::rules::tests::healthy();
        facts.process.euid = Fact::known(crate::facts::OVERFLOW_ID, "test");
        facts.mounts.kernel_owner = Fact::known(0, "test");
        let after = |facts: &Facts| {
            let (mut facts, mut plan) = (
                facts.clone(),
                unshare::planned("--user --map-current-user --setuid 65534", 65534),
            );
            (WRITE_ID_MAPS.apply)(&mut facts, &mut plan);
            (facts.mounts.kernel_owner.value().copied(), plan.uid_map)
        };
        assert_eq!(
            after(&facts),
            (Some(crate::facts::OVERFLOW_ID), crate::plan::IdMapping::Single(0))
        );
        facts.process.euid = Fact::known(0, "test");
        assert_eq!(after(&facts).0, Some(0));
    }

    #[test]
    fn root_is_offered_only_where_it_brings_the_capability() {
        let offered = |securebits: u64, bounding: u64| {
            let mut facts = crate::rules::tests::healthy();
            facts.process.euid = Fact::known(1000, "test");
            facts.process.cap_eff = Fact::known(Caps(0), "test");
            facts.process.securebits = Fact::known(securebits, "test");
            facts.process.cap_bnd = Fact::known(Caps(bounding), "test");
            let plan = unshare::planned("--pid --fork", 1000);
            let host = Vantage::plain(VantageId::Host);
            let cause = crate::rules::find("no-cap-sys-admin").unwrap();
            let found = crate::diagnosis::solutions(&facts, &plan, &host, cause);
            found.iter().any(|solution| solution.id() == "run-as-root")
        };
        assert!(offered(0, u64::MAX));
        assert!(!offered(1, u64::MAX), "SECBIT_NOROOT");
        assert!(!offered(0, !(1 << 21)), "CAP_SYS_ADMIN is not in the bounding set");
    }
}
