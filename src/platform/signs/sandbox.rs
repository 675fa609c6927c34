//! Sandboxes that a user makes of the host's own files: bubblewrap, nsjail, unshare(1).

use super::{BUBBLEWRAP, SANDBOX, Sign};
use crate::facts::{Evidence, Facts};

/// What the first process of the pid namespace shows, or else the user namespace.
pub(crate) fn sandbox(facts: &Facts) -> Option<Sign> {
    facts.in_sandbox_of_a_user().then_some(())?;
    if facts.under_bwrap() {
        let evidence = Evidence::of(&facts.markers.pid1_comm);
        return Some(Sign { place: BUBBLEWRAP, evidence });
    }
    let map = &facts.process.uid_map;
    let line = map.value().map(|map| map.one_line()).unwrap_or_default();
    Some(Sign { place: SANDBOX, evidence: Evidence::at(map, line) })
}
