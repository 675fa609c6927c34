use crate::facts::Facts;
use crate::plan::{Plan, Step};
use crate::rules::evidence::docker;
use crate::rules::{Gate, Rule};

pub(crate) static RULE: Rule = Rule {
    id: "docker-config-malformed",
    steps: &[Step::DaemonConfig],
    errnos: &[],
    title: "the configuration file of the Docker daemon is not valid",
    since: "0.1.0",
    docs: include_str!("config_malformed.md"),
    check,
    remedies: &["docker-repair-config", "docker-remap-default"],
};

fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    docker::gate_of_fault(facts, plan, RULE.id)
}
