use super::cgroup::cgroup_path;
use super::*;
use crate::facts::Fact;

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
        (
            "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-ID.scope/container",
            PODMAN,
        ),
        ("/libpod_parent/libpod-ID", PODMAN),
        ("/system.slice/web.service/libpod-payload-ID", PODMAN),
        ("/kubepods/besteffort/pod9508fe66-7675-4003-b7c9-d83e9f8f85e5/ID", KUBERNETES),
        ("/kubepods.slice/kubepods-podx_y.slice/docker-ID.scope", KUBERNETES),
        (
            "/system.slice/containerd.service/kubepods-besteffort-podx_y.slice:cri-containerd:ID",
            KUBERNETES,
        ),
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
        ("/uid_10563/pid_16021", ANDROID),
        ("/apps/uid_10190/pid_11887", ANDROID),
        // People cut the ids of what they paste.
        ("/docker/3ccfa004", DOCKER),
        ("/docker/3ccfa004...", DOCKER),
        ("/docker/<container-id>", DOCKER),
        ("/system.slice/docker-4c1e.scope/init", DOCKER),
        ("/system.slice/docker-xxxxxxxx.scope", DOCKER),
        ("/machine.slice/libpod-abc.scope/container", PODMAN),
        ("/machine.slice/machine-libpod_pod_ID.slice", PODMAN),
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
        "/system.slice/docker-prune.service",
        "/machine.slice/libpod-conmon-abc.scope",
        "/machine.slice/machine-test.slice",
        "/uid_1000/pids",
    ];
    for path in host {
        assert_eq!(cgroup_of(path), None, "{path}");
    }
}

