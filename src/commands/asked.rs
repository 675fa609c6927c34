//! What `check` and `snapshot` ask about.

use crate::facts::Facts;
use crate::mechanisms::{DEFAULT, Mechanism, unshare};
use crate::windmill;

/// The flags in force: those given, which are unshare's, else the worker's, else the default ones.
pub(super) fn flags(given: Option<&str>, facts: &Facts, mechanism: &Mechanism) -> Vec<String> {
    given
        .filter(|_| *mechanism == *DEFAULT)
        .map(unshare::split)
        .or_else(|| windmill::flags(mechanism, |name| facts.env.of_worker(name)))
        .unwrap_or_else(|| unshare::split(mechanism.flags))
}
