use crate::facts::Facts;
use crate::plan::{Plan, Step};
use crate::rules::evidence::docker;
use crate::rules::{Gate, Rule};

pub(crate) static RULE: Rule = Rule {
    id: "docker-subid-malformed",
    steps: &[Step::DaemonConfig],
    errnos: &[],
    title: "/etc/subuid or /etc/subgid has a line that dockerd cannot read",
    since: "0.1.0",
    docs: include_str!("subid_malformed.md"),
    check,
    remedies: &["docker-repair-subids"],
};

fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    docker::gate_of_fault(facts, plan, RULE.id)
}
