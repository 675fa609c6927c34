//! How changes are written as assignments.

use super::incus;
use super::proxmox::NESTING;
use crate::deploy::defaults;
use crate::deploy::setting::{Change, Masks, Profile, kept_capabilities};
use crate::deploy::yaml::Data;

/// What is to be written for a change.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum LxcChange {
    /// A key of which the last value counts.
    Last(&'static str, String),
    /// One more value of a key.
    More(&'static str, String),
    /// One more word of a list.
    Word(&'static str, String),
    /// A feature of Proxmox to turn on.
    Feature(&'static str),
    /// A key of an instance.
    Instance(String, String),
}

/// The form of a file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum LxcForm {
    /// `KEY = VALUE`, for liblxc.
    Plain,
    /// `KEY: VALUE`, for Proxmox, and whether its features have an effect.
    Proxmox { features: bool },
    /// A mapping, for Incus.
    Incus,
}

/// The assignments that make a change; none where there is no way.
pub(super) fn changes(form: LxcForm, change: &Change) -> Vec<LxcChange> {
    let last = |key, value: &str| vec![LxcChange::Last(key, value.to_owned())];
    if form == LxcForm::Incus {
        return match change {
            Change::Masks(Masks::Beside) => {
                vec![LxcChange::Instance(incus::NESTING.to_owned(), "true".into())]
            }
            Change::Variable(name, value) => {
                vec![LxcChange::Instance(format!("environment.{name}"), value.clone())]
            }
            _ => vec![],
        };
    }
    match change {
        Change::Masks(Masks::Beside) if form == (LxcForm::Proxmox { features: true }) => {
            vec![LxcChange::Feature(NESTING)]
        }
        // LXC makes the mounts of nesting only beside an entry; this one mounts the same procfs.
        Change::Masks(Masks::Beside) => vec![
            LxcChange::Last("lxc.apparmor.allow_nesting", "1".into()),
            LxcChange::More(
                "lxc.mount.entry",
                "proc dev/.lxc/proc proc create=dir,optional 0 0".into(),
            ),
        ],
        Change::AddCapability(bit) => {
            let name = defaults::name(*bit).map(str::to_lowercase);
            name.map(|name| LxcChange::Word("lxc.cap.keep", name)).into_iter().collect()
        }
        Change::Seccomp(Profile::Unconfined) => last("lxc.seccomp.profile", ""),
        Change::AppArmor(Profile::Unconfined) => last("lxc.apparmor.profile", "unconfined"),
        // Proxmox does not accept this key.
        Change::NoNewPrivs(on) if form == LxcForm::Plain => {
            last("lxc.no_new_privs", if *on { "1" } else { "0" })
        }
        Change::Nproc(limit) => last("lxc.prlimit.nproc", &limit.to_string()),
        Change::Variable(name, value) => {
            vec![LxcChange::More("lxc.environment", format!("{name}={value}"))]
        }
        _ => vec![],
    }
}

/// A line of a file.
pub(super) fn line(form: LxcForm, key: &str, value: &str) -> String {
    let mark = if form == LxcForm::Plain { " =" } else { ":" };
    format!("{key}{mark} {value}").trim_end().to_owned()
}

/// The lines of a file, or the keys of an instance; of those, all that are needed or none.
pub(super) fn lines(form: LxcForm, asked: &[&Change]) -> Vec<String> {
    if form == LxcForm::Incus && asked.iter().any(|change| changes(form, change).is_empty()) {
        return vec![];
    }
    let kept = kept_capabilities(asked)
        .map(|name| format!("remove {} from lxc.cap.drop", name.to_lowercase()));
    let lines = asked.iter().flat_map(|change| changes(form, change)).map(|change| match change {
        LxcChange::Last(key, value) | LxcChange::More(key, value) => line(form, key, &value),
        LxcChange::Word(key, word) => format!("{}    # also", line(form, key, &word)),
        LxcChange::Feature(name) => line(form, "features", &format!("{name}=1")),
        LxcChange::Instance(key, value) => {
            format!("{key}: {}    # in config", Data::from(value.as_str()).quoted())
        }
    });
    kept.chain(lines).collect()
}
