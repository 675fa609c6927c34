//! The facts inside a container that is only planned: those of the host, changed by what the engine
//! and the settings do.

use std::borrow::Cow;

use super::container::{Container, Engine};
use super::mounts::MountSource;
use super::place::{At, Place};
use super::runtime::{self, Runtime};
use super::setting::{Label, Masks, Profile, Setting, Settings, User, Userns};
use super::{defaults, devices, host_proc, image};
use crate::facts::{Fact, Facts, Missing, ProcDir, Tool};
use crate::mechanisms;
use crate::parse::daemon_json::ContainerDefaults;
use crate::parse::idmap::{Extent, IdMap};
use crate::parse::mountinfo::Mount;
use crate::parse::os_release::OsRelease;
use crate::plan::{Plan, Program};
use crate::source::env::WORKER;

/// What the facts of a container are said to come from.
const SETTINGS: &str = "container settings";

/// The tasks of a container that has just started, and then some: a higher limit refuses nothing
/// that is asked of it.
const FEW_TASKS: u64 = 64;

/// The uid that stands for a user who is not root and whose number is not known.
const SOMEBODY: u64 = 1000;

/// What of a container decides the facts inside it. [`facts`] sees nothing else, so containers that
/// are equal in it have the same facts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Felt {
    /// Who starts it.
    pub engine: Engine,
    /// What makes it.
    pub runtime: Runtime,
    settings: Settings,
    /// The distribution of its image, where the name tells.
    distribution: Option<&'static str>,
}

impl Felt {
    /// Of a container, wherever its settings stand, that this runtime makes.
    #[must_use]
    pub(crate) fn of(container: &Container, runtime: Runtime) -> Self {
        fn bare<T: Clone>(setting: &At<T>) -> At<T> {
            At::new(setting.value.clone(), Place::default())
        }
        fn one<T: Clone>(setting: &Option<At<T>>) -> Option<At<T>> {
            setting.as_ref().map(bare)
        }
        fn all<T: Clone>(settings: &[At<T>]) -> Vec<At<T>> {
            settings.iter().map(bare).collect()
        }
        let limit = |limit: &Option<At<u64>>| one(limit).map(|at| at.map(|n| n.min(FEW_TASKS)));
        let s = &container.settings;
        let settings = Settings {
            privileged: one(&s.privileged),
            cap_add: all(&s.cap_add),
            cap_drop: all(&s.cap_drop),
            seccomp: one(&s.seccomp),
            apparmor: one(&s.apparmor),
            selinux: one(&s.selinux),
            no_new_privs: one(&s.no_new_privs),
            masks: one(&s.masks),
            over_proc: all(&s.over_proc),
            host_procs: all(&s.host_procs),
            targets: all(&s.over_host_procs()),
            devices: all(&s.devices),
            masked: all(&s.masked),
            only_processes: one(&s.only_processes),
            restricts: s.restricts.bare(),
            user: one(&s.user),
            userns: one(&s.userns),
            host_pid: one(&s.host_pid),
            read_only: one(&s.read_only),
            nproc: limit(&s.nproc),
            pids_limit: limit(&s.pids_limit),
            env: s
                .env
                .iter()
                .filter(|(name, _)| counts(&name.value))
                .map(|(name, value)| (bare(name), value.clone()))
                .collect(),
            runtime: one(&s.runtime),
            host: one(&s.host),
            filter_in_guest: s.filter_in_guest,
            unknown: all(&s.unknown),
            ..Settings::default()
        };
        let distribution = s.images().find_map(|image| image::distribution(&image.value));
        Self { engine: container.engine, runtime, settings, distribution }
    }

