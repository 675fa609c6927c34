//! What is worth knowing beside the verdicts: each finding from a pure function of the facts and
//! the report.

use crate::facts::{Evidence, Facts};
use crate::findings::{Finding, catalogue};
use crate::mechanisms::{self, DEFAULT, nsjail};
use crate::plan::{Program, Step};
use crate::platform::Documented;
use crate::probe::outcome::Isolation;
use crate::report::{CheckReport, MechanismReport};
use crate::verdict::{Severity, Verdict};
use crate::windmill;

mod docker;

/// Every finding, the gravest first.
#[must_use]
pub(crate) fn all(report: &CheckReport) -> Vec<Finding> {
    let facts = report.facts;
    let mut findings: Vec<Finding> = vec![];
    findings.extend(windmill::findings(facts, &report.worker, |mechanism| {
        let entry = report.mechanisms.iter().find(|entry| entry.id == mechanism.id);
        entry.map(|entry| entry.remedies.clone()).unwrap_or_default()
    }));
    for entry in report.entries() {
        findings.extend(prediction_differs(entry));
        findings.extend(binary_differs(entry));
        findings.extend(program_not_trusted(entry));
        findings.extend(not_installed(facts, entry));
    }
    findings.extend(platform_differs(report));
    findings.extend(report.mechanisms.iter().flat_map(isolation_falls_short));
    findings.extend(docker::findings(facts));
    findings.extend(malformed(facts));
    // What exits 0 reports no error: nothing that was required is refused.
    if report.verdict == Verdict::Supported {
        for finding in findings.iter_mut().filter(|finding| finding.severity == Severity::Error) {
            finding.severity = Severity::Warning;
        }
    }
    findings.sort_by_key(|finding| finding.severity);
    findings
}

/// Where a trace ended, in words.
fn trace(verdict: Verdict, step: Option<Step>, error: Option<&str>) -> String {
    match (step, error) {
        (Some(step), Some(error)) => format!("{} at {step} ({error})", verdict.id()),
        (Some(step), None) => format!("{} at {step}", verdict.id()),
        (None, _) => verdict.id().to_owned(),
    }
}

/// The prediction and the kernel's answer differ.
fn prediction_differs(entry: &MechanismReport) -> Option<Finding> {
    let (predicted, met) = (&entry.prediction, &entry.probe);
    let verdict = met.verdict?;
    // An undecided prediction claims nothing.
    if predicted.verdict == Verdict::Unknown
        || (predicted.verdict == verdict
            && predicted.step == met.step
            && predicted.errno == met.errno)
    {
        return None;
    }
    let error = met.signal.as_deref().or(met.errno.map(|e| e.name()));
    let evidence = vec![
        Evidence::new(
            "prediction",
            trace(predicted.verdict, predicted.step, predicted.errno.map(|e| e.name())),
        ),
        Evidence::new("probe", trace(verdict, met.step, error)),
    ];
    let hidden = verdict == Verdict::Unsupported && !predicted.not_excluded.is_empty();
    let detail = if hidden {
        format!(
            "these causes leave no trace in the facts, and one of them may be the reason: {}",
            predicted.not_excluded.join(", ")
        )
    } else {
        "the probe is right; please report this with the output of `isodoc snapshot`".to_owned()
    };
    let severity = if hidden { Severity::Note } else { Severity::Warning };
    let title = format!("{}: the prediction and the kernel's answer differ", entry.id);
    let finding = Finding::new(&catalogue::PREDICTION_DIFFERS, title, detail);
    Some(finding.severity(severity).shown_by(evidence))
}

/// The real program met something else than isodoc's own child.
fn binary_differs(entry: &MechanismReport) -> Option<Finding> {
    let own = entry.probe.own_child.as_ref()?;
    let error = |signal: &Option<String>, errno: Option<crate::errno::Errno>| {
        signal.clone().or(errno.map(|e| e.name().to_owned()))
    };
    let met = &entry.probe;
    let evidence = vec![
        Evidence::new(
            "the program",
            trace(met.verdict?, met.step, error(&met.signal, met.errno).as_deref()),
        ),
        Evidence::new(
            "isodoc's own child",
            trace(own.verdict, own.step, error(&own.signal, own.errno).as_deref()),
        ),
    ];
    let detail = met.binary.clone().unwrap_or_default();
    let title =
        format!("{}: the real program and isodoc's own process get different answers", entry.id);
    Some(Finding::new(&catalogue::BINARY_DIFFERS, title, detail).shown_by(evidence))
}

/// Root was not handed to whoever can write the program.
fn program_not_trusted(entry: &MechanismReport) -> Option<Finding> {
    let why = entry.probe.reason.as_ref().filter(|_| entry.probe.not_trusted)?;
    Some(Finding::new(&catalogue::PROGRAM_NOT_TRUSTED, catalogue::PROGRAM_NOT_TRUSTED.title, why))
}

