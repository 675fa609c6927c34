//! Who makes a container out of its settings: what each gives it where they say nothing, one row
//! each; and the programs below them that isodoc cannot judge.

use super::container::Engine;
use super::place::At;
use super::setting::{Masks, Settings};
use crate::facts::Caps;

/// What makes containers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Runtime {
    Docker,
    Podman,
    /// containerd, for Kubernetes.
    Containerd,
    /// CRI-O, for Kubernetes.
    CriO,
    /// systemd, which makes no container.
    Systemd,
    /// liblxc.
    Lxc,
}

/// What a runtime gives a container.
pub(crate) struct Defaults {
    pub id: &'static str,
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
    /// Whether it puts `CAP_` before every name of a capability: one that is written with it means
    /// none then, which runc leaves out with a warning.
    pub prefixes: bool,
    /// Whether a filter that is asked for stays where the container is privileged.
    pub keeps_filter: bool,
    /// Whether an AppArmor profile that is asked for by its name does.
    pub keeps_label: bool,
    /// The AppArmor profile of a container, where the host has AppArmor.
    pub apparmor: &'static str,
    /// The profile that is made for one container, without nesting and with it, if that is done.
    pub made_profile: Option<[&'static str; 2]>,
    /// Whether it mounts over [`MASKED`] and [`READ_ONLY`].
    pub masks: bool,
}

/// moby `daemon/pkg/oci/caps/defaults.go`, `profiles/seccomp/default_linux.go`; the filter of a
/// privileged container since pull 47500 (2024), its AppArmor profile since 31773 (2017).
static DOCKER: Defaults = Defaults {
    id: "docker",
    name: "Docker",
    capabilities: Caps(0xa804_25fb),
    adds_for_users: false,
    filters: true,
    filter_is_open: false,
    drops_last: false,
    prefixes: false,
    keeps_filter: true,
    keeps_label: true,
    apparmor: "docker-default (enforce)",
    made_profile: None,
    masks: true,
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
    prefixes: false,
    keeps_filter: true,
    keeps_label: true,
    apparmor: "containers-default (enforce)",
    made_profile: None,
    masks: true,
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
    prefixes: true,
    keeps_filter: false,
    keeps_label: true,
    apparmor: "cri-containerd.apparmor.d (enforce)",
    made_profile: None,
    masks: true,
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
    prefixes: false,
    keeps_filter: false,
    keeps_label: false,
    apparmor: "crio-default (enforce)",
    made_profile: None,
    masks: true,
};

/// systemd.exec(5): a service of root has every capability, one of a user those that are ambient.
static SYSTEMD: Defaults = Defaults {
    id: "systemd",
    name: "systemd",
    capabilities: Caps::ALL,
    adds_for_users: true,
    filters: false,
    filter_is_open: false,
    drops_last: true,
    prefixes: false,
    keeps_filter: true,
    keeps_label: true,
    apparmor: "unconfined",
    made_profile: None,
    masks: true,
};

/// lxc `src/lxc/lsm/apparmor.c`: where no profile is named it is `lxc-container-default-cgns`, and
/// one that LXC, Proxmox or Incus makes lets everything be mounted where there is nesting. All
/// capabilities are there but those that are dropped, and what lies over /proc its reader says.
static LXC: Defaults = Defaults {
    id: "lxc",
    name: "LXC",
    capabilities: Caps::ALL,
    adds_for_users: false,
    filters: false,
    filter_is_open: false,
    drops_last: false,
    prefixes: false,
    keeps_filter: true,
    keeps_label: true,
    apparmor: "lxc-container-default-cgns (enforce)",
    made_profile: Some(["made by LXC (enforce)", "made by LXC with nesting (unconfined)"]),
    masks: false,
};

impl Defaults {
    /// The AppArmor profile of a container with these settings that asks for the default one.
    pub(crate) fn made_profile(&self, settings: &Settings) -> &'static str {
        let nested = matches!(&settings.masks, Some(At { value: Masks::Beside, .. }));
        match self.made_profile {
            None => self.apparmor,
            Some([_, with]) if nested => with,
            Some([without, _]) => without,
        }
    }
}

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
            Self::Systemd => &SYSTEMD,
            Self::Lxc => &LXC,
        }
    }

    /// What makes the containers of an engine, where this one makes those of pods.
    pub(crate) fn of(engine: Engine, pods: Self) -> Self {
        match engine {
            Engine::Docker => Self::Docker,
            Engine::Podman => Self::Podman,
            Engine::Kubernetes => pods,
            Engine::Systemd => Self::Systemd,
            Engine::Lxc => Self::Lxc,
        }
    }
}

