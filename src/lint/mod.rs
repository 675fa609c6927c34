//! `isodoc lint`: the containers of deployment files, judged by the same gates as a live host.
//!
//! The facts inside a container are those of the host, changed by what its settings do ([`crate::workload::inside`]);
//! prediction and remedies are then those of `check`.

pub mod edit;
mod findings;
pub mod fix;
pub mod report;

use crate::engine::{Cause, Prediction, diagnose, predict};
use crate::facts::Facts;
use crate::mechanisms::{Plan, nsjail, unshare};
use crate::parse::idmap::{Extent, IdMap};
use crate::platform::{Vantage, VantageId};
use crate::probe::{Outcome, Status};
use crate::remedy::{self, Solution};
use crate::report::{Location, Mechanism, Severity};
use crate::rules::docker::{Effective, assess};
use crate::verdict::Verdict;
use crate::workload::read::{Deployment, Kind};
use crate::workload::{BadInput, Container, Engine, Place, inside};

/// The host that a workload is going to run on.
pub struct Host {
    /// Its facts.
    pub facts: Facts,
    /// The map of its Docker daemon, where that remaps root.
    pub remap: Option<IdMap>,
    /// Its name in the report.
    pub name: String,
}

impl Host {
    /// A host with these facts.
    #[must_use]
    pub fn new(facts: Facts, name: String) -> Self {
        let remap = match assess(&facts).effective {
            Effective::On(ids) => {
                let outside = ids.map_or(100_000, |(uid, _)| u64::from(uid));
                Some(IdMap(vec![Extent { inside: 0, outside, count: 65_536 }]))
            }
            Effective::Off | Effective::Unknown => None,
        };
        Self { facts, remap, name }
    }
}

/// What is asked of every container.
#[derive(Clone, Copy, Debug, Default)]
pub struct Question<'a> {
    /// The flags of unshare(1), in place of the container's own.
    pub flags: Option<&'a str>,
    /// Whether containers count that do not ask for isolation.
    pub all: bool,
}

/// The path of a file by its number.
pub type Paths<'a> = &'a dyn Fn(Place) -> String;

/// One container, judged.
pub struct Judged {
    /// What goes into the report.
    pub report: report::Container,
    /// Every way to `supported`, cheapest first.
    pub solutions: Vec<Solution>,
}

/// What is known of one container while it is judged.
pub(crate) struct Case<'a> {
    pub host: &'a Host,
    pub container: &'a Container,
    pub facts: Facts,
    pub plan: Plan,
    pub prediction: Prediction,
    pub solutions: Vec<Solution>,
}

/// Judges one container.
#[must_use]
pub fn judge(host: &Host, container: &Container, question: Question<'_>, paths: Paths<'_>) -> Judged {
    let case = case(host, container, &flags(container, question));
    let located = |place: Place| Location { path: paths(place), line: place.line, column: place.column, place };
    let asked = asked(container);
    let unshare = entry(&case, "unshare", question.all || asked.unshare || !asked.nsjail, &located);
    let jail_plan = nsjail::plan(container.settings.variable("DISABLE_NUSER") != Some("true"));
    let jail = case_of(host, container, jail_plan);
    let nsjail = entry(&jail, "nsjail", asked.nsjail, &located);
    let findings = findings::all(&case, &located);
    let mechanisms = vec![unshare, nsjail];
    // What the engine refuses to start isolates nothing.
    let never_starts = findings.iter().any(|finding| finding.severity == Severity::Error);
    let required = mechanisms.iter().filter(|m| m.required).map(|m| m.verdict);
    let verdict = if never_starts { Verdict::Unsupported } else { Verdict::all(required) };
    let report = report::Container {
        name: container.name.clone(),
        line: container.place.line,
        column: container.place.column,
        asks_for_isolation: asked.any(),
        required: question.all || asked.any(),
        verdict,
        mechanisms,
        findings,
        location: located(container.place),
    };
    Judged { report, solutions: case.solutions }
}

/// The entry of a file in the report.
#[must_use]
pub fn file(path: String, read: &Result<Deployment, BadInput>, judged: Vec<Judged>, at: Option<Location>) -> report::File {
    let containers: Vec<report::Container> = judged.into_iter().map(|judged| judged.report).collect();
    match read {
        Err(bad) => {
            let error = report::Error {
                line: at.as_ref().map(|l| l.line),
                column: at.as_ref().map(|l| l.column),
                message: bad.message.clone(),
                location: at,
            };
            report::File { path, kind: Kind::Unknown, error: Some(error), containers, findings: vec![], mechanisms: vec![] }
        }
        Ok(deployment) => {
            let mut containers = containers;
            let mut findings = vec![];
            for remark in &deployment.remarks {
                let location = remark.place.map(|place| Location { path: path.clone(), line: place.line, column: place.column, place });
                let finding = report::Finding {
                    rule: remark.rule,
                    severity: remark.severity,
                    title: remark.title.clone(),
                    detail: remark.detail.clone(),
                    location,
                    remedies: vec![],
                };
                match remark.container.and_then(|number| containers.get_mut(number)) {
                    Some(container) => {
                        if remark.severity == Severity::Error {
                            container.verdict = Verdict::Unsupported;
                        }
                        container.findings.push(finding);
                    }
                    None => findings.push(finding),
                }
            }
            report::File { path, kind: deployment.kind, error: None, containers, findings, mechanisms: vec![] }
        }
    }
}

/// The verdict on everything that counts. Where there is no container at all, nobody can say that it will work.
#[must_use]
pub fn verdict_of_all(files: &[report::File]) -> Verdict {
    let mut containers = files.iter().flat_map(|file| &file.containers).peekable();
    let daemons = files.iter().flat_map(|file| &file.mechanisms);
    if containers.peek().is_none() && daemons.clone().next().is_none() {
        return Verdict::Unknown;
    }
    Verdict::all(containers.filter(|c| c.required).map(|c| c.verdict).chain(daemons.map(|m| m.verdict)))
}

