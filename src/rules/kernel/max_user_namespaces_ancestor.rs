use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "max-user-namespaces-ancestor",
    steps: &[Step::Unshare, Step::SecondUserns, Step::InnerNamespaces],
    errnos: &[Errno::ENOSPC],
    title: "an enclosing user namespace has reached its limit on user namespaces",
    since: "0.1.0",
    docs: include_str!("max_user_namespaces_ancestor.md"),
    texts: Texts {
        common: 5,
        refuses: &[(Step::Unshare, &[Errno::ENOSPC]), (Step::SecondUserns, &[Errno::ENOSPC])],
        marks: &["2147483647"],
        hints: &["rootless"],
        places: &[Sign::Lxc, Sign::Nested, Sign::Nspawn],
        confirm: "/proc/sys/user/max_user_namespaces reads 2147483647",
        weigh: texts::of_a_quota,
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[
        &remedy::sysctl::WITHOUT_DISABLE_USERNS,
        &remedy::sysctl::SYSCTL_MAX_USER_NAMESPACES_HOST,
        &remedy::flags::WITHOUT_USER_NAMESPACE,
    ],
    #[cfg(test)]
    cases: &[
        case(DEFAULT_FLAGS, Unshare, Some(ENOSPC), |f| nested(f, b"0 100000 65536"))
            .dark(|f| f.namespaces.user = known(4_026_532_000)),
        // As root in `bwrap --unshare-user --disable-userns`.
        case(DEFAULT_FLAGS, Unshare, Some(ENOSPC), |f| {
            nested(f, b"0 0 1");
            f.process.no_new_privs = known(true);
        })
        .dark(|f| f.namespaces.user = known(4_026_532_000)),
    ],
};

/// The depth of nesting looks the same; see userns-depth for how the two are divided.
fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    if !plan.makes_user_at(step) || facts.in_initial_userns() == Some(true) {
        return Gate::NotApplicable;
    }
    if quota::refused_beyond_own_limit(facts, step) && !quota::nested_single_id(facts) {
        return limits::of(facts, "user", |_, fact| {
            Gate::shut(Errno::ENOSPC, vec![Evidence::of(fact)])
        });
    }
    Gate::Unobservable
}
