//! A container as its deployment file describes it, whatever kind of file that is.

use std::ops::Range;

use super::admission::Admission;
use super::place::{At, FileId, Place};

/// Who starts the container, which decides what it gets by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    /// Docker, also through compose.
    Docker,
    /// Podman.
    Podman,
    /// Kubernetes with containerd.
    Kubernetes,
}

/// One container.
#[derive(Clone, Debug)]
pub(crate) struct Container {
    /// Its name: of the service, of the container entry, or what a command line says (its `--name`,
    /// else the image).
    pub name: String,
    /// Who starts it.
    pub engine: Engine,
    /// Where its description begins: the service's key, the entry of the list, the command.
    pub place: Place,
    /// Where a fix would be written.
    pub spot: Spot,
    /// What is set.
    pub settings: Settings,
}

/// Where the settings of a container are written, for whoever edits them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Spot {
    /// A node of a YAML document: the number of the document in its file, and the keys and indices
    /// that lead to the container (`services`, `web`); for Kubernetes `pod` is how many of them
    /// lead to the pod's spec.
    Yaml {
        /// The document.
        document: usize,
        /// The way to the container.
        path: Vec<Key>,
        /// How many steps of the way lead to the pod's spec; 0 where there is none.
        pod: usize,
    },
    /// A command line: options may be put in at this byte of the file, before the image.
    Command {
        /// The byte.
        at: usize,
    },
    /// In several files that are given together, the later over the earlier.
    Several(Vec<(FileId, Spot)>),
    /// In a code block of a document.
    Block {
        /// The bytes of the block; `None` where its lines have something before them that is not
        /// its own, as in a list.
        range: Option<Range<usize>>,
        /// The spot in the block.
        spot: Box<Spot>,
    },
    /// Nowhere that can be edited, e.g. an argument of isodoc itself.
    None,
}

/// One step from a node to a child.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    /// The value of this key.
    Name(String),
    /// The item of this number, from 0.
    Item(usize),
}

/// What is set; `None` and an empty list leave the engine's default.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    /// `privileged`.
    pub privileged: Option<At<bool>>,
    /// Capabilities to add, as written.
    pub cap_add: Vec<At<String>>,
    /// Capabilities to drop, as written.
    pub cap_drop: Vec<At<String>>,
    /// The seccomp profile.
    pub seccomp: Option<At<Profile>>,
    /// The AppArmor profile.
    pub apparmor: Option<At<Profile>>,
    /// Whether SELinux separates the container: `label=disable`, or a type such as `spc_t`.
    pub selinux: Option<At<Label>>,
    /// `no-new-privileges`, `allowPrivilegeEscalation: false`.
    pub no_new_privs: Option<At<bool>>,
    /// Which paths of /proc stay masked: `systempaths`, `unmask`, `procMount`.
    pub masks: Option<At<Masks>>,
    /// The user.
    pub user: Option<At<User>>,
    /// The user namespace: `userns_mode`, `--userns`, `hostUsers`.
    pub userns: Option<At<Userns>>,
    /// The host's pid namespace.
    pub host_pid: Option<At<bool>>,
    /// The host's network namespace.
    pub host_network: Option<At<bool>>,
    /// The host's ipc namespace.
    pub host_ipc: Option<At<bool>>,
    /// `read_only`, `readOnlyRootFilesystem`.
    pub read_only: Option<At<bool>>,
    /// RLIMIT_NPROC (`ulimits`).
    pub nproc: Option<At<u64>>,
    /// The most tasks (`pids_limit`).
    pub pids_limit: Option<At<u64>>,
    /// The runtime: `runtime`, `--runtime`, `runtimeClassName`.
    pub runtime: Option<At<String>>,
    /// `runAsNonRoot`, as written.
    pub non_root: Option<At<bool>>,
    /// What Pod Security admission enforces in the container's namespace, where the input has that
    /// namespace.
    pub admission: Option<At<Admission>>,
    /// The environment variables that are set; the value is `None` where it comes from elsewhere.
    pub env: Vec<(At<String>, Option<String>)>,
    /// Where more variables come from whose names the files do not give (`envFrom`).
    pub env_elsewhere: Vec<At<String>>,
    /// The words of the entrypoint and the command, as far as the file gives them.
    pub command: Vec<At<String>>,
    /// The image.
    pub image: Option<At<String>>,
    /// What decides and cannot be known from the files, e.g. a profile that is not there, a
    /// variable without a value.
    pub unknown: Vec<At<Doubt>>,
}

/// What cannot be known, and what hangs on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Doubt {
    /// The setting it hides.
    pub about: Setting,
    /// Why it cannot be known.
    pub why: String,
}

/// A setting that decides what becomes of a plan, or that a doubt can be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Setting {
    /// `privileged`.
    Privileged,
    /// The capabilities.
    Capabilities,
    /// The seccomp profile.
    Seccomp,
    /// The AppArmor profile.
    AppArmor,
    /// The masks of /proc.
    Masks,
    /// The user.
    User,
    /// The user namespace.
    Userns,
    /// RLIMIT_NPROC.
    ProcessLimit,
    /// The most tasks.
    TaskLimit,
}

/// A profile of seccomp or AppArmor.
#[derive(Clone, Debug, PartialEq, Eq)]
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Label {
    /// It does not separate it.
    Disabled,
    /// It runs as this type.
    Type(String),
}

/// Which paths of /proc stay masked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Masks {
    /// Those of the engine.
    Default,
    /// None.
    None,
    /// Those of the engine without these (podman's `unmask=PATH:PATH`).
    Without(Vec<String>),
    /// Those of the engine and these (podman's `mask=PATH:PATH`).
    And(Vec<String>),
}

/// Who the program runs as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum User {
    /// These ids; the gid is that of the user's account where it is not given.
    Ids {
        /// The uid.
        uid: u64,
        /// The gid.
        gid: Option<u64>,
    },
    /// A name of the image's accounts other than root, or any user but root (`runAsNonRoot`).
    Named(String),
}

/// Which user namespace the container gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Userns {
    /// That of the host, also where the daemon remaps.
    Host,
    /// One of its own (`hostUsers: false`, podman's `auto`).
    Own,
    /// podman's `keep-id`, `nomap` and the like, as written.
    Other(String),
}

impl Settings {
    /// Whether a setting is one that nobody can know.
    #[must_use]
    pub(crate) fn doubt(&self, about: Setting) -> Option<&At<Doubt>> {
        self.unknown.iter().find(|doubt| doubt.value.about == about)
    }

    /// Where a setting is written.
    #[must_use]
    pub(crate) fn place(&self, setting: Setting) -> Option<Place> {
        fn place<T>(setting: Option<&At<T>>) -> Option<Place> {
            setting.map(|setting| setting.place)
        }
        match setting {
            Setting::Privileged => place(self.privileged.as_ref()),
            // Who is not root has none of them, whatever is dropped.
            Setting::Capabilities if !self.is_root() => place(self.user.as_ref()),
            Setting::Capabilities => place(self.cap_drop.first()),
            Setting::Seccomp => place(self.seccomp.as_ref()),
            Setting::AppArmor => place(self.apparmor.as_ref()),
            Setting::Masks => place(self.masks.as_ref()),
            Setting::User => place(self.user.as_ref()),
            Setting::Userns => place(self.userns.as_ref()),
            Setting::ProcessLimit => place(self.nproc.as_ref()),
            Setting::TaskLimit => place(self.pids_limit.as_ref()),
        }
    }

    /// Whether it is privileged.
    #[must_use]
    pub(crate) fn is_privileged(&self) -> bool {
        self.privileged.as_ref().is_some_and(|p| p.value)
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
