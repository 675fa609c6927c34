//! Compose files (<https://github.com/compose-spec/compose-spec>), several of them as `docker
//! compose -f A -f B` puts them together, and files of the old format 1. What compose does is taken
//! from compose-go and docker/compose.

use std::collections::HashMap;
use std::rc::Rc;

use self::project::{Base, Loader, ProjectFile};
use self::schema::Misfit;
use super::Engine;
use super::dialect::{Blocks, Dialect, Sure};
use super::read::{Deployment, Input, Surroundings};
use crate::deploy::place::BadInput;
use crate::deploy::yaml::{Node, Value, parse};
use crate::parse::spelling;

mod addresses;
mod built;
pub(crate) mod default_files;
mod dotenv;
pub(super) mod edit;
mod interpolation;
mod networks;
mod project;
mod references;
mod schema;
pub(super) mod service;
mod spell;
#[cfg(test)]
mod tests;
mod words;

/// A service of a compose file.
pub(super) static DIALECT: Dialect = Dialect {
    id: "compose",
    name: "a compose file",
    files: &["*.yml", "*.yaml", "*.json"],
    blocks: Some(Blocks {
        languages: &["", "yaml", "yml", "json", "compose", "docker-compose"],
        lines: &["services:", "\"services\":"],
    }),
    engines: &[Engine::Docker, Engine::Podman],
    recognises: |file| match file.documents() {
        Ok(documents) => match recognises(documents) {
            // A block of a document may show a part.
            Sure::Perhaps if file.block.is_some() => Sure::Yes,
            sure => sure,
        },
        Err(_) => Sure::No,
    },
    read: |file, surroundings| {
        let documents = file.documents()?.to_vec();
        read_documents(&[(file.input.file, documents)], file.block.is_none(), surroundings)
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
    "image", "build", "extends", "privileged", "cap_add", "security_opt", "container_name",
    "env_file", "provider",
];

/// How sure it is that a file with these documents is a compose file.
fn recognises(documents: &[Rc<Node>]) -> Sure {
    documents.iter().map(|document| of_document(document)).max().unwrap_or(Sure::No)
}

fn of_document(document: &Node) -> Sure {
    let Value::Map(entries) = &document.value else { return Sure::No };
    let known = |name: &str| TOP.contains(&name) || name.starts_with("x-") || name == "<<";
    let only_known = entries.iter().filter_map(|(key, _)| key.text()).all(known);
    let is_file = |item: &Rc<Node>| item.text().is_some() || item.get("path").is_some();
    let includes = || document.get("include").and_then(|node| node.items());
    match document.entry("services") {
        // A list of services is something else's, or a mistake.
        Some((_, services)) if only_known && services.items().is_some() => Sure::Perhaps,
        Some(_) if only_known => Sure::Yes,
        // With a key too many it is one as far as its services look like it; so do no manifests and
        // no Helm values.
        Some((_, services)) => {
            let of_compose = |service: &Node| {
                service.entries().iter().any(|(key, _, value)| {
                    OF_SERVICES.contains(key) && (*key != "image" || value.text().is_some())
                })
            };
            let looks = document.entry("apiVersion").is_none()
                && services.entries().iter().any(|(_, _, service)| of_compose(service));
            if looks { Sure::Perhaps } else { Sure::No }
        }
        None if only_known && includes().is_some_and(|files| files.iter().all(is_file)) => {
            Sure::Yes
        }
        None if is_format_1(document) => Sure::Yes,
        // Its author may have meant one: a part of it, or `services` misspelt.
        None => {
            let meant = |name: &str| spelling::is_slip("services", name);
            let may = entries.iter().filter_map(|(key, _)| key.text());
            let other = includes().is_some_and(|files| !files.iter().all(is_file));
            if !entries.is_empty() && !other && may.clone().all(|name| known(name) || meant(name)) {
                Sure::Unlikely
            } else {
                Sure::No
            }
        }
    }
}

/// Whether a document without services is one that `docker compose config` takes: it has other
/// parts of a project, and nothing else.
fn is_part(document: &Node) -> bool {
    let entries = document.entries();
    let of_project =
        |name: &str| TOP.contains(&name) && !["version", "name", "include"].contains(&name);
    let known = |name: &str| TOP.contains(&name) || name.starts_with("x-");
    entries.iter().all(|(name, ..)| known(name))
        && entries.iter().any(|(name, ..)| of_project(name))
}

/// Whether a document is a compose file of format 1: its keys are the services, each of which has
/// an image or is built, and no key that no service has.
fn is_format_1(document: &Node) -> bool {
    let Value::Map(entries) = &document.value else { return false };
    let is_service = |service: &Node| {
        let has = |key| service.get(key).is_some_and(|value| value.text().is_some());
        service.is_map()
            && service.entries().iter().all(|(key, ..)| service::is_key(key))
            && (has("image") || has("build") || service.get("extends").is_some())
    };
    !entries.is_empty() && entries.iter().all(|(_, service)| is_service(service))
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
        true,
        surroundings,
    )
}

