use crate::facts::Facts;
use crate::plan::{Plan, Step};
use crate::rules::evidence::docker::{self, State};
use crate::rules::{Gate, Rule};

pub(crate) static RULE: Rule = Rule {
    id: "docker-not-installed",
    steps: &[Step::FindBinary],
    errnos: &[],
    title: "there is no Docker here",
    since: "0.1.0",
    docs: include_str!("not_installed.md"),
    check,
    remedies: &[],
};

fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    docker::gate_of_state(facts, plan, State::NotInstalled, false)
}
