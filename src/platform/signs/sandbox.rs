//! Sandboxes that a user makes of the host's own files: bubblewrap, nsjail, unshare(1).

use super::{BUBBLEWRAP, SANDBOX, Sign};
use crate::facts::{Evidence, Facts};

/// What the user namespace shows, and what bubblewrap starts as the first process of its pid
/// namespace (bubblewrap.c, `do_init`).
pub(crate) fn sandbox(facts: &Facts) -> Option<Sign> {
    facts.in_sandbox_of_a_user().then_some(())?;
    let comm = &facts.markers.pid1_comm;
    if facts.in_initial_pidns() == Some(false) && comm.value().is_some_and(|comm| comm == "bwrap") {
        return Some(Sign { place: BUBBLEWRAP, evidence: Evidence::of(comm) });
    }
    let map = &facts.process.uid_map;
    let line = map.value().map(|map| map.one_line()).unwrap_or_default();
    Some(Sign { place: SANDBOX, evidence: Evidence::at(map, line) })
}
