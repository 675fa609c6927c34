//! What single facts say of the place: one small reader for each kind of fact.

use super::matrix::Id as Row;
use super::vantage::Id;
use crate::facts::{Fact, Facts};
use crate::parse::mountinfo::Mount;
use crate::rules::Evidence;

/// A kind of place, and its name in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub id: Id,
    pub name: &'static str,
}

/// A fact that speaks for a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sign {
    pub place: Place,
    pub evidence: Evidence,
}

const fn place(id: Id, name: &'static str) -> Place {
    Place { id, name }
}

pub const DOCKER: Place = place(Id::Docker, "a Docker container");
const BUILDKIT: Place = place(Id::Docker, "a BuildKit build step");
const SYSBOX: Place = place(Id::Docker, "a Sysbox container");
pub const ECS: Place = place(Id::Docker, "an Amazon ECS task");
pub const CONTAINERD: Place = place(Id::Other, "a containerd container");
/// Podman, Buildah and CRI-O share containers/storage; without a pod it is Podman.
pub const CONTAINERS_STORAGE: Place = place(Id::Podman, "a Podman or Buildah container");
const PODMAN: Place = place(Id::Podman, "a Podman container");
pub const KUBERNETES: Place = place(Id::Kubernetes, "a Kubernetes pod");
const LXC: Place = place(Id::Lxc, "an LXC container");
const NSPAWN: Place = place(Id::SystemdNspawn, "a systemd-nspawn container");
const GVISOR: Place = place(Id::Gvisor, "a gVisor sandbox");
const WSL: Place = place(Id::Wsl, "the Windows Subsystem for Linux");
const OPENVZ: Place = place(Id::Openvz, "an OpenVZ container");
pub const APPTAINER: Place = place(Id::Apptainer, "an Apptainer container");
const FLATPAK: Place = place(Id::Flatpak, "a Flatpak sandbox");
const SNAP: Place = place(Id::Other, "a confined snap");
const BUBBLEWRAP: Place = place(Id::Other, "a bubblewrap sandbox");
pub const KATA: Place = place(Id::Other, "a Kata container");
const NERDCTL: Place = place(Id::Other, "a containerd container (nerdctl or ctr)");
const LAMBDA: Place = place(Id::Other, "AWS Lambda");
const CLOUD_RUN: Place = place(Id::Other, "Google Cloud Run");
const GARDEN: Place = place(Id::Other, "a Cloud Foundry Garden container");
const MESOS: Place = place(Id::Other, "a Mesos container");
const HEROKU: Place = place(Id::Other, "a Heroku dyno");
const ANDROID: Place = place(Id::Other, "an Android app or shell");
pub const OCI: Place = place(Id::Other, "an OCI container");

/// Whether this is the initial pid namespace. Its inode number is fixed (include/linux/proc_ns.h, PROC_PID_INIT_INO);
/// and only there, kthreadd is pid 2.
pub fn initial_pid_namespace(facts: &Facts) -> Option<(bool, Evidence)> {
    if let Some(yes) = facts.in_initial_pidns() {
        let inode = facts.namespaces.pid.value().copied().unwrap_or_default();
        let what = if yes { "the initial pid namespace" } else { "not the initial pid namespace" };
        return Some((yes, Evidence::new(facts.namespaces.pid.source.as_ref(), format!("{inode}: {what}"))));
    }
    let comm = facts.markers.pid2_comm.value()?;
    Some((comm == "kthreadd", Evidence::new("/proc/2/comm", comm)))
}

// --- Control groups ---------------------------------------------------------------------------------------------

/// What the cgroup of this process, or of its pid 1, says; the line with the deepest nesting counts.
pub fn cgroup(facts: &Facts) -> Option<Sign> {
    let of = |fact: &Fact<Vec<crate::parse::cgroup::Membership>>| {
        let found = fact.value()?.iter().filter_map(|m| Some((cgroup_path(&m.path)?, m.path.clone())));
        let ((place, _), path) = found.max_by_key(|((_, depth), _)| *depth)?;
        Some(Sign { place, evidence: Evidence::new(fact.source.as_ref(), path) })
    };
    of(&facts.cgroup.of_self).or_else(|| of(&facts.cgroup.of_pid1))
}

