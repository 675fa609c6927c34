//! The report of `lint --format json`, version 1. Fields may be added; none may change its name or
//! meaning.

use std::rc::Rc;

use serde::Serialize;

use crate::deploy::Runtime;
use crate::findings::catalogue;
use crate::report::{FindingReport, Generator, Location, MechanismReport};
use crate::verdict::{Severity, Verdict};

/// The source of evidence that is the reason why a file leaves something open.
pub(crate) const DOUBT: &str = "deployment file";

/// The kind of a file that is of none that isodoc reads.
pub(crate) const NOT_READ: &str = "not-read";

/// The kind of `isodoc.toml`.
pub(crate) const CONFIG: &str = "config";

#[derive(Debug, Serialize)]
pub(crate) struct LintReport {
    /// The version of the report.
    pub schema_version: u32,
    /// Who wrote it.
    pub tool: Generator,
    /// The verdict on every container that counts; `unknown` where there is nothing to judge.
    pub verdict: Verdict,
    /// The host: `this-host`, `snapshot`, or the id of an assumption.
    pub host: String,
    /// The runtime of pods: `containerd` or `cri-o`, where it is assumed or the files show it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runtime: Option<Runtime>,
    /// Every file, in the order given.
    pub files: Vec<File>,
    /// What became of the files in the directories that were given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub walked: Option<Walked>,
}

impl LintReport {
    /// Leaves out the findings that are less grave than this.
    pub(crate) fn keep(&mut self, least: Severity) {
        for file in &mut self.files {
            let of_containers = file.containers.iter_mut().map(|container| &mut container.findings);
            for findings in [&mut file.findings].into_iter().chain(of_containers) {
                findings.retain(|finding| finding.severity <= least);
            }
        }
    }
}

/// What became of the files that were found in directories.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Walked {
    /// How many were read.
    pub read: usize,
    /// Those of kinds that isodoc knows and does not read.
    pub passed_over: Vec<PassedOver>,
    /// How many are of no kind that isodoc knows.
    pub others: usize,
}

/// A file that was found and not read.
#[derive(Debug, Serialize)]
pub(crate) struct PassedOver {
    pub path: Rc<str>,
    /// What a file of its kind is called.
    pub name: &'static str,
}

#[derive(Debug, Serialize)]
pub(crate) struct File {
    pub path: Rc<str>,
    /// The id of its dialect; [`NOT_READ`], or `unknown` where it cannot be read.
    pub kind: &'static str,
    /// Why it cannot be judged.
    pub error: Option<FileError>,
    /// Its containers, in the order of the file.
    pub containers: Vec<ContainerReport>,
    /// What belongs to no container.
    pub findings: Vec<FindingReport>,
    /// What it says of the Docker daemon, where it is the daemon's configuration.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mechanisms: Vec<MechanismReport>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub accepted: Vec<Accepted>,
    /// Whether it was found in a directory, and not named itself.
    #[serde(skip)]
    pub found: bool,
    /// Whether a file that it needs was not read.
    #[serde(skip)]
    pub incomplete: bool,
}

#[derive(Debug, Serialize)]
pub(crate) struct Accepted {
    /// The id of the rule or the finding.
    pub rule: &'static str,
    pub container: Option<String>,
    /// Why it was.
    pub reason: String,
}

impl Accepted {
    /// A rule or a finding, and why it is accepted.
    pub(crate) fn new(rule: &'static str, container: Option<&str>, reason: &str) -> Self {
        Self { rule, container: container.map(str::to_owned), reason: reason.to_owned() }
    }
}

/// Why a file cannot be judged.
#[derive(Debug, Serialize)]
pub(crate) struct FileError {
    /// The line, where one is at fault.
    pub line: Option<usize>,
    pub column: Option<usize>,
    /// What is wrong and what to do.
    pub message: String,
    #[serde(skip)]
    pub location: Option<Location>,
}

#[derive(Debug, Serialize)]
pub(crate) struct ContainerReport {
    pub name: String,
    /// The line on which it begins.
    pub line: usize,
    pub column: usize,
    /// Whether its variables or its command ask for isolation.
    pub asks_for_isolation: bool,
    /// Whether it counts for the verdict of the report.
    pub required: bool,
    /// The verdict on what it asks for.
    pub verdict: Verdict,
    /// Each mechanism, as in `check`.
    pub mechanisms: Vec<MechanismReport>,
    /// What else is worth knowing.
    pub findings: Vec<FindingReport>,
    /// Where it begins.
    #[serde(skip)]
    pub location: Location,
    /// Whether the file can say what helps.
    #[serde(skip)]
    pub fixable: bool,
    /// Whether it is the process of a service, and no container.
    #[serde(skip)]
    pub is_service: bool,
}

/// Whether a container starts, as far as its findings say.
#[must_use]
pub(crate) fn starts_with(findings: &[FindingReport]) -> Verdict {
    starts(findings.iter().map(|finding| (finding.rule, finding.severity)))
}

/// Whether a container starts that has findings of these rules, so grave.
#[must_use]
pub(crate) fn starts<'f>(findings: impl Iterator<Item = (&'f str, Severity)>) -> Verdict {
    let keeps = |rule: &str| catalogue::KEEP_FROM_STARTING.iter().any(|info| info.id == rule);
    Verdict::all(findings.map(|(rule, severity)| match severity {
        Severity::Error => Verdict::Unsupported,
        Severity::Warning if keeps(rule) => Verdict::Unknown,
        Severity::Warning | Severity::Note => Verdict::Supported,
    }))
}

/// What a format for people shows; the rest is about what nobody asked for.
impl File {
    /// A file in which nothing is.
    pub(crate) fn empty(path: Rc<str>, kind: &'static str) -> Self {
        Self {
            path,
            kind,
            error: None,
            containers: vec![],
            findings: vec![],
            mechanisms: vec![],
            accepted: vec![],
            found: false,
            incomplete: false,
        }
    }

    /// The findings, in the order of the file. Of what nobody named, only what is wrong is worth
    /// saying.
    pub(crate) fn remarks(&self) -> Vec<&FindingReport> {
        let graver = |finding: &&FindingReport| {
            !self.found || !self.containers.is_empty() || finding.severity != Severity::Note
        };
        let mut findings: Vec<_> = self.findings.iter().filter(graver).collect();
        findings.sort_by_key(|finding| finding.location.as_ref().map(|at| (at.line, at.column)));
        findings
    }

    /// The verdicts on the Docker daemon that count.
    pub(crate) fn asked(&self) -> impl Iterator<Item = &MechanismReport> {
        self.mechanisms.iter().filter(|mechanism| mechanism.required)
    }
}

/// What a format for people shows; the rest is about what nobody asked for.
impl ContainerReport {
    /// The mechanisms that count.
    pub(crate) fn asked(&self) -> impl Iterator<Item = &MechanismReport> {
        self.mechanisms.iter().filter(|m| self.required && m.required)
    }

    /// The mechanisms that count and fail.
    pub(crate) fn failing(&self) -> impl Iterator<Item = &MechanismReport> {
        self.asked().filter(|mechanism| mechanism.verdict != Verdict::Supported)
    }

    /// The findings; no notes on a container that does not count.
    pub(crate) fn remarks(&self) -> impl Iterator<Item = &FindingReport> {
        self.findings.iter().filter(|f| self.required || f.severity != Severity::Note)
    }
}
