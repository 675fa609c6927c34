//! The screen of `check`: the answer in the first line; what was run and what the kernel said to
//! it; what to do; and the rest in one line each.

use super::page::Page;
use super::style::Style;
use super::words;
use crate::facts::Evidence;
use crate::facts::remap::RemapState;
use crate::findings::Info;
use crate::findings::catalogue::{BINARY_DIFFERS, PLATFORM_DIFFERS, PREDICTION_DIFFERS};
use crate::mechanisms::{self, DEFAULT, userns_remap};
use crate::plan::{Namespaces, Step};
use crate::platform::VantageId;
use crate::report::{
    CauseReport, CheckReport, FindingReport, MechanismReport, PredictionReport, Severity,
};
use crate::source::SourceKind;
use crate::verdict::{Advice, Verdict};

/// What stands over the rules and what they said.
pub(super) const GATES: &str = "Causes that were checked";
/// What stands over what would settle an unknown.
pub(super) const FIND_OUT: &str = "How to find out";

/// How many lines a screen has.
const SCREEN: usize = 24;

/// The answer of `check`.
#[must_use]
pub(crate) fn check(report: &CheckReport, verbose: bool) -> String {
    let Some(main) = main_entry(report) else { return String::new() };
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
            head.line(0, &[(Style::Bold, FIND_OUT)]);
            hints(&mut head, &find_out(report, main));
        }
        Verdict::Unsupported if main.remedies.is_empty() => {
            let (what, more) = no_remedy(report, main);
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
        head.line(0, &[(Style::Bold, GATES)]);
        for (what, ids) in gates(&main.prediction) {
            head.field(what, &[(Style::Dim, &ids.join(", "))]);
        }
    }
    head.gap();
    head.append(tail);
    head.finish()
}

/// What the screen is about: the first required thing that has the verdict of the whole.
pub(super) fn main_entry<'a>(report: &'a CheckReport) -> Option<&'a MechanismReport> {
    let decisive = report.required.iter().find(|r| r.verdict == report.verdict)?;
    entry(report, &decisive.id)
}

pub(super) fn entry<'a>(report: &'a CheckReport, id: &str) -> Option<&'a MechanismReport> {
    report.entries().find(|m| m.id == id)
}

pub(super) fn style_of(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Supported => Style::Good,
        Verdict::Unsupported => Style::Bad,
        Verdict::Unknown => Style::Warn,
    }
}

pub(super) fn style_of_severity(severity: Severity) -> Style {
    match severity {
        Severity::Error => Style::Bad,
        Severity::Warning => Style::Warn,
        Severity::Note => Style::Dim,
    }
}

/// The row of the mechanism that an entry is about; a single capability has none.
fn mechanism(entry: &MechanismReport) -> Option<&'static mechanisms::Mechanism> {
    mechanisms::find(entry.id)
}

/// What is asked about, as the subject of a sentence.
pub(super) fn subject(entry: &MechanismReport) -> String {
    match mechanism(entry) {
        Some(mechanism) if mechanism == DEFAULT => "Isolation".to_owned(),
        _ if is_docker(entry) => format!("Docker's {}", entry.id),
        _ => entry.id.to_owned(),
    }
}

/// Whether an entry is about a daemon, which no command asks.
pub(super) fn is_daemon(entry: &MechanismReport) -> bool {
    mechanism(entry).is_some_and(|mechanism| mechanism.daemon)
}

/// Whether an entry is about Docker's own.
fn is_docker(entry: &MechanismReport) -> bool {
    entry.id == userns_remap::MECHANISM.id
}

/// Whether the program of an entry was looked for and is not there.
fn not_installed(report: &CheckReport, entry: &MechanismReport) -> bool {
    mechanism(entry).is_some_and(|known| report.facts.tools.get(known.program).is_absent())
}

