//! The cheapest change that lets a container pass, as edits of the very file it comes from.

use super::edit::{Change, Edit};
use super::{Asked, asked};
use crate::remedy::{Action, Solution};
use crate::workload::Container;

/// The changes of a solution; `None` where it takes more than the file: the host, the cluster, or the job's own flags.
#[must_use]
pub fn changes(container: &Container, solution: &Solution) -> Option<Vec<Change>> {
    let mut changes = vec![];
    for action in solution.parts.iter().flat_map(|(_, how)| &how.actions) {
        changes.push(match action {
            Action::Run { option, key, value, .. } => Change::Option { option: option.clone(), key, value: value.clone() },
            Action::Pod(line) => Change::Pod(line.clone()),
            Action::SecurityContext(line) => Change::SecurityContext(line.clone()),
            // Only the worker reads the variable; whoever calls unshare has the flags elsewhere.
            Action::Flags => {
                let Asked { unshare, command, .. } = asked(container);
                if !unshare || command {
                    return None;
                }
                Change::Variable { name: "UNSHARE_ISOLATION_FLAGS", value: solution.plan.flags.join(" ") }
            }
            Action::Shell(_) => return None,
        });
    }
    Some(changes)
}

/// The first solution that the file alone can carry out and that proves good in it, and what it proved to be.
///
/// # Errors
/// When there is none; the text says why the cheapest is none.
pub fn first<T>(
    text: &str,
    container: &Container,
    solutions: &[Solution],
    mut prove: impl FnMut(&str, Vec<Edit>) -> Result<T, String>,
) -> Result<(String, T), String> {
    let mut why = None;
    for solution in solutions {
        let Some(changes) = changes(container, solution) else { continue };
        let id = solution.id();
        match super::edit::edits(text, container, &changes).and_then(|edits| prove(&id, edits)) {
            Ok(proved) => return Ok((id, proved)),
            Err(reason) => drop(why.get_or_insert(reason)),
        }
    }
    Err(why.unwrap_or_else(|| "nothing that this file can say lets it pass".to_owned()))
}
