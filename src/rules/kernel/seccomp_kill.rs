use crate::facts::Facts;
use crate::plan::{Plan, Step};
use crate::rules::evidence::seccomp;
use crate::rules::{Gate, Rule};

pub(crate) static RULE: Rule = Rule {
    id: "seccomp-kill",
    steps: &[Step::Unshare, Step::Propagation, Step::MountProc],
    errnos: &[],
    title: "a seccomp filter kills the process",
    since: "0.1.0",
    docs: include_str!("seccomp_kill.md"),
    check,
    remedies: &["seccomp-unconfined", "systemd-allow-namespaces", "privileged"],
};

fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    seccomp::killed(facts, plan, step)
}
