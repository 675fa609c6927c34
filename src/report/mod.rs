//! The report of `check --format json`, version 1.
//!
//! These structs are the contract: they are apart from the internal types, so that the inside can
//! change and the outside does not. Fields may be added; none may change its name or meaning
//! without a new version.

pub(crate) mod baseline;
pub(crate) mod concealed;
pub(crate) mod difference;
pub(crate) mod fleet;
pub(crate) mod ids;
pub(crate) mod lint;

use std::rc::Rc;

use serde::Serialize;

use crate::deploy::Place;
use crate::diagnosis::{Cause, Diagnosis, Prediction};
use crate::errno::Errno;
use crate::facts::remap::{Effective, Remap, RemapState};
use crate::facts::{Evidence, Facts};
use crate::findings::{self, catalogue};
use crate::plan::Step;
use crate::platform::{self, Documented, PlatformId, VantageId};
use crate::probe::outcome::{Isolation, ProbeOutcome, ProbeStatus, Refusal};
use crate::remedy::{Form, Solution};
use crate::rules::{Gate, Rule};
use crate::source::SourceKind;
pub(crate) use crate::verdict::Severity;
use crate::verdict::{Advice, Verdict};
use crate::windmill::Worker;

/// The version of the report.
pub(crate) const VERSION: u32 = 1;

#[derive(Debug, Serialize)]
pub(crate) struct CheckReport<'a> {
    pub schema_version: u32,
    /// Who wrote it.
    pub tool: Generator,
    /// The verdict on all that was required.
    pub verdict: Verdict,
    /// What was required, in the order in which it was asked for.
    pub required: Vec<Required>,
    /// Where the facts come from.
    pub source: SourceKind,
    /// Where isodoc runs.
    pub vantage: VantageReport,
    /// The row of the documented matrix.
    pub platform: PlatformReport,
    pub mechanisms: Vec<MechanismReport>,
    /// The single capabilities that were required.
    pub capabilities: Vec<MechanismReport>,
    /// The Docker daemon.
    pub docker: DockerReport,
    pub worker: Worker,
    /// What else is worth knowing.
    pub findings: Vec<FindingReport>,
    /// Everything that was seen.
    pub facts: &'a Facts,
}

impl CheckReport<'_> {
    /// The mechanisms, and behind them the single capabilities.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &MechanismReport> + Clone {
        self.mechanisms.iter().chain(&self.capabilities)
    }
}

/// Who wrote a report.
#[derive(Debug, Serialize)]
pub(crate) struct Generator {
    /// `isodoc`.
    pub name: &'static str,
    pub version: &'static str,
}

impl Generator {
    /// This isodoc.
    pub(crate) const THIS: Self =
        Self { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") };
}

/// One thing that was required.
#[derive(Debug, Serialize)]
pub(crate) struct Required {
    /// The id of a mechanism or a capability.
    pub id: String,
    pub verdict: Verdict,
}

impl Required {
    /// What was asked for, each once.
    pub(crate) fn each(ids: &[String], verdict_of: impl Fn(&str) -> Verdict) -> Vec<Self> {
        let first = |(at, id): &(usize, &String)| !ids.iter().take(*at).any(|other| other == *id);
        let ids = ids.iter().enumerate().filter(first);
        ids.map(|(_, id)| Self { id: id.clone(), verdict: verdict_of(id) }).collect()
    }
}

/// Where isodoc runs.
#[derive(Debug, Serialize)]
pub(crate) struct VantageReport {
    /// The kind of place.
    pub id: VantageId,
    /// The place in words.
    pub name: &'static str,
    /// What shows it.
    pub evidence: Vec<Evidence>,
}

/// The row of the documented matrix.
#[derive(Debug, Serialize)]
pub(crate) struct PlatformReport {
    /// The id of the row.
    pub id: PlatformId,
    /// What the documentation says of it.
    pub documented: Documented,
    /// What the documentation adds.
    pub notes: String,
    /// What shows it.
    pub evidence: Vec<Evidence>,
}

/// One mechanism, or one capability. Containers with the same settings share what is said of them.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct MechanismReport {
    pub id: &'static str,
    pub required: bool,
    pub flags: Rc<[String]>,
    /// The probe's verdict where it ran; else the prediction's.
    pub verdict: Verdict,
    /// What the facts predict.
    pub prediction: Rc<PredictionReport>,
    /// What the kernel did.
    pub probe: Rc<Probe>,
    /// Why, unless it is supported.
    pub cause: Option<CauseReport>,
    /// What leads to `supported`, cheapest first.
    pub remedies: Rc<[Advice]>,
}

