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

    /// Something seen where this fact was.
    pub(crate) fn at<T>(fact: &Fact<T>, value: impl ToString) -> Self {
        Self::new(fact.source.as_ref(), value)
    }

    /// A fact that decides nothing, and why not.
    pub(crate) fn of_doubt<T>(fact: &Fact<T>) -> Self {
        Self::at(fact, fact.state_text())
    }

    /// The state of a fact as evidence.
    pub(crate) fn of_state<T>(fact: &Fact<T>) -> Self {
        Self::at(fact, fact.state_name())
    }

    /// A list that was seen, or why there is none.
    pub(crate) fn of_list(fact: &Fact<Vec<String>>) -> Self {
        fact.value().map_or_else(|| Self::of_state(fact), |list| Self::at(fact, list.join(",")))
    }

    /// A known fact as evidence.
    pub(crate) fn of<T: ToString>(fact: &Fact<T>) -> Self {
        fact.value().map_or_else(|| Self::of_state(fact), |value| Self::at(fact, value.to_string()))
    }
}
