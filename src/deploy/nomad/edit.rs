//! Changes to a task, its order, comments and blanks kept.

use std::ops::Range;

use super::hcl::{self, Body, Expression, HclBlock, HclValue};
use super::read::{config, items, named, tasks};
use super::spell::{self, HclEntry, quoted};
use super::{CAP_DROP, ENV};
use crate::deploy::Engine;
use crate::deploy::container::WrittenAt;
use crate::deploy::defaults::capability;
use crate::deploy::edit::{
    BracketedList, CHANGED, Edit, EditError, EditRequest, Editor, PlannedEdits, are_about_one,
};
use crate::deploy::setting::Change;

/// The edits that make these changes to a task.
///
/// # Errors
/// When they cannot be made safely, or there is no attribute for them.
pub(super) fn plan(request: EditRequest<'_>) -> Result<PlannedEdits, EditError> {
    let EditRequest { source, container, spot, changes } = request;
    let WrittenAt::Text { at } = spot else { return Err(CHANGED.into()) };
    let body = hcl::parse(source.text()).map_err(|_| CHANGED)?;
    let task = tasks(&body).find(|task| task.at.start == *at).ok_or(CHANGED)?;
    let mut editor = HclEditor {
        text: source.text(),
        engine: container.engine,
        task,
        config: config(task).ok_or("the task has no `config` yet: add it by hand")?,
        of_task: vec![],
        of_config: vec![],
        edits: vec![],
    };
    editor.make(changes)?;
    editor.finish().map(PlannedEdits::of)
}

/// A line to put in: an attribute, or a name in a block that is new.
struct NewLine {
    block: Option<&'static str>,
    key: &'static str,
    values: Vec<String>,
    is_list: bool,
}

struct HclEditor<'a> {
    text: &'a str,
    engine: Engine,
    task: &'a HclBlock,
    config: &'a Body,
    /// Lines for the task.
    of_task: Vec<NewLine>,
    /// Lines for what it tells its driver.
    of_config: Vec<NewLine>,
    edits: Vec<Edit>,
}

impl Editor for HclEditor<'_> {
    fn keep(&mut self, bit: u32) -> Result<bool, EditError> {
        let Some(list) = self.list(CAP_DROP)? else { return Ok(false) };
        Ok(list.take_out(self.text, &mut self.edits, |name| capability(name) == Some(bit)))
    }

    fn put(&mut self, change: &Change) -> Result<(), EditError> {
        let config = self.config;
        match spell::entry(self.engine, change).ok_or("Nomad has no attribute for it")? {
            HclEntry::OfTask(key, value) => match self.task.body.get(key) {
                Some(old) => self.replace(old.range.clone(), value),
                None => self.of_task.push(NewLine::attribute(key, value)),
            },
            HclEntry::Value(key, value) => match config.get(key) {
                Some(old) => self.replace(old.range.clone(), value),
                None => self.of_config.push(NewLine::attribute(key, value)),
            },
            HclEntry::Item(key, item) => self.item(key, &item)?,
            HclEntry::Object(key, _)
                if config.get(key).is_some() || config.all(key).count() > 0 =>
            {
                return Err(format!("the task has {key} already: add it by hand").into());
            }
            HclEntry::Object(key, object) => {
                let line = NewLine::attribute(key, object);
                self.of_config.push(NewLine { is_list: true, ..line });
            }
            HclEntry::Named(block, name, value) => {
                let body = if block == ENV { &self.task.body } else { config };
                let known = named(body, block).filter(|entry| entry.name == name).last();
                match (known, body.all(block).last(), body.get(block)) {
                    (Some(known), ..) => self.replace(known.value.range.clone(), value),
                    (None, Some(own), _) => {
                        let line = NewLine::attribute(name, value);
                        self.add(own.at.start, &own.body, &[line])?;
                    }
                    (None, None, Some(_)) => {
                        return Err(format!("`{block}` is no block: change it by hand").into());
                    }
                    (None, None, None) => {
                        let lines =
                            if block == ENV { &mut self.of_task } else { &mut self.of_config };
                        let line = NewLine::attribute(name, value);
                        lines.push(NewLine { block: Some(block), ..line });
                    }
                }
            }
        }
        Ok(())
    }
}

impl<'a> HclEditor<'a> {
    fn replace(&mut self, range: Range<usize>, text: String) {
        self.edits.push(Edit { range, text });
    }

