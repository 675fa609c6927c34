//! The hosts. One entry each.

use super::{Assumption, assumed};
use crate::facts::Facts;

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
fn debian(facts: &mut Facts) {
    apparmor(facts);
    facts.sysctl.unprivileged_userns_clone = assumed(1);
}

fn no_user_namespaces(facts: &mut Facts) {
    facts.sysctl.max_namespaces.insert("user", assumed(0));
}

/// Every assumption.
pub(crate) static HOSTS: &[Assumption] = &[
    Assumption {
        id: "plain-linux",
        about: "a mainline kernel with default settings",
        assumes: "no AppArmor, no SELinux, Docker and containerd with their defaults",
        source: "kernel documentation; moby and containerd defaults",
        kernel: (6, 12),
        change: |_| {},
    },
    Assumption {
        id: "debian-12",
        about: "Debian 12 (bookworm)",
        assumes: "AppArmor on, kernel.unprivileged_userns_clone=1",
        source: "Debian kernel 6.1, wiki.debian.org/AppArmor",
        kernel: (6, 1),
        change: debian,
    },
    Assumption {
        id: "debian-13",
        about: "Debian 13 (trixie)",
        assumes: "AppArmor on, kernel.unprivileged_userns_clone=1",
        source: "Debian kernel 6.12, wiki.debian.org/AppArmor",
        kernel: (6, 12),
        change: debian,
    },
    Assumption {
        id: "ubuntu-24.04",
        about: "Ubuntu 24.04, GitHub's ubuntu-24.04 runner",
        assumes: "AppArmor on, kernel.apparmor_restrict_unprivileged_userns=1, \
            kernel.unprivileged_userns_clone=1",
        source: "Ubuntu 24.04 release notes, \"Unprivileged user namespace restrictions\"",
        kernel: (6, 8),
        change: |facts| {
            debian(facts);
            facts.sysctl.apparmor_restrict_unprivileged_userns = assumed(1);
            facts.sysctl.apparmor_restrict_unprivileged_unconfined = assumed(0);
        },
    },
    Assumption {
        id: "rhel-9",
        about: "Red Hat Enterprise Linux 9 and its rebuilds",
        assumes: "SELinux enforcing, no STIG profile (which sets user.max_user_namespaces=0)",
        source: "RHEL 9 documentation, \"Using SELinux\"",
        kernel: (5, 14),
        change: selinux,
    },
    Assumption {
        id: "amazon-linux-2023",
        about: "Amazon Linux 2023, also as an EKS node",
        assumes: "SELinux permissive, no AppArmor",
        source: "Amazon Linux 2023 user guide, \"Setting SELinux modes\"",
        kernel: (6, 1),
        change: |facts| {
            selinux(facts);
            facts.lsm.selinux_enforcing = assumed(false);
        },
    },
    Assumption {
        id: "bottlerocket",
        about: "Bottlerocket, also as an EKS node",
        assumes: "user.max_user_namespaces=0, SELinux enforcing",
        source: "bottlerocket-core-kit packages/release/release-sysctl.conf; Bottlerocket \
            SECURITY_FEATURES.md",
        kernel: (6, 1),
        change: |facts| {
            selinux(facts);
            no_user_namespaces(facts);
        },
    },
    Assumption {
        id: "talos",
        about: "Talos Linux",
        assumes: "user.max_user_namespaces=0",
        source: "Talos documentation, \"User Namespaces\"",
        kernel: (6, 12),
        change: no_user_namespaces,
    },
    Assumption {
        id: "gke-cos",
        about: "a GKE node with Container-Optimized OS",
        assumes: "AppArmor on: containerd confines containers by cri-containerd.apparmor.d",
        source: "GKE documentation, \"Container-Optimized OS overview\"",
        kernel: (6, 6),
        change: apparmor,
    },
    Assumption {
        id: "docker-desktop",
        about: "the virtual machine of Docker Desktop, without Enhanced Container Isolation",
        assumes: "no AppArmor, no SELinux",
        source: "docker/for-mac, linuxkit kernel configuration",
        kernel: (6, 10),
        change: |_| {},
    },
    Assumption {
        id: "fargate",
        about: "AWS Fargate",
        assumes: "user.max_user_namespaces=0, no privileged containers, no added capabilities but \
            SYS_PTRACE",
        source: "AWS documentation, \"Fargate task definition differences\"; \
            containers/buildah#6718",
        kernel: (6, 1),
        change: |facts| {
            no_user_namespaces(facts);
            facts.env.platform.insert("AWS_EXECUTION_ENV", assumed("AWS_ECS_FARGATE".into()));
        },
    },
];
