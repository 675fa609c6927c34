//! What shows something to a reader of the report.

use serde::Serialize;

use super::Fact;

/// One thing that was seen, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Evidence {
    /// A path, a system call, or `$NAME`.
    pub source: String,
    pub value: String,
}

impl Evidence {
    /// Something seen at `source`.
    pub(crate) fn new(source: impl Into<String>, value: impl ToString) -> Self {
        Self { source: source.into(), value: value.to_string() }
    }

    /// A fact that decides nothing, and why not.
    pub(crate) fn of_doubt<T>(fact: &Fact<T>) -> Self {
        Self::new(fact.source.as_ref(), fact.state_text())
    }

    /// The state of a fact as evidence.
    pub(crate) fn of_state<T>(fact: &Fact<T>) -> Self {
        Self::new(fact.source.as_ref(), fact.state_name())
    }

    /// A known fact as evidence.
    pub(crate) fn of<T: ToString>(fact: &Fact<T>) -> Self {
        let value = fact.value().map_or_else(|| fact.state_name().to_owned(), ToString::to_string);
        Self::new(fact.source.as_ref(), value)
    }
}
