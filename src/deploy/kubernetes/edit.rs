//! Changes to a container of a manifest, as patches.

use super::spell::{self, Level};
use crate::deploy::container::{Key, WrittenAt, way};
use crate::deploy::defaults::capability;
use crate::deploy::edit::{EditError, EditRequest, PlannedEdits, SourceText};
use crate::deploy::setting::Change;
use crate::deploy::yaml::patch::{Layout, Op, Patch, without};
use crate::deploy::yaml::{Data, Node};

pub(in crate::deploy) const CHANGED: &str = "the file has changed since it was read";
const NO_FIELD: &str = "a manifest has no such field";
const OWN_KIND: &str = "what this kind takes for a whole pod is its own";

/// The edits that make these changes to a container.
///
/// # Errors
/// When they cannot be made safely; the text says why.
pub(super) fn plan(request: EditRequest<'_>) -> Result<PlannedEdits, EditError> {
    let EditRequest { source, spot, changes, .. } = request;
    let WrittenAt::Yaml { document, path, pod } = spot else {
        return Err(CHANGED.into());
    };
    let fields = of_manifest(path, *pod, changes)?;
    let context = way(path, &["securityContext"]);
    let root = source.documents()?.get(*document).ok_or(CHANGED)?;
    let kept = kept(root, &context, changes)?;
    patched(source, *document, fields, kept, &[*pod, path.len()])
}

/// The patches that drop capabilities no longer by name, in a security context.
pub(in crate::deploy) fn kept(
    root: &Node,
    context: &[Key],
    changes: &[Change],
) -> Result<Vec<Patch>, EditError> {
    let dropped = way(context, &["capabilities", "drop"]);
    let mut patches = vec![];
    for change in changes {
        if let Change::KeepCapability(bit) = change {
            patches.extend(without(root, &dropped, |item| capability(item) == Some(*bit))?);
        }
    }
    Ok(patches)
}

/// The edits that make fields of a document say something, and some patches beside, with mappings
/// of these depths that are long.
pub(in crate::deploy) fn patched(
    source: &SourceText<'_>,
    document: usize,
    fields: Vec<Field>,
    mut patches: Vec<Patch>,
    long: &[usize],
) -> Result<PlannedEdits, EditError> {
    let root = source.documents()?.get(document).ok_or(CHANGED)?;
    for (way, value) in fields {
        patch(root, way, value, &mut patches)?;
    }
    PlannedEdits::patched(source, document, patches, Layout { long, after: &["image", "name"] })
}

/// The way to a field, and what it has to say.
pub(in crate::deploy) type Field = (Vec<Key>, Data);

fn of_manifest(path: &[Key], pod: usize, changes: &[Change]) -> Result<Vec<Field>, EditError> {
    let mut fields = vec![];
    for change in changes.iter().filter(|change| !matches!(change, Change::KeepCapability(_))) {
        let (level, key, value) = spell::field(change).ok_or(NO_FIELD)?;
        let way = match level {
            Level::Pod if pod == 0 => return Err(OWN_KIND.into()),
            Level::Pod => way(path.get(..pod).unwrap_or(path), &[key]),
            Level::SecurityContext => way(path, &["securityContext", key]),
            Level::Container => way(path, &[key]),
        };
        fields.push((way, value));
    }
    Ok(fields)
}

/// The patches that let a field say something beside what it says: mappings and lists keep what
/// else they have.
fn patch(
    root: &Node,
    path: Vec<Key>,
    value: Data,
    patches: &mut Vec<Patch>,
) -> Result<(), EditError> {
    let op = match (value, path.last()) {
        // A profile's `type` and `localhostProfile` belong together.
        (profile, Some(Key::Name(key))) if key.ends_with("Profile") => Op::Set(profile),
        (Data::Map(entries), _) => {
            return entries
                .into_iter()
                .try_for_each(|(key, value)| patch(root, way(&path, &[&key]), value, patches));
        }
        (Data::List(items), _) => {
            let mut missing = vec![];
            for item in items {
                dropped(root, &path, &item)?;
                match variable(root, &path, &item)? {
                    Some(index) => {
                        let path = path.iter().cloned().chain([Key::Item(index)]).collect();
                        patch(root, path, item, patches)?;
                    }
                    None => missing.push(item),
                }
            }
            if missing.is_empty() {
                return Ok(());
            }
            Op::AddTo(missing)
        }
        (scalar, _) => Op::Set(scalar),
    };
    patches.push(Patch { path, op });
    Ok(())
}

/// The number of the variable that has the name of this one.
fn variable(root: &Node, path: &[Key], item: &Data) -> Result<Option<usize>, EditError> {
    let Data::Map(entries) = item else { return Ok(None) };
    let name = entries.iter().find(|(key, _)| key == "name").map(|(_, name)| name.text());
    let items = root.at(path).and_then(|list| list.items()).unwrap_or_default();
    let named =
        |item: &Node| name.is_some() && item.get("name").and_then(|node| node.text()) == name;
    let found = items.iter().enumerate().find(|(_, item)| named(item));
    match found {
        Some((_, item)) if item.get("valueFrom").is_some() => Err(format!(
            "the variable {} comes from elsewhere (`valueFrom`)",
            name.unwrap_or_default()
        )
        .into()),
        found => Ok(found.map(|(index, _)| index)),
    }
}

/// Refuses to add a capability that is dropped by name as well.
fn dropped(root: &Node, path: &[Key], add: &Data) -> Result<(), EditError> {
    let Some((_, up @ [.., Key::Name(key)])) = path.split_last() else { return Ok(()) };
    let capabilities = root.at(up).filter(|_| key == "capabilities");
    let drops = capabilities.and_then(|map| map.get("drop")?.items()).unwrap_or_default();
    let same =
        |item: &str| capability(item).is_some() && capability(item) == capability(add.text());
    if drops.iter().filter_map(|item| item.text()).any(same) {
        return Err(format!(
            "`capabilities.drop` has {} by name: take it out there first",
            add.text()
        )
        .into());
    }
    Ok(())
}

#[cfg(test)]
mod tests;
