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

impl CapturedAnswer {
    /// The lines of a text, where that is what a capture holds.
    fn lines<'a>(&self, capture: &'a Value) -> Option<Vec<&'a str>> {
        let text = capture.get(self.0)?.get(&self.1)?.get("Ok")?.as_str()?;
        Some(text.split('\n').collect())
    }

    /// The lines in which two texts differ, each by its number and with what it was and is; none
    /// where one of them has more lines.
    pub(crate) fn differing_lines(&self, before: &Value, after: &Value) -> Vec<CapturedLine> {
        match (self.lines(before), self.lines(after)) {
            (Some(a), Some(b)) if a.len() == b.len() => {
                let lines = a.into_iter().zip(b).enumerate().filter(|(_, (a, b))| a != b);
                lines.map(|(at, (a, b))| (at, [a.to_owned(), b.to_owned()])).collect()
            }
            _ => vec![],
        }
    }

    /// A capture in which these lines of the text are as they are after.
    pub(crate) fn with_lines(&self, capture: &Value, these: &[CapturedLine]) -> Value {
        let mut capture = capture.clone();
        let lines = self.lines(&capture).map(|all| {
            let line = |(at, line): (usize, &str)| {
                let new = these.iter().find(|(of, _)| *of == at).map(|(_, [_, after])| after);
                new.map_or_else(|| line.to_owned(), Clone::clone)
            };
            all.into_iter().enumerate().map(line).collect::<Vec<_>>()
        });
        let section = capture.get_mut(self.0).and_then(|all| all.get_mut(&self.1));
        if let (Some(text), Some(lines)) = (section.and_then(|of| of.get_mut("Ok")), lines) {
            *text = lines.join("\n").into();
        }
        capture
    }
}

/// The number of a line, and what it says before and after.
pub(crate) type CapturedLine = (usize, [String; 2]);

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
