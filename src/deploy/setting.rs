//! What a deployment sets for one container, and what can be changed about it: typed from the file
//! that is read to the bytes that are edited. How a dialect writes it down is that dialect's alone.

use super::admission::Admission;
use super::busybox::Whose;
use super::defaults;
use super::devices::DeviceGrant;
use super::host_proc::HostBind;
use super::mounts::{OverProc, Target};
use super::place::{At, Place};
use super::runtime::{self, Defaults, Runtime};
use super::sysctl::KernelParameter;
use super::systemd::filter::Restrictions;
use crate::plan::SocketFamily;

/// One alteration of a container's settings.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Change {
    Privileged(bool),
    /// One more capability, by its number.
    AddCapability(u32),
    /// A capability that the engine gives by default is no longer dropped by name, by its number.
    KeepCapability(u32),
    /// Another seccomp profile.
    Seccomp(Profile),
    /// Another AppArmor profile.
    AppArmor(Profile),
    /// Another label of SELinux.
    SeLinux(Label),
    /// Other paths of /proc are masked.
    Masks(Masks),
    /// Whether setuid programs gain nothing.
    NoNewPrivs(bool),
    /// Another user.
    User(User),
    /// A user namespace of its own.
    OwnUserns,
    /// Another RLIMIT_NPROC.
    Nproc(u64),
    /// Another limit of tasks.
    PidsLimit(u64),
    /// An environment variable and its value.
    Variable(&'static str, String),
    /// These kinds of namespaces may be made as well, as CLONE_NEW* bits.
    Namespaces(u64),
    /// These system calls, or groups of them, pass as well.
    Calls(Vec<&'static str>),
    /// Sockets of this family can be had as well.
    SocketFamily(SocketFamily),
    /// The host name may be set: in a UTS namespace of its own that needs no more.
    Hostname,
    /// All of /proc is there again, not processes alone.
    WholeProc,
    /// No capability is ambient.
    NoAmbient,
    /// One more device of the host.
    Device(&'static str),
}

/// What is set; `None` and an empty list leave the engine's default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Settings {
    /// The ids of the mechanisms that the project says it has to be able to use.
    pub asked_for: Vec<&'static str>,
    pub privileged: Option<At<bool>>,
    /// Capabilities to add, as written.
    pub cap_add: Vec<At<String>>,
    /// Capabilities to drop, as written.
    pub cap_drop: Vec<At<String>>,
    pub seccomp: Option<At<Profile>>,
    /// The AppArmor profile.
    pub apparmor: Option<At<Profile>>,
    /// Whether SELinux separates the container: `label=disable`, or a type such as `spc_t`.
    pub selinux: Option<At<Label>>,
    /// `no-new-privileges`, `allowPrivilegeEscalation: false`.
    pub no_new_privs: Option<At<bool>>,
    /// Which paths of /proc stay masked: `systempaths`, `unmask`, `procMount`.
    pub masks: Option<At<Masks>>,
    /// What is mounted over /proc or below it, which covers it whatever is unmasked (LXCFS).
    pub over_proc: Vec<At<OverProc>>,
    /// What of the host is mounted.
    pub host_binds: Vec<At<HostBind>>,
    /// Where anything is mounted.
    pub targets: Vec<At<Target>>,
    /// The devices of the host that it is given.
    pub devices: Vec<At<DeviceGrant>>,
    /// What a service has masked below /proc, which it can do without.
    pub masked: Vec<At<&'static str>>,
    /// Whether /proc shows processes alone (`ProcSubset=pid`).
    pub only_processes: Option<At<bool>>,
    /// What the filters of a service refuse.
    pub restricts: Restrictions,
    pub user: Option<At<User>>,
    /// The user namespace: `userns_mode`, `--userns`, `hostUsers`.
    pub userns: Option<At<Userns>>,
    /// The host's pid namespace.
    pub host_pid: Option<At<bool>>,
    /// The host's network namespace.
    pub host_network: Option<At<bool>>,
    /// Whose network it is in, where that is neither plainly the host's nor its own.
    pub joins_network: Option<At<Joined>>,
    /// The host's ipc namespace.
    pub host_ipc: Option<At<bool>>,
    /// Whose ipc namespace it is in, as for the network.
    pub joins_ipc: Option<At<Joined>>,
    /// The host's names of host and domain.
    pub host_uts: Option<At<bool>>,
    /// `read_only`, `readOnlyRootFilesystem`.
    pub read_only: Option<At<bool>>,
    /// RLIMIT_NPROC (`ulimits`).
    pub nproc: Option<At<u64>>,
    /// The most tasks (`pids_limit`).
    pub pids_limit: Option<At<u64>>,
    /// Whether an init of the engine's starts the command, and stays (`init`).
    pub init: bool,
    /// The kernel parameters that are set (`sysctls`).
    pub sysctls: Vec<At<KernelParameter>>,
    /// What hides which ones are set besides.
    pub hidden_sysctls: Vec<At<String>>,
    /// What the program that asks the engine does not take for a parameter, as written.
    pub refused_sysctls: Vec<At<String>>,
    /// What may keep it from starting.
    pub obstacles: Vec<At<StartObstacle>>,
    /// The program that starts it: `runtime`, `--runtime`, `runtimeClassName`. Set by
    /// [`Settings::set_runtime`].
    pub runtime: Option<At<String>>,
    /// Whether the seccomp profile is in force whatever starts it: Kata Containers put it into
    /// their guest where they are told so.
    pub filter_in_guest: bool,
    /// `runAsNonRoot`, as written.
    pub non_root: Option<At<bool>>,
    /// What Pod Security admission enforces in the container's namespace, where the input has that
    /// namespace.
    pub admission: Option<At<Admission>>,
    /// The environment variables that are set; the value is `None` where it comes from elsewhere.
    pub env: Vec<(At<String>, Option<String>)>,
    /// The words of the entrypoint and the command, as far as the file gives them.
    pub command: Vec<At<String>>,
    /// What it runs that isolates, where that is more than one command.
    pub isolating: Vec<Vec<At<String>>>,
    /// The directory that it starts in.
    pub workdir: Option<At<String>>,
    pub image: Option<At<String>>,
    /// What the image is made from, where a Dockerfile says that.
    pub base: Option<At<String>>,
    /// Whether the project makes its image, so that no registry's is meant by the name.
    pub is_built: bool,
    /// The packages that its image has for isolating, and the ids of their mechanisms, where a
    /// Dockerfile says that.
    pub installs: Vec<(At<String>, &'static str)>,
    /// Whose unshare(1) it runs, where that is told.
    pub unshare: Option<Whose>,
    /// The host that it runs on, by the id of an assumption, where the file says that.
    pub host: Option<At<String>>,
    /// What decides and cannot be known from the files, e.g. a profile that is not there, a
    /// variable without a value.
    pub unknown: Vec<At<Doubt>>,
}

/// What keeps a container, or a command of a service, from starting.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct StartObstacle {
    /// Whether it does so on every host.
    pub is_sure: bool,
    pub why: String,
    /// What the host has to have, where that is all that it takes.
    pub wants: Option<Wanted>,
}

impl StartObstacle {
    /// One that depends on nothing that the host may have.
    pub(crate) fn new(is_sure: bool, why: String) -> Self {
        Self { is_sure, why, wants: None }
    }
}

/// What a service asks for that a host may have.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Wanted {
    /// A user, by name or number.
    User(String),
    /// A group, by name or number.
    Group(String),
    /// A file or a directory.
    File,
}