/// The verdict of unshare with these flags in a container, and nothing else.
#[must_use]
pub fn verdict(host: &Host, container: &Container, question: Question<'_>) -> Verdict {
    verdict_of(host, container, &flags(container, question))
}

pub(crate) fn verdict_of(host: &Host, container: &Container, flags: &[String]) -> Verdict {
    let plan = plan(container, flags);
    predict(&inside::facts(&host.facts, host.remap.as_ref(), container, &plan), &plan).verdict
}

fn case<'a>(host: &'a Host, container: &'a Container, flags: &[String]) -> Case<'a> {
    case_of(host, container, plan(container, flags))
}

fn case_of<'a>(host: &'a Host, container: &'a Container, plan: Plan) -> Case<'a> {
    let facts = inside::facts(&host.facts, host.remap.as_ref(), container, &plan);
    let prediction = predict(&facts, &plan);
    let solutions = match prediction.cause {
        Some(rule) if prediction.verdict == Verdict::Unsupported => remedy::solutions(&facts, &plan, &vantage(container.engine), rule),
        _ => vec![],
    };
    Case { host, container, facts, plan, prediction, solutions }
}

fn plan(container: &Container, flags: &[String]) -> Plan {
    let ids = inside::ids(container);
    unshare::plan(flags, None, (Some(ids.0), Some(ids.1)))
}

fn vantage(engine: Engine) -> Vantage {
    let (id, name) = match engine {
        Engine::Docker => (VantageId::Docker, "a Docker container"),
        Engine::Podman => (VantageId::Podman, "a podman container"),
        Engine::Kubernetes => (VantageId::Kubernetes, "a Kubernetes pod"),
    };
    Vantage { id, name, evidence: vec![] }
}

fn entry(case: &Case<'_>, id: &'static str, required: bool, located: &dyn Fn(Place) -> Location) -> Mechanism {
    let skipped = Outcome::without(Status::Skipped("the container is only planned".into()));
    let diagnosis = diagnose(&case.facts, &case.plan, case.prediction.clone(), skipped);
    let mut mechanism = Mechanism::new(id, required, &diagnosis, &case.solutions);
    if let (Some(cause), Some(Cause::Gate { rule, .. })) = (&mut mechanism.cause, &diagnosis.cause) {
        cause.location = Some(located(decides(case.container, rule.id)));
    }
    mechanism
}

/// The setting that decides about a gate; the container itself where it is the engine's default that does.
fn decides(container: &Container, cause: &str) -> Place {
    let s = &container.settings;
    let place = match cause {
        "seccomp-unshare" | "seccomp-clone" | "seccomp-mount" | "seccomp-kill" => s.seccomp.as_ref().map(|p| p.place),
        "proc-masked" => s.masks.as_ref().map(|m| m.place),
        "setfcap-missing" => s.cap_drop.first().map(|c| c.place),
        "no-cap-sys-admin" => s.user.as_ref().filter(|_| !s.is_root()).map(|u| u.place).or_else(|| s.cap_drop.first().map(|c| c.place)),
        "apparmor-deny-mount" | "apparmor-userns-denied" | "apparmor-unprivileged-userns" => s.apparmor.as_ref().map(|p| p.place),
        "id-unmapped" => s.user.as_ref().map(|u| u.place),
        "rlimit-nproc" => s.nproc.as_ref().map(|n| n.place),
        "cgroup-pids-max" => s.pids_limit.as_ref().map(|n| n.place),
        _ => None,
    };
    place.unwrap_or(container.place)
}

/// What a container asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    pub unshare: bool,
    pub nsjail: bool,
    /// The command itself isolates, rather than a worker that reads variables.
    pub command: bool,
}

impl Asked {
    fn any(self) -> bool {
        self.unshare || self.nsjail || self.command
    }
}

/// What the variables and the command of a container ask for.
pub(crate) fn asked(container: &Container) -> Asked {
    let settings = &container.settings;
    let is = |name: &str, value: &str| settings.variable(name) == Some(value);
    let runs = |programs: &[&str]| {
        let words = settings
            .command
            .iter()
            .flat_map(|word| word.value.split(|c: char| c.is_whitespace() || matches!(c, ';' | '&' | '|' | '(' | ')')));
        words.into_iter().any(|word| programs.contains(&word.rsplit('/').next().unwrap_or(word)))
    };
    Asked {
        unshare: is("ENABLE_UNSHARE_PID", "true") || is("FAVOR_UNSHARE_PID", "true") || runs(&["unshare"]),
        nsjail: is("DISABLE_NSJAIL", "false") || runs(&["nsjail"]),
        command: runs(&["unshare", "nsjail", "bwrap"]),
    }
}

/// The flags in force: those of the question, of the worker's variable, of the container's own command, else the default.
pub(crate) fn flags(container: &Container, question: Question<'_>) -> Vec<String> {
    let settings = &container.settings;
    if let Some(flags) = question.flags.or_else(|| settings.variable("UNSHARE_ISOLATION_FLAGS")) {
        return unshare::split(flags);
    }
    let words: Vec<String> = settings.command.iter().flat_map(|word| unshare::split(&word.value)).collect();
    let own = words.iter().position(|word| word.rsplit('/').next() == Some("unshare"));
    let own = own.and_then(|at| words.get(at + 1..)).map(unshare::options_of).filter(|options| !options.is_empty());
    own.map_or_else(|| unshare::split(unshare::DEFAULT_FLAGS), <[String]>::to_vec)
}
