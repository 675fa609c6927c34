//! Facts of one capture in the place of another's.

use std::collections::BTreeSet;

use serde_json::Value;

/// What a snapshot has answers in.
const SECTIONS: &[&str] = &["files", "links", "stats", "lists", "env", "answers"];

/// Something that was asked: the section of the snapshot, and the question.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct CapturedAnswer(&'static str, String);

impl CapturedAnswer {
    pub(crate) fn name(&self) -> String {
        if self.0 == "env" { format!("${}", self.1) } else { self.1.clone() }
    }

    /// The answer in a capture; null where it was not asked.
    pub(crate) fn of(&self, capture: &Value) -> Value {
        capture.get(self.0).and_then(|all| all.get(&self.1)).cloned().unwrap_or_default()
    }
}

/// What two captures answer differently.
pub(crate) fn differing(before: &Value, after: &Value) -> Vec<CapturedAnswer> {
    let names = |section: &'static str| {
        let all = [before, after].into_iter().filter_map(move |capture| capture.get(section));
        let keys = all.filter_map(Value::as_object).flat_map(|all| all.keys().cloned());
        keys.collect::<BTreeSet<String>>()
            .into_iter()
            .map(move |name| CapturedAnswer(section, name))
    };
    let asked = SECTIONS.iter().flat_map(|section| names(section));
    asked.filter(|asked| asked.of(before) != asked.of(after)).collect()
}

/// A capture with some answers of another.
pub(crate) fn exchanged(before: &Value, after: &Value, these: &[CapturedAnswer]) -> Value {
    let mut capture = before.clone();
    for asked in these {
        let section = capture.get_mut(asked.0).and_then(Value::as_object_mut);
        match (section, asked.of(after)) {
            (Some(all), Value::Null) => drop(all.remove(&asked.1)),
            (Some(all), answer) => drop(all.insert(asked.1.clone(), answer)),
            (None, _) => {}
        }
    }
    capture
}
