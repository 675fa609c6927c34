//! How answers are written: a table of formats, one file each.
//!
//! To add one, write its file and its row in [`FORMATS`]: the command line, its help and the shell
//! completions offer it to the commands for which it has a way.

mod alerts;
pub(crate) mod check;
pub(crate) mod diff;
pub(crate) mod escape;
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
mod nfd;
mod npd;
mod page;
mod prometheus;
mod pull_request;
mod sarif;
pub(crate) mod share;
mod snippet;
pub(crate) mod style;
mod words;

use std::io::{self, Write};
use std::path::Path;

use crate::report;
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
    /// The report.
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
    /// The report.
    pub report: &'a report::lint::LintReport,
    /// The texts of the files that it names.
    pub texts: &'a dyn FileTexts,
}
