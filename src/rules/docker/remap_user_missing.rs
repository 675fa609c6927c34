use crate::facts::Facts;
use crate::plan::{Plan, Step};
use crate::rules::evidence::docker;
use crate::rules::{Gate, Rule};

pub(crate) static RULE: Rule = Rule {
    id: "docker-remap-user-missing",
    steps: &[Step::DaemonConfig],
    errnos: &[],
    title: "the user or group that userns-remap names does not exist",
    since: "0.1.0",
    docs: include_str!("remap_user_missing.md"),
    check,
    remedies: &["docker-remap-default", "docker-remove-flag"],
};

fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    docker::gate_of_fault(facts, plan, RULE.id)
}
