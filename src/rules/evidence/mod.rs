//! What several rules need to read out of the facts; no rules in here.

pub(crate) mod chroot;
pub(crate) mod limits;
pub(crate) mod map_helper;
pub(crate) mod node;
pub(crate) mod program;
pub(crate) mod quota;
pub(crate) mod seccomp;
pub(crate) mod selinux;
pub(crate) mod visible_proc;

use crate::errno::Errno;
use crate::facts::{Evidence, Fact, Facts, ProcDir};
use crate::parse::mountinfo;
use crate::rules::Gate;

/// A parameter that is not there decides nothing to the worse; where there is no procfs to show it,
/// nothing shows it.
pub(crate) fn absent_or_undecided<T>(facts: &Facts, fact: &Fact<T>) -> Gate {
    let of_self = fact.source.starts_with("/proc/self");
    if fact.is_absent() && hidden(facts, &fact.source) {
        let why = "not there, though this kernel has it: something else stands in its place";
        return Gate::Undecided(vec![Evidence::new(fact.source.as_ref(), why)]);
    }
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

/// Whether a parameter that is not there says nothing of the kernel: another file system stands
/// over it, or over a directory above it.
fn hidden(facts: &Facts, path: &str) -> bool {
    let Some(mounts) = facts.mounts.list.value().filter(|_| path.starts_with("/proc/sys/")) else {
        return false;
    };
    let over = mountinfo::holding(mounts, path);
    over.is_some_and(|mount| mount.target.starts_with("/proc/") && mount.fs_type != "proc")
}

/// Whether this process has a capability, by its number; without it the step gets EPERM.
pub(crate) fn capability(facts: &Facts, bit: u32) -> Gate {
    let caps = &facts.process.cap_eff;
    match caps.value() {
        Some(set) if set.has(bit) => Gate::Open,
        Some(_) => Gate::shut(Errno::EPERM, vec![Evidence::of(caps)]),
        None => Gate::undecided(caps),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::{absent, healthy, mounts};

    #[test]
    fn a_parameter_that_something_hides_is_undecided() {
        let path = "/proc/sys/user/max_user_namespaces";
        let fact: Fact<u64> = Fact { source: path.into(), ..absent() };
        let mut facts = healthy();
        assert_eq!(absent_or_undecided(&facts, &fact), Gate::NotApplicable);
        mounts(&mut facts, "30 22 0:30 / /proc/sys/user rw,relatime - tmpfs none rw\n");
        assert!(matches!(absent_or_undecided(&facts, &fact), Gate::Undecided(_)));
        let other: Fact<u64> = Fact { source: "/proc/sys/kernel/pid_max".into(), ..absent() };
        assert_eq!(absent_or_undecided(&facts, &other), Gate::NotApplicable);
    }
}
