//! `hostUsers: false` needs Linux 6.3: older kernels cannot shift the owners of files in volumes
//! (Kubernetes documentation, "User Namespaces"). What it needs beside the kernel the reader of
//! manifests says of the pod.

use super::Case;
use crate::deploy::Engine;
use crate::deploy::setting::Userns;
use crate::findings::{Finding, catalogue};
use crate::verdict::Severity;

pub(super) fn check(case: &Case<'_>) -> Option<Finding> {
    let userns = case.container.settings.userns.as_ref()?;
    if case.container.engine != Engine::Kubernetes || userns.value != Userns::Own {
        return None;
    }
    let too_old = case.host().facts.kernel_at_least(6, 3) == Some(false);
    too_old.then_some(())?;
    let title = "hostUsers: false needs Linux 6.3; the host has an older kernel";
    let detail = "it needs Linux 6.3, containerd 2.0 or CRI-O 1.25, runc 1.2 or crun 1.9, and \
        Kubernetes 1.33 (or the feature gate); containerd 1.6 ignores it silently";
    let finding = Finding::new(&catalogue::HOST_USERS_NEEDS_RUNTIME, title, detail);
    Some(finding.at(userns.place).severity(Severity::Error))
}
