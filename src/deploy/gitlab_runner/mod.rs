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

/// A chart's values and a document may show such a file, and are none: it begins as TOML does.
fn recognises(file: &Candidate<'_>) -> bool {
    let mut lines = file.input.text.lines().map(str::trim);
    let has_runners = lines.clone().any(|line| line == "[[runners]]");
    let first = lines.find(|line| !line.is_empty() && !line.starts_with('#')).unwrap_or("");
    let is_toml = first.starts_with('[') || first.contains('=');
    file.block.is_none() && has_runners && is_toml
}
