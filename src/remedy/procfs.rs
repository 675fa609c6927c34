//! The procfs that is mounted, and the pid namespace that it shows.

use super::{How, Remedy, Who, made, sudo_here, unit};
use crate::deploy::setting::Change;
use crate::facts::remap::site::{self, Site};
use crate::facts::{Fact, Facts, ProcDir};
use crate::mechanisms::{self, unshare};
use crate::parse::mountinfo::{Mount, MountEntry};
use crate::plan::{Habit, Plan, Via};
use crate::platform::VantageId;

/// Whether the program looks for itself or its child in `/proc` by number.
fn goes_by_pid(plan: &Plan) -> bool {
    plan.steps.iter().any(|step| plan.goes_by_pid(*step))
}

pub(crate) static FORK_IN_OUTER_UNSHARE: Remedy = Remedy {
    id: "fork-in-outer-unshare",
    weakens: "nothing",
    undo: "drop --fork",
    cost: 1,
    how: |_, plan, _| {
        // Otherwise the procfs stays that of the namespace before.
        let mount = if goes_by_pid(plan) { "--mount-proc " } else { "" };
        let line =
            format!("unshare --pid --fork {mount}-- COMMAND    # the outer unshare lacks --fork");
        How::start(Who::Deployer, [line])
    },
    apply: |facts, plan| {
        facts.namespaces.pid_for_children = facts.namespaces.pid.clone();
        if goes_by_pid(plan) {
            (MOUNT_OWN_PROC.apply)(facts, plan);
        }
    },
};

pub(crate) static MOUNT_PROC_FIRST: Remedy = Remedy {
    id: "mount-proc-first",
    weakens: "the environment sees its processes in /proc",
    undo: "umount /proc",
    cost: 5,
    how: |facts, _, vantage| {
        (vantage.id != VantageId::Service).then_some(())?;
        // A procfs shows a pid namespace; only the owner of that can mount it.
        let outer =
            facts.in_initial_userns() == Some(false) && facts.in_initial_pidns() == Some(true);
        (!outer).then_some(())?;
        let sudo = sudo_here(facts);
        let line = format!(
            "{sudo}mkdir -p /proc && {sudo}mount -t proc proc /proc    # before the program is \
                started"
        );
        How::once(Who::Deployer, [line])
    },
    apply: with_proc,
};

pub(crate) static MAKE_PROC_DIRECTORY: Remedy = Remedy {
    id: "make-proc-directory",
    weakens: "nothing",
    undo: "rmdir /proc",
    cost: 1,
    how: |facts, plan, _| {
        // A directory alone is not enough where it has to be a mount point.
        let enough = !plan.does(Habit::WantsMountPoint);
        enough.then(|| How::shell(Who::Deployer, [format!("{}mkdir /proc", sudo_here(facts))]))?
    },
    apply: with_proc,
};

/// Changes the facts to those where a plain procfs is mounted, with no limit in it that refuses;
/// and the plan of a program that looks there.
fn with_proc(facts: &mut Facts, plan: &mut Plan) {
    const OWN_STATUS: &str = "/proc/self/status";
    if !plan.files.is_empty() && !plan.files.contains_key(OWN_STATUS) {
        plan.files.insert(OWN_STATUS.into(), String::new());
        *plan = mechanisms::remade(plan, &plan.flags, plan.ids);
    }
    facts.mounts.proc = made(ProcDir::Proc);
    let options = ["rw", "nosuid", "nodev", "noexec", "relatime"].map(str::to_owned).to_vec();
    let proc = MountEntry {
        id: -1,
        parent: -2,
        root: "/".into(),
        target: "/proc".into(),
        options,
        propagation: vec![],
        fs_type: "proc".into(),
        source: "proc".into(),
        super_options: vec!["rw".into()],
    };
    let (target, fs_type) = ("/".to_owned(), "unknown".to_owned());
    let root = MountEntry { id: -2, parent: -3, target, fs_type, ..proc.clone() };
    if facts.mounts.list.value().is_none() {
        facts.mounts.list = made(vec![root.into(), proc.into()]);
    } else if let Ok(list) = &mut facts.mounts.list.seen {
        list.push(proc.into());
    }
    let namespaces = &mut *facts.namespaces;
    for ns in [&mut namespaces.user, &mut namespaces.pid, &mut namespaces.pid_for_children] {
        if ns.value().is_none() {
            *ns = made(0xEFFF_FFFF);
        }
    }
    if facts.process.setgroups.value().is_none() {
        facts.process.setgroups = made("allow".into());
    }
}

