//! The ways to write down containers. A row of this table is all that joins a dialect to the rest:
//! its folder reads it, spells changes in it, and edits it.

use super::container::{Container, Engine, Spot};
use super::edit::{Planned, Source};
use super::setting::Change;
use super::{command, compose, kubernetes, values};

/// A way to write down containers.
pub(crate) struct Dialect {
    /// Its id.
    pub id: &'static str,
    /// Whose containers are commonly written down in it, so that a remedy for a container that
    /// runs is spelled in it as well.
    pub engines: &'static [Engine],
    /// Changes as a person would write them, in lines. What the dialect has no words for is left
    /// out.
    pub spell: fn(Engine, &[&Change]) -> Vec<String>,
    /// The edits that make changes to a container that stands at this spot of a text; an error
    /// says why they cannot be made safely.
    pub edit: fn(&Source<'_>, &Container, &Spot, &[Change]) -> Result<Planned, String>,
}

/// Every dialect, in the order in which remedies are spelled.
pub(crate) static DIALECTS: &[&Dialect] =
    &[&command::DIALECT, &compose::DIALECT, &kubernetes::DIALECT, &values::DIALECT];

impl std::fmt::Debug for Dialect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id)
    }
}
