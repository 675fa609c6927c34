//! What the settings of a container can change besides its capabilities and masks: seccomp,
//! AppArmor, devices, privilege.

use super::masks::unmask;
use super::{Action, How, Lasts, Remedy, Who, engine, made, no_filter};
use crate::deploy::Engine;
use crate::deploy::defaults;
use crate::deploy::profile::{BaseProfile, unclear};
use crate::deploy::setting::{Change, Label, Profile};
use crate::facts::{Caps, Device, Fact, Facts};
use crate::plan::Plan;
use crate::platform::{Vantage, VantageId};

/// Changes of the container's settings, where an engine that we know started it.
pub(super) fn set(vantage: &Vantage, changes: impl IntoIterator<Item = Change>) -> Option<How> {
    engine(vantage)?;
    How::set(changes)
}

/// Fargate and Lambda start containers without these settings.
pub(super) fn settings_are_ours(facts: &Facts) -> bool {
    let lambda = facts.env.of_platform("AWS_LAMBDA_FUNCTION_NAME").is_some();
    !facts.env.is_fargate() && !lambda
}

/// How the profile for a plan is written, and what it is called; `None` where there is none.
fn written_profile(plan: &Plan, vantage: &Vantage) -> Option<(String, String)> {
    let base = match engine(vantage)? {
        Engine::Docker => BaseProfile::DOCKER,
        Engine::Podman => BaseProfile::PODMAN,
        Engine::Kubernetes => BaseProfile::CONTAINERD,
        Engine::Systemd | Engine::Lxc => return None,
    };
    let mechanism = plan.mechanism;
    (mechanism.has_profile() && unclear(plan).is_none()).then_some(())?;
    let flags = plan.flags.join(" ");
    let flags = match flags == mechanism.flags {
        true => String::new(),
        false => format!(" --flags {}", super::quoted(&flags)),
    };
    let line = format!("isodoc profile --for {}{flags} --base {base}", mechanism.id);
    Some((line, format!("isodoc-{}.json", mechanism.id)))
}

pub(crate) static SECCOMP_PROFILE: Remedy = Remedy {
    id: "seccomp-profile",
    weakens: "the container may make the system calls of this sandbox, and no others besides those \
        of the engine's own profile",
    undo: "remove the option",
    cost: 10,
    how: |facts, plan, vantage| {
        settings_are_ours(facts).then_some(())?;
        let (line, file) = written_profile(plan, vantage)?;
        let (line, who) = match engine(vantage)? {
            Engine::Docker | Engine::Podman => (format!("{line} > {file}"), Who::Deployer),
            Engine::Systemd | Engine::Lxc => return None,
            Engine::Kubernetes => {
                let dir = "/var/lib/kubelet/seccomp";
                let install = format!("sudo install -D -m 644 /dev/stdin {dir}/{file}");
                (format!("{line} | {install}    # on each node"), Who::ClusterAdmin)
            }
        };
        let change = Change::Seccomp(Profile::Named(file, None));
        let actions = vec![Action::First(line), Action::Set(change)];
        Some(How::new(who, Lasts::ThisStart, actions))
    },
    apply: |facts, plan| {
        facts.process.seccomp = made(2);
        facts.process.own_profile = true;
        facts.answers = defaults::open(plan).into();
    },
};

pub(crate) static SECCOMP_UNCONFINED: Remedy = Remedy {
    id: "seccomp-unconfined",
    weakens: "the container may use every system call",
    undo: "remove the option",
    cost: 30,
    how: |facts, plan, vantage| {
        settings_are_ours(facts).then_some(())?;
        let how = set(vantage, [Change::Seccomp(Profile::Unconfined)])?;
        Some(How { lesser: written_profile(plan, vantage).map(|(line, _)| line), ..how })
    },
    apply: |facts, _| no_filter(facts),
};