pub(crate) static ENTER_PID_NAMESPACE: Remedy = Remedy {
    id: "enter-pid-namespace",
    weakens: "nothing",
    undo: "leave it out again",
    cost: 5,
    how: |_, _, _| {
        let line = "nsenter --target PID --mount --pid -- COMMAND    # or mount a procfs of your \
            own namespace on /proc";
        How::start(Who::Deployer, [line])
    },
    apply: with_proc,
};

/// Whether our user namespace is one within another. Where `/proc` does not know us, its limits
/// tell: a new one has none (create_user_ns() in kernel/user_namespace.c).
fn nested(facts: &Facts) -> bool {
    let limit = facts.sysctl.max_namespaces.get("user").and_then(Fact::value);
    let unlimited = limit == Some(&u64::from(i32::MAX.unsigned_abs()));
    facts.in_initial_userns().map_or(unlimited, |initial| !initial)
}

pub(crate) static MOUNT_OWN_PROC: Remedy = Remedy {
    id: "mount-own-proc",
    weakens: "nothing",
    undo: "leave it out again",
    cost: 2,
    how: |facts, _, _| {
        let why = "    # with a procfs of its own pid namespace";
        if facts.has_sys_admin() == Some(true) {
            // The procfs of a pid namespace is for who has the capability over its owner.
            let flags = if nested(facts) { "--pid --fork --mount-proc" } else { "--mount-proc" };
            let line = format!("unshare {flags} -- COMMAND{why}");
            let own = unshare::plan(&unshare::split(flags), None, facts.ids());
            let how = How::start(Who::Deployer, [line])?;
            return Some(How { runs: Some(Box::new(own)), ..how });
        }
        let (Some(uid), Some(gid)) = facts.ids() else { return None };
        let as_before = format!("setpriv --reuid={uid} --regid={gid} --clear-groups");
        let line = format!("sudo unshare --mount-proc -- {as_before} -- COMMAND{why}");
        How::start(Who::HostAdmin, [line])
    },
    apply: |facts, plan| {
        with_proc(facts, plan);
        if let Ok(pids) = &mut facts.process.ns_pids.seen {
            pids.drain(..pids.len().saturating_sub(1));
        }
    },
};

pub(crate) static PROC_OF_THE_SANDBOX: Remedy = Remedy {
    id: "proc-of-the-sandbox",
    weakens: "nothing: what runs in the sandbox sees its own processes alone",
    undo: "start it as before",
    cost: 5,
    // Of root, bubblewrap covers what could be written of the procfs that it mounts (bubblewrap.c,
    // `SETUP_MOUNT_PROC`), and no other can be mounted in there.
    how: |facts, _, _| match of_root(facts) {
        true => Some(How {
            weakens: Some("what runs in the sandbox may write to /proc, as who starts it may"),
            ..How::sandbox(facts, "--bind /proc /proc", "--proc_rw")?
        }),
        false => How::sandbox(facts, "--unshare-pid --proc /proc", "--proc_rw"),
    },
    apply: |facts, plan| {
        if !of_root(facts) {
            with_proc(facts, plan);
        }
        (REMOUNT_PROC_RW.apply)(facts, plan);
    },
};

/// Whether who started the sandbox around us is root, or may be.
fn of_root(facts: &Facts) -> bool {
    let map = facts.process.uid_map.value().map(|map| map.0.as_slice());
    map.is_none_or(|map| map.iter().any(|range| range.outside == 0))
}

pub(crate) static REMOUNT_PROC_RW: Remedy = Remedy {
    id: "remount-proc-rw",
    weakens: "root here may write to /proc",
    undo: "mount -o remount,bind,ro /proc",
    cost: 10,
    how: |facts, _, vantage| match vantage.id {
        VantageId::Kubernetes | VantageId::Docker | VantageId::Podman | VantageId::Service => None,
        // What is mounted there is the sandbox's own.
        _ if facts.in_sandbox_of_a_user() && facts.has_sys_admin() != Some(true) => None,
        // Without `bind` the file system itself is made writable, for every place where it is
        // mounted.
        _ if facts.mounts.on_proc().is_some_and(|m| m.has_super("ro")) => {
            How::once(Who::HostAdmin, [format!("{}mount -o remount,rw /proc", sudo_here(facts))])
        }
        _ => How::once(
            Who::HostAdmin,
            [format!("{}mount -o remount,bind,rw /proc", sudo_here(facts))],
        ),
    },
    apply: |facts, _| {
        set_proc_options(facts, |mount| {
            mount.options.retain(|o| o != "ro");
            mount.super_options.retain(|o| o != "ro");
        });
    },
};

