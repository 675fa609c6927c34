//! A node of Kubernetes for pods with `hostUsers: false`. What runtime and kubelet are there is in
//! [`crate::facts::ClusterNode`]; here is only what they ask for.

use super::Mechanism;
use crate::plan::{Plan, Program, Step, Via};

/// What the kubelet has pods started by. It is looked for only where somebody asks.
pub(crate) static RUNTIME: Program = Program { others: &["crio"], ..Program::named("containerd") };

/// The row: no program is run, for what is installed and configured decides.
pub(crate) static MECHANISM: Mechanism = Mechanism {
    daemon: true,
    ..Mechanism::of("kubernetes-userns", &RUNTIME, "", |_, _, _| plan())
};

/// The plan: the kubelet looks its range up when it starts and asks the runtime what that can do
/// (pkg/kubelet/userns, pkg/kubelet/kubelet_pods.go); the runtime makes the user namespace of the
/// pod before anything else, shows image and volumes under other owners, and then mounts procfs
/// (containerd internal/cri/server, core/mount; runc libcontainer/rootfs_linux.go).
#[must_use]
pub(crate) fn plan() -> Plan {
    Plan {
        steps: vec![
            Step::FindBinary,
            Step::SubidLookup,
            Step::Start,
            Step::Unshare,
            Step::IdmappedMounts,
            Step::MountProc,
        ],
        namespaces: super::userns_remap::OF_A_CONTAINER,
        fork: true,
        mount_proc: Some("/proc".into()),
        ..Plan::empty(&MECHANISM, Via::Daemon)
    }
}
