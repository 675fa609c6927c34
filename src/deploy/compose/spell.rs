//! Changes as keys of a compose service.

use crate::deploy::Engine;
use crate::deploy::command::spell::user_of;
use crate::deploy::defaults;
use crate::deploy::security_opt::SecurityOpt;
use crate::deploy::setting::{Change, kept_capabilities};
use crate::deploy::yaml::Data;

/// The list of devices.
pub(super) const DEVICES: &str = "devices";

pub(super) enum ServiceChange {
    /// An item of the list of this key.
    Item(&'static str, String),
    /// The value of this key.
    Value(&'static str, Data),
    /// The value of a key of the mapping that this key has.
    Part(&'static str, &'static str, Data),
}

/// The entry that makes a change, where there is one.
pub(super) fn entry(engine: Engine, change: &Change) -> Option<ServiceChange> {
    Some(match change {
        Change::Privileged(on) => ServiceChange::Value("privileged", Data::from(*on)),
        Change::AddCapability(bit) => {
            ServiceChange::Item("cap_add", defaults::name(*bit)?.to_owned())
        }
        Change::User(user) => ServiceChange::Value("user", Data::Text(user_of(user))),
        Change::OwnUserns if engine == Engine::Podman => {
            ServiceChange::Value("userns_mode", Data::from("auto"))
        }
        Change::Nproc(limit) => ServiceChange::Part("ulimits", "nproc", Data::from(*limit)),
        Change::PidsLimit(limit) => ServiceChange::Value("pids_limit", Data::from(*limit)),
        Change::Variable(name, value) => {
            ServiceChange::Part("environment", name, Data::from(value.as_str()))
        }
        Change::Device(path) => ServiceChange::Item(DEVICES, (*path).to_owned()),
        // As Docker's own documentation writes it.
        Change::NoNewPrivs(on) => {
            ServiceChange::Item("security_opt", format!("no-new-privileges:{on}"))
        }
        other => ServiceChange::Item("security_opt", SecurityOpt::of(engine, other)?.to_string()),
    })
}

/// What is written, a line each; items of one list stand together.
pub(super) fn lines(engine: Engine, changes: &[&Change]) -> Vec<String> {
    let keys = changes.iter().filter_map(|change| entry(engine, change)).map(|entry| match entry {
        ServiceChange::Item(key, item) => Data::at(&[key], Data::List(vec![Data::Text(item)])),
        ServiceChange::Value(key, value) => Data::at(&[key], value),
        ServiceChange::Part(key, name, value) => Data::at(&[key, name], value),
    });
    let line = |(key, value): (String, Data)| {
        let also = value.also();
        format!("{key}: {}    # in the compose service{also}", value.quoted())
    };
    let kept = kept_capabilities(changes)
        .map(|name| format!("remove {name} from cap_drop    # in the compose service"));
    kept.chain(Data::together(keys).into_iter().map(line)).collect()
}
