//! Reads a [`Source`] into [`Facts`]: which file, call or variable each fact comes from.

mod answers;
mod at_rest;
mod cgroup;
pub(crate) mod docker;
pub(crate) mod env;
mod markers;
mod mounts;
mod node;
mod process;
mod system;
mod tasks;
mod tools;

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::facts::{Accounts, Device, Fact, Facts, Missing, Question};
use crate::mechanisms::programs;
use crate::parse::{self, ParseError};
use crate::plan::DEV_NULL;
use crate::source::{Source, Stat};

/// How much is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// What the gates look at.
    Check,
    /// The same, and those of a Kubernetes node.
    Node {
        /// Whether programs are executed that others than root can write.
        trust_path: bool,
    },
    /// Everything, because another machine cannot come back and ask for more.
    Snapshot,
}

/// Reads everything that the gates look at.
pub(crate) fn collect(source: &dyn Source, need: Need) -> Facts {
    let file = Collector(source);
    let env = env::collect(source);
    let mut facts = Facts { env: env.into(), complete: source.complete(), ..Facts::default() };
    programs().for_each(|program| facts.tools.set(program, Fact::default()));
    facts.os = system::os(&file).into();
    if facts.os.family.value().is_some_and(|family| family != "linux") {
        return facts;
    }
    let at_rest = facts.complete && facts.os.version.is_absent();
    if at_rest && let Some(kernel) = at_rest::kernel(&file) {
        facts.os.release = kernel;
    }
    facts.process = process::process(&file).into();
    facts.namespaces = process::namespaces(&file, need).into();
    facts.namespaces.children_init_alive = process::children_init_alive(&file, &facts.namespaces);
    if need == Need::Snapshot
        || facts.namespaces.user.is_absent()
        || facts.namespaces.pid.is_absent()
    {
        facts.os.kconfig = system::kconfig(&file, facts.os.release.value());
    }
    facts.mounts = mounts::mounts(
        &file,
        need,
        facts.process.uid_map.value().is_some() || facts.process.seccomp.value().is_some(),
    )
    .into();
    mounts::own_dirs(&file, &mut facts);
    facts.sysctl = system::sysctls(&file).into();
    if at_rest {
        at_rest::sysctls(&file, &mut facts.sysctl);
    }
    facts.lsm = system::lsm(&file).into();
    facts.cgroup = cgroup::cgroup(&file, &facts.mounts.list).into();
    facts.markers = markers::markers(&file).into();
    facts.tools = tools::tools(&file, &facts).into();
    if facts.lsm.apparmor.value() != Some(&false) && !facts.lsm.apparmor.is_absent() {
        facts.lsm.apparmor_profiles = tools::profiles(&file, &facts.tools);
    }
    facts.accounts = accounts(&file, &facts).into();
    // Those of a system that does not run its kernel makes.
    if !at_rest {
        facts.devices = devices(&file);
    }
    tasks::count_tasks(&file, &mut facts);
    // Nothing but Linux has these files; a capture may hold no other sign of its system.
    let of_linux = facts.mounts.proc.value().is_some()
        || facts.sysctl.unprivileged_userns_clone.value().is_some();
    if facts.os.family.value().is_none()
        && (of_linux || facts.sysctl.max_namespaces.values().any(|f| f.value().is_some()))
    {
        facts.os.family = Fact::known("linux".into(), "/proc");
    }
    facts.docker = docker::collect(source, &facts).into();
    match need {
        Need::Check => {}
        Need::Node { trust_path } => node::node(&file, &mut facts, Some(trust_path)),
        Need::Snapshot => node::node(&file, &mut facts, None),
    }
    // Where nothing filters system calls there is nothing to ask.
    if facts.process.seccomp.value() != Some(&0) {
        facts.answers = answers::answers(source).into();
    }
    facts
}

fn accounts(file: &Collector, facts: &Facts) -> Accounts {
    let passwd = file.get("/etc/passwd");
    let mut accounts = Accounts {
        looked_for: passwd.value().and_then(|bytes| parse::subid::looked_for(bytes)),
        users: passwd.parse(|b| parse::subid::accounts(&b)),
        groups: file.get("/etc/group").parse(|b| parse::subid::accounts(&b)),
        subuid: file.get("/etc/subuid").parse(|b| parse::subid::parse(&b)),
        subgid: file.get("/etc/subgid").parse(|b| parse::subid::parse(&b)),
        elsewhere: false,
    };
    let missing = |uid: &u64| accounts.user_name(*uid).is_none();
    if accounts.users.value().is_some() && facts.process.euid.value().is_some_and(missing) {
        let switch = file.get("/etc/nsswitch.conf");
        let other = |bytes: &Vec<u8>| !users_in_files_only(&parse::text(bytes));
        accounts.elsewhere = switch.value().is_some_and(other);
    }
    accounts
}

