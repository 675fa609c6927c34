//! Workflow commands of GitHub Actions, which make annotations of a run and of a pull request:
//! <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>.

use std::io::{self, Write};

use super::Format;
use super::alerts::{self, Alert};
use crate::report::Severity;

/// Annotations on GitHub.
pub(crate) static FORMAT: Format = Format {
    id: "github",
    about: "Annotations in a GitHub Actions job",
    check: Some(|checked, out| {
        // Of the machine, there is no line in the repository to annotate.
        let alerts = alerts::of_check(checked);
        write(&alerts, false, out)?;
        writeln!(out, "isodoc check: {}", alerts::heading_of_check(checked))
    }),
    lint: Some(|linted, out| {
        write(&alerts::of_lint(linted.report), true, out)?;
        writeln!(out, "isodoc lint: {}", alerts::heading_of_lint(linted.report))
    }),
    ..Format::NONE
};

fn write(alerts: &[Alert<'_>], in_files: bool, out: &mut dyn Write) -> io::Result<()> {
    for alert in alerts {
        let command = match alert.level {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        let mut place = String::new();
        if in_files {
            let (line, column) = alert.at.position().unwrap_or((1, 1));
            place = format!("file={},line={line},col={column},", property(&alert.at.shown()));
        }
        let title = property(&format!("isodoc: {}", alert.name()));
        let message = data(&alert.text());
        writeln!(out, "::{command} {place}title={title}::{message}")?;
    }
    Ok(())
}

/// A message: what would end it, or begin an escape, is escaped as the runner reads it.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property, which these end too.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
