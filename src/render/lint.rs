//! What `lint` found, as compilers say it: the file, the line, the line itself with a caret, and what to do.

use std::fmt::Write;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::escape;
use super::human::Page;
use super::style::{self, Style};
use crate::assume::Assumption;
use crate::lint::report::{Container, File, FileFinding, Report};
use crate::report::{Location, Mechanism, Severity};
use crate::verdict::Verdict;
use crate::workload::FileId;

/// The text of a file by its number.
pub trait Texts {
    /// The text.
    fn text_of(&self, file: FileId) -> std::rc::Rc<str>;
}

/// The longest line that is shown whole, in bytes.
const LONG: usize = 240;

/// The hosts that can be assumed.
#[must_use]
pub fn assumptions(hosts: &[Assumption]) -> String {
    let mut page = Page::default();
    for host in hosts {
        page.line(0, &[(Style::Bold, host.id), (Style::Plain, ": "), (Style::Plain, host.about)]);
        page.line(4, &[(Style::Dim, "assumes: "), (Style::Plain, host.assumes)]);
        page.line(4, &[(Style::Dim, "source: "), (Style::Plain, host.source)]);
    }
    page.finish()
}

/// Everything, file by file, and a summary.
#[must_use]
pub fn human(report: &Report, texts: &dyn Texts) -> String {
    let renderer = if style::is_on() { Renderer::styled() } else { Renderer::plain() };
    let mut out = Writer { out: String::new(), renderer, texts };
    for file in &report.files {
        out.file(file);
    }
    out.summary(report);
    out.out
}

struct Writer<'a> {
    out: String,
    renderer: Renderer,
    texts: &'a dyn Texts,
}

