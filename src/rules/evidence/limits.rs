//! What the limits on namespaces say, and a refusal because one is used up.

use super::absent_or_undecided;
use crate::errno::Errno;
use crate::facts::{Evidence, Fact, Facts, Reply, Trial};
use crate::plan::{Namespaces, Plan, Step};
use crate::rules::Gate;

/// What a limit of `user.max_KIND_namespaces` says, once it is known.
pub(crate) fn of(
    facts: &Facts,
    kind: &'static str,
    judge: impl FnOnce(u64, &Fact<u64>) -> Gate,
) -> Gate {
    let Some(fact) = facts.sysctl.max_namespaces.get(kind) else {
        let path = format!("/proc/sys/user/max_{kind}_namespaces");
        return absent_or_undecided(facts, &Fact::<u64>::not_probed(path));
    };
    match fact.value() {
        Some(limit) => judge(*limit, fact),
        None => absent_or_undecided(facts, fact),
    }
}

/// Whether there is room for a namespace of a kind that a plan makes: by its limit, and by what was
/// tried of it after a refusal at a limit.
pub(crate) fn judge(
    facts: &Facts,
    plan: &Plan,
    step: Step,
    kind: &'static str,
    tried: fn(&Trial) -> &Fact<Reply>,
) -> Gate {
    let full = exhausted(facts, plan, step, tried);
    if let Some(said) = &full
        && facts.sysctl.limit(kind).is_none()
    {
        return Gate::shut(Errno::ENOSPC, vec![said.clone()]);
    }
    of(facts, kind, |limit, fact| match (limit, full) {
        (0, _) => Gate::shut(Errno::ENOSPC, vec![Evidence::of(fact)]),
        (_, Some(said)) => Gate::shut(Errno::ENOSPC, vec![Evidence::of(fact), said]),
        _ => open_unless_outer_limit(facts),
    })
}

/// What shows that the kernel refuses a kind of namespace at a limit, and not the user
/// namespace around it.
pub(crate) fn exhausted(
    facts: &Facts,
    plan: &Plan,
    step: Step,
    tried: fn(&Trial) -> &Fact<Reply>,
) -> Option<Evidence> {
    let trial = facts.trial_at(step)?;
    let user = !plan.new_user() || trial.user.value() == Some(&Reply::Ok);
    let refused = user && tried(trial).value() == Some(&Reply::Refused(Errno::ENOSPC));
    refused.then(|| Evidence::new(tried(trial).source.as_ref(), Errno::ENOSPC))
}

/// Whether a kind of namespace that the kernel makes before the pid namespace has no room: then it
/// never gets there (create_new_namespaces() in kernel/nsproxy.c: mnt, uts, ipc, pid, cgroup, net,
/// time).
pub(crate) fn exhausted_before_pid(facts: &Facts, made: Namespaces) -> bool {
    [(Namespaces::UTS, "uts"), (Namespaces::IPC, "ipc")]
        .iter()
        .any(|(bit, kind)| made.has(*bit) && facts.sysctl.limit(kind) == Some(0))
}

/// Our own limit leaves room. Those of the user namespaces around ours count too (kernel/ucount.c,
/// `inc_ucount`), and nothing shows them.
pub(crate) fn open_unless_outer_limit(facts: &Facts) -> Gate {
    if facts.in_initial_userns() == Some(true) { Gate::Open } else { Gate::Unobservable }
}
