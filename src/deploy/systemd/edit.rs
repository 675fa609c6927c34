//! Settings written into the unit itself, its order, comments and ends of lines kept.

use super::SERVICE;
use super::spell::{self, UnitAssignment};
use super::unit::{UnitFile, UnitLines};
use crate::deploy::edit::{Edit, EditError, EditRequest, PlannedEdits};

/// The edits that make these changes to the service of a unit: the last value of a key where it
/// counts alone, else a line behind the others of the key, else one at the end of the section.
///
/// # Errors
/// When they cannot be made safely; the text says why.
pub(super) fn plan(request: EditRequest<'_>) -> Result<PlannedEdits, EditError> {
    let EditRequest { source, changes, .. } = request;
    let text = source.text;
    let first = (!super::unit::begins_with_section(text)).then_some(SERVICE);
    let (unit, fault) = UnitFile::of_systemd(text, first);
    fault.map_or(Ok(()), |fault| Err(fault.why))?;
    let (mut edits, mut lines) = (vec![], UnitLines::of(&unit, SERVICE, text));
    for change in changes {
        let assignments = spell::assignments(change);
        if assignments.is_empty() {
            return Err("systemd has no setting for it".into());
        }
        for UnitAssignment { key, value, adds } in assignments {
            let old = unit.last(SERVICE, key);
            // A switch says it for the whole list.
            let switch = |value: &str| super::service::truth(value.trim()).is_some();
            match old {
                Some(old) if !adds || switch(&old.value.text) => {
                    edits.push(Edit { range: old.range.clone(), text: value })
                }
                Some(old) => {
                    edits.extend([lines.behind(old, &format!("{key}={value}"))?]);
                }
                None => lines.add(format!("{key}={value}")),
            }
        }
    }
    edits.extend(lines.finish()?);
    Ok(PlannedEdits::of(edits))
}
