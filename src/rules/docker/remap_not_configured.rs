use crate::facts::Facts;
use crate::plan::{Plan, Step};
use crate::rules::evidence::docker::{self, State};
use crate::rules::{Gate, Rule};

pub(crate) static RULE: Rule = Rule {
    id: "docker-remap-not-configured",
    steps: &[Step::DaemonConfig],
    errnos: &[],
    title: "the Docker daemon runs without userns-remap",
    since: "0.1.0",
    docs: include_str!("remap_not_configured.md"),
    check,
    remedies: &["docker-remap-default"],
};

fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    docker::gate_of_state(facts, plan, State::Off, false)
}