/// What cannot be known, and what depends on it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Doubt {
    /// The setting it hides.
    pub about: Setting,
    /// Why it cannot be known.
    pub why: String,
}

/// A setting that decides what becomes of a plan, or that a doubt can be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Setting {
    Privileged,
    Capabilities,
    /// One capability, by its number.
    Capability(u32),
    /// The capabilities that a user is given.
    Ambient,
    /// The seccomp profile.
    Seccomp,
    /// What refuses one system call: a service has several settings that refuse calls.
    Call(&'static str),
    /// The AppArmor profile.
    AppArmor,
    /// The masks of /proc.
    Masks,
    User,
    /// The user, who is somebody by number: whoever types the command.
    Uid,
    /// The user namespace.
    Userns,
    /// RLIMIT_NPROC.
    ProcessLimit,
    /// The most tasks.
    TaskLimit,
    /// The program that starts it.
    Runtime,
    /// Which kinds of namespaces may be made.
    Namespaces,
    /// Whether setuid programs gain nothing.
    NoNewPrivs,
    /// Whether nothing can be written.
    ReadOnly,
    /// The devices of the host that it is given.
    Devices,
    /// Whose unshare(1) it runs.
    Program,
}

/// A profile of seccomp or AppArmor.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Profile {
    /// The engine's own.
    Default,
    /// None.
    Unconfined,
    /// Another one: the name of an AppArmor profile, or the path of a seccomp profile with its
    /// text, where it could be read.
    Named(String, Option<String>),
}

