//! Changes to a container definition, as patches.

use std::rc::Rc;

use super::read::named;
use super::spell::{self, EcsEntry};
use super::{DROP, SECURITY, ULIMITS};
use crate::deploy::Engine;
use crate::deploy::container::{Key, way};
use crate::deploy::defaults::capability;
use crate::deploy::edit::{EditError, EditRequest, Editor, PlannedEdits, YamlSpot};
use crate::deploy::security_opt::SecurityOpt;
use crate::deploy::setting::Change;
use crate::deploy::yaml::patch::{Layout, Op, Patch, without};
use crate::deploy::yaml::{Data, Node};

/// The edits that make these changes.
///
/// # Errors
/// When they cannot be made safely, or ECS has no key for them.
pub(super) fn plan(request: EditRequest<'_>) -> Result<PlannedEdits, EditError> {
    let EditRequest { source, container, changes, .. } = request;
    let YamlSpot { document, root, path, node } = request.yaml()?;
    let mut editor = EcsEditor { engine: container.engine, root, path, node, patches: vec![] };
    editor.make(changes)?;
    PlannedEdits::patched(source, document, editor.patches, Layout { long: &[], after: &[] })
}

struct EcsEditor<'a> {
    engine: Engine,
    root: &'a Node,
    path: &'a [Key],
    /// What stands there.
    node: &'a Node,
    patches: Vec<Patch>,
}

impl Editor for EcsEditor<'_> {
    fn keep(&mut self, bit: u32) -> Result<bool, EditError> {
        let dropped = |name: &str| capability(name) == Some(bit);
        let known = items(self.node, &DROP).iter().any(|item| item.text().is_some_and(dropped));
        if known {
            self.patches.extend(without(self.root, &way(self.path, &DROP), dropped)?);
        }
        Ok(known)
    }

    fn put(&mut self, change: &Change) -> Result<(), EditError> {
        let entry = spell::entry(self.engine, change).ok_or("a task definition has no such key")?;
        self.patches.push(patch(self.node, self.path, entry));
        Ok(())
    }
}

fn items<'n>(node: &'n Node, keys: &[&str]) -> &'n [Rc<Node>] {
    let list = node.at(&way(&[], keys));
    list.and_then(|list| list.items()).unwrap_or_default()
}

fn patch(node: &Node, path: &[Key], entry: EcsEntry) -> Patch {
    match entry {
        EcsEntry::Value(key, value) => Patch { path: way(path, &[key]), op: Op::Set(value) },
        EcsEntry::Item(keys, item) => {
            let same = |text: &str| keys == [SECURITY] && SecurityOpt::are_about_one(text, &item);
            let is_it = |known: &Rc<Node>| known.text().is_some_and(same);
            let at = items(node, keys).iter().rposition(is_it);
            let value = Data::from(item.as_str());
            let to = way(path, keys);
            match at {
                Some(at) => Patch { path: [to, vec![Key::Item(at)]].concat(), op: Op::Set(value) },
                None => Patch { path: to, op: Op::AddTo(vec![value]) },
            }
        }
        EcsEntry::Object(keys, value) => {
            Patch { path: way(path, keys), op: Op::AddTo(vec![value]) }
        }
        EcsEntry::Named(key, name, value) => {
            let to = way(path, &[key]);
            match named(node, key, name) {
                Some(at) => {
                    let to = [to, vec![Key::Item(at)]].concat();
                    // A hard limit that is higher stays.
                    let hard = items(node, &[key]).get(at).and_then(|item| item.get("hardLimit"));
                    let hard = hard.filter(|_| key == ULIMITS).and_then(|hard| hard.text());
                    Patch { path: to, op: Op::Set(raised(value, hard)) }
                }
                None => Patch { path: to, op: Op::AddTo(vec![value]) },
            }
        }
    }
}

/// A limit with the hard limit that there was, where that is higher.
fn raised(value: Data, hard: Option<&str>) -> Data {
    let Data::Map(mut entries) = value else { return value };
    let old: Option<u64> = hard.and_then(|hard| hard.parse().ok());
    for (key, value) in &mut entries {
        let new = value.text().parse().ok();
        if key == "hardLimit" && old > new {
            *value = Data::from(old.unwrap_or_default());
        }
    }
    Data::Map(entries)
}
