use super::{Evidence, Gate, Rule};
use crate::errno::Errno;
use crate::facts::{Caps, Facts};
use crate::mechanisms::{Call, Plan, Step};

pub static RULE: Rule = Rule {
    id: "rlimit-nproc",
    steps: &[Step::Fork, Step::Unshare],
    errnos: &[Errno::EAGAIN],
    title: "the limit on processes of this user (RLIMIT_NPROC) is used up",
    since: "0.1.0",
    docs: include_str!("rlimit_nproc.md"),
    check,
    remedies: &["raise-nproc"],
};

/// copy_process() in kernel/fork.c: the initial root user is exempt, and privilege in the initial namespace too,
/// until unshare(CLONE_NEWUSER) has given that away.
fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    if step == Step::Unshare && plan.call != Call::Clone {
        return Gate::NotApplicable;
    }
    let limit = &facts.process.nproc_limit;
    let Some(soft) = limit.value() else {
        return if limit.is_absent() { Gate::NotApplicable } else { Gate::undecided(limit) };
    };
    let Some(max) = soft else { return Gate::Open };
    let initial = facts.in_initial_userns() == Some(true);
    let privileged = facts.process.cap_eff.value().is_some_and(|c| c.has(Caps::SYS_ADMIN) || c.has(Caps::SYS_RESOURCE));
    if initial && (facts.process.euid.value() == Some(&0) || (privileged && !plan.new_user())) {
        return Gate::Open;
    }
    // The first user of the machine is exempt in every namespace, and one that our map shows as 0 outside may be it.
    let map = facts.process.uid_map.value();
    let outside = map.zip(facts.process.euid.value()).and_then(|(map, euid)| map.outside(*euid));
    // Where no map is in sight, or we are not in it, anybody may be that user; and a full control group may be the cause.
    if !initial && outside.is_none_or(|uid| uid == 0) {
        let met = facts.refused_at(step, Errno::EAGAIN)
            && super::cgroup_pids_max::full(facts).is_none()
            && facts.process.nproc_used.value().is_some_and(|n| n + 1 > *max);
        return if met { Gate::shut(Errno::EAGAIN, vec![Evidence::new("RLIMIT_NPROC", max)]) } else { Gate::Unobservable };
    }
    let used = &facts.process.nproc_used;
    match used.value() {
        Some(n) if n + 1 > *max => Gate::shut(
            Errno::EAGAIN,
            vec![Evidence::new("RLIMIT_NPROC", max), Evidence::new(used.source.as_ref(), format!("{n} tasks of this user"))],
        ),
        _ if facts.refused_at(step, Errno::EAGAIN) => Gate::Unobservable,
        // Processes of other pid namespaces count too, and are not seen.
        _ if facts.in_initial_pidns() == Some(true) => Gate::Open,
        _ => Gate::Unobservable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Fact, State};
    use crate::mechanisms::unshare;

    /// Found by the lab: without a procfs of ours nothing shows whether we are the first user, who is exempt.
    #[test]
    fn a_limit_without_a_map_in_sight_is_not_decided() {
        let plan = unshare::plan(&unshare::split("--pid --fork"), None, (Some(0), Some(0)));
        let mut facts = crate::rules::tests::healthy();
        facts.process.euid = Fact::known(0, "test");
        facts.process.nproc_limit = Fact::known(Some(1), "test");
        facts.process.nproc_used = Fact::known(5, "test");
        facts.process.uid_map = Fact::new(State::Absent, "test");
        facts.namespaces.user = Fact::new(State::Absent, "test");
        assert_eq!(check(&facts, &plan, Step::Fork), Gate::Unobservable);
    }
}
