//! Dockerfiles: what they say of the image that they make, for the files that have it built; and
//! the instructions that isolate while it is built.

mod image;
mod instruction;
mod read;
#[cfg(test)]
mod tests;
mod variables;

use super::dialect::{Candidate, Dialect, Sure};
use crate::parse::glob;

pub(super) use image::{MadeImage, Named, image};
pub(super) use variables::Expanded;

/// What such files are called.
pub(super) const NAMES: &[&str] = &[
    "Dockerfile", "Dockerfile.*", "*.Dockerfile", "*.dockerfile", "Containerfile",
    "Containerfile.*",
];

/// The containers in which the instructions of a Dockerfile are run that isolate.
pub(crate) static DIALECT: Dialect = Dialect {
    id: "dockerfile",
    name: "a Dockerfile that isolates while it is built",
    files: NAMES,
    blocks: None,
    engines: &[],
    recognises: |file| Sure::yes_if(recognises(file)),
    read: read::read,
    // What a build may do is said by who starts it.
    spell: |_, _| vec![],
    edit: |_| Err("what a build may do is said to its builder, not here".into()),
};

fn recognises(file: &Candidate<'_>) -> bool {
    let named = |pattern: &&str| glob::ends(file.input.path, pattern);
    let known = NAMES.iter().any(named) && file.block.is_none();
    known && (read::isolates(file.input.text) || read::is_refused(file))
}
