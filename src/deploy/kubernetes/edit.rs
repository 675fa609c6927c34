//! Settings written into Kubernetes manifests and into values of the worker's Helm chart.
//!
//! Edits are checked once they are made: the edited text is parsed again, and has to say what was
//! asked for and nothing else.

use std::rc::Rc;

use super::spell::{self, Level};
use crate::deploy::Container;
use crate::deploy::container::{Key, Spot};
use crate::deploy::defaults::capability;
use crate::deploy::edit::{Edit, Planned, Source};
use crate::deploy::setting::Change;
use crate::deploy::spelling::Want;
use crate::deploy::yaml::{self, Node, Value};

/// What a document has to say once it is edited.
#[derive(Debug)]
pub(crate) struct Asked {
    document: usize,
    wanted: Wanted,
}

const CHANGED: &str = "the file has changed since it was read";
const NO_FIELD: &str = "a manifest has no such field";
const UNSAFE: &str = "this file is formatted in a way that cannot be edited safely";

/// The edits that make these changes to a container.
///
/// # Errors
/// When they cannot be made safely; the text says why.
pub(in crate::deploy) fn plan(
    source: &Source<'_>,
    _: &Container,
    spot: &Spot,
    changes: &[Change],
) -> Result<Planned, String> {
    let Spot::Yaml { document, path, pod } = spot else {
        return Err("it does not stand in a file of this kind".into());
    };
    let root = source.documents()?.get(*document).ok_or(CHANGED)?;
    let wanted = if *pod == 0 {
        for_values(root, path, changes)?
    } else {
        for_manifest(path, *pod, changes)?
    };
    let mut editor = Editor::new(source.text, root, path);
    for (way, key, want) in &wanted {
        let (parent, parent_key) = editor.walk(root, way)?;
        editor.set(parent, parent_key, key, want)?;
    }
    Ok(Planned {
        edits: editor.finish(),
        inherits: false,
        asked: Some(Asked { document: *document, wanted }),
    })
}

/// Whether an edited text says what was asked for and nothing else.
///
/// # Errors
/// When it does not.
pub(in crate::deploy) fn check(
    source: &Source<'_>,
    edited: &str,
    asked: &[&Asked],
) -> Result<(), String> {
    let mut expected: Vec<Tree> =
        source.documents()?.iter().map(|document| Tree::of(document)).collect();
    for Asked { document, wanted } in asked {
        for (way, key, want) in wanted {
            expected
                .get_mut(*document)
                .and_then(|tree| tree.at(way))
                .ok_or(CHANGED)?
                .set(key, want);
        }
    }
    let again = yaml::parse(0, edited).map_err(|_| UNSAFE)?;
    if again.iter().map(|document| Tree::of(document)).eq(expected) {
        Ok(())
    } else {
        Err(UNSAFE.into())
    }
}

/// A key and its value.
type Entry<'n> = (&'n Rc<Node>, &'n Rc<Node>);

/// Where a key is to be set, the key, and what to.
type Wanted = Vec<(Vec<Key>, String, Want)>;

fn for_manifest(path: &[Key], pod: usize, changes: &[Change]) -> Result<Wanted, String> {
    let (mut wanted, mut context, mut variables): (Wanted, _, _) = (vec![], vec![], vec![]);
    for change in changes {
        match spell::field(change).ok_or(NO_FIELD)? {
            (Level::Pod, key, want) => wanted.push((path[..pod].to_vec(), key.into(), want)),
            (Level::SecurityContext, key, want) => context.push((key.to_owned(), want)),
            (Level::Container, _, Want::List(items)) => variables.extend(items),
            (Level::Container, key, want) => wanted.push((path.to_vec(), key.into(), want)),
        }
    }
    if !context.is_empty() {
        wanted.push((path.to_vec(), "securityContext".into(), Want::Map(context)));
    }
    if !variables.is_empty() {
        wanted.push((path.to_vec(), "env".into(), Want::List(variables)));
    }
    Ok(wanted)
}

