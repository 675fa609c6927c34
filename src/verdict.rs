//! The values of an answer: a verdict, and how grave a finding is.

use serde::{Deserialize, Serialize};

/// Whether something works. `Unknown` is never folded into one of the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It works.
    Supported,
    /// It is refused.
    Unsupported,
    /// Nothing decides it.
    Unknown,
}

impl Verdict {
    /// The word in the report.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Supported => "supported",
            Self::Unsupported => "unsupported",
            Self::Unknown => "unknown",
        }
    }

    /// The verdict on several things that are all required.
    #[must_use]
    pub fn all(verdicts: impl IntoIterator<Item = Self>) -> Self {
        let worst = |a: Self, b: Self| match (a, b) {
            (Self::Unsupported, _) | (_, Self::Unsupported) => Self::Unsupported,
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            _ => Self::Supported,
        };
        verdicts.into_iter().fold(Self::Supported, worst)
    }
}

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Severity {
    /// Something is unsafe or broken.
    Error,
    /// Something is not as it should be.
    Warning,
    /// Good to know.
    Note,
}
