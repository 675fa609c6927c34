use super::evidence::docker;
use super::{Gate, Rule};
use crate::facts::Facts;
use crate::mechanisms::{Plan, Step};

pub static RULE: Rule = Rule {
    id: "docker-remap-unverified",
    steps: &[Step::DaemonConfig],
    errnos: &[],
    title: "whether the Docker daemon remaps is not known: it gives no usable answer",
    since: "0.1.0",
    docs: include_str!("docker_remap_unverified.md"),
    check,
    remedies: &[],
};

fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    docker::gate_unverified(facts, plan)
}
