//! A container that passes only because it is privileged: what less would do.

use super::{Case, Found};
use crate::report::{Remedy, Severity};
use crate::verdict::Verdict;

pub(super) fn check(case: &Case<'_>) -> Option<Found> {
    let settings = &case.container.settings;
    let privileged = settings.privileged.as_ref().filter(|p| p.value)?;
    (case.outcome.prediction.verdict == Verdict::Supported).then_some(())?;
    let mut less = case.container.clone();
    less.settings.privileged = None;
    let without = case.judge.outcome(&less, &case.outcome.plan.flags);
    if without.prediction.verdict == Verdict::Supported {
        let detail = "it passes without privileged as well: drop the setting";
        return Found::new(Severity::Warning, privileged.place, "isolation does not need privileged here", detail);
    }
    let cheaper: Vec<Remedy> = without.solutions().iter().filter(|s| s.cost < 100).map(Remedy::from).collect();
    cheaper.first()?;
    let detail = "each of these passes in its place, and gives less away:";
    let mut found = Found::new(Severity::Note, privileged.place, "less than privileged would do for isolation", detail)?;
    found.remedies = cheaper;
    Some(found)
}
