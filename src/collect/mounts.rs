//! What is mounted.

use super::{Collector, Need, boolean, decimal, or};
use crate::facts::{Fact, Facts, Missing, Mounts, ProcDir, Question, Reply};
use crate::parse;

pub(super) fn mounts(file: &Collector, need: Need, seen: bool) -> Mounts {
    let list = file.whole("/proc/self/mountinfo").parse(|b| parse::mountinfo::parse(&b));
    let proc_type = file.ask(&Question::ProcFsType, |text| Ok(text.to_owned()));
    let is_proc = proc_type.clone().map(|fs| fs == "proc");
    let proc = match is_proc.value() {
        Some(false) => match file.0.stat("/proc/self/ns") {
            Ok(_) => Fact::known(ProcDir::FixedSelf, "/proc/self"),
            Err(_) => Fact::known(ProcDir::NotProc, "statfs(/proc)"),
        },
        Some(true) => match file.0.read_link("/proc/self") {
            Err(Missing::Absent) => Fact::known(ProcDir::ProcOfOtherPidNamespace, "/proc/self"),
            _ => Fact::known(ProcDir::Proc, "statfs(/proc)"),
        },
        // A tree or a snapshot that shows our status file has had a procfs at /proc.
        None if proc_type.is_undecided() && (list.value().is_some() || seen) => {
            Fact::known(ProcDir::Proc, "/proc/self")
        }
        None => proc_type.map(|_| ProcDir::NotProc),
    };
    let namespace_size = file.ask(&Question::MountNamespaceSize, decimal);
    // Where mounts are out of sight, or nobody counts them, pid 1 helps to tell a chroot(2).
    let listed = list.value().map(|list| list.len() as u64);
    let settled = namespace_size.value().is_some_and(|size| Some(*size) == listed);
    let of_pid1 = if need == Need::Snapshot || !settled {
        file.whole("/proc/1/mountinfo").parse(|b| parse::mountinfo::parse(&b))
    } else {
        Fact::not_probed("/proc/1/mountinfo")
    };
    let table = |path| file.whole(path).parse(|b| parse::mountinfo::parse_table(&b));
    let table = match list.value().is_some() || of_pid1.value().is_some() {
        true => Fact::not_probed("/proc/self/mounts"),
        false => {
            or(table("/proc/self/mounts"), || or(table("/proc/mounts"), || table("/proc/1/mounts")))
        }
    };
    let root_from_outside = if need == Need::Snapshot || !settled {
        file.ask(&Question::RootFromOutside, |text| Ok(text.to_owned()))
    } else {
        Fact::not_probed(Question::RootFromOutside.key())
    };
    let kernel_owner = file.ask(&Question::KernelOwner, decimal);
    let root_is_mount = file.ask(&Question::RootIsMount, boolean);
    Mounts {
        list,
        table,
        namespace_size,
        root_is_mount,
        of_pid1,
        root_from_outside,
        kernel_owner,
        tmp: file.present("/tmp"),
        proc,
        ..Mounts::default()
    }
}

/// Whether a user can enter the working directory, and write where podman keeps what it makes; root
/// has other places.
pub(super) fn own_dirs(file: &Collector, facts: &mut Facts) {
    let ask = |question| file.ask(&question, Reply::parse);
    if facts.process.euid.value().is_some_and(|uid| *uid != 0) {
        facts.mounts.working_dir = ask(Question::WorkingDir);
        facts.mounts.own_storage = ask(Question::OwnStorage);
        facts.mounts.own_run_dir = ask(Question::OwnRunDir);
    }
}
