use super::{Evidence, Gate, Rule};
use crate::errno::Errno;
use crate::facts::Facts;
use crate::mechanisms::{Call, Namespaces, Plan, Step};

pub static RULE: Rule = Rule {
    id: "mount-proc-usage",
    steps: &[Step::MountProc],
    errnos: &[Errno::EPERM],
    title: "procfs can be mounted only by the pid namespace of this user namespace: --pid and --fork are missing",
    since: "0.1.0",
    docs: include_str!("mount_proc_usage.md"),
    check,
    remedies: &["add-pid-and-fork"],
};

/// proc_init_fs_context() in fs/proc/root.c: the mount belongs to the user namespace that owns our pid namespace.
fn check(_: &Facts, plan: &Plan, _: Step) -> Gate {
    let own_pid_namespace = plan.namespaces.has(Namespaces::PID) && (plan.fork || plan.call == Call::Clone);
    if !plan.new_user() || own_pid_namespace {
        return Gate::Open;
    }
    Gate::shut(Errno::EPERM, vec![Evidence::new("flags", plan.flags.join(" "))])
}
