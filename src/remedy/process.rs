//! What the way a program is started can change: ids, limits, chroot, preloaded libraries, nesting.

use super::{Action, How, Remedy, Who, sudo, sudo_here, unit};
use crate::deploy::Engine;
use crate::deploy::setting::{Change, User};
use crate::facts::apparmor;
use crate::facts::remap::site::{self, Site};
use crate::facts::{Caps, Fact, Facts, ProcDir};
use crate::mechanisms::{self, unshare};
use crate::parse::idmap::{Extent, IdMap};
use crate::parse::mountinfo::Mount;
use crate::plan::{Plan, Via};
use crate::platform::VantageId;

pub(crate) static DROP_LD_PRELOAD: Remedy = Remedy {
    id: "drop-ld-preload",
    weakens: "nothing; what the preloaded library did is no longer done",
    undo: "set LD_PRELOAD again",
    cost: 1,
    how: |_, _, _| How::start(Who::Deployer, ["unset LD_PRELOAD"]),
    apply: |facts, _| facts.env.ld_preload = Fact::absent("remedy"),
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
        facts.process.euid = Fact::known(0, "remedy");
        facts.process.egid = Fact::known(0, "remedy");
        // No execve(2) gives what the bounding set lacks.
        let bounding = facts.process.cap_bnd.value().map_or(u64::MAX, |caps| caps.0);
        facts.process.cap_eff = Fact::known(Caps(Caps::ALL.0 & bounding), "remedy");
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
        How::start(
            Who::Deployer,
            [format!("setpriv --reuid={uid} --regid={gid} {} -- COMMAND", super::groups(facts))],
        )
    },
    apply: |facts, _| {
        if let Some((uid, gid)) = mapped(facts) {
            facts.process.euid = Fact::known(uid, "remedy");
            facts.process.egid = Fact::known(gid, "remedy");
            // Root of a namespace can do this only while it holds its capabilities.
            if uid == 0 && facts.process.cap_eff.value() == Some(&Caps(0)) {
                facts.process.cap_eff = Fact::known(Caps::ALL, "remedy");
            }
        }
    },
};

fn at_root(facts: &mut Facts) {
    facts.mounts.root_is_mount = Fact::known(true, "remedy");
    if let Ok(list) = &mut facts.mounts.list.seen {
        if !list.iter().any(|m| m.target == "/")
            && let Some(mut root) = list.first().cloned()
        {
            "/".clone_into(&mut root.target);
            root.fs_type = "bind".into();
            list.push(root);
        }
        // Nothing is left on top of our root.
        if let Some(root) = list.iter().find(|m| m.target == "/").map(|m| m.id) {
            list.retain(|m| m.target != "/" || m.id == root);
        }
        facts.mounts.namespace_size = Fact::known(list.len() as u64, "remedy");
    }
}

pub(crate) static WRITE_ID_MAPS: Remedy = Remedy {
    id: "write-id-maps",
    weakens: "nothing: the program has the ids of the one who started it",
    undo: "do not write the maps",
    cost: 5,
    how: |facts, _, vantage| {
        (vantage.id == VantageId::Host && facts.in_initial_userns() == Some(false)).then_some(())?;
        How::start(
            Who::Deployer,
            ["unshare --user --map-root-user -- COMMAND    # from outside: in place of the user \
                    namespace without id maps"],
        )
    },
    apply: |facts, plan| {
        // Who owns the host's files has no number in there, unless it is us.
        let owner = &facts.mounts.kernel_owner;
        if let Some(id) = owner.value() {
            let ours = facts.process.euid.value() == Some(id);
            facts.mounts.kernel_owner =
                Fact::known(if ours { 0 } else { crate::facts::OVERFLOW_ID }, "remedy");
        }
        // Flags that name the caller's own ids name others now.
        if plan.by == &unshare::PROGRAM {
            *plan = unshare::plan(&plan.flags, None, (Some(0), Some(0)));
        }
        let map = IdMap(vec![Extent { inside: 0, outside: 1000, count: 1 }]);
        facts.process.uid_map = Fact::known(map.clone(), "remedy");
        facts.process.gid_map = Fact::known(map, "remedy");
        // unshare(1) denies it before it maps the group.
        facts.process.setgroups = Fact::known("deny".into(), "remedy");
        facts.process.euid = Fact::known(0, "remedy");
        facts.process.egid = Fact::known(0, "remedy");
        facts.process.cap_eff = Fact::known(Caps::ALL, "remedy");
    },
};

