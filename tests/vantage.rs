//! Where isodoc stands, by captures of real machines: `fixtures/hosts/NAME/ABOUT.md` says what each
//! is and whose.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;

use isodoc::facts::{Need, collect};
use isodoc::platform::{self, PlatformId as Row, VantageId as Place};
use isodoc::source::tree::Tree;

/// What the reporters of the captures say they are.
const HOSTS: &[(&str, Place, Row)] = &[
    ("docker-ubuntu-ec2-cgroupv2", Place::Docker, Row::LinuxDockerCompose),
    ("docker-systemd-in-docker-cgroupv2", Place::Docker, Row::LinuxDockerCompose),
    ("docker-in-docker-nested-cgroup", Place::Docker, Row::LinuxDockerCompose),
    ("docker-1-1-2-lxc-exec-driver", Place::Docker, Row::LinuxDockerCompose),
    ("docker-custom-cgroup-parent", Place::Docker, Row::LinuxDockerCompose),
    ("gke-daemonset-host-mounts", Place::Kubernetes, Row::Kubernetes),
    ("openshift-rhcos-crio-cgroupv2", Place::Kubernetes, Row::Kubernetes),
    ("k8s-gardener-containerd-cgroupv2", Place::Kubernetes, Row::Kubernetes),
    ("kind-in-docker-desktop-one-line", Place::Kubernetes, Row::Kubernetes),
    ("podman-rootless-cgroupv1", Place::Podman, Row::Other),
    ("podman-rootful-rhel8-cgroupv1", Place::Podman, Row::Other),
    ("gvisor-k8s-pod-overlay-root", Place::Gvisor, Row::Kubernetes),
    ("lxc-unprivileged-btrfs-2015", Place::Lxc, Row::Other),
    ("heroku-dyno-lxc", Place::Lxc, Row::Other),
    ("cloudfoundry-garden", Place::Other, Row::Other),
    ("wsl2-arch-7-0-mountinfo", Place::Wsl, Row::Other),
    ("wsl2-fedora-remix-os-release", Place::Wsl, Row::Other),
    ("host-fedora-systemd-mountinfo", Place::Host, Row::LinuxBareMetal),
    ("host-ubuntu-1410-login-session", Place::Host, Row::LinuxBareMetal),
    ("host-rhel7-init-cgroup", Place::Host, Row::LinuxBareMetal),
    ("vm-left-over-dockerenv", Place::Host, Row::LinuxBareMetal),
];

fn stand(name: &str) -> (platform::Vantage, platform::Platform) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/hosts").join(name).join("root");
    let facts = collect(&Tree::open(&root, false).unwrap(), Need::Check);
    let vantage = platform::detect(&facts);
    let row = platform::row(&facts, &vantage);
    (vantage, row)
}

#[test]
fn captures_of_real_machines() {
    let wrong: Vec<_> = HOSTS
        .iter()
        .filter_map(|(name, place, row)| {
            let (vantage, platform) = stand(name);
            let right = vantage.id == *place
                && platform.id == *row
                && !vantage.evidence.is_empty()
                && !platform.evidence.is_empty();
            (!right).then(|| format!("{name}: {vantage:?} {platform:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_left_over_marker_is_named_and_overruled() {
    let (vantage, _) = stand("vm-left-over-dockerenv");
    let marker = vantage.evidence.iter().find(|e| e.source == "/.dockerenv").unwrap();
    assert!(marker.value.contains("left over"), "{marker:?}");
}
