//! `isodoc explain`: what a rule is about, or which rules fit an error text.

use serde::Serialize;

use super::{Answer, Failure};
use crate::cli::{ExplainArgs, Format};
use crate::commands::rules::Entry;
use crate::render::{human, json};
use crate::rules;

/// `explain ID --format json`.
#[derive(Serialize)]
struct Page {
    schema_version: u32,
    rule: Entry,
}

/// Runs the command.
pub fn run(args: &ExplainArgs) -> Result<Answer, Failure> {
    let Some(rule) = args.id.as_deref().and_then(rules::find) else {
        return Err(Failure("explain --error is not built in yet".into()));
    };
    Ok(Answer::done(match args.format {
        Format::Human => human::rule(rule),
        Format::Json => json::write(&Page { schema_version: crate::report::VERSION, rule: Entry::from(rule) }),
    }))
}
