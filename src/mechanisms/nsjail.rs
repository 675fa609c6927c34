//! What nsjail asks of the kernel with its default namespaces: clone(2), maps written by the
//! parent, mounts in the child.
//!
//! Source: nsjail subproc.cc and user.cc (`runChild`, `initParent`), mnt.cc (`initNs`).

use super::Mechanism;
use crate::plan::{IdMapping, Namespaces, Plan, Program, Propagation, Via};

/// nsjail(1): isodoc's own child stands for it.
pub(crate) static PROGRAM: Program =
    Program { variable: Some("NSJAIL_PATH"), ..Program::named("nsjail") };

/// The row. What else nsjail is told stands in a file of its own that nobody here reads.
pub(crate) static MECHANISM: Mechanism = Mechanism {
    id: "nsjail",
    program: &PROGRAM,
    daemon: false,
    flags: "",
    flags_of: |_| &[],
    plan: |flags, _, _| plan(!flags.iter().any(|flag| flag == WITHOUT_USER)),
};

/// The only flag that is looked at: it leaves the user namespace out.
pub(crate) const WITHOUT_USER: &str = "--disable_clone_newuser";

/// The plan; `user` is whether it makes a user namespace.
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
        ..Plan::empty(&PROGRAM, Via::Clone)
    }
}
