//! What a sandbox is built of besides namespaces, each alone: nothing but the kernel takes part.

use super::Mechanism;
use crate::plan::{DEV_NULL, Plan, Program, Restriction, Step, Via};

/// What a block is a plan of.
const fn row(id: &'static str, plan: super::PlanOf) -> Mechanism {
    Mechanism::without_words(id, &Program::KERNEL, "", plan)
}

/// A process restricts what it may do.
fn restricting(block: Restriction) -> Plan {
    Plan {
        block: Some(block),
        steps: vec![Step::Restrict],
        ..Plan::empty(&Program::KERNEL, Via::Unshare)
    }
}

fn opening(devices: &'static [&'static str]) -> Plan {
    Plan { devices, steps: vec![Step::Device], ..Plan::empty(&Program::KERNEL, Via::Unshare) }
}

/// What a program gives others in place of the standard input.
pub(super) const NULL: &[&str] = &[DEV_NULL];

/// The device of virtual machines.
pub(super) const KVM: &[&str] = &["/dev/kvm"];

/// Landlock: access to files is given up.
pub(crate) static LANDLOCK: Mechanism =
    row("landlock", |_, _, _| restricting(Restriction::Landlock));
/// seccomp: a filter of system calls.
pub(crate) static SECCOMP: Mechanism = row("seccomp", |_, _, _| restricting(Restriction::Seccomp));
/// A filter that hands calls to a supervisor (seccomp_unotify(2)).
pub(crate) static SECCOMP_NOTIFY: Mechanism =
    row("seccomp-notify", |_, _, _| restricting(Restriction::SeccompNotify));
/// Virtual machines.
pub(crate) static KVM_DEVICE: Mechanism = row("kvm", |_, _, _| opening(KVM));
/// File systems in user space.
pub(crate) static FUSE: Mechanism = row("fuse", |_, _, _| opening(&["/dev/fuse"]));
/// Tap devices, behind the network of rootless containers.
pub(crate) static TUN: Mechanism = row("tun", |_, _, _| opening(super::podman_rootless::TUN));
