use crate::facts::Facts;
use crate::plan::{Plan, Step};
use crate::rules::evidence::docker;
use crate::rules::{Gate, Rule};

pub(crate) static RULE: Rule = Rule {
    id: "docker-subid-overlap",
    steps: &[Step::DaemonConfig],
    errnos: &[],
    title: "the subordinate ids of userns-remap overlap with those of somebody else",
    since: "0.1.0",
    docs: include_str!("subid_overlap.md"),
    check,
    remedies: &["docker-replace-subids"],
};

fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    docker::gate_of_fault(facts, plan, RULE.id)
}
