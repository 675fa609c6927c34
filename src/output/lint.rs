//! The screen of `lint`: for each container a line that says whether isolation works in it, the
//! setting that decides in its file, and what to write instead; then how many pass.

use std::collections::BTreeMap;

use super::answer;
use super::page::Page;
use super::snippet;
use super::style::Style;
use super::words;
use crate::assume::Assumption;
use crate::deploy::FileId;
use crate::findings::catalogue;
use crate::platform::VantageId;
use crate::report::lint::{
    ContainerReport, DOUBT, File, LintReport, NOT_READ, Walked, starts_with,
};
use crate::report::{FindingReport, Location, MechanismReport};
use crate::verdict::{Advice, Verdict, Who};

pub(crate) trait FileTexts {
    fn text_of(&self, file: FileId) -> std::rc::Rc<str>;
}

#[must_use]
pub(crate) fn assumptions(rows: &[Assumption]) -> String {
    let mut page = Page::new();
    for row in rows {
        page.line(0, &[(Style::Bold, row.id), (Style::Plain, ": "), (Style::Plain, row.about)]);
        page.line(4, &[(Style::Dim, "assumes: "), (Style::Plain, row.assumes)]);
        page.line(4, &[(Style::Dim, "source: "), (Style::Plain, row.source)]);
    }
    page.finish()
}

/// Where the answer about a Docker daemon holds.
pub(super) const RESTARTED: &str = "once the daemon is restarted with it";

/// Everything, file by file, and a summary.
#[must_use]
pub(crate) fn human(report: &LintReport, texts: &dyn FileTexts) -> String {
    let mut screen = Screen { page: Page::new(), texts };
    if let Some(none) = none_asks(report) {
        screen.page.wrapped(0, 2, &[(Style::Bold, none)]);
    }
    report.files.iter().for_each(|file| screen.file(file));
    screen.page.gap();
    summary(report).iter().for_each(|line| screen.page.wrapped(0, 2, &[(Style::Plain, line)]));
    screen.page.finish()
}

/// What to do where there are containers and none asks for isolation.
pub(super) fn none_asks(report: &LintReport) -> Option<&'static str> {
    let mut containers = report.files.iter().flat_map(|file| &file.containers).peekable();
    (containers.peek().is_some() && !containers.any(|container| container.required)).then_some(
        "No container asks for isolation, so none was checked: --all checks every one, \
            --for MECHANISM asks every one about that, --image 'GLOB=MECHANISM' those of an image.",
    )
}

struct Screen<'a> {
    page: Page,
    texts: &'a dyn FileTexts,
}

