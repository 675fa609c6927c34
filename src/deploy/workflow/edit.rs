//! Changes to the options of a container: words put in and taken out where they stand.

use std::ops::Range;

use super::options::{has_places, words, written};
use super::{ENV, IMAGE, OPTIONS};
use crate::deploy::Container;
use crate::deploy::command::line::{self, GivenOption, Line};
use crate::deploy::command::spell::{Opt, option};
use crate::deploy::command::word::Argument;
use crate::deploy::container::{Key, way};
use crate::deploy::edit::{Edit, EditError, EditRequest, Editor, PlannedEdits, YamlSpot, apply};
use crate::deploy::setting::Change;
use crate::deploy::yaml::patch::{Layout, Op, Patch};
use crate::deploy::yaml::{self, Data, Node};

/// The edits that make these changes.
///
/// # Errors
/// When they cannot be made safely; the text says why.
pub(super) fn plan(request: EditRequest<'_>) -> Result<PlannedEdits, EditError> {
    let EditRequest { source, container, changes, .. } = request;
    let YamlSpot { document, path, node, .. } = request.yaml()?;
    let given = node.get(OPTIONS);
    let line = given.map(|given| line(source.text(), given)).transpose()?;
    let mut editor = OptionsEditor {
        file: source.text(),
        container,
        given: line.as_ref().map_or(&[], |line| &line.options),
        edits: vec![],
        new: vec![],
    };
    let mut variables = vec![];
    for change in changes {
        match change {
            Change::Variable(name, value) => variables.push((*name, value.as_str())),
            _ => editor.make(std::slice::from_ref(change))?,
        }
    }
    let OptionsEditor { edits, new, .. } = editor;
    let new = new.join(" ");
    if !node.is_map() {
        let value = described(node, &variables, new);
        let patch = Patch { path: path.to_vec(), op: Op::Set(value) };
        return PlannedEdits::patched(source, document, vec![patch], layout(path));
    }
    let set = |(name, value): &(&str, &str)| Patch {
        path: way(path, &[ENV, name]),
        op: Op::Set(Data::from(*value)),
    };
    let mut patches: Vec<Patch> = variables.iter().map(set).collect();
    match given {
        Some(given) => {
            let edits = put(source.text(), given, edits, &new);
            let after = yaml::parse(0, &apply(source.text(), &edits))?;
            let after = after.get(document).and_then(|root| root.at(&way(path, &[OPTIONS])));
            let text = after.and_then(Node::text).ok_or("its options cannot be edited safely")?;
            let op = Op::Set(Data::from(text));
            let own = Patch { path: way(path, &[OPTIONS]), op };
            let planned = PlannedEdits::patched(source, document, patches, layout(path))?;
            return Ok(planned.and(edits, own));
        }
        None if new.is_empty() => {}
        None => {
            patches.push(Patch { path: way(path, &[OPTIONS]), op: Op::Set(Data::Text(new)) });
        }
    }
    PlannedEdits::patched(source, document, patches, layout(path))
}

/// A container of which only the image is named, with more said of it.
fn described(node: &Node, variables: &[(&str, &str)], options: String) -> Data {
    let mut value = Data::map([(IMAGE, Data::from(node.text().unwrap_or_default()))]);
    for (name, content) in variables {
        value.merge(Data::map([(ENV, Data::map([(*name, Data::from(*content))]))]));
    }
    if !options.is_empty() {
        value.merge(Data::map([(OPTIONS, Data::Text(options))]));
    }
    value
}

/// New keys go behind the image.
fn layout(path: &[Key]) -> Layout<'static> {
    let long: &'static [usize] = if path.len() == 4 { &[4] } else { &[3] };
    Layout { long, after: &[IMAGE] }
}

/// The edits with new words behind all others.
fn put(file: &str, given: &Node, mut edits: Vec<Edit>, new: &str) -> Vec<Edit> {
    if !new.is_empty() {
        let (start, inner) = written(file, given);
        let end = start + inner.trim_end().len();
        let blank = if inner.trim().is_empty() { "" } else { " " };
        edits.push(Edit { range: end..end, text: format!("{blank}{new}") });
    }
    edits
}

struct OptionsEditor<'a> {
    file: &'a str,
    container: &'a Container,
    given: &'a [GivenOption],
    edits: Vec<Edit>,
    /// Words to put in.
    new: Vec<String>,
}

/// What the options give, each word with its own place.
fn line(file: &str, given: &Node) -> Result<Line, EditError> {
    let by_hand = "its options are written in a way of their own: change them by hand";
    let words = words(file, given);
    if !has_places(&words) {
        return Err(by_hand.into());
    }
    let at = given.body..given.body;
    let fixed = |text: &str| Argument::of(text, text.len(), at.clone());
    let all = [fixed("docker"), fixed("create")].into_iter().chain(words);
    let all: Vec<_> = all.chain([fixed("image")]).collect();
    Ok(line::parse(&[], &all).ok().flatten().ok_or(by_hand)?)
}

impl Editor for OptionsEditor<'_> {
    const NOT_DROPPED: &'static str = "its options do not drop the capability";

    fn keep(&mut self, bit: u32) -> Result<bool, EditError> {
        let before = self.edits.len();
        let given = self.given.iter();
        given.filter(|option| option.drops(bit)).for_each(|option| self.remove(option));
        Ok(self.edits.len() > before)
    }

    fn put(&mut self, change: &Change) -> Result<(), EditError> {
        let wanted = option(self.container.engine, change);
        let wanted = wanted.ok_or("docker create has no such option")?;
        match self.given.iter().rev().find(|given| wanted.is_about(given)) {
            Some(known) => self.replace(known, &wanted),
            None => self.new.push(wanted.text()),
        }
        Ok(())
    }
}

impl OptionsEditor<'_> {
    fn replace(&mut self, known: &GivenOption, wanted: &Opt) {
        let (range, text) = match (wanted, &known.value) {
            (Opt::Valued(_, text), Some(value)) if value.range != known.word => {
                (value.range.clone(), text.clone())
            }
            _ => (known.word.clone(), wanted.word()),
        };
        self.edits.push(Edit { range, text });
    }

    /// Takes an option out, with the blanks before it or behind it.
    fn remove(&mut self, option: &GivenOption) {
        let value = option.value.as_ref().map_or(option.word.end, |value| value.range.end);
        let Range { start, end } = option.word.start..value.max(option.word.end);
        let behind = self.file.get(end..).unwrap_or("");
        let blank = behind.len() - behind.trim_start_matches(' ').len();
        self.edits.push(Edit { range: start..end + blank, text: String::new() });
    }
}
