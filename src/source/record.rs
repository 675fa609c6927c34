//! A source that notes down everything it is asked: what `isodoc snapshot` writes.

use std::cell::RefCell;

use super::snapshot::{Snapshot, VERSION};
use super::{ReadResult, Source, SourceKind, Stat};
use crate::facts::{Facts, Question};
use crate::parse::{node, subid};
use crate::source::env::{home, shown};

/// Passes every question on to another source and keeps the answers.
pub(crate) struct Recorder<'a> {
    inner: &'a dyn Source,
    taken: RefCell<Snapshot>,
    /// The directories of the user, and what stands for each in a path.
    homes: RefCell<Vec<(String, &'static str)>>,
}

impl<'a> Recorder<'a> {
    /// Records what `inner` answers.
    #[must_use]
    pub(crate) fn new(inner: &'a dyn Source) -> Self {
        Self { inner, taken: RefCell::default(), homes: RefCell::default() }
    }

    /// What was recorded; of the accounts, those that count by these facts.
    #[must_use]
    pub(crate) fn finish(self, captured_at: u64, facts: &Facts) -> Snapshot {
        // Programs are looked for where their absence is noted down.
        let path = self.taken.borrow().env.get("PATH").cloned();
        let path = path.map(|known| {
            known.map(|dirs| {
                dirs.split(':').map(|dir| self.place(dir)).collect::<Vec<_>>().join(":")
            })
        });
        let mut taken = self.taken.into_inner();
        taken.env.extend(path.map(|known| ("PATH".to_owned(), known)));
        let (asked, ids) = (crate::facts::remap::accounts_asked_for(facts), facts.ids());
        for (path, own) in [("/etc/passwd", ids.0), ("/etc/group", ids.1)] {
            let Some(Ok(text)) = taken.files.get_mut(path) else { continue };
            let counts = |account: &subid::Account| {
                let named =
                    |name: &String| *name == account.name || *name == account.id.to_string();
                Some(account.id) == own || facts.accounts.counts(account) || asked.iter().any(named)
            };
            *text = subid::kept(text, &asked, counts);
        }
        Snapshot { snapshot_version: VERSION, captured_at, ..taken }
    }

    /// A path as it is noted down: whose home it is in is nobody's business.
    fn place(&self, path: &str) -> String {
        let homes = self.homes.borrow();
        let below = homes.iter().find_map(|(home, stem)| {
            let rest = path.strip_prefix(home.as_str()).filter(|_| !home.is_empty())?;
            rest.starts_with('/').then(|| format!("{stem}{rest}"))
        });
        below.unwrap_or_else(|| path.to_owned())
    }
}

/// Keeps of a file what the parsers use, and nothing that names a person or a machine.
fn redact(path: &str, bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    match path {
        // Names and ids alone: no real names, no directories, no password fields.
        "/etc/passwd" | "/etc/group" => text
            .lines()
            .filter_map(|line| {
                let mut fields = line.split(':');
                Some(format!("{}:x:{}\n", fields.next()?, fields.nth(1)?))
            })
            .collect(),
        // Who built the kernel, and on which machine, is nobody's business; but WSL 1 is known by
        // it.
        "/proc/version" if !text.contains("Microsoft@") => text
            .split(' ')
            .map(|w| if w.contains('@') { "(redacted)" } else { w })
            .collect::<Vec<_>>()
            .join(" "),
        "/proc/1/environ" => {
            text.split('\0').filter(|word| word.starts_with("container=")).collect()
        }
        _ if path.ends_with("/mountinfo") => {
            text.lines().map(crate::parse::mountinfo::redact).collect()
        }
        _ if path.ends_with("/mounts") => {
            text.lines().map(crate::parse::mountinfo::redact_table).collect()
        }
        node::CONTAINERD_CONFIG => node::kept_of_containerd(bytes),
        node::KUBELET_CONFIG => node::kept_of_kubelet(bytes),
        _ if let Some(keys) = node::PACKAGES.iter().find(|(of, ..)| *of == path) => {
            node::kept_of_packages(&text, *keys)
        }
        // Only the parameters that bear on isolation; others carry serial numbers, keys and host
        // names.
        "/proc/cmdline" => crate::parse::cmdline(bytes).join(" "),
        // The options and keys that bear on user namespaces: others carry passwords of proxies and
        // log drivers.
        _ if path.ends_with(".json") || text.trim_start().starts_with('{') => {
            crate::parse::daemon_json::redact(&text)
        }
        _ if path.starts_with("/proc/") && path.ends_with("/cmdline") => {
            crate::parse::dockerd::redact_cmdline(bytes)
        }
        _ if path.contains("/docker.service")
            || path.ends_with("/default/docker")
            || path.ends_with("/sysconfig/docker") =>
        {
            crate::parse::dockerd::redact_unit(&text)
        }
        // A program is kept as the version text that it carries.
        _ if bytes.starts_with(b"\x7fELF") || bytes.starts_with(b"#!") => {
            crate::parse::tool::kept(bytes)
        }
        _ => text.into_owned(),
    }
}

