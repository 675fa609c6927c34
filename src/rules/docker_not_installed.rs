use super::evidence::docker::{self, State};
use super::{Gate, Rule};
use crate::facts::Facts;
use crate::mechanisms::{Plan, Step};

pub static RULE: Rule = Rule {
    id: "docker-not-installed",
    steps: &[Step::FindBinary],
    errnos: &[],
    title: "there is no Docker here",
    since: "0.1.0",
    docs: include_str!("docker_not_installed.md"),
    check,
    remedies: &[],
};

fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    docker::gate_of_state(facts, plan, State::NotInstalled, false)
}
