//! `isodoc rules`: every rule.

use serde::Serialize;

use super::{Answer, Failure};
use crate::cli::{Format, FormatArgs};
use crate::errno::Errno;
use crate::output::{human, json};
use crate::plan::Step;
use crate::rules::{RULES, Rule};

/// `rules --format json`.
#[derive(Serialize)]
struct List {
    schema_version: u32,
    rules: Vec<Entry>,
}

/// One rule.
#[derive(Serialize)]
pub(super) struct Entry {
    id: &'static str,
    /// The usual step.
    step: Option<Step>,
    /// The usual error.
    errno: Option<Errno>,
    title: &'static str,
    since: &'static str,
    steps: &'static [Step],
    errnos: &'static [Errno],
    remedies: Vec<&'static str>,
    docs: &'static str,
}

impl From<&'static Rule> for Entry {
    fn from(rule: &'static Rule) -> Self {
        Self {
            id: rule.id,
            step: rule.steps.first().copied(),
            errno: rule.errnos.first().copied(),
            title: rule.title,
            since: rule.since,
            steps: rule.steps,
            errnos: rule.errnos,
            remedies: rule.remedies.iter().map(|remedy| remedy.id).collect(),
            docs: rule.docs,
        }
    }
}

/// Runs the command.
pub(super) fn run(args: &FormatArgs) -> Result<Answer, Failure> {
    Ok(Answer::done(match args.format {
        Format::Human => human::rules(RULES),
        Format::Json => {
            let rules = RULES.iter().copied().map(Entry::from).collect();
            json::write(&List { schema_version: crate::report::VERSION, rules })
        }
    }))
}
