//! Settings written into the very file that a container comes from, its comments and formatting
//! kept.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::HashSet;
use std::error::Error;
use std::fmt;
use std::ops::Range;
use std::rc::Rc;

use crate::deploy::container::{Key, WrittenAt};
use crate::deploy::defaults::capability;
use crate::deploy::devices;
use crate::deploy::security_opt::SecurityOpt;
use crate::deploy::setting::Change;
use crate::deploy::yaml::patch::{self, Layout, Patch, PatchError};
use crate::deploy::yaml::{self, Node};
use crate::deploy::{BadInput, Container};

/// A piece of the text to replace.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Edit {
    /// The bytes to replace; an empty range inserts.
    pub range: Range<usize>,
    /// What to put there.
    pub text: String,
}

/// Why changes are not made in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum EditError {
    /// What stands in the way.
    Refused(Cow<'static, str>),
    /// The file cannot be read.
    Unreadable(BadInput),
    /// Its YAML cannot be patched.
    Patch(PatchError),
}

impl fmt::Display for EditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(why) => f.write_str(why),
            Self::Unreadable(why) => why.fmt(f),
            Self::Patch(why) => why.fmt(f),
        }
    }
}

impl Error for EditError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Refused(_) => None,
            Self::Unreadable(why) => Some(why),
            Self::Patch(why) => Some(why),
        }
    }
}

impl From<&'static str> for EditError {
    fn from(why: &'static str) -> Self {
        Self::Refused(why.into())
    }
}

impl From<String> for EditError {
    fn from(why: String) -> Self {
        Self::Refused(why.into())
    }
}

impl From<BadInput> for EditError {
    fn from(why: BadInput) -> Self {
        Self::Unreadable(why)
    }
}

impl From<PatchError> for EditError {
    fn from(why: PatchError) -> Self {
        Self::Patch(why)
    }
}

/// A text to edit. It is parsed once, however many containers stand in it.
pub(crate) struct SourceText<'t> {
    pub(super) text: &'t str,
    tree: OnceCell<Result<Vec<Rc<Node>>, BadInput>>,
}

impl<'t> SourceText<'t> {
    #[must_use]
    pub(crate) fn new(text: &'t str) -> Self {
        Self { text, tree: OnceCell::new() }
    }

    pub(crate) fn text(&self) -> &'t str {
        self.text
    }

    pub(super) fn documents(&self) -> Result<&[Rc<Node>], EditError> {
        // The places that matter here are bytes: no number of a file is asked for.
        let parsed = self.tree.get_or_init(|| yaml::parse(0, self.text));
        parsed.as_deref().map_err(|why| why.clone().into())
    }
}

/// Changes that are asked for, of a container that stands at a spot of a text.
#[derive(Clone, Copy)]
pub(crate) struct EditRequest<'a> {
    pub source: &'a SourceText<'a>,
    pub container: &'a Container,
    pub spot: &'a WrittenAt,
    pub changes: &'a [Change],
}

impl<'a> EditRequest<'a> {
    /// Changes of a container at the spot that its reader names.
    #[cfg(test)]
    pub(super) fn of(
        source: &'a SourceText<'a>,
        container: &'a Container,
        changes: &'a [Change],
    ) -> Self {
        Self { source, container, spot: &container.spot, changes }
    }

    /// Where in a document of YAML the container stands.
    pub(super) fn yaml(self) -> Result<YamlSpot<'a>, EditError> {
        let WrittenAt::Yaml { document, path, .. } = self.spot else { return Err(CHANGED.into()) };
        let root = self.source.documents()?.get(*document).ok_or(CHANGED)?;
        let node = root.at(path).ok_or(CHANGED)?;
        Ok(YamlSpot { document: *document, root, path, node })
    }
}

/// Where in a document of YAML a container stands.
pub(super) struct YamlSpot<'a> {
    /// The number of the document.
    pub document: usize,
    pub root: &'a Node,
    /// The way to the container.
    pub path: &'a [Key],
    pub node: &'a Node,
}

/// The edits that make changes to one container.
#[derive(Debug, Default)]
pub(crate) struct PlannedEdits {
    pub edits: Vec<Edit>,
    /// Whether the container takes settings over from another, so that what is done for that one
    /// may do for both.
    pub inherits: bool,
    /// The patches that they make, where the file is YAML, and the number of their document.
    patches: (usize, Vec<Patch>),
}

impl PlannedEdits {
    /// Edits that nothing is said of beside.
    pub(crate) fn of(edits: Vec<Edit>) -> Self {
        Self { edits, ..Self::default() }
    }

    /// The same with more edits, which together are one patch of the same document.
    pub(super) fn and(mut self, edits: Vec<Edit>, patch: Patch) -> Self {
        self.edits.extend(edits);
        self.patches.1.push(patch);
        self
    }

    /// The edits that make patches of a document.
    pub(super) fn patched(
        source: &SourceText<'_>,
        document: usize,
        patches: Vec<Patch>,
        layout: Layout<'_>,
    ) -> Result<Self, EditError> {
        let root = source.documents()?.get(document).ok_or(CHANGED)?;
        let text = yaml::commented(source.text);
        let edits = patch::edits(&text, root, &patches, layout)?;
        Ok(Self { edits, inherits: false, patches: (document, patches) })
    }
}

/// What makes changes in the text of one container. A capability that is added is dropped by name
/// no longer: engines refuse both.
pub(super) trait Editor {
    /// Why a capability cannot be kept that is not dropped by name here.
    const NOT_DROPPED: &'static str = CHANGED;

    /// Drops a capability no longer by name; whether it was dropped.
    fn keep(&mut self, bit: u32) -> Result<bool, EditError>;

