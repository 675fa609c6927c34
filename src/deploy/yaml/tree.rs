//! What a YAML file says, with the place of each node.

use std::cell::Cell;
use std::collections::HashSet;
use std::rc::Rc;

use saphyr_parser::ScalarStyle;

use super::build::MOST_DEPTH;
use crate::deploy::container::Key;
use crate::deploy::place::{At, BadInput, Place};

/// A node of a document.
#[derive(Debug)]
pub(crate) struct Node {
    /// Where it stands; what an alias leads to stands at its anchor.
    pub place: Place,
    pub value: Value,
    /// Its local tag, e.g. `!reset` of compose files, without the `!`.
    pub tag: Option<String>,
    /// Whether it is written in flow style, `{...}` or `[...]`.
    pub flow: bool,
    /// The byte at which it begins, after its anchor and tag; a list in block style begins with its
    /// first dash.
    pub body: usize,
    /// Whether an alias leads to it, so that it stands at other places too.
    pub(super) shared: Cell<bool>,
    /// How many nodes it has, itself among them, aliases followed.
    pub(super) nodes: usize,
    /// How deep it is, aliases followed.
    pub(super) depth: usize,
}

/// What a node is.
#[derive(Debug)]
pub(crate) enum Value {
    Scalar(Scalar),
    /// A sequence.
    List(Vec<Rc<Node>>),
    /// A mapping, in the order of the file; `<<` is a key like any other here.
    Map(Vec<(Rc<Node>, Rc<Node>)>),
}

#[derive(Debug)]
pub(crate) struct Scalar {
    /// Its text, escapes undone.
    pub text: String,
    /// Whether it is neither quoted nor a block: only then can it be anything but a string.
    pub plain: bool,
    pub style: ScalarStyle,
}

/// A key and its value.
pub(crate) type MapEntry<'n> = (&'n Rc<Node>, &'n Rc<Node>);

impl Node {
    /// Whether an alias leads to it: a change of it would change other places too.
    #[must_use]
    pub(crate) fn is_shared(&self) -> bool {
        self.shared.get()
    }

    #[must_use]
    pub(crate) fn style(&self) -> Option<ScalarStyle> {
        if let Value::Scalar(scalar) = &self.value { Some(scalar.style) } else { None }
    }

