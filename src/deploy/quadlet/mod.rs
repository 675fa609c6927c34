//! Quadlet, the units from which podman's generator makes systemd services
//! (podman-systemd.unit(5)). A `.container` is read as the `podman run` that it becomes; a `.kube`
//! refers to manifests, and a `.pod` counts for the containers that name it.

mod edit;
mod read;
mod spell;
#[cfg(test)]
mod tests;

use super::dialect::{Blocks, Dialect, Sure};
use super::systemd::unit;

const CONTAINER: &str = "Container";
const KUBE: &str = "Kube";
const POD: &str = "Pod";
const QUADLET: &str = "Quadlet";

/// The kinds of units by the endings of their names, and the sections that they have.
const KINDS: &[(&str, &str)] = &[
    ("container", CONTAINER),
    ("kube", KUBE),
    ("pod", POD),
    ("volume", "Volume"),
    ("network", "Network"),
    ("image", "Image"),
    ("build", "Build"),
];

/// A container in a unit of Quadlet.
pub(super) static DIALECT: Dialect = Dialect {
    id: "quadlet",
    name: "a unit of Quadlet",
    files: &["*.container", "*.kube", "*.pod"],
    blocks: Some(Blocks {
        languages: &["", "ini", "systemd", "conf", "unit", "quadlet", "text"],
        lines: &["[Container]", "[Kube]", "[Pod]"],
    }),
    // What runs already does not tell whether a unit started it.
    engines: &[],
    recognises: |file| Sure::yes_if(recognises(file.input.path, file.input.text)),
    read: |file, surroundings| {
        read::read(file, kind(file.input.path, file.input.text), surroundings)
    },
    spell: spell::lines,
    edit: edit::plan,
};

/// Whether a file is a unit of Quadlet: its name says so, or it is a unit with one of the sections
/// that have to do with containers. Others, of systemd alone, are none.
fn recognises(path: &str, text: &str) -> bool {
    match of_name(path) {
        Some(CONTAINER) => true,
        Some(_) => unit::begins_with_section(text),
        None => unit::begins_with_section(text) && of_sections(text).is_some(),
    }
}

/// The section that decides what kind of unit it is.
fn kind(path: &str, text: &str) -> Option<&'static str> {
    of_name(path).or_else(|| of_sections(text))
}

fn of_name(path: &str) -> Option<&'static str> {
    let extension = extension(path)?;
    KINDS.iter().find(|(kind, _)| *kind == extension).map(|(_, section)| *section)
}

fn of_sections(text: &str) -> Option<&'static str> {
    let has =
        |wanted: &&&str| text.lines().any(|line| unit::section(line.trim()) == Some(**wanted));
    [CONTAINER, KUBE, POD].iter().find(has).copied()
}

/// The ending of a file's name.
fn extension(path: &str) -> Option<&str> {
    path.rsplit('/').next()?.rsplit_once('.').map(|(_, extension)| extension)
}
