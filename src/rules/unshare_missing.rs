use super::{Evidence, Gate, Rule};
use crate::errno::Errno;
use crate::facts::Facts;
use crate::mechanisms::{Plan, Step};

pub static RULE: Rule = Rule {
    id: "unshare-missing",
    steps: &[Step::FindBinary],
    errnos: &[Errno::ENOENT],
    title: "there is no unshare program in PATH",
    since: "0.1.0",
    docs: include_str!("unshare_missing.md"),
    check,
    remedies: &["install-util-linux"],
};

fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    let tool = &facts.tools.unshare;
    if plan.mechanism != "unshare" {
        Gate::NotApplicable
    } else if tool.value().is_some() {
        Gate::Open
    } else if tool.is_absent() {
        Gate::shut(Errno::ENOENT, vec![Evidence::new(tool.source.as_ref(), "not found")])
    } else {
        // A capture without the environment does not say where programs are looked for.
        Gate::Unobservable
    }
}