    /// The entry of a key of this very mapping.
    #[must_use]
    pub(crate) fn own(&self, name: &str) -> Option<MapEntry<'_>> {
        let Value::Map(entries) = &self.value else { return None };
        entries.iter().find(|(key, _)| key.text() == Some(name)).map(|(key, value)| (key, value))
    }

    /// Its entries, those that `<<` merges in last, each key once
    /// (<https://yaml.org/type/merge.html>).
    #[must_use]
    pub(crate) fn entries(&self) -> Vec<(&str, &Node, &Rc<Node>)> {
        let Value::Map(own) = &self.value else { return vec![] };
        let mut all = Vec::with_capacity(own.len());
        all.extend(own.iter().filter_map(|(key, value)| {
            key.text().filter(|name| *name != "<<").map(|name| (name, &**key, value))
        }));
        // Keys are not given twice in one mapping; those of others may be.
        if all.len() < own.len() {
            let mut known: HashSet<&str> = all.iter().map(|(name, ..)| *name).collect();
            self.merged(&mut all, &mut known, 0);
        }
        all
    }

    /// Adds what `<<` merges in.
    fn merged<'n>(
        &'n self,
        all: &mut Vec<(&'n str, &'n Node, &'n Rc<Node>)>,
        known: &mut HashSet<&'n str>,
        depth: usize,
    ) {
        let Value::Map(entries) = &self.value else { return };
        if depth > 0 {
            for (key, value) in entries {
                if let Some(name) = key.text().filter(|name| *name != "<<")
                    && known.insert(name)
                {
                    all.push((name, key, value));
                }
            }
        }
        for (_, merged) in
            entries.iter().filter(|(key, _)| key.text() == Some("<<") && depth < MOST_DEPTH)
        {
            match &merged.value {
                Value::List(maps) => maps.iter().for_each(|map| map.merged(all, known, depth + 1)),
                _ => merged.merged(all, known, depth + 1),
            }
        }
    }

    /// The value of a key, merged ones too; `None` where it is absent or null.
    #[must_use]
    pub(crate) fn get(&self, name: &str) -> Option<&Rc<Node>> {
        self.find(name, 0).map(|(_, value)| value).filter(|value| !value.is_null())
    }

    /// The key itself and its value, null or not.
    #[must_use]
    pub(crate) fn entry(&self, name: &str) -> Option<MapEntry<'_>> {
        self.find(name, 0)
    }

    fn find(&self, name: &str, depth: usize) -> Option<MapEntry<'_>> {
        let Value::Map(entries) = &self.value else { return None };
        self.own(name).or_else(|| {
            let merged =
                entries.iter().filter(|(key, _)| key.text() == Some("<<") && depth < MOST_DEPTH);
            merged.into_iter().find_map(|(_, merged)| match &merged.value {
                Value::List(maps) => maps.iter().find_map(|map| map.find(name, depth + 1)),
                _ => merged.find(name, depth + 1),
            })
        })
    }

    /// The node at the end of a path, merged keys followed; `None` where it is absent or null.
    #[must_use]
    pub(crate) fn at(&self, path: &[Key]) -> Option<&Self> {
        path.iter().try_fold(self, |node, key| match key {
            Key::Name(name) => node.get(name).map(Rc::as_ref),
            Key::Item(index) => node.items()?.get(*index).map(Rc::as_ref),
        })
    }

    #[must_use]
    pub(crate) fn is_map(&self) -> bool {
        matches!(self.value, Value::Map(_))
    }

    #[must_use]
    pub(crate) fn items(&self) -> Option<&[Rc<Node>]> {
        if let Value::List(items) = &self.value { Some(items) } else { None }
    }

    /// Its text, where it is a scalar.
    #[must_use]
    pub(crate) fn text(&self) -> Option<&str> {
        if let Value::Scalar(scalar) = &self.value { Some(&scalar.text) } else { None }
    }

    /// Whether it is null (YAML 1.2, 10.2.1.1).
    #[must_use]
    pub(crate) fn is_null(&self) -> bool {
        let Value::Scalar(Scalar { text, plain: true, .. }) = &self.value else { return false };
        matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL")
    }

    /// Its truth value as Go's parsers read it (YAML 1.1 words among them), which compose and
    /// Kubernetes use.
    #[must_use]
    pub(crate) fn boolean(&self) -> Option<bool> {
        let Value::Scalar(Scalar { text, plain: true, .. }) = &self.value else { return None };
        match text.as_str() {
            "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "y" | "Y" => {
                Some(true)
            }
            "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "n"
            | "N" => Some(false),
            _ => None,
        }
    }

    /// What kind of node it is, in a word for messages.
    #[must_use]
    pub(crate) fn kind(&self) -> &'static str {
        match &self.value {
            Value::Map(_) => "a mapping",
            Value::List(_) => "a list",
            Value::Scalar(_) if self.is_null() => "null",
            Value::Scalar(Scalar { plain: false, .. }) => "a string",
            Value::Scalar(_) if self.boolean().is_some() => "a boolean",
            // Rust takes words such as `nan` for numbers; YAML does not.
            Value::Scalar(Scalar { text, .. })
                if text.contains(|c: char| c.is_ascii_digit()) && text.parse::<f64>().is_ok() =>
            {
                "a number"
            }
            Value::Scalar(Scalar { text, .. }) if is_radix(text) => "a number",
            Value::Scalar(_) => "a string",
        }
    }

    /// Its text and place.
    ///
    /// # Errors
    /// When it is no scalar.
    pub(crate) fn string(&self, what: &str) -> Result<At<&str>, BadInput> {
        self.text()
            .map(|text| At::new(text, self.place))
            .ok_or_else(|| self.wrong(what, "a string"))
    }

    /// The error of a node of the wrong type.
    #[must_use]
    pub(crate) fn wrong(&self, what: &str, expected: &str) -> BadInput {
        BadInput::at(self.place, format!("{what} is {}, not {expected}", self.kind()))
    }
}

/// Whether a plain scalar is a whole number in another radix than ten (YAML 1.2, 10.3.2; Go's
/// parsers take `0b` too).
#[must_use]
pub(crate) fn is_radix(text: &str) -> bool {
    let of = |prefix: &str, radix| {
        text.strip_prefix(prefix).is_some_and(|digits| u64::from_str_radix(digits, radix).is_ok())
    };
    of("0x", 16) || of("0o", 8) || of("0b", 2)
}
