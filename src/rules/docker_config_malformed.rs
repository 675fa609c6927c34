use super::evidence::docker;
use super::{Gate, Rule};
use crate::facts::Facts;
use crate::mechanisms::{Plan, Step};

pub static RULE: Rule = Rule {
    id: "docker-config-malformed",
    steps: &[Step::DaemonConfig],
    errnos: &[],
    title: "the configuration file of the Docker daemon is not valid",
    since: "0.1.0",
    docs: include_str!("docker_config_malformed.md"),
    check,
    remedies: &["docker-repair-config", "docker-remap-default"],
};

fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    docker::gate_of_fault(facts, plan, RULE.id)
}
