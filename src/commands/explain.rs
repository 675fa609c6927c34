//! `isodoc explain`: what an id means, or which causes fit an error text.

use std::path::Path;

use serde::Serialize;

use super::rules::{Finding, Mechanism, Remedy, Rule, Step};
use super::{Answer, Failure, Output, read, read_from};
use crate::cli::ExplainArgs;
use crate::exit::Exit;
use crate::explain::index::{self, Named};
use crate::explain::{Explained, explain};
use crate::output::{Notation, human, ids, json};
use crate::report::VERSION;

/// `explain ID --format json`: what the id names, each under its kind.
#[derive(Default, Serialize)]
struct OfId {
    schema_version: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<Rule>,
    #[serde(skip_serializing_if = "Option::is_none")]
    finding: Option<Finding>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<Remedy>,
    /// All of them, where the id is that of several remedies that belong together.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    remedies: Vec<Remedy>,
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<Step>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mechanism: Option<Mechanism>,
}

impl OfId {
    fn new(named: &[Named]) -> Self {
        let mut answer = Self { schema_version: VERSION, ..Self::default() };
        for named in named {
            match named {
                Named::Rule(rule) => answer.rule = Some(Rule::from(*rule)),
                Named::Finding(info) => answer.finding = Some(Finding::from(*info)),
                Named::Remedy(remedy) => answer.remedies.push(Remedy::from(*remedy)),
                Named::Step(step) => answer.step = Some(Step::from(*step)),
                Named::Mechanism(mechanism) => answer.mechanism = Some(Mechanism::from(*mechanism)),
            }
        }
        if answer.remedies.len() == 1 {
            answer.remedy = answer.remedies.pop();
        }
        answer
    }
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
    let id = args.id.as_deref().unwrap_or_default();
    let named = index::find(id);
    if named.is_empty() {
        return Err(unknown(id));
    }
    Ok(Answer::done(match args.format {
        Notation::Text => ids::pages(id, &named),
        Notation::Json => json::write(&OfId::new(&named)),
    }))
}

fn unknown(id: &str) -> Failure {
    let near: Vec<String> = index::near(id).iter().map(|near| format!("'{near}'")).collect();
    let similar =
        if near.is_empty() { String::new() } else { format!("; similar: {}", near.join(", ")) };
    Failure(format!("unknown id '{id}'{similar}; `isodoc rules` lists every id"))
}

/// The size of the largest error text that is read; what matters is a few lines.
const MOST: u64 = 1 << 20;

fn error(path: &Path, format: Notation) -> Result<Answer, Failure> {
    let bytes = match path.to_str() {
        Some("-") => read_from(std::io::stdin().lock(), Path::new("standard input"), MOST)?,
        // A message that was given in place of a file: no file of several words is mistyped.
        Some(text) if text.contains(char::is_whitespace) && !path.exists() => text.into(),
        _ => read(path, MOST)?,
    };
    let explained = explain(&String::from_utf8_lossy(&bytes));
    let exit = if explained.causes.is_empty() { Exit::Unknown } else { Exit::Supported };
    let text = match format {
        Notation::Text => human::explained(&explained),
        Notation::Json => json::write(&OfError { schema_version: VERSION, explained: &explained }),
    };
    Ok(Answer { output: Output::Text(text.into_bytes()), exit })
}
