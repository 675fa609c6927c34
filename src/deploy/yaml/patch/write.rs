//! The edits of one place: the bytes and lines that say a value, in the style of what is around it.

use std::ops::Range;
use std::rc::Rc;

use saphyr_parser::ScalarStyle;

use super::{Here, Patcher};
use crate::deploy::container::Key;
use crate::deploy::yaml::build::is_block;
use crate::deploy::yaml::data::Data;
use crate::deploy::yaml::tree::{Node, Scalar, Value};

/// How far the children of a key are indented from it.
#[derive(Clone, Copy)]
pub(super) struct Steps {
    /// The keys of a mapping.
    map: usize,
    /// The dashes of a list.
    list: usize,
}

impl Default for Steps {
    fn default() -> Self {
        Self { map: 2, list: 2 }
    }
}

impl<'a> Patcher<'a> {
    /// Writes something else where a node is that has no lines of its own.
    pub(super) fn replace(&mut self, at: Here<'a>, value: &Data) {
        let style = at.node.style().unwrap_or(ScalarStyle::Plain);
        let written = self.text.get(at.node.body..at.node.place.end).unwrap_or_default();
        let end = at.node.body + written.trim_end().len();
        self.edit(at.node.body..end, value.scalar(at.flow, at.json, style), 0);
    }

    /// Removes an entry or an item; `None` where it is written in a way that does not allow it.
    pub(super) fn remove(&mut self, at: Here<'a>, key: &Key) -> Option<()> {
        // Where each child begins, what it begins with, and its value.
        let children: Vec<(&Node, &Node)> = match &at.node.value {
            Value::Map(entries) => entries.iter().map(|(key, value)| (&**key, &**value)).collect(),
            Value::List(items) => items.iter().map(|item| (&**item, &**item)).collect(),
            Value::Scalar(_) => return None,
        };
        let index = match key {
            Key::Item(index) => *index,
            Key::Name(name) => {
                children.iter().position(|(key, _)| key.text() == Some(name.as_str()))?
            }
        };
        let (first, value) = children.get(index)?;
        let end = self.end(first, value)?;
        let (empty, margin) = if at.node.is_map() { ("{}", "") } else { ("[]", "-") };
        let line = self.line(first.place.start);
        let before = self.text.get(line.start..first.place.start)?.trim();
        let next = children.get(index + 1).filter(|(next, _)| !next.is_shared());
        if children.len() == 1 {
            self.edit(at.node.body..end.max(at.node.place.end), empty.to_owned(), 0);
        } else if !at.node.flow && before == margin {
            let until = self.line(end).end;
            let rest = self.text.get(until..)?;
            let range = match rest.find('\n') {
                Some(newline) => line.start..until + newline + 1,
                // No line break follows the last line: the one before it goes.
                None => self.text.get(..line.start)?.strip_suffix(self.newline)?.len()..until,
            };
            self.edit(range, String::new(), 0);
        } else if let Some((next, _)) = next {
            self.edit(first.place.start..next.place.start, String::new(), 0);
        } else if at.node.flow {
            let (first, value) = children.get(index.checked_sub(1)?)?;
            self.edit(self.end(first, value)?..end, String::new(), 0);
        } else {
            return None;
        }
        Some(())
    }

    /// Gives a value to a key that has none.
    pub(super) fn fill(&mut self, at: Here<'a>, value: &Data) -> Option<()> {
        if at.node.text() != Some("") {
            // A null that is written out.
            self.replace(at, value);
            return Some(());
        }
        let key = at.key.filter(|_| at.node.body == at.node.place.start)?;
        let colon = self.colon(key)?;
        let lines = self.entry(self.steps, key.text()?, value, key.place.column - 1);
        match lines.get(1..) {
            Some(more) if !more.is_empty() && !at.flow => {
                self.after_line(colon, more, key.place.column);
            }
            _ => {
                let text = format!(" {}", value.scalar(at.flow, at.json, ScalarStyle::Plain));
                self.edit(colon..colon, text, 0);
            }
        }
        Some(())
    }

