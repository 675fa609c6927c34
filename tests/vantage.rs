//! Where isodoc stands, by captures of real machines: `fixtures/hosts/NAME/ABOUT.md` says what each
//! is and whose.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

use std::path::Path;

mod common;

use serde_json::Value;

/// What the reporters of the captures say they are.
const HOSTS: &[(&str, &str, &str)] = &[
    ("docker-ubuntu-ec2-cgroupv2", "docker", "linux-docker-compose"),
    ("docker-systemd-in-docker-cgroupv2", "docker", "linux-docker-compose"),
    ("docker-in-docker-nested-cgroup", "docker", "linux-docker-compose"),
    ("docker-1-1-2-lxc-exec-driver", "docker", "linux-docker-compose"),
    ("docker-custom-cgroup-parent", "docker", "linux-docker-compose"),
    ("gke-daemonset-host-mounts", "kubernetes", "kubernetes"),
    ("openshift-rhcos-crio-cgroupv2", "kubernetes", "kubernetes"),
    ("k8s-gardener-containerd-cgroupv2", "kubernetes", "kubernetes"),
    ("kind-in-docker-desktop-one-line", "kubernetes", "kubernetes"),
    ("podman-rootless-cgroupv1", "podman", "other"),
    ("podman-rootful-rhel8-cgroupv1", "podman", "other"),
    ("gvisor-k8s-pod-overlay-root", "gvisor", "kubernetes"),
    ("lxc-unprivileged-btrfs-2015", "lxc", "other"),
    ("heroku-dyno-lxc", "lxc", "other"),
    ("cloudfoundry-garden", "other", "other"),
    ("wsl2-arch-7-0-mountinfo", "wsl", "other"),
    ("wsl2-fedora-remix-os-release", "wsl", "other"),
    ("host-fedora-systemd-mountinfo", "host", "linux-bare-metal"),
    ("host-ubuntu-1410-login-session", "host", "linux-bare-metal"),
    ("host-rhel7-init-cgroup", "host", "linux-bare-metal"),
    ("vm-left-over-dockerenv", "host", "linux-bare-metal"),
    ("azure-cloud-shell", "other", "other"),
    ("openvz-status-envid", "openvz", "other"),
    ("android-app-cgroupv1", "other", "other"),
    ("docker-proc-mounts", "docker", "linux-docker-compose"),
    ("lxc-proc-mounts", "lxc", "other"),
    ("node-kube-slice", "host", "linux-bare-metal"),
    ("docker-desktop-macos-one-line", "docker", "docker-desktop-macos"),
];

/// What `check` says of the place and of the row of the matrix.
fn stand(name: &str) -> (Value, Value) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/hosts").join(name).join("root");
    let report = common::json(&["check", "--format", "json", "--root", root.to_str().unwrap()]);
    (report["vantage"].clone(), report["platform"].clone())
}

#[test]
fn captures_of_real_machines() {
    let says = |part: &Value, id: &str| {
        part["id"] == id && part["evidence"].as_array().is_some_and(|list| !list.is_empty())
    };
    let wrong: Vec<_> = HOSTS
        .iter()
        .filter_map(|(name, place, row)| {
            let (vantage, platform) = stand(name);
            let right = says(&vantage, place) && says(&platform, row);
            (!right).then(|| format!("{name}: {vantage} {platform}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_image_without_a_kernel_is_no_host() {
    let (vantage, platform) = stand("wolfi-image");
    assert_eq!((&vantage["id"], &platform["id"]), (&"unknown".into(), &"unknown".into()));
}

#[test]
fn a_left_over_marker_is_named_and_overruled() {
    let (vantage, _) = stand("vm-left-over-dockerenv");
    let evidence = vantage["evidence"].as_array().unwrap();
    let marker = evidence.iter().find(|e| e["source"] == "/.dockerenv").unwrap();
    assert!(marker["value"].as_str().unwrap().contains("left over"), "{marker}");
}