/// The innermost container that a cgroup path names, and how many levels name one.
///
/// The names are those that the managers give: runc's systemd driver (`docker-ID.scope`, `cri-containerd-ID.scope`,
/// `crio-ID.scope`), the cgroupfs driver (`/docker/ID`, `/kubepods/.../podUID/ID`), Podman (`libpod-ID.scope`), LXC
/// (`lxc.payload.NAME`, `/lxc/NAME`), systemd (`machine-NAME.scope`), ECS (`/ecs/TASK/...`), Garden (`/garden/ID`).
fn cgroup_path(path: &str) -> Option<(Place, usize)> {
    let mut found: Option<Place> = None;
    let mut depth = 0;
    let mut before = "";
    // A path for the systemd driver that was given to the cgroupfs driver stays `parent:prefix:ID`.
    let parts: Vec<String> = path
        .split('/')
        .flat_map(|part| match part.split(':').collect::<Vec<_>>()[..] {
            [parent, prefix, id] => vec![parent.to_owned(), format!("{prefix}-{id}")],
            _ => vec![part.to_owned()],
        })
        .filter(|part| !part.is_empty())
        .collect();
    for part in &parts {
        let part = part.as_str();
        // Directly below a pod or a task, a container is that pod's, whichever runtime runs it.
        let own = match found {
            Some(KUBERNETES) => is_pod(before),
            Some(ECS) => true,
            _ => false,
        };
        if part == "supervisor" && found == Some(NSPAWN) {
            found = None;
        } else if let Some(place) = cgroup_segment(before, part)
            && !(own && matches!(place, DOCKER | NERDCTL | PODMAN))
        {
            found = Some(place);
            depth += 1;
        }
        before = part;
    }
    found.map(|place| (place, depth))
}

fn cgroup_segment(before: &str, part: &str) -> Option<Place> {
    let stem = part.trim_end_matches(".scope").trim_end_matches(".slice").trim_end_matches(".service");
    let named = |prefix: &str| stem.strip_prefix(prefix).is_some_and(is_id);
    Some(match () {
        () if part.contains("kubepods") => KUBERNETES,
        () if named("cri-containerd-") || named("crio-") || (before == "k8s.io" && is_id(part)) => KUBERNETES,
        () if named("docker-") => DOCKER,
        () if named("libpod-") || named("libpod-payload-") || stem.strip_prefix("podman-").is_some_and(is_hex) => PODMAN,
        () if named("nerdctl-") || (before == "default" && is_long_id(part)) => NERDCTL,
        () if part.starts_with("lxc.payload") || part == ".lxc" => LXC,
        // Docker once ran on LXC: its containers have an id for a name.
        () if before == "lxc" => return Some(if is_long_id(part) { DOCKER } else { LXC }),
        () if before == "buildkit" => BUILDKIT,
        () if before == "garden" => GARDEN,
        () if before == "mesos" => MESOS,
        () if before == "ecs" || part.starts_with("ecstasks") => ECS,
        () if part.starts_with("sandbox-root-") || part.strip_prefix("sandbox-").is_some_and(|id| id.len() == 6 && is_hex(id)) => LAMBDA,
        () if part.starts_with("machine-lxc") || part.ends_with(".libvirt-lxc") => LXC,
        () if part.starts_with("systemd-nspawn@") => NSPAWN,
        () if before == "machine.slice" && part.starts_with("machine-") && !part.starts_with("machine-qemu") => NSPAWN,
        () if part.starts_with("app-flatpak-") => FLATPAK,
        () if is_long_id(part) || (before == "docker" && is_id(part)) => DOCKER,
        () => return None,
    })
}

