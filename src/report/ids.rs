//! What `isodoc rules` and `isodoc explain ID` say of everything that has an id, as JSON.

use serde::Serialize;

use super::VERSION;
use crate::errno::Errno;
use crate::explain::index::{self, Named};
use crate::findings::{Info, catalogue};
use crate::mechanisms::{MECHANISMS, Mechanism};
use crate::plan::Step;
use crate::remedy::Remedy;
use crate::rules::{self, RULES, Rule, ShownBy};
use crate::verdict::Severity;

/// `rules --format json`.
#[derive(Serialize)]
pub(crate) struct List {
    schema_version: u32,
    rules: Vec<RuleEntry>,
    findings: Vec<FindingEntry>,
    remedies: Vec<RemedyEntry>,
    steps: Vec<StepEntry>,
    mechanisms: Vec<MechanismEntry>,
}

impl List {
    /// Everything that has an id.
    pub(crate) fn all() -> Self {
        Self {
            schema_version: VERSION,
            rules: RULES.iter().copied().map(RuleEntry::from).collect(),
            findings: catalogue::ALL.iter().copied().map(FindingEntry::from).collect(),
            remedies: index::remedies().map(RemedyEntry::from).collect(),
            steps: Step::ALL.iter().copied().map(StepEntry::from).collect(),
            mechanisms: MECHANISMS.iter().copied().map(MechanismEntry::from).collect(),
        }
    }
}

/// `explain ID --format json`: what the id names, each under its kind.
#[derive(Default, Serialize)]
pub(crate) struct Explanation {
    schema_version: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<RuleEntry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    finding: Option<FindingEntry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<RemedyEntry>,
    /// All of them, where the id is that of several remedies that belong together.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    remedies: Vec<RemedyEntry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<StepEntry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mechanism: Option<MechanismEntry>,
}

impl Explanation {
    /// Of everything that an id names.
    pub(crate) fn of(named: &[Named]) -> Self {
        let mut answer = Self { schema_version: VERSION, ..Self::default() };
        for named in named {
            match named {
                Named::Rule(rule) => answer.rule = Some(RuleEntry::from(*rule)),
                Named::Finding(info) => answer.finding = Some(FindingEntry::from(*info)),
                Named::Remedy(remedy) => answer.remedies.push(RemedyEntry::from(*remedy)),
                Named::Step(step) => answer.step = Some(StepEntry::from(*step)),
                Named::Mechanism(mechanism) => {
                    answer.mechanism = Some(MechanismEntry::from(*mechanism))
                }
            }
        }
        if answer.remedies.len() == 1 {
            answer.remedy = answer.remedies.pop();
        }
        answer
    }
}

#[derive(Serialize)]
struct RuleEntry {
    id: &'static str,
    /// The usual step.
    step: Option<Step>,
    /// The usual error.
    errno: Option<Errno>,
    title: &'static str,
    since: &'static str,
    steps: &'static [Step],
    errnos: &'static [Errno],
    shown_by: ShownBy,
    remedies: Vec<&'static str>,
    docs: &'static str,
}

#[derive(Serialize)]
struct FindingEntry {
    id: &'static str,
    /// How grave it usually is.
    severity: Severity,
    title: &'static str,
    docs: &'static str,
}

#[derive(Serialize)]
struct RemedyEntry {
    id: &'static str,
    weakens: &'static str,
    undo: &'static str,
    cost: u32,
    rules: Vec<&'static str>,
}

#[derive(Serialize)]
struct StepEntry {
    id: Step,
    title: &'static str,
    /// The rules that guard it.
    rules: Vec<&'static str>,
}

#[derive(Serialize)]
struct MechanismEntry {
    id: &'static str,
    program: &'static str,
    /// Its default flags.
    flags: &'static str,
    /// What it asks for with them.
    steps: Vec<Step>,
}

impl From<&'static Rule> for RuleEntry {
    fn from(rule: &'static Rule) -> Self {
        Self {
            id: rule.id,
            step: rule.steps.first().copied(),
            errno: rule.errnos.first().copied(),
            title: rule.title,
            since: rule.since,
            steps: rule.steps,
            errnos: rule.errnos,
            shown_by: rule.shown_by(),
            remedies: rule.remedies.iter().map(|remedy| remedy.id).collect(),
            docs: rule.docs,
        }
    }
}

impl From<&'static Info> for FindingEntry {
    fn from(info: &'static Info) -> Self {
        Self { id: info.id, severity: info.severity, title: info.title, docs: info.docs }
    }
}

impl From<&'static Remedy> for RemedyEntry {
    fn from(remedy: &'static Remedy) -> Self {
        Self {
            id: remedy.id,
            weakens: remedy.weakens,
            undo: remedy.undo,
            cost: remedy.cost,
            rules: index::rules_of(remedy).map(|rule| rule.id).collect(),
        }
    }
}

impl From<Step> for StepEntry {
    fn from(step: Step) -> Self {
        Self { id: step, title: step.about(), rules: rules::at(step).map(|rule| rule.id).collect() }
    }
}

impl From<&'static Mechanism> for MechanismEntry {
    fn from(mechanism: &'static Mechanism) -> Self {
        Self {
            id: mechanism.id,
            program: mechanism.program.name,
            flags: mechanism.flags,
            steps: mechanism.steps(),
        }
    }
}
