//! The cheapest change that lets a container pass, as edits of the very files it comes from.

use std::collections::HashMap;

use super::{Judged, asks_for, isolates_itself};
use crate::deploy::container::Spot;
use crate::deploy::edit::{self, Planned, Source};
use crate::deploy::setting::Change;
use crate::deploy::{Container, FileId};
use crate::mechanisms::unshare;
use crate::remedy::{Action, Solution};

/// The changes of a solution; `None` where it takes more than the file: the host, the cluster, or
/// the job's own flags.
fn changes(container: &Container, solution: &Solution) -> Option<Vec<Change>> {
    let mut changes: Vec<Change> = solution.changes().into_iter().cloned().collect();
    for action in solution.actions() {
        match action {
            // Only the worker reads the variable; whoever calls unshare has the flags elsewhere.
            Action::Flags => {
                if !asks_for(container, &unshare::MECHANISM) || isolates_itself(container) {
                    return None;
                }
                changes.push(solution.flags());
            }
            Action::Shell(_) | Action::Unit(_) => return None,
            Action::Set(_) | Action::Running(_) => {}
        }
    }
    Some(changes)
}

/// One way to let a container pass: what is done, in which file, by which edits.
pub(crate) struct Attempt {
    /// The ids of its remedies.
    pub remedy: String,
    /// The file.
    pub file: FileId,
    /// The edits.
    pub planned: Planned,
}

/// The first attempt from this number on, with its number. They are in the order of preference: the
/// cheapest solution first, and of the files that could say it that in which the setting that
/// decides stands, then that in which the least changes.
///
/// # Errors
/// When there is none; the text says why.
pub(crate) fn attempt(
    judged: &Judged,
    container: &Container,
    from: usize,
    sources: &HashMap<FileId, Source<'_>>,
) -> Result<(usize, Attempt), String> {
    let mut why = "nothing that this file can say lets it pass".to_owned();
    let decides = judged.decides(container).file;
    let spots: Vec<(FileId, &Spot)> = match &container.spot {
        Spot::Several(spots) => spots.iter().map(|(file, spot)| (*file, spot)).collect(),
        spot => vec![(container.place.file, spot)],
    };
    let mut number = 0;
    for solution in judged.solutions() {
        let Some(changes) = changes(container, solution) else { continue };
        let mut of_files = vec![];
        for (file, spot) in &spots {
            let planned = match sources.get(file) {
                Some(source) => edit::plan(source, container, spot, &changes),
                None => {
                    Err("it stands in a file that was not given: fix that file alone".to_owned())
                }
            };
            match planned {
                Ok(planned) => {
                    of_files.push(Attempt { remedy: solution.id(), file: *file, planned })
                }
                Err(reason) => why = reason,
            }
        }
        let size = |attempt: &Attempt| {
            attempt
                .planned
                .edits
                .iter()
                .map(|edit| edit.range.len() + edit.text.len())
                .sum::<usize>()
        };
        of_files.sort_by_key(|attempt| (attempt.file != decides, size(attempt)));
        for attempt in of_files {
            if number == from {
                return Ok((number, attempt));
            }
            number += 1;
        }
    }
    Err(why)
}