/// The same for a worker group, whose keys have other names.
fn for_values(root: &Node, path: &[Key], changes: &[Change]) -> Result<Wanted, String> {
    let group = match path {
        [Key::Name(chart), Key::Name(groups), _]
            if chart == "windmill" && groups == "workerGroups" =>
        {
            node_at(root, path)
        }
        _ => {
            return Err(
                "a container that values add to a pod is edited in the values by hand".into()
            );
        }
    };
    let group = group.ok_or("the file has changed since it was read")?;
    let mut privileged = group.get("privileged").and_then(|node| node.boolean()).unwrap_or(true);
    let (mut wanted, mut context, mut variables): (Wanted, _, _) = (vec![], vec![], vec![]);
    for change in changes {
        if let Change::Privileged(on) = change {
            privileged = *on;
            wanted.push((path.to_vec(), "privileged".into(), Want::plain(on)));
            continue;
        }
        match spell::field(change).ok_or(NO_FIELD)? {
            (Level::SecurityContext, key, want) => context.push((key.to_owned(), want)),
            (Level::Container, _, Want::List(items)) => variables.extend(items),
            (Level::Pod | Level::Container, key, _) => {
                return Err(format!(
                    "the chart has no value for the pod's `{key}`: patch what it renders"
                ));
            }
        }
    }
    if !context.is_empty() {
        let nsjail = root
            .get("enterprise")
            .and_then(|map| map.get("nsjail"))
            .is_some_and(|node| node.boolean() != Some(false));
        if privileged || nsjail {
            return Err(
                "the chart ignores `containerSecurityContext` of a privileged worker group: \
                set `privileged: false` first"
                    .into(),
            );
        }
        wanted.push((path.to_vec(), "containerSecurityContext".into(), Want::Map(context)));
    }
    if !variables.is_empty() {
        wanted.push((path.to_vec(), "extraEnv".into(), Want::List(variables)));
    }
    Ok(wanted)
}

fn node_at<'n>(root: &'n Node, path: &[Key]) -> Option<&'n Node> {
    path.iter().try_fold(root, |node, key| match key {
        Key::Name(name) => node.get(name).map(|node| &**node),
        Key::Item(index) => node.items()?.get(*index).map(|node| &**node),
    })
}

/// What a document says, without how it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Tree {
    Scalar(String, bool),
    List(Vec<Tree>),
    /// By key, sorted.
    Map(Vec<(String, Tree)>),
}

impl Tree {
    fn of(node: &Node) -> Self {
        match &node.value {
            Value::Scalar(_) if node.is_null() => Self::Scalar(String::new(), true),
            Value::Scalar(scalar) => {
                Self::Scalar(scalar.text.clone(), scalar.plain && node.kind() != "a string")
            }
            Value::List(items) => Self::List(items.iter().map(|item| Self::of(item)).collect()),
            Value::Map(entries) => {
                let key = |key: &Node| {
                    key.text().map_or_else(|| format!("{:?}", Self::of(key)), str::to_owned)
                };
                let mut entries: Vec<_> =
                    entries.iter().map(|(name, value)| (key(name), Self::of(value))).collect();
                entries.sort_by(|(one, _), (other, _)| one.cmp(other));
                Self::Map(entries)
            }
        }
    }

    fn of_want(want: &Want) -> Self {
        match want {
            Want::Scalar { text, plain } => Self::Scalar(
                text.clone(),
                *plain
                    && (matches!(text.as_str(), "true" | "false") || text.parse::<i64>().is_ok()),
            ),
            Want::List(items) => Self::List(items.iter().map(Self::of_want).collect()),
            Want::Map(entries) => {
                let mut entries: Vec<_> = entries
                    .iter()
                    .map(|(key, value)| (key.clone(), Self::of_want(value)))
                    .collect();
                entries.sort_by(|(one, _), (other, _)| one.cmp(other));
                Self::Map(entries)
            }
        }
    }

    fn at(&mut self, path: &[Key]) -> Option<&mut Self> {
        path.iter().try_fold(self, |tree, key| match (tree, key) {
            (Self::Map(entries), Key::Name(name)) => {
                entries.iter_mut().find(|(key, _)| key == name).map(|(_, value)| value)
            }
            (Self::List(items), Key::Item(index)) => items.get_mut(*index),
            _ => None,
        })
    }

