//! The facts inside a container that is only planned: those of the host, changed by what the engine
//! and the settings do.

mod felt;

use super::container::Engine;
use super::mounts::{MountSource, OverProc};
use super::place::At;
use super::runtime;
use super::setting::{Label, Masks, Profile, Setting, Userns};
use super::systemd::filter;
use super::{defaults, devices};
use crate::facts::{Fact, Facts, Missing, ProcDir, Tool};
use crate::mechanisms::{self, unshare};
use crate::parse::idmap::{Extent, IdMap};
use crate::parse::mountinfo::{Mount, MountEntry};
use crate::parse::os_release::OsRelease;
use crate::parse::path;
use crate::plan::{Flavour, Plan, Program};
use crate::source::env::WORKER;
pub(crate) use felt::Felt;

/// What the facts of a container are said to come from.
const SETTINGS: &str = "container settings";

/// The facts inside a container on this host, for a plan. `remap` is the map of a Docker daemon
/// that remaps root.
///
/// What the image holds is not known; it is taken to have util-linux and coreutils.
#[must_use]
pub(crate) fn facts(host: &Facts, remap: Option<&IdMap>, container: &Felt, plan: &Plan) -> Facts {
    let settings = &container.settings;
    let mut inside = host.clone();
    inside.complete |= !container.is_service();
    inside.trial = None;

    // Who it runs as, and with what.
    let (uid, gid) = container.ids(host);
    let runtime = container.runtime;
    let bounding = defaults::bounding(runtime, settings);
    let process = &mut inside.process;
    process.euid = known(uid);
    process.egid = known(gid);
    process.cap_bnd = known(bounding);
    process.cap_eff = known(defaults::effective(runtime, settings, uid, bounding));
    process.no_new_privs = known(settings.no_new_privs.as_ref().is_some_and(|nnp| nnp.value));
    process.dumpable = known(1);
    process.securebits = known(0);
    process.setgroups = known("allow".into());
    process.nproc_limit = known(settings.nproc.as_ref().map(|limit| limit.value));
    process.nproc_used = known(1);
    // Of the engine, or the unit: nobody has looked at them.
    process.hard_limits = Fact::default();
    process.seccomp_filters = Fact::default();
    if !container.is_service() {
        // Every image has one.
        inside.mounts.tmp = known(true);
    }
    inside.cgroup.pids = match &settings.pids_limit {
        Some(limit) => known(vec![crate::facts::PidsLimit {
            path: "/sys/fs/cgroup".into(),
            current: 1 + u64::from(settings.init),
            max: Some(limit.value),
        }]),
        None => known(vec![]),
    };
    inside.sysctl.pids_used = Fact::default();
    inside.env = variables(container).into();
    match container.is_service() {
        true => service(&mut inside, host, container, plan),
        false => contain(&mut inside, host, remap, container, plan),
    }
    doubts(&mut inside, container, plan);
    inside
}

/// What a container engine makes around the program.
fn contain(inside: &mut Facts, host: &Facts, remap: Option<&IdMap>, container: &Felt, plan: &Plan) {
    let settings = &container.settings;
    let bounding = defaults::bounding(container.runtime, settings);
    let filter = defaults::seccomp(container.runtime, settings, bounding, &host.os.machine, plan);
    let process = &mut inside.process;
    process.seccomp = filter.mode;
    process.own_profile = filter.own;
    process.ns_pids = known(vec![1]);
    inside.answers = filter.answers.into();

    // Namespaces.
    let remap = remap.filter(|_| container.engine == Engine::Docker);
    let map = match settings.userns.as_ref().map(|userns| &userns.value) {
        Some(Userns::Host) => None,
        Some(Userns::Own) => {
            Some(IdMap(vec![Extent { inside: 0, outside: 65_536, count: 65_536 }]))
        }
        Some(Userns::Other(_)) | None => remap.cloned(),
    };
    if let Some(map) = map {
        inside.process.uid_map = known(map.clone());
        inside.process.gid_map = known(map);
        inside.namespaces.user = known(NESTED);
    }
    let host_pid = settings.host_pid.as_ref().is_some_and(|pid| pid.value);
    if !host_pid {
        inside.namespaces.pid = known(NESTED);
        // A procfs of the host's goes by the host's numbers.
        let of_host = |mount: &OverProc| mount.is_whole() && mount.source == MountSource::Proc;
        let outer = settings.over_proc.iter().any(|at| of_host(&at.value));
        inside.process.ns_pids = known(if outer { vec![OUTER, 1] } else { vec![1] });
    }
    inside.namespaces.pid_for_children = inside.namespaces.pid.clone();
    inside.namespaces.mnt = known(NESTED);
    inside.namespaces.cgroup = known(NESTED);
    inside.namespaces.children_init_alive = Fact::default();

    mounts(inside, host, container, plan);
    labels(inside, host, container);
    install(inside);
    inside.tools.change(&unshare::PROGRAM, |own| own.flavour = container.flavour());
    let own_userns = inside.in_initial_userns() == Some(false);
    let ids = container.ids(host);
    settings.put_devices(&mut inside.devices, container.engine, ids, own_userns);
    inside.accounts = crate::facts::Accounts::default().into();
    inside.os.os_release = match container.distribution {
        Some(id) => known(OsRelease { id: id.into(), ..OsRelease::default() }),
        None => Fact::not_probed("/etc/os-release of the image"),
    };
}

