//! SARIF 2.1.0, which code scanning services read: a table of everything that can be found, and
//! what was found. `docs/formats.md` says what goes where.
//!
//! The structs are those of the crate `serde-sarif`, made from the schema of the standard.

use std::io::{self, Write};
use std::path::{Component, Path};

use serde_sarif::sarif::{
    ArtifactLocation, Invocation, Location as Spot, LogicalLocation, MultiformatMessageString,
    Notification, PhysicalLocation, PropertyBag, Region, ReportingConfiguration,
    ReportingDescriptor, Result as Outcome, ResultColumnKind, ResultLevel, Run,
    RunAutomationDetails, SCHEMA_URL, Sarif, Tool, ToolComponent, Version,
};

use super::alerts::{self, Alert, Whereabouts};
use super::lint::FileTexts;
use super::{Checked, Format, Linted, json};
use crate::findings::catalogue;
use crate::report::{Generator, Location, Severity};
use crate::rules::RULES;
use crate::verdict::Verdict;

/// SARIF.
pub(crate) static FORMAT: Format = Format {
    id: "sarif",
    about: "SARIF 2.1.0, for code scanning",
    check: Some(check),
    lint: Some(lint),
    ..Format::NONE
};

/// What a relative path starts from: the directory in which isodoc was started.
const BASE: &str = "%SRCROOT%";

fn check(checked: &Checked<'_>, out: &mut dyn Write) -> io::Result<()> {
    log("check", &alerts::of_check(checked), &|spot| whole(spot.path()), out)
}

fn lint(linted: &Linted<'_>, out: &mut dyn Write) -> io::Result<()> {
    let at = |spot: &Whereabouts<'_>| match spot {
        Whereabouts::Setting(at) => place(at, linted.texts),
        Whereabouts::File(path) => whole(path),
    };
    log("lint", &alerts::of_lint(linted.report), &at, out)
}

