//! A container that passes only because it is privileged: what less would do.

use std::rc::Rc;

use super::{Case, Found};
use crate::report::{Remedy, Severity};
use crate::verdict::Verdict;

pub(super) fn check(case: &Case<'_>) -> Option<Found> {
    let settings = &case.container.settings;
    let privileged = settings.privileged.as_ref().filter(|p| p.value)?;
    (case.outcome.prediction.verdict == Verdict::Supported).then_some(())?;
    let without = case.suppose("not privileged", |container| container.settings.privileged = None);
    if without.prediction.verdict == Verdict::Supported {
        let detail = "it passes without privileged as well: drop the setting";
        return Found::new(
            Severity::Warning,
            privileged.place,
            "isolation does not need privileged here",
            detail,
        );
    }
    let cheaper: Rc<[Remedy]> =
        without.entry().remedies.iter().filter(|remedy| remedy.cost < 100).cloned().collect();
    cheaper.first()?;
    let detail = "each of these passes in its place, and gives less away:";
    let mut found = Found::new(
        Severity::Note,
        privileged.place,
        "less than privileged would do for isolation",
        detail,
    )?;
    found.remedies = cheaper;
    Some(found)
}
