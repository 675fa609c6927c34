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
    let full = facts.trial.as_ref().is_some_and(|t| {
        t.step == Some(step) && t.user_pid.value() == Some(&Reply::Refused(Errno::ENOSPC)) && t.user.value() == Some(&Reply::Ok)
    });
    if full && facts.sysctl.max_namespaces.get("pid").is_none_or(|fact| fact.value().is_none()) {
        return Gate::shut(Errno::ENOSPC, vec![Evidence::new("unshare(CLONE_NEWUSER|CLONE_NEWPID)", "ENOSPC")]);
    }
    super::limit(facts, "pid", |limit, fact| match limit {
        0 => Gate::shut(Errno::ENOSPC, vec![Evidence::of(fact)]),
        _ if full => Gate::shut(Errno::ENOSPC, vec![Evidence::of(fact), Evidence::new("unshare(CLONE_NEWUSER|CLONE_NEWPID)", "ENOSPC")]),
        _ => Gate::Open,
    })
}
