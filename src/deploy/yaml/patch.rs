//! Changes to a YAML text that keep how it is written: block and flow style, quotes, line breaks,
//! comments, indentation, and JSON, which is YAML. What others share through an anchor, or what
//! comes through `<<`, is not changed: it is overridden at the place that is patched.

mod write;

use std::cmp::Reverse;
use std::fmt;
use std::ops::Range;
use std::rc::Rc;

use saphyr_parser::ScalarStyle;

use super::build::is_block;
use super::data::Data;
use super::tree::{Node, Value};
use crate::deploy::container::Key;
use crate::deploy::edit::Edit;
use write::Steps;

/// One change of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Patch {
    /// The way from the root of the document.
    pub path: Vec<Key>,
    /// What is done there.
    pub op: Op,
}

/// What is done to a node. Mappings that are missing on the way to it are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    /// It says this and nothing else.
    Set(Data),
    /// It is a list and has these items, beside those that it has.
    AddTo(Vec<Data>),
    /// It is gone.
    Remove,
}

/// Where new keys go in mappings in block style: those at these depths are long, and have theirs
/// after the first of the keys `after` that has a line of its own, else at the top; others have
/// theirs at the end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout<'a> {
    /// The lengths of the paths to long mappings.
    pub long: &'a [usize],
    /// Keys that new ones go after.
    pub after: &'a [&'a str],
}

/// Why a patch is not made; a place is given by its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PatchError {
    /// There is nothing at this place, so the file has changed since it was read.
    Gone(String),
    /// What is at this place stands at other places too.
    Shared(String),
    /// What is at this place has a tag, e.g. `!reset`, which makes something else of it.
    Tagged(String, String),
    /// What is at this place is of another kind.
    Kind(String, &'static str),
    /// What is at this place is written in a way that cannot be edited safely.
    Style(String),
    /// Two patches are for the same bytes.
    Clash,
    /// The result would not say what it has to.
    Unsafe,
}

impl fmt::Display for PatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gone(path) => write!(f, "`{path}` is gone: the file has changed"),
            Self::Shared(path) => write!(
                f,
                "`{path}` is shared through an anchor, so a change would affect other places too: \
                 edit it by hand"
            ),
            Self::Tagged(path, tag) => write!(f, "`{path}` has the tag `!{tag}`"),
            Self::Kind(path, kind) => write!(f, "`{path}` is {kind}"),
            Self::Style(path) => {
                write!(f, "`{path}` is written in a way that cannot be edited safely")
            }
            Self::Clash => f.write_str("two changes are for the same place"),
            Self::Unsafe => {
                f.write_str("this file is formatted in a way that cannot be edited safely")
            }
        }
    }
}

impl std::error::Error for PatchError {}

/// The edits that make these patches of a document in a text.
///
/// # Errors
/// When they cannot be made without changing something else.
pub(crate) fn edits(
    text: &str,
    root: &Node,
    patches: &[Patch],
    layout: Layout<'_>,
) -> Result<Vec<Edit>, PatchError> {
    let crlf = text.split_once('\n').is_some_and(|(line, _)| line.ends_with('\r'));
    let mut editor = Patcher {
        text,
        newline: if crlf { "\r\n" } else { "\n" },
        layout,
        steps: Steps::default(),
        edits: vec![],
        fresh: vec![],
        overrides: vec![],
    };
    let root = Here { node: root, key: None, depth: 0, flow: false, json: looks_like_json(root) };
    for Patch { path, op } in patches {
        editor.patch(root, path, op)?;
    }
    editor.finish()
}

/// Whether a text says what its documents said before, with these patches made to them, each given
/// with the number of its document.
///
/// # Errors
/// When it does not.
pub(crate) fn check<'p>(
    before: &[Rc<Node>],
    after: &str,
    patches: impl IntoIterator<Item = (usize, &'p Patch)>,
) -> Result<(), PatchError> {
    let mut expected: Vec<Data> =
        before.iter().map(|document| Data::of(document).merged()).collect();
    for (document, Patch { path, op }) in patches {
        let document = expected.get_mut(document);
        document.ok_or_else(|| PatchError::Gone(way(path)))?.patch(path, op);
    }
    let after = super::parse(0, after).map_err(|_| PatchError::Unsafe)?;
    let says = after.iter().map(|document| Data::of(document).merged().sorted());
    if says.eq(expected.into_iter().map(Data::sorted)) { Ok(()) } else { Err(PatchError::Unsafe) }
}

