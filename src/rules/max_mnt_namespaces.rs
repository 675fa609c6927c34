use super::{Evidence, Gate, Rule};
use crate::errno::Errno;
use crate::facts::{Facts, Reply};
use crate::mechanisms::{Namespaces, Plan, Step};

pub static RULE: Rule = Rule {
    id: "max-mnt-namespaces",
    steps: &[Step::Unshare],
    errnos: &[Errno::ENOSPC],
    title: "no more mount namespaces can be made: user.max_mnt_namespaces",
    since: "0.1.0",
    docs: include_str!("max_mnt_namespaces.md"),
    check,
    remedies: &["sysctl-max-mnt-namespaces", "without-mount-proc"],
};

fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    if !plan.namespaces.has(Namespaces::MNT) {
        return Gate::NotApplicable;
    }
    let full = facts.trial.as_ref().is_some_and(|t| {
        t.step == Some(step) && t.user_mnt.value() == Some(&Reply::Refused(Errno::ENOSPC)) && t.user.value() == Some(&Reply::Ok)
    });
    if full && facts.sysctl.max_namespaces.get("mnt").is_none_or(|fact| fact.value().is_none()) {
        return Gate::shut(Errno::ENOSPC, vec![Evidence::new("unshare(CLONE_NEWUSER|CLONE_NEWNS)", "ENOSPC")]);
    }
    super::limit(facts, "mnt", |limit, fact| match limit {
        0 => Gate::shut(Errno::ENOSPC, vec![Evidence::of(fact)]),
        _ if full => Gate::shut(Errno::ENOSPC, vec![Evidence::of(fact), Evidence::new("unshare(CLONE_NEWUSER|CLONE_NEWNS)", "ENOSPC")]),
        _ => super::open_but_for_outer_limits(facts),
    })
}
