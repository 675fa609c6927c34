//! Docker daemons on this host: what is configured, and what is in effect.

use serde::Serialize;

use super::Facts;
use crate::source::Source;

/// What is known of the Docker daemon.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Docker {}

/// Reads the daemon's configuration and, on a live host, asks it.
pub fn collect(_source: &dyn Source, _facts: &Facts) -> Docker {
    Docker {}
}
