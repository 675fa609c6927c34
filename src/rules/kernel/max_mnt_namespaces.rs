use crate::errno::Errno;
use crate::facts::Facts;
use crate::plan::{Namespaces, Plan, Step};
use crate::rules::{Gate, Rule};

pub(crate) static RULE: Rule = Rule {
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
    crate::rules::room(facts, plan, step, "mnt", |trial| &trial.mnt)
}
