use crate::facts::Facts;
use crate::plan::{Plan, Step};
use crate::rules::evidence::docker::{self, State};
use crate::rules::{Gate, Rule};

pub(crate) static RULE: Rule = Rule {
    id: "docker-remap-pending-restart",
    steps: &[Step::DaemonConfig],
    errnos: &[],
    title: "userns-remap is configured, but the Docker daemon has not been started since",
    since: "0.1.0",
    docs: include_str!("remap_pending_restart.md"),
    check,
    remedies: &["docker-restart"],
};

fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    docker::gate_of_state(facts, plan, State::PendingRestart, false)
}
