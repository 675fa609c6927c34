use crate::facts::Facts;
use crate::plan::{Plan, Step};
use crate::rules::evidence::docker;
use crate::rules::{Gate, Rule};

pub(crate) static RULE: Rule = Rule {
    id: "docker-remap-containerd-store",
    steps: &[Step::DaemonConfig],
    errnos: &[],
    title: "the containerd image store is switched on, and Docker refuses it beside userns-remap",
    since: "0.1.0",
    docs: include_str!("remap_containerd_store.md"),
    check,
    remedies: &["docker-containerd-store-off"],
};

fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    docker::gate_of_fault(facts, plan, RULE.id)
}
