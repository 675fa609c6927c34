//! What refuses next, once the first refusal is lifted.

use super::super::decides;
use super::{Case, Found};
use crate::report::Severity;
use crate::rules::Gate;

pub(super) fn check(case: &Case<'_>) -> Option<Found> {
    let first = case.outcome.prediction.cause?;
    let shut = case
        .outcome
        .prediction
        .judged
        .iter()
        .filter(|j| matches!(j.gate, Gate::Shut(_)) && j.rule.id != first.id);
    // Several gates guard the call that is refused already; lifting that lifts them.
    let filters = ["seccomp-mount", "seccomp-unshare", "seccomp-clone"];
    let later: Vec<_> =
        shut.filter(|j| !(filters.contains(&first.id) && filters.contains(&j.rule.id))).collect();
    let next = later.first()?;
    let title = format!("once {} is lifted, {} refuses at {}", first.id, next.rule.id, next.step);
    Found::new(Severity::Note, decides(case.container, next.rule.id), title, next.rule.title)
}
