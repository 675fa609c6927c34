//! Mounts: each runtime keeps roots at places of its own, and mounts files of its own into them.

use super::cgroup::cgroup_path;
use super::{
    ANDROID, APPTAINER, BUBBLEWRAP, BUILDKIT, CONTAINERD, CONTAINERS_STORAGE, DOCKER, FLATPAK,
    GARDEN, KATA, KUBERNETES, LAMBDA, LXC, NERDCTL, NSPAWN, OPENVZ, PODMAN, Place, SNAP, SYSBOX,
    Sign, is_long_id,
};
use crate::facts::{Evidence, Fact, Facts};
use crate::parse::mountinfo::Mount;

/// What the mounts say.
#[derive(Clone, Debug, Default)]
pub(crate) struct MountSigns {
    /// The container that the root directory or a file mounted into it belongs to.
    pub place: Option<Sign>,
    /// The root directory, when it belongs to no known container.
    pub own_root: Option<Evidence>,
    /// A root directory of its own with devtmpfs on /dev: no container runtime mounts that.
    pub host_shape: Option<Evidence>,
    /// A container's root, but not whose.
    pub ambiguous: Option<Evidence>,
    /// /dev is the tmpfs that runc and crun mount (OCI runtime-spec, default devices).
    pub container_shape: bool,
    /// Whether the table looks whole: it shows /, /proc and /dev.
    pub full: bool,
}

/// Our mounts; else those of pid 1, else a table that tells less.
fn fact(facts: &Facts) -> &Fact<Vec<Mount>> {
    let mounts = &facts.mounts;
    let others = [&mounts.of_pid1, &mounts.table];
    let known = |fact: &&Fact<Vec<Mount>>| fact.value().is_some();
    if known(&&mounts.list) {
        &mounts.list
    } else {
        others.into_iter().find(known).unwrap_or(&mounts.list)
    }
}

pub(super) fn list(facts: &Facts) -> &[Mount] {
    fact(facts).value().map_or(&[], Vec::as_slice)
}

pub(super) fn of_mount(facts: &Facts, mount: &Mount) -> Evidence {
    let mut text = format!("{} {} {} {}", mount.root, mount.target, mount.fs_type, mount.source);
    let layers = mount.super_options.iter().find(|o| {
        o.starts_with("lowerdir=") || o.starts_with("upperdir=") || o.starts_with("aname=")
    });
    if let Some(option) = layers {
        text.push(' ');
        // A lowerdir can name a hundred layers; the first says where they are.
        text.push_str(option.split(':').next().unwrap_or(option));
    }
    Evidence::at(fact(facts), text)
}

