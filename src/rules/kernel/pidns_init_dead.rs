use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "pidns-init-dead",
    steps: &[Step::Fork],
    errnos: &[Errno::ENOMEM],
    title: "the init process of the pid namespace has exited, so no new process can start in it",
    since: "0.1.0",
    docs: include_str!("pidns_init_dead.md"),
    texts: Texts {
        common: 8,
        refuses: &[(Step::Fork, &[Errno::ENOMEM])],
        hints: &["cannot fork", "--pid"],
        confirm: "unshare --pid was used without --fork",
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[&remedy::process::FORK_IN_OUTER_UNSHARE],
    #[cfg(test)]
    cases: tests::CASES,
};

/// pid_namespaces(7): fork(2) fails with ENOMEM once the init process of the namespace has ended.
fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    // With --pid, unshare(2) has refused already.
    if plan.namespaces.has(Namespaces::PID) || plan.inner.has(Namespaces::PID) {
        return Gate::NotApplicable;
    }
    let (own, children) = (&facts.namespaces.pid, &facts.namespaces.pid_for_children);
    match (own.value(), children.value()) {
        (Some(a), Some(b)) if a != b => match facts.namespaces.children_init_alive.value() {
            Some(true) => Gate::Open,
            Some(false) => {
                Gate::shut(Errno::ENOMEM, vec![Evidence::of(own), Evidence::of(children)])
            }
            None => Gate::Unobservable,
        },
        (Some(_), _) if !children.is_undecided() => Gate::Open,
        (None, _) if own.is_absent() => absent_or_undecided(facts, own),
        (None, _) => Gate::undecided(own),
        _ => Gate::undecided(children),
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::prelude::cases::*;

    pub(super) const CASES: &[Case] = &[case("-Ur --fork", Fork, Some(ENOMEM), |f| {
        f.namespaces.pid_for_children = known(5);
        f.namespaces.children_init_alive = known(false);
    })
    .dark(|f| f.namespaces.pid_for_children = denied())];
}
