//! What is worth knowing of a container beside its verdict: settings that contradict each other or
//! the host. One file each.

mod fargate_refuses;
mod favor_unshare_pid;
mod further_gate;
mod host_users_too_old;
mod image_user_decides;
mod no_new_privileges_harmless;
mod non_root_flags;
mod pod_security_rejects_fix;
mod privileged_makes_moot;
mod privileged_with_remap;
mod privileged_without_need;
mod proc_stays_masked;
mod userns_host_without_remap;

use std::rc::Rc;

use super::Case;
use crate::deploy::Place;
use crate::report::lint::FileFinding;
use crate::report::{Location, Severity};

/// What a file of this folder gives.
pub(super) struct Found {
    severity: Severity,
    title: String,
    detail: String,
    place: Place,
    remedies: Rc<[crate::report::Remedy]>,
}

impl Found {
    fn new(
        severity: Severity,
        place: Place,
        title: impl Into<String>,
        detail: impl Into<String>,
    ) -> Option<Self> {
        Some(Self {
            severity,
            title: title.into(),
            detail: detail.into(),
            place,
            remedies: Rc::default(),
        })
    }
}

type Check = fn(&Case<'_>) -> Option<Found>;

/// Every finding, in the order of the report.
const ALL: &[(&str, Check)] = &[
    ("privileged-with-userns-remap", privileged_with_remap::check),
    ("fargate-refuses", fargate_refuses::check),
    ("favor-unshare-pid", favor_unshare_pid::check),
    ("non-root-user-needs-user-namespace", non_root_flags::check),
    ("pod-security-rejects-fix", pod_security_rejects_fix::check),
    ("host-users-runtime", host_users_too_old::check),
    ("privileged-makes-moot", privileged_makes_moot::check),
    ("privileged-without-need", privileged_without_need::check),
    ("proc-stays-masked", proc_stays_masked::check),
    ("further-gate", further_gate::check),
    ("no-new-privileges-harmless", no_new_privileges_harmless::check),
    ("userns-host-without-remap", userns_host_without_remap::check),
    ("image-user-decides", image_user_decides::check),
];

/// Everything worth knowing.
pub(super) fn all(case: &Case<'_>, located: &dyn Fn(Place) -> Location) -> Vec<FileFinding> {
    let found = ALL.iter().filter_map(|(rule, check)| check(case).map(|found| (*rule, found)));
    found
        .map(|(rule, found)| FileFinding {
            rule,
            severity: found.severity,
            title: found.title,
            detail: found.detail,
            location: Some(located(found.place)),
            remedies: found.remedies,
        })
        .collect()
}
