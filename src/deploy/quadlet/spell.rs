//! Changes as keys of the section `[Container]`.

use crate::deploy::Engine;
use crate::deploy::command::spell::{Opt, option};
use crate::deploy::defaults;
use crate::deploy::setting::{Change, Label, Masks, Profile, User, kept_capabilities};
use crate::deploy::systemd::unit::UnitWord;

/// What a change is in a unit.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Assignment {
    /// A key of which the last value counts.
    Last(&'static str, String),
    /// One more value of a key.
    More(&'static str, String),
    /// One more value of a key, in place of one that is about the same: it begins like it.
    Instead(&'static str, &'static str, String),
}

impl Assignment {
    /// Its key and its value.
    pub(super) fn parts(&self) -> (&'static str, &str) {
        match self {
            Self::Last(key, value) | Self::More(key, value) => (key, value),
            Self::Instead(key, _, value) => (key, value),
        }
    }
}

/// The assignments that make a change; none where podman knows no way.
pub(super) fn assignments(change: &Change) -> Vec<Assignment> {
    let last = |key, value: &str| vec![Assignment::Last(key, value.to_owned())];
    let truth = |key, on: bool| last(key, if on { "true" } else { "false" });
    match change {
        Change::AddCapability(bit) => {
            let name = defaults::name(*bit).map(str::to_owned);
            name.map(|name| Assignment::More("AddCapability", name)).into_iter().collect()
        }
        Change::Seccomp(Profile::Unconfined) => last("SeccompProfile", "unconfined"),
        Change::Seccomp(Profile::Named(path, _)) => last("SeccompProfile", &escaped(path)),
        Change::SeLinux(Label::Disabled) => truth("SecurityLabelDisable", true),
        Change::SeLinux(Label::Type(name)) => last("SecurityLabelType", name),
        Change::NoNewPrivs(on) => truth("NoNewPrivileges", *on),
        Change::Masks(Masks::None) => vec![Assignment::More("Unmask", "ALL".into())],
        Change::Masks(Masks::Without(paths)) => {
            vec![Assignment::More("Unmask", paths.join(":"))]
        }
        Change::Masks(Masks::And(paths)) => vec![Assignment::More("Mask", paths.join(":"))],
        Change::User(User::Ids { uid, gid }) => {
            let group = gid.map(|gid| Assignment::Last("Group", gid.to_string()));
            last("User", &uid.to_string()).into_iter().chain(group).collect()
        }
        Change::User(User::Named(name)) => last("User", &escaped(name)),
        Change::OwnUserns => last("UserNS", "auto"),
        Change::Nproc(limit) => {
            vec![Assignment::Instead("Ulimit", "nproc=", format!("nproc={limit}"))]
        }
        Change::PidsLimit(limit) => last("PidsLimit", &limit.to_string()),
        Change::Device(path) => {
            vec![Assignment::Instead("AddDevice", path, (*path).to_owned())]
        }
        Change::Variable(name, value) => {
            vec![Assignment::More("Environment", word(&format!("{name}={value}")))]
        }
        Change::KeepCapability(_)
        | Change::Masks(Masks::Beside)
        | Change::Namespaces(_)
        | Change::Calls(_)
        | Change::SocketFamily(_)
        | Change::Hostname
        | Change::NoAmbient
        | Change::WholeProc => vec![],
        // What has no key, or has it since podman 5.8 only.
        Change::Privileged(_)
        | Change::AppArmor(_)
        | Change::Seccomp(Profile::Default)
        | Change::Masks(Masks::Default) => argument(change).into_iter().collect(),
    }
}

/// A change as an option of its own.
pub(super) fn argument(change: &Change) -> Option<Assignment> {
    Some(Assignment::More("PodmanArgs", given(change)?.text()))
}

/// The option that makes a change on a command line of podman.
pub(super) fn given(change: &Change) -> Option<Opt> {
    option(Engine::Podman, change)
}

/// A text that systemd takes as it stands.
fn escaped(text: &str) -> String {
    text.replace('%', "%%").replace('$', "$$")
}

/// A text as one word of a value.
pub(super) fn word(text: &str) -> String {
    let text = escaped(text);
    let special = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '\'' | '\\');
    if !text.contains(special) {
        return text;
    }
    let mut word = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => word.extend(['\\', c]),
            '\n' => word.push_str("\\n"),
            c if c.is_ascii_control() => word.push_str(&format!("\\x{:02x}", u32::from(c))),
            c => word.push(c),
        }
    }
    word + "\""
}

/// The name of the variable that a word sets.
pub(super) fn variable(word: &UnitWord) -> &str {
    word.text.split('=').next().unwrap_or("")
}

/// The lines of the section.
pub(super) fn lines(_: Engine, changes: &[&Change]) -> Vec<String> {
    let all = changes.iter().flat_map(|change| assignments(change));
    let line = |assignment: Assignment| {
        let (key, value) = assignment.parts();
        format!("{key}={value}")
    };
    let kept = kept_capabilities(changes).map(|name| format!("remove {name} from DropCapability="));
    kept.chain(all.map(line)).collect()
}
