use crate::facts::Facts;
use crate::plan::{Plan, Step};
use crate::rules::evidence::docker;
use crate::rules::{Gate, Rule};

pub(crate) static RULE: Rule = Rule {
    id: "docker-remap-unverified",
    steps: &[Step::DaemonConfig],
    errnos: &[],
    title: "whether the Docker daemon remaps is not known: it gives no usable answer",
    since: "0.1.0",
    docs: include_str!("remap_unverified.md"),
    check,
    remedies: &[],
};

fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    docker::gate_unverified(facts, plan)
}
