//! The values of an answer: a verdict, how grave a finding is, and what can be done.

use clap::ValueEnum;
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

/// How grave a finding is; the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Severity {
    /// Something is unsafe or broken.
    Error,
    /// Something is not as it should be.
    Warning,
    /// Good to know.
    Note,
}

impl Severity {
    /// The word in the report.
    #[must_use]
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// Who can carry a remedy out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Who {
    /// The person who starts the program or the container.
    Deployer,
    /// The administrator of the host.
    HostAdmin,
    /// The administrator of the cluster.
    ClusterAdmin,
}

impl Who {
    /// The word in the report.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Deployer => "deployer",
            Self::HostAdmin => "host-admin",
            Self::ClusterAdmin => "cluster-admin",
        }
    }
}

/// How long a remedy holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lasts {
    /// For what is started in that way, each time that it is.
    ThisStart,
    /// Until the next boot.
    UntilReboot,
    /// Until somebody takes it back.
    ForGood,
}

/// One way to `supported`, in the words of the place where it is carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Advice {
    /// The ids of its remedies, joined by `+`.
    pub id: String,
    /// Who has to act.
    pub who: Who,
    /// How long it holds.
    pub lasts: Lasts,
    /// What is typed or written.
    pub commands: Vec<String>,
    /// What it gives up.
    pub weakens: String,
    /// How to take it back.
    pub undo: String,
    /// What it costs in protection.
    pub cost: u32,
    /// The verdict that is predicted with it applied.
    pub leads_to: Verdict,
}

impl Advice {
    /// What it gives up, in a word where that is nothing.
    pub(crate) fn gives_up(&self) -> &str {
        if self.weakens.is_empty() { "nothing" } else { &self.weakens }
    }
}