impl Source for Recorder<'_> {
    fn read(&self, path: &str) -> ReadResult<Vec<u8>> {
        let answer = self.inner.read(path);
        let kept = answer.as_ref().map(|bytes| redact(path, bytes)).map_err(Clone::clone);
        self.taken.borrow_mut().files.insert(self.place(path), kept);
        answer
    }

    fn read_link(&self, path: &str) -> ReadResult<String> {
        let answer = self.inner.read_link(path);
        self.taken.borrow_mut().links.insert(self.place(path), answer.clone());
        answer
    }

    fn stat(&self, path: &str) -> ReadResult<Stat> {
        let answer = self.inner.stat(path);
        let kept = answer.clone().map(|stat| Stat { id: None, ..stat });
        self.taken.borrow_mut().stats.insert(self.place(path), kept);
        answer
    }

    fn list(&self, path: &str) -> ReadResult<Vec<String>> {
        let answer = self.inner.list(path);
        self.taken.borrow_mut().lists.insert(self.place(path), answer.clone());
        answer
    }

    fn expect(&self, dir: &str) -> bool {
        self.inner.expect(dir);
        // Who reads the capture asks by each name.
        true
    }

    fn env(&self, name: &str) -> ReadResult<String> {
        let answer = self.inner.env(name);
        if let (Some(stem), Ok(value)) = (home(name), &answer) {
            self.homes.borrow_mut().push((value.clone(), stem));
        }
        let kept = answer.clone().map(|value| shown(name, value));
        self.taken.borrow_mut().env.insert(name.to_owned(), kept);
        answer
    }

    fn ask(&self, question: &Question) -> ReadResult<String> {
        let answer = self.inner.ask(question);
        self.keep(question, &answer);
        answer
    }

    fn ask_all(&self, questions: &[Question]) -> Vec<ReadResult<String>> {
        let answers = self.inner.ask_all(questions);
        for (question, answer) in questions.iter().zip(&answers) {
            self.keep(question, answer);
        }
        answers
    }

    fn kind(&self) -> SourceKind {
        self.inner.kind()
    }

    fn complete(&self) -> bool {
        self.inner.complete()
    }
}

impl Recorder<'_> {
    fn keep(&self, question: &Question, answer: &ReadResult<String>) {
        self.taken.borrow_mut().answers.insert(question.key(), answer.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_people_and_machines_stay_behind() {
        let version = b"Linux version 6.1.0 (builder@host7.example) (gcc 12) #1 SMP";
        assert_eq!(
            redact("/proc/version", version),
            "Linux version 6.1.0 (redacted) (gcc 12) #1 SMP"
        );
        let wsl = b"Linux version 4.4.0-Microsoft (Microsoft@Microsoft.com) #1";
        assert!(redact("/proc/version", wsl).contains("Microsoft"));
        let mounts = b"40 27 0:50 / /srv rw,relatime - nfs4 files.example:/export \
            rw,addr=192.0.2.7\n27 1 8:1 / / rw - ext4 /dev/sda1 rw\n";
        let kept = redact("/proc/self/mountinfo", mounts);
        assert_eq!(
            kept,
            "40 27 0:50 / /srv rw,relatime - nfs4 redacted rw,addr\n27 1 8:1 / / rw - ext4 /dev/sda1 \
                rw\n"
        );
        assert!(crate::parse::mountinfo::parse(kept.as_bytes()).unwrap().len() == 2);
        let table = b"files.example:/export /srv nfs4 rw,addr=192.0.2.7 0 0\n";
        assert_eq!(redact("/proc/self/mounts", table), "redacted /srv nfs4 rw,addr 0 0\n");
        let passwd = b"ada:x:1000:1000:Ada Example,,,:/home/ada:/bin/sh\n";
        assert_eq!(redact("/etc/passwd", passwd), "ada:x:1000\n");
        let environ = b"TOKEN=secret\0container=systemd-nspawn\0HOME=/root\0";
        assert_eq!(redact("/proc/1/environ", environ), "container=systemd-nspawn");
        assert_eq!(redact("/proc/cmdline", b"root=UUID=12 apparmor=1 token=secret"), "apparmor=1");
    }
}
