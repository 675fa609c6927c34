//! Settings written into a compose file.

use std::ops::Range;
use std::rc::Rc;

use super::spell::{self, Entry};
use crate::deploy::Container;
use crate::deploy::container::{Key, Spot};
use crate::deploy::defaults::capability;
use crate::deploy::edit::{Edit, Planned, Source};
use crate::deploy::security_opt::SecurityOpt;
use crate::deploy::setting::Change;
use crate::deploy::spelling::Want;
use crate::deploy::yaml::{Node, Value};

/// A key and its value.
type Pair<'n> = (&'n Rc<Node>, &'n Rc<Node>);

/// The key that says how many tasks a service may have; `deploy.resources.limits.pids` says it too,
/// and must not say otherwise.
const PIDS: &str = "pids_limit";
/// The list of which one entry about each thing counts.
const SECURITY: &str = "security_opt";

/// The edits that make the changes to a service.
///
/// # Errors
/// When it cannot be done safely: what is to change stands elsewhere, or others share it.
pub(super) fn plan(
    source: &Source<'_>,
    container: &Container,
    spot: &Spot,
    changes: &[Change],
) -> Result<Planned, String> {
    let Spot::Yaml { document, path, .. } = spot else {
        return Err("the service is in no file".into());
    };
    let mut node = source.documents()?.get(*document).ok_or("the file has changed")?;
    for key in path {
        let Key::Name(name) = key else { return Err("the service is in a list".into()) };
        let (_, value) = own(node, name).ok_or("the service comes through `<<`")?;
        if Rc::strong_count(value) > 1 {
            return Err(
                "the service is shared through an anchor: a change would change others too".into(),
            );
        }
        node = value;
    }
    let mut editor = Editor {
        text: source.text,
        service: node,
        json: source.is_json(),
        edits: vec![],
        fresh: vec![],
        empty: vec![],
    };
    for change in changes {
        let entry = spell::entry(container.engine, change);
        match entry.ok_or("a compose file has no such setting")? {
            Entry::Item(key, value) => editor.add(key, &value)?,
            Entry::Value(PIDS, want) => editor.pids(&want)?,
            Entry::Value(key, want) => editor.set(key, &want)?,
            Entry::Part("environment", name, want) => editor.variable(name, want.scalar())?,
            Entry::Part(key, name, want) => editor.part(key, name, &want)?,
        }
    }
    Ok(Planned { inherits: node.get("extends").is_some(), ..Planned::of(editor.finish()?) })
}