/// Whether the line `passwd:` of nsswitch.conf(5) names nothing but files, and what systemd makes
/// up (nss-systemd(8)).
fn users_in_files_only(text: &str) -> bool {
    let sources = text.lines().find_map(|line| line.trim().strip_prefix("passwd:"));
    sources.is_none_or(|s| {
        s.split_whitespace()
            .all(|word| matches!(word, "files" | "compat" | "systemd") || word.starts_with('['))
    })
}

/// The devices that a mechanism may open.
const DEVICES: [&str; 4] = [DEV_NULL, "/dev/net/tun", "/dev/fuse", "/dev/kvm"];

fn devices(file: &Collector) -> BTreeMap<&'static str, Fact<Device>> {
    let of = |stat: Stat| Device { mode: stat.mode, uid: stat.uid, gid: stat.gid, refused: false };
    DEVICES.into_iter().map(|path| (path, Fact::new(file.0.stat(path).map(of), path))).collect()
}

/// A source, with each answer turned into a fact.
pub(super) struct Collector<'a>(pub &'a dyn Source);

impl Collector<'_> {
    pub(crate) fn get(&self, path: impl Into<Cow<'static, str>>) -> Fact<Vec<u8>> {
        let path = path.into();
        Fact::new(self.0.read(&path), path).parse(few_lines)
    }

    /// The same, however many lines it has.
    pub(crate) fn whole(&self, path: &'static str) -> Fact<Vec<u8>> {
        Fact::new(self.0.read(path), path)
    }

    fn line(&self, path: &'static str) -> Fact<String> {
        self.get(path).parse(|b| parse::line(&b))
    }

    fn number(&self, path: &'static str) -> Fact<u64> {
        self.get(path).parse(|b| parse::number(&b))
    }

    fn switch(&self, path: &'static str) -> Fact<bool> {
        self.get(path).parse(|b| parse::switch(&b))
    }

    fn present(&self, path: impl Into<Cow<'static, str>>) -> Fact<bool> {
        let path = path.into();
        match self.0.stat(&path) {
            Ok(_) => Fact::known(true, path),
            Err(Missing::Absent) => Fact::known(false, path),
            Err(other) => Fact::new(Err(other), path),
        }
    }

    fn ask<T>(
        &self,
        question: &Question,
        read: impl FnOnce(&str) -> Result<T, ParseError>,
    ) -> Fact<T> {
        Fact::new(self.0.ask(question), question.key()).parse(|text| read(&text))
    }

    /// The inode in a namespace link such as `user:[4026531837]`.
    fn namespace(&self, path: &'static str) -> Fact<u64> {
        Fact::new(self.0.read_link(path), path).parse(|text| {
            let inode = text.split_once(":[").and_then(|(_, rest)| rest.strip_suffix(']'));
            inode
                .and_then(|n| n.parse().ok())
                .ok_or_else(|| ParseError::new(format!("not `kind:[inode]`: {text:?}")))
        })
    }
}

/// The most lines that a file of facts may have: a kernel's configuration has some 12000, and each
/// line costs a record.
const MAX_LINES: usize = 20_000;

fn few_lines(bytes: Vec<u8>) -> Result<Vec<u8>, ParseError> {
    let lines = memchr::memchr_iter(b'\n', &bytes).count();
    if lines > MAX_LINES {
        Err(ParseError::new(format!("more than {MAX_LINES} lines")))
    } else {
        Ok(bytes)
    }
}

fn decimal(text: &str) -> Result<u64, ParseError> {
    parse::number(text.as_bytes())
}

fn boolean(text: &str) -> Result<bool, ParseError> {
    text.parse().map_err(|_| ParseError::new(text.to_owned()))
}

/// The first fact that is known; else the second.
fn or<T>(first: Fact<T>, second: impl FnOnce() -> Fact<T>) -> Fact<T> {
    if first.value().is_some() { first } else { second() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_endless_lines_is_no_fact() {
        assert_eq!(few_lines(b"a:1:1\n".repeat(MAX_LINES)).unwrap().len(), 6 * MAX_LINES);
        let more = few_lines(b"a:1:1\n".repeat(MAX_LINES + 1)).unwrap_err();
        assert_eq!(more.to_string(), "more than 20000 lines");
    }
}
