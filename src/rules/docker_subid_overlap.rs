use super::evidence::docker;
use super::{Gate, Rule};
use crate::facts::Facts;
use crate::mechanisms::{Plan, Step};

pub static RULE: Rule = Rule {
    id: "docker-subid-overlap",
    steps: &[Step::DaemonConfig],
    errnos: &[],
    title: "the subordinate ids of userns-remap overlap with those of somebody else",
    since: "0.1.0",
    docs: include_str!("docker_subid_overlap.md"),
    check,
    remedies: &["docker-replace-subids"],
};

fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    docker::gate_of_fault(facts, plan, RULE.id)
}