/// The variables that an environment file such as `.env` sets.
#[must_use]
pub(crate) fn dotenv(text: &str, surroundings: &dyn Surroundings) -> HashMap<String, String> {
    let variables = dotenv::read(text, interpolation::Scope { surroundings, own: &None });
    variables.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// As [`read_project`], for files that are parsed already; `whole`: none of them is a part of a
/// document.
///
/// # Errors
/// When compose would refuse them.
pub(crate) fn read_documents(
    files: &[(u32, Vec<Rc<Node>>)],
    whole: bool,
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
    let incomplete = services.incomplete;
    if services.list.is_empty() && loader.findings.is_empty() {
        let of_project = |source: &ProjectFile| source.documents.iter().any(|it| is_part(it));
        return match sources.iter().any(of_project) {
            true => Ok(Deployment::of(&DIALECT)),
            false => Err(BadInput::whole("the file has no services")),
        };
    }
    // What a provider manages is no container (compose-spec 05-services.md, "provider").
    let own = |service: &project::Service| {
        !service.layers.iter().any(|layer| layer.node.get("provider").is_some())
    };
    let services: Rc<[project::Service]> = services.list.into_iter().filter(own).collect();
    service::name_images(&services, &base, &mut loader);
    let mut containers = Vec::with_capacity(services.len());
    // Compose refuses the file for what is wrong with one service; what is to be known of the
    // others is not lost.
    let mut broken = None;
    let documents = sources.iter().flat_map(|source| &source.documents);
    for document in documents.filter(|node| whole && node.entry("services").is_some()) {
        for Misfit { place, why, .. } in schema::of_file(document) {
            let why = format!("{why}: docker compose refuses the file");
            broken = BadInput::first(broken, BadInput::at(place, why));
        }
    }
    let mut declared = std::mem::take(&mut loader.declared);
    declared.hosts = networks::of_host(&sources);
    // What has no image is put upon another file.
    let is_made = |service: &project::Service| {
        let has = |key| service.layers.iter().any(|layer| layer.node.get(key).is_some());
        has("image") || has("build")
    };
    declared.whole = whole && !incomplete && services.iter().all(is_made);
    let mut names = Vec::with_capacity(services.len());
    for service in services.iter() {
        let known = loader.findings.len();
        let name = networks::container_name(service);
        match service::read(service, containers.len(), &base, &declared, &mut loader) {
            Ok(container) => {
                containers.push(container);
                names.push(name);
            }
            Err(bad) => {
                loader.findings.truncate(known);
                for bad in service::all_wrong(service, bad) {
                    broken = BadInput::first(broken, bad);
                }
            }
        }
    }
    networks::follow(&mut containers, &names);
    let Loader { mut findings, refused, .. } = loader;
    if let Some(refused) = &refused {
        service::refuse_others(refused, &mut containers, &mut findings);
    }
    let read = Deployment { containers, findings, broken, incomplete, ..Deployment::of(&DIALECT) };
    read.judged()
}