impl Data {
    /// Makes a patch, as [`Patcher::patch`] does in a text.
    fn patch(&mut self, path: &[Key], op: &Op) {
        let Some((key, rest)) = path.split_first() else {
            match (self, op) {
                (_, Op::Remove) => {}
                (data, Op::Set(value)) => *data = value.clone(),
                (list @ Self::Null, Op::AddTo(items)) => *list = Self::List(items.clone()),
                (list, Op::AddTo(items)) => list.merge(Self::List(items.clone())),
            }
            return;
        };
        if let (Self::Null, Key::Name(_), false) = (&*self, key, matches!(op, Op::Remove)) {
            *self = Self::Map(vec![]);
        }
        let removes = rest.is_empty() && matches!(op, Op::Remove);
        match (self, key) {
            (Self::Map(entries), Key::Name(name)) => {
                let at = entries.iter().position(|(known, _)| known == name);
                match at.and_then(|at| entries.get_mut(at)) {
                    Some(_) if removes => _ = entries.remove(at.unwrap_or_default()),
                    Some((_, value)) => value.patch(rest, op),
                    None if matches!(op, Op::Remove) => {}
                    None => {
                        let mut value = Self::Null;
                        value.patch(rest, op);
                        entries.push((name.clone(), value));
                    }
                }
            }
            (Self::List(items), Key::Item(index)) if *index < items.len() => {
                if removes {
                    items.remove(*index);
                } else if let Some(item) = items.get_mut(*index) {
                    item.patch(rest, op);
                }
            }
            _ => {}
        }
    }
}

/// A path as people write it, e.g. `spec.containers[0].env`.
fn way(path: &[Key]) -> String {
    let mut way = String::new();
    for key in path {
        match key {
            Key::Name(name) if way.is_empty() => way.push_str(name),
            Key::Name(name) => way.extend([".", name]),
            Key::Item(index) => way.push_str(&format!("[{index}]")),
        }
    }
    way
}

/// The patches that take items out of a list, and all of it where nothing would be left.
///
/// # Errors
/// When no such item stands there.
pub(crate) fn without(
    root: &Node,
    path: &[Key],
    goes: impl Fn(&str) -> bool,
) -> Result<Vec<Patch>, PatchError> {
    let items = root.at(path).and_then(Node::items).unwrap_or_default();
    let gone = |item: &Rc<Node>| item.text().is_some_and(&goes);
    // From behind, so that the numbers of the others stay.
    let gone: Vec<usize> =
        (0..items.len()).rev().filter(|at| items.get(*at).is_some_and(gone)).collect();
    let own = |path: &[Key]| match path.split_last() {
        Some((Key::Name(key), up)) => root.at(up).is_some_and(|map| map.own(key).is_some()),
        _ => false,
    };
    let at = |index: usize| path.iter().cloned().chain([Key::Item(index)]).collect();
    match gone.len() {
        0 => Err(PatchError::Gone(way(path))),
        all if all == items.len() && own(path) => {
            Ok(vec![Patch { path: path.to_vec(), op: Op::Remove }])
        }
        _ => Ok(gone.into_iter().map(|index| Patch { path: at(index), op: Op::Remove }).collect()),
    }
}

/// A node and what its surroundings mean for how it is written.
#[derive(Clone, Copy)]
struct Here<'a> {
    node: &'a Node,
    /// The key whose value it is.
    key: Option<&'a Node>,
    /// How many steps lead to it.
    depth: usize,
    /// Whether it is inside something in flow style.
    flow: bool,
    /// Whether it is written as JSON, and has to stay so.
    json: bool,
}

