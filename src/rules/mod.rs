//! The gates. One gate is one rule is one file, with its documentation beside it.
//!
//! To add one, write the two files and add a line to [`RULES`]; CONTRIBUTING.md has the five steps.

use serde::Serialize;

use crate::errno::Errno;
use crate::facts::{Fact, Facts, Reply, Trial};
use crate::mechanisms::{Namespaces, Plan, Step};

/// A condition under which a step is refused.
pub struct Rule {
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
    /// Whether the gate is open, at this step of this plan, by these facts. Pure.
    pub check: fn(&Facts, &Plan, Step) -> Gate,
    /// The ids of the remedies that can lift it ([`crate::remedy`]).
    pub remedies: &'static [&'static str],
}

impl std::fmt::Debug for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id)
    }
}

/// What a rule says of its gate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gate {
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
pub struct Shut {
    /// The error it gives; `None`: the process is killed, or fails without an error number.
    pub errno: Option<Errno>,
    /// What shows it.
    pub evidence: Vec<Evidence>,
}

/// One thing that was seen, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// A path, a system call, or `$NAME`.
    pub source: String,
    /// What it said.
    pub value: String,
}

impl Evidence {
    /// Something seen at `source`.
    pub fn new(source: impl Into<String>, value: impl ToString) -> Self {
        Self { source: source.into(), value: value.to_string() }
    }

    /// A fact that decides nothing, and why not.
    pub fn of_doubt<T>(fact: &Fact<T>) -> Self {
        Self::new(fact.source.as_ref(), fact.state_text())
    }

    /// The state of a fact as evidence.
    pub fn of_state<T>(fact: &Fact<T>) -> Self {
        Self::new(fact.source.as_ref(), fact.state_name())
    }

    /// A known fact as evidence.
    pub fn of<T: ToString>(fact: &Fact<T>) -> Self {
        let value = fact.value().map_or_else(|| fact.state_name().to_owned(), ToString::to_string);
        Self::new(fact.source.as_ref(), value)
    }
}

impl Gate {
    /// Shut with an error and what shows it.
    #[must_use]
    pub fn shut(errno: Errno, evidence: Vec<Evidence>) -> Self {
        Self::Shut(Shut { errno: Some(errno), evidence })
    }

    /// Shut without an error number.
    #[must_use]
    pub fn shut_silently(evidence: Vec<Evidence>) -> Self {
        Self::Shut(Shut { errno: None, evidence })
    }

    /// Undecided for want of this fact.
    #[must_use]
    pub fn undecided<T>(fact: &Fact<T>) -> Self {
        Self::Undecided(vec![Evidence::of_doubt(fact)])
    }
}

mod apparmor_deny_mount;
mod apparmor_profile_missing;
mod apparmor_unprivileged_userns;
mod apparmor_userns_denied;
mod cgroup_pids_max;
mod chroot;
mod docker_config_conflict;
mod docker_config_malformed;
mod docker_not_installed;
mod docker_remap_containerd_store;
mod docker_remap_not_configured;
mod docker_remap_pending_restart;
mod docker_remap_privileged_clash;
mod docker_remap_root;
mod docker_remap_unverified;
mod docker_remap_user_missing;
mod docker_subid_malformed;
mod docker_subid_missing;
mod docker_subid_overlap;
mod docker_subid_too_few;
pub mod evidence;
mod flags_not_understood;
mod grsecurity;
mod gvisor;
mod id_unmapped;
mod idmap_not_permitted;
mod landlock;
mod lsm_userns_denied;
mod max_mnt_namespaces;
mod max_other_namespaces;
mod max_pid_namespaces;
mod max_user_namespaces_ancestor;
mod max_user_namespaces_exhausted;
mod max_user_namespaces_zero;
mod mount_max;
mod mount_proc_usage;
mod multithreaded;
mod newuidmap_missing;
mod newuidmap_no_new_privs;
mod newuidmap_not_setuid;
mod no_cap_setid;
mod no_cap_sys_admin;
mod no_cap_sys_chroot;
mod no_cap_sys_time;
mod not_dumpable;
mod not_linux;
mod nsjail_missing;
mod pid_max;
mod pidns_already_unshared;
mod pidns_depth;
mod pidns_init_dead;
mod pidns_not_built;
mod proc_atime_locked;
mod proc_masked;
mod proc_mountpoint_missing;
mod proc_not_mounted;
mod proc_other_pidns;
mod proc_readonly;
mod proc_subset_pid;
mod program_missing;
mod rhel7_userns_off;
mod rlimit_nproc;
mod root_not_mountpoint;
mod seccomp_clone;
mod seccomp_kill;
mod seccomp_mount;
mod seccomp_unshare;
mod selinux_mount_denied;
mod selinux_userns_denied;
mod set_ids_unmapped;
mod setfcap_missing;
mod setgroups_denied;
mod subuid_missing;
mod target_missing;
mod threads_max;
mod unprivileged_userns_clone;
mod unshare_missing;
mod userns_depth;
mod userns_not_built;
mod wsl1;