/// Programs that start a container as runc does: on the host's kernel, by the settings given.
const LIKE_RUNC: &[&str] =
    &["runc", "crun", "io.containerd.runc.v1", "io.containerd.runc.v2", "io.containerd.crun.v2"];

/// What the names of others have in them, and what those do otherwise.
const OTHERS: &[(&str, &str)] = &[
    ("sysbox", "Sysbox gives a container a user namespace and a procfs of its own making"),
    ("runsc", "gVisor is a kernel of its own"),
    ("gvisor", "gVisor is a kernel of its own"),
    ("kata", "Kata Containers start a virtual machine with a kernel of its own"),
    ("krun", "krun starts a virtual machine with a kernel of its own"),
    ("firecracker", "Firecracker starts a virtual machine with a kernel of its own"),
    ("wasm", "it runs WebAssembly, not programs"),
    ("spin", "it runs WebAssembly, not programs"),
    ("runhcs", "it is for Windows"),
];

/// Why nobody can tell from the settings what happens under a runtime of this name or path
/// (`--runtime`, `runtime:`, a RuntimeClass); `None` where it is runc or like it.
pub(crate) fn unlike_runc(name: &str) -> Option<String> {
    let program = name.rsplit('/').next().unwrap_or(name).to_ascii_lowercase();
    if LIKE_RUNC.contains(&program.as_str()) || is_nvidia(&program) {
        return None;
    }
    let known = OTHERS.iter().find(|(part, _)| program.contains(part));
    let does = known.map_or("isodoc does not know what it does", |(_, does)| does);
    Some(format!("the runtime {name:?} decides: {does}"))
}

/// Whether it is runc with NVIDIA's devices added.
pub(crate) fn is_nvidia(name: &str) -> bool {
    name == "nvidia" || name.starts_with("nvidia-")
}

/// The paths under /proc that every runtime mounts something over: moby
/// `daemon/pkg/oci/defaults.go`, containerd `pkg/oci/spec.go`, containers/common `pkg/config`,
/// Kubernetes `pkg/securitycontext`.
pub(crate) const MASKED: &[&str] = &[
    "acpi", "asound", "kcore", "keys", "latency_stats", "timer_list", "timer_stats", "sched_debug",
    "scsi",
];

/// Those that it makes read-only, by mounting them over themselves; from the same sources.
pub(crate) const READ_ONLY: &[&str] = &["bus", "fs", "irq", "sys", "sysrq-trigger"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runtimes_by_name() {
        for name in
            ["runc", "crun", "/usr/bin/crun", "nvidia", "nvidia-cdi", "io.containerd.runc.v2"]
        {
            assert_eq!(unlike_runc(name), None, "{name}");
        }
        for (name, does) in [
            ("sysbox-runc", "Sysbox"),
            ("runsc", "gVisor"),
            ("io.containerd.runsc.v1", "gVisor"),
            ("gvisor", "gVisor"),
            ("kata-qemu", "Kata"),
            ("io.containerd.kata.v2", "Kata"),
            ("/usr/bin/krun", "krun"),
            ("wasmtime-spin-v2", "WebAssembly"),
            ("youki", "does not know"),
            ("fast", "does not know"),
        ] {
            assert!(unlike_runc(name).unwrap().contains(does), "{name}");
        }
    }
}
