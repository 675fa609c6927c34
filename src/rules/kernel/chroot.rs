use crate::errno::Errno;
use crate::facts::Facts;
use crate::plan::{Plan, Step};
use crate::remedy;
use crate::rules::texts::{self, Texts};
use crate::rules::{Gate, Rule};

pub(crate) static RULE: Rule = Rule {
    id: "chroot",
    steps: &[Step::Unshare],
    errnos: &[Errno::EPERM],
    title: "this process is in a chroot, where no user namespace can be made",
    since: "0.1.0",
    docs: include_str!("chroot.md"),
    texts: Texts {
        common: 4,
        refuses: &[(Step::Unshare, &[Errno::EPERM])],
        hints: &["chroot", "schroot", "pbuilder", "sbuild", "mock", "termux"],
        confirm: "/proc/self/mountinfo has no line for /, or /proc/1/root is another directory",
        weigh: texts::of_user_namespaces,
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[&remedy::process::LEAVE_CHROOT],
};

/// create_user_ns() in kernel/user_namespace.c: `current_chrooted()`.
fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    if plan.new_user() { crate::rules::evidence::chroot::judge(facts) } else { Gate::NotApplicable }
}
