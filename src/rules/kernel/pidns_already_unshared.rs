use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "pidns-already-unshared",
    steps: &[Step::Unshare, Step::Threads],
    errnos: &[Errno::EINVAL],
    title: "this process has already unshared its pid namespace, and has not forked since",
    since: "0.1.0",
    docs: include_str!("pidns_already_unshared.md"),
    texts: Texts {
        common: 3,
        refuses: &[(Step::Unshare, &[Errno::EINVAL])],
        // A program in Go.
        marks: &["pthread_create failed: invalid argument", "already; errno=22"],
        hints: &["newpid", "--fork"],
        // Who makes a pid namespace twice is a shell, mostly.
        weigh: |text, _| Some(if text.by.is_some_and(|by| by != Teller::Unshare) { -8 } else { 0 }),
        confirm: "/proc/self/ns/pid and pid_for_children differ",
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[&remedy::procfs::FORK_IN_OUTER_UNSHARE],
    #[cfg(test)]
    cases: tests::CASES,
};

/// copy_pid_ns() in kernel/pid_namespace.c: a pid namespace can only be made from the active one.
/// A thread has to be in the pid namespace of its process: copy_process() in kernel/fork.c.
fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    let pid = plan.namespaces.has(Namespaces::PID)
        && !limits::exhausted_before_pid(facts, plan.namespaces);
    if step != Step::Threads && !pid {
        return Gate::NotApplicable;
    }
    let (own, children) = (&facts.namespaces.pid, &facts.namespaces.pid_for_children);
    match (own.value(), children.value()) {
        (Some(a), Some(b)) if a == b => Gate::Open,
        (Some(_), Some(_)) => {
            Gate::shut(Errno::EINVAL, vec![Evidence::of(own), Evidence::of(children)])
        }
        // The link leads nowhere until the first child is born; before Linux 4.12 there is no such
        // link.
        (Some(_), None) if children.is_absent() && facts.kernel_at_least(4, 12) == Some(true) => {
            Gate::shut(Errno::EINVAL, vec![Evidence::of(own), Evidence::at(children, "absent")])
        }
        (Some(_), None) if children.is_absent() => Gate::Unobservable,
        (None, _) if own.is_absent() => absent_or_undecided(facts, own),
        (None, _) => Gate::undecided(own),
        (Some(_), None) => Gate::undecided(children),
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::prelude::*;

    pub(super) const CASES: &[Case] = &[
        case(DEFAULT_FLAGS, Unshare, Some(EINVAL), |f| f.namespaces.pid_for_children = absent())
            .dark(|f| f.namespaces.pid_for_children = denied()),
        case(DEFAULT_FLAGS, Unshare, Some(EINVAL), |f| f.namespaces.pid_for_children = known(5)),
        // As measured with nsjail 3.4: clone(2) makes its pid namespace by the same copy_pid_ns().
        case(NSJAIL, Unshare, Some(EINVAL), |f| f.namespaces.pid_for_children = absent()),
    ];
}
