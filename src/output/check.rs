//! The screen of `check`: the answer in the first line; what was run and what the kernel said to
//! it; what to do; and the rest in one line each.

use super::answer::{self, Hint};
use super::page::Page;
use super::style::Style;
use super::words;
use crate::facts::Evidence;
use crate::facts::remap::RemapState;
use crate::findings::Info;
use crate::findings::catalogue::{BINARY_DIFFERS, PLATFORM_DIFFERS, PREDICTION_DIFFERS};
use crate::mechanisms::DEFAULT;
use crate::plan::Step;
use crate::report::{CauseReport, CheckReport, FindingReport, MechanismReport, Severity};
use crate::verdict::{Advice, Verdict};

/// How many lines a screen has.
const SCREEN: usize = 24;

/// The answer of `check`.
#[must_use]
pub(crate) fn check(report: &CheckReport, verbose: bool) -> String {
    let Some(main) = answer::main_entry(report) else { return String::new() };
    let mut head = Page::new();
    first_line(&mut head, report, main);
    required(&mut head, report);
    head.gap();
    circumstances(&mut head, report, main, verbose);
    head.gap();
    let mut tail = head.another();
    findings(&mut tail, report, verbose);
    tail.gap();
    others(&mut tail, report, main);
    installed(&mut tail, report);
    if let Some(cause) = &main.cause {
        tail.wrapped(0, 2, &[(Style::Dim, "Read on: isodoc explain "), (Style::Dim, cause.id)]);
    }
    let room = SCREEN.saturating_sub(head.height() + tail.height());
    match main.verdict {
        Verdict::Supported => {}
        Verdict::Unknown => {
            head.line(0, &[(Style::Bold, answer::FIND_OUT)]);
            hints(&mut head, &answer::find_out(report, main));
        }
        Verdict::Unsupported if main.remedies.is_empty() => {
            let (what, more) = answer::no_remedy(report, main);
            head.line(
                0,
                &[(Style::Bold, "What helps"), (Style::Plain, ": "), (Style::Plain, what)],
            );
            hints(&mut head, &Vec::from_iter(more.map(Hint::Text)));
        }
        Verdict::Unsupported => {
            remedies(&mut head, report, main, if verbose { None } else { Some(room) });
        }
    }
    if verbose {
        head.gap();
        head.line(0, &[(Style::Bold, answer::GATES)]);
        for (what, ids) in answer::gates(&main.prediction) {
            head.field(what, &[(Style::Dim, &ids.join(", "))]);
        }
    }
    head.gap();
    head.append(tail);
    head.finish()
}

fn first_line(page: &mut Page, report: &CheckReport, entry: &MechanismReport) {
    let style = answer::style_of_answer(report, entry);
    let [answer, between, why, id] = &answer::sentence(report, entry);
    let parts = [
        (style, answer.as_str()),
        (Style::Plain, between),
        (Style::Bold, why),
        (Style::Plain, " "),
        (Style::Dim, id),
    ];
    page.wrapped(0, 2, &parts);
}

/// One row for each thing that was required, where it is more than one.
fn required(page: &mut Page, report: &CheckReport) {
    if report.required.len() < 2 {
        return;
    }
    page.gap();
    let wide = report.required.iter().map(|r| r.id.len()).max().unwrap_or(0);
    for required in &report.required {
        let cause = answer::entry(report, &required.id).and_then(|entry| entry.cause.as_ref());
        verdict_row(page, &required.id, wide, required.verdict, cause);
    }
}

/// How many pieces of evidence fit on one screen.
const EVIDENCE: usize = 3;