struct Patcher<'a> {
    text: &'a str,
    newline: &'static str,
    layout: Layout<'a>,
    /// Those on the way to what was patched last.
    steps: Steps,
    /// Each with how far in its lines stand.
    edits: Vec<(Edit, usize)>,
    /// What is put into nodes, all that goes into one together.
    fresh: Vec<(Here<'a>, Data)>,
    /// Aliases that give way to what they stand for with patches made.
    overrides: Vec<Override<'a>>,
}

/// An alias that gives way to a value of the place's own.
struct Override<'a> {
    /// The node that it stands for.
    node: &'a Node,
    /// Where the alias is written.
    alias: Range<usize>,
    /// What is said there instead.
    value: Data,
    json: bool,
}

impl<'a> Patcher<'a> {
    /// Makes a patch below a node.
    fn patch(&mut self, from: Here<'a>, path: &[Key], op: &Op) -> Result<(), PatchError> {
        let mut at = from;
        for (depth, key) in path.iter().enumerate().skip(from.depth) {
            let (to, rest) = path.split_at(depth + 1);
            if self.overrides(at, to, key, rest, op)? {
                return Ok(());
            }
            let Some(child) = self.child(at, to, key)? else {
                return self.make(at, to, key, rest, op);
            };
            if *op == Op::Remove && rest.is_empty() {
                return self.remove(at, key).ok_or_else(|| PatchError::Style(way(path)));
            }
            at = child;
        }
        match op {
            Op::Remove => Err(PatchError::Style(way(path))),
            Op::Set(value) => self.set(at, path, value),
            Op::AddTo(items) => {
                // Where an alias ends is not known, so nothing can be put after it.
                if let Some(index) = at.node.items().and_then(|items| items.len().checked_sub(1)) {
                    self.child(at, &[path, &[Key::Item(index)]].concat(), &Key::Item(index))?;
                }
                let known = Data::of(at.node);
                let missing = match &known {
                    Data::Null => items.clone(),
                    Data::List(known) => {
                        items.iter().filter(|item| !known.contains(item)).cloned().collect()
                    }
                    _ => return Err(PatchError::Kind(way(path), at.node.kind())),
                };
                if !missing.is_empty() {
                    self.put(at, Data::List(missing));
                }
                Ok(())
            }
        }
    }