pub(crate) static APPARMOR_UNCONFINED: Remedy = Remedy {
    id: "apparmor-unconfined",
    weakens: "AppArmor no longer confines the container",
    undo: "remove the option",
    cost: 25,
    how: |facts, _, vantage| {
        settings_are_ours(facts).then_some(())?;
        set(vantage, [Change::AppArmor(Profile::Unconfined)])
    },
    apply: |facts, _| {
        facts.lsm.label = made("unconfined".into());
        facts.lsm.apparmor_label = made("unconfined".into());
    },
};

pub(crate) static LABEL_DISABLE: Remedy = Remedy {
    id: "label-disable",
    weakens: "SELinux no longer separates the container",
    undo: "remove the option",
    cost: 35,
    how: |_, _, vantage| set(vantage, [Change::SeLinux(Label::Disabled)]),
    apply: |facts, _| facts.lsm.selinux_enforcing = made(false),
};

/// Puts the devices of a plan in everybody's reach.
pub(super) fn with_devices(facts: &mut Facts, plan: &Plan) {
    for path in plan.devices {
        let open = Device { mode: 0o666, uid: 0, gid: Some(0), refused: false };
        facts.devices.insert(path, made(open));
    }
    facts.trial = None;
}

pub(crate) static ADD_DEVICE: Remedy = Remedy {
    id: "add-device",
    weakens: "the container may use this device of the host",
    undo: "remove the option",
    cost: 10,
    how: |facts, plan, vantage| {
        // A manifest of Kubernetes has no words for it.
        matches!(vantage.id, VantageId::Docker | VantageId::Podman).then_some(())?;
        let lacks = |path: &&&str| {
            let device = facts.devices.get(**path).and_then(Fact::value);
            device.is_none_or(|device| device.refused)
        };
        let missing: Vec<Change> =
            plan.devices.iter().filter(lacks).map(|path| Change::Device(path)).collect();
        (!missing.is_empty()).then(|| set(vantage, missing)).flatten()
    },
    apply: |facts, plan| with_devices(facts, plan),
};

pub(crate) static PRIVILEGED: Remedy = Remedy {
    id: "privileged",
    weakens: "everything: root in the container is root on the host, with its devices",
    undo: "remove the setting",
    // More than anything less may cost together.
    cost: 250,
    how: |facts, _, vantage| {
        // A daemon with userns-remap starts no privileged container outside the host's user
        // namespace.
        (settings_are_ours(facts) && facts.in_initial_userns() == Some(true)).then_some(())?;
        set(vantage, [Change::Privileged(true)])
    },
    apply: privileged,
};

fn privileged(facts: &mut Facts, plan: &mut Plan) {
    no_filter(facts);
    if !plan.devices.is_empty() {
        with_devices(facts, plan);
    }
    unmask(facts);
    if facts.process.euid.value() == Some(&0) && super::root_is_special(facts) {
        facts.process.cap_eff = made(Caps::ALL);
    }
    facts.process.no_new_privs = made(false);
    if facts.lsm.apparmor_label.value().is_some() {
        facts.lsm.apparmor_label = made("unconfined".into());
    }
    if facts.lsm.label.value().is_some_and(|l| !l.contains(':')) {
        facts.lsm.label = made("unconfined".into());
    }
    if facts.lsm.selinux_enforcing.value() == Some(&true)
        || facts.lsm.label.value().is_some_and(|l| l.contains(':'))
    {
        facts.lsm.selinux_enforcing = made(false);
    }
}

pub(crate) static NEWER_GVISOR: Remedy = Remedy {
    id: "newer-gvisor",
    weakens: "nothing",
    undo: "install the previous release",
    cost: 10,
    how: |_, _, vantage| {
        (vantage.id == VantageId::Gvisor).then_some(())?;
        let line = "runsc --version    # the sandbox of 2024-07 and later grants these \
            namespaces: update it";
        How::shell(Who::HostAdmin, [line])
    },
    apply: |facts, _| facts.os.version = made("Linux version 4.19.0-gvisor".into()),
};

