//! What YAML says, without how it is written: what a patch puts into a text, and what a text has to
//! say afterwards.

use saphyr_parser::ScalarStyle;

use super::tree::{Node, Value};

/// A value, without how it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Data {
    Null,
    /// A boolean or a number, as it is written.
    Word(String),
    Text(String),
    /// A sequence.
    List(Vec<Self>),
    /// A mapping; the order is that in which new keys are written.
    Map(Vec<(String, Self)>),
}

/// What to do where a key is there.
pub(crate) const ADD_TO_IT: &str = "; if it has the key, add to that";

impl From<bool> for Data {
    fn from(value: bool) -> Self {
        Self::Word(value.to_string())
    }
}

impl From<u64> for Data {
    fn from(value: u64) -> Self {
        Self::Word(value.to_string())
    }
}

impl From<&str> for Data {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl Data {
    pub(crate) fn map<const N: usize>(entries: [(&str, Self); N]) -> Self {
        Self::Map(entries.map(|(key, value)| (key.to_owned(), value)).into())
    }

    /// This value at the end of these keys.
    pub(crate) fn at(way: &[&str], value: Self) -> Self {
        way.iter().rev().fold(value, |value, key| Self::map([(*key, value)]))
    }

    /// The entries of mappings put together.
    pub(crate) fn together(parts: impl IntoIterator<Item = Self>) -> Vec<(String, Self)> {
        let mut all = Self::Map(vec![]);
        parts.into_iter().for_each(|part| all.merge(part));
        if let Self::Map(entries) = all { entries } else { vec![] }
    }

    /// What is said beside an entry with this value, which its key may have already: no key is
    /// given twice.
    pub(crate) fn also(&self) -> &'static str {
        match self {
            Self::List(_) | Self::Map(_) => ADD_TO_IT,
            _ => "",
        }
    }

    /// The text of a scalar.
    pub(crate) fn text(&self) -> &str {
        if let Self::Word(text) | Self::Text(text) = self { text } else { "" }
    }

    /// What a node says, aliases followed.
    pub(crate) fn of(node: &Node) -> Self {
        match &node.value {
            Value::Scalar(_) if node.is_null() => Self::Null,
            Value::Scalar(scalar) if node.kind() == "a string" => Self::Text(scalar.text.clone()),
            Value::Scalar(scalar) => Self::Word(scalar.text.clone()),
            Value::List(items) => Self::List(items.iter().map(|item| Self::of(item)).collect()),
            Value::Map(entries) => {
                let key = |key: &Node| {
                    key.text().map_or_else(|| format!("{:?}", Self::of(key)), str::to_owned)
                };
                Self::Map(
                    entries.iter().map(|(name, value)| (key(name), Self::of(value))).collect(),
                )
            }
        }
    }

    /// The same with what `<<` brings put in its place; the mapping's own keys win.
    pub(super) fn merged(self) -> Self {
        match self {
            Self::List(items) => Self::List(items.into_iter().map(Self::merged).collect()),
            Self::Map(entries) => {
                let (merges, mut own): (Vec<_>, Vec<_>) = entries
                    .into_iter()
                    .map(|(key, value)| (key, value.merged()))
                    .partition(|(key, value)| key == "<<" && !matches!(value, Self::Text(_)));
                let maps = merges.into_iter().flat_map(|(_, value)| match value {
                    Self::List(maps) => maps,
                    map => vec![map],
                });
                for map in maps {
                    let Self::Map(entries) = map else { continue };
                    for entry in entries {
                        if !own.iter().any(|(known, _)| *known == entry.0) {
                            own.push(entry);
                        }
                    }
                }
                Self::Map(own)
            }
            scalar => scalar,
        }
    }

    /// The same with the keys of every mapping in order: two that say the same are equal then.
    pub(super) fn sorted(self) -> Self {
        match self {
            Self::List(items) => Self::List(items.into_iter().map(Self::sorted).collect()),
            Self::Map(entries) => {
                let mut entries: Vec<_> =
                    entries.into_iter().map(|(key, value)| (key, value.sorted())).collect();
                entries.sort_by(|(one, _), (other, _)| one.cmp(other));
                Self::Map(entries)
            }
            scalar => scalar,
        }
    }

    /// Takes in what else is put into the same place: entries into a mapping, items into a list.
    pub(crate) fn merge(&mut self, more: Self) {
        match (self, more) {
            (Self::Map(entries), Self::Map(more)) => {
                for (name, value) in more {
                    match entries.iter_mut().find(|(known, _)| *known == name) {
                        Some((_, known)) => known.merge(value),
                        None => entries.push((name, value)),
                    }
                }
            }
            (Self::List(items), Self::List(more)) => {
                for item in more {
                    if !items.contains(&item) {
                        items.push(item);
                    }
                }
            }
            (known, value) => *known = value,
        }
    }

    /// In flow style; `json` asks for JSON.
    pub(crate) fn flow(&self, json: bool) -> String {
        self.scalar(true, json, ScalarStyle::Plain)
    }

    /// In flow style, as people write it who put every string in quotes.
    pub(crate) fn quoted(&self) -> String {
        self.scalar(true, false, ScalarStyle::DoubleQuoted)
    }

    /// On one line: strings in a style where they may have it, what is no scalar in flow style.
    pub(super) fn scalar(&self, in_flow: bool, json: bool, style: ScalarStyle) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Word(word) => word.clone(),
            Self::Text(text) if json => double_quoted(text),
            Self::Text(text) => match style {
                ScalarStyle::SingleQuoted if !text.contains(char::is_control) => {
                    format!("'{}'", text.replace('\'', "''"))
                }
                ScalarStyle::DoubleQuoted => double_quoted(text),
                _ if may_be_plain(text, in_flow) => text.clone(),
                _ => double_quoted(text),
            },
            Self::List(items) => {
                let item = |item: &Self| item.scalar(true, json, style);
                format!("[{}]", items.iter().map(item).collect::<Vec<_>>().join(", "))
            }
            Self::Map(_) => format!("{{{}}}", self.entries(json, style).join(", ")),
        }
    }

    /// The entries of a mapping in flow style.
    pub(super) fn entries(&self, json: bool, style: ScalarStyle) -> Vec<String> {
        let Self::Map(entries) = self else { return vec![] };
        let text = |(name, value): &(String, Self)| {
            let name = Self::Text(name.clone()).flow(json);
            format!("{name}: {}", value.scalar(true, json, style))
        };
        entries.iter().map(text).collect()
    }
}

/// Whether a string needs no quotes. Of what needs none, only what nobody could read otherwise.
fn may_be_plain(text: &str, in_flow: bool) -> bool {
    let safe = |b: u8| {
        b.is_ascii_alphanumeric() || b"_=/.+-".contains(&b) || (b" :".contains(&b) && !in_flow)
    };
    let begins = |b: u8| b.is_ascii_alphabetic() || b == b'/';
    // YAML 1.1 has more of them than 1.2.
    let word = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    text.bytes().next().is_some_and(begins)
        && !word.iter().any(|word| text.eq_ignore_ascii_case(word))
        && text.bytes().all(safe)
        && !text.contains(": ")
        && !text.ends_with([':', ' '])
}

/// As JSON has it, which is YAML.
fn double_quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}
