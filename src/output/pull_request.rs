//! Markdown, for a comment on a pull request or the summary of a job (`$GITHUB_STEP_SUMMARY`).
//!
//! What a file says stands in code, where nothing is a link, a mention or HTML.

use std::io::{self, Write};

use super::Format;
use super::alerts::{self, Alert};
use crate::report::Severity;

/// Markdown.
pub(crate) static FORMAT: Format = Format {
    id: "markdown",
    about: "Markdown, for a comment on a pull request",
    check: Some(|checked, out| {
        write("check", &alerts::heading_of_check(checked), &alerts::of_check(checked), out)
    }),
    lint: Some(|linted, out| {
        let report = linted.report;
        write("lint", &alerts::heading_of_lint(report), &alerts::of_lint(report), out)
    }),
    ..Format::NONE
};

fn write(
    command: &str,
    heading: &str,
    alerts: &[Alert<'_>],
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(out, "### isodoc {command}: {heading}\n")?;
    if alerts.is_empty() {
        return writeln!(out, "Nothing was found.");
    }
    writeln!(out, "| | where | what | id |\n| --- | --- | --- | --- |")?;
    for alert in alerts {
        let (level, what) = (alert.level.id(), cell(&alert.headline()));
        writeln!(out, "| {level} | {} | {what} | {} |", cell(&place(alert)), cell(alert.name()))?;
    }
    for alert in alerts.iter().filter(|alert| alert.level != Severity::Note) {
        let text = alert.text();
        let fence = fence(&text, 3);
        let summary = format!("<code>{}</code>", alert.name());
        write!(out, "\n<details><summary>{summary}</summary>\n\n")?;
        writeln!(out, "{fence}text\n{}\n{text}\n{fence}\n\n</details>", place(alert))?;
    }
    Ok(())
}

fn place(alert: &Alert<'_>) -> String {
    alert.at.shown() + &alert.at.line_and_column()
}

/// A cell of a table. A bar ends it even in code, and is escaped even there.
fn cell(text: &str) -> String {
    let text = text.replace('|', "\\|");
    let fence = fence(&text, 1);
    // Code may not touch a backtick that is not its own.
    let blank = if text.contains('`') { " " } else { "" };
    format!("{fence}{blank}{text}{blank}{fence}")
}

/// More backticks in a row than a text has.
fn fence(text: &str, least: usize) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(least.max(longest + 1))
}
