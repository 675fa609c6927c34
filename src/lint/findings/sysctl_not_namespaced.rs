//! A container sets only those parameters of the kernel that belong to a namespace of its own (runc
//! `libcontainer/configs/validate`, crun `src/libcrun/linux.c`; the kubelet has the same list,
//! `pkg/kubelet/sysctl`).

use super::Case;
use crate::deploy::{At, Engine, runtime};
use crate::findings::{Finding, catalogue};

/// What an ipc namespace has of its own.
const OF_IPC: &[&str] = &[
    "kernel.msgmax",
    "kernel.msgmnb",
    "kernel.msgmni",
    "kernel.sem",
    "kernel.shmall",
    "kernel.shmmax",
    "kernel.shmmni",
    "kernel.shm_rmid_forced",
];

pub(super) fn check(case: &Case<'_>) -> Option<Finding> {
    let settings = &case.container.settings;
    // A kernel of its own may have them all.
    if settings.runtime.as_ref().is_some_and(|at| runtime::unlike_runc(&at.value).is_some()) {
        return None;
    }
    let is_on = |setting: &Option<At<bool>>| setting.as_ref().is_some_and(|at| at.value);
    let why = |name: &str| match name {
        // runc and crun take it, and of what asks them only compose.
        "kernel.domainname" => {
            (case.container.engine != Engine::Docker).then_some("podman and the kubelet refuse it")
        }
        "kernel.hostname" => Some("a container's host name is set as such"),
        _ if OF_IPC.contains(&name) || name.starts_with("fs.mqueue.") => {
            is_on(&settings.host_ipc).then_some("the container has the host's ipc namespace")
        }
        _ if name.starts_with("net.") => {
            is_on(&settings.host_network).then_some("the container has the host's network")
        }
        _ => Some("it belongs to no namespace that a container has of its own"),
    };
    let (name, why) = settings.sysctls.iter().find_map(|name| Some((name, why(&name.value)?)))?;
    let title = format!("no runtime sets {} for a container: {why}", name.value);
    let detail = "the container does not start; remove the setting, and set the parameter on the \
        host where that is meant";
    Some(Finding::new(&catalogue::SYSCTL_NOT_NAMESPACED, title, detail).at(name.place))
}
