//! Jobs of Nomad (developer.hashicorp.com/nomad, "Job Specification"): the tasks that the drivers
//! `docker` and `podman` run, and those of other drivers that isolate by themselves.

mod edit;
mod hcl;
mod read;
mod spell;
#[cfg(test)]
mod tests;

use super::dialect::{Candidate, Dialect, Sure};

const CAP_ADD: &str = "cap_add";
const CAP_DROP: &str = "cap_drop";
const CONFIG: &str = "config";
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
    files: &["*.nomad", "*.hcl"],
    blocks: None,
    engines: &[],
    recognises: |file| Sure::yes_if(recognises(file)),
    read: read::read,
    spell: spell::lines,
    edit: edit::plan,
};

/// Whether a file has a job, and a task in it.
fn recognises(file: &Candidate<'_>) -> bool {
    let begins = |kind: &str| {
        file.input.text.lines().any(|line| {
            let rest = line.trim_start().strip_prefix(kind);
            rest.is_some_and(|rest| rest.trim_start().starts_with('"'))
        })
    };
    file.block.is_none() && !file.is_script() && begins("job") && begins("task")
}
