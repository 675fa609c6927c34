//! One screen of text: the answer in the first line, then where, why, what to do, and the rest in
//! one line each.

use crate::facts::Evidence;
use std::fmt::Write;

use super::escape;
use super::style::{Style, paint};
use crate::explain::Explained;
use crate::facts::remap::State;
use crate::mechanisms::userns_remap;
use crate::platform::{Documented, Platform, ROWS, Vantage};
use crate::remedy::container::PRIVILEGED;
use crate::report::{Finding, Mechanism, Report, Severity};
use crate::rules::Rule;
use crate::verdict::{Advice, Verdict};
use crate::windmill::matrix::SOURCE;

/// A page of lines. Every piece of text goes through [`Page::line`], which is where it is made safe
/// and coloured.
#[derive(Default)]
pub(crate) struct Page(String);

impl Page {
    /// Adds a line made of pieces.
    pub(crate) fn line(&mut self, indent: usize, pieces: &[(Style, &str)]) {
        let _ = write!(self.0, "{:indent$}", "");
        for (style, text) in pieces {
            self.0.push_str(&paint(*style, &escape::text(text)));
        }
        self.0.truncate(self.0.trim_end_matches(' ').len());
        self.0.push('\n');
    }

    /// Adds a text that is isodoc's own, lines and all.
    pub(crate) fn own(&mut self, text: &'static str) {
        self.0.push_str(text);
        if !text.ends_with('\n') {
            self.0.push('\n');
        }
    }

    /// The text.
    #[must_use]
    pub(crate) fn finish(self) -> String {
        self.0
    }
}

/// How many lines a screen has.
const SCREEN: usize = 24;

/// The answer of `check`.
#[must_use]
pub(crate) fn check(report: &Report, verbose: bool) -> String {
    let main = main_entry(report);
    let mut head = Page::default();
    first_line(&mut head, report, main);
    required(&mut head, report);
    if let Some(entry) = main {
        flags(&mut head, entry);
    }
    place(&mut head, report, verbose);
    if let Some(entry) = main {
        why(&mut head, entry, verbose);
    }
    let mut tail = Page::default();
    for entry in report
        .mechanisms
        .iter()
        .chain(&report.capabilities)
        .filter(|e| main.is_none_or(|m| m.id != e.id))
    {
        // The daemon has a line of its own.
        if entry.id == userns_remap::MECHANISM.id && !entry.required {
            continue;
        }
        other(&mut tail, entry);
    }
    daemon(&mut tail, report);
    findings(&mut tail, report, verbose);
    footer(&mut tail, main);
    if let Some(entry) = main {
        let room = SCREEN.saturating_sub(head.height() + tail.height());
        remedies(&mut head, entry, if verbose { None } else { Some(room) });
        if verbose {
            gates(&mut head, entry);
        }
    }
    head.finish() + &tail.finish()
}

impl Page {
    fn height(&self) -> usize {
        self.0.lines().count()
    }
}

/// What the first line is about: the first required thing that has the verdict of the whole.
fn main_entry<'a>(report: &'a Report) -> Option<&'a Mechanism> {
    let decisive = report.required.iter().find(|r| r.verdict == report.verdict)?;
    entry(report, &decisive.id)
}

fn entry<'a>(report: &'a Report, id: &str) -> Option<&'a Mechanism> {
    report.mechanisms.iter().chain(&report.capabilities).find(|m| m.id == id)
}

fn style_of(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Supported => Style::Good,
        Verdict::Unsupported => Style::Bad,
        Verdict::Unknown => Style::Warn,
    }
}

/// The answer.
fn first_line(page: &mut Page, report: &Report, main: Option<&Mechanism>) {
    let verdict = (style_of(report.verdict), report.verdict.id());
    match main {
        Some(entry) => {
            page.line(0, &[verdict, (Style::Plain, ": "), (Style::Plain, &sentence(entry))])
        }
        None => page.line(0, &[verdict]),
    }
}

