use crate::facts::Facts;
use crate::plan::{Plan, Step};
use crate::rules::evidence::docker;
use crate::rules::{Gate, Rule};

pub(crate) static RULE: Rule = Rule {
    id: "docker-config-conflict",
    steps: &[Step::DaemonConfig],
    errnos: &[],
    title: "userns-remap stands both on the command line of dockerd and in its configuration file",
    since: "0.1.0",
    docs: include_str!("config_conflict.md"),
    check,
    remedies: &["docker-remove-flag"],
};

fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    docker::gate_of_fault(facts, plan, RULE.id)
}
