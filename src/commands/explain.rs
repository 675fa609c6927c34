//! `isodoc explain`: what a rule is about, or which causes fit an error text.

use std::path::Path;

use serde::Serialize;

use super::rules::Entry;
use super::{Answer, Failure, Output, read, read_from};
use crate::cli::{ExplainArgs, Format};
use crate::exit::Exit;
use crate::explain::{Explained, explain};
use crate::output::{human, json};
use crate::report::VERSION;
use crate::rules;

/// `explain ID --format json`.
#[derive(Serialize)]
struct OfRule {
    schema_version: u32,
    rule: Entry,
}

/// `explain --error FILE --format json`.
#[derive(Serialize)]
struct OfError<'a> {
    schema_version: u32,
    #[serde(flatten)]
    explained: &'a Explained,
}

/// Runs the command.
pub(super) fn run(args: &ExplainArgs) -> Result<Answer, Failure> {
    if let Some(path) = &args.error {
        return error(path, args.format);
    }
    // The command line lets no other id pass.
    let id = args.id.as_deref().unwrap_or_default();
    let rule = rules::find(id)
        .ok_or_else(|| Failure(format!("{id}: no such rule; `isodoc rules` lists them")))?;
    Ok(Answer::done(match args.format {
        Format::Human => human::rule(rule),
        Format::Json => json::write(&OfRule { schema_version: VERSION, rule: Entry::from(rule) }),
    }))
}

/// The size of the largest error text that is read; what matters is a few lines.
const MOST: u64 = 1 << 20;

fn error(path: &Path, format: Format) -> Result<Answer, Failure> {
    let bytes = match path.to_str() {
        Some("-") => read_from(std::io::stdin().lock(), Path::new("standard input"), MOST)?,
        _ => read(path, MOST)?,
    };
    let explained = explain(&String::from_utf8_lossy(&bytes));
    let exit = if explained.causes.is_empty() { Exit::Unknown } else { Exit::Supported };
    let text = match format {
        Format::Human => human::explained(&explained),
        Format::Json => json::write(&OfError { schema_version: VERSION, explained: &explained }),
    };
    Ok(Answer { output: Output::Text(text), exit })
}