/// What happens to a mechanism, in one sentence.
fn sentence(entry: &Mechanism) -> String {
    let ran = entry.probe.verdict.is_some();
    let (step, errno) = if ran {
        (entry.probe.step, entry.probe.errno)
    } else {
        (entry.prediction.step, entry.prediction.errno)
    };
    let step = step.map(|s| s.to_string()).unwrap_or_default();
    let error = match (&entry.probe.signal, errno) {
        (Some(signal), _) => format!(" (killed by {signal})"),
        (None, Some(errno)) => format!(" ({errno})"),
        (None, None) => String::new(),
    };
    let cause =
        entry.cause.as_ref().map(|c| format!(": {} [{}]", c.title, c.id)).unwrap_or_default();
    let gate = entry.cause.as_ref().map(|c| format!(" [{}]", c.id)).unwrap_or_default();
    match entry.verdict {
        Verdict::Supported if ran => format!("{} works here", entry.id),
        Verdict::Supported => format!("{} would work, by the facts alone", entry.id),
        Verdict::Unsupported => format!("{} is refused at {step}{error}{cause}", entry.id),
        Verdict::Unknown if step.is_empty() => {
            format!("nothing tells whether {} works here", entry.id)
        }
        Verdict::Unknown => format!("nothing tells whether {} passes {step}{gate}", entry.id),
    }
}

/// What was required, where it is more than one thing.
fn required(page: &mut Page, report: &Report) {
    if report.required.len() > 1 {
        let each: Vec<String> =
            report.required.iter().map(|r| format!("{} {}", r.id, r.verdict.id())).collect();
        page.line(2, &[(Style::Dim, "required: "), (Style::Plain, &each.join(", "))]);
    }
}

fn flags(page: &mut Page, entry: &Mechanism) {
    if !entry.flags.is_empty() {
        page.line(2, &[(Style::Dim, "flags: "), (Style::Plain, &entry.flags.join(" "))]);
    }
}

/// Where isodoc stands, and what the documentation says of it.
fn place(page: &mut Page, report: &Report, verbose: bool) {
    let (vantage, platform) = (&report.vantage, &report.platform);
    let text = format!(
        "{}; platform {}, documented as {}",
        vantage.name,
        platform.id.name(),
        platform.documented.name()
    );
    page.line(2, &[(Style::Dim, "where: "), (Style::Plain, &text)]);
    if verbose {
        page.line(2, &[(Style::Dim, "documented notes: "), (Style::Plain, &platform.notes)]);
        vantage.evidence.iter().for_each(|e| evidence(page, 4, e));
    }
}

/// The name of an enum's value in the report.
fn serde_name(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

/// How many pieces of evidence fit on one screen.
const EVIDENCE: usize = 3;

/// What shows the cause.
fn why(page: &mut Page, entry: &Mechanism, verbose: bool) {
    let Some(cause) = &entry.cause else { return };
    let shown = if verbose { cause.evidence.len() } else { EVIDENCE };
    for evidence in cause.evidence.iter().take(shown) {
        self::evidence(page, 2, evidence);
    }
    let list = |page: &mut Page, what: &str, ids: &Option<Vec<&'static str>>| {
        if let Some(ids) = ids.as_ref().filter(|ids| !ids.is_empty()) {
            page.line(2, &[(Style::Dim, what), (Style::Plain, &ids.join(", "))]);
        }
    };
    list(page, "ruled out: ", &cause.ruled_out);
    list(page, "undecided: ", &cause.undecided);
}

fn evidence(page: &mut Page, indent: usize, evidence: &Evidence) {
    page.line(
        indent,
        &[
            (Style::Dim, "seen: "),
            (Style::Plain, &evidence.source),
            (Style::Plain, ": "),
            (Style::Plain, &evidence.value),
        ],
    );
}

/// The remedies that fit in the room: the shortest first, the dearest last.
fn remedies(page: &mut Page, entry: &Mechanism, room: Option<usize>) {
    if entry.remedies.is_empty() {
        return;
    }
    let mut sorted: Vec<&Advice> = entry.remedies.iter().collect();
    sorted.sort_by_key(|r| (r.cost >= PRIVILEGED.cost, r.commands.len(), r.cost));
    let all = if sorted.len() > 1 {
        " (any one of these; each is predicted to lead to supported)"
    } else {
        " (predicted to lead to supported)"
    };
    page.line(0, &[(Style::Bold, "what would help"), (Style::Dim, all)]);
    let mut left = room.map_or(usize::MAX, |room| room.saturating_sub(2));
    let mut shown = 0;
    for remedy in &sorted {
        let mut bullet = Page::default();
        self::bullet(&mut bullet, remedy, room.is_none());
        if shown > 0 && bullet.height() > left {
            break;
        }
        left = left.saturating_sub(bullet.height());
        page.0.push_str(&bullet.0);
        shown += 1;
    }
    if shown < sorted.len() {
        let more = format!("{} more with --verbose", sorted.len() - shown);
        page.line(2, &[(Style::Dim, &more)]);
    }
}

