//! What of a container decides what its program feels.

use std::borrow::Cow;

use crate::deploy::busybox::Whose;
use crate::deploy::container::{Container, Engine};
use crate::deploy::image;
use crate::deploy::place::{At, Place};
use crate::deploy::runtime::Runtime;
use crate::deploy::setting::{Profile, Setting, Settings, User};
use crate::facts::Facts;
use crate::parse::daemon_json::ContainerDefaults;
use crate::plan::Flavour;
use crate::source::env::WORKER;

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
    pub(super) settings: Settings,
    /// The distribution of its image, where the name tells.
    pub(super) distribution: Option<&'static str>,
}

impl Felt {
    /// Of a container, wherever its settings stand, that this runtime makes on a host.
    #[must_use]
    pub(crate) fn of(container: &Container, runtime: Runtime, host: &Facts) -> Self {
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
            host_binds: s.host_binds.iter().filter(|at| at.value.counts(host)).map(bare).collect(),
            // What is mounted counts where nothing else can be written.
            targets: s.targets.iter().filter(|_| s.is_read_only()).map(bare).collect(),
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
            init: s.init,
            env: s
                .env
                .iter()
                .filter(|(name, _)| counts(&name.value))
                .map(|(name, value)| (bare(name), value.clone()))
                .collect(),
            runtime: one(&s.runtime),
            unshare: s.unshare,
            host: one(&s.host),
            filter_in_guest: s.filter_in_guest,
            unknown: all(&s.unknown),
            ..Settings::default()
        };
        let distribution = s.images().find_map(|image| image::distribution(&image.value));
        Self { engine: container.engine, runtime, settings, distribution }
    }

    /// With the daemon's defaults filled in where the container sets nothing.
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

    /// One variant for each way the doubts may turn out, if they concern only the user,
    /// `privileged` and added capabilities; the last has most. And whether these are all: who else
    /// decides may keep it from starting.
    #[must_use]
    pub(crate) fn alternatives(&self) -> Option<(Vec<Self>, bool)> {
        fn set<T>(value: T) -> Option<At<T>> {
            Some(At::new(value, Place::default()))
        }
        let unknown = &self.settings.unknown;
        // Whatever these turn out to be is among the variants.
        let settles = |about| matches!(about, Setting::Uid | Setting::Program);
        // Whom an image runs as that nobody names is a doubt of its own.
        let who = self.settings.user.is_some() || unknown.iter().all(|d| settles(d.value.about));
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
                    Setting::Program => {
                        let whose = if more { Whose::UtilLinux } else { Whose::Busybox };
                        settings.unshare = Some(whose);
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
            is_all &= settles(about);
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

    /// Whose unshare(1) it runs, where that makes a difference.
    pub(crate) fn flavour(&self) -> Option<Flavour> {
        (self.settings.unshare == Some(Whose::Busybox)).then_some(Flavour::Busybox)
    }

    /// Whether no container is made: it is a service of the host's.
    pub(super) fn is_service(&self) -> bool {
        self.engine == Engine::Systemd
    }
}

/// Whether facts are made of an environment variable.
fn counts(name: &str) -> bool {
    name == "LD_PRELOAD" || WORKER.iter().any(|(known, _)| *known == name)
}
