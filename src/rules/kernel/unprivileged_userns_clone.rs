use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "unprivileged-userns-clone",
    steps: &[Step::Unshare, Step::SecondUserns],
    errnos: &[Errno::EPERM],
    title: "kernel.unprivileged_userns_clone=0 disables unprivileged user namespaces",
    since: "0.1.0",
    docs: include_str!("unprivileged_userns_clone.md"),
    texts: Texts {
        common: 7,
        refuses: &[(Step::Unshare, &[Errno::EPERM]), (Step::SecondUserns, &[Errno::EPERM])],
        marks: &[
            "unprivileged user namespaces disabled",
            "unprivileged user cannot create user namespaces",
            "unprivileged_userns_clone to 1",
        ],
        hints: &[
            "config_user_ns_unprivileged",
            "linux-zen",
            "kernel.unprivileged_userns_clone",
            "/proc/sys/kernel/unprivileged_userns_clone",
        ],
        places: &[Sign::DebianOld, Sign::Debian, Sign::Hardened, Sign::Arch, Sign::Desktop],
        elsewhere: &[
            Sign::Docker,
            Sign::Kubernetes,
            Sign::UbuntuRestricting,
            Sign::RedHat,
            Sign::UbuntuOld,
            Sign::Wsl,
            Sign::OpenVz,
            Sign::Chroot,
            Sign::Root,
        ],
        value: Deciding::zero("unprivileged_userns_clone"),
        ask: ask("sysctl kernel.unprivileged_userns_clone", "0"),
        cured: &[Sign::Root],
        confirm: "/proc/sys/kernel/unprivileged_userns_clone reads 0",
        weigh: texts::of_user_namespaces,
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[
        &remedy::sysctl::SYSCTL_UNPRIVILEGED_USERNS_CLONE,
        &remedy::ids::RUN_AS_ROOT,
        &remedy::container::PRIVILEGED,
    ],
    #[cfg(test)]
    cases: &[case(DEFAULT_FLAGS, Unshare, Some(EPERM), |f| {
        f.sysctl.unprivileged_userns_clone = known(0)
    })
    .dark(|f| f.sysctl.unprivileged_userns_clone = denied())],
};

/// Debian's patch asks for CAP_SYS_ADMIN in the *initial* user namespace (kernel/fork.c,
/// `capable`).
fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    if !plan.new_user() {
        return Gate::NotApplicable;
    }
    let fact = &facts.sysctl.unprivileged_userns_clone;
    match fact.value() {
        None => absent_or_undecided(facts, fact),
        // In a new user namespace nobody has the capability outside of it.
        Some(0) if step == Step::SecondUserns => Gate::shut(Errno::EPERM, vec![Evidence::of(fact)]),
        Some(0) => match (facts.has_sys_admin(), facts.in_initial_userns()) {
            (Some(true), Some(true)) => Gate::Open,
            (Some(true), None) => Gate::undecided(&facts.process.uid_map),
            (None, _) => Gate::undecided(&facts.process.cap_eff),
            _ => Gate::shut(Errno::EPERM, vec![Evidence::of(fact)]),
        },
        Some(_) => Gate::Open,
    }
}
