//! Changes as keys of a devcontainer.json.

use super::{CAP_ADD, ENV, PRIVILEGED, REMOTE_USER, RUN_ARGS, SECURITY};
use crate::deploy::Engine;
use crate::deploy::command::spell::{Opt, option};
use crate::deploy::defaults;
use crate::deploy::security_opt::SecurityOpt;
use crate::deploy::setting::{Change, User, kept_capabilities};
use crate::deploy::yaml::Data;

/// What a change is in such a file.
pub(super) enum DevcontainerEntry {
    /// The value of this key.
    Value(&'static str, Data),
    /// An item of the list of this key.
    Item(&'static str, String),
    Variable(&'static str, String),
    /// An option for the command line.
    Argument(Opt),
}

/// The entry that makes a change, where there is one.
pub(super) fn entry(engine: Engine, change: &Change) -> Option<DevcontainerEntry> {
    Some(match change {
        Change::Privileged(on) => DevcontainerEntry::Value(PRIVILEGED, Data::from(*on)),
        Change::AddCapability(bit) => {
            DevcontainerEntry::Item(CAP_ADD, defaults::name(*bit)?.to_owned())
        }
        // The tools look it up by its name.
        Change::User(User::Ids { uid: 0, .. }) => {
            DevcontainerEntry::Value(REMOTE_USER, Data::from("root"))
        }
        // Nor is there a place for a group.
        Change::User(User::Ids { uid, .. }) => {
            DevcontainerEntry::Value(REMOTE_USER, Data::Text(uid.to_string()))
        }
        Change::User(User::Named(name)) => {
            DevcontainerEntry::Value(REMOTE_USER, Data::Text(name.clone()))
        }
        Change::Variable(name, value) => DevcontainerEntry::Variable(name, value.clone()),
        Change::Nproc(_) | Change::PidsLimit(_) | Change::Device(_) => {
            DevcontainerEntry::Argument(option(engine, change)?)
        }
        other => DevcontainerEntry::Item(SECURITY, SecurityOpt::of(engine, other)?.to_string()),
    })
}

pub(super) fn lines(engine: Engine, changes: &[&Change]) -> Vec<String> {
    let list = |text: String| Data::List(vec![Data::Text(text)]);
    let keys = changes.iter().filter_map(|change| entry(engine, change)).map(|entry| match entry {
        DevcontainerEntry::Value(key, value) => Data::at(&[key], value),
        DevcontainerEntry::Item(key, item) => Data::at(&[key], list(item)),
        DevcontainerEntry::Variable(name, value) => Data::at(&[ENV, name], Data::Text(value)),
        DevcontainerEntry::Argument(option) => Data::at(&[RUN_ARGS], list(option.word())),
    });
    let line = |(key, value): (String, Data)| {
        let also = value.also();
        format!("\"{key}\": {}    // in devcontainer.json{also}", value.flow(true))
    };
    let kept =
        kept_capabilities(changes).map(|name| format!("remove --cap-drop={name} from {RUN_ARGS}"));
    kept.chain(Data::together(keys).into_iter().map(line)).collect()
}
