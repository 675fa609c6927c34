//! What refuses next, once the first refusal is lifted.

use super::super::decides;
use super::{Case, Found};
use crate::deploy::Setting;
use crate::report::Severity;
use crate::rules::{Gate, Rule};

pub(super) fn check(case: &Case<'_>) -> Option<Found> {
    let first = case.outcome.prediction.cause?;
    let mut shut = case
        .outcome
        .prediction
        .judged
        .iter()
        .filter(|j| matches!(j.gate, Gate::Shut(_)) && j.rule != first);
    // Several gates are of one filter; lifting it lifts them.
    let of_filter = |rule: &Rule| rule.decided_by.contains(&Setting::Seccomp);
    let next = shut.find(|j| !(of_filter(first) && of_filter(j.rule)))?;
    let title = format!("once {} is lifted, {} refuses at {}", first.id, next.rule.id, next.step);
    Found::new(Severity::Note, decides(case.container, Some(next.rule)), title, next.rule.title)
}