    /// The child of a node; `None` where there is none yet.
    fn child(
        &mut self,
        at: Here<'a>,
        to: &[Key],
        key: &Key,
    ) -> Result<Option<Here<'a>>, PatchError> {
        let (name, node) = match (key, &at.node.value) {
            _ if at.node.is_null() => return Ok(None),
            (Key::Name(name), Value::Map(_)) => match at.node.own(name) {
                Some((key, value)) => (Some(&**key), &**value),
                None => return Ok(None),
            },
            (Key::Item(index), Value::List(items)) => match items.get(*index) {
                Some(item) => (None, &**item),
                None => return Err(PatchError::Gone(way(to))),
            },
            _ => {
                return Err(PatchError::Kind(
                    way(to.split_last().map_or(to, |(_, up)| up)),
                    at.node.kind(),
                ));
            }
        };
        if node.is_shared() {
            return Err(PatchError::Shared(way(to)));
        }
        // What `!override` of compose overrides is another file's.
        if let Some(tag) = node.tag.as_ref().filter(|tag| *tag != "override") {
            return Err(PatchError::Tagged(way(to), tag.clone()));
        }
        if let Some(key) = name {
            self.steps.learn(key, node, self.text);
        }
        let quoted = name.is_some_and(|key| key.style() == Some(ScalarStyle::DoubleQuoted));
        Ok(Some(Here {
            node,
            key: name,
            depth: to.len(),
            flow: at.flow || at.node.flow,
            json: at.json || node.flow && (quoted || looks_like_json(node)),
        }))
    }

    /// Makes what is missing: the value of a key that a mapping does not have yet.
    fn make(
        &mut self,
        at: Here<'a>,
        to: &[Key],
        key: &Key,
        rest: &[Key],
        op: &Op,
    ) -> Result<(), PatchError> {
        // A key of the mapping replaces all that `<<` brings for it, so it has to say that too.
        let Key::Name(name) = key else { return Err(PatchError::Gone(way(to))) };
        if let Some(known) = self.fresh_value(at, name) {
            known.patch(rest, op);
            return Ok(());
        }
        let merged = at.node.entry(name).map(|(_, merged)| merged);
        if *op == Op::Remove && (rest.is_empty() || merged.is_none()) {
            return match merged {
                Some(_) => Err(PatchError::Style(way(to))),
                None => Ok(()),
            };
        }
        if let Some(tag) = merged.and_then(|merged| tag_in(merged)) {
            return Err(PatchError::Tagged(way(to), tag));
        }
        if rest.iter().any(|key| matches!(key, Key::Item(_))) && merged.is_none() {
            return Err(PatchError::Gone(way(to)));
        }
        let mut value = merged.map_or(Data::Null, |merged| Data::of(merged));
        value.patch(rest, op);
        self.put(at, Data::Map(vec![(name.clone(), value)]));
        Ok(())
    }

    /// The value that a key is going to have that a mapping does not have yet.
    fn fresh_value(&mut self, at: Here<'a>, name: &str) -> Option<&mut Data> {
        let (_, fresh) = self.fresh.iter_mut().find(|(of, _)| std::ptr::eq(of.node, at.node))?;
        let Data::Map(entries) = fresh else { return None };
        entries.iter_mut().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// Makes a patch of what an alias stands for, at the place of the alias alone; whether it is
    /// one.
    fn overrides(
        &mut self,
        at: Here<'a>,
        to: &[Key],
        key: &Key,
        rest: &[Key],
        op: &Op,
    ) -> Result<bool, PatchError> {
        let Key::Name(name) = key else { return Ok(false) };
        let own = at.node.own(name).filter(|(_, node)| node.is_shared());
        let Some((key, node)) = own else { return Ok(false) };
        let Some(alias) = self.alias(key) else { return Ok(false) };
        if *op == Op::Remove && rest.is_empty() {
            return Ok(false);
        }
        if let Some(tag) = tag_in(node) {
            return Err(PatchError::Tagged(way(to), tag));
        }
        match self.overrides.iter_mut().find(|known| known.alias == alias) {
            Some(known) => known.value.patch(rest, op),
            None => {
                let mut value = Data::of(node).merged();
                value.patch(rest, op);
                let json = at.json || looks_like_json(at.node);
                self.overrides.push(Override { node, alias, value, json });
            }
        }
        Ok(true)
    }

    /// Where the alias is written that is the value of a key.
    fn alias(&self, key: &Node) -> Option<Range<usize>> {
        let colon = self.colon(key)?;
        let rest = self.text.get(colon..)?;
        let start = colon + rest.len() - rest.trim_start_matches(' ').len();
        let written = self.text.get(start..)?.strip_prefix('*')?;
        let ends = |c: char| c.is_whitespace() || matches!(c, ',' | '[' | ']' | '{' | '}');
        Some(start..start + 1 + written.find(ends).unwrap_or(written.len()))
    }

    /// What is written in the place of an alias: a mapping goes on to take over the rest.
    fn overriding(&self, of: &Override<'a>) -> String {
        let alias = self.text.get(of.alias.clone()).unwrap_or_default();
        match (&of.value, Data::of(of.node).merged()) {
            (Data::Map(wanted), Data::Map(known)) if !of.json => {
                let own = wanted.iter().filter(|entry| !known.contains(entry)).cloned();
                let own = Data::Map(own.collect()).entries(false, ScalarStyle::Plain);
                let merge = std::iter::once(format!("<<: {alias}"));
                format!("{{{}}}", merge.chain(own).collect::<Vec<_>>().join(", "))
            }
            (value, _) => value.flow(of.json),
        }
    }

    /// Lets a node say something, and nothing else.
    fn set(&mut self, at: Here<'a>, path: &[Key], value: &Data) -> Result<(), PatchError> {
        if Data::of(at.node) == *value {
            return Ok(());
        }
        match (&at.node.value, value) {
            _ if at.node.is_null() => self.put(at, value.clone()),
            (Value::Map(entries), Data::Map(wanted)) => {
                let to = |key: &str| [path, &[Key::Name(key.to_owned())]].concat();
                let wants = |key: &str| wanted.iter().any(|(wanted, _)| wanted == key);
                let names = || entries.iter().map(|(key, _)| key.text().unwrap_or_default());
                if at.node.flow && !names().all(wants) {
                    self.replace(at, value);
                    return Ok(());
                }
                for key in names().filter(|key| !wants(key)) {
                    self.patch(at, &to(key), &Op::Remove)?;
                }
                for (key, value) in wanted {
                    self.patch(at, &to(key), &Op::Set(value.clone()))?;
                }
            }
            (Value::Scalar(scalar), _) if !is_block(scalar.style) => self.replace(at, value),
            _ if at.node.flow => self.replace(at, value),
            _ => return Err(PatchError::Style(way(path))),
        }
        Ok(())
    }

    /// Remembers what is put into a node.
    fn put(&mut self, at: Here<'a>, value: Data) {
        match self.fresh.iter_mut().find(|(known, _)| std::ptr::eq(known.node, at.node)) {
            Some((_, known)) => known.merge(value),
            None => self.fresh.push((at, value)),
        }
    }

    fn edit(&mut self, range: Range<usize>, text: String, indent: usize) {
        self.edits.push((Edit { range, text }, indent));
    }

    /// The edits, in the order of the file.
    fn finish(mut self) -> Result<Vec<Edit>, PatchError> {
        for (at, value) in std::mem::take(&mut self.fresh) {
            let done = match (&at.node.value, &value) {
                _ if at.node.is_null() => self.fill(at, &value),
                (Value::Map(entries), _) if at.node.flow => {
                    let children = entries.iter().map(|(key, value)| (&**key, &**value));
                    self.fill_flow(
                        at,
                        &children.collect::<Vec<_>>(),
                        &value.entries(at.json, ScalarStyle::Plain),
                    )
                }
                (Value::Map(entries), Data::Map(new)) => self.fill_map(at, entries, new),
                (Value::List(items), Data::List(new)) => self.fill_list(at, items, new),
                _ => None,
            };
            let name = at.key.and_then(Node::text).unwrap_or_default();
            done.ok_or_else(|| PatchError::Style(name.to_owned()))?;
        }
        for of in std::mem::take(&mut self.overrides) {
            let text = self.overriding(&of);
            self.edit(of.alias, text, 0);
        }
        // Of lines that go behind the same line, the most indented come first.
        self.edits
            .sort_by_key(|(edit, indent)| (edit.range.start, edit.range.end, Reverse(*indent)));
        let edits: Vec<Edit> = self.edits.into_iter().map(|(edit, _)| edit).collect();
        let clash = edits.windows(2).any(|pair| match pair {
            [one, other] => one.range.end > other.range.start,
            _ => false,
        });
        if clash { Err(PatchError::Clash) } else { Ok(edits) }
    }
}

/// A tag in a node, or on it: what it says cannot be told without.
fn tag_in(node: &Node) -> Option<String> {
    node.tag.clone().or_else(|| match &node.value {
        Value::Scalar(_) => None,
        Value::List(items) => items.iter().find_map(|item| tag_in(item)),
        Value::Map(entries) => entries.iter().find_map(|(_, value)| tag_in(value)),
    })
}

/// Whether something in flow style is written as JSON: its keys are in double quotes.
fn looks_like_json(node: &Node) -> bool {
    node.flow
        && match &node.value {
            Value::Map(entries) => entries
                .first()
                .is_some_and(|(key, _)| key.style() == Some(ScalarStyle::DoubleQuoted)),
            Value::List(items) => items.first().is_some_and(|item| looks_like_json(item)),
            Value::Scalar(_) => false,
        }
}

#[cfg(test)]
mod tests;
