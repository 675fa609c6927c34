//! What nsjail asks of the kernel with its default namespaces: clone(2), maps written by the
//! parent, mounts in the child.
//!
//! Source: nsjail subproc.cc and user.cc (`runChild`, `initParent`), mnt.cc (`initNs`).

use super::{Call, IdMapping, Namespaces, Plan, Propagation};

/// The plan of nsjail; `user` is whether it makes a user namespace (`DISABLE_NUSER` says no).
#[must_use]
pub(crate) fn plan(user: bool) -> Plan {
    let base =
        Namespaces::MNT | Namespaces::PID | Namespaces::IPC | Namespaces::UTS | Namespaces::CGROUP;
    let map = if user { IdMapping::Single(0) } else { IdMapping::None };
    Plan {
        namespaces: Namespaces(base | if user { Namespaces::USER } else { 0 }),
        uid_map: map.clone(),
        gid_map: map,
        propagation: Propagation::Private,
        mount_proc: Some("/proc".into()),
        ..Plan::empty("nsjail", Call::Clone)
    }
}