    /// The same where the Docker daemon has these defaults: they are for who says nothing else.
    #[must_use]
    pub(crate) fn under(&self, defaults: &ContainerDefaults) -> Cow<'_, Self> {
        fn set<T>(value: T) -> Option<At<T>> {
            Some(At::new(value, Place::default()))
        }
        if self.engine != Engine::Docker || *defaults == ContainerDefaults::default() {
            return Cow::Borrowed(self);
        }
        let mut felt = self.clone();
        let settings = &mut felt.settings;
        let profile = match defaults.seccomp_profile.as_deref() {
            None | Some("builtin" | "default") => None,
            Some("unconfined") => set(Profile::Unconfined),
            Some(path) => set(Profile::Named(path.to_owned(), None)),
        };
        if !settings.is_privileged() {
            settings.seccomp = settings.seccomp.take().or(profile);
        }
        if defaults.no_new_privileges {
            settings.no_new_privs = settings.no_new_privs.take().or_else(|| set(true));
        }
        if let Some(limit) = defaults.nproc {
            settings.nproc = settings.nproc.take().or_else(|| set(limit.min(FEW_TASKS)));
        }
        if settings.runtime.is_none()
            && let Some(runtime) = &defaults.runtime
        {
            settings.set_runtime(At::new(runtime.clone(), Place::default()));
        }
        Cow::Owned(felt)
    }

    /// The same for each of what doubts leave open, where nothing else is in doubt than who it runs
    /// as, whether it is privileged and what more capabilities it has: the last has most. And
    /// whether that is all there is to it: who else decides may keep it from starting.
    #[must_use]
    pub(crate) fn alternatives(&self) -> Option<(Vec<Self>, bool)> {
        fn set<T>(value: T) -> Option<At<T>> {
            Some(At::new(value, Place::default()))
        }
        let unknown = &self.settings.unknown;
        // Whom an image runs as that nobody names is a doubt of its own.
        let who =
            self.settings.user.is_some() || unknown.iter().all(|d| d.value.about == Setting::Uid);
        (!unknown.is_empty() && who).then_some(())?;
        let mut all = vec![Self {
            settings: Settings { unknown: vec![], ..self.settings.clone() },
            ..self.clone()
        }];
        let mut is_all = true;
        let mut known = vec![];
        for doubt in unknown {
            let about = doubt.value.about;
            if known.contains(&about) {
                continue;
            }
            known.push(about);
            let with = |one: &Self, more: bool| {
                let mut settings = one.settings.clone();
                match about {
                    Setting::Uid => {
                        let uid = if more { 0 } else { SOMEBODY };
                        settings.user = set(User::Ids { uid, gid: Some(uid) });
                    }
                    Setting::Privileged => settings.privileged = set(more),
                    Setting::Capabilities if more => {
                        settings.cap_add.extend(set("ALL".to_owned()));
                        settings.cap_drop.clear();
                    }
                    Setting::Capabilities => {}
                    _ => return None,
                }
                Some(Self { settings, ..one.clone() })
            };
            is_all &= about == Setting::Uid;
            let each = all.iter().flat_map(|one| [false, true].map(|more| with(one, more)));
            all = each.collect::<Option<_>>()?;
        }
        Some((all, is_all))
    }

    /// The host that it runs on, where its file says that.
    pub(crate) fn host(&self) -> Option<&str> {
        self.settings.host.as_ref().map(|host| host.value.as_str())
    }

    /// The uid and gid of its program on this host; root where nobody says otherwise.
    #[must_use]
    pub(crate) fn ids(&self, host: &Facts) -> (u64, u64) {
        match self.settings.user.as_ref().map(|user| &user.value) {
            None => (0, 0),
            Some(User::Ids { uid, gid }) => (*uid, gid.unwrap_or(0)),
            // The accounts of an image are not those of the host.
            Some(User::Named(name)) if self.is_service() => {
                let accounts = host.accounts.users.value();
                let account = accounts.and_then(|all| all.iter().find(|a| a.name == *name));
                account.map_or((SOMEBODY, SOMEBODY), |account| (account.id, account.id))
            }
            Some(User::Named(_)) => (SOMEBODY, SOMEBODY),
        }
    }

    /// Whether no container is made: it is a service of the host's.
    fn is_service(&self) -> bool {
        self.engine == Engine::Systemd
    }
}

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
    process.seccomp_filters = Fact::default();
    inside.cgroup.pids = match &settings.pids_limit {
        Some(limit) => known(vec![crate::facts::PidsLimit {
            path: "/sys/fs/cgroup".into(),
            current: 1,
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
        inside.process.ns_pids = known(vec![1]);
    }
    inside.namespaces.pid_for_children = inside.namespaces.pid.clone();
    inside.namespaces.mnt = known(NESTED);
    inside.namespaces.cgroup = known(NESTED);
    inside.namespaces.children_init_alive = Fact::default();

    mounts(inside, container, plan);
    labels(inside, host, container);
    install(inside);
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
        let path = format!("/usr/bin/{}", each.name);
        let mode = if setuid { 0o4755 } else { 0o755 };
        inside.tools.set(each, known(Tool::installed(&path, mode)));
    }
}

/// What systemd does to a process of the host that it starts (systemd.exec(5)).
fn service(inside: &mut Facts, host: &Facts, service: &Felt, plan: &Plan) {
    let settings = &service.settings;
    inside.process.own_profile = true;
    (inside.process.seccomp, *inside.answers) = defaults::of_service(settings, host, plan);
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
    // Mounts of its own are a copy of the host's, and those that are left behind out of sight with
    // them.
    let on_proc = host.mounts.on_proc().map(|proc| proc.id);
    if let (Ok(list), Some(parent)) = (&mut inside.mounts.list.seen, on_proc) {
        let first = list.iter().map(|mount| mount.id).max().unwrap_or(0) + 1;
        let paths = settings.masked.iter().map(|at| at.value);
        let paths = paths.chain(settings.over_proc.iter().map(|at| at.value.target.as_str()));
        let before = list.len();
        for (path, id) in paths.zip(first..) {
            list.push(over(path, id, parent, "proc"));
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
        inside.lsm.label = known(format!("system_u:system_r:{own}:s0"));
    }
    if host.tools.get(plan.by).value().is_none() {
        install(inside);
    }
}

fn over(path: &str, id: i64, proc: i64, fs_type: &str) -> Mount {
    Mount {
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

/// Whether facts are made of an environment variable.
fn counts(name: &str) -> bool {
    name == "LD_PRELOAD" || WORKER.iter().any(|(known, _)| *known == name)
}

/// The inode number of a namespace that is not the initial one.
const NESTED: u64 = 4_026_532_000;

fn known<T>(value: T) -> Fact<T> {
    Fact::known(value, SETTINGS)
}

fn mounts(inside: &mut Facts, container: &Felt, plan: &Plan) {
    let settings = &container.settings;
    let (root, proc) = (1, 2);
    let mount = |id, parent, target: &str, fs_type: &str, options: &[&str]| Mount {
        options: options.iter().map(|o| (*o).to_owned()).collect(),
        ..self::over(target, id, parent, fs_type)
    };
    let read_only = settings.read_only.as_ref().is_some_and(|ro| ro.value);
    let mut list = vec![
        mount(root, 0, "/", "overlay", &[if read_only { "ro" } else { "rw" }, "relatime"]),
        mount(proc, root, "/proc", "proc", &["rw", "nosuid", "nodev", "noexec", "relatime"]),
    ];
    let masks = settings.masks.as_ref().map(|masks| &masks.value);
    let stays = |path: &str| match masks {
        _ if settings.is_privileged() || !container.runtime.defaults().masks => false,
        None | Some(Masks::Default | Masks::And(_)) => true,
        Some(Masks::None | Masks::Beside) => false,
        Some(Masks::Without(paths)) => !paths.iter().any(|open| open == path || open == "/proc/*"),
    };
    let mut over = |path: &str, fs_type, root: &str| {
        let id = list.len() as i64 + 1;
        list.push(Mount { root: root.into(), ..self::over(path, id, proc, fs_type) });
    };
    for (names, fs_type) in [(runtime::MASKED, "tmpfs"), (runtime::READ_ONLY, "proc")] {
        for name in names {
            let path = format!("/proc/{name}");
            let root = if fs_type == "proc" { format!("/{name}") } else { "/".into() };
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
    let first = list.len() as i64 + 1;
    let shown = host_proc::shown(settings, container.engine, inside, (first, root));
    list.extend(shown.iter().flatten().cloned());
    inside.mounts.namespace_size = known(list.len() as u64);
    inside.mounts.list = match shown {
        _ if plan.mount_proc.is_none() => known(list),
        Ok(_) if nvidia && bare => {
            Fact::not_probed("the runtime nvidia, which mounts /proc/driver/nvidia with a GPU")
        }
        Err(why) if !bare => Fact::not_probed(why),
        _ => known(list),
    };
    inside.mounts.root_is_mount = known(true);
    inside.mounts.root_from_outside = known("/".into());
    inside.mounts.of_pid1 = Fact::default();
    inside.mounts.proc = known(ProcDir::Proc);
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
        inside.lsm.label = known(format!("system_u:system_r:{own}:s0"));
    }
}

fn variables(container: &Felt) -> crate::facts::env::Env {
    let mut env = crate::facts::env::Env::default();
    let get =
        |name: &str| match container.settings.env.iter().rev().find(|(key, _)| key.value == name) {
            Some((_, Some(value))) => Fact::known(value.clone(), format!("${name}")),
            Some((_, None)) => Fact::not_probed(format!("${name}")),
            None => Fact::new(Err(Missing::Absent), format!("${name}")),
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
            Setting::Devices => devices::all_unknown(&mut inside.devices, &why),
            // Only what is known to be restricted is.
            Setting::Namespaces | Setting::ReadOnly | Setting::Ambient => {}
            Setting::ProcessLimit => inside.process.nproc_limit = Fact::not_probed(why),
            Setting::TaskLimit => inside.cgroup.pids = Fact::not_probed(why),
            Setting::Runtime => {}
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
mod tests {
    use super::super::container::WrittenAt;
    use super::super::place::Place;
    use super::super::setting::Settings;
    use super::*;
    use crate::diagnosis::predict;
    use crate::mechanisms::unshare;
    use crate::rules::tests::healthy;

    const A: &str = "--user --map-root-user --pid --fork --mount-proc";
    const B: &str = "--user --map-root-user --pid --fork";
    const C: &str = "--pid --fork --mount-proc";
    const D: &str = "--pid --fork";

    fn at<T>(value: T) -> At<T> {
        At::new(value, Place::default())
    }

    fn names(list: &[&str]) -> Vec<At<String>> {
        list.iter().map(|name| at((*name).to_owned())).collect()
    }

    fn says(runtime: Runtime, settings: Settings, flags: &str) -> String {
        let mut host = healthy();
        host.process.euid = known(0);
        says_on(&host, runtime, settings, flags)
    }

    fn says_on(host: &Facts, runtime: Runtime, settings: Settings, flags: &str) -> String {
        let engine = match runtime {
            Runtime::Docker => Engine::Docker,
            Runtime::Podman => Engine::Podman,
            Runtime::Containerd | Runtime::CriO => Engine::Kubernetes,
            Runtime::Systemd => Engine::Systemd,
            Runtime::Lxc => Engine::Lxc,
        };
        let container = Container {
            name: "c".into(),
            engine,
            dialect: &crate::deploy::command::DIALECT,
            place: Place::default(),
            spot: WrittenAt::None,
            settings,
        };
        let container = Felt::of(&container, runtime);
        let ids = |f: &Facts| (f.process.euid.value().copied(), f.process.egid.value().copied());
        let draft = facts(host, None, &container, &unshare::planned(flags, 0));
        let plan = unshare::plan(&unshare::split(flags), None, ids(&draft));
        let prediction = predict(&facts(host, None, &container, &plan), &plan);
        match prediction.cause {
            None => "ok".into(),
            Some(rule) => rule.id.to_owned(),
        }
    }

    /// A host's /dev/fuse was said to be open in every container.
    #[test]
    fn the_devices_of_the_host_are_not_in_a_container() {
        let of = |settings: Settings| {
            let container = Container {
                name: "c".into(),
                engine: Engine::Docker,
                dialect: &crate::deploy::command::DIALECT,
                place: Place::default(),
                spot: WrittenAt::None,
                settings,
            };
            let felt = Felt::of(&container, Runtime::Docker);
            let plan = unshare::planned(A, 0);
            let devices = facts(&healthy(), None, &felt, &plan).devices;
            ["/dev/null", "/dev/fuse"].map(|path| devices[path].value().is_some())
        };
        assert_eq!(of(Settings::default()), [true, false]);
        let privileged = Some(at(true));
        assert_eq!(of(Settings { privileged, ..Settings::default() }), [true, true]);
    }

    /// Only Debian's kernels have kernel.unprivileged_userns_clone, and /proc/sys is a procfs in a
    /// container too: there is nothing that could hide it.
    #[test]
    fn a_parameter_that_the_host_lacks_is_no_doubt_in_a_container() {
        let mut host = healthy();
        host.process.euid = known(0);
        host.sysctl.unprivileged_userns_clone = Fact {
            seen: Err(Missing::Absent),
            source: "/proc/sys/kernel/unprivileged_userns_clone".into(),
        };
        let settings =
            || Settings { seccomp: Some(at(Profile::Unconfined)), ..Settings::default() };
        assert_eq!(says_on(&host, Runtime::Docker, settings(), B), "ok");
        assert_eq!(says_on(&host, Runtime::Docker, settings(), A), "proc-masked");
    }

    /// What real containers of Docker 20.10, without AppArmor, did with the real unshare(1).
    #[test]
    fn docker() {
        let unconfined = || Some(at(Profile::Unconfined));
        let unmasked = || Some(at(Masks::None));
        let user = || Some(at(User::Ids { uid: 1000, gid: None }));
        let table: Vec<(Settings, [&str; 4])> = vec![
            (Settings::default(), ["seccomp-unshare"; 4]),
            (Settings { user: user(), ..Settings::default() }, ["seccomp-unshare"; 4]),
            (Settings { masks: unmasked(), ..Settings::default() }, ["seccomp-unshare"; 4]),
            (
                Settings { seccomp: unconfined(), ..Settings::default() },
                ["proc-masked", "ok", "no-cap-sys-admin", "no-cap-sys-admin"],
            ),
            (
                Settings { seccomp: unconfined(), masks: unmasked(), ..Settings::default() },
                ["ok", "ok", "no-cap-sys-admin", "no-cap-sys-admin"],
            ),
            (
                Settings { cap_add: names(&["SYS_ADMIN"]), ..Settings::default() },
                ["proc-masked", "ok", "ok", "ok"],
            ),
            (
                Settings { cap_add: names(&["SYS_ADMIN"]), user: user(), ..Settings::default() },
                ["proc-masked", "ok", "no-cap-sys-admin", "no-cap-sys-admin"],
            ),
            (
                Settings {
                    cap_add: names(&["SYS_ADMIN"]),
                    cap_drop: names(&["ALL"]),
                    ..Settings::default()
                },
                ["setfcap-missing", "setfcap-missing", "ok", "ok"],
            ),
            (
                Settings {
                    seccomp: unconfined(),
                    masks: unmasked(),
                    cap_drop: names(&["ALL"]),
                    ..Settings::default()
                },
                ["setfcap-missing", "setfcap-missing", "no-cap-sys-admin", "no-cap-sys-admin"],
            ),
            (
                Settings {
                    seccomp: unconfined(),
                    masks: unmasked(),
                    cap_drop: names(&["ALL"]),
                    no_new_privs: Some(at(true)),
                    user: user(),
                    ..Settings::default()
                },
                ["ok", "ok", "no-cap-sys-admin", "no-cap-sys-admin"],
            ),
            (
                Settings { privileged: Some(at(true)), user: user(), ..Settings::default() },
                ["ok", "ok", "no-cap-sys-admin", "no-cap-sys-admin"],
            ),
            (Settings { privileged: Some(at(true)), ..Settings::default() }, ["ok"; 4]),
        ];
        for (settings, expected) in table {
            let said = [A, B, C, D].map(|flags| says(Runtime::Docker, settings.clone(), flags));
            assert_eq!(said, expected, "{settings:?}");
        }
    }

    /// podman's profile lets everybody make namespaces; Kubernetes installs none by default.
    #[test]
    fn podman_and_kubernetes() {
        for runtime in [Runtime::Podman, Runtime::Containerd] {
            let said = [A, B, C, D].map(|flags| says(runtime, Settings::default(), flags));
            assert_eq!(
                said,
                ["proc-masked", "ok", "no-cap-sys-admin", "no-cap-sys-admin"],
                "{runtime:?}"
            );
        }
        let runtime_default =
            Settings { seccomp: Some(at(Profile::Default)), ..Settings::default() };
        assert_eq!(says(Runtime::Containerd, runtime_default, A), "seccomp-unshare");
    }

    /// What the real unshare(1) did in pods of CRI-O 1.36.
    #[test]
    fn cri_o() {
        let user = || Some(at(User::Ids { uid: 1000, gid: None }));
        let own = || (Some(at(Userns::Own)), Some(at(Masks::None)));
        let (userns, masks) = own();
        let unmasked = Settings { userns, masks, ..Settings::default() };
        let table: Vec<(Settings, [&str; 4])> = vec![
            (
                Settings::default(),
                ["setfcap-missing", "setfcap-missing", "no-cap-sys-admin", "no-cap-sys-admin"],
            ),
            (
                Settings { cap_add: names(&["SYS_ADMIN"]), ..Settings::default() },
                ["setfcap-missing", "setfcap-missing", "ok", "ok"],
            ),
            (
                Settings {
                    user: user(),
                    seccomp: Some(at(Profile::Default)),
                    ..Settings::default()
                },
                ["proc-masked", "ok", "no-cap-sys-admin", "no-cap-sys-admin"],
            ),
            (
                Settings { user: user(), ..unmasked.clone() },
                ["ok", "ok", "no-cap-sys-admin", "no-cap-sys-admin"],
            ),
            (
                unmasked,
                ["setfcap-missing", "setfcap-missing", "no-cap-sys-admin", "no-cap-sys-admin"],
            ),
        ];
        for (settings, expected) in table {
            let said = [A, B, C, D].map(|flags| says(Runtime::CriO, settings.clone(), flags));
            assert_eq!(said, expected, "{settings:?}");
        }
    }
}
