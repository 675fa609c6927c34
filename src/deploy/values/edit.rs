//! Changes to a worker group in values of the worker's Helm chart, as patches.

use crate::deploy::container::way;
use crate::deploy::container::{Key, WrittenAt};
use crate::deploy::edit::{EditError, EditRequest, PlannedEdits};
use crate::deploy::kubernetes::edit::{CHANGED, Field, kept, patched};
use crate::deploy::kubernetes::spell::{self, Level};
use crate::deploy::setting::Change;
use crate::deploy::yaml::{Data, Node};

/// The edits that make these changes to a worker group.
///
/// # Errors
/// When they cannot be made safely, or the chart has no value for them.
pub(super) fn plan(request: EditRequest<'_>) -> Result<PlannedEdits, EditError> {
    let EditRequest { source, spot, changes, .. } = request;
    let WrittenAt::Yaml { document, path, .. } = spot else {
        return Err(CHANGED.into());
    };
    let root = source.documents()?.get(*document).ok_or(CHANGED)?;
    let fields = fields(root, path, changes)?;
    let context = way(path, &["containerSecurityContext"]);
    let kept = kept(root, &context, changes)?;
    patched(source, *document, fields, kept, &[path.len()])
}

/// The fields of a worker group, whose keys have other names than a container's.
fn fields(root: &Node, path: &[Key], changes: &[Change]) -> Result<Vec<Field>, EditError> {
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
        if let Change::KeepCapability(_) = change {
            of_context = true;
            continue;
        }
        let (level, key, value) = spell::field(change).ok_or("the chart has no such value")?;
        of_context |= level == Level::SecurityContext;
        let way = match level {
            Level::SecurityContext => way(path, &["containerSecurityContext", key]),
            Level::Container => way(path, &["extraEnv"]),
            Level::Pod => {
                return Err(format!(
                    "the chart has no value for the pod's `{key}`: patch what it renders"
                )
                .into());
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
