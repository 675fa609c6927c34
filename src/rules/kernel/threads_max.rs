use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "threads-max",
    steps: &[Step::Fork, Step::Unshare, Step::Threads],
    errnos: &[Errno::EAGAIN],
    title: "the system runs as many tasks as kernel.threads-max allows",
    since: "0.1.0",
    docs: include_str!("threads_max.md"),
    texts: Texts {
        common: 2,
        refuses: &[(Step::Fork, &[Errno::EAGAIN, Errno::ENOMEM])],
        marks: &["kernel.threads-max"],
        hints: &["threads-max"],
        places: &[Sign::ComesAndGoes],
        confirm: "the fourth field of /proc/loadavg is near kernel.threads-max",
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[&remedy::sysctl::SYSCTL_THREADS_MAX],
    #[cfg(test)]
    cases: &[case(DEFAULT_FLAGS, Fork, Some(EAGAIN), |f| f.sysctl.threads_max = known(200))
        .dark(|f| f.sysctl.threads_max = denied())],
};

fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    if step == Step::Unshare && !plan.clones() {
        return Gate::NotApplicable;
    }
    let (tasks, max) = (&facts.sysctl.tasks, &facts.sysctl.threads_max);
    match (tasks.value(), max.value()) {
        (Some(n), Some(limit)) if n >= limit => Gate::shut(
            Errno::EAGAIN,
            vec![Evidence::of(max), Evidence::at(tasks, format!("{n} tasks"))],
        ),
        (Some(_), Some(_)) => Gate::Open,
        (_, None) => absent_or_undecided(facts, max),
        (None, _) => absent_or_undecided(facts, tasks),
    }
}
