use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "max-other-namespaces",
    steps: &[Step::Unshare, Step::InnerNamespaces],
    errnos: &[Errno::ENOSPC],
    title: "a user.max_*_namespaces limit allows no more namespaces of one kind",
    since: "0.1.0",
    docs: include_str!("max_other_namespaces.md"),
    texts: Texts {
        common: 1,
        refuses: &[(Step::Unshare, &[Errno::ENOSPC])],
        marks: &[
            "max_net_namespaces", "max_ipc_namespaces", "max_uts_namespaces",
            "max_cgroup_namespaces", "max_time_namespaces",
        ],
        confirm: "it works without --net, --ipc, --uts, --cgroup and --time",
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[&remedy::sysctl::SYSCTL_MAX_OTHER_NAMESPACES],
    #[cfg(test)]
    cases: &[case("-Ur --net", Unshare, Some(ENOSPC), |f| {
        drop(f.sysctl.max_namespaces.insert("net", known(0)))
    })
    .dark(|f| drop(f.sysctl.max_namespaces.insert("net", denied())))],
};

/// The kinds that have no rule of their own: uts, ipc, cgroup, net, time.
fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    let own_rule = Namespaces::USER | Namespaces::PID | Namespaces::MNT;
    let kinds = Namespaces::KINDS
        .iter()
        .filter(|(bit, _)| plan.made_at(step).has(*bit) && own_rule & bit == 0);
    let mut gate = Gate::NotApplicable;
    for (_, kind) in kinds {
        gate = limits::of(facts, kind, |limit, fact| match limit {
            0 => Gate::shut(Errno::ENOSPC, vec![Evidence::of(fact)]),
            _ => limits::open_unless_outer_limit(facts),
        });
        if matches!(gate, Gate::Shut(_) | Gate::Undecided(_)) {
            break;
        }
    }
    // No other kind of the plan is short of room.
    let room = |reply: &Fact<Reply>| reply.value() == Some(&Reply::Ok);
    let left = facts.trial.as_ref().is_some_and(|t| {
        let mnt = !plan.made_at(step).has(Namespaces::MNT) || room(&t.mnt);
        let pid = !plan.made_at(step).has(Namespaces::PID) || room(&t.pid);
        (!plan.new_user() || room(&t.user)) && mnt && pid
    });
    if gate == Gate::Unobservable && left && facts.refused_at(step, Errno::ENOSPC) {
        return Gate::shut(
            Errno::ENOSPC,
            vec![
                Evidence::new("unshare(2)", "ENOSPC"),
                Evidence::new("each other kind of namespace", "ok"),
            ],
        );
    }
    gate
}
