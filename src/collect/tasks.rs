//! How many tasks there are.

use super::Collector;
use crate::facts::{Fact, Facts};
use crate::parse;

/// Counts tasks where a limit on them is within reach of what the whole system runs.
pub(super) fn count_tasks(file: &Collector, facts: &mut Facts) {
    let tasks = facts.sysctl.tasks.value().copied().unwrap_or(u64::MAX);
    let near = |limit: u64| tasks.saturating_add(2) >= limit;
    let nproc = facts.process.nproc_limit.value().copied().flatten().is_some_and(near);
    let pids = facts.sysctl.pid_max.value().is_some_and(|max| near(max.saturating_sub(300)));
    if !(nproc || pids) {
        return;
    }
    let names = match file.0.list("/proc") {
        Ok(names) => names,
        Err(missing) => {
            facts.process.nproc_used = Fact::new(Err(missing), "/proc");
            return;
        }
    };
    // Since Linux 5.14 each user namespace counts for itself, and what is made below it
    // (kernel/ucount.c).
    let all_count =
        facts.in_initial_userns() != Some(false) || facts.kernel_at_least(5, 14) == Some(false);
    let ours = file.0.read_link("/proc/self/ns/user");
    let (mut of_uid, mut elsewhere, mut taken) = (0u64, 0u64, 0u64);
    for pid in names.iter().filter(|n| n.bytes().all(|b| b.is_ascii_digit())) {
        let threads =
            file.0.list(&format!("/proc/{pid}/task")).unwrap_or_else(|_| vec![pid.clone()]);
        taken += threads.iter().filter(|t| t.parse::<u64>().is_ok_and(|t| t >= 300)).count() as u64;
        let status = file
            .0
            .read(&format!("/proc/{pid}/status"))
            .ok()
            .and_then(|b| parse::status::parse(&b).ok());
        let uid = status.as_ref().and_then(|s| s.numbers("Uid")?.first().copied());
        if uid.is_some() && uid.as_ref() == facts.process.euid.value() {
            let threads = status.and_then(|s| s.number("Threads")).unwrap_or(1);
            let here = all_count
                || ours.is_ok() && file.0.read_link(&format!("/proc/{pid}/ns/user")) == ours;
            *if here { &mut of_uid } else { &mut elsewhere } += threads;
        }
    }
    facts.process.nproc_elsewhere = elsewhere;
    facts.process.nproc_used = Fact::known(of_uid, "/proc/*/status");
    facts.sysctl.pids_used = Fact::known(taken, "/proc/*/task");
}