pub(crate) static REMOUNT_PROC_RELATIME: Remedy = Remedy {
    id: "remount-proc-relatime",
    weakens: "nothing",
    undo: "mount -o remount,noatime /proc",
    cost: 5,
    // mount(8) adds to the options that are there, so those that are in the way have to be named.
    how: |facts, _, _| {
        let line = format!(
            "{}mount -o remount,bind,nosuid,nodev,noexec,atime,diratime,relatime /proc    # for \
                good: without noatime in /etc/fstab",
            sudo_here(facts)
        );
        How::once(Who::HostAdmin, [line])
    },
    apply: |facts, _| {
        set_proc_options(facts, |mount| {
            mount.options.retain(|o| o != "noatime" && o != "nodiratime" && o != "relatime");
            mount.options.push("relatime".into());
        });
    },
};

fn set_proc_options(facts: &mut Facts, change: impl Fn(&mut Mount)) {
    if let Ok(list) = &mut facts.mounts.list.seen {
        for mount in list.iter_mut().filter(|m| m.target == "/proc") {
            change(mount);
        }
    }
}

pub(crate) static DROP_PROC_SUBSET: Remedy = Remedy {
    id: "drop-proc-subset",
    weakens: "the program sees all of /proc",
    undo: "set it back",
    cost: 10,
    how: |facts, _, vantage| {
        let only_processes = |mount: &Mount| mount.has_super("subset=pid");
        facts.mounts.list.value()?.iter().any(only_processes).then_some(())?;
        // A kernel that has this gate takes no remount that drops the option (measured on 7.2:
        // EINVAL).
        let running = vantage.id == VantageId::Host && unit::is_ours(facts);
        if running || vantage.id == VantageId::Service {
            return unit::set(facts, vantage, vec![Change::WholeProc]);
        }
        let line = format!("{}mount -t proc proc /proc    # over the other one", sudo_here(facts));
        How::once(Who::HostAdmin, [line])
    },
    apply: |facts, _| {
        if let Ok(list) = &mut facts.mounts.list.seen {
            list.iter_mut().for_each(|m| m.super_options.retain(|o| o != "subset=pid"));
        }
    },
};

/// The mounts that stand over parts of /proc, in the order in which they can be taken off.
fn masks(facts: &Facts, plan: &Plan) -> Vec<String> {
    let there = match site::of_daemon(facts, plan.by) {
        Site::Here(there) if plan.via == Via::Daemon => there.mounts.list.clone(),
        _ => facts.mounts.list.clone(),
    };
    let Some(list) = there.value() else { return vec![] };
    let mut over: Vec<String> =
        list.iter().filter(|m| m.target.starts_with("/proc/")).map(|m| m.target.clone()).collect();
    over.reverse();
    over.retain(|target| {
        target.bytes().all(|b| b.is_ascii_alphanumeric() || b"/_.-".contains(&b))
            && !target.contains("binfmt_misc")
    });
    over
}

