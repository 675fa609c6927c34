//! `devcontainer.json` (containers.dev): read as the `docker run` that the dev container CLI makes
//! of it, or as the service of a compose file with what it puts upon that.

mod edit;
mod images;
mod read;
mod spell;
#[cfg(test)]
mod tests;

use super::dialect::{Candidate, Dialect, Sure};
use crate::parse::glob;

/// What such files are called.
const NAMES: &[&str] = &["devcontainer.json", ".devcontainer.json"];

// The keys that several parts here have to do with.
const CAP_ADD: &str = "capAdd";
const COMPOSE: &str = "dockerComposeFile";
const ENV: &str = "containerEnv";
const MOUNTS: &str = "mounts";
const PRIVILEGED: &str = "privileged";
const REMOTE_USER: &str = "remoteUser";
const CONTAINER_USER: &str = "containerUser";
const RUN_ARGS: &str = "runArgs";
const SECURITY: &str = "securityOpt";
const WORKSPACE: &str = "workspaceMount";

/// The container of a devcontainer.json.
pub(super) static DIALECT: Dialect = Dialect {
    id: "devcontainer",
    name: "a devcontainer.json",
    files: NAMES,
    blocks: None,
    // What runs does not tell what started it.
    engines: &[],
    recognises: |file| Sure::yes_if(recognises(file)),
    read: read::read,
    spell: spell::lines,
    edit: edit::plan,
};

/// What is run in the container; `initializeCommand` is run outside.
const COMMANDS: &[&str] = &[
    "onCreateCommand", "updateContentCommand", "postCreateCommand", "postStartCommand",
    "postAttachCommand",
];

/// What a file has under another name: a container, and something that only such files say.
const CONTAINERS: &[&str] = &["image", "build", "dockerFile", COMPOSE];
const OWN: &[&str] = &[
    RUN_ARGS, CONTAINER_USER, REMOTE_USER, CAP_ADD, SECURITY, "customizations", "features",
    "forwardPorts", "postCreateCommand", "postStartCommand", "workspaceFolder", WORKSPACE,
];

fn recognises(file: &Candidate<'_>) -> bool {
    let named = |pattern: &&str| glob::ends(file.input.path, pattern);
    let Ok([root]) = file.documents() else { return NAMES.iter().any(named) };
    let has = |keys: &[&str]| keys.iter().any(|key| root.get(key).is_some());
    NAMES.iter().any(named) || root.flow && has(CONTAINERS) && has(OWN)
}