pub(crate) static LEAVE_CHROOT: Remedy = Remedy {
    id: "leave-chroot",
    weakens: "nothing: a mount namespace separates the tree better than chroot does",
    undo: "chroot DIR COMMAND",
    cost: 5,
    how: |_, _, _| {
        How::start(
            Who::Deployer,
            [
                "unshare --mount sh -c 'mount --rbind DIR DIR && cd DIR && pivot_root . . && \
                    umount -l / && exec COMMAND'    # in place of: chroot DIR COMMAND",
                "systemd-nspawn -D DIR COMMAND    # or, without root: bwrap --bind DIR / --dev \
                    /dev --proc /proc COMMAND",
            ],
        )
    },
    apply: |facts, _| at_root(facts),
};

pub(crate) static BIND_ROOT: Remedy = Remedy {
    id: "bind-root",
    weakens: "nothing",
    undo: "umount -R DIR",
    cost: 5,
    how: |_, plan, _| {
        // A user namespace is refused in any chroot.
        (!plan.new_user()).then_some(())?;
        How::start(Who::Deployer, ["mount --rbind DIR DIR && chroot DIR COMMAND"])
    },
    apply: |facts, _| at_root(facts),
};

/// Whether it looks for itself or its child in `/proc` by number.
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

pub(crate) static FEWER_LAYERS: Remedy = Remedy {
    id: "fewer-layers",
    weakens: "nothing",
    undo: "nest as before",
    cost: 5,
    how: |_, plan, _| {
        let far = match plan.layers() {
            0 | 1 => "one layer".to_owned(),
            more => format!("{more} layers"),
        };
        let line = "lsns --type user --type pid --tree    # run the program";
        How::start(Who::Deployer, [format!("{line} {far} further out")])
    },
    apply: |facts, plan| {
        if let Ok(pids) = &mut facts.process.ns_pids.seen {
            pids.truncate(pids.len().saturating_sub(plan.layers().max(1)));
        }
    },
};

pub(crate) static END_LEAKED_NAMESPACES: Remedy = Remedy {
    id: "end-leaked-namespaces",
    weakens: "nothing",
    undo: "start the ended programs again",
    cost: 5,
    how: |_, _, _| {
        How::once(
            Who::Deployer,
            ["lsns --type user --output NS,PID,COMMAND    # end those you do not need: kill PID"],
        )
    },
    apply: |_, _| {},
};

pub(crate) static RAISE_NPROC: Remedy = Remedy {
    id: "raise-nproc",
    weakens: "the user may run more processes",
    undo: "restore the previous limit",
    cost: 10,
    how: |facts, _, vantage| {
        let need = facts.process.nproc_used.value().copied().unwrap_or(0) + 1024;
        match vantage.id {
            VantageId::Docker | VantageId::Podman | VantageId::Service => {
                How::set([Change::Nproc(need)])
            }
            VantageId::Kubernetes => How::start(
                Who::ClusterAdmin,
                [format!("sudo prlimit --pid PID --nproc={need}:    # on the node")],
            ),
            _ => {
                let sudo = sudo(facts, vantage);
                let uid = facts.process.euid.value().copied().unwrap_or(0);
                let user = facts
                    .accounts
                    .user_name(uid)
                    .map_or_else(|| format!("{uid}:{uid}"), |name| name.to_owned());
                How::shell(
                    Who::HostAdmin,
                    [
                        format!(
                            "{sudo}prlimit --pid $$ --nproc={need}:{need}    # now, for this shell"
                        ),
                        format!(
                            "echo '{user} - nproc {need}' | {sudo}tee \
                                /etc/security/limits.d/90-nproc.conf    # from the next login; a \
                                systemd unit takes LimitNPROC={need}"
                        ),
                    ],
                )
            }
        }
    },
    apply: |facts, _| facts.process.nproc_limit = Fact::known(None, "remedy"),
};