/// What the facts predict.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct PredictionReport {
    /// Whether every step passes.
    pub verdict: Verdict,
    /// The first refused or undecided step.
    pub step: Option<Step>,
    /// Its error.
    pub errno: Option<Errno>,
    /// The id of the gate.
    pub cause: Option<&'static str>,
    /// What shows it.
    pub evidence: Vec<Evidence>,
    /// The gates that no fact can show.
    pub not_excluded: Vec<&'static str>,
    /// The gates that the facts show open.
    pub ruled_out: Vec<&'static str>,
    /// The gates for which a fact is missing.
    pub undecided: Vec<&'static str>,
}

/// What the kernel did.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Probe {
    /// `ran`, `skipped` or `failed`.
    pub status: &'static str,
    /// Why it did not run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether every step passed, where it ran.
    pub verdict: Option<Verdict>,
    /// The first refused step.
    pub step: Option<Step>,
    /// Its error.
    pub errno: Option<Errno>,
    /// The signal that killed the process at that step.
    pub signal: Option<String>,
    /// What the program said, where the real one was run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Why the real program was run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub binary: Option<String>,
    /// Whether this was met where the snapshot was taken.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub recorded: bool,
    /// Whether the real program was not run because others can write it.
    #[serde(skip)]
    pub not_trusted: bool,
    /// What isodoc's own child met, where the real program met something else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own_child: Option<OwnChild>,
    /// What the new namespaces are worth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub isolation: Option<Isolation>,
}

/// What isodoc's own child met.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct OwnChild {
    /// Whether every step passed.
    pub verdict: Verdict,
    /// The first refused step.
    pub step: Option<Step>,
    /// Its error.
    pub errno: Option<Errno>,
    /// The signal that killed it.
    pub signal: Option<String>,
}

/// Why something is refused, or why that is not known.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct CauseReport {
    /// The id of the gate, or `unexplained`.
    pub id: &'static str,
    /// One line.
    pub title: &'static str,
    /// What shows it.
    pub evidence: Vec<Evidence>,
    /// The setting of a deployment file that decides.
    #[serde(flatten)]
    pub location: Option<Location>,
    /// Where unexplained: the gates of that step that are open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ruled_out: Option<Vec<&'static str>>,
    /// Where unexplained: the gates of that step that nothing decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undecided: Option<Vec<&'static str>>,
}

/// A place in a deployment file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Location {
    /// The file, as it was given.
    pub path: Rc<str>,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// The same as a range of bytes.
    #[serde(skip)]
    pub place: Place,
}

/// The Docker daemon.
#[derive(Debug, Serialize)]
pub(crate) struct DockerReport {
    pub userns_remap: UsernsRemap,
}

/// The userns-remap of the Docker daemon.
#[derive(Debug, Serialize)]
pub(crate) struct UsernsRemap {
    pub configured: Option<String>,
    /// What is in effect: `on`, `off` or `unknown`; null where there is no Docker.
    pub effective: Option<&'static str>,
    /// How it stands.
    pub state: RemapState,
}