/// What was judged without its program.
fn not_installed(facts: &Facts, entry: &MechanismReport) -> Option<Finding> {
    let mechanism = mechanisms::find(entry.id).filter(|m| m.program != &Program::DOCKERD)?;
    let tool = facts.tools.get(mechanism.program);
    let judged = entry.prediction.step != Some(Step::FindBinary);
    if !judged || !tool.is_absent() {
        return None;
    }
    let name = mechanism.program.name;
    let title = match facts.tools.elsewhere(mechanism.program) {
        Some(tool) => format!("{}: {} is not in PATH", entry.id, tool.path),
        None => format!("{}: {name} is not installed", entry.id),
    };
    let detail = "the answer is what the kernel would let it do";
    let finding = Finding::new(&catalogue::PROGRAM_NOT_INSTALLED, title, detail);
    Some(finding.shown_by(vec![Evidence::of_state(tool)]))
}

/// The documentation of this platform says something else than what was measured.
fn platform_differs(report: &CheckReport) -> Option<Finding> {
    let unshare = report.mechanisms.iter().find(|entry| entry.id == DEFAULT.id)?;
    let differs = match report.platform.documented {
        Documented::Supported => unshare.verdict == Verdict::Unsupported,
        Documented::Unsupported => unshare.verdict == Verdict::Supported,
        Documented::Undocumented => false,
    };
    if !differs {
        return None;
    }
    let how = if unshare.probe.verdict.is_some() { "measured" } else { "predicted" };
    let title = format!(
        "documented as {} on {}, {how} as {}",
        report.platform.documented.name(),
        report.platform.id.name(),
        unshare.verdict.id()
    );
    let finding = Finding::new(&catalogue::PLATFORM_DIFFERS, title, &report.platform.notes);
    Some(finding.shown_by(report.platform.evidence.clone()))
}

/// How many processes a new `/proc` shows at most: the probe's own, and tini or a shell beside it.
const FEW: u32 = 4;

/// Every step passed, and what came out isolates less than it should.
fn isolation_falls_short(entry: &MechanismReport) -> Vec<Finding> {
    // What others leave open on purpose is theirs.
    let ours = mechanisms::find(entry.id).is_none_or(|mechanism| mechanism.always);
    let Some(isolation) = entry.probe.isolation.filter(|_| ours) else { return vec![] };
    let Isolation { pid, processes, outer_environ_readable } = isolation;
    let wants_proc = entry.id == nsjail::MECHANISM.id
        || entry.flags.iter().any(|flag| flag.starts_with("--mount-proc"));
    let mut found = vec![];
    let mut add = |info, title: String, detail: &str, evidence| {
        found.push(Finding::new(info, title, detail).shown_by(vec![evidence]))
    };
    if pid != 1 {
        let title =
            format!("{}: jobs share the pid namespace of the process that started them", entry.id);
        add(
            &catalogue::PID_NAMESPACE_SHARED,
            title,
            "a job can list and signal the other processes; --pid with --fork gives it a pid \
                namespace of its own",
            Evidence::new("getpid(2)", pid),
        );
    }
    if wants_proc && processes > FEW {
        let title = format!("{}: the new /proc shows processes from outside", entry.id);
        add(
            &catalogue::PROC_SHOWS_OUTSIDE,
            title,
            "a job can read what /proc shows about them",
            Evidence::new("/proc", format_args!("{processes} processes")),
        );
    }
    if outer_environ_readable {
        let title =
            format!("{}: jobs can read the environment of the process that started them", entry.id);
        add(
            &catalogue::ENVIRON_READABLE,
            title,
            "every job can read secrets in the environment of the worker",
            Evidence::new("/proc/PID/environ", "readable"),
        );
    }
    found
}