/// The segment of a pod: `podUID`, `kubepods-burstable-podUID.slice`.
fn is_pod(segment: &str) -> bool {
    segment.starts_with("pod") || (segment.contains("kubepods") && segment.contains("-pod"))
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

// --- Mounts -----------------------------------------------------------------------------------------------------

/// What the mounts say.
#[derive(Clone, Debug, Default)]
pub struct Mounts {
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

fn list(facts: &Facts) -> &[Mount] {
    facts.mounts.list.value().map_or(&[], Vec::as_slice)
}

fn of_mount(mount: &Mount) -> Evidence {
    let mut text = format!("{} {} {} {}", mount.root, mount.target, mount.fs_type, mount.source);
    let layers = mount.super_options.iter().find(|o| o.starts_with("lowerdir=") || o.starts_with("upperdir=") || o.starts_with("aname="));
    if let Some(option) = layers {
        text.push(' ');
        // A lowerdir can name a hundred layers; the first says where they are.
        text.push_str(option.split(':').next().unwrap_or(option));
    }
    Evidence::new("/proc/self/mountinfo", text)
}

/// Reads the mounts.
pub fn mounts(facts: &Facts) -> Mounts {
    let list = list(facts);
    // The mount on / that came last is the one that is seen.
    let root = list.iter().rfind(|m| m.target == "/");
    let at = |target: &str| list.iter().rfind(|m| m.target == target);
    let dev = at("/dev");
    let container_shape = dev.is_some_and(|m| m.fs_type == "tmpfs" && m.has_super("size=65536k"));
    let full = root.is_some() && dev.is_some() && at("/proc").is_some();
    let mut found = Mounts { container_shape, full, ..Mounts::default() };
    let of_root = root.and_then(|m| Some(Sign { place: root_place(m, container_shape)?, evidence: of_mount(m) }));
    // A pod's files are mounted into whatever root the runtime made.
    let of_files = list.iter().filter_map(|m| Some(Sign { place: file_place(m)?, evidence: of_mount(m) }));
    let of_files: Vec<Sign> = of_files.collect();
    let first = |wanted: &[Place]| of_files.iter().find(|s| wanted.contains(&s.place)).cloned();
    found.place = first(&[KUBERNETES])
        .filter(|_| of_root.as_ref().is_none_or(|s| matches!(s.place, DOCKER | CONTAINERD | CONTAINERS_STORAGE | KATA)))
        .or_else(|| first(&[SYSBOX]).filter(|_| of_root.as_ref().is_none_or(|s| matches!(s.place, DOCKER | CONTAINERD))))
        // Docker with the image store of containerd: the root is containerd's, the files are Docker's.
        .or_else(|| first(&[DOCKER, PODMAN, NERDCTL]).filter(|_| of_root.as_ref().is_none_or(|s| s.place == CONTAINERD)))
        .or(of_root)
        .or_else(|| of_files.first().cloned());
    if found.place.is_some() {
        return found;
    }
    let Some(root) = root else { return found };
    if container_shape {
        found.ambiguous = Some(of_mount(root)).filter(|_| root.fs_type == "overlay");
        return found;
    }
    let device = root.source.starts_with("/dev/") || !matches!(root.fs_type.as_str(), "overlay" | "tmpfs" | "9p");
    let tmpfs_dev = dev.is_some_and(|m| m.fs_type == "tmpfs");
    // Apptainer and confined snaps keep the host's /dev, below an image of their own.
    let image = matches!(root.fs_type.as_str(), "squashfs" | "erofs") || root.fs_type.starts_with("fuse.");
    if !image && dev.is_some_and(|m| m.fs_type == "devtmpfs" && m.root == "/") {
        found.host_shape = Some(of_mount(root));
    }
    if found.host_shape.is_some() || (device && !image && !tmpfs_dev) {
        found.own_root = Some(of_mount(root));
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
            "/overlay2/",
            "/var/lib/docker/",
            "/var-lib-docker/",
            "/.local/share/docker/",
            "/mapper/docker-",
            "desktop-containerd/",
        ]) =>
        {
            DOCKER
        }
        () if has(&[
            "/docker/aufs/",
            "/docker/btrfs/",
            "/docker/vfs/",
            "/docker/zfs/",
            "/docker/overlay/",
            "/docker/fuse-overlayfs/",
            "/docker/rootfs/",
            "/docker/containerd/",
        ]) =>
        {
            DOCKER
        }
        () if root.fs_type == "zfs" && root.source.rsplit('/').next().is_some_and(|name| is_hex(name) && name.len() == 64) => DOCKER,
        () if root.fs_type == "aufs" && container_shape => DOCKER,
        () if has(&["/rancher/k3s/", "/rancher/rke2/", "/var/lib/k0s/", "/microk8s/", "/kubelet/pods/"]) => KUBERNETES,
        () if has(&["/.local/share/containers/"]) => PODMAN,
        () if has(&["/containers/storage/", "/overlay/l/"]) => CONTAINERS_STORAGE,
        () if has(&["/io.containerd.snapshotter", "/lib/containerd/", "/.local/share/containerd/", "/containerd/io.containerd"]) => {
            CONTAINERD
        }
        () if has(&["/grootfs/", "/garden/"]) => GARDEN,
        () if has(&["/apptainer/mnt/", "/singularity/mnt/"]) => APPTAINER,
        () if has(&["/var/lib/machines/"]) || root.root.starts_with("/machines/") => NSPAWN,
        () if has(&["/storage-pools/"]) || (has(&["/lxc/", "/lxd/", "/incus/"]) && has(&["rootfs", "/containers/"])) => LXC,
        // LXD and Incus on zfs or LVM; Proxmox VE on zfs or LVM.
        () if root.fs_type == "zfs" && has(&["/containers/"]) => LXC,
        () if has(&["subvol-"]) && has(&["-disk-"]) => LXC,
        () if root.source.starts_with("/dev/mapper/") && (has(&["-containers_"]) || (has(&["-vm--"]) && has(&["--disk--"]))) => LXC,
        () if root.fs_type == "simfs" || root.source.starts_with("/dev/ploop") => OPENVZ,
        () if root.root.starts_with("/newroot") => BUBBLEWRAP,
        () => return None,
    })
}

