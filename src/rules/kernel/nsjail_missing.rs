use crate::errno::Errno;
use crate::facts::Facts;
use crate::plan::{Plan, Step};
use crate::remedy;
use crate::rules::evidence::program;
use crate::rules::{Gate, Rule};

pub(crate) static RULE: Rule = Rule {
    id: "nsjail-missing",
    steps: &[Step::FindBinary],
    errnos: &[Errno::ENOENT],
    title: "there is no nsjail program",
    since: "0.1.0",
    docs: include_str!("nsjail_missing.md"),
    check,
    remedies: &[&remedy::host::INSTALL_NSJAIL],
};

fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    if plan.mechanism == "nsjail" {
        program::judge(&facts.tools.nsjail)
    } else {
        Gate::NotApplicable
    }
}
