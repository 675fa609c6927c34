//! Changes as keys of a container definition.

use super::{ADD, DEVICES, ENVIRONMENT, PRIVILEGED, SECURITY, ULIMITS, USER};
use crate::deploy::Engine;
use crate::deploy::command::spell::user_of;
use crate::deploy::defaults;
use crate::deploy::security_opt::SecurityOpt;
use crate::deploy::setting::{Change, Profile, kept_capabilities};
use crate::deploy::yaml::Data;

/// What a change is in a container definition.
pub(super) enum EcsEntry {
    /// The value of this key.
    Value(&'static str, Data),
    /// An item of the list at the end of these keys.
    Item(&'static [&'static str], String),
    /// The object of this name in the list of this key.
    Named(&'static str, &'static str, Data),
    /// An object of the list at the end of these keys.
    Object(&'static [&'static str], Data),
}

/// The entry that makes a change, where there is one.
pub(super) fn entry(engine: Engine, change: &Change) -> Option<EcsEntry> {
    Some(match change {
        Change::Privileged(on) => EcsEntry::Value(PRIVILEGED, Data::from(*on)),
        Change::AddCapability(bit) => EcsEntry::Item(&ADD, defaults::name(*bit)?.to_owned()),
        Change::User(user) => EcsEntry::Value(USER, Data::Text(user_of(user))),
        Change::Nproc(limit) => {
            let limits = [
                ("name", Data::from("nproc")),
                ("softLimit", Data::from(*limit)),
                ("hardLimit", Data::from(*limit)),
            ];
            EcsEntry::Named(ULIMITS, "nproc", Data::map(limits))
        }
        Change::Variable(name, value) => {
            let pair = [("name", Data::from(*name)), ("value", Data::from(value.as_str()))];
            EcsEntry::Named(ENVIRONMENT, name, Data::map(pair))
        }
        Change::Device(path) => {
            EcsEntry::Object(&DEVICES, Data::map([("hostPath", Data::from(*path))]))
        }
        Change::NoNewPrivs(true) => EcsEntry::Item(&[SECURITY], "no-new-privileges".into()),
        Change::AppArmor(Profile::Unconfined | Profile::Named(..)) | Change::SeLinux(_) => {
            let option = SecurityOpt::of(engine, change)?.to_string();
            EcsEntry::Item(&[SECURITY], option.replacen('=', ":", 1))
        }
        // There is no key for a seccomp profile or the masks of /proc.
        _ => return None,
    })
}

pub(super) fn lines(engine: Engine, changes: &[&Change]) -> Vec<String> {
    let keys = changes.iter().filter_map(|change| entry(engine, change)).map(|entry| match entry {
        EcsEntry::Value(key, value) => Data::at(&[key], value),
        EcsEntry::Named(key, _, value) => Data::at(&[key], Data::List(vec![value])),
        EcsEntry::Item(way, item) => Data::at(way, Data::List(vec![Data::Text(item)])),
        EcsEntry::Object(way, object) => Data::at(way, Data::List(vec![object])),
    });
    let line = |(key, value): (String, Data)| {
        let also = value.also();
        format!("\"{key}\": {}    // in the container definition{also}", value.flow(true))
    };
    let kept = kept_capabilities(changes)
        .map(|name| format!("remove {name} from linuxParameters.capabilities.drop"));
    kept.chain(Data::together(keys).into_iter().map(line)).collect()
}
