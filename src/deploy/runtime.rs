//! Who makes a container out of its settings: what each gives it where they say nothing, one row
//! each; and the programs below them that isodoc cannot judge.

use super::container::Engine;
use crate::facts::Caps;

/// What makes containers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Runtime {
    /// Docker.
    Docker,
    /// Podman.
    Podman,
    /// containerd, for Kubernetes.
    Containerd,
    /// CRI-O, for Kubernetes.
    CriO,
}

/// What a runtime gives a container.
pub(crate) struct Defaults {
    /// Its id.
    pub id: &'static str,
    /// Its name.
    pub name: &'static str,
    /// The capabilities of root in the container.
    pub capabilities: Caps,
    /// Whether a user other than root gets the capabilities that are added; else they are in the
    /// bounding set alone.
    pub adds_for_users: bool,
    /// Whether a container gets the default filter where it names none.
    pub filters: bool,
    /// Whether the default filter lets everybody make namespaces and mount; else it takes
    /// CAP_SYS_ADMIN.
    pub filter_is_open: bool,
    /// Whether what is dropped by name goes last: over what is added by name, and from nothing
    /// where ALL is dropped and added.
    pub drops_last: bool,
    /// The AppArmor profile of a container, where the host has AppArmor.
    pub apparmor: &'static str,
}

/// moby `daemon/pkg/oci/caps/defaults.go`, `profiles/seccomp/default_linux.go`.
static DOCKER: Defaults = Defaults {
    id: "docker",
    name: "Docker",
    capabilities: Caps(0xa804_25fb),
    adds_for_users: false,
    filters: true,
    filter_is_open: false,
    drops_last: false,
    apparmor: "docker-default (enforce)",
};

/// containers/common `pkg/config/default.go`, `pkg/seccomp/seccomp.json`; podman
/// `pkg/specgen/generate/security_linux.go`, where added capabilities of a user are ambient (seen
/// with 4.3, 5.8 and 6.1).
static PODMAN: Defaults = Defaults {
    id: "podman",
    name: "podman",
    capabilities: Caps(0x8004_05fb),
    adds_for_users: true,
    filters: true,
    filter_is_open: true,
    drops_last: false,
    apparmor: "containers-default (enforce)",
};

/// containerd `pkg/oci/spec.go`, `contrib/seccomp/seccomp_default.go`, and for capabilities
/// `internal/cri/opts/spec_linux_opts.go` (WithCapabilities).
static CONTAINERD: Defaults = Defaults {
    id: "containerd",
    name: "containerd",
    capabilities: Caps(0xa804_25fb),
    adds_for_users: false,
    filters: false,
    filter_is_open: false,
    drops_last: true,
    apparmor: "cri-containerd.apparmor.d (enforce)",
};

/// CRI-O `internal/config/capabilities`, `internal/factory/container` (setupCapabilities); its
/// filter is that of containers/common.
static CRI_O: Defaults = Defaults {
    id: "cri-o",
    name: "CRI-O",
    capabilities: Caps(0x0000_05fb),
    adds_for_users: false,
    filters: false,
    filter_is_open: true,
    drops_last: true,
    apparmor: "crio-default (enforce)",
};

impl serde::Serialize for Runtime {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.defaults().id)
    }
}

impl Runtime {
    /// What it gives a container.
    pub(crate) fn defaults(self) -> &'static Defaults {
        match self {
            Self::Docker => &DOCKER,
            Self::Podman => &PODMAN,
            Self::Containerd => &CONTAINERD,
            Self::CriO => &CRI_O,
        }
    }

    /// What makes the containers of an engine, where this one makes those of pods.
    pub(crate) fn of(engine: Engine, pods: Self) -> Self {
        match engine {
            Engine::Docker => Self::Docker,
            Engine::Podman => Self::Podman,
            Engine::Kubernetes => pods,
        }
    }
}

/// The paths under /proc that every runtime mounts something over, or makes read-only: moby
/// `daemon/pkg/oci/defaults.go`, containerd `pkg/oci/spec.go`, containers/common `pkg/config`,
/// Kubernetes `pkg/securitycontext`.
pub(crate) fn masks() -> impl Iterator<Item = &'static str> {
    const OVER: &[&str] = &[
        "acpi",
        "asound",
        "kcore",
        "keys",
        "latency_stats",
        "timer_list",
        "timer_stats",
        "sched_debug",
        "scsi",
    ];
    const READ_ONLY: &[&str] = &["bus", "fs", "irq", "sys", "sysrq-trigger"];
    OVER.iter().chain(READ_ONLY).copied()
}
