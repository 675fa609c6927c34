//! The user namespace remapping of a Docker daemon. What is configured and in effect is judged in
//! [`crate::facts::remap`]; here is only what it asks for.

use super::Mechanism;
use crate::plan::{Namespaces, Plan, Program, Step, Via};

/// The row: no program is run, for the daemon is asked.
pub(crate) static MECHANISM: Mechanism = Mechanism {
    daemon: true,
    always: true,
    ..Mechanism::without_words("userns-remap", &Program::DOCKERD, "", |_, _, _| plan())
};

/// What a runtime makes for a container with a user namespace.
pub(super) const OF_A_CONTAINER: Namespaces = Namespaces(
    Namespaces::USER
        | Namespaces::MNT
        | Namespaces::UTS
        | Namespaces::IPC
        | Namespaces::PID
        | Namespaces::NET,
);

/// The plan: the daemon reads its configuration, and its runtime starts a container in a user
/// namespace of its own (runc `libcontainer/nsenter/nsexec.c`, `libcontainer/rootfs_linux.go`).
#[must_use]
pub(crate) fn plan() -> Plan {
    Plan {
        steps: vec![Step::FindBinary, Step::DaemonConfig, Step::Unshare, Step::MountProc],
        namespaces: OF_A_CONTAINER,
        fork: true,
        mount_proc: Some("/proc".into()),
        ..Plan::empty(&MECHANISM, Via::Daemon)
    }
}