    /// A list of the driver's, if it is there.
    fn list(&self, key: &str) -> Result<Option<BracketedList<'a>>, EditError> {
        let Some(list) = self.config.get(key) else { return Ok(None) };
        let items = items(list).ok_or("a list of the task is put together: change it by hand")?;
        let text = |item: &'a Expression| match &item.value {
            HclValue::Text(text, _) => Some(text.as_str()),
            _ => None,
        };
        let items = items.iter().map(|item| (text(item), item.range.clone())).collect();
        Ok(Some(BracketedList { range: list.range.clone(), items }))
    }

    /// An item in the place of another, or one more.
    fn item(&mut self, key: &'static str, item: &str) -> Result<(), EditError> {
        let same = |text: &str| are_about_one(key, text, item);
        match (self.list(key)?, self.of_config.iter_mut().find(|line| line.key == key)) {
            (Some(list), _) => list.put(&mut self.edits, item, quoted, same),
            (None, Some(line)) => line.values.push(quoted(item)),
            (None, None) => {
                let line = NewLine::attribute(key, quoted(item));
                self.of_config.push(NewLine { is_list: true, ..line });
            }
        }
        Ok(())
    }

    /// Adds lines at the end of a block that begins here.
    fn add(&mut self, begin: usize, body: &Body, lines: &[NewLine]) -> Result<(), EditError> {
        let line_of = |at: usize| {
            let before = self.text.get(..at).unwrap_or("");
            before.rfind('\n').map_or(0, |newline| newline + 1)
        };
        let margin = |at: usize| -> String {
            let line = self.text.get(line_of(at)..).unwrap_or("");
            line.chars().take_while(|c| matches!(c, ' ' | '\t')).collect()
        };
        let newline = if self.text.contains("\r\n") { "\r\n" } else { "\n" };
        let outer = margin(begin);
        let first = body.attributes.iter().map(|one| one.at.start);
        let first = first.chain(body.blocks.iter().map(|block| block.at.start)).min();
        let step = if outer.contains('\t') { "\t" } else { "  " };
        let multi = self.text.get(body.inside.clone()).is_some_and(|inside| inside.contains('\n'));
        let inner = match first.filter(|_| multi) {
            Some(first) => margin(first),
            None => format!("{outer}{step}"),
        };
        let text: String =
            lines.iter().map(|line| line.text(&inner, step, newline)).collect::<String>();
        let end = body.inside.end;
        let close = line_of(end);
        let alone = self.text.get(close..end).is_some_and(|before| before.trim().is_empty());
        if multi && alone {
            self.edits.push(Edit { range: close..close, text });
        } else if multi {
            return Err("the end of a block stands behind something: change it by hand".into());
        } else {
            // One line becomes several.
            let inside = self.text.get(body.inside.clone()).unwrap_or("");
            let own = inside.trim();
            let kept =
                if own.is_empty() { String::new() } else { format!("{inner}{own}{newline}") };
            if own.contains(['#', '*']) || self.edits.iter().any(|edit| within(edit, &body.inside))
            {
                return Err("a block on one line is changed by hand".into());
            }
            let text = format!("{newline}{kept}{text}{outer}");
            self.edits.push(Edit { range: body.inside.clone(), text });
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Vec<Edit>, EditError> {
        let (of_task, of_config) =
            (std::mem::take(&mut self.of_task), std::mem::take(&mut self.of_config));
        if let Some(block) =
            self.task.body.all(super::CONFIG).next().filter(|_| !of_config.is_empty())
        {
            self.add(block.at.start, &block.body, &of_config)?;
        }
        if !of_task.is_empty() {
            let task = self.task;
            self.add(task.at.start, &task.body, &of_task)?;
        }
        Ok(self.edits)
    }
}

fn within(edit: &Edit, range: &Range<usize>) -> bool {
    edit.range.start >= range.start && edit.range.end <= range.end
}

impl NewLine {
    fn attribute(key: &'static str, value: String) -> Self {
        Self { block: None, key, values: vec![value], is_list: false }
    }

    fn text(&self, margin: &str, step: &str, newline: &str) -> String {
        let values = self.values.join(", ");
        let value = if self.is_list { format!("[{values}]") } else { values };
        match self.block {
            None => format!("{margin}{} = {value}{newline}", self.key),
            Some(block) => format!(
                "{margin}{block} {{{newline}{margin}{step}{} = {value}{newline}{margin}}}{newline}",
                self.key
            ),
        }
    }
}
