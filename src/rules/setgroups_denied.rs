use super::{Evidence, Gate, Rule};
use crate::errno::Errno;
use crate::facts::Facts;
use crate::mechanisms::{Plan, Step};

pub static RULE: Rule = Rule {
    id: "setgroups-denied",
    steps: &[Step::Setgroups],
    errnos: &[Errno::EPERM],
    title: "setgroups(2) is denied in this user namespace, and cannot be allowed in a new one",
    since: "0.1.0",
    docs: include_str!("setgroups_denied.md"),
    check,
    remedies: &["without-setgroups-allow"],
};

/// proc_setgroups_write() in kernel/user_namespace.c: what an ancestor denied stays denied.
fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    if plan.setgroups != Some(true) {
        return Gate::NotApplicable;
    }
    let setgroups = &facts.process.setgroups;
    match setgroups.value().map(String::as_str) {
        Some("deny") => Gate::shut(Errno::EPERM, vec![Evidence::of(setgroups)]),
        Some(_) => Gate::Open,
        None if setgroups.is_absent() => Gate::NotApplicable,
        None => Gate::undecided(setgroups),
    }
}
