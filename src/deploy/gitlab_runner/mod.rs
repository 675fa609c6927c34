//! The configuration of GitLab Runner, `config.toml`: the containers that its Docker executor runs
//! jobs in (docs.gitlab.com, "Advanced configuration", `[runners.docker]`).

mod edit;
mod read;
mod spell;
#[cfg(test)]
mod tests;

use super::dialect::{Candidate, Dialect, Sure};

const CAP_ADD: &str = "cap_add";
const CAP_DROP: &str = "cap_drop";
const DEVICES: &str = "devices";
const ENVIRONMENT: &str = "environment";
const PRIVILEGED: &str = "privileged";
const SECURITY: &str = "security_opt";
const ULIMIT: &str = "ulimit";
const USER: &str = "user";

/// The containers of a runner's jobs.
pub(super) static DIALECT: Dialect = Dialect {
    id: "gitlab-runner",
    name: "a config.toml of GitLab Runner",
    files: &["config.toml", "*runner*.toml"],
    blocks: None,
    engines: &[],
    recognises: |file| Sure::yes_if(recognises(file)),
    read: read::read,
    spell: spell::lines,
    edit: edit::plan,
};

fn recognises(file: &Candidate<'_>) -> bool {
    file.block.is_none() && file.input.text.lines().any(|line| line.trim() == "[[runners]]")
}
