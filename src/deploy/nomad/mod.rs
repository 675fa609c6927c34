//! Jobs of Nomad (developer.hashicorp.com/nomad, "Job Specification"): the tasks that the drivers
//! `docker` and `podman` run, and those of other drivers that isolate by themselves.

mod edit;
mod hcl;
mod json;
mod read;
mod schema;
mod spell;
#[cfg(test)]
mod tests;

use super::command::is_document;
use super::dialect::{Candidate, Dialect, Sure};

const CAP_ADD: &str = "cap_add";
const CAP_DROP: &str = "cap_drop";
const CONFIG: &str = "config";
const DEVICES: &str = "devices";
const ENV: &str = "env";
const PIDS_LIMIT: &str = "pids_limit";
const PRIVILEGED: &str = "privileged";
const SECURITY: &str = "security_opt";
const ULIMIT: &str = "ulimit";
const USER: &str = "user";

/// The tasks of a job.
pub(super) static DIALECT: Dialect = Dialect {
    id: "nomad",
    name: "a job of Nomad",
    files: &["*.nomad", "*.hcl", "*.nomad.json"],
    blocks: None,
    engines: &[],
    recognises: |file| Sure::yes_if(recognises(file)),
    read: read::read,
    spell: spell::lines,
    edit: edit::plan,
};

/// Whether a file has a job, and a task in it.
fn recognises(file: &Candidate<'_>) -> bool {
    let text = file.input.text;
    if is_json(text) {
        return file.documents().is_ok_and(|all| all.first().is_some_and(json::is_job));
    }
    // A block may begin behind the brace of another.
    let begins = |kind: &str| {
        text.lines().flat_map(|line| line.split('{')).any(|part| {
            let rest = part.trim_start().strip_prefix(kind);
            rest.is_some_and(|rest| rest.trim_start().starts_with('"'))
        })
    };
    let is_whole = file.block.is_none() && !file.is_script() && !is_document(file.input.path);
    is_whole && begins("job") && begins("task")
}

/// Whether a text is an object, which no HCL begins with.
fn is_json(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').trim_start().starts_with('{')
}
