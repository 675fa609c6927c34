//! How answers are written: a table of formats, one file each.
//!
//! To add one, write its file and its row in [`FORMATS`]: the command line, its help and the shell
//! completions offer it to the commands for which it has a way.

mod alerts;
mod answer;
pub(crate) mod check;
mod csv;
pub(crate) mod diff;
pub(crate) mod escape;
mod fleet;
mod github;
mod gitlab;
mod html;
pub(crate) mod human;
pub(crate) mod ids;
pub(crate) mod json;
mod junit;
pub(crate) mod lint;
pub(crate) mod man;
mod markdown;
mod ndjson;
mod nfd;
mod npd;
mod page;
pub(crate) mod progress;
mod prometheus;
mod pull_request;
mod sarif;
pub(crate) mod share;
mod snippet;
pub(crate) mod style;
mod words;

use std::io::{self, Write};
use std::path::Path;

use crate::fleet::host::{HostAnswer, HostReport};
use crate::report::{self, fleet::FleetReport};
use crate::verdict::Verdict;
use lint::FileTexts;

/// Every format; the first is the default.
pub(crate) static FORMATS: &[&Format] = &[
    &human::FORMAT,
    &json::FORMAT,
    &sarif::FORMAT,
    &junit::FORMAT,
    &github::FORMAT,
    &gitlab::FORMAT,
    &pull_request::FORMAT,
    &html::FORMAT,
    &prometheus::FORMAT,
    &nfd::FORMAT,
    &npd::FORMAT,
    &ndjson::FORMAT,
    &csv::FORMAT,
];

/// A format, and its way to write what each command has to say; a command for which it has none
/// does not offer it.
pub(crate) struct Format {
    /// What `--format` takes.
    pub id: &'static str,
    /// One line for the help.
    pub about: &'static str,
    /// Writes the report of `check`.
    pub check: Option<WriteCheck>,
    /// Writes the report of `lint`.
    pub lint: Option<WriteLint>,
    /// How it writes the answers that are no report: those of `explain`, `rules`, `matrix` and
    /// `lint --list-assumptions`.
    pub answers: Option<Notation>,
    /// Writes the report of `fleet`.
    pub fleet: Option<OfFleet>,
}

impl Format {
    /// One that writes nothing yet.
    const NONE: Self =
        Self { id: "", about: "", check: None, lint: None, answers: None, fleet: None };
}

/// Writes the report of `check`.
pub(crate) type WriteCheck = fn(&Checked<'_>, &mut dyn Write) -> io::Result<()>;
/// Writes the report of `lint`.
pub(crate) type WriteLint = fn(&Linted<'_>, &mut dyn Write) -> io::Result<()>;

/// How an answer that is no report is written. Each has its own text and its own JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notation {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// What `check` has to say.
pub(crate) struct Checked<'a> {
    pub report: &'a report::CheckReport<'a>,
    /// The directory or the snapshot that it is about; `None`: this machine.
    pub input: Option<&'a Path>,
    /// Whether a format that leaves things out is to leave out nothing.
    pub verbose: bool,
    /// How grave a finding is at least.
    pub least: report::Severity,
}

/// What `lint` has to say.
pub(crate) struct Linted<'a> {
    pub report: &'a report::lint::LintReport,
    /// The texts of the files that it names.
    pub texts: &'a dyn FileTexts,
}

/// How the answers of many hosts are written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OfFleet {
    /// What stands before all.
    pub head: &'static str,
    /// Writes each host as it is read, where something is said of each.
    pub host: Option<WriteHost>,
    /// How many hosts are kept for the end.
    pub keeps: usize,
    /// Writes what was counted, and the hosts that were kept.
    pub whole: WriteFleet,
}

/// Writes what a host answers.
pub(crate) type WriteHost = fn(&HostRow<'_>, &mut dyn Write) -> io::Result<()>;
/// Writes what was counted.
pub(crate) type WriteFleet = fn(&FleetReport, &[KeptHost], &mut dyn Write) -> io::Result<()>;

pub(crate) struct HostRow<'a> {
    pub name: &'a str,
    pub report: &'a HostReport<'a>,
    /// Whether that was predicted here.
    pub from_snapshot: bool,
}

pub(crate) struct KeptHost {
    pub name: String,
    /// What was required: the id, the verdict and the cause.
    pub answers: Vec<(String, Verdict, Option<String>)>,
    /// The row of the platform matrix.
    pub platform: String,
    /// The release of its kernel.
    pub kernel: String,
}

impl KeptHost {
    pub(crate) fn of(row: &HostRow<'_>) -> Self {
        let answers = row.report.answers().filter(|answer| answer.required);
        let answer = |a: &HostAnswer<'_>| {
            (a.id.as_str().to_owned(), a.verdict, a.cause().map(str::to_owned))
        };
        Self {
            name: row.name.to_owned(),
            answers: answers.map(answer).collect(),
            platform: row.report.platform().to_owned(),
            kernel: row.report.kernel().to_owned(),
        }
    }
}