pub(crate) static UNMOUNT_MASKS: Remedy = Remedy {
    id: "unmount-masks",
    weakens: "what the mounts hid or protected is exposed again",
    undo: "mount them again",
    cost: 15,
    how: |facts, plan, vantage| {
        let masks = masks(facts, plan);
        (super::on_host(facts, vantage) && !masks.is_empty()).then_some(())?;
        let masks = masks.join(" ");
        if plan.via == Via::Daemon {
            return How::once(Who::HostAdmin, [format!("sudo umount {masks}")]);
        }
        // No file shows which mounts are locked (mount_namespaces(7)).
        let place = match facts.in_initial_userns() {
            Some(false) => {
                "where the mounts were made: from outside of this user namespace they are locked"
            }
            _ => "where isodoc ran: it affects that mount namespace only",
        };
        let line = format!("{}umount {masks}    # {place}", sudo_here(facts));
        How::once(Who::HostAdmin, [line])
    },
    apply: |facts, plan| {
        let masks = masks(facts, plan);
        facts.mounts.retain(|m| !masks.contains(&m.target));
        for others in [&mut facts.docker.mounts, &mut facts.mounts.of_pid1] {
            if let Ok(list) = &mut others.seen {
                list.retain(|m| !masks.contains(&m.target));
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Caps;
    use crate::mechanisms::unshare;
    use crate::remedy::Action;
    use crate::remedy::tests::*;

    /// Found by the lab: the root of a user namespace may not mount the procfs of the pid namespace
    /// that it was made in.
    #[test]
    fn whoever_is_root_in_a_user_namespace_mounts_the_procfs_of_a_new_pid_namespace() {
        let plan = unshare::plan(&[], None, (Some(0), Some(0)));
        let line = |limit: u64| {
            let mut facts = crate::rules::tests::healthy();
            facts.process.cap_eff = Fact::known(Caps(1 << Caps::SYS_ADMIN), "test");
            facts.namespaces.user = Fact::default();
            facts.process.uid_map = Fact::default();
            facts.sysctl.max_namespaces.insert("user", Fact::known(limit, "test"));
            told(&MOUNT_OWN_PROC, &facts, &plan)
        };
        assert!(line(2_147_483_647).contains("unshare --pid --fork --mount-proc "));
        assert!(line(31_217).contains("unshare --mount-proc "));
    }

    /// In a sandbox that a user made, `sudo mount -o remount` was offered, which neither works
    /// there nor changes anything there from outside.
    #[test]
    fn in_a_sandbox_whoever_started_it_can_act() {
        let offered = |map: &[u8]| {
            let mut facts = crate::rules::tests::healthy();
            facts.namespaces.user = Fact::known(7, "test");
            facts.process.uid_map = Fact::known(crate::parse::idmap::parse(map).unwrap(), "test");
            facts.process.no_new_privs = Fact::known(true, "test");
            let plan = unshare::plan(&[], None, facts.ids());
            let at = crate::platform::Vantage::plain(VantageId::Other);
            let of = |remedy: &Remedy| Some((remedy.how)(&facts, &plan, &at)?.who);
            let quota = &super::super::sysctl::WITHOUT_DISABLE_USERNS;
            [&PROC_OF_THE_SANDBOX, &REMOUNT_PROC_RW, quota].map(of)
        };
        let starts = Some(Who::Deployer);
        assert_eq!(offered(b"1000 1000 1"), [starts, None, starts]);
        assert_eq!(offered(b"0 100000 65536"), [None, Some(Who::HostAdmin), None]);
    }

    /// As root, `bwrap --ro-bind / / --unshare-pid --proc /proc` was said to help: it covers
    /// /proc/irq and others, and `unshare -Urpf --mount-proc` in there: `mount /proc failed`.
    #[test]
    fn bubblewrap_of_root_covers_what_it_mounts() {
        let started = |map: &[u8]| {
            let mut facts = crate::rules::tests::healthy();
            facts.namespaces.user = Fact::known(7, "test");
            facts.process.uid_map = Fact::known(crate::parse::idmap::parse(map).unwrap(), "test");
            let plan = unshare::plan(&[], None, facts.ids());
            let at = crate::platform::Vantage::plain(VantageId::Other);
            (PROC_OF_THE_SANDBOX.how)(&facts, &plan, &at).unwrap().actions
        };
        let options = |bwrap| vec![Action::Sandbox { bwrap, nsjail: Some("--proc_rw") }];
        assert_eq!(started(b"1000 1000 1"), options("--unshare-pid --proc /proc"));
        assert_eq!(started(b"0 1000 1"), options("--unshare-pid --proc /proc"));
        assert_eq!(started(b"0 0 1"), options("--bind /proc /proc"));
    }

    /// Found by the lab: bwrap(1) makes a user namespace only where its /proc knows it, and root
    /// without CAP_SETFCAP may not map itself in one.
    #[test]
    fn a_program_finds_in_its_proc_what_it_looks_for() {
        use crate::mechanisms::bubblewrap::MECHANISM;
        let flags = unshare::split(MECHANISM.flags);
        let files = [("/proc/sys/user/max_user_namespaces".to_owned(), "9".to_owned())].into();
        let mut plan = MECHANISM.plan_with(&flags, None, (Some(0), Some(0)), files);
        assert!(!plan.new_user());
        (MOUNT_OWN_PROC.apply)(&mut crate::rules::tests::healthy(), &mut plan);
        assert!(plan.new_user());
    }
}
