//! Limits, and options that say something only beside others.

use super::LineReader;
use crate::deploy::command::line::{GivenOption, LineError, short};
use crate::deploy::command::options::Grammar;
use crate::deploy::command::word::Argument;
use crate::deploy::container::Engine;
use crate::deploy::limits;
use crate::deploy::logs;
use crate::deploy::security_opt::parse_bool;

impl LineReader<'_> {
    pub(super) fn ulimit(&mut self, value: &Argument) -> Result<(), LineError> {
        if !value.is_sure() {
            return Ok(());
        }
        if self.is_podman() && value.text == "host" {
            return Ok(());
        }
        let lower = value.text.to_ascii_lowercase();
        let bare = lower.strip_prefix("rlimit_").unwrap_or(&lower);
        let text = if self.is_podman() { bare } else { &value.text };
        let (name, limit) = text.split_once('=').unwrap_or((text, ""));
        let Some((soft, _)) = limits::ulimit(limit).filter(|_| limits::is_ulimit(name)) else {
            let why = "is not NAME=SOFT[:HARD], the soft limit the lower one";
            let why = format!("--ulimit {:?} {why}", short(&value.text));
            if name == "nproc" {
                return Err(LineError::of(value, why));
            }
            self.refuse(&value.range, why);
            return Ok(());
        };
        if name == "nproc" {
            self.settings.nproc = u64::try_from(soft).ok().map(|soft| self.at(soft, &value.range));
        }
        let starves = limits::starves(name, soft).map(|why| self.at(why, &value.range));
        self.settings.obstacles.extend(starves);
        Ok(())
    }

    /// A limit, and what it says together with the others.
    pub(super) fn limit(&mut self, option: &GivenOption, value: &Argument) {
        let engine = match self.line.grammar {
            Grammar::Docker => Some(Engine::Docker),
            Grammar::Podman => Some(Engine::Podman),
            _ => None,
        };
        let line = self.line;
        let says = |name: &str| line.value(name).is_some_and(|value| !value.text.is_empty());
        if let Some(why) = limits::refused(&option.name, &value.text, engine, says) {
            self.settings.obstacles.push(self.at(why, &value.range));
            return;
        }
        let sure = |name: &str| line.value(name).filter(|value| value.is_sure());
        let size = |name: &str| limits::size(&sure(name)?.text);
        let open = line.value("memory").is_some_and(|memory| !memory.is_sure());
        let together =
            limits::memory(size("memory"), size("memory-swap"), size("memory-reservation"));
        let is_of_memory = option.name.starts_with("memory") && !open && engine.is_some();
        if let Some(why) = together.filter(|_| is_of_memory) {
            self.refuse(&value.range, why);
        }
    }

    /// The log of Docker: a driver and options for it.
    pub(super) fn log(&mut self) {
        let line = self.line;
        let driver = line.value("log-driver").filter(|driver| driver.is_sure());
        let Some(driver) = driver.filter(|_| line.grammar == Grammar::Docker) else { return };
        let options: Vec<_> = line.values("log-opt").collect();
        let last = options.last().copied().unwrap_or(driver);
        let parts = options.iter().map(|option| {
            let known = option.known();
            let (key, value) = known.split_once('=').unwrap_or((known, ""));
            (key, option.is_sure().then_some(value))
        });
        let parts: Vec<_> = parts.collect();
        // The client takes none for it.
        let none = (driver.text == "none" && !options.is_empty())
            .then(|| "the log none takes no options".to_owned());
        let named = options.iter().all(|option| option.is_sure() || option.known().contains('='));
        if let Some(why) = none.or_else(|| logs::refused(&driver.text, &parts)).filter(|_| named) {
            self.refuse(&last.range, why);
        }
    }

    /// Maps of ids without root: podman 4.3 and 5.8 start nothing then.
    pub(super) fn maps(&mut self) {
        let line = self.line;
        let names: &[&str] = if self.is_podman() { &["uidmap", "gidmap"] } else { &[] };
        for name in names {
            let maps: Vec<&Argument> = line.values(name).collect();
            // Other forms add to the map of the user, or to its parent's.
            let plain = |map: &&Argument| {
                map.is_sure() && map.text.bytes().all(|b| b.is_ascii_digit() || b == b':')
            };
            let root = |map: &&Argument| {
                map.text
                    .split(':')
                    .next()
                    .is_some_and(|id| id.parse::<u32>().is_ok_and(|id| id == 0))
            };
            if let Some(first) = maps.first().filter(|_| maps.iter().all(plain))
                && !maps.iter().any(root)
            {
                self.refuse(&first.range, format!("--{name} does not map the id 0"));
            }
        }
    }

    /// Options that exclude each other.
    pub(super) fn exclusions(&mut self) {
        let engine = match self.line.grammar {
            Grammar::Docker => Engine::Docker,
            Grammar::Podman => Engine::Podman,
            _ => return,
        };
        let line = self.line;
        let on = |other: &str| {
            let (name, only) = other.split_once('=').map_or((other, None), |(n, v)| (n, Some(v)));
            line.options.iter().any(|option| {
                let value = option.value.as_ref();
                let on = |value: &Argument| {
                    value.is_sure()
                        && !value.text.is_empty()
                        && parse_bool(&value.text) != Some(false)
                        && only.is_none_or(|only| value.text == only)
                };
                option.name == name && value.is_none_or(on)
            })
        };
        let is_network = |option: &&GivenOption| ["net", "network"].contains(&&*option.name);
        let networks: Vec<&GivenOption> = line.options.iter().filter(is_network).collect();
        let network = match networks.as_slice() {
            [] => Some(""),
            [one] => one.value.as_ref().filter(|at| at.is_sure()).map(|at| at.text.as_str()),
            _ => None,
        };
        for option in line.options.iter().filter(|option| !option.text().is_empty()) {
            let other =
                |network: &&str| limits::is_for_other_networks(engine, &option.name, network);
            if network.filter(other).is_some() {
                let why = format!("--{} is for other networks than that one", option.name);
                self.refuse(&option.word, why);
            }
            let mut excluding = limits::excluding(engine, &option.name, option.text());
            if let Some(other) = excluding.find(|name| on(name)) {
                let why = format!("--{} and --{other} exclude each other", option.name);
                self.refuse(&option.word, why);
            }
        }
    }
}