/// A finding: what `check` found has its evidence, what `lint` found has its place.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct FindingReport {
    /// The id of its row in the catalogue.
    pub rule: &'static str,
    /// How grave it is.
    pub severity: Severity,
    /// One line.
    pub title: String,
    /// What it means and what to do.
    pub detail: String,
    /// What shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Vec<Evidence>>,
    /// The setting that it is about.
    #[serde(flatten)]
    pub location: Option<Location>,
    /// What can be done.
    pub remedies: Rc<[Advice]>,
}

impl FindingReport {
    /// One of `check`.
    pub(crate) fn of_host(mut from: findings::Finding) -> Self {
        let evidence = Some(std::mem::take(&mut from.evidence));
        Self { evidence, ..Self::in_file(from, None) }
    }

    /// One of `lint`.
    pub(crate) fn in_file(from: findings::Finding, location: Option<Location>) -> Self {
        Self {
            rule: from.info.id,
            severity: from.severity,
            title: from.title,
            detail: from.detail,
            evidence: None,
            location,
            remedies: from.remedies,
        }
    }
}

impl Location {
    /// A place in the file of this path.
    pub(crate) fn new(path: Rc<str>, place: Place) -> Self {
        Self { path, line: place.line, column: place.column, place }
    }
}

impl From<platform::Vantage> for VantageReport {
    fn from(from: platform::Vantage) -> Self {
        Self { id: from.id, name: from.name, evidence: from.evidence }
    }
}

impl From<platform::Platform> for PlatformReport {
    fn from(from: platform::Platform) -> Self {
        Self {
            id: from.id,
            documented: from.documented,
            notes: from.notes,
            evidence: from.evidence,
        }
    }
}

impl From<Remap<'_>> for DockerReport {
    fn from(from: Remap<'_>) -> Self {
        let configured = from.configured().map(str::to_owned);
        let here = from.state != RemapState::NotInstalled;
        let effective = here.then(|| Effective::id(from.effective));
        Self { userns_remap: UsernsRemap { configured, effective, state: from.state } }
    }
}