/// How SELinux treats the container.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Label {
    /// It does not separate it.
    Disabled,
    /// It runs as this type.
    Type(String),
}

/// Which paths of /proc stay masked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Masks {
    /// Those of the engine.
    Default,
    None,
    /// Those of the engine without these (podman's `unmask=PATH:PATH`).
    Without(Vec<String>),
    /// Those of the engine and these (podman's `mask=PATH:PATH`).
    And(Vec<String>),
    /// Whatever lies over /proc, another procfs with nothing over it is mounted beside (LXC's
    /// nesting).
    Beside,
}

/// Who the program runs as.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum User {
    /// These ids; the gid is that of the user's account where it is not given.
    Ids { uid: u64, gid: Option<u64> },
    /// A name of the image's accounts other than root, or any user but root (`runAsNonRoot`).
    Named(String),
}

/// Whose network namespace a container is in that has none of its own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Joined {
    /// That of another container, as written: `service:db`, `container:db`.
    Of(String),
    /// The same, which has the host's.
    Host(String),
    /// What decides that the files do not tell.
    Unknown(String),
}

/// Which user namespace the container gets.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Userns {
    /// That of the host, also where the daemon remaps.
    Host,
    /// One of its own (`hostUsers: false`, podman's `auto`).
    Own,
    /// podman's `keep-id`, `nomap` and the like, as written.
    Other(String),
}

/// The names of the capabilities that changes drop no longer.
pub(crate) fn kept_capabilities<'c>(
    changes: &'c [&Change],
) -> impl Iterator<Item = &'static str> + 'c {
    changes.iter().filter_map(|change| match change {
        Change::KeepCapability(bit) => defaults::name(*bit),
        _ => None,
    })
}

/// The word that parts one command from the next, where a container is given several.
pub(crate) const NEXT: &str = ";";

impl Settings {
    /// The words of everything that it runs.
    pub(crate) fn everything_run(&self) -> impl Iterator<Item = &[At<String>]> {
        [&self.command].into_iter().chain(&self.isolating).map(Vec::as_slice)
    }

    /// The words of each command that it runs and that may isolate.
    pub(crate) fn commands(&self) -> impl Iterator<Item = &[At<String>]> {
        let one = Some(&self.command).filter(|_| self.isolating.is_empty());
        one.into_iter().chain(&self.isolating).map(Vec::as_slice)
    }