/// Whose file this is, among those that managers mount into a container.
fn file_place(m: &Mount) -> Option<Place> {
    let target = m.target.as_str();
    let is_etc = matches!(target, "/etc/hosts" | "/etc/hostname" | "/etc/resolv.conf");
    let is_file = is_etc || matches!(target, "/dev/termination-log" | "/dev/shm" | "/run/.containerenv" | "/run/secrets");
    let below = |dir: &str| target.starts_with(dir);
    Some(match () {
        () if below("/run/secrets/kubernetes.io/serviceaccount") || below("/var/run/secrets/kubernetes.io/serviceaccount") => KUBERNETES,
        // On a node the same directories are mounted below /var/lib/kubelet; a node agent sees those below its own /host.
        () if m.root.contains("/kubelet/pods/") && !target.contains("kubelet") => KUBERNETES,
        () if is_file && m.root.contains(".cri/sandboxes/") => KUBERNETES,
        // Only a user's runtime directory has them at its root; CRI-O and Podman as root keep them below `storage`.
        () if is_file && m.root.starts_with("/containers/overlay-containers/") => PODMAN,
        () if is_file && m.root.contains("/overlay-containers/") => CONTAINERS_STORAGE,
        () if is_etc && m.root.contains("/nerdctl/") => NERDCTL,
        () if is_etc && m.root.split('/').rev().nth(1).is_some_and(is_long_id) && m.root.contains("/containers/") => DOCKER,
        () if is_cgroup(m) && m.root != "/" => return cgroup_path(&m.root).map(|(place, _)| place),
        () if m.source == "sysboxfs" => SYSBOX,
        () if (m.fs_type == "fuse.lxcfs" && below("/proc/")) || below("/dev/.lxd-mounts") || below("/dev/.incus-mounts") => LXC,
        () if target == "/dev" && m.fs_type == "tmpfs" && m.has_super("size=492k") => LXC,
        () if target == "/run/host/incoming" || target == "/run/systemd/nspawn/incoming" => NSPAWN,
        () if below("/var/lib/snapd/hostfs") => SNAP,
        () if target == "/.flatpak-info" || (target == "/usr" && m.root.contains("/flatpak/runtime/")) => FLATPAK,
        () if target == "/var/rapid" || target == "/var/runtime" => LAMBDA,
        () => return None,
    })
}

fn is_cgroup(m: &Mount) -> bool {
    m.fs_type == "cgroup" || m.fs_type == "cgroup2"
}

// --- The kernel -------------------------------------------------------------------------------------------------

/// gVisor: a kernel of its own, with a fixed banner (gvisor.dev, pkg/sentry/kernel/version.go) and mounts unlike Linux's.
pub fn gvisor(facts: &Facts) -> Option<Sign> {
    let sign = |evidence| Some(Sign { place: GVISOR, evidence });
    let version = facts.os.version.value().filter(|v| v.contains("#1 SMP Sun Jan 10 15:06:54 PST 2016") || v.contains("gvisor"));
    if version.is_some() {
        return sign(Evidence::of(&facts.os.version));
    }
    if let Some(release) = facts.os.release.value().filter(|r| r.text.contains("gvisor")) {
        return sign(Evidence::new(facts.os.release.source.as_ref(), &release.text));
    }
    let mount = list(facts).iter().find(|m| {
        let option = |prefix: &str| m.super_options.iter().any(|o| o.starts_with(prefix));
        option("dentry_cache_limit=") || (m.fs_type == "9p" && option("rfdno="))
    })?;
    let odd = mount.super_options.iter().find(|o| o.starts_with("dentry_cache_limit=") || o.starts_with("rfdno="));
    sign(Evidence::new("/proc/self/mountinfo", format!("{} {} {}", mount.target, mount.fs_type, odd.map_or("", String::as_str))))
}

fn kernel_with(facts: &Facts, words: &[&str]) -> Option<Evidence> {
    let has = |text: &str| words.iter().any(|word| text.to_ascii_lowercase().contains(word));
    let release = facts.os.release.value().filter(|r| has(&r.text));
    release.map(|r| Evidence::new(facts.os.release.source.as_ref(), &r.text)).or_else(|| {
        // Only what stands before the compiler: that names other systems.
        let version = facts.os.version.value()?;
        let banner = version.split("(gcc").next().unwrap_or(version);
        has(banner).then(|| Evidence::of(&facts.os.version))
    })
}

/// Microsoft's kernel for WSL, also under Docker Desktop on Windows.
pub fn microsoft_kernel(facts: &Facts) -> Option<Evidence> {
    kernel_with(facts, &["microsoft", "wsl2"])
}

/// The kernel of Docker Desktop's virtual machine.
pub fn linuxkit(facts: &Facts) -> Option<Evidence> {
    kernel_with(facts, &["linuxkit"])
}

/// A WSL distribution, as its kernel, its mounts or its os-release show.
pub fn wsl(facts: &Facts) -> Option<Sign> {
    let mount = || {
        let of_wsl = |m: &&Mount| {
            m.target.starts_with("/mnt/wsl")
                || m.target.starts_with("/usr/lib/wsl")
                || matches!(m.fs_type.as_str(), "drvfs" | "wslfs" | "lxfs")
                || (m.fs_type == "9p" && m.super_options.iter().any(|o| o.starts_with("aname=drvfs")))
        };
        list(facts).iter().find(of_wsl).map(of_mount)
    };
    let os_release = || {
        let os = facts.os.os_release.value()?;
        let says = os.id.contains("forwsl") || os.id.contains("wsl") || os.name.contains("for WSL") || os.name.contains("WSL");
        says.then(|| Evidence::new(facts.os.os_release.source.as_ref(), &os.name))
    };
    let evidence = microsoft_kernel(facts).or_else(mount).or_else(os_release)?;
    Some(Sign { place: WSL, evidence })
}

