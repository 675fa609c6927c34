//! What a plugin of node-problem-detector says: a line of at most 80 bytes, which is as much as it
//! keeps (`max_output_length`). The exit codes are the same.

use super::Format;
use crate::report::{CheckReport, MechanismReport};

/// A line of a plugin.
pub(crate) static FORMAT: Format = Format {
    id: "npd",
    about: "A line of 80 bytes, for node-problem-detector",
    check: Some(|checked, out| writeln!(out, "{}", line(checked.report))),
    ..Format::NONE
};

/// How many bytes are kept.
const MOST: usize = 80;

/// The verdict, and what it is about that decides. Ids alone, so each byte is a character.
fn line(report: &CheckReport<'_>) -> String {
    let decides = report.entries().find(|entry| entry.required && entry.verdict == report.verdict);
    let mut line = format!("{}:", report.verdict.id());
    for part in decides.map(parts).into_iter().flatten() {
        if line.len() + 1 + part.len() <= MOST {
            line.extend([" ", &part]);
        }
    }
    line
}

fn parts(entry: &MechanismReport) -> Vec<String> {
    let cause = entry.cause.as_ref().map(|cause| format!("[{}]", cause.id));
    let step = entry.probe.step.or(entry.prediction.step);
    let step = step.filter(|_| cause.is_some()).map(|step| format!("at {}", step.id()));
    [Some(entry.id.to_owned()), cause, step].into_iter().flatten().collect()
}
