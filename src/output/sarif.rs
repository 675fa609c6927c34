//! SARIF 2.1.0, which code scanning services read: a table of everything that can be found, and
//! what was found. `docs/formats.md` says what goes where.
//!
//! The structs are those of the crate `serde-sarif`, made from the schema of the standard.

use std::collections::HashMap;
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};

use serde_sarif::sarif::{
    ArtifactLocation, Invocation, Location as Spot, LogicalLocation, MultiformatMessageString,
    Notification, PhysicalLocation, PropertyBag, Region, ReportingConfiguration,
    ReportingDescriptor, Result as Outcome, ResultColumnKind, ResultLevel, Run,
    RunAutomationDetails, SCHEMA_URL, Sarif, Tool, ToolComponent, Version,
};

use super::lint::FileTexts;
use super::{Checked, Format, Linted, escape, json};
use crate::facts::Evidence;
use crate::findings::catalogue;
use crate::report::{FindingReport, Generator, Location, MechanismReport, Severity};
use crate::rules::RULES;
use crate::source::SourceKind;
use crate::verdict::{Advice, Verdict};

/// SARIF.
pub(crate) static FORMAT: Format = Format {
    id: "sarif",
    about: "SARIF 2.1.0, for code scanning",
    check: Some(check),
    lint: Some(lint),
    answers: None,
};

/// What a relative path starts from: the directory in which isodoc was started.
const BASE: &str = "%SRCROOT%";

fn check(checked: &Checked<'_>, out: &mut dyn Write) -> io::Result<()> {
    let report = checked.report;
    let mut log = Log::default();
    for mechanism in report.mechanisms.iter().chain(&report.capabilities) {
        if mechanism.verdict != Verdict::Supported {
            let evidence = mechanism.cause.iter().flat_map(|cause| &cause.evidence);
            let at = whole(&file_seen(checked, evidence));
            log.add(Alert::of_mechanism(mechanism), at, &[]);
        }
    }
    for finding in &report.findings {
        let at = whole(&file_seen(checked, finding.evidence.iter().flatten()));
        log.add(Alert::of_finding(finding), at, &[]);
    }
    log.write("check", out)
}

fn lint(linted: &Linted<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut log = Log::default();
    for file in &linted.report.files {
        let at = |location: Option<&Location>| {
            location.map_or_else(|| whole(Path::new(&*file.path)), |at| place(at, linted.texts))
        };
        if let Some(error) = &file.error {
            log.unreadable(&error.message, at(error.location.as_ref()));
        }
        let path = &*file.path;
        for finding in &file.findings {
            log.add(Alert::of_finding(finding), at(finding.location.as_ref()), &[path]);
        }
        for mechanism in file.asked().filter(|m| m.verdict != Verdict::Supported) {
            let decides = mechanism.cause.as_ref().and_then(|cause| cause.location.as_ref());
            log.add(Alert::of_mechanism(mechanism), at(decides), &[path]);
        }
        for container in &file.containers {
            let scope = [path, container.name.as_str()];
            for mechanism in container.failing() {
                let decides = mechanism.cause.as_ref().and_then(|cause| cause.location.as_ref());
                let at = at(decides.or(Some(&container.location)));
                log.add(Alert::of_mechanism(mechanism), at, &scope);
            }
            for finding in container.remarks() {
                let at = at(finding.location.as_ref().or(Some(&container.location)));
                log.add(Alert::of_finding(finding), at, &scope);
            }
        }
    }
    log.write("lint", out)
}

/// What was found, before it has a place.
struct Alert<'a> {
    /// The id of a rule or of a finding.
    id: &'static str,
    level: Severity,
    /// What the verdict is about, and the verdict.
    mechanism: Option<(&'a str, Verdict)>,
    lines: Vec<String>,
}

impl<'a> Alert<'a> {
    /// Of a mechanism that fails, or may.
    fn of_mechanism(of: &'a MechanismReport) -> Self {
        let (prediction, probe) = (&of.prediction, &of.probe);
        let (step, errno) = if probe.verdict.is_some() {
            (probe.step, probe.errno)
        } else {
            (prediction.step, prediction.errno)
        };
        let title = of.cause.as_ref().map(|cause| cause.title);
        let first = if of.verdict == Verdict::Unsupported {
            let step = step.map(|step| format!(" at {}", step.id())).unwrap_or_default();
            let errno = errno.map(|errno| format!(" ({})", errno.name())).unwrap_or_default();
            let why = title.map(|title| format!(": {title}")).unwrap_or_default();
            format!("{} is refused{step}{errno}{why}", of.id)
        } else {
            let why = title.map(|title| format!(": it is not known whether {title}"));
            format!("{} may or may not work{}", of.id, why.unwrap_or_default())
        };
        let flags = of.flags.join(" ");
        let id = of.cause.as_ref().map(|cause| cause.id).or(prediction.cause);
        let mut alert = Self {
            id: id.unwrap_or(catalogue::UNEXPLAINED.id),
            level: match of.verdict {
                _ if !of.required => Severity::Note,
                Verdict::Unknown => Severity::Warning,
                _ => Severity::Error,
            },
            mechanism: Some((of.id, of.verdict)),
            lines: vec![first],
        };
        alert.lines.extend((!flags.is_empty()).then(|| format!("Flags: {flags}")));
        alert.and(of.cause.iter().flat_map(|cause| &cause.evidence), &of.remedies)
    }