/// Other kernels that run one kind of place.
pub fn kernel(facts: &Facts) -> Option<Sign> {
    let sign = |place| move |evidence| Sign { place, evidence };
    // LinuxKit runs nothing but containers: a shell is hardly ever had outside of one.
    let linuxkit = linuxkit(facts).map(sign(DOCKER));
    // OpenVZ patches the kernels of RHEL: `2.6.32-042stab145.3`, `3.10.0-1160.41.1.vz7.183.5`.
    let openvz = || kernel_with(facts, &["stab", ".vz7.", ".vz9."]).map(sign(OPENVZ));
    linuxkit.or_else(openvz).or_else(|| kernel_with(facts, &["-android", "android1"]).map(sign(ANDROID)))
}

// --- Security labels --------------------------------------------------------------------------------------------

/// What the AppArmor profile says; managers name theirs.
pub fn label(facts: &Facts) -> Option<Sign> {
    [&facts.lsm.apparmor_label, &facts.lsm.label].into_iter().find_map(|fact| {
        let text = fact.value()?;
        let begins = |prefixes: &[&str]| prefixes.iter().any(|p| text.trim_start_matches(':').starts_with(p));
        let place = match () {
            () if begins(&["docker-default"]) => DOCKER,
            () if begins(&["cri-containerd.apparmor.d", "crio-default"]) => KUBERNETES,
            () if begins(&["containers-default"]) => CONTAINERS_STORAGE,
            () if begins(&["nerdctl-default"]) => NERDCTL,
            () if begins(&["lxc-container-default", "lxc-1", "lxd-", "incus-"]) || (begins(&["lxc-"]) && text.contains("_</")) => LXC,
            () if begins(&["garden-default"]) => GARDEN,
            // Classic snaps run unconfined, in the host's mounts.
            () if begins(&["snap."]) && text.ends_with("(enforce)") => SNAP,
            () => return None,
        };
        Some(Sign { place, evidence: Evidence::of(fact) })
    })
}

// --- Files and variables that can be left over ------------------------------------------------------------------

/// The marks, best first: what only a running container gets stands before what an image can carry.
pub fn marks(facts: &Facts) -> Vec<Sign> {
    let markers = &facts.markers;
    let path = |path: &'static str, place: Place| {
        let there = markers.paths.get(path).is_some_and(|f| f.value() == Some(&true));
        there.then(|| Sign { place, evidence: Evidence::new(path, "present") })
    };
    let env = |name: &'static str, place: Place| {
        let set = facts.env.platform.get(name).and_then(|f| f.value()).is_some_and(|v| !v.is_empty());
        set.then(|| Sign { place, evidence: Evidence::new(format!("${name}"), "set") })
    };
    let manager = |fact: &Fact<String>, oci: bool| {
        let place = manager(fact.value()?)?;
        ((place == OCI) == oci).then(|| Sign { place, evidence: Evidence::of(fact) })
    };
    // OpenVZ shows /proc/vz on both sides, /proc/bc on the host alone.
    let openvz = || {
        let host = markers.paths.get("/proc/bc").is_some_and(|f| f.value() == Some(&true));
        path("/proc/vz", OPENVZ).filter(|_| !host)
    };
    let account = "/run/secrets/kubernetes.io/serviceaccount";
    let account_var = "/var/run/secrets/kubernetes.io/serviceaccount";
    let found = [
        path(account, KUBERNETES).or_else(|| path(account_var, KUBERNETES)),
        env("KUBERNETES_SERVICE_HOST", KUBERNETES),
        env("AWS_LAMBDA_FUNCTION_NAME", LAMBDA),
        env("ECS_CONTAINER_METADATA_URI_V4", ECS),
        env("K_SERVICE", CLOUD_RUN),
        env("DYNO", HEROKU),
        manager(&markers.container_manager, false),
        manager(&markers.systemd_container, false),
        manager(&facts.env.container, false),
        path("/.flatpak-info", FLATPAK),
        env("APPTAINER_CONTAINER", APPTAINER).or_else(|| env("SINGULARITY_CONTAINER", APPTAINER)),
        path("/.singularity.d", APPTAINER),
        path("/run/.containerenv", PODMAN),
        path("/dev/lxd/sock", LXC).or_else(|| path("/dev/.lxc", LXC)),
        path("/.dockerenv", DOCKER),
        openvz(),
        path("/proc/sys/fs/binfmt_misc/WSLInterop", WSL).or_else(|| path("/proc/sys/fs/binfmt_misc/WSLInterop-late", WSL)),
        path("/usr/lib/wsl", WSL),
        env("WSL_DISTRO_NAME", WSL),
        manager(&markers.container_manager, true),
        manager(&markers.systemd_container, true),
        manager(&facts.env.container, true),
    ];
    found.into_iter().flatten().collect()
}

/// What a manager calls itself in `container=` or /run/systemd/container (systemd.io, "Container Interface").
fn manager(text: &str) -> Option<Place> {
    Some(match text.trim() {
        "docker" => DOCKER,
        "podman" => PODMAN,
        "kube" | "kubernetes" => KUBERNETES,
        "lxc" | "lxc-libvirt" => LXC,
        "systemd-nspawn" => NSPAWN,
        "wsl" => WSL,
        "flatpak" => FLATPAK,
        "bwrap" => BUBBLEWRAP,
        "apptainer" | "singularity" => APPTAINER,
        "openvz" => OPENVZ,
        "oci" => OCI,
        _ => return None,
    })
}

