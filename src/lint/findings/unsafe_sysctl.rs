//! The kubelet refuses a pod with parameters of the kernel that are not safe, unless it is told
//! otherwise (Kubernetes `pkg/kubelet/sysctl/allowlist.go`). What belongs to no namespace it
//! refuses in any case.

use super::Case;
use crate::deploy::{Engine, sysctl};
use crate::findings::{Finding, catalogue};

pub(super) fn check(case: &Case<'_>) -> Option<Finding> {
    (case.container.engine == Engine::Kubernetes).then_some(())?;
    let at_least = |major, minor| case.host().facts.kernel_at_least(major, minor);
    let hangs = |name: &str| sysctl::namespace(name).is_some() && !sysctl::is_safe(name, at_least);
    let sysctl = case.container.settings.sysctls.iter().find(|at| hangs(&at.value.name))?;
    let title = format!(
        "the kubelet refuses {} unless it is told otherwise: it is not among the safe ones",
        sysctl.value.name
    );
    let detail = "the pod does not start (SysctlForbidden) unless `allowedUnsafeSysctls` of the \
        kubelet's configuration has it; the manifest does not show that";
    Some(catalogue::UNSAFE_SYSCTL.at(sysctl.place, title, detail))
}