/// One remedy: who has to act, what is typed, what it gives away.
fn bullet(page: &mut Page, remedy: &Advice, verbose: bool) {
    let who = serde_name(&remedy.who);
    let weakens = if remedy.weakens.is_empty() { "nothing" } else { &remedy.weakens };
    page.line(
        2,
        &[
            (Style::Plain, "- "),
            (Style::Bold, &who),
            (Style::Dim, "; weakens: "),
            (Style::Dim, weakens),
        ],
    );
    for line in remedy.commands.iter().flat_map(|command| command.lines()) {
        page.line(6, &[(Style::Plain, line)]);
    }
    if verbose {
        let undo = format!("{} (id {}, cost {})", remedy.undo, remedy.id, remedy.cost);
        page.line(4, &[(Style::Dim, "undo: "), (Style::Dim, &undo)]);
    }
}

/// The gates that were ruled out, and those that nobody can rule out.
fn gates(page: &mut Page, entry: &Mechanism) {
    let prediction = &entry.prediction;
    page.line(0, &[(Style::Bold, "gates")]);
    for (what, ids) in [
        ("ruled out: ", &prediction.ruled_out),
        ("undecided: ", &prediction.undecided),
        ("shown by no fact: ", &prediction.not_excluded),
    ] {
        if !ids.is_empty() {
            page.line(2, &[(Style::Dim, what), (Style::Plain, &ids.join(", "))]);
        }
    }
}

/// A mechanism that the first line is not about.
fn other(page: &mut Page, entry: &Mechanism) {
    page.line(
        0,
        &[
            (style_of(entry.verdict), entry.verdict.id()),
            (Style::Plain, ": "),
            (Style::Plain, &sentence(entry)),
        ],
    );
}

fn daemon(page: &mut Page, report: &Report) {
    let remap = &report.docker.userns_remap;
    let text = match remap.state {
        State::NotInstalled => "not installed".to_owned(),
        state => {
            let configured = remap
                .configured
                .as_ref()
                .map_or_else(|| "not configured".into(), |value| format!("configured: {value}"));
            format!(
                "userns-remap {} ({configured}; in effect: {})",
                state.id(),
                remap.effective.unwrap_or("unknown")
            )
        }
    };
    page.line(0, &[(Style::Dim, "docker: "), (Style::Plain, &text)]);
}

/// How many findings fit on one screen.
const FINDINGS: usize = 4;

fn findings(page: &mut Page, report: &Report, verbose: bool) {
    use crate::windmill::Outcome;
    if matches!(
        report.worker.outcome,
        Outcome::IsolatedByNsjail | Outcome::IsolatedByUnshare | Outcome::Unknown
    ) {
        page.line(0, &[(Style::Dim, "worker: "), (Style::Plain, &report.worker.detail)]);
    }
    let shown = if verbose { report.findings.len() } else { FINDINGS };
    for finding in report.findings.iter().take(shown) {
        let (style, severity) = match finding.severity {
            Severity::Error => (Style::Bad, "error: "),
            Severity::Warning => (Style::Warn, "warning: "),
            Severity::Note => (Style::Dim, "note: "),
        };
        page.line(
            0,
            &[
                (style, severity),
                (Style::Plain, &finding.title),
                (Style::Dim, &format!(" [{}]", finding.rule)),
            ],
        );
        if verbose || finding.severity == Severity::Error {
            details(page, finding, verbose);
        }
    }
    if report.findings.len() > shown {
        let more = format!("{} more findings with --verbose", report.findings.len() - shown);
        page.line(0, &[(Style::Dim, &more)]);
    }
}

fn details(page: &mut Page, finding: &Finding, verbose: bool) {
    if !finding.detail.is_empty() {
        page.line(2, &[(Style::Plain, &finding.detail)]);
    }
    for evidence in finding.evidence.iter().flatten().filter(|_| verbose) {
        self::evidence(page, 2, evidence);
    }
}

/// Whether the kernel was asked, and where to read on.
fn footer(page: &mut Page, main: Option<&Mechanism>) {
    let Some(entry) = main else { return };
    if let Some(reason) = &entry.probe.reason {
        let how = if entry.probe.status == "failed" { "the probe failed" } else { "not probed" };
        let text = format!("{how}, predicted from facts alone: {reason}");
        page.line(0, &[(Style::Dim, &text)]);
    }
    if let Some(why) = &entry.probe.binary {
        page.line(0, &[(Style::Dim, "the real unshare was run: "), (Style::Dim, why)]);
    }
    if let Some(cause) = entry.cause.as_ref().filter(|c| c.id != "unexplained") {
        page.line(0, &[(Style::Dim, "more: isodoc explain "), (Style::Dim, cause.id)]);
    }
}