impl Screen<'_> {
    fn file(&mut self, file: &File) {
        if let Some(error) = &file.error {
            self.page.gap();
            let message = match &error.location {
                Some(_) => error.message.clone(),
                None if *file.path == *"-" => format!("standard input: {}", error.message),
                None => format!("{}: {}", file.path, error.message),
            };
            self.page.wrapped(0, 2, &[(Style::Bad, "error: "), (Style::Bold, &message)]);
            // What another file names need not be one that everybody may read.
            let own = error.location.as_ref().filter(|at| at.path == file.path);
            self.excerpt(own, Style::Bad);
        }
        if file.kind == NOT_READ {
            for finding in &file.findings {
                self.page.gap();
                let said = format!("{}: {}", file.path, finding.title);
                self.page.wrapped(0, 2, &[(Style::Plain, &said)]);
            }
            return;
        }
        for finding in file.remarks() {
            self.finding("", finding);
        }
        for mechanism in file.asked() {
            self.mechanism(&file.path, RESTARTED, None, mechanism);
        }
        for container in &file.containers {
            self.container(container);
        }
        let nothing = file.containers.is_empty() && file.asked().next().is_none();
        if file.error.is_none() && nothing && !file.found {
            self.page.gap();
            let nothing = format!("{}: no container in it: nothing to judge", file.path);
            self.page.wrapped(0, 2, &[(Style::Plain, &nothing)]);
        }
    }

    fn container(&mut self, container: &ContainerReport) {
        let starts = starts_with(&container.findings);
        for mechanism in container.asked() {
            if mechanism.verdict == Verdict::Supported && starts != Verdict::Supported {
                self.not_started(&container.name, mechanism, starts);
            } else {
                self.mechanism(&container.name, "in it", Some(&container.location), mechanism);
            }
        }
        for finding in container.remarks() {
            self.finding(&format!("{}: ", container.name), finding);
        }
    }

    /// What the kernel would let work in a container that does not start, or may not.
    fn not_started(&mut self, name: &str, mechanism: &MechanismReport, starts: Verdict) {
        let subject = answer::lower(&answer::subject(mechanism));
        let (style, answer, why) = match starts {
            Verdict::Unsupported => {
                let answer = format!("{subject} does not work in it");
                (Style::Bad, answer, ": it does not start (see below)")
            }
            _ => {
                let answer = format!("cannot tell whether {subject} works in it");
                (Style::Warn, answer, ": it may not start (see below)")
            }
        };
        self.page.gap();
        let line =
            [(Style::Bold, name), (Style::Bold, ": "), (style, &answer), (Style::Plain, why)];
        self.page.wrapped(0, 2, &line);
    }

    /// Whether a mechanism works in a container, where that is decided, and what helps.
    fn mechanism(
        &mut self,
        name: &str,
        inside: &str,
        begins: Option<&Location>,
        mechanism: &MechanismReport,
    ) {
        let cause = mechanism.cause.as_ref();
        let (style, answer, why) = sentence(mechanism, inside);
        self.page.gap();
        self.page.wrapped(
            0,
            2,
            &[
                (Style::Bold, name),
                (Style::Bold, ": "),
                (style, &answer),
                (Style::Plain, if why.is_some() { ": " } else { "" }),
                (Style::Plain, why.unwrap_or_default()),
                (Style::Dim, &mechanism.cause_tag()),
            ],
        );
        if mechanism.verdict == Verdict::Supported {
            return;
        }
        self.excerpt(cause.and_then(|cause| cause.location.as_ref()).or(begins), style);
        if !answer::is_daemon(mechanism) {
            self.page.field("asked for", &[(Style::Plain, &answer::asked(mechanism))]);
            if let Some((label, text)) = answer::outcome(mechanism) {
                self.page.field(label, &[(Style::Plain, &text)]);
            }
        }
        self.remedies("What helps", &mechanism.remedies);
    }

    fn finding(&mut self, whose: &str, finding: &FindingReport) {
        self.page.gap();
        let style = answer::style_of_severity(finding.severity);
        let (severity, id) =
            (format!("{}: ", finding.severity.id()), format!(" [{}]", finding.rule));
        self.page.wrapped(
            0,
            2,
            &[
                (style, &severity),
                (Style::Bold, whose),
                (Style::Plain, &finding.title),
                (Style::Dim, &id),
            ],
        );
        self.excerpt(finding.location.as_ref(), style);
        if !finding.detail.is_empty() {
            self.page.wrapped(2, 2, &[(Style::Plain, &finding.detail)]);
        }
        self.remedies("Instead", &finding.remedies);
    }

    /// The first remedy whole, and what is written for the next ones that do as well.
    fn remedies(&mut self, heading: &str, remedies: &[Advice]) {
        const MOST: usize = 2;
        let Some((first, others)) = remedies.split_first() else { return };
        let together = if first.commands.len() > 1 { ", all of it together" } else { "" };
        self.remedy(&format!("{heading}{together}"), first);
        for other in others.iter().take(MOST) {
            let written: Vec<String> = other.commands.iter().map(|it| brief(it)).collect();
            let other = format!("or instead: {}", written.join("; "));
            self.page.wrapped(4, 6, &[(Style::Dim, &other)]);
        }
    }

    /// What is written instead, who else has to act, and what is given up.
    fn remedy(&mut self, heading: &str, remedy: &Advice) {
        let who = match remedy.who {
            Who::Deployer => String::new(),
            who => format!(" (needs {})", words::who(who, VantageId::Unknown)),
        };
        self.page.line(2, &[(Style::Bold, heading), (Style::Plain, &who), (Style::Plain, ":")]);
        self.page.commands(4, &remedy.commands);
        if !remedy.weakens.is_empty() {
            self.page.wrapped(4, 6, &[(Style::Dim, "gives up: "), (Style::Dim, &remedy.weakens)]);
        }
    }

    fn excerpt(&mut self, at: Option<&Location>, style: Style) {
        if let Some(at) = at {
            let text = self.texts.text_of(at.place.file);
            snippet::write(&mut self.page, at, &text, style);
        }
    }
}

