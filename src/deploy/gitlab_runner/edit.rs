//! Changes to a config.toml, its order, comments and blanks kept.

use std::ops::Range;

use toml::de::DeTable;

use super::read::{self, DockerTable, strings};
use super::spell::{self, TomlEntry, quoted};
use super::{CAP_DROP, SECURITY, ULIMIT};
use crate::deploy::Container;
use crate::deploy::container::WrittenAt;
use crate::deploy::defaults::capability;
use crate::deploy::edit::{CHANGED, Edit, EditError, PlannedEdits, SourceText};
use crate::deploy::security_opt::SecurityOpt;
use crate::deploy::setting::Change;

/// The edits that make these changes to the containers of a runner.
///
/// # Errors
/// When they cannot be made safely, or there is no key for them.
pub(super) fn plan(
    source: &SourceText<'_>,
    container: &Container,
    spot: &WrittenAt,
    changes: &[Change],
) -> Result<PlannedEdits, EditError> {
    let WrittenAt::Text { at } = spot else { return Err(CHANGED.into()) };
    let root = read::parse(source.text()).map_err(|_| CHANGED)?;
    let runners = read::runners(&root).map_err(|_| CHANGED)?;
    let found = runners.into_iter().find_map(|runner| {
        let docker = read::docker(runner).ok().flatten()?;
        (docker.at.start == *at).then_some((runner, docker))
    });
    let (runner, docker) = found.ok_or(CHANGED)?;
    let mut editor = TomlEditor { text: source.text(), docker, edits: vec![], new: vec![] };
    for change in changes {
        editor.change(container, runner, change)?;
    }
    editor.finish().map(PlannedEdits::of)
}

struct TomlEditor<'a, 't> {
    text: &'a str,
    docker: DockerTable<'a, 't>,
    edits: Vec<Edit>,
    /// Lines for the table of Docker.
    new: Vec<(String, Vec<String>)>,
}

impl TomlEditor<'_, '_> {
    fn change(
        &mut self,
        container: &Container,
        runner: &DeTable<'_>,
        change: &Change,
    ) -> Result<(), EditError> {
        let table = self.docker.table;
        if let Change::AddCapability(bit) | Change::KeepCapability(bit) = change {
            let dropped = self.take_out(table, |name| capability(name) == Some(*bit))?;
            match change {
                Change::KeepCapability(_) if !dropped => return Err(CHANGED.into()),
                Change::KeepCapability(_) => return Ok(()),
                _ => {}
            }
        }
        match spell::entry(container.engine, change).ok_or("the runner has no key for it")? {
            TomlEntry::Value(key, value) => match table.get(key) {
                Some(old) => self.replace(old.span(), value),
                None => self.new.push((key.to_owned(), vec![value])),
            },
            TomlEntry::Item(key, item) => {
                let same = |text: &str| match key {
                    SECURITY => SecurityOpt::are_about_one(text, &item),
                    _ => capability(text) == capability(&item),
                };
                self.item(table, key, &item, same)?;
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
        let items = strings(table, key).map_err(|_| CHANGED)?;
        let known = items.iter().rev().find(|(text, _)| same(text));
        match (known, items.last(), table.get(key)) {
            (Some((text, range)), ..) if *text != item => {
                self.replace(range.clone(), quoted(item));
            }
            (Some(_), ..) => {}
            (None, Some((_, last)), _) => {
                // Several go behind the same.
                let text = format!(", {}", quoted(item));
                match self.edits.iter_mut().find(|edit| edit.range == (last.end..last.end)) {
                    Some(known) => known.text.push_str(&text),
                    None => self.replace(last.end..last.end, text),
                }
            }
            (None, None, Some(empty)) => self.replace(empty.span(), format!("[{}]", quoted(item))),
            (None, None, None) => match self.new.iter_mut().find(|(known, _)| known == key) {
                Some((_, items)) => items.push(quoted(item)),
                None => self.new.push((key.to_owned(), vec![String::new(), quoted(item)])),
            },
        }
        Ok(())
    }

    /// Drops capabilities no longer by name; whether there were any.
    fn take_out(
        &mut self,
        table: &DeTable<'_>,
        goes: impl Fn(&str) -> bool,
    ) -> Result<bool, EditError> {
        let items = strings(table, CAP_DROP).map_err(|_| CHANGED)?;
        let stay: Vec<String> =
            items.iter().filter(|(text, _)| !goes(text)).map(|(text, _)| quoted(text)).collect();
        let gone = stay.len() < items.len();
        if let Some(value) = table.get(CAP_DROP).filter(|_| gone) {
            self.replace(value.span(), format!("[{}]", stay.join(", ")));
        }
        Ok(gone)
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
