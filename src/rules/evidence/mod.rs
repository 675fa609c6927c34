//! What several rules need to read out of the facts; no rules in here.

pub(crate) mod chroot;
pub(crate) mod limits;
pub(crate) mod map_helper;
pub(crate) mod program;
pub(crate) mod quota;
pub(crate) mod seccomp;
pub(crate) mod visible_proc;

use crate::errno::Errno;
use crate::facts::{Evidence, Fact, Facts, ProcDir};
use crate::rules::Gate;

/// A parameter that is not there decides nothing to the worse; where there is no procfs to show it,
/// nothing shows it.
pub(crate) fn absent_or_undecided<T>(facts: &Facts, fact: &Fact<T>) -> Gate {
    let of_self = fact.source.starts_with("/proc/self");
    // Such a procfs shows processes and nothing else (proc(5), subset=).
    let subset = || facts.mounts.on_proc().is_some_and(|m| m.has_super("subset=pid"));
    match facts.mounts.proc.value() {
        Some(ProcDir::Proc)
            if fact.is_absent() && fact.source.starts_with("/proc/sys/") && subset() =>
        {
            Gate::Unobservable
        }
        Some(ProcDir::ProcOfOtherPidNamespace) if fact.is_absent() && of_self => Gate::Unobservable,
        None if fact.is_absent() && facts.mounts.proc.is_absent() => Gate::Unobservable,
        Some(ProcDir::Proc) | None if fact.is_absent() => Gate::NotApplicable,
        Some(ProcDir::NotProc) => Gate::Unobservable,
        None if facts.mounts.proc.is_absent() => Gate::Unobservable,
        _ if fact.is_absent() => Gate::NotApplicable,
        _ => Gate::undecided(fact),
    }
}

/// Whether this process has a capability, by its number; without it the step gets EPERM.
pub(crate) fn capability(facts: &Facts, bit: u32) -> Gate {
    let caps = &facts.process.cap_eff;
    match caps.value() {
        Some(set) if set.has(bit) => Gate::Open,
        Some(set) => Gate::shut(
            Errno::EPERM,
            vec![Evidence::new(caps.source.as_ref(), format!("{:016x}", set.0))],
        ),
        None => Gate::undecided(caps),
    }
}