pub(crate) static RAISE_PIDS_MAX: Remedy = Remedy {
    id: "raise-pids-max",
    weakens: "the control group may run more processes",
    undo: "restore the previous limit",
    cost: 10,
    how: |facts, _, vantage| match vantage.id {
        VantageId::Docker => pids_limit(facts, Engine::Docker),
        VantageId::Podman => pids_limit(facts, Engine::Podman),
        VantageId::Service => pids_limit(facts, Engine::Systemd),
        VantageId::Kubernetes => How::shell(
            Who::ClusterAdmin,
            ["podPidsLimit: 2048    # in the kubelet's configuration, then: systemctl restart \
                    kubelet"],
        ),
        _ => {
            let full = facts.cgroup.full(MOST_TASKS)?;
            let sudo = sudo(facts, vantage);
            let need = full.current + 1024;
            let now = format!("echo {need} | {sudo}tee {}/pids.max    # now", full.path);
            match unit::of_group(&full.path) {
                Some(unit) => How::shell(
                    Who::HostAdmin,
                    [
                        now,
                        format!(
                            "{sudo}systemctl set-property {unit} TasksMax={need}    # for good"
                        ),
                    ],
                ),
                None => How::once(Who::HostAdmin, [now]),
            }
        }
    },
    apply: |facts, _| {
        if let Ok(limits) = &mut facts.cgroup.pids.seen {
            limits.iter_mut().for_each(|l| l.max = None);
        }
    },
};

/// How many tasks a mechanism makes at most before it executes anything.
const MOST_TASKS: u64 = 2;

/// What an engine calls `pids.max`; it can be changed while a container runs.
fn pids_limit(facts: &Facts, engine: Engine) -> Option<How> {
    let limit = facts.cgroup.full(MOST_TASKS).map_or(0, |full| full.current + 1024).max(2048);
    let update = Action::Running(format!(
        "{} update --pids-limit {limit} CONTAINER    # or, without a restart",
        engine.program()
    ));
    let mut how = How::set([Change::PidsLimit(limit)])?;
    how.actions.push(update);
    Some(how)
}

pub(crate) static BWRAP_WITHOUT_SETUID: Remedy = Remedy {
    id: "bwrap-without-setuid",
    weakens: "nothing: it gives up its own privilege, and makes a user namespace instead",
    undo: "chmod u+s the same file",
    cost: 5,
    how: |facts, plan, _| {
        let tool = facts.tools.get(plan.by).value()?;
        let line = format!("chmod u-s {}    # as root, in the image", super::quoted(&tool.path));
        How::shell(Who::Deployer, [line])
    },
    apply: |facts, plan| facts.tools.change(plan.by, |tool| tool.mode &= !0o4000),
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
    apply: |facts, _| facts.process.cap_eff = Fact::known(Caps(0), "remedy"),
};

pub(crate) static REMOVE_FILE_CAPABILITIES: Remedy = Remedy {
    id: "remove-file-capabilities",
    weakens: "nothing: the program gives up its own privilege, and makes a user namespace instead",
    undo: "setcap the same capabilities again",
    cost: 5,
    how: |facts, plan, _| {
        let tool = facts.tools.get(plan.by).value().filter(|tool| tool.file_caps)?;
        let line = format!("{}setcap -r {}", sudo_here(facts), super::quoted(&tool.path));
        How::shell(Who::Deployer, [line])
    },
    apply: |facts, plan| facts.tools.change(plan.by, |tool| tool.file_caps = false),
};

