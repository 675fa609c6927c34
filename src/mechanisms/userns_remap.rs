//! The user namespace remapping of a Docker daemon. What is configured and in effect is judged in
//! [`crate::rules::docker`]; here is only what it asks for.

use super::{Call, IdMapping, Namespaces, Plan, Propagation};

/// The id of the mechanism.
pub const ID: &str = "userns-remap";

/// The plan: it asks the daemon, not the kernel.
#[must_use]
pub fn plan() -> Plan {
    Plan {
        mechanism: ID,
        flags: vec![],
        flag_error: None,
        call: Call::Clone,
        namespaces: Namespaces(0),
        uid_map: IdMapping::None,
        gid_map: IdMapping::None,
        setgroups: None,
        fork: false,
        propagation: Propagation::Unchanged,
        mount_proc: None,
        root: None,
        wd: None,
        setuid: None,
        setgid: None,
        beyond: vec![],
        program: None,
    }
}
