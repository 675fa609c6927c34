//! What a sandbox is built of besides namespaces, each alone: nothing but the kernel takes part.

use super::Mechanism;
use crate::plan::{DEV_NULL, Plan, Program, Restriction, Step, Via};

/// The row of a block.
const fn row(id: &'static str, plan: super::PlanOf) -> Mechanism {
    Mechanism::without_words(id, &Program::KERNEL, "", plan)
}

/// A process restricts what it may do.
fn restricting(mechanism: &'static Mechanism, block: Restriction) -> Plan {
    let steps = vec![Step::Restrict];
    Plan { block: Some(block), steps, ..Plan::empty(mechanism, Via::Unshare) }
}

fn opening(mechanism: &'static Mechanism, devices: &'static [&'static str]) -> Plan {
    Plan { devices, steps: vec![Step::Device], ..Plan::empty(mechanism, Via::Unshare) }
}

/// What a program gives others in place of the standard input.
pub(super) const NULL: &[&str] = &[DEV_NULL];

/// The device of virtual machines.
pub(super) const KVM: &[&str] = &["/dev/kvm"];

/// Landlock: access to files is given up.
pub(crate) static LANDLOCK: Mechanism =
    row("landlock", |_, _, _| restricting(&LANDLOCK, Restriction::Landlock));
/// seccomp: a filter of system calls.
pub(crate) static SECCOMP: Mechanism =
    row("seccomp", |_, _, _| restricting(&SECCOMP, Restriction::Seccomp));
/// A filter that hands calls to a supervisor (seccomp_unotify(2)).
pub(crate) static SECCOMP_NOTIFY: Mechanism =
    row("seccomp-notify", |_, _, _| restricting(&SECCOMP_NOTIFY, Restriction::SeccompNotify));
/// Virtual machines.
pub(crate) static KVM_DEVICE: Mechanism = row("kvm", |_, _, _| opening(&KVM_DEVICE, KVM));
/// File systems in user space.
pub(crate) static FUSE: Mechanism = row("fuse", |_, _, _| opening(&FUSE, &["/dev/fuse"]));
/// Tap devices, behind the network of rootless containers.
pub(crate) static TUN: Mechanism = row("tun", |_, _, _| opening(&TUN, super::podman_rootless::TUN));