/// What shows a Kubernetes pod, from any fact.
pub fn kubernetes(facts: &Facts) -> Option<Evidence> {
    let of_mounts = list(facts).iter().find(|m| file_place(m) == Some(KUBERNETES)).map(of_mount);
    let of_cgroup = || cgroup(facts).filter(|s| s.place == KUBERNETES).map(|s| s.evidence);
    let of_label = || label(facts).filter(|s| s.place == KUBERNETES).map(|s| s.evidence);
    let of_marks = || marks(facts).into_iter().find(|s| s.place == KUBERNETES).map(|s| s.evidence);
    of_mounts.or_else(of_cgroup).or_else(of_label).or_else(of_marks)
}

// --- Weak signs of a host or a container -------------------------------------------------------------------------

/// The id map of a user namespace, where nothing else is known. Ranges of subordinate ids that are no multiple of
/// 65536 are Docker's (userns-remap) or Sysbox's; systemd-nspawn and the kubelet hand out multiples, and 100000 is anyone's.
pub fn id_map(facts: &Facts) -> Option<Sign> {
    let map = facts.process.uid_map.value()?;
    let [only] = map.0.as_slice() else { return None };
    if only.inside != 0 || only.outside <= 100_000 {
        return None;
    }
    let evidence = Evidence::new(facts.process.uid_map.source.as_ref(), format!("{} {} {}", only.inside, only.outside, only.count));
    match only.count {
        65_536 if only.outside % 65_536 != 0 => Some(Sign { place: DOCKER, evidence }),
        // LXD and Incus hand out a milliard ids.
        1_000_000_000 => Some(Sign { place: LXC, evidence }),
        _ => None,
    }
}

/// What looks like a host, where nothing speaks for a container.
pub fn host_like(facts: &Facts) -> Option<Evidence> {
    if facts.process.uid_map.value().is_some_and(|map| !map.is_initial()) {
        return None;
    }
    let paths = [&facts.cgroup.of_self, &facts.cgroup.of_pid1];
    for fact in paths {
        let Some(lines) = fact.value() else { continue };
        let outer = |path: &str| {
            let first = path.trim_start_matches('/').split('/').next().unwrap_or("");
            matches!(first, "user.slice" | "system.slice" | "init.scope" | "user" | "system" | "machine.slice")
                || first.starts_with("lxc.monitor")
        };
        if let Some(line) = lines.iter().find(|line| outer(&line.path)) {
            return Some(Evidence::new(fact.source.as_ref(), &line.path));
        }
        // Version 1 hierarchies are seldom hidden by a cgroup namespace: at their roots stands a host's init.
        if lines.iter().filter(|line| !line.controllers.is_empty()).count() > 1 && lines.iter().all(|line| line.path == "/") {
            return Some(Evidence::new(fact.source.as_ref(), "every hierarchy at its root"));
        }
    }
    // A cgroup of which nothing can be told may well be a container's; so may be other things that were captured with it.
    if facts.cgroup.of_self.value().is_some() || facts.mounts.list.value().is_some() {
        return None;
    }
    let os = facts.os.os_release.value().map(|os| Evidence::new(facts.os.os_release.source.as_ref(), &os.name));
    let release = || facts.os.release.value().map(|r| Evidence::new(facts.os.release.source.as_ref(), &r.text));
    let map = || facts.process.uid_map.value().map(|_| Evidence::new("/proc/self/uid_map", "the map of the initial user namespace"));
    os.or_else(release).or_else(map)
}

// --- Docker Desktop ---------------------------------------------------------------------------------------------

/// A directory that Docker Desktop shares from the outer system, and the row of that system.
///
/// macOS: `fakeowner`, `grpcfuse` and `osxfs` file systems, `/run/host_mark/Users`; Windows: drives under
/// `/run/desktop/mnt/host`, 9p with a drive letter; Linux: `/run/host_mark/home`.
pub fn desktop_share(facts: &Facts) -> Option<(Row, Evidence)> {
    list(facts).iter().find_map(|m| {
        let says = |text: &str| m.source.contains(text) || m.root.contains(text);
        let row = match () {
            () if says("host_mark/home") => Row::DockerDesktopLinux,
            () if matches!(m.fs_type.as_str(), "fuse.osxfs" | "fuse.grpcfuse" | "osxfs" | "fakeowner") => Row::DockerDesktopMacos,
            () if says("host_mark/Users") || says("host_mnt/Users") || m.source == "osxfs" || m.source == "grpcfuse" => {
                Row::DockerDesktopMacos
            }
            () if says("desktop/mnt/host") => Row::DockerDesktopWindows,
            () if m.fs_type == "9p" && m.source.as_bytes().get(1) == Some(&b':') => Row::DockerDesktopWindows,
            () => return None,
        };
        Some((row, of_mount(m)))
    })
}

