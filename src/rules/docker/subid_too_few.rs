use crate::facts::Facts;
use crate::plan::{Plan, Step};
use crate::rules::evidence::docker;
use crate::rules::{Gate, Rule};

pub(crate) static RULE: Rule = Rule {
    id: "docker-subid-too-few",
    steps: &[Step::DaemonConfig],
    errnos: &[],
    title: "the user of userns-remap has fewer than 65536 subordinate ids",
    since: "0.1.0",
    docs: include_str!("subid_too_few.md"),
    check,
    remedies: &["docker-replace-subids"],
};

fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    docker::gate_of_fault(facts, plan, RULE.id)
}
