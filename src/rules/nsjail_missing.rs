use super::evidence::program;
use super::{Gate, Rule};
use crate::errno::Errno;
use crate::facts::Facts;
use crate::mechanisms::{Plan, Step};

pub static RULE: Rule = Rule {
    id: "nsjail-missing",
    steps: &[Step::FindBinary],
    errnos: &[Errno::ENOENT],
    title: "there is no nsjail program",
    since: "0.1.0",
    docs: include_str!("nsjail_missing.md"),
    check,
    remedies: &["install-nsjail"],
};

fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    if plan.mechanism == "nsjail" {
        program::judge(&facts.tools.nsjail)
    } else {
        Gate::NotApplicable
    }
}
