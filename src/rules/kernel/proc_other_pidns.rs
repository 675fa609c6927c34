use crate::errno::Errno;
use crate::facts::{Evidence, Facts, ProcDir};
use crate::plan::{Habit, Plan, Step};
use crate::remedy;
use crate::rules::texts::Texts;
use crate::rules::{Gate, Rule};

pub(crate) static RULE: Rule = Rule {
    id: "proc-other-pidns",
    steps: &[
        Step::Start,
        Step::Unshare,
        Step::UidMap,
        Step::TimeOffsets,
        Step::Setgroups,
        Step::GidMap,
    ],
    errnos: &[Errno::ENOENT],
    title: "the procfs at /proc belongs to another pid namespace",
    since: "0.1.0",
    docs: include_str!("proc_other_pidns.md"),
    texts: Texts {
        common: 4,
        marks: &["/ns/ns failed"],
        refuses: &[(Step::UidMap, &[Errno::ENOENT]), (Step::GidMap, &[Errno::ENOENT])],
        hints: &["nsenter", "/proc/self/uid_map"],
        confirm: "`readlink /proc/self` gives nothing",
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[&remedy::process::ENTER_PID_NAMESPACE],
    #[cfg(test)]
    cases: tests::CASES,
};

fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    // Behind a map its absence means an old kernel.
    let behind_map = step == Step::Setgroups && !plan.asks_first(Step::Setgroups, Step::UidMap);
    let needed = match step {
        Step::Start => plan.reads_own_files(),
        Step::Unshare => plan.does(Habit::LooksAtChild),
        _ => !behind_map,
    };
    if !needed {
        return Gate::NotApplicable;
    }
    let proc = &facts.mounts.proc;
    match proc.value() {
        Some(ProcDir::ProcOfOtherPidNamespace) => {
            Gate::shut(Errno::ENOENT, vec![Evidence::new("/proc/self", "leads nowhere")])
        }
        Some(_) => Gate::Open,
        None if proc.is_absent() => Gate::NotApplicable,
        None => Gate::undecided(proc),
    }
}

#[cfg(test)]
mod tests {
    use crate::errno::Errno::ENOENT;
    use crate::facts::ProcDir;
    use crate::plan::Step::{UidMap, Unshare};
    use crate::rules::tests::{BUBBLEWRAP, Case, DEFAULT_FLAGS, case, denied, known};

    pub(super) const CASES: &[Case] = &[
        case(DEFAULT_FLAGS, UidMap, Some(ENOENT), |f| {
            f.mounts.proc = known(ProcDir::ProcOfOtherPidNamespace)
        })
        .dark(|f| f.mounts.proc = denied()),
        case(BUBBLEWRAP, Unshare, Some(ENOENT), |f| {
            f.mounts.proc = known(ProcDir::ProcOfOtherPidNamespace)
        }),
    ];
}
