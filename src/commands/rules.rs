//! `isodoc rules`: everything that has an id.

use serde::Serialize;

use super::{Answer, Failure};
use crate::cli::FormatArgs;
use crate::errno::Errno;
use crate::explain::index;
use crate::findings::{Info, catalogue};
use crate::mechanisms::{self, MECHANISMS};
use crate::output::{Notation, ids, json};
use crate::plan;
use crate::remedy;
use crate::rules::{self, RULES};
use crate::verdict::Severity;

/// `rules --format json`.
#[derive(Serialize)]
struct List {
    schema_version: u32,
    rules: Vec<Rule>,
    findings: Vec<Finding>,
    remedies: Vec<Remedy>,
    steps: Vec<Step>,
    mechanisms: Vec<Mechanism>,
}

/// One rule.
#[derive(Serialize)]
pub(super) struct Rule {
    id: &'static str,
    /// The usual step.
    step: Option<plan::Step>,
    /// The usual error.
    errno: Option<Errno>,
    title: &'static str,
    since: &'static str,
    steps: &'static [plan::Step],
    errnos: &'static [Errno],
    remedies: Vec<&'static str>,
    docs: &'static str,
}

/// One finding.
#[derive(Serialize)]
pub(super) struct Finding {
    id: &'static str,
    /// How grave it usually is.
    severity: Severity,
    title: &'static str,
    docs: &'static str,
}

/// One remedy.
#[derive(Serialize)]
pub(super) struct Remedy {
    id: &'static str,
    weakens: &'static str,
    undo: &'static str,
    cost: u32,
    /// The rules that name it.
    rules: Vec<&'static str>,
}

/// One step.
#[derive(Serialize)]
pub(super) struct Step {
    id: plan::Step,
    title: &'static str,
    /// The rules that guard it.
    rules: Vec<&'static str>,
}

/// One mechanism.
#[derive(Serialize)]
pub(super) struct Mechanism {
    id: &'static str,
    program: &'static str,
    /// Its flags where nobody gives any.
    flags: &'static str,
    /// What it asks for with them.
    steps: Vec<plan::Step>,
}

impl From<&'static rules::Rule> for Rule {
    fn from(rule: &'static rules::Rule) -> Self {
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

impl From<&'static Info> for Finding {
    fn from(info: &'static Info) -> Self {
        Self { id: info.id, severity: info.severity, title: info.title, docs: info.docs }
    }
}

impl From<&'static remedy::Remedy> for Remedy {
    fn from(remedy: &'static remedy::Remedy) -> Self {
        Self {
            id: remedy.id,
            weakens: remedy.weakens,
            undo: remedy.undo,
            cost: remedy.cost,
            rules: index::rules_of(remedy).map(|rule| rule.id).collect(),
        }
    }
}

impl From<plan::Step> for Step {
    fn from(step: plan::Step) -> Self {
        Self { id: step, title: step.about(), rules: rules::at(step).map(|rule| rule.id).collect() }
    }
}

impl From<&'static mechanisms::Mechanism> for Mechanism {
    fn from(mechanism: &'static mechanisms::Mechanism) -> Self {
        Self {
            id: mechanism.id,
            program: mechanism.program.name,
            flags: mechanism.flags,
            steps: mechanism.steps(),
        }
    }
}

/// Runs the command.
pub(super) fn run(args: &FormatArgs) -> Result<Answer, Failure> {
    Ok(Answer::done(match args.format {
        Notation::Text => ids::list(),
        Notation::Json => json::write(&List {
            schema_version: crate::report::VERSION,
            rules: RULES.iter().copied().map(Rule::from).collect(),
            findings: catalogue::ALL.iter().copied().map(Finding::from).collect(),
            remedies: index::remedies().map(Remedy::from).collect(),
            steps: plan::Step::ALL.iter().copied().map(Step::from).collect(),
            mechanisms: MECHANISMS.iter().copied().map(Mechanism::from).collect(),
        }),
    }))
}