    /// Makes any other change.
    fn put(&mut self, change: &Change) -> Result<(), EditError>;

    /// Makes changes, one after the other.
    fn make(&mut self, changes: &[Change]) -> Result<(), EditError> {
        for change in changes {
            let dropped = match change {
                Change::AddCapability(bit) | Change::KeepCapability(bit) => self.keep(*bit)?,
                _ => false,
            };
            match change {
                Change::KeepCapability(_) if dropped => {}
                Change::KeepCapability(_) => return Err(Self::NOT_DROPPED.into()),
                other => self.put(other)?,
            }
        }
        Ok(())
    }
}

/// Whether two items of a list of this name are about the same thing, so that one goes in the
/// place of the other.
pub(super) fn are_about_one(list: &str, one: &str, other: &str) -> bool {
    match list {
        "security_opt" => SecurityOpt::are_about_one(one, other),
        "devices" => devices::are_about_one(one, other),
        _ => capability(one) == capability(other),
    }
}

/// A list of strings that is written as `[A, B]`.
pub(super) struct BracketedList<'a> {
    /// The whole list.
    pub range: Range<usize>,
    /// What each item says, where that can be told, and where it stands.
    pub items: Vec<(Option<&'a str>, Range<usize>)>,
}

impl BracketedList<'_> {
    /// Puts an item in the place of the last one about the same thing, or behind all.
    pub(super) fn put(
        &self,
        edits: &mut Vec<Edit>,
        item: &str,
        quoted: fn(&str) -> String,
        same: impl Fn(&str) -> bool,
    ) {
        let text = quoted(item);
        let known = self.items.iter().rfind(|(known, _)| known.is_some_and(&same));
        if let Some((known, range)) = known {
            if *known != Some(item) {
                edits.push(Edit { range: range.clone(), text });
            }
            return;
        }
        let last = self.items.last().map(|(_, range)| range.end);
        let at = last.unwrap_or(self.range.end.saturating_sub(1));
        match edits.iter_mut().find(|edit| edit.range == (at..at)) {
            Some(before) => before.text.push_str(&format!(", {text}")),
            None => {
                let text = if last.is_some() { format!(", {text}") } else { text };
                edits.push(Edit { range: at..at, text });
            }
        }
    }

    /// Takes items out of the list in a text; whether there were any.
    pub(super) fn take_out(
        &self,
        text: &str,
        edits: &mut Vec<Edit>,
        goes: impl Fn(&str) -> bool,
    ) -> bool {
        let stays = |(item, _): &&(Option<&str>, Range<usize>)| !item.is_some_and(&goes);
        let stay = self.items.iter().filter(stays);
        let stay: Vec<&str> = stay.filter_map(|(_, range)| text.get(range.clone())).collect();
        let any = stay.len() < self.items.len();
        if any {
            let text = format!("[{}]", stay.join(", "));
            edits.push(Edit { range: self.range.clone(), text });
        }
        any
    }
}

/// Why nothing can be planned where the file says something else than when it was read.
pub(super) const CHANGED: &str = "the file has changed";

/// The text with the edits made; they must not overlap.
#[must_use]
pub(crate) fn apply(text: &str, edits: &[Edit]) -> String {
    let mut sorted: Vec<&Edit> = edits.iter().collect();
    sorted.sort_by_key(|edit| (edit.range.start, edit.range.end));
    let (mut result, mut at) = (String::with_capacity(text.len()), 0);
    for edit in sorted {
        result.push_str(text.get(at..edit.range.start).unwrap_or(""));
        result.push_str(&edit.text);
        at = edit.range.end;
    }
    result.push_str(text.get(at..).unwrap_or(""));
    result
}

/// The edits that make changes to a container at one of its spots.
///
/// # Errors
/// When it cannot be done safely; the text says why.
pub(crate) fn plan(request: EditRequest<'_>) -> Result<PlannedEdits, EditError> {
    match request.spot {
        WrittenAt::Block { range, spot } => {
            let by_hand = "the block is inside a list or a quotation: change it by hand";
            let range = range.clone().ok_or(by_hand)?;
            let part = SourceText::new(request.source.text.get(range.clone()).ok_or(CHANGED)?);
            let mut planned = plan(EditRequest { source: &part, spot, ..request })?;
            written(&part, &[&planned])?;
            for edit in &mut planned.edits {
                edit.range = edit.range.start + range.start..edit.range.end + range.start;
            }
            Ok(PlannedEdits { inherits: planned.inherits, ..PlannedEdits::of(planned.edits) })
        }
        WrittenAt::Yaml { .. } | WrittenAt::Text { .. } => {
            (request.container.dialect.edit)(request)
        }
        WrittenAt::Several(_) | WrittenAt::None => Err(
            "the command is inside a string, or its options come from a variable: change it by \
                hand"
                .into(),
        ),
    }
}

/// The text with everything made that was planned for it.
///
/// # Errors
/// When the plans get in each other's way, or the result says something else than was asked for.
pub(crate) fn written(
    source: &SourceText<'_>,
    planned: &[&PlannedEdits],
) -> Result<String, EditError> {
    // The containers of a pod may each ask for the same setting of the pod.
    let mut known = HashSet::new();
    let edits = planned.iter().flat_map(|planned| &planned.edits);
    let edits: Vec<Edit> = edits.filter(|edit| known.insert(*edit)).cloned().collect();
    let text = apply(source.text, &edits);
    let patches = planned.iter().flat_map(|planned| {
        let (document, patches) = &planned.patches;
        patches.iter().map(|patch| (*document, patch))
    });
    let patches: Vec<_> = patches.collect();
    if !patches.is_empty() {
        patch::check(source.documents()?, &text, patches)?;
    }
    Ok(text)
}
