//! What can be assumed. One row each.

use super::{Assumption, AssumptionKind, Pods, assumed};
use crate::deploy::Runtime;
use crate::facts::Facts;
use crate::mechanisms::{bubblewrap, charliecloud, nsjail, podman_rootless, rootlesskit, unshare};
use crate::plan::Program;

/// AppArmor is on, and the program is unconfined before a container confines it.
fn apparmor(facts: &mut Facts) {
    facts.lsm.list =
        assumed(vec!["capability".into(), "landlock".into(), "yama".into(), "apparmor".into()]);
    facts.lsm.apparmor = assumed(true);
    facts.lsm.apparmor_label = assumed("unconfined".into());
    facts.lsm.label = assumed("unconfined".into());
}

/// SELinux enforces.
fn selinux(facts: &mut Facts) {
    facts.lsm.list = assumed(vec![
        "capability".into(),
        "landlock".into(),
        "yama".into(),
        "selinux".into(),
        "bpf".into(),
    ]);
    facts.lsm.selinux_enforcing = assumed(true);
    facts.lsm.label = assumed("unconfined_u:unconfined_r:unconfined_t:s0-s0:c0.c1023".into());
}

/// Debian and Ubuntu patch the kernel so that unprivileged user namespaces can be switched off;
/// they are on.
pub(super) fn debian(facts: &mut Facts) {
    apparmor(facts);
    facts.sysctl.unprivileged_userns_clone = assumed(1);
}

fn no_user_namespaces(facts: &mut Facts) {
    facts.sysctl.max_namespaces.insert("user", assumed(0));
}

/// The programs of mechanisms that Ubuntu 24.04 has AppArmor profiles for, or not: its package
/// apparmor, `/etc/apparmor.d`. That of its Chromium is snapd's.
const PROFILES_OF_UBUNTU: [(&Program, bool); 6] = [
    (&podman_rootless::PROGRAM, true),
    (&rootlesskit::PROGRAM, true),
    (&charliecloud::PROGRAM, true),
    (&bubblewrap::PROGRAM, false),
    (&nsjail::PROGRAM, false),
    (&unshare::PROGRAM, false),
];

