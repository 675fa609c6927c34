//! Changes as attributes of a task.

use super::{
    CAP_ADD, CAP_DROP, CONFIG, DEVICES, ENV, PIDS_LIMIT, PRIVILEGED, SECURITY, ULIMIT, USER,
};
use crate::deploy::Engine;
use crate::deploy::command::spell::user_of;
use crate::deploy::defaults;
use crate::deploy::security_opt::SecurityOpt;
use crate::deploy::setting::{Change, Masks, Profile};
use crate::deploy::yaml::ADD_TO_IT;

/// What a change is in a task.
pub(super) enum HclEntry {
    /// An attribute of the task, and its value as it is written.
    OfTask(&'static str, String),
    /// An attribute of its driver's.
    Value(&'static str, String),
    /// An item of the list of this name.
    Item(&'static str, String),
    /// An object of the list of this name.
    Object(&'static str, String),
    /// A name in a block of the task, or of the driver's.
    Named(&'static str, &'static str, String),
}

/// The entry that makes a change, where there is one.
pub(super) fn entry(engine: Engine, change: &Change) -> Option<HclEntry> {
    Some(match change {
        Change::Privileged(on) => HclEntry::Value(PRIVILEGED, on.to_string()),
        Change::AddCapability(bit) => {
            HclEntry::Item(CAP_ADD, defaults::name(*bit)?.to_ascii_lowercase())
        }
        Change::User(user) => HclEntry::OfTask(USER, quoted(&user_of(user))),
        Change::Nproc(limit) => HclEntry::Named(ULIMIT, "nproc", quoted(&limit.to_string())),
        Change::PidsLimit(limit) => HclEntry::Value(PIDS_LIMIT, limit.to_string()),
        Change::Variable(name, value) => HclEntry::Named(ENV, name, quoted(value)),
        Change::Device(path) if engine == Engine::Podman => {
            HclEntry::Item(DEVICES, (*path).to_owned())
        }
        Change::Device(path) => {
            HclEntry::Object(DEVICES, format!("{{ host_path = {} }}", quoted(path)))
        }
        // What the command of the engine alone makes of it.
        Change::Masks(Masks::None | Masks::Default) if engine == Engine::Docker => return None,
        Change::Seccomp(Profile::Named(..)) => return None,
        other => HclEntry::Item(SECURITY, SecurityOpt::of(engine, other)?.to_string()),
    })
}

/// A string of HCL; nothing in it is filled in.
pub(super) fn quoted(text: &str) -> String {
    let text = serde_json::to_string(text).unwrap_or_default();
    text.replace("${", "$${").replace("%{", "%%{")
}

pub(super) fn lines(engine: Engine, changes: &[&Change]) -> Vec<String> {
    let line = |change: &&Change| {
        let of_client = match change {
            Change::Privileged(true) => "; the client has to allow it: `allow_privileged`",
            Change::AddCapability(_) => "; the client has to allow it: `allow_caps`",
            _ => "",
        };
        let of_client = if engine == Engine::Docker { of_client } else { "" };
        let also = ADD_TO_IT;
        Some(match (*change, entry(engine, change)) {
            (Change::KeepCapability(bit), _) => {
                let name = defaults::name(*bit)?.to_ascii_lowercase();
                format!("remove {name} from {CAP_DROP}    # in {CONFIG}")
            }
            (_, entry) => match entry? {
                HclEntry::OfTask(key, value) => format!("{key} = {value}    # in the task"),
                HclEntry::Value(key, value) => {
                    format!("{key} = {value}    # in {CONFIG}{of_client}")
                }
                HclEntry::Item(key, item) => {
                    format!("{key} = [{}]    # in {CONFIG}{also}{of_client}", quoted(&item))
                }
                HclEntry::Object(key, object) => {
                    format!("{key} = [{object}]    # in {CONFIG}{also}")
                }
                HclEntry::Named(block, name, value) => {
                    let within = if block == ENV { "the task" } else { CONFIG };
                    format!("{block} {{ {name} = {value} }}    # in {within}{also}")
                }
            },
        })
    };
    changes.iter().filter_map(line).collect()
}