fn ids(rules: &[&'static Rule]) -> Vec<&'static str> {
    rules.iter().map(|rule| rule.id).collect()
}

impl MechanismReport {
    /// Whether the kernel was asked, and has answered.
    pub(crate) fn is_measured(&self) -> bool {
        self.probe.verdict.is_some()
    }

    /// The step that was refused, or would be, and its error: by the kernel where it has answered,
    /// else by the prediction.
    pub(crate) fn refusal(&self) -> (Option<Step>, Option<Errno>) {
        if self.is_measured() {
            (self.probe.step, self.probe.errno)
        } else {
            (self.prediction.step, self.prediction.errno)
        }
    }

    /// The id of the cause in brackets, with a space before it; empty where there is none.
    pub(crate) fn cause_tag(&self) -> String {
        self.cause.as_ref().map_or_else(String::new, |cause| format!(" [{}]", cause.id))
    }

    /// The entry of a diagnosis.
    #[must_use]
    pub(crate) fn new(
        id: &'static str,
        required: bool,
        diagnosis: &Diagnosis,
        solutions: &[Solution],
        form: Form,
    ) -> Self {
        Self {
            id,
            required,
            flags: diagnosis.plan.flags.as_slice().into(),
            verdict: diagnosis.verdict,
            prediction: Rc::new(PredictionReport::from(&diagnosis.prediction)),
            probe: Rc::new(Probe::from(&diagnosis.probe)),
            cause: diagnosis
                .cause
                .as_ref()
                .map(|cause| CauseReport::new(cause, &diagnosis.probe, diagnosis.plan.by.name)),
            remedies: solutions.iter().map(|solution| solution.advice(form)).collect(),
        }
    }
}

impl From<&Prediction> for PredictionReport {
    fn from(from: &Prediction) -> Self {
        // A rule that guards several steps is named once, by the gravest thing that it says.
        let those = |wanted: fn(&Gate) -> bool, beside: fn(&Gate) -> bool| {
            let saying = |what: fn(&Gate) -> bool| {
                from.judged.iter().filter(move |j| what(&j.gate)).map(|j| j.rule)
            };
            let among = |rules: &[&Rule], rule: &Rule| rules.iter().any(|r| std::ptr::eq(*r, rule));
            let graver: Vec<&Rule> = saying(beside).collect();
            let mut rules: Vec<&Rule> = vec![];
            for rule in saying(wanted).filter(|rule| !among(&graver, rule)) {
                if !among(&rules, rule) {
                    rules.push(rule);
                }
            }
            ids(&rules)
        };
        Self {
            verdict: from.verdict,
            step: from.step,
            errno: from.errno,
            cause: from.cause.map(|rule| rule.id),
            evidence: from.evidence.clone(),
            not_excluded: ids(&from.not_excluded),
            ruled_out: those(|gate| matches!(gate, Gate::Open), |gate| !matches!(gate, Gate::Open)),
            undecided: those(
                |gate| matches!(gate, Gate::Undecided(_)),
                |gate| matches!(gate, Gate::Shut(_)),
            ),
        }
    }
}

fn verdict_of(refusal: Option<&Refusal>) -> Verdict {
    if refusal.is_some() { Verdict::Unsupported } else { Verdict::Supported }
}

impl From<&ProbeOutcome> for Probe {
    fn from(from: &ProbeOutcome) -> Self {
        let (status, reason) = match &from.status {
            ProbeStatus::Ran => ("ran", None),
            ProbeStatus::Skipped(why) | ProbeStatus::NotTrusted(why) => {
                ("skipped", Some(why.clone()))
            }
            ProbeStatus::Failed(why) | ProbeStatus::Unclear(why) => ("failed", Some(why.clone())),
        };
        let refusal = from.refusal.as_ref();
        Self {
            status,
            reason,
            verdict: from.has_run().then(|| verdict_of(refusal)),
            step: refusal.map(|r| r.step),
            errno: refusal.and_then(|r| r.errno),
            signal: refusal.and_then(|r| r.signal.clone()),
            message: refusal.and_then(|r| r.message.clone()),
            binary: from.binary.clone(),
            recorded: from.recorded,
            not_trusted: matches!(from.status, ProbeStatus::NotTrusted(_)),
            own_child: from.own.as_ref().map(|own| OwnChild {
                verdict: verdict_of(own.refusal.as_ref()),
                step: own.refusal.as_ref().map(|r| r.step),
                errno: own.refusal.as_ref().and_then(|r| r.errno),
                signal: own.refusal.as_ref().and_then(|r| r.signal.clone()),
            }),
            isolation: from.isolation,
        }
    }
}

impl CauseReport {
    fn new(from: &Cause, probe: &ProbeOutcome, program: &str) -> Self {
        match from {
            Cause::Gate { rule, evidence } => Self {
                id: rule.id,
                title: rule.title,
                evidence: evidence.clone(),
                location: None,
                ruled_out: None,
                undecided: None,
            },
            Cause::Unexplained { ruled_out, undecided } => {
                let refusal = probe.refusal.as_ref();
                let what = refusal.map(|r| match (&r.message, &r.signal, r.errno) {
                    (Some(text), None, None) if text.is_empty() => {
                        let silent = format!("{program} failed, and printed nothing");
                        Evidence::new("the attempt", silent)
                    }
                    (Some(text), _, _) => Evidence::new(format!("{program}(1)"), text),
                    (_, Some(signal), _) => {
                        Evidence::new("probe", format_args!("{}: {signal}", r.step))
                    }
                    (_, _, Some(errno)) => {
                        Evidence::new("probe", format_args!("{}: {errno}", r.step))
                    }
                    _ => Evidence::new("probe", r.step),
                });
                Self {
                    id: catalogue::UNEXPLAINED.id,
                    title: "no cause that isodoc knows explains the refusal",
                    evidence: what.into_iter().collect(),
                    location: None,
                    ruled_out: Some(ids(ruled_out)),
                    undecided: Some(ids(undecided)),
                }
            }
        }
    }
}