/// Files of a Docker Engine at its usual place, `/var/lib/docker`, seen from the root of its file system. Docker
/// Desktop keeps them on a disk of its own.
pub fn engine_data(facts: &Facts) -> Option<Evidence> {
    let of_engine = |m: &&Mount| file_place(m) == Some(DOCKER) && m.root.starts_with("/var/lib/docker/");
    list(facts).iter().find(of_engine).map(of_mount)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "3ccfa00432798ff38f85839de1e396f771b4acbe9f4ddea0a761c39b9790a782";

    fn cgroup_of(path: &str) -> Option<Place> {
        cgroup_path(&path.replace("ID", ID)).map(|(place, _)| place)
    }

    #[test]
    fn cgroup_paths() {
        let paths = [
            ("/docker/ID", DOCKER),
            ("/system.slice/docker-ID.scope/init.scope", DOCKER),
            ("/actions_job/ID", DOCKER),
            ("/docker/buildkit/m1gcqz0xkvm", BUILDKIT),
            ("/user.slice/user-1000.slice/user@1000.service/user.slice/docker-ID.scope", DOCKER),
            ("/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-ID.scope/container", PODMAN),
            ("/libpod_parent/libpod-ID", PODMAN),
            ("/system.slice/web.service/libpod-payload-ID", PODMAN),
            ("/kubepods/besteffort/pod9508fe66-7675-4003-b7c9-d83e9f8f85e5/ID", KUBERNETES),
            ("/kubepods.slice/kubepods-podx_y.slice/docker-ID.scope", KUBERNETES),
            ("/system.slice/containerd.service/kubepods-besteffort-podx_y.slice:cri-containerd:ID", KUBERNETES),
            ("/../../kubepods-podx_y.slice/crio-ID.scope", KUBERNETES),
            ("/k8s.io/ID", KUBERNETES),
            ("/default/ID", NERDCTL),
            ("/lxc.payload.web/init.scope", LXC),
            ("/lxc/101/ns", LXC),
            ("/.lxc", LXC),
            ("/machine.slice/machine-lxc\\x2d7\\x2dweb.scope", LXC),
            ("/machine.slice/machine-deb.scope/payload/init.scope", NSPAWN),
            ("/machine.slice/systemd-nspawn@deb.service/payload", NSPAWN),
            ("/ecs/03752a671e744971a862edcee6195646/ID", ECS),
            ("/ecstasks.slice/ecstasks-03752a671e744971a862edcee6195646.slice/docker-ID.scope", ECS),
            ("/sandbox-root-8ZJPiN/sandbox-16222b", LAMBDA),
        ];
        for (path, place) in paths {
            assert_eq!(cgroup_of(path), Some(place), "{path}");
        }
        // Daemons, monitors, virtual machines and sessions are on the host.
        let host = [
            "/",
            "/init.scope",
            "/system.slice/docker.service",
            "/system.slice/containerd.service",
            "/machine.slice/libpod-conmon-ID.scope",
            "/lxc.monitor.web",
            "/machine.slice/machine-qemu\\x2d1\\x2dweb.scope",
            "/machine.slice/systemd-nspawn@deb.service/supervisor",
            "/user.slice/user-1000.slice/session-2.scope",
        ];
        for path in host {
            assert_eq!(cgroup_of(path), None, "{path}");
        }
    }

    #[test]
    fn the_innermost_container_wins() {
        let inner = [
            ("/kubepods/burstable/podx/ID/docker/ID", DOCKER),
            ("/kubepods.slice/kubepods-podx.slice/cri-containerd-ID.scope/system.slice/docker-ID.scope", DOCKER),
            ("/docker/ID/kubelet/kubepods/podx/ID", KUBERNETES),
            ("/lxc.payload.web/docker/ID", DOCKER),
            ("/docker/ID/lxc/web", LXC),
        ];
        for (path, place) in inner {
            assert_eq!(cgroup_of(path), Some(place), "{path}");
        }
    }

    fn mounted(lines: &str) -> Facts {
        let mut facts = Facts::default();
        facts.mounts.list =
            Fact::known(crate::parse::mountinfo::parse(lines.replace("ID", ID).as_bytes()).unwrap(), "/proc/self/mountinfo");
        facts
    }

    #[test]
    fn roots() {
        let roots = [
            ("/ / rw - overlay overlay rw,lowerdir=/srv/data/165536.165536/overlay2/l/A,upperdir=/x", DOCKER),
            ("/@/var/lib/docker/btrfs/subvolumes/ID / rw - btrfs /dev/sda2 rw", DOCKER),
            ("/ / rw - zfs rpool/ROOT/ID rw", DOCKER),
            (
                "/ / rw - overlay overlay rw,lowerdir=/var/lib/rancher/k3s/agent/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots/1/fs",
                KUBERNETES,
            ),
            ("/ / rw - overlay overlay rw,lowerdir=/home/me/.local/share/containers/storage/overlay/l/A", PODMAN),
            ("/ / rw - zfs rpool/data/subvol-101-disk-0 rw", LXC),
            ("/ / rw - ext4 /dev/mapper/pve-vm--101--disk--0 rw", LXC),
            ("/var/snap/lxd/common/lxd/storage-pools/default/containers/c1/rootfs / rw - btrfs /dev/sda2 rw", LXC),
            ("/lxd/storage-pools/default/containers/penguin/rootfs / rw - btrfs /dev/vdb rw", LXC),
            ("/var/lib/machines/deb / rw - ext4 /dev/sda2 rw", NSPAWN),
            ("/ / ro - overlay overlay ro,lowerdir=/var/lib/apptainer/mnt/session/overlay-lowerdir", APPTAINER),
            ("/ / rw - simfs /vz/private/101 rw", OPENVZ),
            ("/ / rw - ext4 /dev/ploop42965p1 rw", OPENVZ),
            ("/newroot / rw - tmpfs tmpfs rw", BUBBLEWRAP),
        ];
        for (line, place) in roots {
            let found = mounts(&mounted(&format!("30 1 0:50 {line}\n")));
            assert_eq!(found.place.map(|s| s.place), Some(place), "{line}");
        }
        let hosts = [
            "/ / rw - ext4 /dev/sda2 rw",
            "/root / rw - btrfs /dev/nvme0n1p3 rw,subvol=/root",
            "/ / rw - xfs /dev/mapper/rhel-root rw",
            "/ / rw - zfs rpool/ROOT/pve-1 rw",
        ];
        for line in hosts {
            let found = mounts(&mounted(&format!("30 1 0:50 {line}\n")));
            assert!(found.place.is_none() && found.own_root.is_some(), "{line}");
        }
        // An overlay is no container: Silverblue, OpenWrt and live systems have one.
        let silverblue = "30 1 0:50 / / ro - overlay composefs ro,lowerdir=/run/ostree/.private/cfsroot-lower\n31 30 0:6 / /dev rw - devtmpfs devtmpfs rw\n";
        assert!(mounts(&mounted(silverblue)).host_shape.is_some());
    }

    #[test]
    fn files_name_the_manager_wherever_the_data_are() {
        let docker = "30 1 0:50 / / rw - overlay overlay rw,lowerdir=/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots/1/fs\n\
            31 30 8:1 /srv/data/containers/ID/hosts /etc/hosts rw - ext4 /dev/sda1 rw\n";
        assert_eq!(mounts(&mounted(docker)).place.unwrap().place, DOCKER);
        let node = "30 1 8:1 / / rw - ext4 /dev/sda1 rw\n\
            31 30 8:1 /var/lib/kubelet/pods/x/volumes/y /var/lib/kubelet/pods/x/volume-subpaths/y rw - ext4 /dev/sda1 rw\n";
        assert!(mounts(&mounted(node)).place.is_none());
        let lxcfs = "30 1 7:0 / / rw - ext4 /dev/loop0 rw\n31 30 0:9 /proc/cpuinfo /proc/cpuinfo rw - fuse.lxcfs lxcfs rw\n";
        assert_eq!(mounts(&mounted(lxcfs)).place.unwrap().place, LXC);
    }

    #[test]
    fn labels_and_kernels() {
        let labelled = |text: &str| {
            let mut facts = Facts::default();
            facts.lsm.label = Fact::known(text.to_owned(), "/proc/self/attr/current");
            label(&facts).map(|s| s.place)
        };
        assert_eq!(labelled("docker-default (enforce)"), Some(DOCKER));
        assert_eq!(labelled("lxc-container-default-cgns (enforce)"), Some(LXC));
        assert_eq!(labelled("lxd-web_</var/snap/lxd/common/lxd>//&:lxd-web_<var-snap-lxd-common-lxd>:unconfined"), Some(LXC));
        assert_eq!(labelled("snap.chromium.chromium (enforce)"), Some(SNAP));
        assert_eq!(labelled("snap.code.code (complain)"), None);
        assert_eq!(labelled("unconfined"), None);
        let booted = |text: &str| {
            let mut facts = Facts::default();
            facts.os.version = Fact::known(text.to_owned(), "/proc/version");
            facts
        };
        assert!(gvisor(&booted("Linux version 4.4.0 #1 SMP Sun Jan 10 15:06:54 PST 2016")).is_some());
        assert!(gvisor(&booted("Linux version 4.4.0-210-generic (buildd@x) #242-Ubuntu SMP")).is_none());
        assert!(wsl(&booted("Linux version 4.4.0-19041-Microsoft (Microsoft@Microsoft.com) (gcc version 5.4.0) #1")).is_some());
        assert!(wsl(&booted("Linux version 6.5.0-1025-azure (buildd@lcy02) (x86_64-linux-gnu-gcc-12) #26-Ubuntu SMP")).is_none());
        assert!(kernel(&booted("Linux version 5.10.0 (me@here) (gcc (linuxkit) 10) #1")).is_none());
    }
}