pub(crate) static ASSUMPTIONS: &[Assumption] = &[
    Assumption {
        id: "plain-linux",
        about: "a mainline kernel with default settings",
        assumes: "no AppArmor, no SELinux, Landlock on, /dev/fuse and /dev/net/tun for everybody, Docker \
            and containerd with their defaults",
        source: "kernel documentation; moby and containerd defaults; systemd \
            50-udev-default.rules",
        kind: AssumptionKind::host((6, 12), |_| {}).with(Pods::Usually),
    },
    Assumption {
        id: "debian-12",
        about: "Debian 12 (bookworm)",
        assumes: "AppArmor on, kernel.unprivileged_userns_clone=1",
        source: "Debian kernel 6.1, wiki.debian.org/AppArmor",
        kind: AssumptionKind::host((6, 1), debian).with(Pods::Usually),
    },
    Assumption {
        id: "debian-13",
        about: "Debian 13 (trixie)",
        assumes: "AppArmor on, kernel.unprivileged_userns_clone=1",
        source: "Debian kernel 6.12, wiki.debian.org/AppArmor",
        kind: AssumptionKind::host((6, 12), debian).with(Pods::Usually),
    },
    Assumption {
        id: "ubuntu-24.04",
        about: "Ubuntu 24.04, GitHub's ubuntu-24.04 runner",
        assumes: "AppArmor on, kernel.apparmor_restrict_unprivileged_userns=1, \
            kernel.unprivileged_userns_clone=1",
        source: "Ubuntu 24.04 release notes, \"Unprivileged user namespace restrictions\"",
        kind: AssumptionKind::host((6, 8), |facts| {
            debian(facts);
            facts.sysctl.apparmor_restrict_unprivileged_userns = assumed(1);
            facts.sysctl.apparmor_restrict_unprivileged_unconfined = assumed(0);
            facts.lsm.apparmor_profiles =
                PROFILES_OF_UBUNTU.map(|(program, there)| (program.key, assumed(there))).into();
        })
        .with(Pods::Usually),
    },
    Assumption {
        id: "rhel-9",
        about: "Red Hat Enterprise Linux 9 and its rebuilds",
        assumes: "SELinux enforcing, no STIG profile (which sets user.max_user_namespaces=0)",
        source: "RHEL 9 documentation, \"Using SELinux\"",
        kind: AssumptionKind::host((5, 14), selinux),
    },
    Assumption {
        id: "amazon-linux-2023",
        about: "Amazon Linux 2023, also as an EKS node",
        assumes: "SELinux permissive, no AppArmor",
        source: "Amazon Linux 2023 user guide, \"Setting SELinux modes\"",
        kind: AssumptionKind::host((6, 1), |facts| {
            selinux(facts);
            facts.lsm.selinux_enforcing = assumed(false);
        }),
    },
    Assumption {
        id: "bottlerocket",
        about: "Bottlerocket, also as an EKS node",
        assumes: "user.max_user_namespaces=0, SELinux enforcing",
        source: "bottlerocket-core-kit packages/release/release-sysctl.conf; Bottlerocket \
            SECURITY_FEATURES.md",
        kind: AssumptionKind::host((6, 1), |facts| {
            selinux(facts);
            no_user_namespaces(facts);
        })
        .with(Pods::Always(Runtime::Containerd)),
    },
    Assumption {
        id: "talos",
        about: "Talos Linux",
        assumes: "user.max_user_namespaces=0",
        source: "Talos documentation, \"User Namespaces\"",
        kind: AssumptionKind::host((6, 12), |facts| {
            no_user_namespaces(facts);
            facts.devices.clear();
        })
        .with(Pods::Always(Runtime::Containerd)),
    },
    Assumption {
        id: "gke-cos",
        about: "a GKE node with Container-Optimized OS",
        assumes: "AppArmor on: containerd confines containers by cri-containerd.apparmor.d",
        source: "GKE documentation, \"Container-Optimized OS overview\"",
        kind: AssumptionKind::host((6, 6), apparmor).with(Pods::Always(Runtime::Containerd)),
    },
    Assumption {
        id: "docker-desktop",
        about: "the virtual machine of Docker Desktop, without Enhanced Container Isolation",
        assumes: "no AppArmor, no SELinux",
        source: "docker/for-mac, linuxkit kernel configuration",
        // No udev of systemd's.
        kind: AssumptionKind::host((6, 10), |facts| facts.devices.clear())
            .with(Pods::Always(Runtime::Containerd)),
    },
    Assumption {
        id: "fargate",
        about: "AWS Fargate",
        assumes: "user.max_user_namespaces=0, no privileged containers, no added capabilities but \
            SYS_PTRACE",
        source: "AWS documentation, \"Fargate task definition differences\"; \
            containers/buildah#6718",
        kind: AssumptionKind::host((6, 1), |facts| {
            no_user_namespaces(facts);
            facts.devices.clear();
            facts.env.platform.insert("AWS_EXECUTION_ENV", assumed("AWS_ECS_FARGATE".into()));
        })
        .with(Pods::Always(Runtime::Containerd)),
    },
    Assumption {
        id: "containerd",
        about: "pods that containerd makes: EKS, GKE, AKS, k3s, kind",
        assumes: "root with Docker's capabilities; RuntimeDefault refuses unshare(2) without \
            SYS_ADMIN",
        source: "containerd pkg/oci/spec.go, contrib/seccomp/seccomp_default.go",
        kind: AssumptionKind::Runtime { pods: Runtime::Containerd, host: None },
    },
    Assumption {
        id: "cri-o",
        about: "pods that CRI-O makes",
        assumes: "root without SETFCAP; RuntimeDefault lets everybody unshare",
        source: "CRI-O internal/config/capabilities; containers/common pkg/seccomp/seccomp.json",
        kind: AssumptionKind::Runtime { pods: Runtime::CriO, host: None },
    },
    Assumption {
        id: "openshift-4",
        about: "OpenShift 4 on Red Hat Enterprise Linux CoreOS",
        assumes: "CRI-O; SELinux enforcing, unless another host is assumed; no security context \
            constraint that sets what the file leaves open",
        source: "OpenShift documentation, \"Red Hat Enterprise Linux CoreOS\"",
        kind: AssumptionKind::Runtime { pods: Runtime::CriO, host: Some(((5, 14), selinux)) },
    },
    Assumption {
        id: "userns-remap",
        about: "a Docker daemon with `\"userns-remap\": \"default\"`",
        assumes: "Docker's containers have a user namespace; podman's and pods do not change",
        source: "Docker documentation, \"Isolate containers with a user namespace\"",
        kind: AssumptionKind::UsernsRemap,
    },
];
