use crate::facts::Facts;
use crate::plan::{Plan, Step};
use crate::rules::{Gate, Rule};

pub(crate) static RULE: Rule = Rule {
    id: "docker-remap-privileged-clash",
    steps: &[Step::DaemonConfig],
    errnos: &[],
    title: "privileged containers and containers in host namespaces clash with userns-remap",
    since: "0.1.0",
    docs: include_str!("remap_privileged_clash.md"),
    check,
    remedies: &[],
};

/// It is a container that is refused, not the daemon: a finding says so where remapping is wanted.
fn check(_: &Facts, _: &Plan, _: Step) -> Gate {
    Gate::NotApplicable
}