/// What nobody knows to be installed is taken to be.
fn install(inside: &mut Facts) {
    for each in mechanisms::programs() {
        let setuid = [&Program::NEWUIDMAP, &Program::NEWGIDMAP].contains(&each);
        let path = ["/usr/bin/", each.name].concat();
        let mode = if setuid { 0o4755 } else { 0o755 };
        inside.tools.set(each, known(Tool::installed(path, mode)));
    }
}

/// What systemd does to a process of the host that it starts (systemd.exec(5)).
fn service(inside: &mut Facts, host: &Facts, service: &Felt, plan: &Plan) {
    let settings = &service.settings;
    inside.process.own_profile = true;
    (inside.process.seccomp, *inside.answers) = filter::answers(&settings.restricts, host, plan);
    let (uid, _) = service.ids(host);
    if let Some(At { value: Userns::Other(which), .. }) = &settings.userns {
        let own = |id| Extent { inside: id, outside: id, count: 1 };
        let some = match which.as_str() {
            "full" => vec![Extent { count: u64::from(u32::MAX), ..own(0) }],
            "identity" => vec![Extent { count: 65_536, ..own(0) }],
            _ if uid == 0 => vec![own(0)],
            _ => vec![own(0), own(uid)],
        };
        let setgroups = if which == "full" { "allow" } else { "deny" };
        inside.process.setgroups = known(setgroups.into());
        inside.process.uid_map = known(IdMap(some.clone()));
        inside.process.gid_map = known(IdMap(some));
        inside.namespaces.user = known(NESTED);
        inside.namespaces.pid_owned_here = known(false);
        inside.namespaces.mnt_owned_here = known(false);
    }
    // Its mount namespace is a copy of the host's: mounts that were hidden there stay hidden.
    let on_proc = host.mounts.on_proc().map(|proc| proc.id);
    if let (Ok(list), Some(parent)) = (&mut inside.mounts.list.seen, on_proc) {
        let first = list.iter().map(|mount| mount.id).max().unwrap_or(0) + 1;
        let paths = settings.masked.iter().map(|at| at.value);
        let paths = paths.chain(settings.over_proc.iter().map(|at| at.value.target.as_str()));
        let before = list.len();
        for (path, id) in paths.zip(first..) {
            list.push(over(path, id, parent, "proc").into());
        }
        let added = (list.len() - before) as u64;
        if let Some(proc) = list.iter_mut().find(|mount| mount.id == parent) {
            let subset = settings.only_processes.as_ref().map(|_| "subset=pid".into());
            proc.super_options.extend(subset);
            proc.options.extend(settings.read_only.as_ref().map(|_| "ro".into()));
        }
        if let Ok(size) = &mut inside.mounts.namespace_size.seen {
            *size += added;
        }
    }
    if host.lsm.apparmor.value() == Some(&true) && settings.apparmor.is_some() {
        labels(inside, host, service);
    }
    if host.lsm.selinux_enforcing.value() == Some(&true) {
        // The domain of a service whose program has no policy of its own.
        let own = match settings.selinux.as_ref().map(|label| &label.value) {
            Some(Label::Type(name)) => name,
            _ => "unconfined_service_t",
        };
        enter_domain(inside, own);
    }
    if host.tools.get(plan.by).value().is_none() {
        install(inside);
    }
}

fn over(path: &str, id: i64, proc: i64, fs_type: &str) -> MountEntry {
    MountEntry {
        id,
        parent: proc,
        root: "/".into(),
        target: path.into(),
        options: vec!["ro".into(), "relatime".into()],
        propagation: vec![],
        fs_type: fs_type.into(),
        source: fs_type.into(),
        super_options: vec!["rw".into()],
    }
}

/// The number that a process of a container has on the host.
const OUTER: u64 = 4711;

/// The inode number of a namespace that is not the initial one.
const NESTED: u64 = 4_026_532_000;

fn known<T>(value: T) -> Fact<T> {
    Fact::known(value, SETTINGS)
}

