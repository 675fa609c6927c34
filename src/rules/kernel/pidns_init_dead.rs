use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "pidns-init-dead",
    steps: &[Step::Fork, Step::Unshare],
    errnos: &[Errno::ENOMEM],
    title: "the init process of the pid namespace has exited, so no new process can start in it",
    since: "0.1.0",
    docs: include_str!("pidns_init_dead.md"),
    texts: Texts {
        common: 8,
        refuses: &[(Step::Fork, &[Errno::ENOMEM]), (Step::Unshare, &[Errno::ENOMEM])],
        hints: &["cannot fork", "--pid"],
        confirm: "unshare --pid was used without --fork",
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[&remedy::procfs::FORK_IN_OUTER_UNSHARE],
    #[cfg(test)]
    cases: tests::CASES,
};

/// pid_namespaces(7): fork(2) fails with ENOMEM once the init process of the namespace has ended.
fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    // With a pid namespace of its own, the call that makes it has refused already.
    if step == Step::Unshare && !plan.clones()
        || plan.namespaces.has(Namespaces::PID)
        || plan.inner.has(Namespaces::PID)
    {
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
    use super::*;
    use crate::mechanisms::bubblewrap;

    pub(super) const CASES: &[Case] = &[case("-Ur --fork", Fork, Some(ENOMEM), dead)
        .dark(|f| f.namespaces.pid_for_children = denied())];

    fn dead(f: &mut Facts) {
        f.namespaces.pid_for_children = known(5);
        f.namespaces.children_init_alive = known(false);
    }

    /// As bubblewrap 0.8.0 said: `Creating new namespace failed: Cannot allocate memory`.
    #[test]
    fn a_clone_is_a_fork_too() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let mut facts = healthy();
        dead(&mut facts);
        let at_clone = |flags| {
            let plan = bubblewrap::plan(&words(flags), None, (Some(1000), Some(1000)));
            matches!((super::RULE.check)(&facts, &plan, Unshare), Gate::Shut(_))
        };
        assert!(at_clone("--ro-bind / /") && !at_clone("--ro-bind / / --unshare-pid"));
        assert_eq!((super::RULE.check)(&facts, &plan("-Ur"), Unshare), Gate::NotApplicable);
    }
}