/// Writes what a command found.
fn log(
    command: &str,
    alerts: &[Alert<'_>],
    at: &dyn Fn(&Whereabouts<'_>) -> PhysicalLocation,
    out: &mut dyn Write,
) -> io::Result<()> {
    let results: Vec<Outcome> = alerts.iter().filter_map(|alert| result(alert, at)).collect();
    let unreadable = alerts.iter().filter(|alert| alert.id.is_none());
    let errors: Vec<Notification> = unreadable
        .map(|alert| {
            Notification::builder()
                .level(level(alert.level).to_string())
                .message(&message(alert))
                .locations(vec![Spot::builder().physical_location(at(&alert.at)).build()])
                .build()
        })
        .collect();
    let driver = ToolComponent::builder()
        .name(Generator::THIS.name)
        .version(Generator::THIS.version)
        .semantic_version(Generator::THIS.version)
        .rules(table().map(descriptor).collect::<Vec<_>>());
    let base = ArtifactLocation::builder().description("the directory in which isodoc was started");
    let invocation = Invocation::builder()
        .execution_successful(errors.is_empty())
        .tool_execution_notifications(errors);
    let run = Run::builder()
        .tool(Tool::from(driver.build()))
        .invocations(vec![invocation.build()])
        // So that one upload does not take the other's place.
        .automation_details(
            RunAutomationDetails::builder().id(format!("isodoc/{command}/")).build(),
        )
        .column_kind(ResultColumnKind::Utf16CodeUnits.to_string())
        .original_uri_base_ids([(BASE.to_owned(), base.build())])
        .results(results);
    let sarif = Sarif::builder()
        .schema(SCHEMA_URL)
        .version(Version::V2_1_0.to_string())
        .runs(vec![run.build()]);
    json::write_to(out, &sarif.build())
}

/// What was found, if it is about something that has an id.
fn result(alert: &Alert<'_>, at: &dyn Fn(&Whereabouts<'_>) -> PhysicalLocation) -> Option<Outcome> {
    let id = alert.id?;
    let container =
        alert.container.map(|name| LogicalLocation::builder().name(name).kind("container").build());
    let mut spot = Spot::builder().physical_location(at(&alert.at)).build();
    spot.logical_locations = container.map(|container| vec![container]);
    let mut result = Outcome::builder()
        .rule_id(id)
        .level(level(alert.level))
        .message(&message(alert))
        .locations(vec![spot])
        .partial_fingerprints([("isodoc/v1".to_owned(), alert.fingerprint.clone())])
        .build();
    result.rule_index = index(id);
    result.properties = alert.mechanism.map(|(_, verdict)| verdict_of(verdict));
    Some(result)
}

/// Every finding, and every rule that is not one by another name: id, usual severity, title and
/// page. What both a file and a text can show has one id.
fn table() -> impl Iterator<Item = (&'static str, Severity, &'static str, &'static str)> {
    let is_finding = |id: &str| catalogue::ALL.iter().any(|of| of.id == id);
    let rules = RULES.iter().filter(move |of| !is_finding(of.id));
    let rules = rules.map(|of| (of.id, Severity::Error, of.title, of.docs));
    rules.chain(catalogue::ALL.iter().map(|of| (of.id, of.severity, of.title, of.docs)))
}

/// Where a rule or a finding stands in the table.
fn index(id: &str) -> Option<i64> {
    table().zip(0..).find(|((known, ..), _)| *known == id).map(|(_, at)| at)
}

fn descriptor((id, usually, title, docs): (&str, Severity, &str, &str)) -> ReportingDescriptor {
    let text = |text: &str| MultiformatMessageString::builder().text(text).build();
    let what = docs.trim_start_matches("## What\n").split("\n\n").next().unwrap_or_default();
    ReportingDescriptor::builder()
        .id(id)
        .short_description(text(title))
        .full_description(text(&what.replace('\n', " ")))
        .help(MultiformatMessageString::builder().text(docs).markdown(docs).build())
        .default_configuration(
            ReportingConfiguration::builder().level(level(usually).to_string()).build(),
        )
        .build()
}

fn level(of: Severity) -> ResultLevel {
    match of {
        Severity::Error => ResultLevel::Error,
        Severity::Warning => ResultLevel::Warning,
        Severity::Note => ResultLevel::Note,
    }
}

/// Unknown is a warning that says so: the standard has no level for a result of another kind than
/// a failure.
fn verdict_of(verdict: Verdict) -> PropertyBag {
    let verdict = ("verdict".to_owned(), verdict.id().into());
    PropertyBag::builder().additional_properties([verdict]).build()
}

/// What an alert says. What would be read as a placeholder (`{0}`) or as a link (`[a](b)`) is
/// escaped.
fn message(alert: &Alert<'_>) -> String {
    let mut text = alert.text();
    let mut braces = text.split('{').skip(1);
    if braces.any(|rest| rest.starts_with(|c: char| c.is_ascii_digit())) {
        text = text.replace('{', "{{").replace('}', "}}");
    }
    if text.contains("](") {
        text = text.replace('[', "\\[");
    }
    text
}

/// A file, where no line is known: code scanning wants one.
fn whole(path: &Path) -> PhysicalLocation {
    let first = Region::builder().start_line(1).build();
    PhysicalLocation::builder().artifact_location(artifact(path)).region(first).build()
}

/// A place in a file, in the columns that readers count: those of UTF-16.
fn place(at: &Location, texts: &dyn FileTexts) -> PhysicalLocation {
    let text = texts.text_of(at.place.file);
    let units = |text: &str| text.chars().map(char::len_utf16).sum::<usize>();
    let before = text.get(..at.place.start).unwrap_or_default();
    let start: usize =
        before.chars().rev().take(at.column.saturating_sub(1)).map(char::len_utf16).sum();
    let marked = text.get(at.place.start..at.place.end).unwrap_or_default();
    let (lines, last) = match marked.rsplit_once('\n') {
        Some((lines, last)) => (1 + lines.matches('\n').count(), units(last)),
        None => (0, start + units(marked)),
    };
    let number = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let region = Region::builder().start_line(number(at.line)).start_column(number(start + 1));
    let region = match marked {
        "" => region.build(),
        _ => region.end_line(number(at.line + lines)).end_column(number(last + 1)).build(),
    };
    PhysicalLocation::builder()
        .artifact_location(artifact(Path::new(&*at.path)))
        .region(region)
        .build()
}

/// A path as a URI, whatever bytes it has.
fn artifact(path: &Path) -> ArtifactLocation {
    let parts: Vec<String> = path
        .components()
        .filter(|part| !matches!(part, Component::RootDir | Component::CurDir))
        .map(|part| percent_encoded(part.as_os_str().as_encoded_bytes()))
        .collect();
    let uri = parts.join("/");
    if path.has_root() {
        ArtifactLocation::builder().uri(format!("file:///{uri}")).build()
    } else {
        ArtifactLocation::builder().uri(uri).uri_base_id(BASE).build()
    }
}

/// What RFC 3986 lets stand (section 2.3) stands, every other byte is spelled out.
fn percent_encoded(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for byte in bytes {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(*byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
