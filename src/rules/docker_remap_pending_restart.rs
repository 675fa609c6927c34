use super::evidence::docker::{self, State};
use super::{Gate, Rule};
use crate::facts::Facts;
use crate::mechanisms::{Plan, Step};

pub static RULE: Rule = Rule {
    id: "docker-remap-pending-restart",
    steps: &[Step::DaemonConfig],
    errnos: &[],
    title: "userns-remap is configured, but the Docker daemon has not been started since",
    since: "0.1.0",
    docs: include_str!("docker_remap_pending_restart.md"),
    check,
    remedies: &["docker-restart"],
};

fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    docker::gate_of_state(facts, plan, State::PendingRestart, false)
}
