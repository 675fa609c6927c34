//! Workflows of GitHub: the containers that jobs run in and the services beside them
//! (docs.github.com, "Workflow syntax"). What their steps start is read as everywhere.

mod edit;
mod options;
mod read;
#[cfg(test)]
mod tests;

use super::command;
use super::container::Engine;
use super::dialect::{Candidate, Dialect, Sure};
use super::setting::{Change, kept_capabilities};

const CONTAINER: &str = "container";
const ENV: &str = "env";
const IMAGE: &str = "image";
const JOBS: &str = "jobs";
const OPTIONS: &str = "options";
const SERVICES: &str = "services";

/// The containers of a workflow.
pub(super) static DIALECT: Dialect = Dialect {
    id: "github-workflow",
    name: "a GitHub workflow",
    files: &["*.yml", "*.yaml"],
    blocks: None,
    engines: &[],
    recognises: |file| Sure::yes_if(recognises(file)),
    read: read::read,
    spell: lines,
    edit: edit::plan,
};

/// Whether a file is a workflow with a container of its own, or with steps that isolate outside of
/// any.
fn recognises(file: &Candidate<'_>) -> bool {
    let Ok([root]) = file.documents() else { return false };
    let mut containers = ["jobs.*.container", "jobs.*.services.*"].iter();
    root.entry("on").is_some()
        && (containers.any(|place| !root.all_at(place).is_empty())
            || read::isolates_outside(file, root))
}

/// Changes as the options of a container, in lines.
fn lines(engine: Engine, changes: &[&Change]) -> Vec<String> {
    let options: Vec<String> = changes
        .iter()
        .filter_map(|change| Some(command::spell::option(engine, change)?.text()))
        .collect();
    let kept =
        kept_capabilities(changes).map(|name| format!("remove --cap-drop {name} from the options"));
    let line = (!options.is_empty()).then(|| {
        format!(
            "options: {}    # of the job's container; if it has some, add to them",
            options.join(" ")
        )
    });
    kept.chain(line).collect()
}
