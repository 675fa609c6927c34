//! Containers that are only planned, as deployment files describe them, and the facts inside them.

pub(crate) mod admission;
pub(crate) mod container;
pub(crate) mod defaults;
mod indent;
pub(crate) mod inside;
pub(crate) mod place;
pub(crate) mod profile;
pub(crate) mod read;
pub(crate) mod yaml;

pub(crate) use container::{Container, Engine};
pub(crate) use place::{At, BadInput, FileId, Place};