    /// Puts entries or items into something in flow style: at its end, each on a line of its own
    /// where the last is.
    pub(super) fn fill_flow(
        &mut self,
        at: Here<'a>,
        known: &[(&Node, &Node)],
        new: &[String],
    ) -> Option<()> {
        let first = known.first().map(|(first, _)| first);
        let last = known.last().and_then(|(first, value)| {
            let line = self.line(first.place.start);
            let before = self.text.get(line.start..first.place.start)?;
            let alone = line.start > 0 && before.trim().is_empty();
            let separator =
                if alone { format!(",{}{before}", self.newline) } else { ", ".to_owned() };
            Some((self.end(first, value)?, separator))
        });
        match (last, first) {
            // The comment on the last stays on it.
            (Some((end, separator)), _) if self.commented(end).is_some() => {
                let (comma, comment) = self.commented(end).unwrap_or_default();
                let column = first.map_or(0, |first| column(self.text, first.place.start));
                let own = separator.strip_prefix(',').filter(|own| own.contains('\n'));
                let line = own.map_or_else(
                    || format!("{}{}", self.newline, " ".repeat(column)),
                    str::to_owned,
                );
                let text: String = new.join(&format!(",{line}"));
                if !comma {
                    self.edit(end..end, ",".to_owned(), 0);
                }
                let after = if comma { "," } else { "" };
                self.edit(comment..comment, format!("{line}{text}{after}"), 0);
            }
            (Some((end, separator)), _) => {
                let text = new.iter().map(|text| format!("{separator}{text}")).collect();
                self.edit(end..end, text, 0);
            }
            (None, Some(_)) => {
                let start = at.node.body + 1;
                self.edit(start..start, new.iter().map(|text| format!("{text}, ")).collect(), 0);
            }
            (None, None) => {
                let start = at.node.body + 1;
                self.edit(start..start, new.join(", "), 0);
            }
        }
        Some(())
    }

    /// Where the comment ends that follows what ends here, in the same line, and whether a comma
    /// comes before it.
    fn commented(&self, end: usize) -> Option<(bool, usize)> {
        let line = self.line(end);
        let rest = self.text.get(end..line.end)?;
        let behind = rest.trim_start();
        let comma = behind.starts_with(',');
        let comment = behind.strip_prefix(',').unwrap_or(behind).trim_start();
        comment.starts_with('#').then_some((comma, line.end))
    }

    /// Puts entries into a mapping in block style.
    pub(super) fn fill_map(
        &mut self,
        at: Here<'a>,
        entries: &'a [(Rc<Node>, Rc<Node>)],
        new: &[(String, Data)],
    ) -> Option<()> {
        let (first, _) = entries.first()?;
        let mut steps = self.steps;
        entries.iter().rev().for_each(|(key, value)| steps.learn(key, value, self.text));
        let indent = first.place.column - 1;
        let lines: Vec<String> =
            new.iter().flat_map(|(name, value)| self.entry(steps, name, value, indent)).collect();
        let after = if self.layout.long.contains(&at.depth) {
            let mut named = self.layout.after.iter().filter_map(|name| at.node.own(name));
            named.find_map(|(key, value)| {
                self.end(key, value).filter(|_| value.place.line == key.place.line)
            })
        } else {
            entries.last().and_then(|(key, value)| self.end(key, value))
        };
        let head = at.key.filter(|key| key.place.line < first.place.line);
        match after.or_else(|| self.colon(head?)) {
            Some(end) => self.after_line(end, &lines, indent),
            None => self.before(first.place.start, &lines, indent)?,
        }
        Some(())
    }

    /// Puts items into a list.
    pub(super) fn fill_list(
        &mut self,
        at: Here<'a>,
        items: &'a [Rc<Node>],
        new: &[Data],
    ) -> Option<()> {
        let last = items.last();
        let style = last.and_then(|last| last.style()).unwrap_or(ScalarStyle::Plain);
        if at.node.flow {
            let known: Vec<(&Node, &Node)> = items.iter().map(|item| (&**item, &**item)).collect();
            let new: Vec<String> =
                new.iter().map(|item| item.scalar(true, at.json, style)).collect();
            return self.fill_flow(at, &known, &new);
        }
        let last = last?;
        let indent = column(self.text, at.node.body);
        // As far after its dash as the last one.
        let line = self.line(last.place.start);
        let before = self.text.get(line.start..last.place.start)?;
        let gap = before
            .trim_end()
            .strip_suffix('-')
            .filter(|margin| margin.trim().is_empty() && !last.is_shared())
            .map_or(2, |margin| before.len() - margin.len());
        let lines: Vec<String> = new
            .iter()
            .flat_map(|item| match item {
                Data::Map(_) if !last.flow => self.item(self.steps, item, indent, gap),
                _ => {
                    let gap = " ".repeat(gap - 1);
                    vec![format!(
                        "{}-{gap}{}",
                        " ".repeat(indent),
                        item.scalar(false, false, style)
                    )]
                }
            })
            .collect();
        self.after_line(self.end(last, last)?, &lines, indent);
        Some(())
    }

