//! Changes as keys of `[runners.docker]`.

use super::{CAP_ADD, DEVICES, ENVIRONMENT, PRIVILEGED, SECURITY, ULIMIT, USER};
use crate::deploy::Engine;
use crate::deploy::command::spell::user_of;
use crate::deploy::defaults;
use crate::deploy::security_opt::SecurityOpt;
use crate::deploy::setting::{Change, Profile};
use crate::deploy::yaml::ADD_TO_IT;

/// What a change is in the table.
pub(super) enum TomlEntry {
    /// A key, and its value as it is written.
    Value(&'static str, String),
    /// An item of the list of this key.
    Item(&'static str, String),
    /// An item of a list of the runner itself.
    OfRunner(&'static str, String),
    Limit(&'static str, u64),
}

/// The entry that makes a change, where there is one.
pub(super) fn entry(engine: Engine, change: &Change) -> Option<TomlEntry> {
    Some(match change {
        Change::Privileged(on) => TomlEntry::Value(PRIVILEGED, on.to_string()),
        Change::AddCapability(bit) => TomlEntry::Item(CAP_ADD, defaults::name(*bit)?.to_owned()),
        Change::User(user) => TomlEntry::Value(USER, quoted(&user_of(user))),
        Change::Nproc(limit) => TomlEntry::Limit("nproc", *limit),
        Change::Variable(name, value) => {
            TomlEntry::OfRunner(ENVIRONMENT, format!("{name}={value}"))
        }
        Change::Device(path) => TomlEntry::Item(DEVICES, (*path).to_owned()),
        // What the docker command alone makes of it.
        Change::Masks(_) | Change::Seccomp(Profile::Named(..)) => return None,
        other => TomlEntry::Item(SECURITY, SecurityOpt::of(engine, other)?.to_string()),
    })
}

/// A string of TOML, which escapes as JSON does.
pub(super) fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

pub(super) fn lines(engine: Engine, changes: &[&Change]) -> Vec<String> {
    let line = |change: &&Change| {
        let of_docker = "    # in [runners.docker]";
        let also = ADD_TO_IT;
        Some(match (*change, entry(engine, change)) {
            (Change::KeepCapability(bit), _) => {
                format!("remove {} from cap_drop{of_docker}", defaults::name(*bit)?)
            }
            (_, entry) => match entry? {
                TomlEntry::Value(key, value) => format!("{key} = {value}{of_docker}"),
                TomlEntry::Item(key, item) => {
                    format!("{key} = [{}]{of_docker}{also}", quoted(&item))
                }
                TomlEntry::OfRunner(key, item) => {
                    format!("{key} = [{}]    # in [[runners]]{also}", quoted(&item))
                }
                TomlEntry::Limit(name, limit) => {
                    format!("{ULIMIT} = {{ {name} = \"{limit}\" }}{of_docker}{also}")
                }
            },
        })
    };
    changes.iter().filter_map(line).collect()
}
