//! The user namespace remapping of a Docker daemon. What is configured and in effect is judged in
//! [`crate::facts::remap`]; here is only what it asks for.

use super::Mechanism;
use crate::plan::{Plan, Program, Via};

/// The row: no program is run, for the daemon is asked.
pub(crate) static MECHANISM: Mechanism = Mechanism {
    id: "userns-remap",
    program: &Program::DOCKERD,
    daemon: true,
    flags: "",
    flags_of: |_| &[],
    plan: |_, _, _| plan(),
};

/// The plan: it asks nothing of the kernel.
#[must_use]
pub(crate) fn plan() -> Plan {
    Plan::empty(&Program::DOCKERD, Via::Daemon)
}