pub(crate) fn mounts(facts: &Facts) -> MountSigns {
    let list = list(facts);
    // The mount on / that came last is the one that is seen.
    let root = list.iter().rfind(|m| m.target == "/");
    let at = |target: &str| list.iter().rfind(|m| m.target == target);
    let dev = at("/dev");
    let container_shape = dev.is_some_and(|m| m.fs_type == "tmpfs" && m.has_super("size=65536k"));
    let full = root.is_some() && dev.is_some() && at("/proc").is_some();
    let mut found = MountSigns { container_shape, full, ..MountSigns::default() };
    let of_root = root.and_then(|m| {
        Some(Sign { place: root_place(m, container_shape)?, evidence: of_mount(facts, m) })
    });
    // A pod's files are mounted into whatever root the runtime made.
    let of_files = list
        .iter()
        .filter_map(|m| Some(Sign { place: file_place(m)?, evidence: of_mount(facts, m) }));
    let of_files: Vec<Sign> = of_files.collect();
    let first = |wanted: &[Place]| of_files.iter().find(|s| wanted.contains(&s.place)).cloned();
    found.place = first(&[KUBERNETES])
        .filter(|_| {
            of_root
                .as_ref()
                .is_none_or(|s| matches!(s.place, DOCKER | CONTAINERD | CONTAINERS_STORAGE | KATA))
        })
        .or_else(|| {
            first(&[SYSBOX])
                .filter(|_| of_root.as_ref().is_none_or(|s| matches!(s.place, DOCKER | CONTAINERD)))
        })
        // Docker with the image store of containerd: the root is containerd's, the files are
        // Docker's.
        .or_else(|| {
            first(&[DOCKER, PODMAN, NERDCTL])
                .filter(|_| of_root.as_ref().is_none_or(|s| s.place == CONTAINERD))
        })
        .or(of_root)
        .or_else(|| of_files.first().cloned());
    if found.place.is_some() {
        return found;
    }
    let Some(root) = root else { return found };
    if container_shape {
        found.ambiguous = Some(of_mount(facts, root)).filter(|_| root.fs_type == "overlay");
        return found;
    }
    let device = root.source.starts_with("/dev/")
        || !matches!(root.fs_type.as_str(), "overlay" | "tmpfs" | "9p");
    let tmpfs_dev = dev.is_some_and(|m| m.fs_type == "tmpfs");
    // Apptainer and confined snaps keep the host's /dev, below an image of their own.
    let image =
        matches!(root.fs_type.as_str(), "squashfs" | "erofs") || root.fs_type.starts_with("fuse.");
    if !image && dev.is_some_and(|m| m.fs_type == "devtmpfs" && m.root == "/") {
        found.host_shape = Some(of_mount(facts, root));
    }
    if found.host_shape.is_some() || (device && !image && !tmpfs_dev) {
        found.own_root = Some(of_mount(facts, root));
    }
    found
}

/// Whose root directory this is: each runtime keeps its containers at places of its own.
fn root_place(root: &Mount, container_shape: bool) -> Option<Place> {
    let text = format!("{} {} {}", root.root, root.source, root.super_options.join(","));
    let has = |parts: &[&str]| parts.iter().any(|part| text.contains(part));
    Some(match () {
        () if has(&["kataShared"]) => KATA,
        () if has(&["/buildkit/"]) => BUILDKIT,
        () if has(&[
            "/overlay2/", "/var/lib/docker/", "/var-lib-docker/", "/.local/share/docker/",
            "/mapper/docker-", "desktop-containerd/",
        ]) =>
        {
            DOCKER
        }
        () if has(&[
            "/docker/aufs/", "/docker/btrfs/", "/docker/vfs/", "/docker/zfs/", "/docker/overlay/",
            "/docker/fuse-overlayfs/", "/docker/rootfs/", "/docker/containerd/",
        ]) =>
        {
            DOCKER
        }
        () if root.fs_type == "zfs" && root.source.rsplit('/').next().is_some_and(is_long_id) => {
            DOCKER
        }
        () if root.fs_type == "aufs" && container_shape => DOCKER,
        () if has(&[
            "/rancher/k3s/", "/rancher/rke2/", "/var/lib/k0s/", "/microk8s/", "/kubelet/pods/",
        ]) =>
        {
            KUBERNETES
        }
        () if has(&["/.local/share/containers/"]) => PODMAN,
        () if has(&["/containers/storage/", "/overlay/l/"]) => CONTAINERS_STORAGE,
        () if has(&[
            "/io.containerd.snapshotter", "/lib/containerd/", "/.local/share/containerd/",
            "/containerd/io.containerd",
        ]) =>
        {
            CONTAINERD
        }
        // Docker's directory may have any name, as `@docker` on a Synology.
        () if root.root.contains("/btrfs/subvolumes/")
            && root.root.rsplit('/').next().is_some_and(is_long_id) =>
        {
            DOCKER
        }
        () if has(&["/grootfs/", "/garden/"]) => GARDEN,
        () if has(&["/apptainer/mnt/", "/singularity/mnt/"]) => APPTAINER,
        () if has(&["/var/lib/machines/"]) || root.root.starts_with("/machines/") => NSPAWN,
        () if has(&["/storage-pools/"])
            || (has(&["/lxc/", "/lxd/", "/incus/"]) && has(&["rootfs", "/containers/"])) =>
        {
            LXC
        }
        // LXD and Incus on zfs or LVM; Proxmox VE on zfs or LVM.
        () if root.fs_type == "zfs" && has(&["/containers/"]) => LXC,
        () if has(&["subvol-"]) && has(&["-disk-"]) => LXC,
        () if root.source.starts_with("/dev/mapper/")
            && (has(&["-containers_"]) || (has(&["-vm--"]) && has(&["--disk--"]))) =>
        {
            LXC
        }
        () if root.fs_type == "simfs" || root.source.starts_with("/dev/ploop") => OPENVZ,
        () if root.root.starts_with("/newroot") => BUBBLEWRAP,
        () => return None,
    })
}