/// What was run, what came of it, where, and what shows the cause.
fn circumstances(page: &mut Page, report: &CheckReport, entry: &MechanismReport, verbose: bool) {
    if !answer::is_daemon(entry) {
        let label = if entry.is_measured() { "tried" } else { "asked for" };
        // Other programs than unshare(1) are not run.
        let own = entry.is_measured() && entry.probe.binary.is_none();
        let stands_for = own
            && answer::mechanism(entry).is_some_and(|m| m != DEFAULT)
            && !answer::asks_kernel(entry);
        let calls = if stands_for { "the system calls of: " } else { "" };
        let there = if entry.probe.recorded { " (where the snapshot was taken)" } else { "" };
        let parts =
            [(Style::Dim, calls), (Style::Plain, &answer::command(entry)), (Style::Dim, there)];
        page.field(label, &parts);
    }
    if let Some((label, text)) = answer::outcome(entry) {
        page.field(label, &[(Style::Plain, &text)]);
    }
    if let Some(said) = answer::said(entry) {
        page.field("it said", &[(Style::Plain, said)]);
    }
    let place = match entry.remedies.first().filter(|_| entry.verdict == Verdict::Unsupported) {
        Some(remedy) => format!(
            "{}; {} can change that",
            report.vantage.name,
            words::who(remedy.who, report.vantage.id)
        ),
        None => report.vantage.name.to_owned(),
    };
    page.field("where", &[(Style::Plain, &place)]);
    if let Some(cause) = &entry.cause {
        let shown = if verbose { cause.evidence.len() } else { EVIDENCE };
        evidence(page, answer::shows(entry.verdict), cause.evidence.iter().take(shown));
    }
    if verbose {
        evidence(page, "place", report.vantage.evidence.iter());
        let platform = &report.platform;
        let text = format!(
            "{}; Windmill documents it as {}: {}",
            platform.id.name(),
            platform.documented.name(),
            platform.notes
        );
        page.field("platform", &[(Style::Plain, &text)]);
    }
    if let Some(reason) = entry.probe.reason.as_ref().filter(|_| !entry.is_measured()) {
        page.field("not tried", &[(Style::Plain, reason)]);
    }
    if let Some(why) = entry.probe.binary.as_ref().filter(|_| verbose) {
        page.field(
            "real run",
            &[(Style::Plain, "the program was run as well: "), (Style::Plain, why)],
        );
    }
}

/// Evidence, a row each, with the label before the first.
pub(super) fn evidence<'e>(
    page: &mut Page,
    label: &str,
    evidence: impl Iterator<Item = &'e Evidence>,
) {
    for (at, each) in evidence.enumerate() {
        let (words, raw) = words::evidence(each);
        let label = if at == 0 { label } else { "" };
        page.field(label, &[(Style::Plain, &words), (Style::Plain, " "), (Style::Dim, &raw)]);
    }
}

/// The same in the background.
pub(super) fn dim_evidence<'e>(page: &mut Page, evidence: impl Iterator<Item = &'e Evidence>) {
    for each in evidence {
        let (words, raw) = words::evidence(each);
        page.wrapped(2, 4, &[(Style::Dim, &words), (Style::Dim, " "), (Style::Dim, &raw)]);
    }
}

/// The remedies that fit in the room, what gives up least first.
fn remedies(page: &mut Page, report: &CheckReport, entry: &MechanismReport, room: Option<usize>) {
    let heading =
        if entry.remedies.len() > 1 { "What helps, any one of these" } else { "What helps" };
    page.line(0, &[(Style::Bold, heading), (Style::Dim, " (predicted to work):")]);
    let mut left = room.map_or(usize::MAX, |room| room.saturating_sub(3));
    let mut shown = 0;
    for remedy in entry.remedies.iter() {
        let mut one = page.another();
        self::remedy(&mut one, report, shown + 1, remedy, room.is_none());
        if shown > 0 && one.height() > left {
            break;
        }
        left = left.saturating_sub(one.height());
        page.append(one);
        shown += 1;
    }
    if let Some(note) = answer::capitals(entry.remedies.iter().take(shown)) {
        page.line(1, &[(Style::Dim, note)]);
    }
    if shown < entry.remedies.len() {
        let more = (entry.remedies.len() - shown) as u64;
        let ways = words::counted(more, "more way", "more ways");
        page.line(1, &[(Style::Dim, &format!("{ways}: isodoc check --verbose"))]);
    }
}

/// One remedy: who acts, how long it holds, what is pasted, what it gives up.
fn remedy(page: &mut Page, report: &CheckReport, number: usize, remedy: &Advice, verbose: bool) {
    let who = format!("by {}", words::who(remedy.who, report.vantage.id));
    let lasts = format!("; {}", words::lasts(remedy.lasts));
    page.wrapped(
        1,
        4,
        &[(Style::Bold, &format!("{number}. ")), (Style::Bold, &who), (Style::Dim, &lasts)],
    );
    page.commands(4, &remedy.commands);
    page.wrapped(4, 6, &[(Style::Dim, "gives up: "), (Style::Dim, remedy.gives_up())]);
    if verbose {
        page.wrapped(4, 6, &[(Style::Dim, "to undo: "), (Style::Dim, &remedy.undo)]);
        page.wrapped(4, 6, &[(Style::Dim, "id: "), (Style::Dim, &remedy.id)]);
    }
}

/// Hints on a screen.
fn hints(page: &mut Page, hints: &[Hint]) {
    for hint in hints {
        match hint {
            Hint::Text(text) => page.wrapped(1, 1, &[(Style::Plain, text)]),
            Hint::Command(command) => page.command(4, command),
        }
    }
}

