use crate::facts::{OwnNamespaces, PidsLimit};
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "cgroup-pids-max",
    steps: &[Step::Fork, Step::Unshare, Step::Threads],
    errnos: &[Errno::EAGAIN],
    title: "the control group has reached its limit on tasks (pids.max)",
    since: "0.1.0",
    docs: include_str!("cgroup_pids_max.md"),
    texts: Texts {
        common: 7,
        refuses: &[(Step::Fork, &[Errno::EAGAIN, Errno::ENOMEM])],
        marks: &["rejected by pids controller", "pids.max", "--pids-limit", "pidslimit"],
        hints: &["tasksmax", "pids", "podpidslimit"],
        places: &[
            Sign::Docker,
            Sign::Container,
            Sign::Podman,
            Sign::Kubernetes,
            Sign::OpenShift,
            Sign::ComesAndGoes,
        ],
        ask: ask(
            "cat /sys/fs/cgroup/pids.current /sys/fs/cgroup/pids.max",
            "the same number twice",
        ),
        confirm: "pids.current of the cgroup is at pids.max",
        ..Texts::NONE
    },
    decided_by: &[Setting::TaskLimit],
    check,
    remedies: &[&remedy::limits::RAISE_PIDS_MAX],
    #[cfg(test)]
    cases: tests::CASES,
};

fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    if step == Step::Unshare && !plan.clones() {
        return Gate::NotApplicable;
    }
    let (limits, cgroup) = (&facts.cgroup.pids, &facts.namespaces.cgroup);
    match limits.value() {
        None if limits.is_absent() => Gate::NotApplicable,
        None => absent_or_undecided(facts, &facts.cgroup.of_self),
        Some(_) => {
            let full = |tasks| facts.cgroup.full(tasks).map(used_up);
            let tasks = plan.tasks(step);
            if let Some(met) = full(tasks.least) {
                Gate::shut(Errno::EAGAIN, met)
            } else if let Some(met) = full(tasks.enough) {
                Gate::Undecided([vec![evidence::of_tasks(tasks)], met].concat())
            } else if cgroup.value().is_some_and(|ns| *ns != OwnNamespaces::INITIAL_CGROUP) {
                // Ancestors outside our cgroup namespace have limits too, and are not seen.
                Gate::Unobservable
            } else {
                Gate::Open
            }
        }
    }
}

fn used_up(full: &PidsLimit) -> Vec<Evidence> {
    vec![
        Evidence::new(format!("{}/pids.max", full.path), full.max.unwrap_or_default()),
        Evidence::new(format!("{}/pids.current", full.path), full.current),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) const CASES: &[Case] = &[case(DEFAULT_FLAGS, Fork, Some(EAGAIN), |f| {
        f.cgroup.pids =
            known(vec![PidsLimit { path: "/sys/fs/cgroup/x".into(), current: 10, max: Some(10) }]);
    })
    .dark(|f| (f.cgroup.pids, f.cgroup.of_self) = (denied(), denied()))];
}
