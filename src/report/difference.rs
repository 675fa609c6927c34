//! The report of `diff --format json`, version 1: what changed between two captures or reports.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use super::VERSION;
use crate::diagnosis::Prediction;

/// The whole report.
#[derive(Debug, Serialize)]
pub(crate) struct Difference {
    /// The version of the report.
    pub schema_version: u32,
    /// What was asked, and what the answer was before and after; of reports, where that differs.
    pub mechanisms: Vec<AnswerChange>,
    /// The facts that differ.
    pub facts: Vec<FactChange>,
}

/// The answer about a mechanism, twice.
#[derive(Debug, Serialize)]
pub(crate) struct AnswerChange {
    pub id: String,
    /// The first answer; null where it was not asked.
    pub before: Option<ShortAnswer>,
    /// The second.
    pub after: Option<ShortAnswer>,
    /// The facts that lead from the one to the other: each of them alone, or all together where
    /// none does alone. Null where nothing could be tried.
    pub decided_by: Option<Vec<String>>,
    /// Whether each of them does alone.
    pub each_alone: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct ShortAnswer {
    pub verdict: String,
    /// The refused or undecided step.
    pub step: Option<String>,
    /// Its error.
    pub errno: Option<String>,
    /// The id of the cause.
    pub cause: Option<String>,
}

/// A fact, twice.
#[derive(Debug, Serialize)]
pub(crate) struct FactChange {
    pub fact: String,
    /// What it was; null where nothing was asked.
    pub before: Value,
    pub after: Value,
    /// Of a text that decided, the lines that did, before and after.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<[String; 2]>,
}

impl From<&Prediction> for ShortAnswer {
    fn from(from: &Prediction) -> Self {
        Self {
            verdict: from.verdict.id().to_owned(),
            step: from.step.map(|step| step.id().to_owned()),
            errno: from.errno.map(|errno| errno.name().to_owned()),
            cause: from.cause.map(|rule| rule.id.to_owned()),
        }
    }
}

impl Difference {
    /// Between two reports of `check`.
    pub(crate) fn of_reports(before: &Value, after: &Value) -> Self {
        let [a, b] = [before, after].map(answers);
        let ids: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
        let differs = ids.into_iter().filter(|id| a.get(*id) != b.get(*id));
        let change = |id: &String| AnswerChange {
            id: id.clone(),
            before: a.get(id).cloned(),
            after: b.get(id).cloned(),
            decided_by: None,
            each_alone: false,
        };
        let mechanisms = differs.map(change).collect();
        let facts = |report: &Value| report.get("facts").cloned().unwrap_or_default();
        let mut changes = vec![];
        leaves("", &facts(before), &facts(after), &mut changes);
        Self { schema_version: VERSION, mechanisms, facts: changes }
    }
}

/// The answer about each mechanism and capability of a report.
fn answers(report: &Value) -> BTreeMap<String, ShortAnswer> {
    let all = ["mechanisms", "capabilities"].into_iter().filter_map(|key| report.get(key));
    let all = all.filter_map(Value::as_array).flatten();
    let text = |value: &Value, path: &str| value.pointer(path)?.as_str().map(str::to_owned);
    let answer = |entry: &Value| {
        let ran = text(entry, "/probe/verdict").is_some();
        let of = |key: &str| {
            text(entry, &format!("/{}/{key}", if ran { "probe" } else { "prediction" }))
        };
        let answer = ShortAnswer {
            verdict: text(entry, "/verdict")?,
            step: of("step"),
            errno: of("errno"),
            cause: text(entry, "/cause/id"),
        };
        Some((text(entry, "/id")?, answer))
    };
    all.filter_map(answer).collect()
}

/// Where two values differ, as deep as both have the same shape.
fn leaves(name: &str, before: &Value, after: &Value, changes: &mut Vec<FactChange>) {
    if before == after {
        return;
    }
    let (Some(a), Some(b)) = (before.as_object(), after.as_object()) else {
        let (before, after) = (before.clone(), after.clone());
        return changes.push(FactChange { fact: name.to_owned(), before, after, lines: vec![] });
    };
    let keys: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    for key in keys {
        let name = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
        let of = |map: &serde_json::Map<String, Value>| map.get(key).cloned().unwrap_or_default();
        leaves(&name, &of(a), &of(b), changes);
    }
}