/// The first line in its parts: the answer, what stands between, why, and the id of the cause.
pub(super) fn sentence(report: &CheckReport, entry: &MechanismReport) -> [String; 4] {
    let subject = subject(entry);
    let (answer, between, why) = match entry.verdict {
        Verdict::Supported => match isolates_nothing(entry) {
            Some(why) => ("Nothing is isolated here".to_owned(), ": ", why.to_owned()),
            None if entry.is_measured() && not_installed(report, entry) => {
                (format!("{subject} would work here"), "; ", "it is not installed".to_owned())
            }
            None if entry.is_measured() => (format!("{subject} works here"), "", String::new()),
            None => {
                let absent = not_installed(report, entry);
                let absent = if absent { "; it is not installed" } else { "" };
                let answer = format!("{subject} should work here");
                (answer, ": ", format!("predicted, not tried{absent}"))
            }
        },
        Verdict::Unsupported => {
            let missing = entry.prediction.step == Some(Step::FindBinary);
            let does = if entry.is_measured() || missing { "does" } else { "will" };
            let answer = format!("{subject} {does} not work here");
            match &entry.cause {
                Some(cause) => (answer, ": ", cause.title.to_owned()),
                None => (answer, "", String::new()),
            }
        }
        Verdict::Unknown => {
            let missing = entry.cause.as_ref().and_then(|cause| cause.evidence.first());
            let why = match missing {
                Some(fact) => format!("not known: {}", words::missing(fact)),
                None => "nobody answered".to_owned(),
            };
            (format!("Cannot tell whether {} works here", lower(&subject)), "; ", why)
        }
    };
    // Every gate that depends on a missing fact is in doubt: naming the first says nothing.
    let id = if entry.verdict == Verdict::Unknown { String::new() } else { entry.cause_tag() };
    [answer, between.to_owned(), why, id]
}

/// The answer in one line.
pub(super) fn summary(report: &CheckReport) -> String {
    main_entry(report).map(|entry| sentence(report, entry).concat()).unwrap_or_default()
}

/// How the answer stands out.
pub(super) fn style_of_answer(report: &CheckReport, entry: &MechanismReport) -> Style {
    match isolates_nothing(entry) {
        Some(_) if report.verdict == Verdict::Supported => Style::Warn,
        _ => style_of(report.verdict),
    }
}

fn first_line(page: &mut Page, report: &CheckReport, entry: &MechanismReport) {
    let style = style_of_answer(report, entry);
    let [answer, between, why, id] = &sentence(report, entry);
    let parts = [
        (style, answer.as_str()),
        (Style::Plain, between),
        (Style::Bold, why),
        (Style::Plain, " "),
        (Style::Dim, id),
    ];
    page.wrapped(0, 2, &parts);
}

/// A subject within a sentence.
pub(super) fn lower(subject: &str) -> String {
    subject.replacen("Isolation", "isolation", 1)
}

/// Why flags that work isolate nothing.
pub(super) fn isolates_nothing(entry: &MechanismReport) -> Option<&'static str> {
    let asked = mechanism(entry).filter(|mechanism| *mechanism == DEFAULT)?;
    if entry.verdict != Verdict::Supported {
        return None;
    }
    let made = (asked.plan)(&entry.flags, None, (None, None)).namespaces;
    match made.0 & !(Namespaces::USER | Namespaces::TIME) {
        0 if made.has(Namespaces::USER) => Some(
            "these flags work, and make a user namespace alone: processes, files and network are \
                shared",
        ),
        0 => Some("these flags work, and make no namespace"),
        _ => None,
    }
}

/// A verdict in a row of a table: its mark and its word.
pub(super) fn mark(verdict: Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Supported => ("✓", "works"),
        Verdict::Unsupported => ("✗", "refused"),
        Verdict::Unknown => ("?", "not known"),
    }
}

/// One row for each thing that was required, where it is more than one.
fn required(page: &mut Page, report: &CheckReport) {
    if report.required.len() < 2 {
        return;
    }
    page.gap();
    let wide = report.required.iter().map(|r| r.id.len()).max().unwrap_or(0);
    for required in &report.required {
        let cause = entry(report, &required.id).and_then(|entry| entry.cause.as_ref());
        verdict_row(page, &required.id, wide, required.verdict, cause);
    }
}

/// How many pieces of evidence fit on one screen.
const EVIDENCE: usize = 3;