    /// Sets a key as [`Editor::set`] does in the text.
    fn set(&mut self, key: &str, want: &Want) {
        let Self::Map(entries) = self else { return };
        let found = entries.binary_search_by(|(known, _)| known.as_str().cmp(key));
        let index = match found {
            Err(index) => return entries.insert(index, (key.to_owned(), Self::of_want(want))),
            Ok(index) => index,
        };
        match (&mut entries[index].1, want) {
            (value @ Self::Map(_), Want::Map(wants)) => {
                if is_profile(key)
                    && let Self::Map(entries) = value
                {
                    entries.retain(|(known, _)| wants.iter().any(|(wanted, _)| wanted == known));
                }
                wants.iter().for_each(|(key, want)| value.set(key, want));
            }
            (Self::List(items), Want::List(wants)) => {
                for want in wants {
                    let tree = Self::of_want(want);
                    let name = |tree: &Self| match tree {
                        Self::Map(entries) => entries
                            .iter()
                            .find(|(key, _)| key == "name")
                            .map(|(_, name)| name.clone()),
                        _ => None,
                    };
                    match items.iter_mut().find(|item| {
                        **item == tree || name(item).is_some() && name(item) == name(&tree)
                    }) {
                        Some(item @ Self::Map(_)) => {
                            if let Want::Map(entries) = want {
                                entries.iter().for_each(|(key, want)| item.set(key, want));
                            }
                        }
                        Some(_) => {}
                        None => items.push(tree),
                    }
                }
            }
            (value, want) => *value = Self::of_want(want),
        }
    }
}

/// A profile's `type` and `localhostProfile` belong together, so it is replaced as a whole.
fn is_profile(key: &str) -> bool {
    matches!(key, "seccompProfile" | "appArmorProfile")
}

const SHARED: &str = "comes from elsewhere (an anchor, an alias or `<<`), so that an edit would \
    change other things too: edit it by hand";

struct Editor<'a> {
    text: &'a str,
    newline: &'static str,
    /// How far a mapping stands in from its key.
    step: usize,
    /// How far the dashes of a list stand in from its key.
    dash: usize,
    edits: Vec<Edit>,
}

impl<'a> Editor<'a> {
    fn new(text: &'a str, root: &Node, path: &[Key]) -> Self {
        let newline = if text.find('\n').is_some_and(|at| text[..at].ends_with('\r')) {
            "\r\n"
        } else {
            "\n"
        };
        let mut editor = Self { text, newline, step: 2, dash: 2, edits: vec![] };
        // The style is that of the nodes on the way to the container.
        let mut node = root;
        for key in path {
            let next = match key {
                Key::Name(name) => own(node, name).map(|(key, value)| {
                    let column = if matches!(value.value, Value::List(_)) {
                        dash(text, value).1
                    } else {
                        value.place.column
                    };
                    let by = column.saturating_sub(key.place.column);
                    if !value.flow && value.place.line > key.place.line {
                        match &value.value {
                            Value::Map(_) if (1..=8).contains(&by) => editor.step = by,
                            Value::List(_) if by <= 8 => editor.dash = by,
                            _ => {}
                        }
                    }
                    value
                }),
                Key::Item(index) => node.items().and_then(|items| items.get(*index)),
            };
            let Some(next) = next else { break };
            node = next;
        }
        editor
    }

    /// The edits; of lines that come after the same line, those that stand in furthest come first.
    fn finish(mut self) -> Vec<Edit> {
        let indent = |edit: &Edit| {
            edit.text.trim_start_matches(['\r', '\n']).chars().take_while(|c| *c == ' ').count()
        };
        self.edits.sort_by_key(|edit| {
            (
                edit.range.start,
                edit.range.end,
                if edit.text.starts_with(['\r', '\n']) { usize::MAX - indent(edit) } else { 0 },
            )
        });
        self.edits
    }