pub(crate) static MOUNT_PROC_FIRST: Remedy = Remedy {
    id: "mount-proc-first",
    weakens: "the environment sees its processes in /proc",
    undo: "umount /proc",
    cost: 5,
    how: |facts, _, vantage| {
        (vantage.id != VantageId::Service).then_some(())?;
        // A procfs shows a pid namespace, and is mounted by who owns that.
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
    how: |facts, _, _| How::shell(Who::Deployer, [format!("{}mkdir /proc", sudo_here(facts))]),
    apply: with_proc,
};

/// The facts as they are where a plain procfs is mounted, with nothing of a limit in it that
/// refuses; and the plan of a program that looks there.
fn with_proc(facts: &mut Facts, plan: &mut Plan) {
    const OWN_STATUS: &str = "/proc/self/status";
    if !plan.files.is_empty() && !plan.files.contains_key(OWN_STATUS) {
        plan.files.insert(OWN_STATUS.into(), String::new());
        *plan = mechanisms::remade(plan, &plan.flags, plan.ids);
    }
    let known = |text: &str| Fact::known(text.to_owned(), "remedy");
    facts.mounts.proc = Fact::known(ProcDir::Proc, "remedy");
    let options = ["rw", "nosuid", "nodev", "noexec", "relatime"].map(str::to_owned).to_vec();
    let proc = Mount {
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
    let root =
        Mount { id: -2, parent: -3, target: "/".into(), fs_type: "unknown".into(), ..proc.clone() };
    if facts.mounts.list.value().is_none() {
        facts.mounts.list = Fact::known(vec![root, proc], "remedy");
    } else if let Ok(list) = &mut facts.mounts.list.seen {
        list.push(proc);
    }
    let namespaces = &mut *facts.namespaces;
    for ns in [&mut namespaces.user, &mut namespaces.pid, &mut namespaces.pid_for_children] {
        if ns.value().is_none() {
            *ns = Fact::known(0xEFFF_FFFF, "remedy");
        }
    }
    if facts.process.setgroups.value().is_none() {
        facts.process.setgroups = known("allow");
    }
}

pub(crate) static ENTER_PID_NAMESPACE: Remedy = Remedy {
    id: "enter-pid-namespace",
    weakens: "nothing",
    undo: "leave it out again",
    cost: 5,
    how: |_, _, _| {
        How::start(
            Who::Deployer,
            ["nsenter --target PID --mount --pid -- COMMAND    # or mount a procfs of your own \
                    namespace on /proc"],
        )
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
            let new = if nested(facts) { "--pid --fork " } else { "" };
            let line = format!("unshare {new}--mount-proc -- COMMAND{why}");
            return How::start(Who::Deployer, [line]);
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

pub(crate) static REMOUNT_PROC_RW: Remedy = Remedy {
    id: "remount-proc-rw",
    weakens: "root here may write to /proc",
    undo: "mount -o remount,bind,ro /proc",
    cost: 10,
    how: |facts, _, vantage| match vantage.id {
        VantageId::Kubernetes | VantageId::Docker | VantageId::Podman | VantageId::Service => None,
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
    apply: |facts, _| set_proc_options(facts, |options| options.retain(|o| o != "ro")),
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
        set_proc_options(facts, |options| {
            options.retain(|o| o != "noatime" && o != "nodiratime" && o != "relatime");
            options.push("relatime".into());
        });
    },
};

fn set_proc_options(facts: &mut Facts, change: impl Fn(&mut Vec<String>)) {
    if let Ok(list) = &mut facts.mounts.list.seen {
        for mount in list.iter_mut().filter(|m| m.target == "/proc") {
            change(&mut mount.options);
            mount.super_options.retain(|o| o != "ro");
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
        (vantage.id == VantageId::Host && !masks.is_empty()).then_some(())?;
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

pub(crate) static MAKE_PROGRAM_READABLE: Remedy = Remedy {
    id: "make-program-readable",
    weakens: "users may read the program file",
    undo: "chmod go-r FILE",
    cost: 1,
    how: |facts, plan, at| {
        let tool = facts.tools.get(plan.by).value();
        let path = tool
            .filter(|t| !t.readable || t.mode & 0o004 == 0)
            .map_or_else(|| format!("\"$(command -v {})\"", plan.by.name), |t| t.path.clone());
        How::shell(Who::HostAdmin, [format!("{}chmod a+r {path}", sudo(facts, at))])
    },
    apply: |facts, plan| {
        facts.process.dumpable = Fact::known(1, "remedy");
        facts.tools.change(plan.by, |tool| tool.readable = true);
    },
};

pub(crate) static OUTSIDE_LANDLOCK: Remedy = Remedy {
    id: "outside-landlock",
    weakens: "the program is no longer confined by that sandbox",
    undo: "start it inside again",
    cost: 40,
    how: |_, _, _| {
        How::start(
            Who::Deployer,
            ["COMMAND    # started outside the sandbox: Landlock cannot be lifted from within"],
        )
    },
    apply: |_, _| {},
};

pub(crate) static FEWER_MOUNTS: Remedy = Remedy {
    id: "fewer-mounts",
    weakens: "nothing",
    undo: "mount them again",
    cost: 5,
    how: |_, _, _| {
        How::once(
            Who::HostAdmin,
            ["findmnt --noheadings --output TARGET | sort | uniq -c | sort -rn | head    # \
                    unmount duplicates"],
        )
    },
    apply: |facts, _| facts.mounts.namespace_size = Fact::known(2, "remedy"),
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mechanisms::unshare;
    use crate::platform::Vantage;

    #[test]
    fn root_is_no_way_out_of_a_profile_that_denies_every_capability() {
        let offered = |label: &str| {
            let mut facts = crate::rules::tests::healthy();
            facts.lsm.list = Fact::known(vec!["capability".into(), "apparmor".into()], "test");
            facts.lsm.apparmor = Fact::known(true, "test");
            facts.lsm.apparmor_label = Fact::known(label.into(), "test");
            let plan =
                unshare::plan(&unshare::split("--pid --fork"), None, (Some(1000), Some(1000)));
            (RUN_AS_ROOT.how)(
                &facts,
                &plan,
                &Vantage { name: "", id: VantageId::Host, evidence: vec![] },
            )
            .is_some()
        };
        assert!(offered("unconfined"));
        assert!(offered("sshd (enforce)"));
        assert!(!offered("unprivileged_userns (enforce)"));
    }

    fn told(remedy: &Remedy, facts: &Facts, plan: &Plan) -> String {
        let vantage = Vantage { name: "", id: VantageId::Host, evidence: vec![] };
        format!("{:?}", (remedy.how)(facts, plan, &vantage).unwrap().actions)
    }

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

    /// Found by the lab: a program that makes three user namespaces within each other was still
    /// refused one layer further out.
    #[test]
    fn as_many_layers_as_are_made() {
        use crate::mechanisms::agents::CLAUDE_CODE;
        let facts = crate::rules::tests::healthy();
        let unshare = unshare::plan(&unshare::split("-Upf"), None, (Some(0), Some(0)));
        assert!(told(&FEWER_LAYERS, &facts, &unshare).contains("run the program one layer "));
        let claude = crate::rules::tests::of(&CLAUDE_CODE);
        assert!(told(&FEWER_LAYERS, &facts, &claude).contains("run the program 3 layers "));
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
                unshare::plan(
                    &unshare::split("--user --map-current-user --setuid 65534"),
                    None,
                    (Some(65534), Some(65534)),
                ),
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
            let plan =
                unshare::plan(&unshare::split("--pid --fork"), None, (Some(1000), Some(1000)));
            let host = Vantage { name: "", id: VantageId::Host, evidence: vec![] };
            let cause = crate::rules::find("no-cap-sys-admin").unwrap();
            let found = crate::diagnosis::solutions(&facts, &plan, &host, cause);
            found.iter().any(|solution| solution.id() == "run-as-root")
        };
        assert!(offered(0, u64::MAX));
        assert!(!offered(1, u64::MAX), "SECBIT_NOROOT");
        assert!(!offered(0, !(1 << 21)), "CAP_SYS_ADMIN is not in the bounding set");
    }
}
