//! The gates. One gate is one rule is one file, with its documentation beside it.
//!
//! To add one, write the two files and add a line to [`RULES`]; CONTRIBUTING.md has the five steps.

use crate::deploy::Setting;
use crate::errno::Errno;
use crate::facts::{Evidence, Fact, Facts, Reply, Trial};
use crate::plan::{Namespaces, Plan, Step};
use crate::remedy::Remedy;

/// A condition under which a step is refused.
pub(crate) struct Rule {
    /// The id, for `explain`, JSON and links; never changes.
    pub id: &'static str,
    /// Where it refuses; the first is the usual place.
    pub steps: &'static [Step],
    /// The errors it gives, the usual one first; empty: any, or none at all.
    pub errnos: &'static [Errno],
    /// One line, as the cause of a refusal.
    pub title: &'static str,
    /// The version of isodoc that brought it.
    pub since: &'static str,
    /// Markdown: What / Why / How to see it / Fix / Sources.
    pub docs: &'static str,
    /// What `explain --error` recognises it by, and what speaks against it.
    pub texts: Texts,
    /// The settings of a container that decide about it, the likeliest first.
    pub decided_by: &'static [Setting],
    /// Whether the gate is open, at this step of this plan, by these facts. Pure.
    pub check: fn(&Facts, &Plan, Step) -> Gate,
    /// The remedies that can lift it.
    pub remedies: &'static [&'static Remedy],
    /// What shuts it, and what leaves it in the dark.
    #[cfg(test)]
    pub cases: &'static [tests::Case],
}

impl std::fmt::Debug for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id)
    }
}

/// Ids are unique, which a test holds.
impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Rule {}

/// What a rule says of its gate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Gate {
    /// It lets the step pass.
    Open,
    /// It refuses the step.
    Shut(Shut),
    /// A fact that would decide is denied, malformed or not captured; each names the fact.
    Undecided(Vec<Evidence>),
    /// No fact can show this gate here; only the probe settles it.
    Unobservable,
    /// This plan, or this system, does not meet it.
    NotApplicable,
}

/// A gate that refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shut {
    /// The error it gives; `None`: the process is killed, or fails without an error number.
    pub errno: Option<Errno>,
    /// What shows it.
    pub evidence: Vec<Evidence>,
}

impl Gate {
    /// Shut with an error and what shows it.
    #[must_use]
    pub(crate) fn shut(errno: Errno, evidence: Vec<Evidence>) -> Self {
        Self::Shut(Shut { errno: Some(errno), evidence })
    }

    /// Shut without an error number.
    #[must_use]
    pub(crate) fn shut_silently(evidence: Vec<Evidence>) -> Self {
        Self::Shut(Shut { errno: None, evidence })
    }

    /// Undecided for want of this fact.
    #[must_use]
    pub(crate) fn undecided<T>(fact: &Fact<T>) -> Self {
        Self::Undecided(vec![Evidence::of_doubt(fact)])
    }
}

pub(crate) mod docker;
pub(crate) mod evidence;
pub(crate) mod kernel;
pub(crate) mod texts;

use texts::Texts;

