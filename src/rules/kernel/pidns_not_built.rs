use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "pidns-not-built",
    steps: &[Step::Unshare],
    errnos: &[Errno::EINVAL],
    title: "the kernel was built without pid namespaces",
    since: "0.1.0",
    docs: include_str!("pidns_not_built.md"),
    texts: Texts {
        common: 0,
        refuses: &[(Step::Unshare, &[Errno::EINVAL])],
        value: Deciding::zero("config_pid_ns"),
        places: &[Sign::Android],
        confirm: "/proc/self/ns/pid is absent",
        weigh: |text, _| {
            let alone = text.flags.is_some_and(|flags| flags.pid && !flags.user);
            Some(if alone { 8 } else { 0 })
        },
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[&remedy::system::OTHER_KERNEL],
    #[cfg(test)]
    cases: &[case(DEFAULT_FLAGS, Unshare, Some(EINVAL), |f| f.namespaces.pid = absent())
        .dark(|f| f.namespaces.pid = denied())],
};

fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    let ns = &facts.namespaces.pid;
    if !plan.namespaces.has(Namespaces::PID) {
        Gate::NotApplicable
    } else if ns.value().is_some() {
        Gate::Open
    } else if !ns.is_absent() {
        Gate::undecided(ns)
    } else if facts.mounts.proc.value() == Some(&ProcDir::Proc) {
        Gate::shut(Errno::EINVAL, vec![Evidence::at(ns, "absent")])
    } else {
        Gate::Unobservable
    }
}
