//! What a report has to say, as a list: all that a format for another program's list of problems
//! needs. What passes, and what nobody asked for, is not in it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::{Checked, answer, escape, words};
use crate::facts::Evidence;
use crate::findings::catalogue;
use crate::report::lint::{File, LintReport};
use crate::report::{FindingReport, Location, MechanismReport, Severity};
use crate::source::SourceKind;
use crate::verdict::{Advice, Verdict};

/// Something that was found.
pub(super) struct Alert<'a> {
    /// The id of a rule or of a finding; none of a file that cannot be judged.
    pub id: Option<&'static str>,
    pub level: Severity,
    /// What the verdict is about, and the verdict; none of a finding.
    pub mechanism: Option<(&'a str, Verdict)>,
    /// What it is, in a line.
    pub title: String,
    /// What shows it, and the first thing that helps.
    pub details: Vec<String>,
    /// The file in which it was found, as it was given; none of a machine.
    pub file: Option<&'a str>,
    pub container: Option<&'a str>,
    pub at: Whereabouts<'a>,
    /// What tells it from every other one, and is the same the next time.
    pub fingerprint: String,
}

/// Where something is.
#[derive(Clone)]
pub(super) enum Whereabouts<'a> {
    Setting(&'a Location),
    /// Somewhere in this file.
    File(PathBuf),
}

impl Whereabouts<'_> {
    /// The file.
    pub(super) fn path(&self) -> &Path {
        match self {
            Self::Setting(at) => Path::new(&*at.path),
            Self::File(path) => path,
        }
    }

    /// The line and the column, from 1, where they are known.
    pub(super) fn position(&self) -> Option<(usize, usize)> {
        match self {
            Self::Setting(at) => Some((at.line, at.column)),
            Self::File(_) => None,
        }
    }

    /// The same, as it stands behind a path.
    pub(super) fn line_and_column(&self) -> String {
        self.position().map_or_else(String::new, |(line, column)| format!(":{line}:{column}"))
    }

    /// The path as readers of a repository know it, with nothing in it that a terminal would obey.
    pub(super) fn shown(&self) -> String {
        let path = self.path();
        escape::text(&path.strip_prefix(".").unwrap_or(path).to_string_lossy()).into_owned()
    }
}

impl<'a> Alert<'a> {
    /// Of a mechanism that fails, or may.
    pub(super) fn of_mechanism(of: &'a MechanismReport, at: Whereabouts<'a>) -> Self {
        let (step, errno) = of.refusal();
        let title = of.cause.as_ref().map(|cause| cause.title);
        let title = if of.verdict == Verdict::Unsupported {
            let step = step.map(|step| format!(" at {}", step.id())).unwrap_or_default();
            let errno = errno.map(|errno| format!(" ({})", errno.name())).unwrap_or_default();
            let why = title.map(|title| format!(": {title}")).unwrap_or_default();
            format!("{} is refused{step}{errno}{why}", of.id)
        } else {
            let why = title.map(|title| format!(": it is not known whether {title}"));
            format!("{} may or may not work{}", of.id, why.unwrap_or_default())
        };
        let flags = of.flags.join(" ");
        let id = of.cause.as_ref().map(|cause| cause.id).or(of.prediction.cause);
        let level = match of.verdict {
            _ if !of.required => Severity::Note,
            Verdict::Unknown => Severity::Warning,
            _ => Severity::Error,
        };
        let mut alert = Self::new(id.unwrap_or(catalogue::UNEXPLAINED.id), level, title, at);
        alert.mechanism = Some((of.id, of.verdict));
        alert.details.extend((!flags.is_empty()).then(|| format!("Flags: {flags}")));
        alert.and(of.cause.iter().flat_map(|cause| &cause.evidence), &of.remedies)
    }

    pub(super) fn of_finding(of: &'a FindingReport, at: Whereabouts<'a>) -> Self {
        let mut alert = Self::new(of.rule, of.severity, of.title.clone(), at);
        alert.details.extend((!of.detail.is_empty()).then(|| of.detail.clone()));
        alert.and(of.evidence.iter().flatten(), &of.remedies)
    }

    fn new(id: &'static str, level: Severity, title: String, at: Whereabouts<'a>) -> Self {
        Self {
            id: Some(id),
            level,
            mechanism: None,
            title,
            details: vec![],
            file: None,
            container: None,
            at,
            fingerprint: String::new(),
        }
    }

    /// With what shows it, and the first thing that helps.
    fn and<'e>(
        mut self,
        evidence: impl Iterator<Item = &'e Evidence>,
        remedies: &[Advice],
    ) -> Self {
        // What was never looked for has no name.
        let evidence = evidence.filter(|seen| !seen.source.is_empty());
        self.details.extend(evidence.map(|seen| format!("Seen: {}: {}", seen.source, seen.value)));
        let commands = remedies.first().into_iter().flat_map(|remedy| &remedy.commands);
        for command in commands {
            self.details.extend(format!("What helps: {command}").lines().map(str::to_owned));
        }
        self.details.extend(self.id.map(|id| format!("More: isodoc explain {id}")));
        self
    }

    /// What it is, with the container that it is about before it.
    pub(super) fn headline(&self) -> String {
        let whose = self.container.map(|name| format!("{name}: ")).unwrap_or_default();
        escape::text(&format!("{whose}{}", self.title)).into_owned()
    }

    /// Everything that it says, line by line, with nothing in it that a terminal would obey.
    pub(super) fn lines(&self) -> impl Iterator<Item = String> {
        let details = self.details.iter().map(|line| escape::text(line).into_owned());
        [self.headline()].into_iter().chain(details)
    }

    /// The same as one text.
    pub(super) fn text(&self) -> String {
        self.lines().collect::<Vec<_>>().join("\n")
    }

    /// What stands for its id where there has to be one.
    pub(super) fn name(&self) -> &'static str {
        self.id.unwrap_or(UNREADABLE)
    }
}