struct Editor<'t> {
    text: &'t str,
    service: &'t Rc<Node>,
    /// Whether the text is JSON, and has to stay so.
    json: bool,
    edits: Vec<Edit>,
    /// Keys that the service does not have yet.
    fresh: Vec<(String, Fresh)>,
    /// Lists and mappings that have nothing in them yet: the bytes to replace, what goes around the
    /// entries, the entries.
    empty: Vec<(Range<usize>, [&'static str; 2], Vec<String>)>,
}

/// The value of a new key.
enum Fresh {
    /// As it is written.
    Scalar(String),
    List(Vec<String>),
    Map(Vec<(String, String)>),
}

impl<'t> Editor<'t> {
    /// The value of a key of the service itself; an error where it may not be edited here.
    fn own(&self, key: &str) -> Result<Option<Pair<'t>>, String> {
        let found = own(self.service, key);
        match found {
            Some((_, value)) if Rc::strong_count(value) > 1 => {
                Err(format!("`{key}` comes from an anchor that others use too"))
            }
            Some((_, value)) if value.tag.as_deref() == Some("reset") => {
                Err(format!("`{key}` is taken away by `!reset`"))
            }
            None if self.service.entry(key).is_some() => Err(format!("`{key}` comes through `<<`")),
            found => Ok(found),
        }
    }

    /// Adds to a list, or replaces the entry that says otherwise.
    fn add(&mut self, key: &str, value: &str) -> Result<(), String> {
        if let Some(Fresh::List(values)) =
            self.fresh.iter_mut().find(|(known, _)| known == key).map(|(_, fresh)| fresh)
        {
            values.push(value.to_owned());
            return Ok(());
        }
        let Some((name, list)) = self.own(key)? else {
            self.fresh.push((key.to_owned(), Fresh::List(vec![value.to_owned()])));
            return Ok(());
        };
        if list.is_null() {
            let range = self.null(name)?;
            return self.first(range, [" [", "]"], self.word(value, true));
        }
        let items = list.items().ok_or_else(|| format!("`{key}` is no list"))?;
        if items.iter().any(|item| Rc::strong_count(item) > 1) {
            return Err(format!("an entry of `{key}` comes through an anchor"));
        }
        let about_it = |item: &&Rc<Node>| {
            item.text().is_some_and(|text| match key {
                SECURITY => {
                    SecurityOpt::parse(text).subject() == SecurityOpt::parse(value).subject()
                }
                _ => capability(text) == capability(value),
            })
        };
        let known = items.iter().rev().find(about_it);
        match known {
            Some(item) if key != SECURITY || says(item, value) => Ok(()),
            Some(item) => self.replace(item, value, list.flow),
            None => self.append(list, items, value),
        }
    }

    /// Sets a key that holds one value.
    fn set(&mut self, key: &str, want: &Want) -> Result<(), String> {
        let text = self.scalar(want, self.service.flow);
        let merged = own(self.service, key).is_none();
        if merged {
            // One's own key goes before what `<<` brings.
            self.fresh.retain(|(known, _)| known != key);
            self.fresh.push((key.to_owned(), Fresh::Scalar(text)));
            return Ok(());
        }
        match self.own(key)? {
            Some((name, node)) if node.is_null() => self.fill(name, &text),
            Some((_, node)) if node.text().is_some() => self.rewrite(node, want),
            _ => Err(format!("`{key}` is not one value")),
        }
    }

    /// Sets the limit of tasks wherever the service says it.
    fn pids(&mut self, want: &Want) -> Result<(), String> {
        let (mut node, mut shared) = (self.service, false);
        for key in ["deploy", "resources", "limits", "pids"] {
            let Some((_, value_of_key)) = own(node, key) else { return self.set(PIDS, want) };
            node = value_of_key;
            shared |= Rc::strong_count(node) > 1;
        }
        if shared {
            return Err(
                "`pids` of `deploy.resources.limits` comes from an anchor that others use too"
                    .into(),
            );
        }
        self.rewrite(node, want)?;
        if own(self.service, PIDS).is_some() { self.set(PIDS, want) } else { Ok(()) }
    }

    /// Sets a variable of the environment.
    fn variable(&mut self, name: &str, value: &str) -> Result<(), String> {
        let value = value.replace('$', "$$");
        let list = self.own("environment")?.and_then(|(_, node)| Some((node, node.items()?)));
        let Some((node, items)) = list else {
            return self.part("environment", name, &Want::text(value));
        };
        if items.iter().any(|item| Rc::strong_count(item) > 1) {
            return Err("an entry of `environment` comes through an anchor".into());
        }
        let entry = format!("{name}={value}");
        let of =
            |item: &&Rc<Node>| item.text().is_some_and(|text| text.split('=').next() == Some(name));
        match items.iter().rev().find(of) {
            Some(item) => self.replace(item, &entry, node.flow),
            None => self.append(node, items, &entry),
        }
    }

    /// Sets one key of a mapping of the service.
    fn part(&mut self, key: &str, name: &str, want: &Want) -> Result<(), String> {
        let text = want.flow(self.json);
        if let Some(Fresh::Map(entries)) =
            self.fresh.iter_mut().find(|(known, _)| known == key).map(|(_, fresh)| fresh)
        {
            entries.push((name.to_owned(), text));
            return Ok(());
        }
        let Some((at, node)) = self.own(key)? else {
            self.fresh.push((key.to_owned(), Fresh::Map(vec![(name.to_owned(), text)])));
            return Ok(());
        };
        let entry = format!("{}: {text}", self.key(name));
        if node.is_null() {
            let range = self.null(at)?;
            return self.first(range, [" {", "}"], entry);
        }
        if !node.is_map() {
            return Err(format!("`{key}` is no mapping"));
        }
        match own(node, name) {
            Some((_, known)) if Rc::strong_count(known) > 1 => {
                Err(format!("the value of {name} comes through an anchor"))
            }
            Some((at, known)) if known.is_null() => self.fill(at, &text),
            Some((_, known)) if known.is_map() => self.limits(known, want),
            Some((_, known)) => self.rewrite(known, want),
            None => self.insert(node, &[entry]),
        }
    }

    /// Sets a limit that is written as a soft and a hard one: neither may be lower.
    fn limits(&mut self, limits: &Node, want: &Want) -> Result<(), String> {
        for name in ["soft", "hard"] {
            let (_, limit) = own(limits, name).ok_or_else(|| format!("`{name}` is not there"))?;
            if Rc::strong_count(limit) > 1 {
                return Err(format!("`{name}` comes through an anchor"));
            }
            let number = |text: &str| text.parse::<i64>().ok().filter(|limit| *limit >= 0);
            let low = limit.text().and_then(number) < number(want.scalar());
            if name == "soft" || low {
                self.rewrite(limit, want)?;
            }
        }
        Ok(())
    }

    /// Another value for a key: quoted as it was where it is a string.
    fn rewrite(&mut self, node: &Node, want: &Want) -> Result<(), String> {
        match want {
            Want::Scalar { text, plain: false } => self.replace(node, text, self.service.flow),
            _ => self.replace_with(node, want.scalar()),
        }
    }

    /// Writes what goes together.
    fn finish(mut self) -> Result<Vec<Edit>, String> {
        for (range, [open, close], entries) in std::mem::take(&mut self.empty) {
            self.put(range, format!("{open}{}{close}", entries.join(", ")))?;
        }
        let fresh = std::mem::take(&mut self.fresh);
        if fresh.is_empty() {
            return Ok(self.edits);
        }
        let service = self.service;
        let flow = service.flow;
        let (indent, dash) = (self.step(service, false), self.step(service, true));
        let mut lines = vec![];
        for (key, value) in fresh {
            match value {
                Fresh::Scalar(text) => lines.push(format!("{}: {text}", self.key(&key))),
                Fresh::List(values) if flow => {
                    let values: Vec<String> =
                        values.iter().map(|value| self.word(value, true)).collect();
                    lines.push(format!("{}: [{}]", self.key(&key), values.join(", ")));
                }
                Fresh::Map(entries) if flow => {
                    let entries: Vec<String> = entries
                        .iter()
                        .map(|(name, value)| format!("{}: {value}", self.key(name)))
                        .collect();
                    lines.push(format!("{}: {{{}}}", self.key(&key), entries.join(", ")));
                }
                Fresh::List(values) => {
                    lines.push(format!("{key}:"));
                    lines.extend(
                        values.iter().map(|value| format!("{dash}- {}", self.word(value, false))),
                    );
                }
                Fresh::Map(entries) => {
                    lines.push(format!("{key}:"));
                    lines.extend(
                        entries.iter().map(|(name, value)| format!("{indent}{name}: {value}")),
                    );
                }
            }
        }
        self.insert(service, &lines)?;
        Ok(self.edits)
    }

    /// How much further in the children of a key of the service stand, or the dashes of its lists.
    fn step(&self, service: &Node, list: bool) -> String {
        let Value::Map(entries) = &service.value else { return "  ".into() };
        let of = |key: &Node, value: &Rc<Node>| {
            if Rc::strong_count(value) > 1 || value.flow || value.place.line == key.place.line {
                return None;
            }
            let child = match &value.value {
                Value::List(items) if list => {
                    let item = items.first().filter(|item| Rc::strong_count(item) == 1)?;
                    // A block scalar begins on the line after its dash.
                    let prefix = &self.text[self.line_start(item.place.start)..item.place.start];
                    let dash = prefix
                        .trim_end()
                        .strip_suffix('-')
                        .filter(|indent| indent.trim().is_empty())?;
                    return (dash.len() + 1).checked_sub(key.place.column);
                }
                Value::Map(entries) if !list => &entries.first()?.0,
                _ => return None,
            };
            child.place.column.checked_sub(key.place.column)
        };
        let step = entries.iter().find_map(|(key, value)| of(key, value));
        " ".repeat(step.filter(|step| *step <= 16 && (list || *step > 0)).unwrap_or(2))
    }

    /// Puts lines into a mapping: after a line that holds a key and its value, else before the
    /// first key.
    fn insert(&mut self, map: &Node, lines: &[String]) -> Result<(), String> {
        let Value::Map(entries) = &map.value else { return Err("it is no mapping".into()) };
        let Some((first, _)) = entries.first() else {
            // `{}`
            return match (map.flow, self.text.as_bytes().get(map.place.start)) {
                (true, Some(b'{')) => {
                    self.first(map.place.start + 1..map.place.start + 1, ["", ""], lines.join(", "))
                }
                _ => Err("the mapping is empty".into()),
            };
        };
        if map.flow {
            let text = lines.iter().map(|line| format!("{line}, ")).collect::<String>();
            return self.put(first.place.start..first.place.start, text);
        }
        let one_line = |(key, value): &&(Rc<Node>, Rc<Node>)| {
            let scalar = Rc::strong_count(value) == 1 && value.text().is_some() && !value.is_null();
            let written = self.text.get(value.place.start..value.place.end).unwrap_or("\n");
            scalar
                && value.place.line == key.place.line
                && !written.contains('\n')
                && !written.starts_with(['|', '>'])
        };
        let named = entries
            .iter()
            .filter(|(key, _)| matches!(key.text(), Some("image" | "container_name")));
        let after = named.chain(entries.first()).find(one_line);
        let indentation = " ".repeat(first.place.column.saturating_sub(1));
        let newline = self.newline(first.place.start);
        match after {
            Some((_, value)) => {
                let at = self.line_end(value.place.end);
                let text =
                    lines.iter().map(|line| format!("{newline}{indentation}{line}")).collect();
                self.put(at..at, text)
            }
            None => {
                let at = self.line_start(first.place.start);
                if !self.text[at..first.place.start].bytes().all(|b| b == b' ') {
                    return Err("the mapping begins in the middle of a line".into());
                }
                self.put(
                    at..at,
                    lines.iter().map(|line| format!("{indentation}{line}{newline}")).collect(),
                )
            }
        }
    }

    /// Adds an item at the end of a list.
    fn append(&mut self, list: &Node, items: &[Rc<Node>], value: &str) -> Result<(), String> {
        let Some(last) = items.last() else {
            // `[]`
            let at = list.place.start + 1;
            return if list.flow {
                self.first(at..at, ["", ""], self.word(value, true))
            } else {
                Err("the list is empty".into())
            };
        };
        let quote = self.text.as_bytes().get(last.place.start).copied();
        let value = self.like(quote, value, list.flow);
        if list.flow {
            return self.put(last.place.end..last.place.end, format!(", {value}"));
        }
        let line = self.line_start(last.place.start);
        let prefix = &self.text[line..last.place.start];
        let is_item =
            prefix.trim_start().strip_prefix('-').is_some_and(|rest| rest.trim().is_empty());
        if !is_item || last.text().is_none() || matches!(quote, Some(b'|' | b'>')) {
            return Err(
                "the last entry of the list is written in a way that nothing can be put after"
                    .into(),
            );
        }
        let at = self.line_end(last.place.end);
        let text = format!("{}{prefix}{value}", self.newline(last.place.start));
        self.put(at..at, text)
    }

    /// Replaces a scalar, quoted as it was.
    fn replace(&mut self, node: &Node, value: &str, flow: bool) -> Result<(), String> {
        let quote = self.text.as_bytes().get(node.place.start).copied();
        match quote {
            Some(b'"' | b'\'') => self.replace_with(node, &self.like(quote, value, flow)),
            _ => self.replace_with(node, &self.word(value, flow)),
        }
    }

    fn replace_with(&mut self, node: &Node, text: &str) -> Result<(), String> {
        let written = self.text.get(node.place.start..node.place.end).unwrap_or("");
        if node.text().is_none() || written.starts_with(['|', '>', '{', '[']) {
            return Err("the value is written in a way that is not replaced".into());
        }
        self.put(node.place.start..node.place.start + written.trim_end().len(), text.to_owned())
    }

    /// Gives a value to a key that has none.
    fn fill(&mut self, key: &Node, value: &str) -> Result<(), String> {
        let range = self.null(key)?;
        self.put(range, format!(" {value}"))
    }

    /// Where the value of a key goes that has none.
    fn null(&self, key: &Node) -> Result<Range<usize>, String> {
        let rest = self.text.get(key.place.end..).unwrap_or("");
        if !rest.starts_with(':') {
            return Err("the key is written in a way that nothing can be put after".into());
        }
        let at = key.place.end + 1;
        let written = rest[1..].trim_start_matches(' ');
        // A null that is written out.
        let null = ["~", "null", "Null", "NULL"]
            .iter()
            .find(|null| written.starts_with(**null))
            .map_or(0, |null| null.len());
        let spaces = if null > 0 { rest.len() - 1 - written.len() } else { 0 };
        Ok(at..at + spaces + null)
    }

    /// An entry of what has none yet.
    fn first(
        &mut self,
        range: Range<usize>,
        around: [&'static str; 2],
        entry: String,
    ) -> Result<(), String> {
        match self.empty.iter_mut().find(|(known, ..)| *known == range) {
            Some((.., entries)) => entries.push(entry),
            None => self.empty.push((range, around, vec![entry])),
        }
        Ok(())
    }

    fn put(&mut self, range: Range<usize>, text: String) -> Result<(), String> {
        if self
            .edits
            .iter()
            .any(|edit| edit.range.start < range.end && range.start < edit.range.end)
        {
            return Err("two changes are for the same place".into());
        }
        self.edits.push(Edit { range, text });
        Ok(())
    }

    fn line_start(&self, at: usize) -> usize {
        self.text[..at].rfind('\n').map_or(0, |newline| newline + 1)
    }

    /// Where the line ends that this byte stands in, before its line break.
    fn line_end(&self, at: usize) -> usize {
        let rest = &self.text[at..];
        let end = rest.find('\n').map_or(self.text.len(), |newline| at + newline);
        if self.text[..end].ends_with('\r') && end > at { end - 1 } else { end }
    }

    /// The line break of the file.
    fn newline(&self, at: usize) -> &'static str {
        let end = self.line_end(at);
        if self.text[end..].starts_with("\r\n") { "\r\n" } else { "\n" }
    }

    /// A key as it is written here.
    fn key(&self, key: &str) -> String {
        if self.json { double_quoted(key) } else { key.to_owned() }
    }

    /// A string without quotes where it needs none.
    fn word(&self, value: &str, flow: bool) -> String {
        if self.json { double_quoted(value) } else { plain(value, flow) }
    }

    /// A value for a key: a number is one, not a string of digits.
    fn scalar(&self, want: &Want, flow: bool) -> String {
        match want {
            Want::Scalar { text, plain: false } => self.word(text, flow),
            _ => want.scalar().to_owned(),
        }
    }

    /// A string quoted as its neighbour is.
    fn like(&self, quote: Option<u8>, value: &str, flow: bool) -> String {
        match quote {
            Some(b'"') => double_quoted(value),
            Some(b'\'') => format!("'{}'", value.replace('\'', "''")),
            _ => self.word(value, flow),
        }
    }
}

