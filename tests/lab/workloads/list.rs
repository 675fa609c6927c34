//! The workloads: which settings come together, and the commands that isolate by themselves.

use super::parts::{self, DOCKER, Means, PODS, Part, Role};
use crate::containers::settings::Kind;
use crate::judge::Expect::{self, Works};
use crate::named::{NO_CAP, refused};

/// Something to deploy.
pub struct Workload {
    /// Its name in its file, and of its container.
    pub name: String,
    pub parts: Vec<&'static Part>,
    /// The command that isolates by itself, where that is the workload's own.
    pub own: Option<&'static Own>,
    /// What its settings come to.
    pub means: Means,
}

/// A command that isolates by itself, in a container of Docker.
pub struct Own {
    pub command: Command,
    /// The words of the settings.
    pub words: &'static [&'static str],
    /// A key of the compose service with its value, and the option of `docker run`, that no other
    /// workload has.
    pub more: Option<(&'static str, &'static str, &'static str)>,
    pub expect: Expect,
}

/// How a file gives a command.
pub enum Command {
    /// As words.
    Words(&'static [&'static str]),
    /// As the text of a shell.
    Shell(&'static str),
}

const SECCOMP: Expect = refused("unshare", "EPERM", "seccomp-unshare");
const MASKED: Expect = refused("mount-proc", "EPERM", "proc-masked");
const OPEN: &str = "seccomp=unconfined";

const fn own(command: Command, words: &'static [&'static str], expect: Expect) -> Own {
    Own { command, words, more: None, expect }
}
use Command::{Shell, Words};

/// The commands, each with what it meets.
pub const OWN: &[Own] = &[
    own(
        Words(&["unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc", "true"]),
        &[],
        SECCOMP,
    ),
    own(Words(&["unshare", "-Urpf", "--mount-proc", "true"]), &[OPEN], MASKED),
    own(
        Words(&["unshare", "-Urpf", "--mount-proc", "true"]),
        &[OPEN, "unmasked", "user-name"],
        Works,
    ),
    own(Words(&["/usr/bin/unshare", "--user", "--map-current-user", "--", "true"]), &[OPEN], Works),
    own(
        Words(&["unshare", "--user", "--map-root-user", "--net", "true"]),
        &[OPEN, "user-numbers"],
        Works,
    ),
    own(
        Words(&["unshare", "--user", "--map-root-user", "true"]),
        &["drop-all", OPEN],
        refused("uid-map", "EPERM", "setfcap-missing"),
    ),
    own(Words(&["unshare", "--mount", "true"]), &[OPEN], NO_CAP),
    own(Words(&["unshare", "--mount", "--uts", "--ipc", "true"]), &["add-sys-admin"], Works),
    own(
        Words(&["unshare", "--pid", "--fork", "--kill-child", "true"]),
        &["add-sys-admin", "user-numbers"],
        NO_CAP,
    ),
    own(Shell("unshare --user --map-root-user --pid --fork true"), &[], SECCOMP),
    own(
        Shell("exec unshare --user --map-root-user --pid --fork --mount-proc true"),
        &["profile-open"],
        MASKED,
    ),
    own(
        Shell("unshare --fork --pid true"),
        &["profile-enosys", "user-name"],
        refused("unshare", "ENOSYS", "seccomp-unshare"),
    ),
    Own {
        command: Words(&["unshare", "--user", "--map-root-user", "--pid", "--fork", "true"]),
        words: &[OPEN],
        more: Some(("pids_limit", "1", "--pids-limit 1")),
        expect: refused("fork", "EAGAIN", "cgroup-pids-max"),
    },
    Own {
        command: Words(&["unshare", "--user", "--map-root-user", "true"]),
        words: &[OPEN],
        more: Some(("pids_limit", "1", "--pids-limit=1")),
        expect: Works,
    },
];

