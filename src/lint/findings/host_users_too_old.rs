//! `hostUsers: false` needs Linux 6.3 and a runtime that knows it; containerd up to 1.6 ignores it
//! without a word (Kubernetes documentation, "User Namespaces").

use super::{Case, Found};
use crate::deploy::Engine;
use crate::deploy::container::Userns;
use crate::report::Severity;

pub(super) fn check(case: &Case<'_>) -> Option<Found> {
    let userns = case.container.settings.userns.as_ref()?;
    if case.container.engine != Engine::Kubernetes || userns.value != Userns::Own {
        return None;
    }
    let detail = "it needs Linux 6.3, containerd 2.0 or CRI-O 1.25, runc 1.2 or crun 1.9, and \
        Kubernetes 1.33 (or the feature gate); containerd 1.6 ignores it silently";
    match case.judge.host.facts.kernel_at_least(6, 3) {
        Some(false) => Found::new(
            Severity::Error,
            userns.place,
            "hostUsers: false needs Linux 6.3; the host has an older kernel",
            detail,
        ),
        _ => Found::new(
            Severity::Note,
            userns.place,
            "hostUsers: false takes effect only with a runtime that is new enough",
            detail,
        ),
    }
}