/// What was run, what came of it, where, and what shows the cause.
fn circumstances(page: &mut Page, report: &CheckReport, entry: &MechanismReport, verbose: bool) {
    if !is_daemon(entry) {
        let label = if entry.is_measured() { "tried" } else { "asked for" };
        // Other programs than unshare(1) are not run.
        let own = entry.is_measured() && entry.probe.binary.is_none();
        let stands_for = own && mechanism(entry).is_some_and(|m| m != DEFAULT);
        let calls = if stands_for { "the system calls of: " } else { "" };
        let there = if entry.probe.recorded { " (where the snapshot was taken)" } else { "" };
        let parts = [(Style::Dim, calls), (Style::Plain, &command(entry)), (Style::Dim, there)];
        page.field(label, &parts);
    }
    if let Some((label, text)) = outcome(entry) {
        page.field(label, &[(Style::Plain, &text)]);
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
        evidence(page, shows(entry.verdict), cause.evidence.iter().take(shown));
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

/// What evidence is to a verdict.
pub(super) fn shows(verdict: Verdict) -> &'static str {
    if verdict == Verdict::Unknown { "missing" } else { "shown by" }
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

/// The program and its flags.
pub(super) fn asked(entry: &MechanismReport) -> String {
    // That of codex is bwrap.
    let plan = mechanism(entry).unwrap_or(DEFAULT).plan;
    let program = plan(&[], None, (None, None)).by;
    let words = [program.name].into_iter().chain(entry.flags.iter().map(String::as_str));
    words.collect::<Vec<_>>().join(" ")
}

/// The command that tests what was asked.
pub(super) fn command(entry: &MechanismReport) -> String {
    let test = mechanism(entry).unwrap_or(DEFAULT).program.test.unwrap_or_default();
    let words = test.iter().copied().filter(|word| *word != "--");
    [asked(entry).as_str()].into_iter().chain(words).collect::<Vec<_>>().join(" ")
}

/// What the kernel answered, or what is expected of it.
pub(super) fn outcome(entry: &MechanismReport) -> Option<(&'static str, String)> {
    let (step, errno) = entry.refusal();
    let step = step?;
    let plan = mechanism(entry).unwrap_or(DEFAULT).plan;
    let via = plan(&entry.flags, None, (None, None)).via;
    let (doing, call) = (words::step(step).0, words::call(step, via));
    if entry.verdict == Verdict::Unknown {
        let title = entry.cause.as_ref().map_or("", |cause| cause.title);
        let more = match entry.prediction.undecided.len() {
            0 | 1 => String::new(),
            all => {
                let (one, many) =
                    ("more condition is open as well", "more conditions are open as well");
                format!("; {}", words::counted(all as u64 - 1, one, many))
            }
        };
        return Some(("in doubt", format!("{doing}: it fails if {title}{more}")));
    }
    let text = match (&entry.probe.signal, errno, &entry.probe.message) {
        (Some(signal), ..) => format!("{doing}: {call}: killed by {signal}"),
        (None, Some(errno), _) => format!("{doing}: {call}: {} ({errno})", errno.text()),
        (None, None, Some(message)) => format!("{doing}: {message}"),
        (None, None, None) => doing.to_owned(),
    };
    Some((if entry.is_measured() { "failed" } else { "will fail" }, text))
}

/// What a command leaves to be filled in.
const PLACES: &[&str] = &[
    "COMMAND", "CONTAINER", "DISTRO", "IMAGE", "NAME.service", "PID ", "PROFILE", "SERVICE", " DIR",
];

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
    if let Some(note) = capitals(entry.remedies.iter().take(shown)) {
        page.line(1, &[(Style::Dim, note)]);
    }
    if shown < entry.remedies.len() {
        let more = (entry.remedies.len() - shown) as u64;
        let ways = words::counted(more, "more way", "more ways");
        page.line(1, &[(Style::Dim, &format!("{ways}: isodoc check --verbose"))]);
    }
}

/// What there is to say of commands that leave something to be filled in.
pub(super) fn capitals<'a>(mut remedies: impl Iterator<Item = &'a Advice>) -> Option<&'static str> {
    let left_open = |command: &String| PLACES.iter().any(|place| command.contains(place));
    remedies
        .any(|remedy| remedy.commands.iter().any(left_open))
        .then_some("Words in capitals stand for your own names.")
}

/// One remedy: who acts, how long it holds, what is pasted, what it gives up.
fn remedy(page: &mut Page, report: &CheckReport, number: usize, remedy: &Advice, verbose: bool) {
    let who = words::who(remedy.who, report.vantage.id);
    let lasts = format!("; {}", words::lasts(remedy.lasts));
    page.wrapped(
        1,
        4,
        &[(Style::Bold, &format!("{number}. ")), (Style::Bold, who), (Style::Dim, &lasts)],
    );
    page.commands(4, &remedy.commands);
    page.wrapped(4, 6, &[(Style::Dim, "gives up: "), (Style::Dim, remedy.gives_up())]);
    if verbose {
        page.wrapped(4, 6, &[(Style::Dim, "to undo: "), (Style::Dim, &remedy.undo)]);
        page.wrapped(4, 6, &[(Style::Dim, "id: "), (Style::Dim, &remedy.id)]);
    }
}

