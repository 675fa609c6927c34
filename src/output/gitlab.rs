//! The code quality report of GitLab, which merge requests show:
//! <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>.

use std::io::{self, Write};

use serde::Serialize;

use super::alerts::{self, Alert};
use super::{Format, json};
use crate::report::Severity;

/// The code quality report of GitLab.
pub(crate) static FORMAT: Format = Format {
    id: "gitlab",
    about: "GitLab code quality report",
    check: Some(|checked, out| write(&alerts::of_check(checked), out)),
    lint: Some(|linted, out| write(&alerts::of_lint(linted.report), out)),
    ..Format::NONE
};

#[derive(Serialize)]
struct QualityIssue<'a> {
    description: String,
    check_name: &'static str,
    fingerprint: &'a str,
    severity: &'static str,
    location: IssuePlace,
    /// Not of GitLab: what shows it and what helps, as Code Climate has it.
    content: IssueBody,
}

#[derive(Serialize)]
struct IssuePlace {
    path: String,
    lines: IssueLines,
}

#[derive(Serialize)]
struct IssueLines {
    begin: usize,
}

#[derive(Serialize)]
struct IssueBody {
    body: String,
}

fn write(alerts: &[Alert<'_>], out: &mut dyn Write) -> io::Result<()> {
    let issues: Vec<QualityIssue<'_>> = alerts.iter().map(issue).collect();
    json::write_to(out, &issues)
}

fn issue<'a>(alert: &'a Alert<'_>) -> QualityIssue<'a> {
    QualityIssue {
        description: alert.headline(),
        check_name: alert.name(),
        fingerprint: &alert.fingerprint,
        severity: match alert.level {
            Severity::Error => "major",
            Severity::Warning => "minor",
            Severity::Note => "info",
        },
        location: IssuePlace {
            path: alert.at.shown(),
            lines: IssueLines { begin: alert.at.position().map_or(1, |(line, _)| line) },
        },
        content: IssueBody { body: alert.lines().skip(1).collect::<Vec<_>>().join("\n") },
    }
}
