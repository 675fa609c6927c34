//! An entry of `security_opt`, which is also a value of `--security-opt`: read, told from others,
//! and written (docker/compose `pkg/compose/create.go` parseSecurityOpts, moby
//! `daemon/daemon_unix.go` parseSecurityOpt).

use std::borrow::Cow;
use std::fmt;

use super::container::Engine;
use super::setting::{Change, Label, Masks, Profile};

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SecurityOpt<'t> {
    Seccomp(Cow<'t, str>),
    AppArmor(Cow<'t, str>),
    Label(Cow<'t, str>),
    /// `no-new-privileges`; `None` where the value is neither true nor false.
    NoNewPrivileges(Option<bool>),
    /// `systempaths=...`, of which `unconfined` is the only one.
    SystemPaths(Cow<'t, str>),
    /// podman's `unmask=...`
    Unmask(Cow<'t, str>),
    /// podman's `mask=...`
    Mask(Cow<'t, str>),
    /// Another key, with a value.
    Other(&'t str),
    Bare(&'t str),
}

impl<'t> SecurityOpt<'t> {
    /// Where the key ends: at the equals sign, else at the colon of old.
    pub(crate) fn separator(entry: &str) -> Option<usize> {
        entry.find('=').or_else(|| entry.find(':'))
    }

    pub(crate) fn parse(entry: &'t str) -> Self {
        let (key, value) = match Self::separator(entry).and_then(|at| entry.split_at_checked(at)) {
            Some((key, value)) => (key, value.get(1..)),
            None => (entry, None),
        };
        match (key, value) {
            ("no-new-privileges", value) => {
                Self::NoNewPrivileges(value.map_or(Some(true), parse_bool))
            }
            (key, None) => Self::Bare(key),
            ("seccomp", Some(value)) => Self::Seccomp(value.into()),
            ("apparmor", Some(value)) => Self::AppArmor(value.into()),
            ("label", Some(value)) => Self::Label(value.into()),
            ("systempaths", Some(value)) => Self::SystemPaths(value.into()),
            ("unmask", Some(value)) => Self::Unmask(value.into()),
            ("mask", Some(value)) => Self::Mask(value.into()),
            (key, Some(_)) => Self::Other(key),
        }
    }

    /// The entry that makes a change, where there is one.
    pub(crate) fn of(engine: Engine, change: &'t Change) -> Option<Self> {
        let podman = engine == Engine::Podman;
        Some(match change {
            Change::Seccomp(Profile::Unconfined) => Self::Seccomp("unconfined".into()),
            Change::Seccomp(Profile::Default) if !podman => Self::Seccomp("builtin".into()),
            Change::Seccomp(Profile::Named(path, _)) => Self::Seccomp(path.into()),
            Change::AppArmor(Profile::Unconfined) => Self::AppArmor("unconfined".into()),
            Change::AppArmor(Profile::Default) if !podman => {
                Self::AppArmor("docker-default".into())
            }
            Change::AppArmor(Profile::Named(name, _)) => Self::AppArmor(name.into()),
            Change::SeLinux(Label::Disabled) => Self::Label("disable".into()),
            Change::SeLinux(Label::Type(name)) => Self::Label(format!("type:{name}").into()),
            Change::NoNewPrivs(on) => Self::NoNewPrivileges(Some(*on)),
            Change::Masks(Masks::None) if podman => Self::Unmask("ALL".into()),
            Change::Masks(Masks::None) => Self::SystemPaths("unconfined".into()),
            Change::Masks(Masks::Without(paths)) if podman => Self::Unmask(paths.join(":").into()),
            Change::Masks(Masks::And(paths)) if podman => Self::Mask(paths.join(":").into()),
            _ => return None,
        })
    }

    /// What it is about: of several entries about the same thing one counts. Lists of paths stand
    /// side by side, and so do `label=type:X` and `label=level:Y`.
    fn subject(&self) -> (&str, &str) {
        match self {
            Self::Label(value) => (self.key(), value.split(':').next().unwrap_or("")),
            Self::Unmask(value) | Self::Mask(value) => (self.key(), value),
            _ => (self.key(), ""),
        }
    }

    /// Whether two entries are about the same thing, so that one of them counts.
    pub(crate) fn are_about_one(one: &str, other: &str) -> bool {
        SecurityOpt::parse(one).subject() == SecurityOpt::parse(other).subject()
    }

    fn key(&self) -> &str {
        match self {
            Self::Seccomp(_) => "seccomp",
            Self::AppArmor(_) => "apparmor",
            Self::Label(_) => "label",
            Self::NoNewPrivileges(_) => "no-new-privileges",
            Self::SystemPaths(_) => "systempaths",
            Self::Unmask(_) => "unmask",
            Self::Mask(_) => "mask",
            Self::Other(key) | Self::Bare(key) => key,
        }
    }
}

impl fmt::Display for SecurityOpt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seccomp(value)
            | Self::AppArmor(value)
            | Self::Label(value)
            | Self::SystemPaths(value)
            | Self::Unmask(value)
            | Self::Mask(value) => write!(f, "{}={value}", self.key()),
            Self::NoNewPrivileges(on) => write!(f, "{}={}", self.key(), on.unwrap_or(true)),
            Self::Other(key) | Self::Bare(key) => f.write_str(key),
        }
    }
}

/// `true` and `false` as Go's strconv.ParseBool has them.
pub(crate) fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries() {
        let table = [
            ("seccomp=unconfined", SecurityOpt::Seccomp("unconfined".into())),
            ("seccomp:unconfined", SecurityOpt::Seccomp("unconfined".into())),
            ("seccomp=./a:b.json", SecurityOpt::Seccomp("./a:b.json".into())),
            ("seccomp:./a.json", SecurityOpt::Seccomp("./a.json".into())),
            ("apparmor:docker-default", SecurityOpt::AppArmor("docker-default".into())),
            ("label=type:spc_t", SecurityOpt::Label("type:spc_t".into())),
            ("label:type:spc_t", SecurityOpt::Label("type:spc_t".into())),
            ("no-new-privileges", SecurityOpt::NoNewPrivileges(Some(true))),
            ("no-new-privileges:false", SecurityOpt::NoNewPrivileges(Some(false))),
            ("no-new-privileges=1", SecurityOpt::NoNewPrivileges(Some(true))),
            ("no-new-privileges=maybe", SecurityOpt::NoNewPrivileges(None)),
            ("systempaths=unconfined", SecurityOpt::SystemPaths("unconfined".into())),
            ("unmask=/proc/*", SecurityOpt::Unmask("/proc/*".into())),
            ("seccomp", SecurityOpt::Bare("seccomp")),
            ("seccomp:a=b", SecurityOpt::Other("seccomp:a")),
        ];
        for (entry, opt) in table {
            assert_eq!(SecurityOpt::parse(entry), opt, "{entry}");
        }
    }

    #[test]
    fn written_and_read() {
        let paths = || vec!["/proc/a".to_owned(), "/proc/b".to_owned()];
        let changes = [
            Change::Seccomp(Profile::Unconfined),
            Change::Seccomp(Profile::Named("a:b.json".into(), None)),
            Change::AppArmor(Profile::Named("mine".into(), None)),
            Change::SeLinux(Label::Disabled),
            Change::SeLinux(Label::Type("spc_t".into())),
            Change::NoNewPrivs(false),
            Change::Masks(Masks::None),
            Change::Masks(Masks::Without(paths())),
            Change::Masks(Masks::And(paths())),
        ];
        for change in &changes {
            let opt = SecurityOpt::of(Engine::Podman, change).unwrap();
            assert_eq!(SecurityOpt::parse(&opt.to_string()), opt);
        }
        assert_eq!(SecurityOpt::of(Engine::Docker, &changes[8]), None, "podman alone has masks");
    }

    #[test]
    fn entries_about_the_same_thing() {
        let same = SecurityOpt::are_about_one;
        assert!(same("seccomp:a.json", "seccomp=unconfined"));
        assert!(same("no-new-privileges", "no-new-privileges=false"));
        assert!(same("label=type:a", "label:type:b") && !same("label=type:a", "label=level:s0"));
        assert!(!same("unmask=/proc/a", "unmask=ALL") && !same("seccomp=a", "apparmor=a"));
    }
}