/// What a file that cannot be judged is called.
pub(super) const UNREADABLE: &str = "unreadable-file";

/// What is wrong, or worth knowing, in a place.
pub(super) fn of_check<'a>(checked: &'a Checked<'a>) -> Vec<Alert<'a>> {
    let report = checked.report;
    let mut found = Collected::default();
    for mechanism in report.entries() {
        let counts = mechanism.required || checked.least == Severity::Note;
        if counts && mechanism.verdict != Verdict::Supported {
            let evidence = mechanism.cause.iter().flat_map(|cause| &cause.evidence);
            let at = Whereabouts::File(file_seen(checked, evidence));
            found.add(Alert::of_mechanism(mechanism, at), &[]);
        }
    }
    for finding in &report.findings {
        let at = Whereabouts::File(file_seen(checked, finding.evidence.iter().flatten()));
        found.add(Alert::of_finding(finding, at), &[]);
    }
    found.alerts
}

/// The answer of `check` in a line.
pub(super) fn heading_of_check(checked: &Checked<'_>) -> String {
    answer::summary(checked.report)
}

/// The answer of `lint` in a line: of how many containers it is true.
pub(super) fn heading_of_lint(report: &LintReport) -> String {
    let containers = || report.files.iter().flat_map(|file| &file.containers);
    let judged = || containers().filter(|container| container.required);
    let such = judged().filter(|container| container.verdict == report.verdict).count();
    let all = words::judged(judged());
    match (report.verdict, such) {
        (Verdict::Unsupported, 0) => "isolation fails".to_owned(),
        (Verdict::Unsupported, _) => format!("isolation fails in {such} of {all}"),
        (Verdict::Unknown, 0) => "not everything could be judged".to_owned(),
        (Verdict::Unknown, _) => format!("isolation may fail in {such} of {all}"),
        (Verdict::Supported, 0) => "nothing fails".to_owned(),
        (Verdict::Supported, _) => format!("isolation works in {such} of {all}"),
    }
}

/// The same in files, one after the other.
pub(super) fn of_lint(report: &LintReport) -> Vec<Alert<'_>> {
    let mut found = Collected::default();
    report.files.iter().for_each(|file| found.file(file));
    found.alerts
}

/// The alerts, and how often each fingerprint was there.
#[derive(Default)]
struct Collected<'a> {
    alerts: Vec<Alert<'a>>,
    fingerprints: HashMap<String, usize>,
}

impl<'a> Collected<'a> {
    fn file(&mut self, file: &'a File) {
        let path = &*file.path;
        let at = |location: Option<&'a Location>| {
            location.map_or_else(|| Whereabouts::File(path.into()), Whereabouts::Setting)
        };
        let decides = |of: &'a MechanismReport| of.cause.as_ref().and_then(|c| c.location.as_ref());
        if let Some(error) = &file.error {
            let at = at(error.location.as_ref());
            let alert = Alert::new(UNREADABLE, Severity::Error, error.message.clone(), at);
            self.add(Alert { id: None, ..alert }, &[path]);
        }
        for finding in &file.findings {
            self.add(Alert::of_finding(finding, at(finding.location.as_ref())), &[path]);
        }
        for mechanism in file.asked().filter(|m| m.verdict != Verdict::Supported) {
            self.add(Alert::of_mechanism(mechanism, at(decides(mechanism))), &[path]);
        }
        for container in &file.containers {
            let scope = [path, container.name.as_str()];
            let begins = Some(&container.location);
            for mechanism in container.failing() {
                self.add(Alert::of_mechanism(mechanism, at(decides(mechanism).or(begins))), &scope);
            }
            for finding in container.remarks() {
                let at = at(finding.location.as_ref().or(begins));
                self.add(Alert::of_finding(finding, at), &scope);
            }
        }
    }

    /// Adds what was found in a container of a file, in a file, or in neither.
    fn add(&mut self, alert: Alert<'a>, scope: &[&'a str]) {
        let mechanism = alert.mechanism.map(|(id, _)| id);
        let parts = scope.iter().copied().chain(mechanism).chain([alert.name()]);
        let mut fingerprint = parts.collect::<Vec<_>>().join("/");
        let before = self.fingerprints.entry(fingerprint.clone()).or_default();
        *before += 1;
        if *before > 1 {
            fingerprint.push_str(&format!("/{before}"));
        }
        let [file, container] = [0, 1].map(|at| scope.get(at).copied());
        self.alerts.push(Alert { file, container, fingerprint, ..alert });
    }
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