    /// The node at the end of a way and the key it stands at, if all of the way stands here and
    /// nowhere else.
    fn walk<'n>(
        &self,
        root: &'n Node,
        path: &[Key],
    ) -> Result<(&'n Node, Option<&'n Node>), String> {
        let (mut node, mut at) = (root, None);
        for key in path {
            (node, at) = match key {
                Key::Name(name) => {
                    let (key, value) = self
                        .own(node, name)?
                        .ok_or_else(|| format!("`{name}` is not there any more"))?;
                    (&**value, Some(&**key))
                }
                Key::Item(index) => {
                    let item = node
                        .items()
                        .and_then(|items| items.get(*index))
                        .ok_or("the container is not there any more")?;
                    self.here(node.place.start, node.place.end, item, "the container")?;
                    (&**item, None)
                }
            };
        }
        if node.is_map() { Ok((node, at)) } else { Err("the container is no mapping".into()) }
    }

    /// The entry of this key, if it stands in this very mapping and nowhere else.
    fn own<'n>(&self, node: &'n Node, name: &str) -> Result<Option<Entry<'n>>, String> {
        match own(node, name) {
            Some((key, value)) => {
                self.here(key.place.end, node.place.end, value, &format!("`{name}`"))?;
                Ok(Some((key, value)))
            }
            None if node.entry(name).is_some() => Err(format!("`{name}` {SHARED}")),
            None => Ok(None),
        }
    }

    /// Refuses a node that does not stand in this range, or that has an anchor or a tag.
    fn here(&self, from: usize, to: usize, node: &Node, what: &str) -> Result<(), String> {
        let empty = node.is_null();
        if !empty && (node.place.start < from || node.place.end > to) {
            return Err(format!("{what} {SHARED}"));
        }
        // The place of a node begins with its anchor or tag.
        let marked =
            self.text.get(node.place.start..).is_some_and(|text| text.starts_with(['&', '!']));
        if marked { Err(format!("{what} {SHARED}")) } else { Ok(()) }
    }

    /// Where the first dash of a list in block style stands: byte and column. Where it does not
    /// stand in from its key, the place of the list begins after it.
    fn dash(&self, list: &Node) -> (usize, usize) {
        dash(self.text, list)
    }

    fn edit(&mut self, range: std::ops::Range<usize>, text: String) {
        self.edits.push(Edit { range, text });
    }

    /// Sets a key of a mapping.
    fn set(
        &mut self,
        parent: &Node,
        parent_key: Option<&Node>,
        key: &str,
        want: &Want,
    ) -> Result<(), String> {
        let Some((at, value)) = self.own(parent, key)? else {
            return self.insert(parent, parent_key, key, want);
        };
        match (&value.value, want) {
            (Value::Scalar(_), _) if value.is_null() => {
                if self
                    .text
                    .get(value.place.start..value.place.end)
                    .is_some_and(|text| !text.trim().is_empty())
                {
                    self.edit(
                        value.place.start..value.place.end,
                        want.flow(is_json(parent, self.text)),
                    );
                    return Ok(());
                }
                if parent.flow {
                    return Err(format!("`{key}` is empty in a way that cannot be edited safely"));
                }
                let lines = self.block(key, want, at.place.column - 1);
                let colon = self.text[at.place.end..]
                    .find(':')
                    .map_or(at.place.end, |colon| at.place.end + colon + 1);
                match &lines[..] {
                    [one] => {
                        let text = one
                            .trim_start()
                            .strip_prefix(key)
                            .and_then(|rest| rest.strip_prefix(':'))
                            .unwrap_or_default();
                        self.edit(colon..colon, text.to_owned());
                    }
                    [_, more @ ..] => self.after_line(colon, more),
                    [] => {}
                }
                Ok(())
            }
            (Value::Map(entries), Want::Map(wants)) => {
                if is_profile(key)
                    && entries.iter().any(|(name, _)| {
                        !wants.iter().any(|(wanted, _)| Some(wanted.as_str()) == name.text())
                    })
                {
                    return self.replace(parent, value, want);
                }
                if key == "capabilities" {
                    dropped(value, wants)?;
                }
                wants.iter().try_for_each(|(name, want)| self.set(value, Some(at), name, want))
            }
            (Value::List(items), Want::List(wants)) => self.extend(at, value, items, wants),
            (Value::Scalar(scalar), Want::Scalar { text, .. }) => {
                if Tree::of(value) != Tree::of_want(want) {
                    let old = &self.text[value.place.start..value.place.end];
                    let new = match old.bytes().next() {
                        Some(b'\'')
                            if !text.contains('\'')
                                && !scalar.plain
                                && Tree::of_want(want) == Tree::Scalar(text.clone(), false) =>
                        {
                            format!("'{text}'")
                        }
                        Some(b'"') if Tree::of_want(want) == Tree::Scalar(text.clone(), false) => {
                            Want::Scalar { text: text.clone(), plain: false }.flow(false)
                        }
                        Some(b'|' | b'>') => {
                            return Err(format!("`{key}` is a text of several lines"));
                        }
                        _ => want.flow(is_json(parent, self.text)),
                    };
                    self.edit(value.place.start..value.place.end, new);
                }
                Ok(())
            }
            _ => Err(format!("`{key}` is {}, which nothing can be added to", value.kind())),
        }
    }

    /// Replaces a profile as a whole; lines of its own stay where they say the same.
    fn replace(&mut self, parent: &Node, value: &Node, want: &Want) -> Result<(), String> {
        if value.flow {
            self.edit(value.place.start..value.place.end, want.flow(is_json(parent, self.text)));
            return Ok(());
        }
        let (Value::Map(entries), Want::Map(wants)) = (&value.value, want) else { return Ok(()) };
        for (key, old) in entries {
            match wants.iter().find(|(wanted, _)| Some(wanted.as_str()) == key.text()) {
                Some((name, want)) => self.set(value, None, name, want)?,
                None => {
                    let start =
                        self.text[..key.place.start].rfind('\n').map_or(0, |newline| newline + 1);
                    let end = self.text[old.place.end..]
                        .find('\n')
                        .map(|newline| old.place.end + newline + 1);
                    let alone = self.text[start..key.place.start].trim().is_empty();
                    match end {
                        Some(end) if alone => self.edit(start..end, String::new()),
                        None if alone && start > 0 => {
                            let before = if self.text[..start].ends_with("\r\n") {
                                start - 2
                            } else {
                                start - 1
                            };
                            self.edit(before..self.text.len(), String::new());
                        }
                        _ => {
                            return Err(
                                "the profile is written in a way that cannot be edited safely"
                                    .into(),
                            );
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// Adds to a list what is not in it.
    fn extend(
        &mut self,
        key: &Node,
        list: &Node,
        items: &[Rc<Node>],
        wants: &[Want],
    ) -> Result<(), String> {
        let mut missing = vec![];
        for want in wants {
            let known = |item: &&Rc<Node>| match want.name() {
                Some(name) => item.get("name").and_then(|node| node.text()) == Some(name),
                None => Tree::of(item) == Tree::of_want(want),
            };
            match (items.iter().find(known), want) {
                (Some(item), Want::Map(entries)) => {
                    if item.get("valueFrom").is_some() {
                        return Err(format!(
                            "the variable {} comes from elsewhere (`valueFrom`)",
                            want.name().unwrap_or_default()
                        ));
                    }
                    self.here(list.place.start, list.place.end, item, "the container")?;
                    for (name, want) in entries {
                        self.set(item, None, name, want)?;
                    }
                }
                (Some(_), _) => {}
                (None, _) => missing.push(want),
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        let json = is_json(list, self.text) || key_is_quoted(key, self.text);
        if list.flow {
            let all: Vec<String> = missing.iter().map(|want| want.flow(json)).collect();
            match items.last() {
                Some(last) => {
                    let separator = self.separator(last);
                    let text: String =
                        all.iter().map(|item| format!("{separator}{item}")).collect();
                    self.edit(last.place.end..last.place.end, text);
                }
                None => {
                    self.edit(list.place.start..list.place.end, format!("[{}]", all.join(", ")))
                }
            }
            return Ok(());
        }
        let (start, column) = self.dash(list);
        let indent = column - 1;
        let flow = items.last().is_some_and(|item| item.flow);
        let lines: Vec<String> = missing
            .iter()
            .flat_map(|want| {
                if flow {
                    vec![format!("{}- {}", " ".repeat(indent), want.flow(false))]
                } else {
                    self.item(want, indent)
                }
            })
            .collect();
        match items.last() {
            Some(last) if self.ends_simply(last) => self.after_line(last.place.end, &lines),
            _ => {
                // Before the first one.
                let text = lines.join(self.newline).trim_start().to_owned()
                    + self.newline
                    + &" ".repeat(indent);
                self.edit(start..start, text);
            }
        }
        Ok(())
    }

    /// Puts a new key into a mapping.
    fn insert(
        &mut self,
        parent: &Node,
        parent_key: Option<&Node>,
        key: &str,
        want: &Want,
    ) -> Result<(), String> {
        let Value::Map(entries) = &parent.value else {
            return Err(format!("there is no place for `{key}`"));
        };
        if parent.flow {
            let json = is_json(parent, self.text)
                || parent_key.is_some_and(|key| key_is_quoted(key, self.text));
            let entry = Want::Map(vec![(key.to_owned(), want.clone())]).flow(json);
            let entry = &entry[1..entry.len() - 1];
            match entries.last() {
                Some((last_key, last)) => {
                    if last.is_null() || last.place.start < last_key.place.end {
                        return Err(format!("there is no safe place for `{key}` here"));
                    }
                    let separator = self.separator(last_key);
                    self.edit(last.place.end..last.place.end, format!("{separator}{entry}"));
                }
                None => {
                    // Several new keys of an empty mapping stand side by side.
                    let at = parent.place.start + 1;
                    let again = self.edits.iter().any(|edit| edit.range == (at..at));
                    self.edit(at..at, if again { format!(", {entry}") } else { entry.to_owned() });
                }
            }
            return Ok(());
        }
        let Some((first, _)) = entries.first() else {
            return Err(format!("there is no place for `{key}`"));
        };
        let indent = first.place.column - 1;
        let lines = self.block(key, want, indent);
        let simple = |(key, value): &&(Rc<Node>, Rc<Node>)| {
            value.place.start >= key.place.end && self.ends_simply(value)
        };
        let named = |name: &str| {
            entries.iter().find(|(key, _)| key.text() == Some(name)).filter(|entry| simple(entry))
        };
        // A container has its new keys after its image; a mapping at its end, else at its
        // beginning.
        let in_list = parent_key.is_none();
        let after = if in_list { named("image").or_else(|| named("name")) } else { None };
        let pod = entries.iter().any(|(key, _)| key.text() == Some("containers"));
        let after = after.or_else(|| entries.last().filter(|entry| !pod && simple(entry)));
        let head = parent_key.filter(|key| key.place.line < parent.place.line);
        match (after, head) {
            (Some((_, value)), _) => self.after_line(value.place.end, &lines),
            (None, Some(key)) => self.after_line(key.place.end, &lines),
            (None, None) => {
                let text = lines.join(self.newline).trim_start().to_owned()
                    + self.newline
                    + &" ".repeat(indent);
                self.edit(first.place.start..first.place.start, text);
            }
        }
        Ok(())
    }

    /// Whether what follows a node is the rest of its line at most: it ends in no text of several
    /// lines.
    fn ends_simply(&self, node: &Node) -> bool {
        let last = match &node.value {
            _ if node.flow => return true,
            Value::Scalar(_) => {
                let text = self.text.get(node.place.start..node.place.end).unwrap_or("");
                return !text.is_empty() && !text.contains('\n') && !text.starts_with(['|', '>']);
            }
            Value::Map(entries) => entries
                .last()
                .filter(|(key, value)| value.place.start >= key.place.end)
                .map(|(_, value)| value),
            Value::List(items) => items.last(),
        };
        last.is_some_and(|last| last.place.end == node.place.end && self.ends_simply(last))
    }

    /// Puts lines after the line in which this byte stands.
    fn after_line(&mut self, at: usize, lines: &[String]) {
        let rest = &self.text[at..];
        let end = rest.find('\n').map_or(rest.len(), |newline| {
            if rest[..newline].ends_with('\r') { newline - 1 } else { newline }
        });
        let text = lines.iter().map(|line| format!("{}{line}", self.newline)).collect();
        self.edit(at + end..at + end, text);
    }

    /// What comes between the last entry of something in flow style and a new one: each is on a
    /// line of its own where the last is.
    fn separator(&self, last: &Node) -> String {
        let start = self.text[..last.place.start].rfind('\n').map_or(0, |newline| newline + 1);
        let before = &self.text[start..last.place.start];
        if start > 0 && before.trim().is_empty() {
            format!(",{}{before}", self.newline)
        } else {
            ", ".to_owned()
        }
    }

    /// The lines of an entry in block style.
    fn block(&self, key: &str, want: &Want, indent: usize) -> Vec<String> {
        let mut lines = vec![];
        let margin = " ".repeat(indent);
        match want {
            Want::Scalar { .. } => lines.push(format!("{margin}{key}: {}", want.flow(false))),
            Want::Map(entries) => {
                lines.push(format!("{margin}{key}:"));
                entries.iter().for_each(|(key, value)| {
                    lines.extend(self.block(key, value, indent + self.step))
                });
            }
            Want::List(items) => {
                lines.push(format!("{margin}{key}:"));
                items.iter().for_each(|item| lines.extend(self.item(item, indent + self.dash)));
            }
        }
        lines
    }

    /// The lines of an item in block style.
    fn item(&self, want: &Want, indent: usize) -> Vec<String> {
        let margin = " ".repeat(indent);
        match want {
            Want::Map(entries) => {
                let lines: Vec<String> = entries
                    .iter()
                    .flat_map(|(key, value)| self.block(key, value, indent + 2))
                    .collect();
                let dash = |(number, line): (usize, String)| {
                    if number == 0 { format!("{margin}- {}", line.trim_start()) } else { line }
                };
                lines.into_iter().enumerate().map(dash).collect()
            }
            _ => vec![format!("{margin}- {}", want.flow(false))],
        }
    }
}

/// The byte and column of the first dash of a list in block style.
fn dash(text: &str, list: &Node) -> (usize, usize) {
    let start = list.place.start;
    let is_dash = |at: usize| {
        text.get(at..).is_some_and(|text| {
            text.starts_with("- ") || text.starts_with("-\n") || text.starts_with("-\r")
        })
    };
    let before = text.get(..start).unwrap_or("").trim_end();
    let at = if is_dash(start) || !before.ends_with('-') { start } else { before.len() - 1 };
    let line = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    (at, text[line..at].chars().count() + 1)
}

/// The entry of a key that stands in this very mapping.
fn own<'n>(node: &'n Node, name: &str) -> Option<Entry<'n>> {
    let Value::Map(entries) = &node.value else { return None };
    entries.iter().find(|(key, _)| key.text() == Some(name)).map(|(key, value)| (key, value))
}

/// Whether something in flow style is written as JSON: its keys are quoted.
fn is_json(node: &Node, text: &str) -> bool {
    match &node.value {
        Value::Map(entries) => {
            node.flow && entries.first().is_some_and(|(key, _)| key_is_quoted(key, text))
        }
        Value::List(items) => {
            node.flow
                && items.first().is_some_and(|item| {
                    is_json(item, text) || text[item.place.start..].starts_with('"')
                })
        }
        Value::Scalar(_) => false,
    }
}

fn key_is_quoted(key: &Node, text: &str) -> bool {
    text.get(key.place.start..).is_some_and(|text| text.starts_with('"'))
}

/// Refuses to add a capability that is dropped by name as well.
fn dropped(capabilities: &Node, wants: &[(String, Want)]) -> Result<(), String> {
    let Some(Want::List(adds)) = wants.iter().find(|(key, _)| key == "add").map(|(_, want)| want)
    else {
        return Ok(());
    };
    let drops = capabilities.get("drop").and_then(|list| list.items()).unwrap_or(&[]);
    for add in adds {
        if let Want::Scalar { text, .. } = add
            && drops
                .iter()
                .filter_map(|item| item.text())
                .any(|item| capability(item).is_some() && capability(item) == capability(text))
        {
            return Err(format!("`capabilities.drop` has {text} by name: take it out there first"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