/// Every rule, in the order in which the kernel meets the gates of a step; what is told apart only
/// by elimination comes last.
pub(crate) static RULES: &[&Rule] = &[
    &kernel::not_linux::RULE,
    &kernel::unshare_missing::RULE,
    &kernel::nsjail_missing::RULE,
    &docker::NOT_INSTALLED,
    &kernel::flags_not_understood::RULE,
    &kernel::subuid_missing::RULE,
    &kernel::seccomp_unshare::RULE,
    &kernel::seccomp_clone::RULE,
    &kernel::seccomp_kill::RULE,
    &kernel::rlimit_nproc::RULE,
    &kernel::threads_max::RULE,
    &kernel::unprivileged_userns_clone::RULE,
    &kernel::multithreaded::RULE,
    &kernel::wsl1::RULE,
    &kernel::rhel7_userns_off::RULE,
    &kernel::userns_not_built::RULE,
    &kernel::userns_depth::RULE,
    &kernel::max_user_namespaces_zero::RULE,
    &kernel::max_user_namespaces_exhausted::RULE,
    &kernel::max_user_namespaces_ancestor::RULE,
    &kernel::chroot::RULE,
    &kernel::id_unmapped::RULE,
    &kernel::selinux_userns_denied::RULE,
    &kernel::apparmor_userns_denied::RULE,
    &kernel::apparmor_profile_missing::RULE,
    &kernel::apparmor_unprivileged_userns::RULE,
    &kernel::no_cap_sys_admin::RULE,
    &kernel::max_mnt_namespaces::RULE,
    &kernel::pidns_not_built::RULE,
    &kernel::pidns_already_unshared::RULE,
    &kernel::pidns_depth::RULE,
    &kernel::max_pid_namespaces::RULE,
    &kernel::max_other_namespaces::RULE,
    &kernel::gvisor::RULE,
    &kernel::grsecurity::RULE,
    &kernel::lsm_userns_denied::RULE,
    &kernel::pid_max::RULE,
    &kernel::pidns_init_dead::RULE,
    &kernel::cgroup_pids_max::RULE,
    &kernel::proc_not_mounted::RULE,
    &kernel::proc_other_pidns::RULE,
    &kernel::not_dumpable::RULE,
    &kernel::proc_readonly::RULE,
    &kernel::newuidmap_missing::RULE,
    &kernel::newuidmap_not_setuid::RULE,
    &kernel::newuidmap_no_new_privs::RULE,
    &kernel::idmap_not_permitted::RULE,
    &kernel::setfcap_missing::RULE,
    &kernel::no_cap_sys_time::RULE,
    &kernel::no_cap_setid::RULE,
    &kernel::setgroups_denied::RULE,
    &kernel::seccomp_mount::RULE,
    &kernel::apparmor_deny_mount::RULE,
    &kernel::selinux_mount_denied::RULE,
    &kernel::root_not_mountpoint::RULE,
    &kernel::target_missing::RULE,
    &kernel::no_cap_sys_chroot::RULE,
    &kernel::proc_mountpoint_missing::RULE,
    &kernel::mount_max::RULE,
    &kernel::mount_proc_usage::RULE,
    &kernel::proc_masked::RULE,
    &kernel::proc_atime_locked::RULE,
    &kernel::proc_subset_pid::RULE,
    &kernel::landlock::RULE,
    &kernel::set_ids_unmapped::RULE,
    &kernel::program_missing::RULE,
    &docker::CONFIG_MALFORMED,
    &docker::CONFIG_CONFLICT,
    &docker::REMAP_USER_MISSING,
    &docker::SUBID_MALFORMED,
    &docker::SUBID_MISSING,
    &docker::SUBID_TOO_FEW,
    &docker::SUBID_OVERLAP,
    &docker::REMAP_CONTAINERD_STORE,
    &docker::REMAP_ROOT,
    &docker::REMAP_NOT_CONFIGURED,
    &docker::REMAP_PENDING_RESTART,
    &docker::REMAP_PRIVILEGED_CLASH,
    &docker::REMAP_UNVERIFIED,
];

/// The rule with this id.
#[must_use]
pub(crate) fn find(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.id == id).copied()
}

/// The rules that guard a step, in the kernel's order.
pub(crate) fn at(step: Step) -> impl Iterator<Item = &'static Rule> {
    RULES.iter().copied().filter(move |rule| rule.steps.contains(&step))
}

/// What a limit of `user.max_KIND_namespaces` says, once it is known.
fn limit(facts: &Facts, kind: &'static str, judge: impl FnOnce(u64, &Fact<u64>) -> Gate) -> Gate {
    let missing = Fact::not_probed(format!("/proc/sys/user/max_{kind}_namespaces"));
    let fact = facts.sysctl.max_namespaces.get(kind).unwrap_or(&missing);
    match fact.value() {
        Some(limit) => judge(*limit, fact),
        None => absent_or_undecided(facts, fact),
    }
}

