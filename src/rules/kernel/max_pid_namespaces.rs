use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "max-pid-namespaces",
    steps: &[Step::Unshare, Step::InnerNamespaces],
    errnos: &[Errno::ENOSPC],
    title: "user.max_pid_namespaces allows no more pid namespaces",
    since: "0.1.0",
    docs: include_str!("max_pid_namespaces.md"),
    texts: Texts {
        common: 3,
        refuses: &[(Step::Unshare, &[Errno::ENOSPC])],
        value: Deciding::zero("max_pid_namespaces"),
        hints: &["max_pid_namespaces"],
        confirm: "`unshare --user` alone works, with --pid it does not",
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[&remedy::sysctl::SYSCTL_MAX_PID_NAMESPACES],
    #[cfg(test)]
    cases: tests::CASES,
};

fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    if !plan.made_at(step).has(Namespaces::PID)
        || limits::exhausted_before_pid(facts, plan.made_at(step))
    {
        return Gate::NotApplicable;
    }
    if super::pidns_depth::no_limit_can_be_full(facts, plan, step) {
        return Gate::Open;
    }
    limits::judge(facts, plan, step, "pid", |trial| &trial.pid)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::predict;
    use crate::errno::Errno;
    use crate::facts::Trial;
    use crate::mechanisms::unshare;
    use crate::plan::Step;

    pub(super) const CASES: &[Case] = &[case(DEFAULT_FLAGS, Unshare, Some(ENOSPC), |f| {
        f.trial = met(Unshare, ENOSPC, Reply::Ok, None)
            .map(|t| Trial { pid: known(Reply::Refused(ENOSPC)), ..t });
    })
    .dark(|f| drop(f.sysctl.max_namespaces.insert("pid", denied())))];

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
            trial.pid = Fact::known(Reply::Refused(Errno::ENOSPC), "test");
            predict(&facts, &plan).cause.unwrap().id
        };
        let initial = 4_026_531_837;
        assert_eq!(cause(96_364, initial), "pidns-depth");
        assert_eq!(cause(100, initial), "max-pid-namespaces");
        assert_eq!(cause(2_147_483_647, 4_026_532_000), "max-pid-namespaces");
    }

    /// Found by the lab: an outer namespace with `user.max_pid_namespaces=0` refuses, whatever ours
    /// says.
    #[test]
    fn limits_of_outer_namespaces_are_not_excluded() {
        for (flags, id) in [
            ("--user --pid", "max-pid-namespaces"),
            ("--user --mount", "max-mnt-namespaces"),
            ("--user --net", "max-other-namespaces"),
        ] {
            let plan = unshare::plan(&unshare::split(flags), None, (Some(1000), Some(1000)));
            let mut facts = healthy();
            let open = |facts: &crate::facts::Facts| {
                predict(facts, &plan).not_excluded.iter().any(|rule| rule.id == id)
            };
            assert!(!open(&facts), "{id}");
            facts.namespaces.user = Fact::known(4_026_532_000, "test");
            assert!(open(&facts), "{id}");
        }
    }
}
