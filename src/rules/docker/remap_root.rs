use crate::facts::Facts;
use crate::plan::{Plan, Step};
use crate::rules::evidence::docker::{self, State};
use crate::rules::{Gate, Rule};

pub(crate) static RULE: Rule = Rule {
    id: "docker-remap-root",
    steps: &[Step::DaemonConfig],
    errnos: &[],
    title: "userns-remap names root, which switches it off",
    since: "0.1.0",
    docs: include_str!("remap_root.md"),
    check,
    remedies: &["docker-remap-default", "docker-remove-flag"],
};

fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    docker::gate_of_state(facts, plan, State::Off, true)
}
