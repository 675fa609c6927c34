//! Changes as keys of a compose service.

use crate::deploy::Engine;
use crate::deploy::command::spell::user_of;
use crate::deploy::defaults;
use crate::deploy::security_opt::SecurityOpt;
use crate::deploy::setting::Change;
use crate::deploy::spelling::Want;

/// What a change is in a service.
pub(super) enum Entry {
    /// An item of the list of this key.
    Item(&'static str, String),
    /// The value of this key.
    Value(&'static str, Want),
    /// The value of a key of the mapping that this key has.
    Part(&'static str, &'static str, Want),
}

/// The entry that makes a change, where there is one.
pub(super) fn entry(engine: Engine, change: &Change) -> Option<Entry> {
    Some(match change {
        Change::Privileged(on) => Entry::Value("privileged", Want::plain(on)),
        Change::AddCapability(bit) => Entry::Item("cap_add", defaults::name(*bit)?.to_owned()),
        Change::User(user) => Entry::Value("user", Want::text(user_of(user))),
        Change::OwnUserns if engine == Engine::Podman => {
            Entry::Value("userns_mode", Want::text("auto"))
        }
        Change::Nproc(limit) => Entry::Part("ulimits", "nproc", Want::plain(limit)),
        Change::PidsLimit(limit) => Entry::Value("pids_limit", Want::plain(limit)),
        Change::Variable(name, value) => Entry::Part("environment", name, Want::text(value)),
        // As Docker's own documentation writes it.
        Change::NoNewPrivs(on) => Entry::Item("security_opt", format!("no-new-privileges:{on}")),
        other => Entry::Item("security_opt", SecurityOpt::of(engine, other)?.to_string()),
    })
}

/// The lines of the service; items of one list stand together.
pub(super) fn lines(engine: Engine, changes: &[&Change]) -> Vec<String> {
    let mut keys: Vec<(&str, Want)> = vec![];
    for entry in changes.iter().filter_map(|change| entry(engine, change)) {
        let (key, want) = match entry {
            Entry::Item(key, item) => (key, Want::List(vec![Want::text(item)])),
            Entry::Value(key, want) => (key, want),
            Entry::Part(key, name, want) => (key, Want::Map(vec![(name.to_owned(), want)])),
        };
        match (keys.iter_mut().find(|(known, _)| *known == key), want) {
            (Some((_, Want::List(items))), Want::List(more)) => items.extend(more),
            (Some((_, Want::Map(entries))), Want::Map(more)) => entries.extend(more),
            (_, want) => keys.push((key, want)),
        }
    }
    let line = |(key, want): (&str, Want)| {
        format!("{key}: {}    # in the compose service", want.flow(false))
    };
    keys.into_iter().map(line).collect()
}