/// How many containers there are, how many were judged, and how many pass.
pub(super) fn summary(report: &LintReport) -> Vec<String> {
    let containers = || report.files.iter().flat_map(|file| &file.containers);
    let judged = || containers().filter(|container| container.required);
    let count = |verdict| judged().filter(|container| container.verdict == verdict).count();
    let daemon = report.files.iter().any(|file| file.asked().next().is_some());
    let broken = || report.files.iter().filter(|file| file.error.is_some());
    let in_part = broken().filter(|file| !file.containers.is_empty()).count();
    let errors = broken().count() - in_part;
    let mut lines = vec![];
    match (containers().count(), judged().count()) {
        (0, _) if daemon || errors > 0 || report.verdict == Verdict::Supported => {}
        (0, _) => lines.push("Nothing was judged: there is no container.".to_owned()),
        // The first line says so.
        (_, 0) => {}
        (all, judged) => {
            let of = if judged == all { String::new() } else { format!("{judged} of ") };
            let all = words::judged(containers());
            let passes = |file: &&File| {
                file.containers.iter().any(|c| c.required && c.verdict == Verdict::Supported)
            };
            let counts = counts(judged, broken().any(|file| passes(&file)), count);
            // What the file says of its host is not assumed.
            let is_known = |container: &&ContainerReport| {
                container.findings.iter().any(|it| it.rule == catalogue::RUNNER_KNOWN.id)
            };
            let on = match containers().filter(|c| c.required).filter(is_known).count() {
                known if known == judged => String::new(),
                0 => format!(", assuming {}", host(report)),
                _ => format!(", assuming {} where the file names no host", host(report)),
            };
            lines.push(format!("{of}{all} checked{on}: {counts}."));
        }
    }
    // Only what was read has a place where it is wrong.
    let placed = |file: &&File| file.error.as_ref().is_some_and(|error| error.line.is_some());
    let invalid = broken().filter(|file| file.containers.is_empty()).filter(placed).count();
    for (files, one, many) in [
        (errors - invalid, "could not be read", "could not be read"),
        (invalid, "is not valid, and was not judged", "are not valid, and were not judged"),
        (in_part, "has an error, and was judged in part", "have an error, and were judged in part"),
    ] {
        match files {
            0 => {}
            1 => lines.push(format!("1 file {one}.")),
            _ => lines.push(format!("{files} files {many}.")),
        }
    }
    match report.files.iter().map(|file| file.accepted.len()).sum::<usize>() {
        0 => {}
        many => lines.push(format!("{many} accepted.")),
    }
    lines.extend(report.walked.as_ref().map(walked));
    let failing = |container: &&ContainerReport| container.failing().next().is_some();
    if containers().any(|container| failing(&container)) {
        let fixable = containers().filter(failing).any(|container| container.fixable);
        let fix = if fixable {
            "isodoc lint --fix writes what settings of the file can do; "
        } else {
            ""
        };
        lines.push(format!("{fix}isodoc explain ID says more about an [ID]."));
    }
    lines
}

