use crate::mechanisms::unshare;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "not-dumpable",
    steps: &[Step::UidMap, Step::TimeOffsets, Step::Setgroups, Step::GidMap],
    errnos: &[Errno::EACCES],
    title: "the process is not dumpable, so its files in /proc belong to root",
    since: "0.1.0",
    docs: include_str!("not_dumpable.md"),
    texts: Texts {
        common: 5,
        refuses: &[
            (Step::UidMap, &[Errno::EACCES]),
            (Step::Setgroups, &[Errno::EACCES]),
            (Step::GidMap, &[Errno::EACCES]),
        ],
        // newuidmap(1), of the process that it is to map.
        marks: &["target \u{2026} is owned by a different user"],
        hints: &["0711", "setcap", "dumpable"],
        confirm: "/proc/self/uid_map belongs to root",
        weigh: texts::of_opening_the_map,
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[&remedy::programs::MAKE_PROGRAM_READABLE],
    #[cfg(test)]
    cases: &[case(DEFAULT_FLAGS, UidMap, Some(EACCES), |f| f.process.dumpable = known(0))
        .dark(|f| f.process.dumpable = denied())],
};

/// proc_pid_root(5): the files of a process that is not dumpable belong to root:root, the root of
/// the user namespace in which it was executed, or of one further out where the program belongs to
/// nobody in there (task_dump_owner() in fs/proc/base.c, would_dump() in fs/exec.c).
fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    // Who writes from outside is root, or has the capability.
    if plan.clones() && map_helper::of(facts, plan, step).is_some() {
        return Gate::NotApplicable;
    }
    // In another procfs, or none, there are no files of ours that could belong to anybody.
    if facts.mounts.proc.value().is_some_and(|proc| *proc != ProcDir::Proc)
        || facts.mounts.proc.is_absent()
    {
        return Gate::NotApplicable;
    }
    // A superblock that is read-only refuses before permissions are asked (sb_permission() in
    // fs/namei.c).
    if facts.mounts.on_proc().is_some_and(|m| m.has_super("ro")) {
        return Gate::NotApplicable;
    }
    let euid = &facts.process.euid;
    let root = euid.value() == Some(&0) && facts.in_initial_userns() == Some(true);
    let inner_root = euid.value() == Some(&0) && !root;
    let tool = facts.tools.get(&unshare::PROGRAM).value().filter(|_| plan.by == &unshare::PROGRAM);
    let dumpable = &facts.process.dumpable;
    let ours = facts.trial.as_ref().is_some_and(|t| t.own_files.value() == Some(&Reply::Ok));
    match dumpable.value() {
        _ if ours && tool.is_none_or(|tool| tool.readable) => Gate::Open,
        _ if root => Gate::Open,
        _ if inner_root
            && (dumpable.value().is_some_and(|d| *d != 1)
                || tool.is_some_and(|tool| !tool.readable)) =>
        {
            if facts.refused_at(step, Errno::EACCES) {
                Gate::shut(Errno::EACCES, vec![Evidence::of(dumpable)])
            } else {
                Gate::Unobservable
            }
        }
        Some(1) => match tool {
            Some(tool) if !tool.readable && euid.value().is_some() => Gate::shut(
                Errno::EACCES,
                vec![Evidence::new(tool.path.as_str(), format!("mode {:04o}", tool.mode))],
            ),
            _ => Gate::Open,
        },
        Some(_) => Gate::shut(Errno::EACCES, vec![Evidence::of(dumpable)]),
        None if facts.refused_at(step, Errno::EACCES) => Gate::Unobservable,
        None if dumpable.is_absent() => Gate::NotApplicable,
        None => Gate::undecided(dumpable),
    }
}
