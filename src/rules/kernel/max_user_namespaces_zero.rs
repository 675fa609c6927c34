use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "max-user-namespaces-zero",
    steps: &[Step::Unshare],
    errnos: &[Errno::ENOSPC],
    title: "user.max_user_namespaces=0 disables user namespaces",
    since: "0.1.0",
    docs: include_str!("max_user_namespaces_zero.md"),
    texts: Texts {
        common: 8,
        refuses: &[(Step::Unshare, &[Errno::ENOSPC])],
        marks: &[
            "max_user_namespaces is 0",
            "max_user_namespaces to be",
            "max_user_namespaces to a value greater than 0",
            "user namespaces disabled",
            "user namespace disabled",
            "not enabled in /proc/sys/user/max_user_namespaces",
            "final child's pid from pipe",
            // systemd 257, which makes one for each service; elsewhere it is a disk that is full.
            "special execution directory in /run: no space left",
        ],
        hints: &["max_user_namespaces", "user.max_user_namespaces"],
        places: &[Sign::Bottlerocket, Sign::Hardened, Sign::Rhel7, Sign::RedHat, Sign::Kubernetes],
        elsewhere: &[Sign::Nested, Sign::Flatpak],
        never: &[Sign::ComesAndGoes],
        value: Deciding::zero("max_user_namespaces"),
        ask: ask("sysctl user.max_user_namespaces", "0"),
        confirm: "/proc/sys/user/max_user_namespaces reads 0",
        // `user namespaces disabled` can be anybody's words, and no limit answers so.
        weigh: |text, outright| {
            let denied = i32::from(text.errno == Some(Errno::EACCES)) * 40;
            texts::of_user_namespaces(text, outright).map(|points| points - denied)
        },
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[
        &remedy::sysctl::SYSCTL_MAX_USER_NAMESPACES,
        &remedy::flags::WITHOUT_USER_NAMESPACE,
    ],
    #[cfg(test)]
    cases: &[case(DEFAULT_FLAGS, Unshare, Some(ENOSPC), |f| {
        drop(f.sysctl.max_namespaces.insert("user", known(0)))
    })
    .dark(|f| drop(f.sysctl.max_namespaces.insert("user", denied())))],
};

fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    if !plan.new_user() {
        return Gate::NotApplicable;
    }
    limits::of(facts, "user", |limit, fact| match limit {
        0 => Gate::shut(Errno::ENOSPC, vec![Evidence::of(fact)]),
        _ => Gate::Open,
    })
}