#[test]
fn the_innermost_container_wins() {
    let inner = [
        ("/kubepods/burstable/podx/ID/docker/ID", DOCKER),
        (
            "/kubepods.slice/kubepods-podx.slice/cri-containerd-ID.scope/system.slice/docker-ID.scope",
            DOCKER,
        ),
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
    facts.mounts.list = Fact::known(
        crate::parse::mountinfo::parse(lines.replace("ID", ID).as_bytes()).unwrap(),
        "/proc/self/mountinfo",
    );
    facts
}

#[test]
fn roots() {
    let roots = [
        (
            "/ / rw - overlay overlay rw,lowerdir=/srv/data/165536.165536/overlay2/l/A,upperdir=/x",
            DOCKER,
        ),
        ("/@/var/lib/docker/btrfs/subvolumes/ID / rw - btrfs /dev/sda2 rw", DOCKER),
        ("/ / rw - zfs rpool/ROOT/ID rw", DOCKER),
        ("/@syno/@docker/btrfs/subvolumes/ID / rw - btrfs /dev/mapper/cachedev_0 rw", DOCKER),
        (
            "/var/lib/containers/storage/btrfs/subvolumes/ID / rw - btrfs /dev/sda2 rw",
            CONTAINERS_STORAGE,
        ),
        (
            "/ / rw - overlay overlay \
                rw,lowerdir=/var/lib/rancher/k3s/agent/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots/1/fs",
            KUBERNETES,
        ),
        (
            "/ / rw - overlay overlay \
                rw,lowerdir=/home/me/.local/share/containers/storage/overlay/l/A",
            PODMAN,
        ),
        ("/ / rw - zfs rpool/data/subvol-101-disk-0 rw", LXC),
        ("/ / rw - ext4 /dev/mapper/pve-vm--101--disk--0 rw", LXC),
        (
            "/var/snap/lxd/common/lxd/storage-pools/default/containers/c1/rootfs / rw - btrfs \
                /dev/sda2 rw",
            LXC,
        ),
        ("/lxd/storage-pools/default/containers/penguin/rootfs / rw - btrfs /dev/vdb rw", LXC),
        ("/var/lib/machines/deb / rw - ext4 /dev/sda2 rw", NSPAWN),
        (
            "/ / ro - overlay overlay ro,lowerdir=/var/lib/apptainer/mnt/session/overlay-lowerdir",
            APPTAINER,
        ),
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
    let silverblue = "30 1 0:50 / / ro - overlay composefs \
        ro,lowerdir=/run/ostree/.private/cfsroot-lower\n31 30 0:6 / /dev rw - devtmpfs devtmpfs \
        rw\n";
    assert!(mounts(&mounted(silverblue)).host_shape.is_some());
}

/// What `cat /proc/mounts` shows, which more people paste than mountinfo.
#[test]
fn a_table_of_mounts_tells_the_place() {
    let shown = |lines: &str| {
        let mut facts = Facts::default();
        let table = crate::parse::mountinfo::parse_table(lines.as_bytes()).unwrap();
        facts.mounts.table = Fact::known(table, "/proc/mounts");
        let found = mounts(&facts);
        assert!(found.place.iter().all(|sign| sign.evidence.source == "/proc/mounts"));
        (found.place.map(|s| s.place), found.own_root.is_some())
    };
    let proc = "proc /proc proc rw 0 0\n";
    let docker = "overlay / overlay rw,lowerdir=/var/lib/docker/overlay2/l/A 0 0\n";
    assert_eq!(shown(&format!("{docker}{proc}")), (Some(DOCKER), false));
    assert_eq!(shown("lxcfs /proc/cpuinfo fuse.lxcfs rw 0 0\n"), (Some(LXC), false));
    let account = "tmpfs /run/secrets/kubernetes.io/serviceaccount tmpfs ro 0 0\n";
    assert_eq!(shown(&format!("{docker}{account}")), (Some(KUBERNETES), false));
    let host = "/dev/sda1 / ext4 rw 0 0\nudev /dev devtmpfs rw 0 0\n";
    assert_eq!(shown(host), (None, true));
}

#[test]
fn files_name_the_manager_wherever_the_data_are() {
    let docker = "30 1 0:50 / / rw - overlay overlay \
        rw,lowerdir=/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots/1/fs\n\
        31 30 8:1 /srv/data/containers/ID/hosts /etc/hosts rw - ext4 /dev/sda1 rw\n";
    assert_eq!(mounts(&mounted(docker)).place.unwrap().place, DOCKER);
    let node = "30 1 8:1 / / rw - ext4 /dev/sda1 rw\n\
        31 30 8:1 /var/lib/kubelet/pods/x/volumes/y /var/lib/kubelet/pods/x/volume-subpaths/y rw - \
        ext4 /dev/sda1 rw\n";
    assert!(mounts(&mounted(node)).place.is_none());
    let lxcfs = "30 1 7:0 / / rw - ext4 /dev/loop0 rw\n31 30 0:9 /proc/cpuinfo /proc/cpuinfo rw - \
        fuse.lxcfs lxcfs rw\n";
    assert_eq!(mounts(&mounted(lxcfs)).place.unwrap().place, LXC);
}

/// Docker's files with an id that was cut were said to be those of an unknown container, and a
/// mount that only Docker Desktop makes told its row but no place.
#[test]
fn lines_that_name_a_place_alone() {
    let lines = [
        ("/docker/containers/4a9a/hosts /etc/hosts ro,relatime - ext4 /dev/vdb1 rw", DOCKER),
        ("/me/src /src rw - fakeowner /run/host_mark/Users rw,fakeowner", DOCKER),
        ("/me/src /src rw - fuse.grpcfuse grpcfuse rw", DOCKER),
        ("/ /apex/com.android.runtime ro,nodev,noatime - ext4 /dev/block/loop24 ro", ANDROID),
    ];
    for (line, place) in lines {
        let found = mounts(&mounted(&format!("30 1 0:50 {line}\n")));
        assert_eq!(found.place.map(|s| s.place), Some(place), "{line}");
    }
    // Where the shares come into Docker Desktop's machine, outside any container.
    let machine = "30 1 0:50 / /run/host_mark/Users rw - fakeowner /run/host_mark/Users rw\n";
    assert!(mounts(&mounted(machine)).place.is_none());
}

/// A manager that has no row here makes containers all the same: rkt's were said to be a host.
#[test]
fn any_manager_makes_a_container() {
    let named = |name: &str| {
        let mut facts = Facts::default();
        facts.markers.systemd_container = Fact::known(name.to_owned(), "/run/systemd/container");
        marks(&facts).into_iter().map(|mark| mark.place).next()
    };
    assert_eq!(named("lxc"), Some(LXC));
    assert_eq!(named("rkt"), Some(MANAGED));
    assert_eq!(named("pressure-vessel\n"), Some(MANAGED));
    assert_eq!(named(""), None);
    // A variable of that name can be anybody's.
    let mut facts = Facts::default();
    facts.env.container = Fact::known("web".to_owned(), "$container");
    assert!(marks(&facts).is_empty());
}

#[test]
fn openvz_numbers_its_containers_in_status() {
    let numbered = |number: &str| {
        let mut facts = Facts::default();
        facts.process.openvz = Fact::known(number.to_owned(), "/proc/self/status");
        (openvz(&facts).map(|s| s.place), host_like(&facts).is_some())
    };
    assert_eq!(numbered("101"), (Some(OPENVZ), false));
    assert_eq!(numbered("0"), (None, true));
}

#[test]
fn what_looks_like_a_host() {
    let looks = |path: &str| {
        let mut facts = Facts::default();
        let cgroup = crate::parse::cgroup::parse(format!("0::{path}\n").as_bytes()).unwrap();
        facts.cgroup.of_self = Fact::known(cgroup, "/proc/self/cgroup");
        host_like(&facts).is_some()
    };
    for path in [
        "/system.slice/ssh.service",
        "/azure.slice/walinuxagent.service",
        "/kube.slice/kubelet.service",
        "/reserved.slice/containerd.service",
        "/podruntime/kubelet",
        "/init.scope",
    ] {
        assert!(looks(path), "{path}");
    }
    assert!(!looks("/") && !looks("/web") && !looks("/init"));
    let named = |text: &str| {
        let mut facts = Facts::default();
        let os = crate::parse::os_release::parse(text.as_bytes()).unwrap();
        facts.os.os_release = Fact::known(os, "/etc/os-release");
        host_like(&facts).is_some()
    };
    assert!(named("ID=debian\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n"));
    // Images of containers, which have no kernel.
    assert!(!named("ID=wolfi\nNAME=\"Wolfi\"\n"));
    assert!(!named("ID=debian\nPRETTY_NAME=\"Distroless\"\nNAME=\"Debian GNU/Linux\"\n"));
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
    assert_eq!(
        labelled(
            "lxd-web_</var/snap/lxd/common/lxd>//&:lxd-web_<var-snap-lxd-common-lxd>:unconfined"
        ),
        Some(LXC)
    );
    assert_eq!(labelled("snap.chromium.chromium (enforce)"), Some(SNAP));
    assert_eq!(labelled("snap.code.code (complain)"), None);
    assert_eq!(labelled("unconfined"), None);
    let booted = |text: &str| {
        let mut facts = Facts::default();
        facts.os.version = Fact::known(text.to_owned(), "/proc/version");
        facts
    };
    assert!(gvisor(&booted("Linux version 4.4.0 #1 SMP Sun Jan 10 15:06:54 PST 2016")).is_some());
    assert!(
        gvisor(&booted("Linux version 4.4.0-210-generic (buildd@x) #242-Ubuntu SMP")).is_none()
    );
    assert!(
        wsl(&booted(
            "Linux version 4.4.0-19041-Microsoft (Microsoft@Microsoft.com) (gcc version 5.4.0) #1"
        ))
        .is_some()
    );
    assert!(
        wsl(&booted(
            "Linux version 6.5.0-1025-azure (buildd@lcy02) (x86_64-linux-gnu-gcc-12) #26-Ubuntu SMP"
        ))
        .is_none()
    );
    assert!(kernel(&booted("Linux version 5.10.0 (me@here) (gcc (linuxkit) 10) #1")).is_none());
    let place_of = |text: &str| {
        let facts = booted(text);
        wsl(&facts).or_else(|| kernel(&facts)).map(|s| s.place)
    };
    for (text, place) in [
        ("Linux version 4.19.104-microsoft-standard (oe-user@oe-host) (gcc) #1 SMP", WSL),
        ("Linux version 4.19.121-microsoft-WSL2-standard (oe-user@oe-host) (gcc) #1 SMP", WSL),
        ("Linux version 6.6.87.2-microsoft-standard-WSL2 (root@439a258ad544) (gcc) #1 SMP", WSL),
        ("Linux version 5.10.102.2-microsoft-standard (oe-user@oe-host) (gcc) #1 SMP", AZURE),
    ] {
        assert_eq!(place_of(text), Some(place), "{text}");
    }
}