/// Every combination: each setting alone, each pair of those that decide, and that with /proc
/// unmasked.
fn combinations(table: &'static [Part], unmask: Option<&str>) -> Vec<Vec<&'static Part>> {
    let of = |role: Role| table.iter().filter(move |part| part.role == role);
    let mut all: Vec<Vec<&Part>> = vec![vec![]];
    all.extend(table.iter().map(|part| vec![part]));
    all.extend(of(Role::Overrides).flat_map(|one| {
        table.iter().filter(|part| part.sets == "user").map(move |user| vec![one, user])
    }));
    let mut beside = of(Role::Beside).cycle();
    let deciding: Vec<&Part> = of(Role::Decides).collect();
    for (number, one) in deciding.iter().enumerate() {
        for other in deciding.iter().skip(number + 1).filter(|other| other.sets != one.sets) {
            let third = deciding.iter().find(|part| Some(part.word) == unmask);
            for third in std::iter::once(None).chain(third.map(Some)) {
                let mut parts: Vec<&Part> =
                    [*one, *other].into_iter().chain(third.copied()).collect();
                if parts[..2].iter().any(|part| third.is_some_and(|third| third.sets == part.sets))
                {
                    continue;
                }
                parts.extend(
                    beside.next().filter(|more| parts.iter().all(|part| part.sets != more.sets)),
                );
                all.push(parts);
            }
        }
    }
    for parts in &mut all {
        parts.sort_by_key(|part| table.iter().position(|one| std::ptr::eq(one, *part)));
    }
    all
}

fn workload(prefix: &str, number: usize, parts: Vec<&'static Part>, pod: bool) -> Workload {
    let means = parts::means(&parts, pod);
    Workload { name: format!("{prefix}-{number}"), parts, own: None, means }
}

/// Those for Docker. Of the combinations of several settings, compose files and `docker run` lines
/// have every other one.
pub fn docker(odd: bool) -> Vec<Workload> {
    let prefix = if odd { "run" } else { "service" };
    let mut turn = odd;
    let wanted = combinations(DOCKER, Some("unmasked")).into_iter().filter(|parts| {
        turn = if parts.len() > 1 { !turn } else { turn };
        parts.len() <= 1 || turn
    });
    let mut all: Vec<Workload> =
        wanted.enumerate().map(|(number, parts)| workload(prefix, number, parts, false)).collect();
    for own in OWN {
        let part = |word: &&str| {
            DOCKER.iter().find(|part| part.word == *word).expect("a setting of this name")
        };
        let parts = own.words.iter().map(part).collect();
        let one = workload(prefix, all.len(), parts, false);
        all.push(Workload { own: Some(own), ..one });
    }
    all
}

/// Those for a daemon that remaps root: a part of the combinations, single settings outside its
/// user namespace too. Compose files and `docker run` lines have every other one.
pub fn remapped(odd: bool) -> Vec<Workload> {
    let host_users = DOCKER.iter().filter(|part| part.word == "host-users");
    let some = combinations(DOCKER, None)
        .into_iter()
        .filter(|parts| parts.iter().all(|part| part.sets != "userns"));
    let some = some.enumerate().filter(|(number, parts)| match parts.as_slice() {
        [] => true,
        [one] => {
            one.role != Role::Beside
                || ["nnp", "host-ipc", "host-pids", "read-only", "user-zero"].contains(&one.word)
        }
        _ => number % 4 == 0,
    });
    let with = |(number, (_, parts)): (usize, (usize, Vec<&'static Part>))| {
        let outside: Vec<_> = parts.iter().copied().chain(host_users.clone()).collect();
        let (mine, outside_is_mine) = ((number % 2 == 1) == odd, parts.len() < 2);
        // What compose has inside, `docker run` has outside, and the other way round.
        if mine { Some(parts) } else { outside_is_mine.then_some(outside) }
    };
    some.enumerate()
        .filter_map(with)
        .enumerate()
        .map(|(number, parts)| workload("remapped", number, parts, false))
        .collect()
}

/// Those for pods.
pub fn pods() -> Vec<Workload> {
    combinations(PODS, None)
        .into_iter()
        .enumerate()
        .map(|(number, parts)| workload("pod", number, parts, true))
        .collect()
}

impl Workload {
    /// What it sets, as a name.
    pub fn words(&self) -> String {
        let mut words: Vec<&str> = self.parts.iter().map(|part| part.word).collect();
        if let Some(own) = self.own {
            words.extend(own.more.map(|(key, ..)| key));
            words.push("own command");
        }
        if words.is_empty() { "default".into() } else { words.join(" ") }
    }

    /// The sets of flags that it is judged with, each with what it meets; an empty set leaves the
    /// command's own.
    pub fn cells(&self, flags: &[&'static str; 3]) -> Vec<(&'static str, Expect)> {
        match self.own {
            Some(own) => vec![("", own.expect)],
            None => flags.iter().copied().zip(self.means.expect()).collect(),
        }
    }

    /// See [`Means::never_starts`].
    pub fn never_starts(&self, kind: Kind) -> Option<&'static str> {
        self.means.never_starts(kind)
    }
}