    /// Where an entry or an item ends, if what follows in its line is a comment at most or it is in
    /// flow style.
    fn end(&self, first: &Node, value: &Node) -> Option<usize> {
        if value.is_shared() {
            return None;
        }
        match &value.value {
            _ if value.flow => Some(value.place.end),
            Value::Scalar(Scalar { text, .. }) if text.is_empty() && value.is_null() => {
                self.colon(first).filter(|_| value.body == value.place.start)
            }
            Value::Scalar(scalar) if scalar.text.trim().is_empty() && is_block(scalar.style) => {
                None
            }
            Value::Scalar(_) => {
                let written = self.text.get(value.place.start..value.place.end)?;
                Some(value.place.start + written.trim_end().len())
            }
            Value::Map(entries) => entries.last().and_then(|(key, value)| self.end(key, value)),
            Value::List(items) => items.last().and_then(|item| self.end(item, item)),
        }
    }

    /// What follows the colon of a key, in the same line.
    pub(super) fn colon(&self, key: &Node) -> Option<usize> {
        let rest = self.text.get(key.place.end..)?;
        let colon = rest.len() - rest.trim_start_matches(' ').len();
        rest.get(colon..)?.starts_with(':').then_some(key.place.end + colon + 1)
    }

    /// The line of a byte, without its line break.
    fn line(&self, at: usize) -> Range<usize> {
        let (before, rest) = self.text.split_at_checked(at).unwrap_or((self.text, ""));
        let rest = rest.split('\n').next().unwrap_or_default();
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        start..before.len() + rest.strip_suffix('\r').unwrap_or(rest).len()
    }

    /// Puts lines after the line of a byte.
    fn after_line(&mut self, at: usize, lines: &[String], indent: usize) {
        let end = self.line(at).end;
        let text = lines.iter().map(|line| format!("{}{line}", self.newline)).collect();
        self.edit(end..end, text, indent);
    }

    /// Puts lines before the first entry or dash, which is indented as they are.
    fn before(&mut self, at: usize, lines: &[String], indent: usize) -> Option<()> {
        let margin = self.text.get(self.line(at).start..at)?.trim_start_matches('\u{feff}');
        if !margin.chars().all(|c| matches!(c, ' ' | '-')) {
            return None;
        }
        let text = lines.join(self.newline);
        let text = format!("{}{}{}", text.trim_start(), self.newline, " ".repeat(indent));
        self.edit(at..at, text, indent);
        Some(())
    }

    /// The lines of an entry in block style.
    fn entry(&self, steps: Steps, key: &str, value: &Data, indent: usize) -> Vec<String> {
        let name = Data::from(key).scalar(false, false, ScalarStyle::Plain);
        let head = format!("{}{name}:", " ".repeat(indent));
        match value {
            Data::Map(entries) if !entries.is_empty() => {
                let below = entries
                    .iter()
                    .flat_map(|(key, value)| self.entry(steps, key, value, indent + steps.map));
                std::iter::once(head).chain(below).collect()
            }
            Data::List(items) if !items.is_empty() => {
                let below =
                    items.iter().flat_map(|item| self.item(steps, item, indent + steps.list, 2));
                std::iter::once(head).chain(below).collect()
            }
            _ => vec![format!("{head} {}", value.scalar(false, false, ScalarStyle::Plain))],
        }
    }

    /// The lines of an item in block style, so far after its dash.
    fn item(&self, steps: Steps, item: &Data, indent: usize, gap: usize) -> Vec<String> {
        let dash = format!("{}-{}", " ".repeat(indent), " ".repeat(gap - 1));
        match item {
            Data::Map(entries) => {
                let mut lines: Vec<String> = entries
                    .iter()
                    .flat_map(|(key, value)| self.entry(steps, key, value, indent + gap))
                    .collect();
                if let Some(first) = lines.first_mut() {
                    *first = format!("{dash}{}", first.trim_start());
                }
                lines
            }
            _ => vec![format!("{dash}{}", item.scalar(false, false, ScalarStyle::Plain))],
        }
    }
}

impl Steps {
    /// Takes over how far this value is indented from its key.
    pub(super) fn learn(&mut self, key: &Node, value: &Node, text: &str) {
        let below = text.get(key.place.end..value.body).is_some_and(|text| text.contains('\n'));
        let by = (column(text, value.body) + 1).checked_sub(key.place.column);
        match (&value.value, by.filter(|by| below && *by <= 16)) {
            (Value::Map(_), Some(by @ 1..)) if !value.flow => self.map = by,
            (Value::List(_), Some(by)) if !value.flow => self.list = by,
            _ => {}
        }
    }
}

/// The column of a byte, from 0, in characters.
fn column(text: &str, at: usize) -> usize {
    let before = text.get(..at).unwrap_or(text);
    before.rsplit('\n').next().unwrap_or_default().chars().count()
}
