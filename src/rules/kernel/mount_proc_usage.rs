use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "mount-proc-usage",
    steps: &[Step::MountProc],
    errnos: &[Errno::EPERM],
    title: "procfs can be mounted only by the pid namespace of this user namespace: --pid and \
        --fork are missing",
    since: "0.1.0",
    docs: include_str!("mount_proc_usage.md"),
    texts: Texts {
        common: 4,
        refuses: &[(Step::MountProc, &[Errno::EPERM])],
        hints: &["--mount-proc"],
        confirm: "the flags lack --pid or --fork",
        weigh,
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[&remedy::flags::ADD_PID_AND_FORK],
    #[cfg(test)]
    cases: &[case("-r --pid --mount-proc", MountProc, Some(EPERM), |_| {})],
};

/// proc_init_fs_context() in fs/proc/root.c: the mount belongs to the user namespace that owns our
/// pid namespace.
fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    let own_pid_namespace = plan.inner.has(Namespaces::PID)
        || plan.namespaces.has(Namespaces::PID) && (plan.fork || plan.clones());
    if own_pid_namespace {
        return Gate::Open;
    }
    if plan.new_user() {
        return Gate::shut(Errno::EPERM, vec![evidence::flags(plan)]);
    }
    // A user namespace that was made without a pid namespace lives in one that somebody further out
    // owns.
    let namespaces = &facts.namespaces;
    // The first child may be born in another one.
    let same = !plan.fork
        || namespaces.pid.value().is_some()
            && namespaces.pid.value() == namespaces.pid_for_children.value();
    if let (Some(here), true, Some(false)) =
        (namespaces.pid_owned_here.value(), same, facts.in_initial_userns())
    {
        return if *here {
            Gate::Open
        } else {
            Gate::shut(
                Errno::EPERM,
                vec![evidence::flags(plan), Evidence::of(&namespaces.pid_owned_here)],
            )
        };
    }
    let owner = facts.trial.as_ref().map(|t| &t.own_pidns);
    match owner.and_then(|fact| Some((fact, fact.value()?))) {
        _ if facts.in_initial_userns() == Some(true) => Gate::Open,
        Some((fact, Reply::Refused(Errno::EPERM))) if facts.refused_at(step, Errno::EPERM) => {
            Gate::shut(Errno::EPERM, vec![evidence::flags(plan), Evidence::at(fact, "EPERM")])
        }
        Some((_, Reply::Ok)) => Gate::Open,
        _ => Gate::Unobservable,
    }
}

fn weigh(text: &Pasted, _: bool) -> Option<i32> {
    match text.flags {
        Some(f) if f.mount_proc && f.user && !(f.pid && f.fork) => Some(40),
        Some(_) => None,
        None => Some(0),
    }
}
