//! Changes to a container of a manifest, or of values of the worker's Helm chart, as patches.

use super::spell::{self, Level};
use crate::deploy::Container;
use crate::deploy::container::{Key, Spot};
use crate::deploy::defaults::capability;
use crate::deploy::edit::{Planned, Source};
use crate::deploy::setting::Change;
use crate::deploy::yaml::patch::{Layout, Op, Patch};
use crate::deploy::yaml::{Data, Node};

const CHANGED: &str = "the file has changed since it was read";
const NO_FIELD: &str = "a manifest has no such field";

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
    let fields =
        if *pod == 0 { of_values(root, path, changes)? } else { of_manifest(path, *pod, changes)? };
    let mut patches = vec![];
    for (way, value) in fields {
        patch(root, way, value, &mut patches)?;
    }
    let layout = Layout { long: &[*pod, path.len()], after: &["image", "name"] };
    Planned::patched(source, *document, patches, layout)
}

/// The way to a field, and what it has to say.
type Field = (Vec<Key>, Data);

fn way(path: &[Key], keys: &[&str]) -> Vec<Key> {
    path.iter().cloned().chain(keys.iter().map(|key| Key::Name((*key).to_owned()))).collect()
}

fn of_manifest(path: &[Key], pod: usize, changes: &[Change]) -> Result<Vec<Field>, String> {
    let mut fields = vec![];
    for change in changes {
        let (level, key, value) = spell::field(change).ok_or(NO_FIELD)?;
        let way = match level {
            Level::Pod => way(path.get(..pod).unwrap_or(path), &[key]),
            Level::SecurityContext => way(path, &["securityContext", key]),
            Level::Container => way(path, &[key]),
        };
        fields.push((way, value));
    }
    Ok(fields)
}

/// The same for a worker group, whose keys have other names.
fn of_values(root: &Node, path: &[Key], changes: &[Change]) -> Result<Vec<Field>, String> {
    let group = match path {
        [Key::Name(chart), Key::Name(groups), _]
            if chart == "windmill" && groups == "workerGroups" =>
        {
            root.at(path).ok_or(CHANGED)?
        }
        _ => {
            return Err(
                "a container that values add to a pod is edited in the values by hand".into()
            );
        }
    };
    let mut privileged = group.get("privileged").and_then(|node| node.boolean()).unwrap_or(true);
    let (mut fields, mut of_context) = (vec![], false);
    for change in changes {
        if let Change::Privileged(on) = change {
            privileged = *on;
            fields.push((way(path, &["privileged"]), Data::from(*on)));
            continue;
        }
        let (level, key, value) = spell::field(change).ok_or(NO_FIELD)?;
        of_context |= level == Level::SecurityContext;
        let way = match level {
            Level::SecurityContext => way(path, &["containerSecurityContext", key]),
            Level::Container => way(path, &["extraEnv"]),
            Level::Pod => {
                return Err(format!(
                    "the chart has no value for the pod's `{key}`: patch what it renders"
                ));
            }
        };
        fields.push((way, value));
    }
    let nsjail = root.get("enterprise").and_then(|map| map.get("nsjail"));
    if of_context && (privileged || nsjail.is_some_and(|node| node.boolean() != Some(false))) {
        return Err("the chart ignores `containerSecurityContext` of a privileged worker group: \
            set `privileged: false` first"
            .into());
    }
    Ok(fields)
}

/// The patches that let a field say something beside what it says: mappings and lists keep what
/// else they have.
fn patch(root: &Node, path: Vec<Key>, value: Data, patches: &mut Vec<Patch>) -> Result<(), String> {
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
fn variable(root: &Node, path: &[Key], item: &Data) -> Result<Option<usize>, String> {
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
        )),
        found => Ok(found.map(|(index, _)| index)),
    }
}

/// Refuses to add a capability that is dropped by name as well.
fn dropped(root: &Node, path: &[Key], add: &Data) -> Result<(), String> {
    let Some((_, up @ [.., Key::Name(key)])) = path.split_last() else { return Ok(()) };
    let capabilities = root.at(up).filter(|_| key == "capabilities");
    let drops = capabilities.and_then(|map| map.get("drop")?.items()).unwrap_or_default();
    let same =
        |item: &str| capability(item).is_some() && capability(item) == capability(add.text());
    if drops.iter().filter_map(|item| item.text()).any(same) {
        return Err(format!(
            "`capabilities.drop` has {} by name: take it out there first",
            add.text()
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
