use crate::errno::Errno;
use crate::facts::Facts;
use crate::plan::{Call, Plan, Step};
use crate::rules::evidence::seccomp;
use crate::rules::{Gate, Rule};

pub(crate) static RULE: Rule = Rule {
    id: "seccomp-unshare",
    steps: &[Step::Unshare],
    errnos: &[Errno::EPERM, Errno::ENOSYS],
    title: "a seccomp filter refuses unshare(2)",
    since: "0.1.0",
    docs: include_str!("seccomp_unshare.md"),
    check,
    remedies: &[
        "seccomp-unconfined",
        "cap-add-sys-admin",
        "cap-add-sys-admin-flags",
        "privileged",
        "systemd-allow-namespaces",
    ],
};

fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    if plan.call != Call::Unshare {
        return Gate::NotApplicable;
    }
    seccomp::namespaces(facts, plan)
}