fn mounts(inside: &mut Facts, host: &Facts, container: &Felt, plan: &Plan) {
    let settings = &container.settings;
    let (root, proc) = (1, 2);
    let mount = |id, parent, target: &str, fs_type: &str, options: &[&str]| {
        let options = options.iter().map(|o| (*o).to_owned()).collect();
        Mount::from(MountEntry { options, ..self::over(target, id, parent, fs_type) })
    };
    let read_only = settings.is_read_only();
    let mut list = vec![
        mount(root, 0, "/", "overlay", &[if read_only { "ro" } else { "rw" }, "relatime"]),
        mount(proc, root, "/proc", "proc", &["rw", "nosuid", "nodev", "noexec", "relatime"]),
    ];
    if read_only {
        // What podman leaves writable by itself (podman-run(1), --read-only-tmpfs).
        let of_podman = ["/run", "/tmp", "/var/tmp"].into_iter();
        let of_podman = of_podman.filter(|_| container.engine == Engine::Podman);
        let targets = settings.targets.iter().map(|at| &at.value);
        let targets = targets.filter(|target| path::below(&target.path, "/proc").is_none());
        let options = |ro| [if ro { "ro" } else { "rw" }, "relatime"];
        let targets = targets.map(|target| (target.path.as_str(), options(target.read_only)));
        for (path, options) in of_podman.map(|path| (path, options(false))).chain(targets) {
            list.push(mount(list.len() as i64 + 1, root, path, "bind", &options));
        }
    }
    let masks = settings.masks.as_ref().map(|masks| &masks.value);
    let stays = |path: &str| match masks {
        _ if settings.is_privileged() || !container.runtime.defaults().masks => false,
        None | Some(Masks::Default | Masks::And(_)) => true,
        Some(Masks::None | Masks::Beside) => false,
        Some(Masks::Without(paths)) => !paths.iter().any(|open| open == path || open == "/proc/*"),
    };
    let mut over = |path: &str, fs_type, root: &str| {
        let id = list.len() as i64 + 1;
        let entry = MountEntry { root: root.into(), ..self::over(path, id, proc, fs_type) };
        list.push(entry.into());
    };
    for (names, fs_type) in [(runtime::MASKED, "tmpfs"), (runtime::READ_ONLY, "proc")] {
        for name in names {
            let path = ["/proc/", name].concat();
            let root = ["/", if fs_type == "proc" { name } else { "" }].concat();
            if stays(&path) {
                over(&path, fs_type, &root);
            }
        }
    }
    if let Some(Masks::And(paths)) = masks {
        for path in paths.iter().filter(|path| path.starts_with("/proc/")) {
            over(path, "tmpfs", "/");
        }
    }
    let (whole, below): (Vec<_>, Vec<_>) =
        settings.over_proc.iter().map(|at| &at.value).partition(|mount| mount.is_whole());
    for mount in below {
        match mount.target.strip_prefix("/proc") {
            // A part of the procfs over itself: everything in it is still there.
            Some(part) if mount.source == MountSource::Proc => over(&mount.target, "proc", part),
            _ => over(&mount.target, "bind", "/"),
        }
    }
    if whole.iter().any(|mount| mount.read_only)
        && let Some(proc) = list.iter_mut().find(|mount| mount.id == proc)
        && let Some(first) = proc.options.first_mut()
    {
        *first = "ro".into();
    }
    if masks == Some(&Masks::Beside) {
        let id = list.len() as i64 + 1;
        let beside = mount(id, root, "/dev/.lxc/proc", "proc", &["rw", "relatime"]);
        list.push(beside);
    }
    // A container that gets a GPU has mounts of the driver below /proc, which no setting lifts.
    let nvidia = settings.runtime.as_ref().is_some_and(|name| runtime::is_nvidia(&name.value));
    let bare = !list.iter().any(|mount| mount.target.starts_with("/proc/"));
    inside.mounts.namespace_size = known(list.len() as u64);
    inside.mounts.perhaps = match settings.host_proc_in_sight(container.engine, host) {
        _ if plan.mount_proc.is_none() => None,
        _ if nvidia && bare => Some(
            "the runtime nvidia mounts over /proc/driver/nvidia in a container that gets a GPU"
                .to_owned(),
        ),
        Some(target) if !bare => {
            Some(format!("a procfs that nothing covers may be in sight at or below {target}"))
        }
        _ => None,
    };
    inside.mounts.list = known(list);
    inside.mounts.root_is_mount = known(true);
    inside.mounts.root_from_outside = known("/".into());
    inside.mounts.of_pid1 = Fact::default();
    inside.mounts.proc = known(ProcDir::Proc);
}

/// Another domain of SELinux than the host's, of which its policy was not asked.
fn enter_domain(inside: &mut Facts, name: &str) {
    inside.lsm.label = known(format!("system_u:system_r:{name}:s0"));
    inside.lsm.selinux_grants_userns = Fact::not_probed(SETTINGS);
    inside.lsm.selinux_grants_caps = Fact::not_probed(SETTINGS);
}

