use super::{Evidence, Gate, Rule};
use crate::errno::Errno;
use crate::facts::Facts;
use crate::mechanisms::{Plan, Step};

pub static RULE: Rule = Rule {
    id: "max-user-namespaces-zero",
    steps: &[Step::Unshare],
    errnos: &[Errno::ENOSPC],
    title: "user namespaces are switched off by user.max_user_namespaces=0",
    since: "0.1.0",
    docs: include_str!("max_user_namespaces_zero.md"),
    check,
    remedies: &["sysctl-max-user-namespaces", "without-user-namespace"],
};

fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    if !plan.new_user() {
        return Gate::NotApplicable;
    }
    super::limit(facts, "user", |limit, fact| match limit {
        0 => Gate::shut(Errno::ENOSPC, vec![Evidence::of(fact)]),
        _ => Gate::Open,
    })
}