/// The first line of a command, without its comment.
fn brief(command: &str) -> String {
    let (first, rest) = command.split_once('\n').unwrap_or((command, ""));
    let first = first.split_once("    # ").map_or(first, |(own, _)| own).trim();
    if rest.is_empty() { first.to_owned() } else { format!("{first} ...") }
}

/// What is said of a mechanism in a container, or in what `inside` names: the answer, and why.
pub(super) fn sentence<'a>(
    mechanism: &'a MechanismReport,
    inside: &str,
) -> (Style, String, Option<&'a str>) {
    let subject = answer::lower(&answer::subject(mechanism));
    let cause = mechanism.cause.as_ref();
    // What is not known says more than the rule that depends on it.
    let doubt =
        cause.and_then(|cause| cause.evidence.iter().find(|evidence| evidence.source == DOUBT));
    let title = cause.map(|cause| cause.title);
    match (mechanism.verdict, answer::isolates_nothing(mechanism)) {
        (Verdict::Supported, Some(why)) => {
            (Style::Warn, format!("nothing is isolated {inside}"), Some(why))
        }
        (Verdict::Supported, None) => {
            (Style::Good, format!("{subject} should work {inside}"), None)
        }
        (Verdict::Unsupported, _) => {
            (Style::Bad, format!("{subject} does not work {inside}"), title)
        }
        (Verdict::Unknown, _) => (
            Style::Warn,
            format!("cannot tell whether {subject} works {inside}"),
            doubt.map(|doubt| doubt.value.as_str()).or(title),
        ),
    }
}

/// What became of the files in directories: how many were read, and what the others are.
fn walked(walked: &Walked) -> String {
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for passed in &walked.passed_over {
        let name = passed.name.split_once(' ').map_or(passed.name, |(_, name)| name);
        *kinds.entry(name).or_default() += 1;
    }
    let over = walked.passed_over.len() + walked.others;
    let mut parts: Vec<String> =
        kinds.into_iter().map(|(name, count)| format!("{name} ({count})")).collect();
    if walked.others > 0 {
        parts.push(format!("of no kind that isodoc reads ({})", walked.others));
    }
    let of = if parts.is_empty() { String::new() } else { format!(": {}", parts.join(", ")) };
    format!("{} read, {over} skipped{of}.", words::counted(walked.read as u64, "file", "files"))
}

/// How many of the containers pass, or would if their file had no error.
fn counts(judged: usize, would: bool, count: impl Fn(Verdict) -> usize) -> String {
    let (passes, pass) = if would { ("would pass", "would pass") } else { ("passes", "pass") };
    let words = [
        (Verdict::Supported, passes, pass),
        (Verdict::Unsupported, "fails", "fail"),
        (Verdict::Unknown, "is unknown", "are unknown"),
    ];
    let part = |(verdict, one, many): (Verdict, &str, &str)| match count(verdict) {
        0 => None,
        1 if judged == 1 => Some(format!("it {one}")),
        1 => Some(format!("1 {one}")),
        n => Some(format!("{n} {many}")),
    };
    words.into_iter().filter_map(part).collect::<Vec<_>>().join(", ")
}

/// The host on which containers are judged, within a sentence.
fn host(report: &LintReport) -> String {
    let host = match report.host.as_str() {
        "this-host" => "this host",
        "snapshot" => "the host of the snapshot",
        id => id,
    };
    let with = report.runtime.map(|runtime| format!(" with {}", runtime.defaults().name));
    host.to_owned() + &with.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::brief;

    #[test]
    fn what_is_written_in_short() {
        for (command, expected) in [
            ("cap_add: [\"SYS_ADMIN\"]    # in the compose service", "cap_add: [\"SYS_ADMIN\"]"),
            ("[Service]\nUser=root", "[Service] ..."),
            ("x", "x"),
        ] {
            assert_eq!(brief(command), expected);
        }
    }
}
