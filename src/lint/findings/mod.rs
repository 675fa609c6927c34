//! What is worth knowing of a container beside its verdict: settings that contradict each other or
//! the host. One file each.

mod container_may_not_start;
mod fargate_refuses;
mod favor_unshare_pid;
mod flags_in_quotes;
mod further_gate;
mod host_users_needs_runtime;
mod image_implies_mechanism;
mod image_user_decides;
mod no_new_privileges_harmless;
mod non_root_user_needs_user_namespace;
mod pod_security_rejects_fix;
mod privileged_makes_moot;
mod privileged_with_userns_remap;
mod privileged_without_need;
mod proc_stays_masked;
mod runner_decides;
mod runtime_class;
mod runtime_decides;
mod service_may_not_start;
mod sysctl_not_namespaced;
mod unsafe_sysctl;
mod userns_host_without_remap;

use super::Case;
use crate::findings::Finding;
use crate::verdict::Severity;

type Check = fn(&Case<'_>) -> Option<Finding>;

/// Those that find what keeps a container from starting.
const REFUSALS: &[Check] = &[
    privileged_with_userns_remap::check,
    fargate_refuses::check,
    host_users_needs_runtime::check,
    sysctl_not_namespaced::check,
    service_may_not_start::check,
    container_may_not_start::check,
];

/// Every check, in the order of the report.
const CHECKS: &[Check] = &[
    privileged_with_userns_remap::check,
    fargate_refuses::check,
    sysctl_not_namespaced::check,
    unsafe_sysctl::check,
    service_may_not_start::check,
    container_may_not_start::check,
    favor_unshare_pid::check,
    flags_in_quotes::check,
    non_root_user_needs_user_namespace::check,
    pod_security_rejects_fix::check,
    host_users_needs_runtime::check,
    runtime_class::check,
    runtime_decides::check,
    runner_decides::check,
    privileged_makes_moot::check,
    privileged_without_need::check,
    proc_stays_masked::check,
    further_gate::check,
    no_new_privileges_harmless::check,
    userns_host_without_remap::check,
    image_user_decides::check,
    image_implies_mechanism::check,
];

/// Those that are about the container alone, whatever it asks for.
const OF_EVERY: &[Check] = &[
    privileged_with_userns_remap::check,
    fargate_refuses::check,
    sysctl_not_namespaced::check,
    unsafe_sysctl::check,
    service_may_not_start::check,
    container_may_not_start::check,
    host_users_needs_runtime::check,
    runtime_class::check,
    privileged_makes_moot::check,
    image_implies_mechanism::check,
];

/// Everything worth knowing; where nobody can judge what is asked for, what holds all the same.
pub(super) fn all<'a>(case: &'a Case<'_>, open: bool) -> impl Iterator<Item = Finding> + 'a {
    let checks = if open { OF_EVERY } else { CHECKS };
    let first = checks.iter().filter_map(|check| check(case));
    first.chain(container_may_not_start::others(case))
}

/// What keeps the container from starting, whatever would become of isolation in it.
pub(super) fn refusals<'a>(case: &'a Case<'_>) -> impl Iterator<Item = Finding> + 'a {
    let found = REFUSALS.iter().filter_map(|check| check(case));
    let found = found.chain(container_may_not_start::others(case));
    found.filter(|found| found.severity == Severity::Error)
}
