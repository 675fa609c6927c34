use super::{Evidence, Gate, Rule};
use crate::errno::Errno;
use crate::facts::{Facts, Reply};
use crate::mechanisms::{Namespaces, Plan, Step};

pub static RULE: Rule = Rule {
    id: "max-pid-namespaces",
    steps: &[Step::Unshare],
    errnos: &[Errno::ENOSPC],
    title: "no more pid namespaces can be made: user.max_pid_namespaces",
    since: "0.1.0",
    docs: include_str!("max_pid_namespaces.md"),
    check,
    remedies: &["sysctl-max-pid-namespaces"],
};

fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    if !plan.namespaces.has(Namespaces::PID) {
        return Gate::NotApplicable;
    }
    let full = is_refused(facts, step) && !super::pidns_depth::no_limit_can_be_full(facts, step);
    if full && facts.sysctl.max_namespaces.get("pid").is_none_or(|fact| fact.value().is_none()) {
        return Gate::shut(Errno::ENOSPC, vec![Evidence::new("unshare(CLONE_NEWUSER|CLONE_NEWPID)", "ENOSPC")]);
    }
    super::limit(facts, "pid", |limit, fact| match limit {
        0 => Gate::shut(Errno::ENOSPC, vec![Evidence::of(fact)]),
        _ if full => Gate::shut(Errno::ENOSPC, vec![Evidence::of(fact), Evidence::new("unshare(CLONE_NEWUSER|CLONE_NEWPID)", "ENOSPC")]),
        _ => super::open_but_for_outer_limits(facts),
    })
}

/// Whether the kernel refuses a pid namespace for want of room, and grants a user namespace.
pub fn is_refused(facts: &Facts, step: Step) -> bool {
    facts.trial.as_ref().is_some_and(|t| {
        t.step == Some(step) && t.user_pid.value() == Some(&Reply::Refused(Errno::ENOSPC)) && t.user.value() == Some(&Reply::Ok)
    })
}

#[cfg(test)]
mod tests {
    use super::{Errno, Reply, Step};
    use crate::engine::predict;
    use crate::facts::Fact;
    use crate::mechanisms::unshare;
    use crate::rules::tests::healthy;

    /// Found by the lab: in a procfs of the inner namespace, no fact shows the depth.
    #[test]
    fn a_limit_that_nobody_reaches_is_not_the_cause() {
        let plan = unshare::plan(&unshare::split("--pid"), None, (Some(1000), Some(1000)));
        let cause = |limit: u64, userns: u64| {
            let mut facts = healthy();
            facts.process.cap_eff = Fact::known(crate::facts::Caps(0x1ff_ffff_ffff), "test");
            facts.namespaces.pid = Fact::known(4_026_532_001, "test");
            facts.namespaces.pid_for_children = facts.namespaces.pid.clone();
            facts.namespaces.user = Fact::known(userns, "test");
            facts.process.ns_pids = Fact::known(vec![2], "test");
            facts.sysctl.max_namespaces.insert("pid", Fact::known(limit, "test"));
            let trial = facts.trial.get_or_insert_default();
            trial.step = Some(Step::Unshare);
            trial.errno = Some(Errno::ENOSPC);
            trial.user = Fact::known(Reply::Ok, "test");
            trial.user_pid = Fact::known(Reply::Refused(Errno::ENOSPC), "test");
            predict(&facts, &plan).cause.unwrap().id
        };
        let initial = 4_026_531_837;
        assert_eq!(cause(96_364, initial), "pidns-depth");
        assert_eq!(cause(100, initial), "max-pid-namespaces");
        assert_eq!(cause(2_147_483_647, 4_026_532_000), "max-pid-namespaces");
    }

    /// Found by the lab: an outer namespace with `user.max_pid_namespaces=0` refuses, whatever ours says.
    #[test]
    fn limits_of_outer_namespaces_are_not_excluded() {
        for (flags, id) in
            [("--user --pid", "max-pid-namespaces"), ("--user --mount", "max-mnt-namespaces"), ("--user --net", "max-other-namespaces")]
        {
            let plan = unshare::plan(&unshare::split(flags), None, (Some(1000), Some(1000)));
            let mut facts = healthy();
            let open = |facts: &crate::facts::Facts| predict(facts, &plan).not_excluded.iter().any(|rule| rule.id == id);
            assert!(!open(&facts), "{id}");
            facts.namespaces.user = Fact::known(4_026_532_000, "test");
            assert!(open(&facts), "{id}");
        }
    }
}
