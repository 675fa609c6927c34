//! The user namespace remapping of a Docker daemon. What is configured and in effect is judged in
//! [`crate::facts::remap`]; here is only what it asks for.

use super::{Call, Plan};

/// The id of the mechanism.
pub(crate) const ID: &str = "userns-remap";

/// The plan: it asks the daemon, not the kernel.
#[must_use]
pub(crate) fn plan() -> Plan {
    Plan::empty(ID, Call::Clone)
}