/// The table of `rules`.
#[must_use]
pub(crate) fn rules(rules: &[&Rule]) -> String {
    let mut page = Page::default();
    let width = rules.iter().map(|r| r.id.len()).max().unwrap_or(0);
    for rule in rules {
        let (step, errno) = usual(rule);
        page.line(
            0,
            &[
                (Style::Bold, &format!("{:width$}", rule.id)),
                (Style::Dim, &format!("  {step:<13} {errno:<7} ")),
                (Style::Plain, rule.title),
            ],
        );
    }
    page.finish()
}

/// The usual step and error of a rule.
fn usual(rule: &Rule) -> (&'static str, &'static str) {
    (rule.steps.first().map_or("-", |s| s.id()), rule.errnos.first().map_or("-", |e| e.name()))
}

/// The page of `explain ID`.
#[must_use]
pub(crate) fn rule(rule: &Rule) -> String {
    let mut page = Page::default();
    page.line(0, &[(Style::Bold, rule.id), (Style::Plain, ": "), (Style::Plain, rule.title)]);
    let join = |names: Vec<&'static str>| {
        if names.is_empty() { "any, or none".to_owned() } else { names.join(", ") }
    };
    let steps = join(rule.steps.iter().map(|s| s.id()).collect());
    let errnos = join(rule.errnos.iter().map(|e| e.name()).collect());
    page.line(
        2,
        &[
            (Style::Dim, "step: "),
            (Style::Plain, &steps),
            (Style::Dim, "; error: "),
            (Style::Plain, &errnos),
        ],
    );
    page.line(0, &[]);
    page.own(rule.docs);
    page.finish()
}

/// The answer of `explain --error`.
#[must_use]
pub(crate) fn explained(explained: &Explained) -> String {
    let mut page = Page::default();
    let seen = match (explained.step, explained.errno) {
        (Some(step), Some(errno)) => format!("refused at {step} with {errno}"),
        (Some(step), None) => format!("refused at {step}"),
        (None, Some(errno)) => format!("refused with {errno}; the step is not told"),
        (None, None) => "neither a step nor an error that isodoc knows".to_owned(),
    };
    page.line(0, &[(Style::Dim, "the text says: "), (Style::Plain, &seen)]);
    if explained.causes.is_empty() {
        page.line(
            0,
            &[
                (Style::Warn, "no cause fits"),
                (Style::Plain, "; run `isodoc check` where it happened"),
            ],
        );
    } else {
        page.line(0, &[(Style::Bold, "causes that fit, best first")]);
    }
    for (at, cause) in explained.causes.iter().enumerate() {
        page.line(
            2,
            &[
                (Style::Plain, &format!("{}. ", at + 1)),
                (Style::Bold, cause.id),
                (Style::Plain, ": "),
                (Style::Plain, cause.title),
            ],
        );
        page.line(5, &[(Style::Dim, &cause.why)]);
    }
    page.finish()
}

/// The table of `matrix`.
#[must_use]
pub(crate) fn matrix(vantage: &Vantage, platform: &Platform) -> String {
    let mut page = Page::default();
    let mut row = |here: bool, title: &str, documented: Documented, notes: &str| {
        let (mark, style) = if here { ("> ", Style::Bold) } else { ("  ", Style::Plain) };
        page.line(
            0,
            &[
                (style, mark),
                (style, &format!("{title:<24}  {:<12}  ", documented.name())),
                (style, notes),
            ],
        );
    };
    for each in ROWS {
        row(each.id == platform.id, each.title, each.documented, each.notes);
    }
    if platform.id.documented_row().is_none() {
        row(true, vantage.name, platform.documented, &platform.notes);
    }
    page.line(0, &[]);
    page.line(0, &[(Style::Dim, "documented by: "), (Style::Plain, SOURCE)]);
    page.line(
        0,
        &[
            (Style::Dim, "this place (>): "),
            (Style::Plain, vantage.name),
            (Style::Dim, "; what it really grants: isodoc check"),
        ],
    );
    for each in &platform.evidence {
        evidence(&mut page, 2, each);
    }
    page.finish()
}