pub(crate) static CLOUD_RUN_GEN2: Remedy = Remedy {
    id: "cloud-run-gen2",
    weakens: "nothing: a microVM takes the place of gVisor",
    undo: "gcloud run services update SERVICE --execution-environment gen1",
    cost: 5,
    how: |facts, _, _| {
        facts.env.platform.get("K_SERVICE").filter(|f| f.value().is_some())?;
        let line = "gcloud run services update SERVICE --execution-environment gen2";
        How::shell(Who::Deployer, [line])
    },
    apply: |facts, _| facts.os.version = made("Linux version 6.1.0".into()),
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::solutions;
    use crate::mechanisms::unshare;
    use crate::remedy::capabilities::CAP_ADD_SETFCAP;
    use crate::remedy::ids::RUN_AS_USER;
    use crate::rules::RULES;

    /// Mounts of a Docker 20.10 container, shortened.
    const MOUNTS: &str = "\
        71 46 0:50 / / rw,relatime - overlay overlay rw,lowerdir=/var/lib/docker/overlay2/l/A\n\
        72 71 0:40 / /proc rw,nosuid,nodev,noexec,relatime - proc proc rw\n\
        73 71 0:41 / /dev rw,nosuid - tmpfs tmpfs rw,size=65536k,mode=755\n\
        80 72 0:40 /bus /proc/bus ro,nosuid,nodev,noexec,relatime - proc proc rw\n\
        81 72 0:40 /sys /proc/sys ro,nosuid,nodev,noexec,relatime - proc proc rw\n\
        82 72 0:45 / /proc/acpi ro,relatime - tmpfs tmpfs ro\n\
        83 72 0:41 /null /proc/kcore rw,nosuid - tmpfs tmpfs rw,size=65536k,mode=755\n";

    /// A container of a filter that refuses, with that many mounts in its namespace.
    fn container(mounts: u64) -> Facts {
        let mut facts = crate::rules::tests::healthy();
        facts.process.euid = Fact::known(0, "test");
        facts.process.egid = Fact::known(0, "test");
        // Docker's default set.
        facts.process.cap_eff = Fact::known(Caps(0xa804_25fb), "test");
        facts.process.seccomp = Fact::known(2, "test");
        facts.mounts.list = Fact::known(
            crate::parse::mountinfo::parse(MOUNTS.as_bytes()).unwrap(),
            "/proc/self/mountinfo",
        );
        facts.mounts.namespace_size = Fact::known(mounts, "ioctl(NS_MNT_GET_INFO)");
        facts
    }

    fn ways(facts: &Facts, cause: &str, id: VantageId) -> Vec<String> {
        let plan = unshare::planned(unshare::DEFAULT_FLAGS, 0);
        let rule = RULES.iter().find(|rule| rule.id == cause).unwrap();
        solutions(facts, &plan, &Vantage::plain(id), rule)
            .iter()
            .map(super::super::Solution::id)
            .collect()
    }

    /// Found by the lab: root reads what belongs to it, another user may not, and is then not
    /// dumpable.
    #[test]
    fn a_user_may_not_read_what_root_reads() {
        let mut facts = crate::rules::tests::healthy();
        facts.process.euid = Fact::known(0, "test");
        let Ok(tool) = &mut facts.tools.get_mut(&unshare::PROGRAM).seen else {
            panic!("unshare is there")
        };
        tool.mode = 0o711;
        assert_eq!(
            ways(&facts, "setfcap-missing", VantageId::Host),
            ["run-as-user+make-program-readable"]
        );
    }

    /// Found by the lab: who says that root is nothing special gives a container's root nothing by
    /// a capability more.
    #[test]
    fn no_capability_is_added_to_a_root_who_gains_none() {
        let mut facts = container(4);
        facts.process.cap_eff = Fact::known(Caps(0x2804_25fb), "test");
        facts.process.securebits = Fact::known(0, "test");
        let ways = |facts: &Facts| ways(facts, "setfcap-missing", VantageId::Docker);
        let before = ways(&facts);
        assert!(
            before.iter().any(|way| way.starts_with("cap-add-setfcap"))
                && before.iter().any(|way| way == "privileged")
        );
        facts.process.securebits = Fact::known(1, "test");
        let ways = ways(&facts);
        assert!(!ways.is_empty() && ways.iter().all(|way| !way.contains("cap-add-setfcap")));
    }

    /// Found by the lab: setpriv(1) cannot clear the groups where setgroups(2) is denied, nor take
    /// a group that is not mapped.
    #[test]
    fn a_user_keeps_the_groups_that_root_may_not_drop() {
        let line = |setgroups: &str, gids: u64| {
            let mut facts = crate::rules::tests::healthy();
            let map = |count| {
                crate::parse::idmap::IdMap(vec![crate::parse::idmap::Extent {
                    inside: 0,
                    outside: 0,
                    count,
                }])
            };
            facts.process.uid_map = Fact::known(map(65_536), "test");
            facts.process.gid_map = Fact::known(map(gids), "test");
            facts.process.setgroups = Fact::known(setgroups.into(), "test");
            facts.process.cap_eff = Fact::known(Caps(u64::MAX), "test");
            let plan = unshare::planned(unshare::DEFAULT_FLAGS, 0);
            let host = Vantage::plain(VantageId::Host);
            (RUN_AS_USER.how)(&facts, &plan, &host).map(|mut how| how.actions.remove(0))
        };
        let said = |how: Option<Action>, words: &str| match how {
            Some(Action::Shell(line)) => line.contains(words),
            _ => false,
        };
        assert!(said(line("allow", 65_536), "--reuid=1000 --regid=1000 --clear-groups"));
        assert!(said(line("deny", 65_536), "--reuid=1000 --regid=1000 --keep-groups"));
        assert!(said(line("allow", 10), "--reuid=1 --regid=1 "));
        assert!(line("allow", 1).is_none());
    }

    /// Found by the lab: an option of the engine gives nothing to a sandbox that a user made in the
    /// container.
    #[test]
    fn a_sandbox_in_a_container_gets_its_capabilities_from_its_own_maker() {
        let line = |count: u64| {
            let mut facts = container(4);
            let map = crate::parse::idmap::IdMap(vec![crate::parse::idmap::Extent {
                inside: 0,
                outside: 1000,
                count,
            }]);
            facts.process.uid_map = Fact::known(map, "/proc/self/uid_map");
            facts.namespaces.user = Fact::known(4_026_532_001, "test");
            let plan = unshare::planned(unshare::DEFAULT_FLAGS, 0);
            let docker = Vantage::plain(VantageId::Docker);
            (CAP_ADD_SETFCAP.how)(&facts, &plan, &docker).unwrap().actions.remove(0)
        };
        assert_eq!(line(65_536), Action::Set(Change::AddCapability(Caps::SETFCAP)));
        let (bwrap, nsjail) = ("--cap-add CAP_SETFCAP", Some("--cap CAP_SETFCAP"));
        assert_eq!(line(1), Action::Sandbox { bwrap, nsjail });
    }

    #[test]
    fn unmasked_mounts_are_not_taken_for_a_chroot() {
        assert_eq!(
            ways(&container(7), "seccomp-unshare", VantageId::Docker)[0],
            "seccomp-profile+systempaths-unconfined"
        );
    }

    /// What is printed can be pasted: the file is written before it is named.
    #[test]
    fn the_profile_is_written_first() {
        let mut facts = container(7);
        facts.process.euid = Fact::known(1000, "test");
        let flags = unshare::split("--user --map-root-user");
        let plan = unshare::plan(&flags, None, (Some(1000), Some(1000)));
        let rule = RULES.iter().find(|rule| rule.id == "seccomp-unshare").unwrap();
        let lines = |id: VantageId| {
            let vantage = Vantage::plain(id);
            let ways = solutions(&facts, &plan, &vantage, rule);
            assert_eq!(ways[0].id(), "seccomp-profile");
            let form = crate::remedy::Form::around(&facts, &vantage);
            let open = ways.iter().find(|way| way.id() == "seccomp-unconfined").unwrap();
            let written = ways[0].commands(form)[0].clone();
            let (command, _) = written.split_once(['>', '|']).unwrap();
            let less = format!("; `{}` writes a profile that gives up less", command.trim());
            assert!(open.advice(form).weakens.ends_with(&less));
            assert!(!ways[0].is_by_settings() && ways.iter().any(|way| way.is_by_settings()));
            ways[0].commands(crate::remedy::Form::around(&facts, &vantage))
        };
        let write = "isodoc profile --for unshare --flags '--user --map-root-user' --base";
        let docker = lines(VantageId::Docker);
        assert_eq!(docker[0], format!("{write} docker > isodoc-unshare.json"));
        assert!(
            docker
                .iter()
                .any(|line| line == "docker run --security-opt seccomp=isodoc-unshare.json IMAGE"),
            "{docker:?}"
        );
        assert!(lines(VantageId::Podman)[0].starts_with(&format!("{write} podman > ")));
        let pod = lines(VantageId::Kubernetes);
        assert!(pod[0].starts_with(&format!("{write} containerd | sudo install -D ")), "{pod:?}");
        assert!(pod[1].contains("localhostProfile: isodoc-unshare.json"), "{pod:?}");
    }

    /// What `isodoc profile` refuses to write is no advice.
    #[test]
    fn no_profile_is_written_for_flags_that_are_not_followed() {
        let facts = container(7);
        let vantage = Vantage::plain(VantageId::Docker);
        let rule = RULES.iter().find(|rule| rule.id == "seccomp-clone").unwrap();
        for (flag, advised) in [("--unshare-pid", true), ("--disable-userns", false)] {
            let flags = unshare::split(&format!("--unshare-user {flag} --ro-bind / /"));
            let plan = (crate::mechanisms::bubblewrap::MECHANISM.plan)(&flags, None, facts.ids());
            let ways = solutions(&facts, &plan, &vantage, rule);
            assert_eq!(ways.iter().any(|way| way.id().contains("seccomp-profile")), advised);
        }
    }

    /// bubblewrap in a container without masks: bubblewrap.c makes these read-only for root.
    #[test]
    fn masks_of_a_sandbox_inside_stay() {
        let mut facts = container(5);
        facts.process.seccomp = Fact::known(0, "test");
        let without: String = MOUNTS
            .lines()
            .filter(|line| !line.contains("acpi") && !line.contains("kcore"))
            .map(|l| format!("{l}\n"))
            .collect();
        facts.mounts.list = Fact::known(
            crate::parse::mountinfo::parse(without.as_bytes()).unwrap(),
            "/proc/self/mountinfo",
        );
        for id in [VantageId::Docker, VantageId::Podman, VantageId::Kubernetes] {
            assert!(!ways(&facts, "proc-masked", id).iter().any(|way| way.contains("mask")
                || way.contains("systempaths")
                || way == "privileged"));
        }
    }

    #[test]
    fn a_mask_that_somebody_asked_for_stays() {
        let mut facts = container(7);
        facts.process.seccomp = Fact::known(0, "test");
        assert_eq!(ways(&facts, "proc-masked", VantageId::Podman)[0], "unmask");
        facts.mounts.namespace_size = Fact::known(8, "ioctl(NS_MNT_GET_INFO)");
        let more = format!(
            "{MOUNTS}84 72 0:41 /null /proc/cpuinfo rw,nosuid - tmpfs tmpfs \
                rw,size=65536k,mode=755\n"
        );
        facts.mounts.list = Fact::known(
            crate::parse::mountinfo::parse(more.as_bytes()).unwrap(),
            "/proc/self/mountinfo",
        );
        for id in [VantageId::Podman, VantageId::Docker] {
            let ways = ways(&facts, "proc-masked", id);
            assert!(
                !ways.iter().any(|way| way.contains("unmask")
                    || way.contains("systempaths")
                    || way.contains("privileged")),
                "{ways:?}"
            );
        }
    }

    #[test]
    fn the_capability_and_other_flags_need_no_open_filter_beside_them() {
        let ways = ways(&container(7), "seccomp-unshare", VantageId::Docker);
        assert!(ways.iter().any(|way| way == "cap-add-sys-admin-flags"), "{ways:?}");
        assert!(
            !ways.iter().any(|way| way.contains("seccomp-unconfined+cap-add-sys-admin-flags")),
            "{ways:?}"
        );
    }
}
