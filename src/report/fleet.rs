//! The report of `fleet --format json`, version 1. Fields may be added; none may change its name or
//! meaning.

use std::ops::AddAssign;

use serde::Serialize;

use super::Generator;
use crate::verdict::Verdict;

#[derive(Debug, Serialize)]
pub(crate) struct FleetReport {
    /// The version of the report.
    pub schema_version: u32,
    /// Who wrote it.
    pub tool: Generator,
    /// The verdict on all hosts; `unknown` where there is none.
    pub verdict: Verdict,
    /// How many hosts there are, by their verdicts.
    pub hosts: Verdicts,
    pub read: ReadCount,
    pub named_by: NamedBy,
    /// What could not be read.
    pub unreadable: UnreadCount,
    /// The mechanisms, the most required first.
    pub mechanisms: Vec<AnswerCount>,
    /// The ways in the order in which each frees most of the hosts that are left.
    pub first: Vec<FreeingStep>,
    /// The hosts that are refused something and have no way to `supported`.
    pub no_remedy: HostList,
    /// The hosts whose ways were of too many kinds to be ranked: no real fleet has any.
    pub unranked: u64,
    /// The hosts by the rows of the platform matrix.
    pub platforms: Vec<GroupCount>,
    /// The hosts by the kinds of places.
    pub vantages: Vec<GroupCount>,
    /// The hosts by the releases of their kernels.
    pub kernels: Vec<GroupCount>,
}

/// How many have which verdict.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Verdicts {
    pub supported: u64,
    pub unsupported: u64,
    pub unknown: u64,
}

impl AddAssign for Verdicts {
    fn add_assign(&mut self, other: Self) {
        self.supported += other.supported;
        self.unsupported += other.unsupported;
        self.unknown += other.unknown;
    }
}

impl Verdicts {
    /// How many there are.
    pub(crate) fn all(&self) -> u64 {
        self.supported + self.unsupported + self.unknown
    }

    /// The verdict on all; of none it is not known.
    pub(crate) fn verdict(&self) -> Verdict {
        match self {
            Self { unsupported: 1.., .. } => Verdict::Unsupported,
            Self { unknown: 0, supported: 1.., .. } => Verdict::Supported,
            _ => Verdict::Unknown,
        }
    }
}

/// How many documents of each kind were read.
#[derive(Debug, Default, Serialize)]
pub(crate) struct ReadCount {
    /// Reports: what they say was predicted and tried on their hosts.
    pub reports: u64,
    /// Snapshots: predicted here, from their facts.
    pub snapshots: u64,
    /// Reports that do not say all that was asked here, so that it is not known.
    pub short: u64,
}

impl AddAssign for ReadCount {
    fn add_assign(&mut self, other: Self) {
        self.reports += other.reports;
        self.snapshots += other.snapshots;
        self.short += other.short;
    }
}

/// How many hosts are named in which way.
#[derive(Debug, Default, Serialize)]
pub(crate) struct NamedBy {
    /// By the field `host` that somebody added.
    pub field: u64,
    /// By what stood before the document on its line.
    pub label: u64,
    pub file: u64,
    /// By file and line.
    pub line: u64,
}

impl AddAssign for NamedBy {
    fn add_assign(&mut self, other: Self) {
        self.field += other.field;
        self.label += other.label;
        self.file += other.file;
        self.line += other.line;
    }
}

/// What could not be read.
#[derive(Debug, Default, Serialize)]
pub(crate) struct UnreadCount {
    /// How many documents.
    pub count: u64,
    /// The first of them.
    pub first: Vec<Unread>,
}

/// A document that could not be read.
#[derive(Debug, Serialize)]
pub(crate) struct Unread {
    /// Its file, as it was given; `-` is standard input.
    pub file: String,
    /// The line on which it begins.
    pub line: Option<usize>,
    /// What is wrong.
    pub why: String,
}

/// The answers about a mechanism or a capability.
#[derive(Debug, Serialize)]
pub(crate) struct AnswerCount {
    pub id: String,
    pub required: Verdicts,
    /// Where it was looked at and not required.
    pub others: Verdicts,
    /// Where it was required and the kernel would let it work, but its program is not there.
    pub not_installed: u64,
    /// What refuses it, or may, where it was required.
    pub causes: Vec<CauseCount>,
}

#[derive(Debug, Serialize)]
pub(crate) struct CauseCount {
    pub id: String,
    /// What it led to.
    pub verdicts: Verdicts,
    pub hosts: HostList,
}

#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct HostList {
    /// How many.
    pub count: u64,
    /// The first twenty by name.
    pub first: Vec<String>,
}

/// A way to `supported`, and the hosts that it frees.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct FreeingStep {
    /// The ids of its remedies, joined by `+`.
    pub id: String,
    /// Who acts.
    pub who: String,
    /// The host that comes first by name among all that it frees alone.
    pub example: String,
    /// What is typed there.
    pub commands: Vec<String>,
    /// What it gives up.
    pub weakens: String,
    /// What it costs in protection.
    pub cost: u32,
    /// The hosts that it frees and that none of the steps before it frees.
    pub frees: HostList,
    /// How many it frees alone.
    pub alone: u64,
}

/// Hosts that have something in common.
#[derive(Debug, Serialize)]
pub(crate) struct GroupCount {
    pub id: String,
    /// Their verdicts.
    pub verdicts: Verdicts,
}
