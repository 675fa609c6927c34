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
use crate::plan::{Plan, Tasks};
use crate::rules::Gate;

/// The caller has an account that was not asked for where it is.
pub(crate) fn account_elsewhere() -> Gate {
    let why = "the caller's account is in none of the files, and other sources were not asked";
    Gate::Undecided(vec![Evidence::new("/etc/nsswitch.conf", why)])
}

/// A parameter that is not there decides nothing to the worse; where there is no procfs to show it,
/// nothing shows it.
pub(crate) fn absent_or_undecided<T>(facts: &Facts, fact: &Fact<T>) -> Gate {
    if fact.is_absent() && hidden(facts, &fact.source) {
        let why = "not there, though this kernel has it: something else stands in its place";
        return Gate::Undecided(vec![Evidence::at(fact, why)]);
    }
    // Such a procfs shows processes and nothing else (proc(5), subset=).
    let subset = || facts.mounts.on_proc().is_some_and(|m| m.has_super("subset=pid"));
    let proc = &facts.mounts.proc;
    let below = |dir: &str| fact.source.starts_with(dir);
    match proc.value() {
        Some(ProcDir::NotProc) => Gate::Unobservable,
        None if proc.is_absent() => Gate::Unobservable,
        _ if !fact.is_absent() => Gate::undecided(fact),
        Some(ProcDir::Proc) if below("/proc/sys/") && subset() => Gate::Unobservable,
        Some(ProcDir::ProcOfOtherPidNamespace) if below("/proc/self") => Gate::Unobservable,
        _ => Gate::NotApplicable,
    }
}

/// Why room for some of the tasks of a program decides nothing.
pub(crate) fn of_tasks(tasks: Tasks) -> Evidence {
    let Tasks { least, enough } = tasks;
    Evidence::new("tasks of the program", format!("{least} to {enough} more, as it happens"))
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

/// What the flags themselves show.
pub(crate) fn flags(plan: &Plan) -> Evidence {
    Evidence::new("flags", plan.flags.join(" "))
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
