//! Changes to a config.toml, its order, comments and blanks kept.

use std::ops::Range;

use toml::de::DeTable;

use super::read::{self, DockerTable, strings};
use super::spell::{self, TomlEntry, quoted};
use super::{CAP_DROP, ULIMIT};
use crate::deploy::Engine;
use crate::deploy::container::WrittenAt;
use crate::deploy::defaults::capability;
use crate::deploy::edit::{
    BracketedList, CHANGED, Edit, EditError, EditRequest, Editor, PlannedEdits, are_about_one,
};
use crate::deploy::setting::Change;

/// The edits that make these changes to the containers of a runner.
///
/// # Errors
/// When they cannot be made safely, or there is no key for them.
pub(super) fn plan(request: EditRequest<'_>) -> Result<PlannedEdits, EditError> {
    let EditRequest { source, container, spot, changes } = request;
    let WrittenAt::Text { at } = spot else { return Err(CHANGED.into()) };
    let root = read::parse(source.text()).map_err(|_| CHANGED)?;
    let runners = read::runners(&root).map_err(|_| CHANGED)?;
    let found = runners.into_iter().find_map(|runner| {
        let docker = read::docker(runner).ok().flatten()?;
        (docker.at.start == *at).then_some((runner, docker))
    });
    let (runner, docker) = found.ok_or(CHANGED)?;
    let engine = container.engine;
    let mut editor =
        TomlEditor { text: source.text(), engine, runner, docker, edits: vec![], new: vec![] };
    editor.make(changes)?;
    editor.finish().map(PlannedEdits::of)
}

struct TomlEditor<'a, 't> {
    text: &'a str,
    engine: Engine,
    runner: &'a DeTable<'t>,
    docker: DockerTable<'a, 't>,
    edits: Vec<Edit>,
    /// Lines for the table of Docker.
    new: Vec<(String, Vec<String>)>,
}

impl Editor for TomlEditor<'_, '_> {
    fn keep(&mut self, bit: u32) -> Result<bool, EditError> {
        let Some(list) = list(self.docker.table, CAP_DROP)? else { return Ok(false) };
        Ok(list.take_out(self.text, &mut self.edits, |name| capability(name) == Some(bit)))
    }

    fn put(&mut self, change: &Change) -> Result<(), EditError> {
        let (runner, table) = (self.runner, self.docker.table);
        match spell::entry(self.engine, change).ok_or("the runner has no key for it")? {
            TomlEntry::Value(key, value) => match table.get(key) {
                Some(old) => self.replace(old.span(), value),
                None => self.new.push((key.to_owned(), vec![value])),
            },
            TomlEntry::Item(key, item) => {
                self.item(table, key, &item, |text| are_about_one(key, text, &item))?;
            }
            TomlEntry::OfRunner(key, item) => {
                let name = item.split('=').next().unwrap_or_default().to_owned();
                let same = |text: &str| text.split('=').next() == Some(&name);
                if runner.get(key).is_none() {
                    return Err("the runner has no `environment` yet: add it by hand".into());
                }
                self.item(runner, key, &item, same)?;
            }
            TomlEntry::Limit(name, limit) => {
                let limits = table.get(ULIMIT).map(|value| value.get_ref().as_table());
                match limits {
                    Some(Some(limits)) => match limits.get(name) {
                        Some(old) => self.replace(old.span(), quoted(&limit.to_string())),
                        None => return Err("the table of limits is changed by hand".into()),
                    },
                    Some(None) => return Err(CHANGED.into()),
                    None => {
                        let value = format!("{{ {name} = \"{limit}\" }}");
                        self.new.push((ULIMIT.to_owned(), vec![value]));
                    }
                }
            }
        }
        Ok(())
    }
}

impl TomlEditor<'_, '_> {
    fn replace(&mut self, range: Range<usize>, text: String) {
        self.edits.push(Edit { range, text });
    }

    /// An item in the place of another, or one more.
    fn item(
        &mut self,
        table: &DeTable<'_>,
        key: &str,
        item: &str,
        same: impl Fn(&str) -> bool,
    ) -> Result<(), EditError> {
        match (list(table, key)?, self.new.iter_mut().find(|(known, _)| known == key)) {
            (Some(list), _) => list.put(&mut self.edits, item, quoted, same),
            (None, Some((_, items))) => items.push(quoted(item)),
            (None, None) => self.new.push((key.to_owned(), vec![String::new(), quoted(item)])),
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Vec<Edit>, EditError> {
        if self.new.is_empty() {
            return Ok(self.edits);
        }
        let at = self.docker.at.clone();
        let before = self.text.get(..at.start).unwrap_or("");
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let margin = self.text.get(start..at.start).unwrap_or("");
        let indent: String = margin.chars().take_while(|c| c.is_whitespace()).collect();
        if !margin.trim_start().starts_with('[') {
            return Err("the table of docker is written inline: change it by hand".into());
        }
        let rest = self.text.get(at.end..).unwrap_or("");
        let end = rest.find('\n').map_or(self.text.len(), |newline| at.end + newline + 1);
        let newline = if self.text.contains("\r\n") { "\r\n" } else { "\n" };
        // As far in as the keys that are there.
        let own = self.docker.table.keys().map(|key| key.span().start).filter(|key| *key >= end);
        let own = own.min().and_then(|key| {
            let line = self.text.get(..key)?.rfind('\n').map_or(0, |newline| newline + 1);
            self.text.get(line..key).filter(|margin| margin.trim().is_empty())
        });
        let margin = own.map_or_else(|| format!("{indent}  "), str::to_owned);
        let mut text = String::new();
        for (key, values) in &self.new {
            let value = match values.split_first() {
                Some((first, items)) if first.is_empty() => format!("[{}]", items.join(", ")),
                Some((value, _)) => value.clone(),
                None => continue,
            };
            text.push_str(&format!("{margin}{key} = {value}{newline}"));
        }
        let open = !self.text.get(..end).is_some_and(|before| before.ends_with('\n'));
        let text = if open { format!("{newline}{}", text.trim_end()) } else { text };
        self.edits.push(Edit { range: end..end, text });
        Ok(self.edits)
    }
}

/// A list of strings of a table, if it is there.
fn list<'a>(table: &'a DeTable<'_>, key: &str) -> Result<Option<BracketedList<'a>>, EditError> {
    let Some(value) = table.get(key) else { return Ok(None) };
    let items = strings(table, key).map_err(|_| CHANGED)?;
    let items = items.into_iter().map(|(text, range)| (Some(text), range)).collect();
    Ok(Some(BracketedList { range: value.span(), items }))
}
