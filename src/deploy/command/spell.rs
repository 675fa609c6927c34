//! Changes as options of `docker run` and `podman run`.

use super::line::GivenOption;
use super::options::{Grammar, long};
use crate::deploy::Engine;
use crate::deploy::defaults;
use crate::deploy::devices;
use crate::deploy::security_opt::SecurityOpt;
use crate::deploy::setting::{Change, User, kept_capabilities};

#[derive(Debug, PartialEq, Eq)]
pub(in crate::deploy) enum Opt {
    /// One that is there or not.
    Switch(&'static str, bool),
    Valued(&'static str, String),
}

/// The option that makes a change, where there is one.
pub(in crate::deploy) fn option(engine: Engine, change: &Change) -> Option<Opt> {
    let valued = |name, value: String| Some(Opt::Valued(name, value));
    match change {
        Change::Privileged(on) => Some(Opt::Switch("privileged", *on)),
        Change::AddCapability(bit) => valued("cap-add", defaults::name(*bit)?.to_owned()),
        Change::User(user) => valued("user", user_of(user)),
        Change::OwnUserns if engine == Engine::Podman => valued("userns", "auto".into()),
        Change::Nproc(limit) => valued("ulimit", format!("nproc={limit}")),
        Change::PidsLimit(limit) => valued("pids-limit", limit.to_string()),
        Change::Variable(name, value) => valued("env", format!("{name}={value}")),
        Change::Device(path) => valued("device", (*path).to_owned()),
        other => valued("security-opt", SecurityOpt::of(engine, other)?.to_string()),
    }
}

/// `UID:GID` or a name, as the command line and compose both take it.
pub(in crate::deploy) fn user_of(user: &User) -> String {
    match user {
        User::Ids { uid, gid: Some(gid) } => format!("{uid}:{gid}"),
        User::Ids { uid, gid: None } => uid.to_string(),
        User::Named(name) => name.clone(),
    }
}

/// `NAME=VALUE` as a word of a shell.
pub(super) fn assignment(variable: &str) -> String {
    let (name, value) = variable.split_once('=').unwrap_or((variable, ""));
    let escaped: String = value
        .chars()
        .flat_map(|c| if "\"$`\\".contains(c) { vec!['\\', c] } else { vec![c] })
        .collect();
    format!("{name}=\"{escaped}\"")
}

impl Opt {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Switch(name, _) | Self::Valued(name, _) => name,
        }
    }

    /// Whether a given option is about the same thing, so that this one goes in its place.
    pub(in crate::deploy) fn is_about(&self, given: &GivenOption) -> bool {
        given.name == self.name()
            && match self {
                Self::Valued("cap-add", _) => false,
                Self::Valued("security-opt", value) => {
                    SecurityOpt::are_about_one(given.text(), value)
                }
                Self::Valued("device", value) => devices::are_about_one(given.text(), value),
                Self::Valued("env" | "ulimit", value) => {
                    given.text().split('=').next() == value.split('=').next()
                }
                _ => true,
            }
    }

    /// The option in one word.
    pub(in crate::deploy) fn word(&self) -> String {
        match self {
            Self::Switch(..) => self.text(),
            Self::Valued(name, value) => format!("--{name}={value}"),
        }
    }

    pub(in crate::deploy) fn text(&self) -> String {
        match self {
            Self::Switch(name, true) => format!("--{name}"),
            Self::Switch(name, false) => format!("--{name}=false"),
            Self::Valued("env", variable) => format!("-e {}", assignment(variable)),
            Self::Valued(name, value) => format!("--{name} {value}"),
        }
    }
}

/// The command and its options.
pub(in crate::deploy) fn lines(engine: Engine, changes: &[&Change]) -> Vec<String> {
    let options: Vec<String> =
        changes.iter().filter_map(|change| Some(option(engine, change)?.text())).collect();
    let kept =
        kept_capabilities(changes).map(|name| format!("remove --cap-drop {name} from the command"));
    let run = format!("{} run {} IMAGE", engine.program(), options.join(" "));
    kept.chain((!options.is_empty()).then_some(run)).collect()
}

pub(super) fn lines_of_nerdctl(engine: Engine, changes: &[&Change]) -> Vec<String> {
    let own = |line: &String| line.replacen(engine.program(), "nerdctl", 1);
    lines(engine, changes).iter().map(own).collect()
}

/// The same for a service, where it has an option for each of the changes.
pub(super) fn lines_of_service(engine: Engine, changes: &[&Change]) -> Vec<String> {
    let has = |change: &&Change| {
        option(engine, change).is_some_and(|opt| long(Grammar::Service, opt.name()).is_some())
    };
    let given: Vec<&Change> = changes.iter().copied().filter(has).collect();
    match given.len() == changes.len() {
        true => lines(engine, changes)
            .iter()
            .map(|line| line.replacen(" run ", " service create ", 1))
            .collect(),
        false => vec![],
    }
}
