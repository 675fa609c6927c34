//! What single facts say of the place: one small reader for each kind of fact.

use super::vantage::VantageId;
use crate::facts::Evidence;
use crate::facts::Facts;

mod cgroup;
mod desktop;
mod kernel;
mod left_over;
mod mounts;
mod sandbox;
mod security;
#[cfg(test)]
mod tests;
mod weak;

pub(super) use cgroup::cgroup;
pub(super) use desktop::{desktop_share, engine_data, windows_drive};
pub(super) use kernel::{device, gvisor, kernel, linuxkit, microsoft_kernel, openvz, wsl};
pub(super) use left_over::marks;
pub(super) use mounts::{MountSigns, mounts};
pub(super) use sandbox::sandbox;
pub(super) use security::label;
pub(super) use weak::{host_like, id_map};

/// A kind of place, and its name in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub id: VantageId,
    pub name: &'static str,
}

/// A fact that speaks for a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sign {
    pub place: Place,
    pub evidence: Evidence,
}

const fn place(id: VantageId, name: &'static str) -> Place {
    Place { id, name }
}

pub(super) const DOCKER: Place = place(VantageId::Docker, "a Docker container");
const BUILDKIT: Place = place(VantageId::Docker, "a BuildKit build step");
const SYSBOX: Place = place(VantageId::Docker, "a Sysbox container");
pub(super) const ECS: Place = place(VantageId::Docker, "an Amazon ECS task");
pub(super) const CONTAINERD: Place = place(VantageId::Other, "a containerd container");
/// Podman, Buildah and CRI-O share containers/storage; without a pod it is Podman.
pub(super) const CONTAINERS_STORAGE: Place =
    place(VantageId::Podman, "a Podman or Buildah container");
const PODMAN: Place = place(VantageId::Podman, "a Podman container");
pub(super) const KUBERNETES: Place = place(VantageId::Kubernetes, "a Kubernetes pod");
const LXC: Place = place(VantageId::Lxc, "an LXC container");
const NSPAWN: Place = place(VantageId::SystemdNspawn, "a systemd-nspawn container");
const GVISOR: Place = place(VantageId::Gvisor, "a gVisor sandbox");
const WSL: Place = place(VantageId::Wsl, "the Windows Subsystem for Linux");
const OPENVZ: Place = place(VantageId::Openvz, "an OpenVZ container");
pub(super) const APPTAINER: Place = place(VantageId::Apptainer, "an Apptainer container");
const FLATPAK: Place = place(VantageId::Flatpak, "a Flatpak sandbox");
const SNAP: Place = place(VantageId::Other, "a confined snap");
const BUBBLEWRAP: Place = place(VantageId::Other, "a bubblewrap sandbox");
const SANDBOX: Place = place(VantageId::Other, "a sandbox that a user made");
pub(super) const KATA: Place = place(VantageId::Other, "a Kata container");
const NERDCTL: Place = place(VantageId::Other, "a containerd container (nerdctl or ctr)");
pub(super) const LAMBDA: Place = place(VantageId::Other, "AWS Lambda");
pub(super) const CLOUD_RUN: Place = place(VantageId::Other, "Google Cloud Run");
const GARDEN: Place = place(VantageId::Other, "a Cloud Foundry Garden container");
const MESOS: Place = place(VantageId::Other, "a Mesos container");
const HEROKU: Place = place(VantageId::Other, "a Heroku dyno");
pub(super) const MANAGED: Place = place(VantageId::Other, "a container of another manager");
const AZURE: Place = place(VantageId::Other, "a container of Azure");
const ANDROID: Place = place(VantageId::Other, "an Android app or shell");
pub(super) const OCI: Place = place(VantageId::Other, "an OCI container");

/// Whether this is the initial pid namespace. Its inode number is fixed (include/linux/proc_ns.h,
/// PROC_PID_INIT_INO); and only there, kthreadd is pid 2.
pub(super) fn initial_pid_namespace(facts: &Facts) -> Option<(bool, Evidence)> {
    if let Some(yes) = facts.in_initial_pidns() {
        let inode = facts.namespaces.pid.value().copied().unwrap_or_default();
        let what = if yes { "the initial pid namespace" } else { "not the initial pid namespace" };
        return Some((yes, Evidence::at(&facts.namespaces.pid, format!("{inode}: {what}"))));
    }
    let comm = facts.markers.pid2_comm.value()?;
    Some((comm == "kthreadd", Evidence::new("/proc/2/comm", comm)))
}

/// What shows a Kubernetes pod, from any fact.
pub(super) fn kubernetes(facts: &Facts) -> Option<Evidence> {
    let of_mounts = mounts::list(facts)
        .iter()
        .find(|m| mounts::file_place(m) == Some(KUBERNETES))
        .map(|m| mounts::of_mount(facts, m));
    let of_cgroup = || cgroup(facts).filter(|s| s.place == KUBERNETES).map(|s| s.evidence);
    let of_label = || label(facts).filter(|s| s.place == KUBERNETES).map(|s| s.evidence);
    let of_marks = || marks(facts).into_iter().find(|s| s.place == KUBERNETES).map(|s| s.evidence);
    of_mounts.or_else(of_cgroup).or_else(of_label).or_else(of_marks)
}

fn is_hex(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// A container id, whole or short.
fn is_id(text: &str) -> bool {
    (12..=64).contains(&text.len()) && is_hex(text)
}

/// A whole container id.
fn is_long_id(text: &str) -> bool {
    text.len() == 64 && is_hex(text)
}

/// A container id of which people left out a part when they pasted it: `3ccfa0...`, `xxxx`, `<id>`.
fn is_cut_id(text: &str) -> bool {
    let of_id = |c: char| c.is_ascii_hexdigit() || matches!(c, '.' | '…' | 'x' | 'X' | '*');
    text.len() >= 3 && (text.starts_with('<') || text.chars().all(of_id))
}
