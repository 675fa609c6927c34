//! Compose files (<https://github.com/compose-spec/compose-spec>), several of them as `docker
//! compose -f A -f B` puts them together, and files of the old format 1. What compose does is taken
//! from compose-go and docker/compose.

use std::collections::HashMap;
use std::rc::Rc;

use self::project::{Base, Loader, ProjectFile};
use super::Engine;
use super::dialect::{Blocks, Dialect, Sure};
use super::read::{Deployment, Input, Surroundings};
use crate::deploy::place::BadInput;
use crate::deploy::yaml::{Node, Value, parse};

mod dotenv;
pub(super) mod edit;
mod interpolation;
mod project;
pub(super) mod service;
mod spell;
#[cfg(test)]
mod tests;
mod words;

/// A service of a compose file.
pub(super) static DIALECT: Dialect = Dialect {
    id: "compose",
    name: "a compose file",
    blocks: Some(Blocks {
        languages: &["", "yaml", "yml", "json", "compose", "docker-compose"],
        lines: &["services:", "\"services\":"],
    }),
    engines: &[Engine::Docker, Engine::Podman],
    recognises: |file| match file.documents() {
        Ok(documents) if recognises(documents) => Sure::Yes,
        // Its author may have meant one.
        Ok(documents) if documents.iter().any(|document| document.is_map()) => Sure::Unlikely,
        _ => Sure::No,
    },
    read: |file, surroundings| {
        read_documents(&[(file.input.file, file.documents()?.to_vec())], surroundings)
    },
    spell: spell::lines,
    edit: edit::plan,
};

/// The keys that a compose file may have besides `x-...`.
const TOP: &[&str] = &[
    "version", "name", "include", "services", "models", "networks", "volumes", "secrets", "configs",
];

/// Keys of a service that no other kind of file has under `services`.
const OF_SERVICES: &[&str] = &[
    "image",
    "build",
    "extends",
    "privileged",
    "cap_add",
    "security_opt",
    "container_name",
    "env_file",
    "provider",
];

/// Whether a file with these documents is a compose file.
#[must_use]
pub(crate) fn recognises(documents: &[Rc<Node>]) -> bool {
    documents.iter().any(|document| is_compose(document) || is_format_1(document))
}

fn is_compose(document: &Node) -> bool {
    let Value::Map(entries) = &document.value else { return false };
    let mut names = entries.iter().filter_map(|(key, _)| key.text());
    let only_known =
        names.all(|name| TOP.contains(&name) || name.starts_with("x-") || name == "<<");
    match document.entry("services") {
        None => {
            only_known && document.get("include").is_some_and(|include| include.items().is_some())
        }
        Some(_) if only_known => true,
        // With a key too many it is one as far as its services look like it; so do no manifests and
        // no Helm values.
        Some((_, services)) => {
            document.entry("apiVersion").is_none()
                && services.entries().iter().any(|(_, _, service)| {
                    let keys = service.entries();
                    keys.iter().any(|(key, _, value)| {
                        OF_SERVICES.contains(key) && (*key != "image" || value.text().is_some())
                    })
                })
        }
    }
}

/// Whether a document is a compose file of format 1: its keys are the services.
fn is_format_1(document: &Node) -> bool {
    let Value::Map(entries) = &document.value else { return false };
    let mut found = false;
    for (key, value) in entries {
        let Some(name) = key.text() else { return false };
        if matches!(name, "services" | "apiVersion" | "kind") {
            return false;
        }
        if name == "version" || name.starts_with("x-") {
            continue;
        }
        if !value.is_map() {
            return false;
        }
        found |= ["image", "build", "extends"]
            .iter()
            .any(|key| value.get(key).is_some_and(|v| v.text().is_some() || *key != "image"));
    }
    found
}

/// Reads files that are put together, the later over the earlier. Relative paths start at the
/// first.
///
/// # Errors
/// When compose would refuse them; the place may be in any of them, or in a file that they name.
pub(crate) fn read_project(
    inputs: &[Input<'_>],
    surroundings: &mut dyn Surroundings,
) -> Result<Deployment, BadInput> {
    let sources: Result<Vec<ProjectFile>, BadInput> = inputs
        .iter()
        .map(|input| {
            Ok(ProjectFile { file: input.file, documents: parse(input.file, input.text)? })
        })
        .collect();
    read_documents(
        &sources?.into_iter().map(|source| (source.file, source.documents)).collect::<Vec<_>>(),
        surroundings,
    )
}

/// The variables that an environment file such as `.env` sets.
#[must_use]
pub(crate) fn dotenv(text: &str, surroundings: &dyn Surroundings) -> HashMap<String, String> {
    let variables = dotenv::read(text, interpolation::Scope { surroundings, own: &None });
    variables.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// As [`read_project`], for files that are parsed already.
///
/// # Errors
/// When compose would refuse them.
pub(crate) fn read_documents(
    files: &[(u32, Vec<Rc<Node>>)],
    surroundings: &mut dyn Surroundings,
) -> Result<Deployment, BadInput> {
    let Some(first) = files.first() else {
        return Err(BadInput::whole("no compose file is given"));
    };
    let base = Base::of(first.0);
    let sources: Vec<ProjectFile> = files
        .iter()
        .map(|(file, documents)| ProjectFile { file: *file, documents: documents.clone() })
        .collect();
    let empty =
        sources.iter().all(|source| source.documents.iter().all(|document| document.is_null()));
    if empty {
        return Err(BadInput::whole("the file is empty: a compose file has `services`"));
    }
    let mut loader = Loader::new(surroundings);
    let services = loader.project(&sources, &base, &None, 0)?;
    if services.list.is_empty() && loader.findings.is_empty() {
        return Err(BadInput::whole("the file has no services"));
    }
    let mut containers = Vec::with_capacity(services.list.len());
    for (number, service) in services.list.into_iter().enumerate() {
        containers.push(service::read(service, number, &base, &mut loader)?);
    }
    let Loader { findings, .. } = loader;
    Ok(Deployment { daemon: None, dialect: &DIALECT, containers, findings })
}