/// Whether there is room for a namespace of a kind that a plan makes: by its limit, and by what was
/// tried of it after a refusal for want of room.
fn room(
    facts: &Facts,
    plan: &Plan,
    step: Step,
    kind: &'static str,
    tried: fn(&Trial) -> &Fact<Reply>,
) -> Gate {
    let full = short_of_room(facts, plan, step, tried);
    if let Some(said) = &full
        && facts.sysctl.max_namespaces.get(kind).is_none_or(|fact| fact.value().is_none())
    {
        return Gate::shut(Errno::ENOSPC, vec![said.clone()]);
    }
    limit(facts, kind, |limit, fact| match (limit, full) {
        (0, _) => Gate::shut(Errno::ENOSPC, vec![Evidence::of(fact)]),
        (_, Some(said)) => Gate::shut(Errno::ENOSPC, vec![Evidence::of(fact), said]),
        _ => open_but_for_outer_limits(facts),
    })
}

/// What shows that the kernel refuses a kind of namespace for want of room, and not the user
/// namespace around it.
fn short_of_room(
    facts: &Facts,
    plan: &Plan,
    step: Step,
    tried: fn(&Trial) -> &Fact<Reply>,
) -> Option<Evidence> {
    let trial = facts.trial.as_ref().filter(|trial| trial.step == Some(step))?;
    let user = !plan.new_user() || trial.user.value() == Some(&Reply::Ok);
    let refused = user && tried(trial).value() == Some(&Reply::Refused(Errno::ENOSPC));
    refused.then(|| Evidence::new(tried(trial).source.as_ref(), Errno::ENOSPC))
}

/// Whether a kind of namespace that the kernel makes before the pid namespace has no room: then it
/// never gets there (create_new_namespaces() in kernel/nsproxy.c: mnt, uts, ipc, pid, cgroup, net,
/// time).
fn full_before_pid(facts: &Facts, plan: &Plan) -> bool {
    let zero = |kind: &str| {
        facts.sysctl.max_namespaces.get(kind).is_some_and(|fact| fact.value() == Some(&0))
    };
    [(Namespaces::UTS, "uts"), (Namespaces::IPC, "ipc")]
        .iter()
        .any(|(bit, kind)| plan.namespaces.has(*bit) && zero(kind))
}

/// Our own limit leaves room. Those of the user namespaces around ours count too (kernel/ucount.c,
/// `inc_ucount`), and nothing shows them.
fn open_but_for_outer_limits(facts: &Facts) -> Gate {
    if facts.in_initial_userns() == Some(true) { Gate::Open } else { Gate::Unobservable }
}

/// A parameter that is not there decides nothing to the worse; where there is no procfs to show it,
/// nothing shows it.
fn absent_or_undecided<T>(facts: &Facts, fact: &Fact<T>) -> Gate {
    use crate::facts::ProcDir;
    let of_self = fact.source.starts_with("/proc/self");
    // Such a procfs shows processes and nothing else (proc(5), subset=).
    let subset = || facts.mounts.on_proc().is_some_and(|m| m.has_super("subset=pid"));
    match facts.mounts.proc.value() {
        Some(ProcDir::Proc)
            if fact.is_absent() && fact.source.starts_with("/proc/sys/") && subset() =>
        {
            Gate::Unobservable
        }
        Some(ProcDir::ProcOfOtherPidNamespace) if fact.is_absent() && of_self => Gate::Unobservable,
        None if fact.is_absent() && facts.mounts.proc.is_absent() => Gate::Unobservable,
        Some(ProcDir::Proc) | None if fact.is_absent() => Gate::NotApplicable,
        Some(ProcDir::NotProc) => Gate::Unobservable,
        None if facts.mounts.proc.is_absent() => Gate::Unobservable,
        _ if fact.is_absent() => Gate::NotApplicable,
        _ => Gate::undecided(fact),
    }
}

#[cfg(test)]
pub(crate) mod tests;
