//! What is worth knowing of a container beside its verdict: settings that contradict each other or
//! the host. One file each.

mod builder_decides;
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

/// What a check is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum About {
    /// Whether the container starts.
    Start,
    /// The container alone, whatever it asks for.
    Container,
    /// What it asks for.
    Isolation,
}

use About::{Container, Isolation, Start};

/// Every check, in the order of the report.
const CHECKS: &[(About, Check)] = &[
    (Start, privileged_with_userns_remap::check),
    (Start, fargate_refuses::check),
    (Start, sysctl_not_namespaced::check),
    (Container, unsafe_sysctl::check),
    (Start, service_may_not_start::check),
    (Start, container_may_not_start::check),
    (Isolation, favor_unshare_pid::check),
    (Isolation, flags_in_quotes::check),
    (Isolation, non_root_user_needs_user_namespace::check),
    (Isolation, pod_security_rejects_fix::check),
    (Start, host_users_needs_runtime::check),
    (Container, runtime_class::check),
    (Isolation, runtime_decides::check),
    (Isolation, runner_decides::check),
    (Isolation, builder_decides::check),
    (Container, privileged_makes_moot::check),
    (Isolation, privileged_without_need::check),
    (Isolation, proc_stays_masked::check),
    (Isolation, further_gate::check),
    (Isolation, no_new_privileges_harmless::check),
    (Isolation, userns_host_without_remap::check),
    (Isolation, image_user_decides::check),
    (Container, image_implies_mechanism::check),
];

/// What the checks find that are about this, or about less.
fn found<'a>(case: &'a Case<'_>, most: About) -> impl Iterator<Item = Finding> + 'a {
    let checks = CHECKS.iter().filter(move |(about, _)| *about <= most);
    let found = checks.filter_map(|(_, check)| check(case));
    found.chain(container_may_not_start::others(case))
}

/// Everything worth knowing; where nobody can judge what is asked for, what holds all the same.
pub(super) fn all<'a>(case: &'a Case<'_>, open: bool) -> impl Iterator<Item = Finding> + 'a {
    found(case, if open { Container } else { Isolation })
}

/// What keeps the container from starting, whatever would become of isolation in it.
pub(super) fn refusals<'a>(case: &'a Case<'_>) -> impl Iterator<Item = Finding> + 'a {
    found(case, Start).filter(|found| found.severity == Severity::Error)
}
