use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "max-user-namespaces-exhausted",
    steps: &[Step::Unshare, Step::SecondUserns, Step::InnerNamespaces],
    errnos: &[Errno::ENOSPC],
    title: "the limit user.max_user_namespaces is reached",
    since: "0.1.0",
    docs: include_str!("max_user_namespaces_exhausted.md"),
    texts: Texts {
        common: 6,
        refuses: &[(Step::Unshare, &[Errno::ENOSPC]), (Step::SecondUserns, &[Errno::ENOSPC])],
        marks: &["number of user namespaces exceeded", "maximum number of user namespaces"],
        hints: &["max_user_namespaces", "leaked"],
        ask: ask("lsns --type user | wc -l", "about as many as the limit"),
        places: &[Sign::ComesAndGoes],
        confirm: "/proc/sys/user/max_user_namespaces is not 0, and `lsns -t user` is long",
        weigh: texts::of_a_quota,
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[
        &remedy::limits::END_LEAKED_NAMESPACES,
        &remedy::sysctl::SYSCTL_MAX_USER_NAMESPACES,
        &remedy::flags::WITHOUT_USER_NAMESPACE,
    ],
    #[cfg(test)]
    cases: &[case(DEFAULT_FLAGS, Unshare, Some(ENOSPC), |f| {
        f.trial = met(Unshare, ENOSPC, Reply::Refused(ENOSPC), None)
    })
    .dark(|_| {})],
};

fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    if !plan.makes_user_at(step) {
        return Gate::NotApplicable;
    }
    // A namespace inside the new one counts in this one too (inc_ucount() in kernel/ucount.c).
    if step != Step::Unshare {
        let refused = facts.refused_at(step, Errno::ENOSPC)
            && facts.in_initial_userns().is_some()
            && !quota::refused_beyond_own_limit(facts, step);
        return limits::of(facts, "user", |limit, fact| {
            if limit < 2 || refused {
                Gate::shut(Errno::ENOSPC, vec![Evidence::of(fact)])
            } else {
                Gate::Unobservable
            }
        });
    }
    if quota::refused(facts) && !quota::refused_beyond_own_limit(facts, step) {
        return limits::of(facts, "user", |limit, fact| match limit {
            0 => Gate::Open,
            _ => Gate::shut(
                Errno::ENOSPC,
                vec![Evidence::of(fact), Evidence::new("unshare(CLONE_NEWUSER)", "ENOSPC")],
            ),
        });
    }
    Gate::Unobservable
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As ch-run and sandbox-runtime met it with room for one more, in a user namespace with a
    /// limit of its own.
    #[test]
    fn one_inside_the_new_one_counts_too() {
        use crate::mechanisms::{bubblewrap, find};
        for (id, step) in [("charliecloud", SecondUserns), ("claude-code", InnerNamespaces)] {
            let plan = of(find(id).unwrap());
            let mut facts = healthy();
            nested(&mut facts, b"0 100000 65536");
            facts.sysctl.max_namespaces.insert("user", known(3));
            facts.trial = None;
            assert_eq!(check(&facts, &plan, step), Gate::Unobservable, "{id}");
            facts.trial = met(step, ENOSPC, Reply::Ok, None);
            assert!(matches!(check(&facts, &plan, step), Gate::Shut(_)), "{id}");
        }
        let plan = of(&bubblewrap::MECHANISM);
        assert_eq!(check(&healthy(), &plan, InnerNamespaces), Gate::NotApplicable);
    }
}
