//! Writes settings into a file, and keeps its order, comments and line endings.

use super::config::LxcLine;
use super::proxmox::FEATURES;
use super::spell::{self, LxcChange, LxcForm};
use super::{config, incus, proxmox};
use crate::deploy::container::way;
use crate::deploy::defaults::capability;
use crate::deploy::edit::{CHANGED, Edit, EditError, EditRequest, Editor, PlannedEdits, YamlSpot};
use crate::deploy::setting::Change;
use crate::deploy::yaml::Data;
use crate::deploy::yaml::patch::{Layout, Op, Patch};

/// The edits that make these changes to an instance of Incus.
///
/// # Errors
/// When it has no key for one.
pub(super) fn plan_of_incus(request: EditRequest<'_>) -> Result<PlannedEdits, EditError> {
    let EditRequest { source, changes, .. } = request;
    let YamlSpot { document, path, .. } = request.yaml()?;
    let mut patches = vec![];
    for change in changes {
        let keys = spell::changes(LxcForm::Incus, change);
        if keys.is_empty() {
            return Err("an instance of Incus has no key for it".into());
        }
        patches.extend(keys.into_iter().filter_map(|key| match key {
            LxcChange::Instance(key, value) => Some(Patch {
                path: way(path, &[incus::CONFIG, &key]),
                op: Op::Set(Data::from(value.as_str())),
            }),
            _ => None,
        }));
    }
    PlannedEdits::patched(source, document, patches, Layout { long: &[], after: &[] })
}

/// The edits that make these changes to a file of this form.
///
/// # Errors
/// When they cannot be made safely; the text says why.
pub(super) fn plan(request: EditRequest<'_>, form: LxcForm) -> Result<PlannedEdits, EditError> {
    let text = request.source.text();
    let lines = match form {
        LxcForm::Plain => config::lines(text).collect(),
        _ => proxmox::lines(text).collect(),
    };
    let mut editor = LxcEditor { text, form, lines, edits: vec![], new: vec![] };
    editor.make(request.changes)?;
    Ok(PlannedEdits::of(editor.finish()))
}

struct LxcEditor<'t> {
    text: &'t str,
    form: LxcForm,
    lines: Vec<LxcLine<'t>>,
    edits: Vec<Edit>,
    /// Lines to add after all others.
    new: Vec<String>,
}

impl Editor for LxcEditor<'_> {
    const NOT_DROPPED: &'static str =
        "a file that is included drops the capability: change it by hand";

    fn keep(&mut self, bit: u32) -> Result<bool, EditError> {
        let goes = |word: &&str| capability(word) == Some(bit) || word.parse() == Ok(bit);
        let dropping = |line: &&LxcLine<'_>| {
            line.key == "lxc.cap.drop" && line.value.split_whitespace().any(|word| goes(&word))
        };
        let lines: Vec<&LxcLine<'_>> = self.lines.iter().filter(dropping).collect();
        for line in &lines {
            let stay: Vec<&str> =
                line.value.split_whitespace().filter(|word| !goes(word)).collect();
            let (range, text) = match stay.is_empty() {
                true => (line.whole.clone(), String::new()),
                false => (line.range.clone(), spell::line(self.form, line.key, &stay.join(" "))),
            };
            self.edits.push(Edit { range, text });
        }
        Ok(!lines.is_empty())
    }

    fn put(&mut self, change: &Change) -> Result<(), EditError> {
        let changes = spell::changes(self.form, change);
        if changes.is_empty() {
            return Err("LXC has no setting for it".into());
        }
        for change in changes {
            match change {
                LxcChange::Last(key, value) => self.assign(key, &value),
                LxcChange::More(key, value) => self.new.push(spell::line(self.form, key, &value)),
                LxcChange::Word(key, word) => {
                    let there = self.last(key).map(|line| line.value.to_owned());
                    let words = there.ok_or(Self::NOT_DROPPED)?;
                    self.assign(key, &format!("{words} {word}"));
                }
                LxcChange::Instance(..) => return Err(CHANGED.into()),
                LxcChange::Feature(name) => {
                    let there = self.last(FEATURES).map(|line| with_feature(line.value, name));
                    self.assign(FEATURES, &there.unwrap_or_else(|| format!("{name}=1")));
                }
            }
        }
        Ok(())
    }
}

impl LxcEditor<'_> {
    fn last(&self, key: &str) -> Option<&LxcLine<'_>> {
        self.lines.iter().rfind(|line| line.key == key)
    }

    /// Gives a key this value, in place of its last one.
    fn assign(&mut self, key: &str, value: &str) {
        match self.last(key).map(|line| (line.key.len(), line.value, line.range.clone())) {
            Some((_, old, _)) if old == value => {}
            // What stands between the key and its value is kept.
            Some((_, old, range)) if !old.is_empty() => {
                let said = self.text.get(range.clone()).unwrap_or("");
                let at = said.rfind(old).map_or(range.start, |at| range.start + at);
                self.edits.push(Edit { range: at..at + old.len(), text: value.to_owned() });
            }
            Some((_, _, range)) => {
                let text = spell::line(self.form, key, value);
                self.edits.push(Edit { range, text });
            }
            None => self.new.push(spell::line(self.form, key, value)),
        }
    }

    fn finish(mut self) -> Vec<Edit> {
        if self.new.is_empty() {
            return self.edits;
        }
        let end = if self.text.contains("\r\n") { "\r\n" } else { "\n" };
        let at = self.lines.last().map_or(self.text.len(), |line| line.whole.end);
        let lines = self.new.join(end);
        let text = match self.text.get(..at).unwrap_or("") {
            before if before.is_empty() || before.ends_with('\n') => lines + end,
            _ => format!("{end}{lines}"),
        };
        self.edits.push(Edit { range: at..at, text });
        self.edits
    }
}

/// A list of features with this one turned on.
fn with_feature(features: &str, name: &str) -> String {
    let is_it = |part: &&str| part.split('=').next().is_some_and(|key| key.trim() == name);
    let others: Vec<&str> = features.split(',').filter(|part| !is_it(part)).collect();
    [others, vec![&format!("{name}=1")]].concat().join(",")
}