/// What helps where nothing is offered, and whom to ask for what.
pub(super) fn no_remedy(
    report: &CheckReport,
    entry: &MechanismReport,
) -> (&'static str, Option<String>) {
    let ours = match entry.probe.step.or(entry.prediction.step) {
        Some(Step::ParseFlags) => Some("other flags."),
        Some(Step::Exec) => Some("other flags, or the program put where they look for it."),
        _ => None,
    };
    if let Some(what) = ours {
        return (what, None);
    }
    let whom = match report.vantage.id {
        VantageId::Host | VantageId::Unknown => "the administrator of this machine".to_owned(),
        VantageId::Docker | VantageId::Podman => {
            "the person who starts the container, and the administrator of its host".to_owned()
        }
        VantageId::Kubernetes => "the administrator of the cluster".to_owned(),
        _ => format!("the person who runs this ({})", report.vantage.name),
    };
    let text = match &entry.cause {
        Some(cause) if cause.location.is_none() && cause.ruled_out.is_some() => format!(
            "No cause that isodoc knows explains the refusal, so there is nothing it could \
                suggest. Ask {whom} for what the kernel has logged (dmesg), and report it with \
                the output of `isodoc snapshot`."
        ),
        Some(cause) => format!(
            "Ask {whom} to lift this: {}. `isodoc explain {}` says what to change there.",
            cause.title, cause.id
        ),
        None => format!("Ask {whom}."),
    };
    ("nothing that can be changed from here.", Some(text))
}

/// A piece of advice that is no remedy.
pub(super) enum Hint {
    /// A paragraph.
    Text(String),
    /// What is typed.
    Command(String),
}

/// What would settle it.
pub(super) fn find_out(report: &CheckReport, entry: &MechanismReport) -> Vec<Hint> {
    let (say, run) =
        (|text: &str| Hint::Text(text.into()), |text: &str| Hint::Command(text.into()));
    match report.source {
        SourceKind::Root => vec![
            say("On the machine itself: isodoc check"),
            say("Or capture it there, and judge the capture here:"),
            run("isodoc snapshot -o FILE    # there"),
            run("isodoc check --snapshot FILE    # here"),
            say("If the directory is a whole system, add --complete: what is missing is then \
                    absent. Of one that does not run, its own kernel counts, or the host of \
                    --assume NAME."),
        ],
        SourceKind::Snapshot => {
            vec![say("Run isodoc check where the snapshot was taken: it asks the kernel.")]
        }
        SourceKind::Live if entry.probe.not_trusted => vec![say(
            "Run isodoc check as an ordinary user, or with --trust-path if you trust whoever can write that program.",
        )],
        SourceKind::Live if entry.probe.status == "skipped" => {
            vec![say("Run isodoc check without --no-probe: it asks the kernel.")]
        }
        SourceKind::Live => vec![say("Run the command itself:"), run(&command(entry))],
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

/// The rules by what they said, in words.
pub(super) fn gates(
    prediction: &PredictionReport,
) -> impl Iterator<Item = (&'static str, &[&'static str])> {
    let all = [
        ("ruled out", &prediction.ruled_out),
        ("undecided", &prediction.undecided),
        ("not seen", &prediction.not_excluded),
    ];
    all.into_iter().filter(|(_, ids)| !ids.is_empty()).map(|(what, ids)| (what, ids.as_slice()))
}

/// Whether an entry is about a sandbox that was only found.
fn is_other(entry: &MechanismReport) -> bool {
    !entry.required && mechanism(entry).is_some_and(|mechanism| !mechanism.always)
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
    let (mark, word) = mark(verdict);
    let cause = cause.map(|cause| format!("[{}]", cause.id)).unwrap_or_default();
    page.line(
        2,
        &[
            (style_of(verdict), mark),
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
        if is_docker(entry) {
            match report.docker.userns_remap.state {
                RemapState::NotInstalled => missing.push("Docker is not installed".to_owned()),
                // Who may not ask the daemon has not asked about it either.
                RemapState::Unknown => {}
                state => also.push(format!("Docker's userns-remap is {}", state.id())),
            }
        } else if absent {
            missing.push(format!("{} is not installed", entry.id));
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

/// What a worker would do here, where no finding says it.
pub(super) fn worker(report: &CheckReport) -> Option<String> {
    use crate::windmill::WorkerOutcome;
    matches!(
        report.worker.outcome,
        WorkerOutcome::IsolatedByNsjail | WorkerOutcome::IsolatedByUnshare | WorkerOutcome::Unknown
    )
    .then(|| format!("A Windmill worker: {}", report.worker.detail))
}

fn findings(page: &mut Page, report: &CheckReport, verbose: bool) {
    if let Some(worker) = worker(report) {
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
    let style = style_of_severity(finding.severity);
    page.wrapped(0, 2, &[(style, &severity), (Style::Plain, &finding.title)]);
    if !finding.detail.is_empty() {
        page.wrapped(2, 2, &[(Style::Plain, &finding.detail)]);
    }
    dim_evidence(page, finding.evidence.iter().flatten().filter(|_| verbose));
    page.wrapped(2, 2, &[(Style::Dim, "isodoc explain "), (Style::Dim, finding.rule)]);
}
