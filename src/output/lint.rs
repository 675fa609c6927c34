//! What `lint` found, as compilers say it: the file, the line, the line itself with a caret, and
//! what to do.

use std::fmt::Write;

use super::escape;
use super::page::Page;
use super::snippet::{self, Message};
use super::style::Style;
use crate::assume::Assumption;
use crate::deploy::FileId;
use crate::report::lint::{ContainerReport, DOUBT, File, LintReport};
use crate::report::{FindingReport, Location, MechanismReport, Severity};
use crate::verdict::Verdict;

/// The text of a file by its number.
pub(crate) trait FileTexts {
    /// The text.
    fn text_of(&self, file: FileId) -> std::rc::Rc<str>;
}

/// The hosts that can be assumed.
#[must_use]
pub(crate) fn assumptions(hosts: &[Assumption]) -> String {
    let mut page = Page::new();
    for host in hosts {
        page.line(0, &[(Style::Bold, host.id), (Style::Plain, ": "), (Style::Plain, host.about)]);
        page.line(4, &[(Style::Dim, "assumes: "), (Style::Plain, host.assumes)]);
        page.line(4, &[(Style::Dim, "source: "), (Style::Plain, host.source)]);
    }
    page.finish()
}

/// Everything, file by file, and a summary.
#[must_use]
pub(crate) fn human(report: &LintReport, texts: &dyn FileTexts) -> String {
    let mut out = Writer { out: String::new(), texts };
    for file in &report.files {
        out.file(file);
    }
    out.summary(report);
    out.out
}

struct Writer<'a> {
    out: String,
    texts: &'a dyn FileTexts,
}

impl Writer<'_> {
    fn file(&mut self, file: &File) {
        if let Some(error) = &file.error {
            let at = error.location.as_ref();
            let title = if at.is_some() {
                error.message.clone()
            } else {
                format!("{}: {}", file.path, error.message)
            };
            self.diagnostic(Severity::Error, None, &title, at, "here", &[]);
        }
        let mut findings: Vec<_> = file.findings.iter().collect();
        findings.sort_by_key(|finding| finding.location.as_ref().map(|at| (at.line, at.column)));
        for finding in findings {
            self.finding("", finding);
        }
        for mechanism in file.asked() {
            if mechanism.verdict == Verdict::Supported {
                let _ = writeln!(
                    self.out,
                    "{}: {} is supported once the daemon has started with it\n",
                    escape::text(&file.path),
                    mechanism.id
                );
            } else {
                self.mechanism("Docker daemon", None, mechanism);
            }
        }
        for container in &file.containers {
            self.container(container);
        }
        if file.error.is_none() && file.containers.is_empty() && file.asked().next().is_none() {
            let _ = writeln!(
                self.out,
                "{}: nothing to judge: no container in it\n",
                escape::text(&file.path)
            );
        }
    }

    fn container(&mut self, container: &ContainerReport) {
        for mechanism in container.failing() {
            self.mechanism(&container.name, Some(&container.location), mechanism);
        }
        for finding in container.remarks() {
            self.finding(&format!("{}: ", container.name), finding);
        }
    }

    fn mechanism(&mut self, name: &str, otherwise: Option<&Location>, mechanism: &MechanismReport) {
        let prediction = &mechanism.prediction;
        let refused = mechanism.verdict == Verdict::Unsupported;
        let at = prediction.step.map(|step| format!(" at {}", step.id())).unwrap_or_default();
        let errno =
            prediction.errno.map(|errno| format!(" ({})", errno.name())).unwrap_or_default();
        let what = if refused {
            format!("is refused{at}{errno}")
        } else {
            "may or may not work: nothing in the files decides it".to_owned()
        };
        let cause = mechanism.cause.as_ref();
        let title = format!("{name}: {} {what}", mechanism.id);
        // What is not known says more than the gate that hangs on it.
        let doubt =
            cause.and_then(|cause| cause.evidence.iter().find(|evidence| evidence.source == DOUBT));
        let label = cause.map_or("", |cause| doubt.map_or(cause.title, |doubt| &doubt.value));
        let location = cause.and_then(|cause| cause.location.as_ref()).or(otherwise);
        let flags = mechanism.flags.join(" ");
        let mut help = if flags.is_empty() { vec![] } else { vec![format!("flags: {flags}")] };
        if let Some(remedy) = mechanism.remedies.first() {
            help.extend(remedy.commands.iter().cloned());
        }
        let severity = if refused { Severity::Error } else { Severity::Warning };
        self.diagnostic(severity, cause.map(|cause| cause.id), &title, location, label, &help);
    }

    fn finding(&mut self, whose: &str, finding: &FindingReport) {
        let title = format!("{whose}{}", finding.title);
        let mut help = vec![finding.detail.clone()];
        if let Some(remedy) = finding.remedies.first() {
            help.extend(remedy.commands.iter().cloned());
        }
        self.diagnostic(
            finding.severity,
            Some(finding.rule),
            &title,
            finding.location.as_ref(),
            "",
            &help,
        );
    }

    fn diagnostic(
        &mut self,
        severity: Severity,
        id: Option<&'static str>,
        title: &str,
        at: Option<&Location>,
        label: &str,
        help: &[String],
    ) {
        let text = at.map(|at| self.texts.text_of(at.place.file));
        let at = at.zip(text.as_deref());
        snippet::write(&mut self.out, &Message { severity, id, title, at, label, help });
    }

    fn summary(&mut self, report: &LintReport) {
        let containers = || report.files.iter().flat_map(|file| &file.containers);
        let judged = || containers().filter(|c| c.required);
        let count = |verdict| judged().filter(|c| c.verdict == verdict).count();
        let (all, asking) = (containers().count(), judged().count());
        let errors = report.files.iter().filter(|file| file.error.is_some()).count();
        let mut line = match (all, asking) {
            (0, _) if report.files.iter().any(|file| file.asked().next().is_some()) => {
                format!("judged for {}: {}", report.host, report.verdict.id())
            }
            (0, _) => "nothing was judged: no container in the files".to_owned(),
            (_, 0) => {
                format!("none of {all} containers asks for isolation; --all judges every one")
            }
            _ => format!(
                "{asking} of {all} containers judged for {}: {} supported, {} unsupported, {} \
                    unknown",
                report.host,
                count(Verdict::Supported),
                count(Verdict::Unsupported),
                count(Verdict::Unknown)
            ),
        };
        if errors > 0 {
            let _ = write!(line, "; {errors} files could not be judged");
        }
        self.out.push_str(&escape::text(&line));
        self.out.push('\n');
    }
}