pub use evidence::docker;
pub use id_unmapped::OVERFLOW_ID;

/// Every rule, in the order in which the kernel meets the gates of a step; what is told apart only
/// by elimination comes last.
pub static RULES: &[&Rule] = &[
    &not_linux::RULE,
    &unshare_missing::RULE,
    &nsjail_missing::RULE,
    &docker_not_installed::RULE,
    &flags_not_understood::RULE,
    &subuid_missing::RULE,
    &seccomp_unshare::RULE,
    &seccomp_clone::RULE,
    &seccomp_kill::RULE,
    &rlimit_nproc::RULE,
    &threads_max::RULE,
    &unprivileged_userns_clone::RULE,
    &multithreaded::RULE,
    &wsl1::RULE,
    &rhel7_userns_off::RULE,
    &userns_not_built::RULE,
    &userns_depth::RULE,
    &max_user_namespaces_zero::RULE,
    &max_user_namespaces_exhausted::RULE,
    &max_user_namespaces_ancestor::RULE,
    &chroot::RULE,
    &id_unmapped::RULE,
    &selinux_userns_denied::RULE,
    &apparmor_userns_denied::RULE,
    &apparmor_profile_missing::RULE,
    &apparmor_unprivileged_userns::RULE,
    &no_cap_sys_admin::RULE,
    &max_mnt_namespaces::RULE,
    &pidns_not_built::RULE,
    &pidns_already_unshared::RULE,
    &pidns_depth::RULE,
    &max_pid_namespaces::RULE,
    &max_other_namespaces::RULE,
    &gvisor::RULE,
    &grsecurity::RULE,
    &lsm_userns_denied::RULE,
    &pid_max::RULE,
    &pidns_init_dead::RULE,
    &cgroup_pids_max::RULE,
    &proc_not_mounted::RULE,
    &proc_other_pidns::RULE,
    &not_dumpable::RULE,
    &proc_readonly::RULE,
    &newuidmap_missing::RULE,
    &newuidmap_not_setuid::RULE,
    &newuidmap_no_new_privs::RULE,
    &idmap_not_permitted::RULE,
    &setfcap_missing::RULE,
    &no_cap_sys_time::RULE,
    &no_cap_setid::RULE,
    &setgroups_denied::RULE,
    &seccomp_mount::RULE,
    &apparmor_deny_mount::RULE,
    &selinux_mount_denied::RULE,
    &root_not_mountpoint::RULE,
    &target_missing::RULE,
    &no_cap_sys_chroot::RULE,
    &proc_mountpoint_missing::RULE,
    &mount_max::RULE,
    &mount_proc_usage::RULE,
    &proc_masked::RULE,
    &proc_atime_locked::RULE,
    &proc_subset_pid::RULE,
    &landlock::RULE,
    &set_ids_unmapped::RULE,
    &program_missing::RULE,
    &docker_config_malformed::RULE,
    &docker_config_conflict::RULE,
    &docker_remap_user_missing::RULE,
    &docker_subid_malformed::RULE,
    &docker_subid_missing::RULE,
    &docker_subid_too_few::RULE,
    &docker_subid_overlap::RULE,
    &docker_remap_containerd_store::RULE,
    &docker_remap_root::RULE,
    &docker_remap_not_configured::RULE,
    &docker_remap_pending_restart::RULE,
    &docker_remap_privileged_clash::RULE,
    &docker_remap_unverified::RULE,
];

/// The rule with this id.
#[must_use]
pub fn find(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.id == id).copied()
}

/// The rules that guard a step, in the kernel's order.
pub fn at(step: Step) -> impl Iterator<Item = &'static Rule> {
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

/// A limit on namespaces that nobody reaches: the default of a machine of some size (half of what
/// `kernel.threads-max` is by default). A lower one is raised to this.
pub const MANY_NAMESPACES: u64 = 28_633;

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
