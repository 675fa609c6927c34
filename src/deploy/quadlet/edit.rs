//! Settings written into a unit, its order, comments and ends of lines kept.

use std::ops::Range;

use super::spell::{self, Assignment};
use super::{CONTAINER, read};
use crate::deploy::command::line::Line;
use crate::deploy::command::spell::Opt;
use crate::deploy::container::WrittenAt;
use crate::deploy::defaults::capability;
use crate::deploy::edit::{Edit, EditError, EditRequest, Editor, PlannedEdits};
use crate::deploy::setting::Change;
use crate::deploy::systemd::unit::{Splitting, UnitEntry, UnitFile, UnitLines};

/// The edits that make these changes to the container of a unit. What its section does not have yet
/// goes behind what it has.
///
/// # Errors
/// When they cannot be made safely; the text says why.
pub(super) fn plan(request: EditRequest<'_>) -> Result<PlannedEdits, EditError> {
    let EditRequest { source, spot, changes, .. } = request;
    let WrittenAt::Text { .. } = spot else { return Err("it stands in no unit of Quadlet".into()) };
    let unit = UnitFile::parse(source.text).map_err(|fault| fault.why)?;
    let line = read::arguments(&unit)
        .filter(|line| line.unclear.is_empty())
        .ok_or("not every option in PodmanArgs= is known: change it by hand")?;
    let new = UnitLines::of(&unit, CONTAINER, source.text);
    let mut editor = UnitEditor { unit: &unit, line: &line, edits: vec![], new };
    editor.make(changes)?;
    editor.finish().map(PlannedEdits::of)
}

struct UnitEditor<'a> {
    unit: &'a UnitFile,
    /// What `PodmanArgs=` gives, which has the last word.
    line: &'a Line,
    edits: Vec<Edit>,
    /// Lines to put in.
    new: UnitLines<'a>,
}

impl Editor for UnitEditor<'_> {
    fn keep(&mut self, bit: u32) -> Result<bool, EditError> {
        let is_it = |name: &str| capability(name) == Some(bit);
        if self.given("cap-drop").any(is_it) {
            return Err("PodmanArgs= drops the capability by name: take it out there first".into());
        }
        for entry in self.unit.all(CONTAINER, "DropCapability") {
            self.drop_word(entry, &is_it);
        }
        Ok(true)
    }

    fn put(&mut self, change: &Change) -> Result<(), EditError> {
        if let Change::OwnUserns = change
            && self.unit.value(CONTAINER, "Pod").is_some()
        {
            return Err("its user namespace is that of the pod: change the .pod unit".into());
        }
        if let Change::AddCapability(bit) = change {
            self.add_capability(*bit, change);
            return Ok(());
        }
        let given = |option: Opt| self.line.options.iter().any(|given| option.is_about(given));
        let said = spell::given(change).is_some_and(given);
        let assignments = match said {
            true if matches!(change, Change::Variable(..)) => {
                return Err("PodmanArgs= sets the variable: change it by hand".into());
            }
            true => spell::argument(change).into_iter().collect(),
            false => spell::assignments(change),
        };
        if assignments.is_empty() {
            return Err("a unit of Quadlet has no such key".into());
        }
        assignments.into_iter().for_each(|assignment| self.assign(&assignment));
        Ok(())
    }
}

impl UnitEditor<'_> {
    fn assign(&mut self, assignment: &Assignment) {
        let (key, value) = assignment.parts();
        let old = match assignment {
            Assignment::Last(key, _) => {
                self.unit.last(CONTAINER, key).map(|entry| entry.range.clone())
            }
            Assignment::Instead(key, begins, _) => {
                let all = self.unit.all(CONTAINER, key).into_iter().rev();
                let mut same = all.filter(|entry| entry.whole().text.starts_with(begins));
                same.next().map(|entry| entry.range.clone())
            }
            Assignment::More("Environment", _) => self.variable(value),
            Assignment::More(..) => None,
        };
        match old {
            Some(range) => self.replace(range, value),
            None => self.new.add(format!("{key}={value}")),
        }
    }

    /// The word that sets the same variable as this one.
    fn variable(&self, value: &str) -> Option<Range<usize>> {
        let name = value.trim_start_matches('"').split('=').next()?;
        let words = self.unit.words(CONTAINER, "Environment", Splitting::Arguments);
        let mut same = words.into_iter().rev().filter(|word| spell::variable(word) == name);
        same.next().map(|word| word.range)
    }

    /// What `PodmanArgs=` names in an option of capabilities.
    fn given(&self, name: &'static str) -> impl Iterator<Item = &str> {
        self.line.values(name).flat_map(|value| value.text.split(','))
    }

    fn add_capability(&mut self, bit: u32, change: &Change) {
        let has = |name: &str| capability(name) == Some(bit) || name.eq_ignore_ascii_case("all");
        let added = self.unit.words(CONTAINER, "AddCapability", Splitting::Names);
        if !added.iter().any(|word| has(&word.text)) && !self.given("cap-add").any(has) {
            spell::assignments(change).iter().for_each(|assignment| self.assign(assignment));
        }
    }

    /// Takes names out of a list, and the whole line where it has no other.
    fn drop_word(&mut self, entry: &UnitEntry, is_it: &dyn Fn(&str) -> bool) {
        let words = entry.words(Splitting::Names).unwrap_or_default();
        let (out, stay): (Vec<_>, Vec<_>) = words.iter().partition(|word| is_it(&word.text));
        let Some(first) = out.first() else { return };
        let behind = words.iter().find(|word| word.range.start > first.range.start);
        let before = words.iter().rev().find(|word| word.range.end <= first.range.start);
        match (stay.is_empty(), out.len(), before, behind) {
            (true, ..) => self.replace(entry.lines.clone(), ""),
            (false, 1, Some(before), _) => self.replace(before.range.end..first.range.end, ""),
            (false, 1, None, Some(next)) => self.replace(first.range.start..next.range.start, ""),
            _ => {
                let names: Vec<&str> = stay.iter().map(|word| word.text.as_str()).collect();
                self.replace(entry.range.clone(), &names.join(" "));
            }
        }
    }

    fn replace(&mut self, range: Range<usize>, text: &str) {
        self.edits.push(Edit { range, text: text.to_owned() });
    }

    fn finish(mut self) -> Result<Vec<Edit>, EditError> {
        self.edits.extend(self.new.finish()?);
        Ok(self.edits)
    }
}
