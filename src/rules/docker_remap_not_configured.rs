use super::evidence::docker::{self, State};
use super::{Gate, Rule};
use crate::facts::Facts;
use crate::mechanisms::{Plan, Step};

pub static RULE: Rule = Rule {
    id: "docker-remap-not-configured",
    steps: &[Step::DaemonConfig],
    errnos: &[],
    title: "the Docker daemon runs without userns-remap",
    since: "0.1.0",
    docs: include_str!("docker_remap_not_configured.md"),
    check,
    remedies: &["docker-remap-default"],
};

fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    docker::gate_of_state(facts, plan, State::Off, false)
}
