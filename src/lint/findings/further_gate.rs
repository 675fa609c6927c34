//! The next cause, once the first is fixed.

use super::super::decides;
use super::Case;
use crate::deploy::Setting;
use crate::findings::{Finding, catalogue};
use crate::rules::{Gate, Rule};

pub(super) fn check(case: &Case<'_>) -> Option<Finding> {
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
    let title = format!("once {} is fixed, another cause remains: {}", first.id, next.rule.title);
    let id = next.rule.id;
    let helps = match case.outcome.solutions() {
        [] => "no setting of the file fixes both",
        _ => "the remedies that isodoc prints fix both",
    };
    let detail = format!("that cause is {id}; {helps}");
    let finding = Finding::new(&catalogue::FURTHER_GATE, title, detail);
    Some(finding.at(decides(case.container, Some(next.rule))))
}
