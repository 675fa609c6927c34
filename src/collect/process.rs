//! This process: ids, capabilities, limits, namespaces.

use super::{Collector, Need, boolean, decimal, or};
use crate::errno::Errno;
use crate::facts::{Caps, Fact, OwnNamespaces, Process, Question, Reply};
use crate::parse::{self, ParseError};
use crate::source::SourceKind;

pub(super) fn process(file: &Collector) -> Process {
    let status = file.get("/proc/self/status").parse(|b| parse::status::parse(&b));
    let field = |key: &'static str| status.field(move |s| s.number(key));
    let ids = file.ask(&Question::Ids, |text| Ok(text.to_owned()));
    let id = |at: usize, key: &'static str| {
        or(ids.field(|text| text.split(' ').nth(at)?.parse().ok()), || {
            status.field(|s| s.numbers(key)?.get(1).copied())
        })
    };
    let map = |path| file.get(path).parse(|b| parse::idmap::parse(&b));
    let limit = or(file.ask(&Question::RlimitNproc, parse::limits::value), || {
        file.get("/proc/self/limits").parse(|b| parse::limits::soft(&b, "Max processes"))
    });
    let euid = id(0, "Uid");
    Process {
        egid: id(1, "Gid"),
        cap_eff: or(
            file.ask(&Question::Capabilities, |text| {
                u64::from_str_radix(text, 16).map(Caps).map_err(|e| ParseError::by("", e))
            }),
            || status.field(|s| s.bits("CapEff").map(Caps)),
        ),
        cap_bnd: status.field(|s| s.bits("CapBnd").map(Caps)),
        no_new_privs: or(field("NoNewPrivs"), || file.ask(&Question::NoNewPrivs, decimal))
            .map(|n| n != 0),
        seccomp: or(field("Seccomp"), || file.ask(&Question::Seccomp, decimal)),
        own_profile: false,
        openvz: status.field(|s| s.get("envID").map(str::to_owned)),
        seccomp_filters: field("Seccomp_filters"),
        dumpable: or(file.ask(&Question::Dumpable, decimal), || own_files(file, &euid)),
        securebits: file.ask(&Question::SecureBits, decimal),
        ns_pids: status.field(|s| s.numbers("NSpid")),
        uid_map: map("/proc/self/uid_map"),
        gid_map: map("/proc/self/gid_map"),
        setgroups: file.line("/proc/self/setgroups"),
        nproc_limit: limit,
        hard_limits: file.get("/proc/self/limits").parse(|b| parse::limits::hard(&b)),
        nproc_used: Fact::not_probed("/proc"),
        nproc_elsewhere: 0,
        euid,
    }
}

/// Whether the process is dumpable where a filter refuses prctl(2): the files of one that is not
/// are root's (proc_pid_root(5)).
fn own_files(file: &Collector, euid: &Fact<u64>) -> Fact<u64> {
    let path = "/proc/self/uid_map";
    let user = euid.value().filter(|uid| **uid != 0 && file.0.kind() != SourceKind::Root);
    match (user, file.0.stat(path)) {
        (Some(user), Ok(stat)) if u64::from(stat.uid) == *user => Fact::known(1, path),
        _ => Fact::not_probed(Question::Dumpable.key()),
    }
}

pub(super) fn namespaces(file: &Collector, need: Need) -> OwnNamespaces {
    let user = file.namespace("/proc/self/ns/user");
    // The owner of a namespace is the initial user namespace or one below it: who is there need not
    // ask. A capture has the answer all the same.
    let initial = user.value() == Some(&OwnNamespaces::INITIAL_USER);
    let known = initial && need == Need::Check && file.0.kind() == SourceKind::Live;
    let owned_here = |kind| match Question::OwnedHere(kind) {
        question if known => Fact::known(true, question.key()),
        question => file.ask(&question, boolean),
    };
    OwnNamespaces {
        user,
        pid: file.namespace("/proc/self/ns/pid"),
        pid_for_children: file.namespace("/proc/self/ns/pid_for_children"),
        mnt: file.namespace("/proc/self/ns/mnt"),
        pid_owned_here: owned_here("pid"),
        mnt_owned_here: owned_here("mnt"),
        children_init_alive: Fact::not_probed("/proc/*/ns/pid"),
        cgroup: file.namespace("/proc/self/ns/cgroup"),
        time: file.namespace("/proc/self/ns/time"),
    }
}

/// Whether a child can be born in the pid namespace of our children, where that is not our own.
pub(super) fn children_init_alive(file: &Collector, namespaces: &OwnNamespaces) -> Fact<bool> {
    match (namespaces.pid.value(), namespaces.pid_for_children.value()) {
        (Some(own), Some(children)) if own != children => {
            let reply = file.ask(&Question::Fork, Reply::parse);
            reply.map(|reply| reply != Reply::Refused(Errno::ENOMEM))
        }
        _ => Fact::not_probed("fork(2)"),
    }
}