/// Facts that made no sense; several of one file are one finding.
fn malformed(facts: &Facts) -> impl Iterator<Item = Finding> {
    facts.malformed().into_iter().map(|(source, why)| {
        let title = format!("cannot parse {source}");
        let detail = "what depends on it stays unknown";
        let finding = Finding::new(&catalogue::MALFORMED_FACT, title, detail);
        finding.shown_by(vec![Evidence::new(source, why)])
    })
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;
    use crate::errno::Errno;
    use crate::report::{OwnChild, PredictionReport, Probe};

    fn prediction(entry: &mut MechanismReport) -> &mut PredictionReport {
        Rc::get_mut(&mut entry.prediction).unwrap()
    }

    fn probe(entry: &mut MechanismReport) -> &mut Probe {
        Rc::get_mut(&mut entry.probe).unwrap()
    }

    fn entry() -> MechanismReport {
        MechanismReport {
            id: "unshare",
            required: true,
            flags: ["--pid", "--fork", "--mount-proc"].map(str::to_owned).into(),
            verdict: Verdict::Supported,
            prediction: Rc::new(PredictionReport {
                verdict: Verdict::Supported,
                step: None,
                errno: None,
                cause: None,
                evidence: vec![],
                not_excluded: vec![],
                ruled_out: vec![],
                undecided: vec![],
            }),
            probe: Rc::new(Probe {
                status: "ran",
                reason: None,
                verdict: Some(Verdict::Supported),
                step: None,
                errno: None,
                signal: None,
                message: None,
                binary: None,
                recorded: false,
                not_trusted: false,
                own_child: None,
                isolation: None,
            }),
            cause: None,
            remedies: Rc::default(),
        }
    }

    fn refused(mut entry: MechanismReport) -> MechanismReport {
        entry.verdict = Verdict::Unsupported;
        probe(&mut entry).verdict = Some(Verdict::Unsupported);
        probe(&mut entry).step = Some(Step::MountProc);
        probe(&mut entry).errno = Some(Errno::EPERM);
        entry
    }

    #[test]
    fn a_prediction_that_the_kernel_contradicts() {
        assert!(prediction_differs(&entry()).is_none());
        let found = prediction_differs(&refused(entry())).unwrap();
        assert_eq!((found.info.id, found.severity), ("prediction-differs", Severity::Warning));
        assert_eq!(found.evidence[1].value, "unsupported at mount-proc (EPERM)");

        // A gate that no fact shows is no mistake of the facts.
        let mut hidden = refused(entry());
        prediction(&mut hidden).not_excluded = vec!["landlock"];
        assert_eq!(prediction_differs(&hidden).unwrap().severity, Severity::Note);

        // The same verdict for another reason differs too.
        let mut other = refused(entry());
        prediction(&mut other).verdict = Verdict::Unsupported;
        (prediction(&mut other).step, prediction(&mut other).errno) =
            (Some(Step::Unshare), Some(Errno::EPERM));
        assert!(prediction_differs(&other).is_some());
        (prediction(&mut other).step, prediction(&mut other).errno) =
            (Some(Step::MountProc), Some(Errno::EPERM));
        assert!(prediction_differs(&other).is_none());

        // Nothing was claimed, or nothing was measured.
        let mut silent = refused(entry());
        prediction(&mut silent).verdict = Verdict::Unknown;
        assert!(prediction_differs(&silent).is_none());
        let mut skipped = refused(entry());
        probe(&mut skipped).verdict = None;
        assert!(prediction_differs(&skipped).is_none());
    }

    #[test]
    fn a_program_that_is_treated_otherwise() {
        assert!(binary_differs(&entry()).is_none());
        let mut entry = refused(entry());
        probe(&mut entry).own_child = Some(OwnChild {
            verdict: Verdict::Unsupported,
            step: Some(Step::Unshare),
            errno: None,
            signal: Some("SIGSYS".into()),
        });
        let found = binary_differs(&entry).unwrap();
        assert_eq!(found.evidence[0].value, "unsupported at mount-proc (EPERM)");
        assert_eq!(found.evidence[1].value, "unsupported at unshare (SIGSYS)");
    }

    #[test]
    fn what_the_namespaces_are_worth() {
        let rules = |pid, processes, outer_environ_readable, flags: &[&str]| {
            let mut entry = entry();
            entry.flags = flags.iter().map(|f| (*f).to_owned()).collect();
            probe(&mut entry).isolation =
                Some(Isolation { pid, processes, outer_environ_readable });
            isolation_falls_short(&entry).iter().map(|f| f.info.id).collect::<Vec<_>>()
        };
        let full = ["--user", "--pid", "--fork", "--mount-proc"];
        assert_eq!(rules(1, 1, false, &full), Vec::<&str>::new());
        assert_eq!(
            rules(4711, 90, true, &["--user"]),
            ["pid-namespace-shared", "environ-readable"]
        );
        assert_eq!(rules(1, 90, false, &full), ["proc-shows-outside"]);
        // Without a procfs of its own, the processes from outside are expected in there.
        assert_eq!(rules(1, 90, false, &["--user", "--pid", "--fork"]), Vec::<&str>::new());
    }

    #[test]
    fn facts_that_make_no_sense() {
        use crate::facts::{Fact, Missing};
        let mut facts = Facts::default();
        assert!(malformed(&facts).next().is_none());
        // Text of the host is no state.
        facts.lsm.label = Fact::known(r#"{"state":"malformed"}"#.into(), "/proc/self/attr/current");
        assert!(malformed(&facts).next().is_none());
        facts.process.euid =
            Fact::new(Err(Missing::Malformed("not `Key: value`".into())), "/proc/self/status");
        facts.process.egid =
            Fact::new(Err(Missing::Malformed("not `Key: value`".into())), "/proc/self/status");
        facts.sysctl.max_namespaces.insert(
            "user",
            Fact::new(
                Err(Missing::Malformed("not a number".into())),
                "/proc/sys/user/max_user_namespaces",
            ),
        );
        let found: Vec<_> = malformed(&facts).collect();
        let sources: Vec<&str> = found.iter().map(|f| f.evidence[0].source.as_str()).collect();
        assert_eq!(sources, ["/proc/self/status", "/proc/sys/user/max_user_namespaces"]);
    }
}
