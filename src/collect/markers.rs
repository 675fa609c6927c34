//! What tells a container or a virtual machine from a host.

use super::Collector;
use crate::facts::{Fact, Markers, Missing};

/// The files and directories that mark a container, a virtual machine or a platform.
const MARKERS: &[&str] = &[
    "/.dockerenv",
    "/run/.containerenv",
    "/run/systemd/container",
    "/run/host/container-manager",
    "/proc/vz",
    "/proc/bc",
    "/dev/lxd/sock",
    "/dev/.lxc",
    "/.flatpak-info",
    "/.singularity.d",
    "/run/secrets/kubernetes.io/serviceaccount",
    "/var/run/secrets/kubernetes.io/serviceaccount",
    "/proc/sys/fs/binfmt_misc/WSLInterop",
    "/proc/sys/fs/binfmt_misc/WSLInterop-late",
    "/usr/lib/wsl",
    "/run/systemd/system",
    "/Docker/host",
];

pub(super) fn markers(file: &Collector) -> Markers {
    let (systemd_container, container_manager) =
        (file.line("/run/systemd/container"), file.line("/run/host/container-manager"));
    // What is read need not be looked for.
    let read = [&systemd_container, &container_manager];
    let present = |path: &'static str| match read.into_iter().find(|fact| fact.source == path) {
        Some(fact) if fact.value().is_some() => Fact::known(true, path),
        Some(fact) if fact.seen == Err(Missing::Absent) => Fact::known(false, path),
        _ => file.present(path),
    };
    Markers {
        paths: MARKERS.iter().map(|path| (*path, present(path))).collect(),
        systemd_container,
        container_manager,
        pid1_container: file.get("/proc/1/environ").field(|environ| {
            let set = environ.split(|byte| *byte == 0);
            let value = set.filter_map(|word| word.strip_prefix(b"container=")).next()?;
            Some(String::from_utf8_lossy(value).into_owned())
        }),
        pid1_comm: file.line("/proc/1/comm"),
        pid2_comm: file.line("/proc/2/comm"),
    }
}