    fn of_finding(of: &'a FindingReport) -> Self {
        let alert = Self {
            id: of.rule,
            level: of.severity,
            mechanism: None,
            lines: vec![of.title.clone(), of.detail.clone()],
        };
        alert.and(of.evidence.iter().flatten(), &of.remedies)
    }

    /// With what shows it, and the first thing that helps.
    fn and<'e>(
        mut self,
        evidence: impl Iterator<Item = &'e Evidence>,
        remedies: &[Advice],
    ) -> Self {
        self.lines.extend(evidence.map(|seen| format!("Seen: {}: {}", seen.source, seen.value)));
        let commands = remedies.first().into_iter().flat_map(|remedy| &remedy.commands);
        self.lines.extend(commands.map(|command| format!("What helps: {command}")));
        self.lines.push(format!("More: isodoc explain {}", self.id));
        self
    }
}

/// What is written in the end.
#[derive(Default)]
struct Log {
    results: Vec<Outcome>,
    errors: Vec<Notification>,
    /// How often a fingerprint was there before.
    fingerprints: HashMap<String, usize>,
}

impl Log {
    /// Adds what was found at a place, in a container of a file, or in neither.
    fn add(&mut self, alert: Alert<'_>, at: PhysicalLocation, scope: &[&str]) {
        let container = scope
            .get(1)
            .map(|name| LogicalLocation::builder().name(*name).kind("container").build());
        let mut lines = alert.lines;
        if let (Some(name), Some(first)) = (scope.get(1), lines.first_mut()) {
            first.insert_str(0, &format!("{name}: "));
        }
        let mechanism = alert.mechanism.map(|(id, _)| id);
        let parts = scope.iter().copied().chain(mechanism).chain([alert.id]);
        let mut fingerprint = parts.collect::<Vec<_>>().join("/");
        let before = self.fingerprints.entry(fingerprint.clone()).or_default();
        *before += 1;
        if *before > 1 {
            fingerprint.push_str(&format!("/{before}"));
        }
        let mut spot = Spot::builder().physical_location(at).build();
        spot.logical_locations = container.map(|container| vec![container]);
        let mut result = Outcome::builder()
            .rule_id(alert.id)
            .level(level(alert.level))
            .message(&message(&lines))
            .locations(vec![spot])
            .partial_fingerprints([("isodoc/v1".to_owned(), fingerprint)])
            .build();
        result.rule_index = index(alert.id);
        result.properties = alert.mechanism.map(|(_, verdict)| verdict_of(verdict));
        self.results.push(result);
    }

    /// Adds a file that could not be judged.
    fn unreadable(&mut self, why: &str, at: PhysicalLocation) {
        let error = Notification::builder()
            .level(level(Severity::Error).to_string())
            .message(&message(&[why.to_owned()]))
            .locations(vec![Spot::builder().physical_location(at).build()]);
        self.errors.push(error.build());
    }

    fn write(self, command: &str, out: &mut dyn Write) -> io::Result<()> {
        let driver = ToolComponent::builder()
            .name(Generator::THIS.name)
            .version(Generator::THIS.version)
            .semantic_version(Generator::THIS.version)
            .rules(table().map(descriptor).collect::<Vec<_>>());
        let base =
            ArtifactLocation::builder().description("the directory in which isodoc was started");
        let invocation = Invocation::builder()
            .execution_successful(self.errors.is_empty())
            .tool_execution_notifications(self.errors);
        let run = Run::builder()
            .tool(Tool::from(driver.build()))
            .invocations(vec![invocation.build()])
            // So that one upload does not take the other's place.
            .automation_details(
                RunAutomationDetails::builder().id(format!("isodoc/{command}/")).build(),
            )
            .column_kind(ResultColumnKind::Utf16CodeUnits.to_string())
            .original_uri_base_ids([(BASE.to_owned(), base.build())])
            .results(self.results);
        let sarif = Sarif::builder()
            .schema(SCHEMA_URL)
            .version(Version::V2_1_0.to_string())
            .runs(vec![run.build()]);
        json::write_to(out, &sarif.build())
    }
}

/// Every rule and every finding: id, usual severity, title and page.
fn table() -> impl Iterator<Item = (&'static str, Severity, &'static str, &'static str)> {
    let rules = RULES.iter().map(|of| (of.id, Severity::Error, of.title, of.docs));
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

/// A message of these lines. What would be read as a placeholder (`{0}`) or as a link (`[a](b)`)
/// is escaped.
fn message(lines: &[String]) -> String {
    let lines: Vec<_> =
        lines.iter().filter(|line| !line.is_empty()).map(|line| escape::text(line)).collect();
    let mut text = lines.join("\n");
    let mut braces = text.split('{').skip(1);
    if braces.any(|rest| rest.starts_with(|c: char| c.is_ascii_digit())) {
        text = text.replace('{', "{{").replace('}', "}}");
    }
    if text.contains("](") {
        text = text.replace('[', "\\[");
    }
    text
}

/// The file that evidence names. Of a snapshot it is the snapshot: its files are another machine's.
fn file_seen<'e>(
    checked: &Checked<'_>,
    mut evidence: impl Iterator<Item = &'e Evidence>,
) -> PathBuf {
    let seen = evidence.find(|seen| seen.source.starts_with('/')).map(|seen| &*seen.source);
    match (checked.report.source, checked.input) {
        (SourceKind::Snapshot, Some(snapshot)) => snapshot.to_owned(),
        (SourceKind::Root, Some(root)) => {
            root.join(seen.unwrap_or_default().trim_start_matches('/'))
        }
        _ => seen.unwrap_or("/proc/self/status").into(),
    }
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
