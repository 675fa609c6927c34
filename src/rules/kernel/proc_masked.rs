use crate::errno::Errno;
use crate::facts::Facts;
use crate::plan::{Plan, Step};
use crate::rules::evidence::visible_proc;
use crate::rules::{Gate, Rule};

pub(crate) static RULE: Rule = Rule {
    id: "proc-masked",
    steps: &[Step::MountProc],
    errnos: &[Errno::EPERM],
    title: "/proc is masked by other mounts, and a fresh procfs would reveal what they hide",
    since: "0.1.0",
    docs: include_str!("proc_masked.md"),
    check,
    remedies: &[
        "systempaths-unconfined",
        "unmask",
        "lxc-nesting",
        "proc-mount-unmasked",
        "systemd-unprotect-kernel",
        "without-mount-proc",
        "cap-add-sys-admin-flags",
        "privileged",
        "unmount-masks",
    ],
};

fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    visible_proc::judge(facts, plan, visible_proc::Hidden::Masked)
}
