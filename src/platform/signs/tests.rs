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
}