    /// Makes a change; what is set is said to stand at `place`.
    pub(crate) fn apply(&mut self, change: &Change, place: Place) {
        fn set<T: Clone>(setting: &mut Option<At<T>>, value: &T, place: Place) {
            *setting = Some(At::new(value.clone(), place));
        }
        // Who says it leaves nothing open. A profile that is asked for stays, privileged or not
        // (moby `daemon/seccomp_linux.go`, `daemon/apparmor_linux.go`).
        let settled: &[Setting] = match change {
            Change::Privileged(true) => {
                &[Setting::Privileged, Setting::Capabilities, Setting::Masks]
            }
            Change::Privileged(false) => &[Setting::Privileged],
            Change::Seccomp(_) => &[Setting::Seccomp],
            Change::AppArmor(_) => &[Setting::AppArmor],
            Change::Masks(_) => &[Setting::Masks],
            Change::User(_) => &[Setting::User],
            Change::OwnUserns => &[Setting::Userns],
            Change::Nproc(_) => &[Setting::ProcessLimit],
            Change::PidsLimit(_) => &[Setting::TaskLimit],
            Change::AddCapability(_)
            | Change::KeepCapability(_)
            | Change::SeLinux(_)
            | Change::Variable(..)
            | Change::Namespaces(_)
            | Change::Calls(_)
            | Change::SocketFamily(_)
            | Change::Hostname
            | Change::NoAmbient
            | Change::Device(_)
            | Change::WholeProc => &[],
            Change::NoNewPrivs(_) => &[Setting::NoNewPrivs],
        };
        self.settles(settled);
        match change {
            Change::Privileged(on) => set(&mut self.privileged, on, place),
            Change::AddCapability(bit) => {
                self.cap_add.extend(defaults::name(*bit).map(|name| At::new(name.into(), place)))
            }
            Change::KeepCapability(bit) => {
                self.cap_drop.retain(|name| defaults::capability(&name.value) != Some(*bit));
            }
            Change::Seccomp(profile) => set(&mut self.seccomp, profile, place),
            Change::AppArmor(profile) => set(&mut self.apparmor, profile, place),
            Change::SeLinux(label) => set(&mut self.selinux, label, place),
            Change::Masks(masks) => {
                if let Masks::Without(paths) = masks {
                    self.masked.retain(|masked| !paths.iter().any(|path| path == masked.value));
                }
                set(&mut self.masks, masks, place)
            }
            Change::NoNewPrivs(on) => set(&mut self.no_new_privs, on, place),
            Change::User(user) => set(&mut self.user, user, place),
            Change::OwnUserns => set(&mut self.userns, &Userns::Own, place),
            Change::Nproc(limit) => set(&mut self.nproc, limit, place),
            Change::PidsLimit(limit) => set(&mut self.pids_limit, limit, place),
            Change::Variable(name, value) => {
                self.env.push((At::new((*name).to_owned(), place), Some(value.clone())))
            }
            Change::Namespaces(kinds) => self.restricts.allow_namespaces(*kinds),
            Change::Calls(names) => self.restricts.allow_calls(names),
            Change::SocketFamily(family) => self.restricts.allow_family(*family),
            Change::Hostname => self.restricts.allow_hostname(),
            Change::WholeProc => self.only_processes = None,
            Change::NoAmbient => self.cap_add.clear(),
            Change::Device(path) => self.give_device(path, place),
        }
    }

    /// What of a change is not there yet, of those that let more pass.
    #[must_use]
    pub(crate) fn lacking(&self, change: &Change) -> Option<Change> {
        match change {
            Change::Namespaces(kinds) => {
                let lacking = kinds & !self.restricts.namespaces.as_ref()?.value;
                (lacking != 0).then_some(Change::Namespaces(lacking))
            }
            Change::Calls(names) => {
                let refused = self.restricts.refused(names);
                (!refused.is_empty()).then_some(Change::Calls(refused))
            }
            Change::SocketFamily(family) => {
                (!self.restricts.leaves(*family)).then(|| change.clone())
            }
            Change::Hostname => self.restricts.keeps_hostname().then_some(Change::Hostname),
            other => Some(other.clone()),
        }
    }

    /// Sets the program that starts it; one that is not like runc leaves everything open, and is
    /// the first doubt. An empty name is the default one.
    pub(crate) fn set_runtime(&mut self, name: At<String>) {
        self.settles(&[Setting::Runtime]);
        self.runtime = Some(name).filter(|name| !name.value.is_empty());
        let doubt = self.runtime.as_ref().and_then(|name| {
            let why = runtime::unlike_runc(&name.value)?;
            Some(At::new(Doubt { about: Setting::Runtime, why }, name.place))
        });
        self.unknown.splice(..0, doubt);
    }

    /// Leaves nothing open about these settings.
    pub(crate) fn settles(&mut self, about: &[Setting]) {
        self.unknown.retain(|doubt| !about.contains(&doubt.value.about));
    }

    /// Notes that a setting cannot be known, and why.
    pub(crate) fn leave_open(&mut self, about: Setting, place: Place, why: impl Into<String>) {
        self.unknown.push(At::new(Doubt { about, why: why.into() }, place));
    }

    /// Whether a setting cannot be known.
    #[must_use]
    pub(crate) fn doubt(&self, about: Setting) -> Option<&At<Doubt>> {
        self.unknown.iter().find(|doubt| doubt.value.about == about)
    }

    /// Notes what keeps it from starting.
    pub(crate) fn refuse(&mut self, why: String, place: Place) {
        self.obstacles.push(At::new(StartObstacle::new(true, why), place));
    }

    /// Notes a kernel parameter by its name, and its value, where that is known.
    pub(crate) fn set_sysctl(&mut self, name: &str, value: Option<&str>, place: Place) {
        self.sysctls.push(At::new(KernelParameter::new(name, value), place));
    }

