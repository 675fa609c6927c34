//! The answer of `check` in sentences: every format for people says it in these words.

use super::style::Style;
use super::words;
use crate::mechanisms::{self, DEFAULT, Mechanism, userns_remap};
use crate::plan::{Namespaces, Program, Restriction, Step};
use crate::platform::VantageId;
use crate::report::{CheckReport, MechanismReport, PredictionReport, Severity};
use crate::source::SourceKind;
use crate::verdict::{Advice, Verdict};
use crate::windmill::WorkerOutcome;

/// What stands over the rules and what they said.
pub(super) const GATES: &str = "Causes that were checked";
/// What stands over what would settle an unknown.
pub(super) const FIND_OUT: &str = "How to find out";

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
pub(super) fn mechanism(entry: &MechanismReport) -> Option<&'static Mechanism> {
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
pub(super) fn is_docker(entry: &MechanismReport) -> bool {
    entry.id == userns_remap::MECHANISM.id
}

/// That the program of an entry is here, where nobody looks for it.
pub(super) fn out_of_path(report: &CheckReport, entry: &MechanismReport) -> Option<String> {
    let tool = report.facts.tools.elsewhere(mechanism(entry)?.program)?;
    Some(format!("{} is not in PATH", tool.path))
}

/// That the program of an entry was looked for and not found.
fn not_installed(report: &CheckReport, entry: &MechanismReport) -> Option<String> {
    report.facts.tools.get(mechanism(entry)?.program).is_absent().then_some(())?;
    out_of_path(report, entry).or_else(|| Some("it is not installed".to_owned()))
}

