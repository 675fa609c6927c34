use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "pid-max",
    steps: &[Step::Fork, Step::Unshare, Step::Threads],
    errnos: &[Errno::EAGAIN],
    title: "every pid that kernel.pid_max allows is in use",
    since: "0.1.0",
    docs: include_str!("pid_max.md"),
    texts: Texts {
        common: 3,
        refuses: &[(Step::Fork, &[Errno::EAGAIN])],
        marks: &["kernel.pid_max"],
        hints: &["pid_max"],
        confirm: "the fourth field of /proc/loadavg is near kernel.pid_max",
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[&remedy::sysctl::SYSCTL_PID_MAX],
    #[cfg(test)]
    cases: &[case(DEFAULT_FLAGS, Fork, Some(EAGAIN), |f| f.sysctl.pid_max = known(400))
        .dark(|f| f.sysctl.pid_max = denied())],
};

/// alloc_pid() in kernel/pid.c: once the first 300 pids were given out, only those from 300 on come
/// round again. The limit is one of each pid namespace since Linux 6.14.
fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    if step == Step::Unshare && !plan.clones() {
        return Gate::NotApplicable;
    }
    let (max, used) = (&facts.sysctl.pid_max, &facts.sysctl.pids_used);
    let Some(limit) = max.value() else { return absent_or_undecided(facts, max) };
    match used.value() {
        // A procfs of an outer namespace shows other numbers than those that count.
        Some(n)
            if *n >= limit.saturating_sub(300)
                && facts.process.ns_pids.value().is_none_or(|p| p.len() == 1) =>
        {
            Gate::shut(
                Errno::EAGAIN,
                vec![
                    Evidence::of(max),
                    Evidence::at(used, format!("{n} pids from 300 on are taken")),
                ],
            )
        }
        _ => Gate::Open,
    }
}
