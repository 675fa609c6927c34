//! Containers that are only planned, as deployment files describe them, and the facts inside them.

pub mod admission;
pub mod container;
pub mod defaults;
mod indent;
pub mod inside;
pub mod place;
pub mod profile;
pub mod read;
pub mod yaml;

pub use container::{Container, Engine, Settings};
pub use place::{At, BadInput, FileId, Place};