/// Whose file this is, among those that managers mount into a container.
pub(super) fn file_place(m: &Mount) -> Option<Place> {
    let target = m.target.as_str();
    let is_etc = matches!(target, "/etc/hosts" | "/etc/hostname" | "/etc/resolv.conf");
    let is_file = is_etc
        || matches!(
            target,
            "/dev/termination-log" | "/dev/shm" | "/run/.containerenv" | "/run/secrets"
        );
    let below = |dir: &str| target.starts_with(dir);
    Some(match () {
        () if below("/run/secrets/kubernetes.io/serviceaccount")
            || below("/var/run/secrets/kubernetes.io/serviceaccount") =>
        {
            KUBERNETES
        }
        // On a node the same directories are mounted below /var/lib/kubelet; a node agent sees
        // those below its own /host.
        () if m.root.contains("/kubelet/pods/") && !target.contains("kubelet") => KUBERNETES,
        () if is_file && m.root.contains(".cri/sandboxes/") => KUBERNETES,
        // Only a user's runtime directory has them at its root; CRI-O and Podman as root keep them
        // below `storage`.
        () if is_file && m.root.starts_with("/containers/overlay-containers/") => PODMAN,
        () if is_file && m.root.contains("/overlay-containers/") => CONTAINERS_STORAGE,
        () if is_etc && m.root.contains("/nerdctl/") => NERDCTL,
        () if is_etc && m.root.contains("/docker/containers/") => DOCKER,
        () if is_etc
            && m.root.split('/').rev().nth(1).is_some_and(is_long_id)
            && m.root.contains("/containers/") =>
        {
            DOCKER
        }
        () if is_cgroup(m) && m.root != "/" => return cgroup_path(&m.root).map(|(place, _)| place),
        () if m.source == "sysboxfs" => SYSBOX,
        () if is_desktop_share(m) => DOCKER,
        () if below("/apex/") => ANDROID,
        () if (m.fs_type == "fuse.lxcfs" && below("/proc/"))
            || below("/dev/.lxd-mounts")
            || below("/dev/.incus-mounts") =>
        {
            LXC
        }
        () if target == "/dev" && m.fs_type == "tmpfs" && m.has_super("size=492k") => LXC,
        () if target == "/run/host/incoming" || target == "/run/systemd/nspawn/incoming" => NSPAWN,
        () if below("/var/lib/snapd/hostfs") => SNAP,
        () if target == "/.flatpak-info"
            || (target == "/usr" && m.root.contains("/flatpak/runtime/")) =>
        {
            FLATPAK
        }
        () if matches!(target, "/var/rapid" | "/var/runtime" | "/var/task") => LAMBDA,
        () => return None,
    })
}

/// Whether Docker Desktop made this mount in a container, of a directory of the outer system; in
/// its machine they come in below other directories.
fn is_desktop_share(m: &Mount) -> bool {
    const TYPES: &[&str] = &["fakeowner", "fuse.grpcfuse", "fuse.osxfs", "grpcfuse", "osxfs"];
    let of_machine = ["/run/host_mark", "/host_mnt", "/run/desktop"];
    TYPES.contains(&m.fs_type.as_str()) && !of_machine.iter().any(|dir| m.target.starts_with(dir))
}

fn is_cgroup(m: &Mount) -> bool {
    m.fs_type == "cgroup" || m.fs_type == "cgroup2"
}