impl Writer<'_> {
    fn file(&mut self, file: &File) {
        if let Some(error) = &file.error {
            let at = error.location.as_ref();
            let title = if at.is_some() { error.message.clone() } else { format!("{}: {}", file.path, error.message) };
            self.diagnostic(&Level::ERROR, None, &title, at, "here", &[]);
        }
        for finding in &file.findings {
            self.finding("", finding);
        }
        for mechanism in file.mechanisms.iter().filter(|m| m.required) {
            if mechanism.verdict == Verdict::Supported {
                let _ =
                    writeln!(self.out, "{}: {} is supported once the daemon has started with it\n", escape::text(&file.path), mechanism.id);
            } else {
                self.mechanism("Docker daemon", None, mechanism);
            }
        }
        for container in &file.containers {
            self.container(container);
        }
        if file.error.is_none() && file.containers.is_empty() && !file.mechanisms.iter().any(|m| m.required) {
            let _ = writeln!(self.out, "{}: nothing to judge: no container in it\n", escape::text(&file.path));
        }
    }

    fn container(&mut self, container: &Container) {
        if container.required {
            for mechanism in container.mechanisms.iter().filter(|m| m.required && m.verdict != Verdict::Supported) {
                self.mechanism(&container.name, Some(&container.location), mechanism);
            }
        }
        let worth = |finding: &&FileFinding| container.required || finding.severity != Severity::Note;
        for finding in container.findings.iter().filter(worth) {
            self.finding(&format!("{}: ", container.name), finding);
        }
    }

    fn mechanism(&mut self, name: &str, otherwise: Option<&Location>, mechanism: &Mechanism) {
        let prediction = &mechanism.prediction;
        let refused = mechanism.verdict == Verdict::Unsupported;
        let at = prediction.step.map(|step| format!(" at {}", step.id())).unwrap_or_default();
        let errno = prediction.errno.map(|errno| format!(" ({})", errno.name())).unwrap_or_default();
        let what =
            if refused { format!("is refused{at}{errno}") } else { "may or may not work: nothing in the files decides it".to_owned() };
        let cause = mechanism.cause.as_ref();
        let title = format!("{name}: {} {what}", mechanism.id);
        let label = cause.map_or("", |cause| cause.title);
        let location = cause.and_then(|cause| cause.location.as_ref()).or(otherwise);
        let flags = mechanism.flags.join(" ");
        let mut help = if flags.is_empty() { vec![] } else { vec![format!("flags: {flags}")] };
        if let Some(remedy) = mechanism.remedies.first() {
            help.extend(remedy.commands.iter().cloned());
        }
        let level = if refused { Level::ERROR } else { Level::WARNING };
        self.diagnostic(&level, cause.map(|cause| cause.id), &title, location, label, &help);
    }

    fn finding(&mut self, whose: &str, finding: &FileFinding) {
        let level = match finding.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
            Severity::Note => Level::NOTE,
        };
        let title = format!("{whose}{}", finding.title);
        let mut help = vec![finding.detail.clone()];
        if let Some(remedy) = finding.remedies.first() {
            help.extend(remedy.commands.iter().cloned());
        }
        self.diagnostic(&level, Some(finding.rule), &title, finding.location.as_ref(), "", &help);
    }

    fn diagnostic(
        &mut self,
        level: &Level<'_>,
        id: Option<&'static str>,
        title: &str,
        at: Option<&Location>,
        label: &str,
        help: &[String],
    ) {
        let mut heading = level.clone().primary_title(escape::text(title));
        if let Some(id) = id {
            heading = heading.id(id);
        }
        let mut group = Group::with_title(heading);
        if let Some(at) = at {
            let text = self.texts.text_of(at.place.file);
            let (line, span) = excerpt(&text, at.place.start, at.place.end);
            let mut caret = AnnotationKind::Primary.span(span);
            if !label.is_empty() {
                caret = caret.label(label.to_owned());
            }
            let snippet = Snippet::source(line.to_owned()).line_start(at.line).path(&*at.path).annotation(caret);
            group = group.element(snippet);
        }
        for text in help.iter().filter(|text| !text.is_empty()) {
            group = group.element(Level::HELP.message(escape::text(text).into_owned()));
        }
        self.out.push_str(&self.renderer.render(&[group]));
        self.out.push_str("\n\n");
    }

    fn summary(&mut self, report: &Report) {
        let containers = || report.files.iter().flat_map(|file| &file.containers);
        let judged = || containers().filter(|c| c.required);
        let count = |verdict| judged().filter(|c| c.verdict == verdict).count();
        let (all, asking) = (containers().count(), judged().count());
        let errors = report.files.iter().filter(|file| file.error.is_some()).count();
        let mut line = match (all, asking) {
            (0, _) if report.files.iter().any(|file| file.mechanisms.iter().any(|m| m.required)) => {
                format!("judged for {}: {}", report.host, report.verdict.id())
            }
            (0, _) => "nothing was judged: no container in the files".to_owned(),
            (_, 0) => format!("none of {all} containers asks for isolation; --all judges every one"),
            _ => format!(
                "{asking} of {all} containers judged for {}: {} supported, {} unsupported, {} unknown",
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

/// The line in which a range begins, and the range within it; of a long line only the part around it.
fn excerpt(text: &str, start: usize, end: usize) -> (&str, std::ops::Range<usize>) {
    let start = floor(text, start);
    let first = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
    let last = text[start..].find('\n').map_or(text.len(), |newline| start + newline);
    let (from, to) = if last - first > LONG {
        (floor(text, first.max(start.saturating_sub(LONG / 4))), floor(text, last.min(start + LONG)))
    } else {
        (first, last)
    };
    let line = text[from..to].trim_end_matches('\r');
    let begin = (start - from).min(line.len());
    (line, begin..floor(line, end.saturating_sub(from)).clamp(begin, line.len()))
}

/// The boundary of a character at or before a byte.
fn floor(text: &str, byte: usize) -> usize {
    let mut at = byte.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_one_line_and_never_a_long_one() {
        assert_eq!(excerpt("a\nbcd\ne", 3, 4), ("bcd", 1..2));
        // A range of several lines ends with its first.
        assert_eq!(excerpt("a\nbcd\ne", 2, 7), ("bcd", 0..3));
        let long = format!("x: [{}]", "é".repeat(100_000));
        let (line, span) = excerpt(&long, 100_005, 100_009);
        assert!(line.len() <= LONG * 2 && span.start <= span.end && span.end <= line.len());
        assert_eq!(excerpt("", 5, 9), ("", 0..0));
    }
}