/// The labels of AppArmor and SELinux.
fn labels(inside: &mut Facts, host: &Facts, container: &Felt) {
    let settings = &container.settings;
    if host.lsm.apparmor.value() == Some(&true) {
        let label = match settings.apparmor.as_ref().map(|profile| &profile.value) {
            _ if !settings.keeps_label(container.runtime) => "unconfined",
            Some(Profile::Unconfined) => "unconfined",
            Some(Profile::Named(name, _)) => name,
            Some(Profile::Default) => container.runtime.defaults().made_profile(settings),
            None => container.runtime.defaults().apparmor,
        };
        let label = Fact::known(label.to_owned(), SETTINGS);
        inside.lsm.apparmor_label = label.clone();
        inside.lsm.label = label;
    }
    if host.lsm.selinux_enforcing.value() == Some(&true) {
        let own = match settings.selinux.as_ref().map(|label| &label.value) {
            _ if settings.is_privileged() => "spc_t",
            Some(Label::Disabled) => "spc_t",
            Some(Label::Type(name)) => name,
            None => "container_t",
        };
        enter_domain(inside, own);
    }
}

fn variables(container: &Felt) -> crate::facts::env::Env {
    let mut env = crate::facts::env::Env::default();
    let get = |name: &str| {
        let set = container.settings.env.iter().rev().find(|(key, _)| key.value == name);
        let seen = match set {
            Some((_, Some(value))) => Ok(value.clone()),
            Some((_, None)) => Err(Missing::NotProbed),
            None => Err(Missing::Absent),
        };
        Fact::new(seen, ["$", name].concat())
    };
    env.path =
        Fact::known("/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".into(), "$PATH");
    env.ld_preload = get("LD_PRELOAD");
    env.worker = WORKER.iter().map(|(name, _)| (*name, get(name))).collect();
    env
}

/// What cannot be known stays unknown.
fn doubts(inside: &mut Facts, container: &Felt, plan: &Plan) {
    for doubt in &container.settings.unknown {
        let why = doubt.value.why.clone();
        match doubt.value.about {
            Setting::Privileged | Setting::Capabilities | Setting::Capability(_) => {
                inside.process.cap_eff = Fact::not_probed(why.clone());
                inside.process.seccomp = known(2);
                inside.process.own_profile = false;
                inside.answers.0.clear();
                if doubt.value.about == Setting::Privileged {
                    devices::all_unknown(&mut inside.devices, &why);
                    inside.mounts.list = Fact::not_probed(why);
                }
            }
            Setting::Seccomp => {
                inside.process.seccomp = Fact::known(2, defaults::OWN_PROFILE);
                inside.process.own_profile = true;
                inside.answers.0.clear();
            }
            Setting::AppArmor => {
                inside.lsm.apparmor_label = Fact::not_probed(why.clone());
                inside.lsm.label = Fact::not_probed(why);
            }
            // What is mounted below /proc decides about nothing but another procfs.
            Setting::Masks if plan.mount_proc.is_none() => {}
            Setting::Masks => inside.mounts.list = Fact::not_probed(why),
            Setting::User | Setting::Uid => {
                inside.process.euid = Fact::not_probed(why.clone());
                inside.process.egid = Fact::not_probed(why.clone());
                inside.process.cap_eff = Fact::not_probed(why);
            }
            Setting::Userns => {
                inside.process.uid_map = Fact::not_probed(why.clone());
                inside.process.gid_map = Fact::not_probed(why.clone());
                inside.namespaces.user = Fact::not_probed(why);
            }
            Setting::NoNewPrivs => inside.process.no_new_privs = Fact::not_probed(why),
            Setting::Program => {
                inside.tools.change(&unshare::PROGRAM, |own| own.flavour = Some(Flavour::Other));
            }
            Setting::Devices => devices::all_unknown(&mut inside.devices, &why),
            // Only what is known to be restricted is.
            Setting::Namespaces | Setting::ReadOnly | Setting::Ambient => {}
            Setting::ProcessLimit => inside.process.nproc_limit = Fact::not_probed(why),
            Setting::TaskLimit => inside.cgroup.pids = Fact::not_probed(why),
            Setting::Runtime | Setting::Call(_) => {}
        }
    }
    // Another kernel, or namespaces and mounts of its own making: nothing of the host holds.
    if container.settings.doubt(Setting::Runtime).is_some() {
        let Facts { tools, env, answers, process, .. } = std::mem::take(inside);
        *inside = Facts { complete: true, tools, env, ..Facts::default() };
        inside.os.family = known("linux".into());
        if container.settings.filter_in_guest {
            inside.answers = answers;
            inside.process.seccomp = process.seccomp.clone();
            inside.process.own_profile = process.own_profile;
        }
    }
}

#[cfg(test)]
mod tests;