    #[must_use]
    pub(crate) fn place(&self, setting: Setting) -> Option<Place> {
        fn place<T>(setting: Option<&At<T>>) -> Option<Place> {
            setting.map(|setting| setting.place)
        }
        match setting {
            Setting::Privileged => place(self.privileged.as_ref()),
            // Who is not root has none of them, whatever is dropped.
            Setting::Capabilities | Setting::Capability(_) if !self.is_root() => {
                place(self.user.as_ref())
            }
            Setting::Capability(bit) if self.drops_by_name(bit) => {
                let named = |name: &&At<String>| defaults::capability(&name.value) == Some(bit);
                place(self.cap_drop.iter().find(named))
            }
            Setting::Capabilities | Setting::Capability(_) => place(self.cap_drop.first()),
            Setting::Seccomp => place(self.seccomp.as_ref()).or_else(|| self.restricts.place()),
            Setting::Call(call) => self.restricts.place_of(call),
            Setting::Namespaces => place(self.restricts.namespaces.as_ref()),
            Setting::NoNewPrivs => place(self.no_new_privs.as_ref()),
            Setting::ReadOnly => {
                let whole = self.over_proc.iter().find(|at| at.value.is_whole());
                whole.map(|at| at.place).or_else(|| place(self.read_only.as_ref()))
            }
            Setting::Ambient => place(self.cap_add.first()),
            Setting::Devices => place(self.devices.first()),
            Setting::AppArmor => place(self.apparmor.as_ref()),
            Setting::Masks => place(self.over_proc.first())
                .or_else(|| place(self.masked.first()))
                .or_else(|| place(self.only_processes.as_ref()))
                .or_else(|| place(self.masks.as_ref())),
            Setting::User | Setting::Uid => place(self.user.as_ref()),
            Setting::Userns => place(self.userns.as_ref()),
            Setting::ProcessLimit => place(self.nproc.as_ref()),
            Setting::TaskLimit => place(self.pids_limit.as_ref()),
            Setting::Runtime => place(self.runtime.as_ref()),
            Setting::Program => place(self.command.first()),
        }
    }

    /// Whether a capability is dropped by its name, and not with all others.
    #[must_use]
    pub(crate) fn drops_by_name(&self, bit: u32) -> bool {
        !self.cap_drop.iter().any(|name| defaults::is_all(&name.value))
            && self.cap_drop.iter().any(|name| defaults::capability(&name.value) == Some(bit))
    }

    /// Whether its root directory is read-only.
    #[must_use]
    pub(crate) fn is_read_only(&self) -> bool {
        self.read_only.as_ref().is_some_and(|on| on.value)
    }

    #[must_use]
    pub(crate) fn is_privileged(&self) -> bool {
        self.privileged.as_ref().is_some_and(|p| p.value)
    }

    /// Whether a runtime keeps the filter that is asked for.
    #[must_use]
    pub(crate) fn keeps_filter(&self, runtime: Runtime) -> bool {
        let named = matches!(self.seccomp, Some(At { value: Profile::Named(..), .. }));
        !self.is_privileged() || named && runtime.defaults().keeps_filter
    }

    /// Whether a runtime keeps the AppArmor profile that is asked for.
    #[must_use]
    pub(crate) fn keeps_label(&self, runtime: Runtime) -> bool {
        let Defaults { keeps_filter, keeps_label, .. } = *runtime.defaults();
        let kept = match self.apparmor.as_ref().map(|profile| &profile.value) {
            Some(Profile::Named(..)) => keeps_label,
            Some(Profile::Default) => keeps_filter,
            Some(Profile::Unconfined) | None => false,
        };
        !self.is_privileged() || kept
    }

    pub(crate) fn images(&self) -> impl Iterator<Item = &At<String>> {
        self.image.iter().chain(&self.base)
    }

    /// The value of an environment variable.
    #[must_use]
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        self.env
            .iter()
            .rev()
            .find(|(key, _)| key.value == name)
            .and_then(|(_, value)| value.as_deref())
    }

    /// Whether the uid is 0; so it is where nobody says otherwise.
    #[must_use]
    pub(crate) fn is_root(&self) -> bool {
        match self.user.as_ref().map(|user| &user.value) {
            None | Some(User::Ids { uid: 0, .. }) => true,
            Some(_) => false,
        }
    }
}