/// Whether an entry is about a sandbox that was only found.
fn is_other(entry: &MechanismReport) -> bool {
    !entry.required && answer::mechanism(entry).is_some_and(|mechanism| !mechanism.always)
}

/// The sandboxes that are installed here besides, each in a row.
fn installed(page: &mut Page, report: &CheckReport) {
    let all: Vec<&MechanismReport> =
        report.mechanisms.iter().filter(|entry| is_other(entry)).collect();
    let Some(wide) = all.iter().map(|entry| entry.id.len()).max() else { return };
    let how = if all.iter().all(|entry| entry.is_measured()) {
        "tried:"
    } else {
        "predicted, not tried (--for ID tries one, --all each):"
    };
    page.wrapped(0, 2, &[(Style::Dim, "Also installed, "), (Style::Dim, how)]);
    for entry in all {
        verdict_row(page, entry.id, wide, entry.verdict, entry.cause.as_ref());
    }
}

/// A mechanism, its verdict and the cause, in a row.
fn verdict_row(
    page: &mut Page,
    id: &str,
    wide: usize,
    verdict: Verdict,
    cause: Option<&CauseReport>,
) {
    let (mark, word) = answer::mark(verdict);
    let cause = cause.map(|cause| format!("[{}]", cause.id)).unwrap_or_default();
    page.line(
        2,
        &[
            (answer::style_of(verdict), mark),
            (Style::Plain, &format!(" {id:wide$}  {word:<9}  ")),
            (Style::Dim, &cause),
        ],
    );
}

/// The mechanisms that were not asked for: one line, and no colour of a failure.
fn others(page: &mut Page, report: &CheckReport, main: &MechanismReport) {
    let (mut also, mut missing) = (vec![], vec![]);
    for entry in &report.mechanisms {
        if entry.required || entry.id == main.id || is_other(entry) {
            continue;
        }
        let absent = entry.verdict == Verdict::Unsupported
            && entry.prediction.step == Some(Step::FindBinary);
        if answer::is_docker(entry) {
            match report.docker.userns_remap.state {
                RemapState::NotInstalled => missing.push("Docker is not installed".to_owned()),
                // Who may not ask the daemon has not asked about it either.
                RemapState::Unknown => {}
                state => also.push(format!("Docker's userns-remap is {}", state.id())),
            }
        } else if absent {
            let why = answer::out_of_path(report, entry);
            missing.push(why.unwrap_or_else(|| format!("{} is not installed", entry.id)));
        } else {
            let word = match entry.verdict {
                Verdict::Supported => "works",
                Verdict::Unsupported => "does not work",
                Verdict::Unknown => "may or may not work",
            };
            also.push(format!("{} {word}{}", entry.id, entry.cause_tag()));
        }
    }
    for (what, list) in [("Also: ", also), ("Not checked: ", missing)] {
        if !list.is_empty() {
            page.wrapped(0, 2, &[(Style::Dim, what), (Style::Dim, &list.join("; "))]);
        }
    }
}

/// What says how isodoc came to its answer, for those who want to know.
const BACKGROUND: &[&Info] = &[&PREDICTION_DIFFERS, &BINARY_DIFFERS, &PLATFORM_DIFFERS];

/// Whether somebody should act on a finding.
fn is_for_operators(finding: &FindingReport) -> bool {
    finding.severity != Severity::Note && !BACKGROUND.iter().any(|info| info.id == finding.rule)
}

/// How many findings fit on one screen.
const FINDINGS: usize = 3;

fn findings(page: &mut Page, report: &CheckReport, verbose: bool) {
    if let Some(worker) = answer::worker(report) {
        page.wrapped(0, 2, &[(Style::Plain, &worker)]);
    }
    let all = report.findings.iter().filter(|finding| verbose || is_for_operators(finding));
    for finding in all.clone().take(if verbose { usize::MAX } else { FINDINGS }) {
        self::finding(page, finding, verbose);
    }
    let hidden = all.count().saturating_sub(FINDINGS);
    if hidden > 0 && !verbose {
        page.line(0, &[(Style::Dim, &format!("{hidden} more findings: isodoc check --verbose"))]);
    }
}

fn finding(page: &mut Page, finding: &FindingReport, verbose: bool) {
    let severity = format!("{}: ", finding.severity.id());
    let style = answer::style_of_severity(finding.severity);
    page.wrapped(0, 2, &[(style, &severity), (Style::Plain, &finding.title)]);
    if !finding.detail.is_empty() {
        page.wrapped(2, 2, &[(Style::Plain, &finding.detail)]);
    }
    dim_evidence(page, finding.evidence.iter().flatten().filter(|_| verbose));
    page.wrapped(2, 2, &[(Style::Dim, "isodoc explain "), (Style::Dim, finding.rule)]);
}