/// A key of the mapping itself.
fn own<'n>(node: &'n Node, name: &str) -> Option<Pair<'n>> {
    let Value::Map(entries) = &node.value else { return None };
    entries.iter().find(|(key, _)| key.text() == Some(name)).map(|(key, value)| (key, value))
}

/// Whether an entry of `security_opt` says this already.
fn says(item: &Node, value: &str) -> bool {
    item.text().is_some_and(|text| SecurityOpt::parse(text) == SecurityOpt::parse(value))
}

/// A string without quotes where it needs none.
fn plain(value: &str, flow: bool) -> String {
    let first = value.bytes().next();
    let safe = |b: u8| {
        b.is_ascii_alphanumeric()
            || b"_=/.+-".contains(&b)
            || (b == b':' && !flow)
            || (b == b' ' && !flow)
    };
    let begins = first.is_some_and(|b| b.is_ascii_alphabetic() || b == b'/');
    let word =
        !matches!(value, "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n");
    if begins
        && word
        && value.bytes().all(safe)
        && !value.contains(": ")
        && !value.ends_with([':', ' '])
    {
        value.to_owned()
    } else {
        double_quoted(value)
    }
}

fn double_quoted(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deploy::Container;
    use crate::deploy::compose;
    use crate::deploy::defaults;
    use crate::deploy::edit::apply;
    use crate::deploy::read::{Deployment, Input, Surroundings};
    use crate::deploy::setting::{Masks, Profile, User};
    use crate::facts::Caps;

    struct Nothing;

    impl Surroundings for Nothing {
        fn open(&mut self, _: &str, _: u32) -> Result<(u32, String), String> {
            Err("not here".into())
        }

        fn variable(&self, _: &str) -> Option<String> {
            None
        }
    }

    fn read(text: &str) -> Deployment {
        compose::read_project(&[Input { file: 0, path: "compose.yaml", text }], &mut Nothing)
            .unwrap_or_else(|e| panic!("{e:?}\n{text}"))
    }

    fn edited(text: &str, name: &str, changes: &[Change]) -> Result<String, String> {
        let container = read(text).containers.into_iter().find(|c| c.name == name).unwrap();
        Ok(apply(text, &plan(&Source::new(text), &container, &container.spot, changes)?.edits))
    }

    /// What a service sets, places left out.
    fn said(container: &Container) -> Vec<String> {
        let s = &container.settings;
        let list = |list: &[crate::deploy::At<String>]| {
            list.iter().map(|at| at.value.clone()).collect::<Vec<_>>().join(",")
        };
        vec![
            format!("{:?}", s.privileged.as_ref().map(|at| at.value)),
            list(&s.cap_add),
            list(&s.cap_drop),
            format!("{:?}", s.seccomp.as_ref().map(|at| &at.value)),
            format!("{:?}", s.apparmor.as_ref().map(|at| &at.value)),
            format!("{:?}", s.masks.as_ref().map(|at| &at.value)),
            format!("{:?}", s.no_new_privs.as_ref().map(|at| at.value)),
            format!("{:?}", s.user.as_ref().map(|at| &at.value)),
            format!("{:?}", s.pids_limit.as_ref().map(|at| at.value)),
            format!("{:?}", s.nproc.as_ref().map(|at| at.value)),
            format!(
                "{:?}",
                s.env.iter().map(|(name, value)| (&name.value, value)).collect::<Vec<_>>()
            ),
            list(&s.command),
            format!("{:?}", s.image.as_ref().map(|at| &at.value)),
        ]
    }

    const UNCONFINED: Change = Change::Seccomp(Profile::Unconfined);
    const SYS_ADMIN: Change = Change::AddCapability(Caps::SYS_ADMIN);
    const SETFCAP: Change = Change::AddCapability(Caps::SETFCAP);
    const USER: Change = Change::User(User::Ids { uid: 1000, gid: Some(1000) });

    const CHANGES: &[Change] = &[
        Change::Privileged(true),
        USER,
        Change::PidsLimit(2048),
        Change::Nproc(1025),
        SETFCAP,
        SYS_ADMIN,
        UNCONFINED,
        Change::Masks(Masks::None),
        Change::NoNewPrivs(false),
    ];

    const FILES: &[&str] = &[
        "services:\n  web:\n    image: nginx\n    deploy:\n      resources:\n        limits: \
            {pids: 5, cpus: '1'}\n    pids_limit: 5\n  other:\n    image: x\n",
        "services:\n  web:\n    image: nginx\n    deploy: {resources: {limits: {pids: 5}}}\n  \
            other:\n    image: x\n",
        "services:\n  web:\n    image: nginx # the web\n  other:\n    image: x\n",
        "services:\n  web:\n    image: nginx\n\n    # what it may\n    cap_add:\n      - NET_RAW # \
            raw\n    security_opt: # opts\n      - \"no-new-privileges:true\" # no\n\n  other: \
            {image: x}",
        "services:\n  web:\n    build: .\n    cap_add:\n    - NET_RAW\n    - SETFCAP\n    \
            security_opt: [seccomp=./a.json, 'apparmor:x'] # why\n    user: 'postgres'\n    \
            privileged: no\n  other:\n    image: x\n",
        "services: {web: {image: nginx, cap_add: [A\n]}, other: {image: x}}\n",
        "services: { web: { cap_add: [], environment: {} , security_opt: [ label=disable ] }, \
            other: {image: x}}\n",
        "web:\n    image: nginx\n    cap_drop: [ALL]\n    environment:\n        - A=1\n        \
            - \"B=2\"\nother:\n    image: x\n",
        "services:\n  web:\n    environment:\n      A: 1\n      UNSHARE_ISOLATION_FLAGS: --pid # \
            those\n    build:\n      context: .\n    privileged:\n    cap_add:\n    \
            image: \"x\"\n  other:\n    image: x\n",
        "x: &c\n  image: c\nservices:\n  web:\n    <<: *c\n    command: |\n      a\n      b\n\n  \
            other:\n    image: x\n",
    ];

    #[test]
    fn what_is_asked_is_set_and_nothing_else() {
        for file in FILES {
            let file = file.replace("[A\n]", "[SYS_PTRACE\n]").replace("x: &c", "x-c: &c");
            for text in [file.replace('\n', "\r\n"), file] {
                let all = CHANGES.to_vec();
                let one = all.iter().map(|change| vec![change.clone()]);
                for changes in one.chain([all.clone()]) {
                    let result =
                        edited(&text, "web", &changes).unwrap_or_else(|e| panic!("{e}\n{text}"));
                    let (before, after) = (read(&text), read(&result));
                    let web = &after.containers[0].settings;
                    for change in &changes {
                        let caps = |bit| {
                            let name = defaults::name(bit).unwrap();
                            web.cap_add.iter().filter(|c| c.value == name).count() == 1
                        };
                        let holds = match change {
                            Change::Privileged(_) => web.is_privileged(),
                            Change::PidsLimit(_) => {
                                web.pids_limit.as_ref().is_some_and(|at| at.value == 2048)
                            }
                            Change::Nproc(_) => {
                                web.nproc.as_ref().is_some_and(|at| at.value == 1025)
                            }
                            Change::User(user) => web.user.as_ref().unwrap().value == *user,
                            Change::AddCapability(bit) => caps(*bit),
                            Change::Seccomp(profile) => {
                                web.seccomp.as_ref().unwrap().value == *profile
                            }
                            Change::Masks(masks) => web.masks.as_ref().unwrap().value == *masks,
                            _ => !web.no_new_privs.as_ref().unwrap().value,
                        };
                        assert!(holds, "{change:?}\n{result}");
                    }
                    assert_eq!(said(&before.containers[1]), said(&after.containers[1]));
                    let touched = |change: &Change| match change {
                        Change::Privileged(_) => 0,
                        Change::AddCapability(_) => 1,
                        Change::Seccomp(_) => 3,
                        Change::Masks(_) => 5,
                        Change::NoNewPrivs(_) => 6,
                        Change::User(_) => 7,
                        Change::PidsLimit(_) => 8,
                        _ => 9,
                    };
                    let asked = |at: usize| changes.iter().any(|change| touched(change) == at);
                    for (at, (old, new)) in said(&before.containers[0])
                        .iter()
                        .zip(said(&after.containers[0]))
                        .enumerate()
                    {
                        assert!(asked(at) || *old == new, "{old} became {new}\n{result}");
                    }
                    // Comments and line breaks stay.
                    assert_eq!(
                        text.matches('#').count(),
                        result.matches('#').count(),
                        "{changes:?}\n{text:?}\n{result:?}"
                    );
                    if text.contains('\r') {
                        assert_eq!(
                            result.matches('\n').count(),
                            result.matches("\r\n").count(),
                            "{result:?}"
                        );
                    }
                    // Done again, it changes nothing.
                    let again = edited(&result, "web", &changes).unwrap();
                    assert_eq!(
                        read(&again).containers.iter().map(said).collect::<Vec<_>>(),
                        after.containers.iter().map(said).collect::<Vec<_>>()
                    );
                    assert_eq!(again.lines().count(), result.lines().count(), "{again}");
                }
            }
        }
    }

    #[test]
    fn the_style_is_kept() {
        let cases: &[(&str, Change, &str)] = &[
            (
                "services:\n  web:\n    image: nginx # the web\n    ports: [1]\n",
                UNCONFINED,
                "services:\n  web:\n    image: nginx # the web\n    security_opt:\n      - \
                    seccomp=unconfined\n    ports: [1]\n",
            ),
            (
                "services:\n  web:\n    cap_add:\n    - 'NET_RAW' # raw\n    image: x\n",
                SETFCAP,
                "services:\n  web:\n    cap_add:\n    - 'NET_RAW' # raw\n    - 'SETFCAP'\n    \
                    image: x\n",
            ),
            (
                "services:\n  web:\n    security_opt: [\"no-new-privileges:true\", \
                    seccomp=a.json]\n",
                Change::NoNewPrivs(false),
                "services:\n  web:\n    security_opt: [\"no-new-privileges:false\", \
                    seccomp=a.json]\n",
            ),
            (
                "services: {web: {image: x}}",
                USER,
                "services: {web: {user: \"1000:1000\", image: x}}",
            ),
            (
                "services: {web: {image: x}}",
                Change::PidsLimit(2048),
                "services: {web: {pids_limit: 2048, image: x}}",
            ),
            (
                "services:\n  web:\n    pids_limit: '5' # few\n    deploy: {resources: {limits: \
                    {pids: 5}}}\n",
                Change::PidsLimit(2048),
                "services:\n  web:\n    pids_limit: 2048 # few\n    deploy: {resources: {limits: \
                    {pids: 2048}}}\n",
            ),
            (
                "services:\n  web:\n    ports:\n    - 1\n    build:\n      context: .\n",
                SETFCAP,
                "services:\n  web:\n    cap_add:\n    - SETFCAP\n    ports:\n    - 1\n    \
                    build:\n      context: .\n",
            ),
        ];
        for (text, change, expected) in cases {
            assert_eq!(edited(text, "web", std::slice::from_ref(change)).as_deref(), Ok(*expected));
        }
    }

    #[test]
    fn variables() {
        let change = [Change::Variable("UNSHARE_ISOLATION_FLAGS", "--pid --fork $X".into())];
        for file in FILES {
            let file = file.replace("[A\n]", "[SYS_PTRACE\n]").replace("x: &c", "x-c: &c");
            let result = edited(&file, "web", &change).unwrap_or_else(|e| panic!("{e}\n{file}"));
            let web = &read(&result).containers[0];
            assert_eq!(
                web.settings.variable("UNSHARE_ISOLATION_FLAGS"),
                Some("--pid --fork $X"),
                "{result}"
            );
            let before = &read(&file).containers[0];
            assert!(
                before.settings.env.iter().all(|(name, _)| web
                    .settings
                    .env
                    .iter()
                    .any(|(n, _)| n.value == name.value)),
                "{result}"
            );
        }
    }

    #[test]
    fn what_others_share_is_refused() {
        let sys_admin = [SYS_ADMIN];
        for (text, reason) in [
            ("services:\n  web: &w\n    image: x\n  b: *w\n", "shared"),
            ("services:\n  web: &w\n    image: x\n  b:\n    <<: *w\n", "shared"),
            ("x-c: &c [NET_RAW]\nservices:\n  web:\n    cap_add: *c\n", "anchor"),
            ("x-c: &c\n  cap_add: [NET_RAW]\nservices:\n  web:\n    <<: *c\n", "`<<`"),
            ("x-c: &c NET_RAW\nservices:\n  web:\n    cap_add: [*c]\n", "anchor"),
        ] {
            assert!(edited(text, "web", &sys_admin).unwrap_err().contains(reason), "{text}");
        }
        let text = "services:\n  web:\n    image: x\n";
        assert!(edited(text, "web", &[Change::OwnUserns]).is_err());
    }

    /// JSON is YAML, but what is written into it has to be JSON again.
    #[test]
    fn json_stays_json() {
        let changes = [
            UNCONFINED,
            SYS_ADMIN,
            Change::Privileged(true),
            Change::Variable("UNSHARE_ISOLATION_FLAGS", "--pid".into()),
        ];
        for service in [
            "{\"image\": \"w\"}",
            "{\"cap_add\": [], \"privileged\": false, \"environment\": {}, \"image\": \"w\"}",
            "{\"cap_add\": [\"CHOWN\"], \"environment\": [\"A=1\"], \"image\": \"w\"}",
        ] {
            let text = format!("{{\"services\":\n {{\"web\": {service}}}}}\n");
            let edited = edited(&text, "web", &changes).unwrap();
            let value: serde_json::Value =
                serde_json::from_str(&edited).unwrap_or_else(|why| panic!("{why}: {edited}"));
            assert_eq!(value["services"]["web"]["privileged"], true);
            assert_eq!(value["services"]["web"]["security_opt"][0], "seccomp=unconfined");
        }
    }

    #[test]
    fn the_dash_of_a_block_scalar_is_no_guide() {
        let text = "services:\n  web:\n    image: x\n    command:\n      - |\n        set \
            -e\n        true\n";
        let edited = edited(text, "web", &[UNCONFINED]).unwrap();
        assert!(edited.contains("    security_opt:\n      - seccomp=unconfined\n"), "{edited}");
    }
}