/// The first line in its parts: the answer, what stands between, why, and the id of the cause.
pub(super) fn sentence(report: &CheckReport, entry: &MechanismReport) -> [String; 4] {
    let subject = subject(entry);
    let (answer, between, why) = match entry.verdict {
        Verdict::Supported => match isolates_nothing(entry) {
            Some(why) => ("Nothing is isolated here".to_owned(), ": ", why.to_owned()),
            None => match (entry.is_measured(), not_installed(report, entry)) {
                (true, Some(absent)) => (format!("{subject} would work here"), "; ", absent),
                (true, None) => (format!("{subject} works here"), "", String::new()),
                (false, absent) => {
                    let absent = absent.map_or(String::new(), |absent| format!("; {absent}"));
                    let answer = format!("{subject} should work here");
                    (answer, ": ", format!("predicted, not tried{absent}"))
                }
            },
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
                None => "nothing answered".to_owned(),
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

/// What evidence is to a verdict.
pub(super) fn shows(verdict: Verdict) -> &'static str {
    if verdict == Verdict::Unknown { "missing" } else { "shown by" }
}

/// Whether no program takes part.
pub(super) fn asks_kernel(entry: &MechanismReport) -> bool {
    mechanism(entry).is_some_and(|mechanism| *mechanism.program == Program::KERNEL)
}

/// The program and its flags; what is asked of the kernel alone, in words.
pub(super) fn asked(entry: &MechanismReport) -> String {
    // That of codex is bwrap.
    let plan = (mechanism(entry).unwrap_or(DEFAULT).plan)(&[], None, (None, None));
    let program = plan.by;
    if asks_kernel(entry) {
        let what =
            plan.block.map(Restriction::call).into_iter().chain(plan.devices.iter().copied());
        let doing = plan.steps.first().map_or("", |step| words::step(*step).0);
        return format!("{doing}: {}", what.collect::<Vec<_>>().join(", "));
    }
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
    let plan = plan(&entry.flags, None, (None, None));
    let (doing, call) = (words::step(step).0, words::call(step, &plan));
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

/// What the real program said, where nothing else on the screen says it.
pub(super) fn said(entry: &MechanismReport) -> Option<&str> {
    let said = entry.probe.message.as_deref()?;
    let (_, errno) = entry.refusal();
    let cause = entry.cause.as_ref()?;
    let shown = errno.is_none() || cause.evidence.iter().any(|each| each.value == said);
    (!shown).then_some(said)
}

/// What a command leaves to be filled in.
const PLACES: &[&str] = &[
    "COMMAND", "CONTAINER", "DISTRO", "IMAGE", "NAME.service", "PID ", "PROFILE", "SERVICE",
    " DIR", "=DIR",
];

/// What there is to say of commands that leave something to be filled in.
pub(super) fn capitals<'a>(mut remedies: impl Iterator<Item = &'a Advice>) -> Option<&'static str> {
    let left_open = |command: &String| PLACES.iter().any(|place| command.contains(place));
    remedies
        .any(|remedy| remedy.commands.iter().any(left_open))
        .then_some("Words in capitals stand for your own names.")
}

/// What helps where nothing is offered, and whom to ask for what.
pub(super) fn no_remedy(
    report: &CheckReport,
    entry: &MechanismReport,
) -> (&'static str, Option<String>) {
    let ours = match entry.probe.step.or(entry.prediction.step) {
        Some(Step::ParseFlags) => Some("other flags."),
        Some(Step::Exec) => Some("use other flags, or put the program where they look for it."),
        Some(Step::Binds) => Some("use other flags, or put what they name where they look for it."),
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
        Some(cause) => request(&whom, cause.id),
        None => format!("Ask {whom}."),
    };
    ("nothing that can be changed from here.", Some(text))
}

/// Asks somebody to act. What refuses it is said above, by a title that is a sentence of its own
/// and fits into no other.
fn request(whom: &str, cause: &str) -> String {
    format!("Ask {whom} to change what refuses it; `isodoc explain {cause}` says how.")
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

/// The rules by what they said, in words; "no trace": no file shows whether they refuse.
pub(super) fn gates(
    prediction: &PredictionReport,
) -> impl Iterator<Item = (&'static str, &[&'static str])> {
    let all = [
        ("ruled out", &prediction.ruled_out),
        ("undecided", &prediction.undecided),
        ("no trace", &prediction.not_excluded),
    ];
    all.into_iter().filter(|(_, ids)| !ids.is_empty()).map(|(what, ids)| (what, ids.as_slice()))
}

/// What a worker would do here, where no finding says it.
pub(super) fn worker(report: &CheckReport) -> Option<String> {
    matches!(
        report.worker.outcome,
        WorkerOutcome::IsolatedByNsjail | WorkerOutcome::IsolatedByUnshare | WorkerOutcome::Unknown
    )
    .then(|| format!("A Windmill worker: {}", report.worker.detail))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules;

    /// "Ask ... to lift this: it runs as root or with CAP_SYS_ADMIN, ..." was what
    /// podman's user read.
    #[test]
    fn no_title_stands_inside_the_request() {
        for rule in rules::RULES {
            let text = request("the administrator of this machine", rule.id);
            assert!(!text.contains(rule.title) && !text.contains(": "), "{text}");
            let how = rule.docs.contains("\n## Fix\n");
            assert!(how, "{}: explain does not say how", rule.id);
        }
    }

    /// Of several paths that flags name, the program's own words say which one it was.
    #[test]
    fn what_the_program_said_is_shown_once() {
        use crate::diagnosis::{diagnose, predict};
        use crate::errno::Errno;
        use crate::facts::{Facts, Reply};
        use crate::mechanisms::{bubblewrap, unshare};
        use crate::probe::outcome::{ProbeOutcome, Refusal};
        use crate::remedy::Form;
        let facts = rules::tests::healthy();
        let flags = unshare::split("--ro-bind /a /b --ro-bind /c /d");
        let plan = bubblewrap::plan(&flags, None, (Some(5), Some(5)));
        let said = |step, errno| {
            let message = Some("bwrap: Can't find source path /c: Permission denied".to_owned());
            let probe = ProbeOutcome::refused(Refusal { message, ..Refusal::at(step, errno) });
            let trial = rules::tests::met(step, Errno::EACCES, Reply::Ok, None);
            let facts = Facts { trial, ..facts.clone() };
            let diagnosis = diagnose(&facts, &plan, predict(&facts, &plan), probe);
            let form = Form::Anywhere { engine: None, worker: false };
            let entry = MechanismReport::new("bubblewrap", true, &diagnosis, &[], form);
            self::said(&entry).map(str::to_owned)
        };
        assert!(said(Step::Binds, Some(Errno::EACCES)).unwrap().contains("/c: Permission denied"));
        // The line of what failed has it, and the evidence of what nothing explains.
        assert_eq!(said(Step::Binds, None), None);
        assert_eq!(said(Step::Loopback, Some(Errno::EACCES)), None);
    }
}
