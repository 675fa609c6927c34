//! `isodoc lint`: the containers of deployment files, judged by the same gates as a live host.
//!
//! The facts inside a container are those of the host, changed by what its settings do
//! ([`crate::deploy::simulate`]); prediction and remedies are then those of `check`.

pub(crate) mod accepted;
mod asks;
pub(crate) mod daemon;
mod files;
mod findings;
pub(crate) mod fix;
pub(crate) mod ignores;
mod images;

use asks::{asks_for, flags_in};
pub(crate) use files::{OfNone, file, verdict_of_all};
use fix::changes;

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, Hasher};
use std::rc::Rc;

use crate::assume;
use crate::deploy::container::WrittenAt;
use crate::deploy::setting::Doubt;
use crate::deploy::simulate::{self, Felt};
use crate::deploy::{At, Container, Engine, Place, Runtime, Setting, kubernetes};
use crate::diagnosis::{self, Prediction, diagnose, predict};
use crate::facts::docker::Docker;
use crate::facts::remap::{Effective, assess};
use crate::facts::{Evidence, Facts};
use crate::findings::Finding;
use crate::mechanisms::{self, DEFAULT};
use crate::parse::daemon_json::ContainerDefaults;
use crate::parse::idmap::{Extent, IdMap};
use crate::plan::{Flavour, Plan};
use crate::platform::{Vantage, VantageId};
use crate::probe::{self, ProbeStatus};
use crate::remedy::{Form, Solution};
use crate::report::lint as report;
use crate::report::{FindingReport, Location, MechanismReport};
use crate::rules::Rule;
use crate::verdict::{Verdict, Who};

/// The host that a workload is going to run on.
pub(crate) struct Host {
    pub facts: Facts,
    /// The map of its Docker daemon, where that remaps root.
    pub remap: Option<IdMap>,
    /// What its Docker daemon gives containers that say nothing else.
    pub defaults: ContainerDefaults,
    /// What makes its pods, where that is known; else it is taken to be containerd.
    pub pods: Option<Runtime>,
    /// Its name in the report.
    pub name: String,
}

impl Host {
    /// A host with these facts.
    #[must_use]
    pub(crate) fn new(facts: Facts, name: String) -> Self {
        let remap = match assess(&facts).effective {
            Effective::On(ids) => {
                let outside = ids.map_or(100_000, |(uid, _)| u64::from(uid));
                Some(IdMap(vec![Extent { inside: 0, outside, count: 65_536 }]))
            }
            Effective::Off | Effective::Unknown => None,
        };
        let defaults = container_defaults(&facts.docker);
        Self { facts, remap, defaults, pods: None, name }
    }

    /// What makes the containers of an engine.
    fn runtime(&self, engine: Engine) -> Runtime {
        Runtime::of(engine, self.pods.unwrap_or(Runtime::Containerd))
    }
}

/// What a daemon gives containers: as it says itself, else as its file does.
fn container_defaults(docker: &Docker) -> ContainerDefaults {
    let file = docker.config.value().map(|config| config.defaults.clone()).unwrap_or_default();
    let Some(info) = docker.info.value() else { return file };
    let seccomp = info.security_options.iter().find_map(|option| {
        option.strip_prefix("name=seccomp,")?.split(',').find_map(|f| f.strip_prefix("profile="))
    });
    ContainerDefaults {
        seccomp_profile: seccomp.map(str::to_owned).or(file.seccomp_profile),
        no_new_privileges: file.no_new_privileges || info.has("no-new-privileges"),
        ..file
    }
}

/// What is asked of every container.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LintQuestion<'a> {
    /// The ids of the mechanisms that every container is judged by, whatever it asks for itself.
    pub about: &'a [String],
    /// The flags of these, or of unshare(1), in place of the container's own.
    pub flags: Option<&'a str>,
    /// Whether containers count that do not ask for isolation.
    pub all: bool,
    /// Patterns of images, and the mechanisms that containers of these ask for.
    pub images: &'a [(String, String)],
}

/// The path of a file by its number.
pub(crate) type Paths<'a> = &'a dyn Fn(Place) -> Rc<str>;

/// One container, judged.
pub(crate) struct Judged {
    /// What goes into the report.
    pub report: report::ContainerReport,
    /// What was found out about unshare in it.
    outcome: Rc<Outcome>,
}

impl Judged {
    /// Every way to `supported`, cheapest first.
    #[must_use]
    pub(crate) fn solutions(&self) -> &[Solution] {
        self.outcome.solutions()
    }

    /// Why even the last resort cannot be written, where that is so.
    #[must_use]
    pub(crate) fn objection(&self) -> Option<&str> {
        self.outcome.held.get()?.objection.as_deref()
    }

    /// The setting that decides.
    fn decides(&self, container: &Container) -> Place {
        decides(container, self.outcome.prediction.cause)
    }
}

/// Judges containers of one host. Containers with the same settings are judged once: files of a
/// thousand services have few.
pub(crate) struct Judge<'a> {
    host: &'a Host,
    /// The hosts that files name, by their ids.
    named: RefCell<HashMap<String, Option<Rc<Host>>>>,
    question: LintQuestion<'a>,
    known: RefCell<HashMap<Asked, Rc<Outcome>>>,
}

/// What an outcome is known by: the container, the id of the mechanism and its flags.
type Asked = (Rc<Told>, &'static str, String);

/// What becomes of a plan in a container.
pub(crate) struct Outcome {
    mechanism: &'static mechanisms::Mechanism,
    /// The host that the file names.
    host: Option<Rc<Host>>,
    facts: Facts,
    pub plan: Plan,
    pub prediction: Prediction,
    told: Rc<Told>,
    held: OnceCell<Held>,
    entry: OnceCell<MechanismReport>,
    /// What would become of it with a setting changed, by what is supposed: the same for all
    /// containers with these facts.
    supposed: RefCell<Vec<(&'static str, Rc<Outcome>)>>,
}

/// What was found to lead to `supported`, held against the container with it written.
#[derive(Default)]
struct Held {
    /// What holds, cheapest first.
    solutions: Vec<Solution>,
    /// What speaks against the last resort, where that does not hold.
    objection: Option<String>,
}

impl Outcome {
    /// Every way to `supported`, cheapest first.
    pub(crate) fn solutions(&self) -> &[Solution] {
        self.held.get().map_or(&[], |held| &held.solutions)
    }

    /// How bad it is, of several in one container: what takes more to work comes first, since what
    /// lets it work does most for the others.
    fn gravity(&self) -> (u8, u32) {
        let cost = || self.solutions().first().map_or(u32::MAX, |solution| solution.cost);
        match self.prediction.verdict {
            Verdict::Unsupported => (2, cost()),
            Verdict::Unknown => (1, 0),
            Verdict::Supported => (0, 0),
        }
    }

    /// The same as the facts alone have it.
    fn found(&self) -> Vec<Solution> {
        match self.prediction.cause {
            Some(rule) if self.prediction.verdict == Verdict::Unsupported => {
                let vantage = vantage(self.told.felt.engine);
                let mut found = diagnosis::solutions(&self.facts, &self.plan, &vantage, rule);
                // What its file has no words for helps nobody.
                found.retain(|solution| !solution.commands(self.told.form).is_empty());
                found
            }
            _ => vec![],
        }
    }

    pub(crate) fn entry(&self) -> &MechanismReport {
        self.entry.get_or_init(|| {
            let skipped = probe::ProbeOutcome::without(ProbeStatus::Skipped(
                "the container is only planned".into(),
            ));
            let diagnosis = diagnose(&self.facts, &self.plan, self.prediction.clone(), skipped);
            MechanismReport::new(
                self.mechanism.id,
                false,
                &diagnosis,
                self.solutions(),
                self.told.form,
            )
        })
    }
}

/// The one of two outcomes in a container that fares worse; the first, where they are equal.
fn graver(first: Rc<Outcome>, second: Rc<Outcome>) -> Rc<Outcome> {
    if second.gravity() > first.gravity() { second } else { first }
}

/// What is known of one container while it is judged.
pub(crate) struct Case<'a> {
    pub judge: &'a Judge<'a>,
    pub container: &'a Container,
    pub outcome: &'a Outcome,
    /// Whether the container counts for the verdict of the report.
    pub required: bool,
}

impl Case<'_> {
    /// What would become of it with this change to the container; what is supposed has a name.
    pub(crate) fn suppose(
        &self,
        what: &'static str,
        change: impl FnOnce(&mut Container),
    ) -> Rc<Outcome> {
        self.supposed(what).unwrap_or_else(|| {
            let mut other = self.container.clone();
            change(&mut other);
            self.keep(what, &other, self.runtime())
        })
    }

    /// The host that it runs on.
    pub(crate) fn host(&self) -> &Host {
        self.outcome.host.as_deref().unwrap_or(self.judge.host)
    }

    /// Whether it is about unshare(1), whose flags findings tell of.
    pub(crate) fn is_of_unshare(&self) -> bool {
        *self.outcome.mechanism == *DEFAULT
    }

    /// What makes it.
    pub(crate) fn runtime(&self) -> Runtime {
        self.outcome.told.felt.runtime
    }

    /// What would become of it with this runtime.
    pub(crate) fn made_by(&self, runtime: Runtime) -> Rc<Outcome> {
        let what = runtime.defaults().id;
        self.supposed(what).unwrap_or_else(|| self.keep(what, self.container, runtime))
    }

    fn supposed(&self, what: &str) -> Option<Rc<Outcome>> {
        let supposed = self.outcome.supposed.borrow();
        supposed.iter().find(|(name, _)| *name == what).map(|(_, outcome)| Rc::clone(outcome))
    }

    fn keep(&self, what: &'static str, container: &Container, runtime: Runtime) -> Rc<Outcome> {
        let told = self.judge.told(container, runtime, self.host());
        let flags = &self.outcome.plan.flags;
        let outcome = self.judge.outcome(self.outcome.mechanism, &told, flags);
        self.judge.hold(container, &outcome);
        self.outcome.supposed.borrow_mut().push((what, Rc::clone(&outcome)));
        outcome
    }

    /// What would become of it with other flags.
    pub(crate) fn with_flags(&self, flags: &[String]) -> Rc<Outcome> {
        self.judge.outcome(self.outcome.mechanism, &self.outcome.told, flags)
    }
}

/// Everything of a container that decides what becomes of it and how that is told.
#[derive(PartialEq, Eq)]
struct Told {
    /// That of the rest: it is looked for with every mechanism.
    hash: u64,
    felt: Felt,
    form: Form,
}

impl Hash for Told {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.hash.hash(hasher);
    }
}

impl<'a> Judge<'a> {
    /// For a host and what is asked of every container.
    #[must_use]
    pub(crate) fn new(host: &'a Host, question: LintQuestion<'a>) -> Self {
        Self { host, named: RefCell::default(), question, known: RefCell::default() }
    }

    #[must_use]
    pub(crate) fn judge(&self, container: &Container, paths: Paths<'_>) -> Judged {
        let located = |place: Place| Location::new(paths(place), place);
        // A daemon is configured by another file than a container is.
        let implied = images::implied(container, self.question.images);
        let by_image = |m: &mechanisms::Mechanism| implied.is_some_and(|by| by.mechanism == m.id);
        let asks = |m: &mechanisms::Mechanism| match self.question.about {
            [] => asks_for(container, m) || by_image(m),
            about => about.iter().any(|id| id == m.id),
        };
        let mechanisms = || mechanisms::of_commands().filter(|m| m.always || asks(m));
        // What an image implies is started as the image has it.
        let own = images::as_own_user(container);
        let who = |m| own.as_ref().filter(|_| by_image(m)).unwrap_or(container);
        let told = |who| self.told(who, self.host.runtime(container.engine), self.host);
        let (of_all, of_own) = (told(container), own.as_ref().map(told));
        let outcome = |m| {
            let told = of_own.as_ref().filter(|_| by_image(m)).unwrap_or(&of_all);
            let (flags, others) = self.flags(m, container, implied);
            let first = self.outcome(m, told, &flags);
            let others = others.iter().map(|flags| self.outcome(m, told, flags));
            others.fold(first, |worst, own| {
                [&worst, &own].into_iter().for_each(|outcome| self.hold(who(m), outcome));
                graver(worst, own)
            })
        };
        let outcomes: Vec<Rc<Outcome>> = mechanisms().map(outcome).collect();
        outcomes.iter().for_each(|outcome| self.hold(who(outcome.mechanism), outcome));
        let asked: Vec<bool> = mechanisms().map(asks).collect();
        // What is asked for and cannot be judged is not known.
        let open = implied.is_some_and(|by| !by.is_judged()) && !asked.contains(&true);
        let by_default = self.question.all || !asked.contains(&true) && !open;
        let counts = |outcome: &Outcome| *outcome.mechanism == *DEFAULT && by_default;
        let mechanisms: Vec<MechanismReport> = outcomes
            .iter()
            .zip(&asked)
            .map(|(outcome, asked)| entry(container, outcome, *asked || counts(outcome), &located))
            .collect();
        // What is found out, and fixed, is about what the container asks for.
        let of_interest = outcomes.iter().zip(&asked).filter(|(_, asked)| **asked);
        let main = of_interest.map(|(outcome, _)| Rc::clone(outcome)).reduce(graver);
        let main = main.unwrap_or_else(|| outcome(DEFAULT));
        let asked = asked.contains(&true) || open;
        let required = self.question.all || asked;
        let who = who(main.mechanism);
        let case = Case { judge: self, container: who, outcome: &main, required };
        // Of what is asked for and cannot be judged, nothing else is worth saying.
        let findings: Vec<FindingReport> = findings::all(&case, open && !self.question.all)
            .map(|found| {
                let location = found.place.map(located);
                FindingReport::in_file(found, location)
            })
            .collect();
        // What the engine refuses to start isolates nothing.
        let starts = report::starts_with(&findings);
        let verdicts = mechanisms.iter().filter(|m| m.required).map(|m| m.verdict);
        let verdict =
            Verdict::all(verdicts.chain(open.then_some(Verdict::Unknown)).chain([starts]));
        let report = report::ContainerReport {
            name: container.name.clone(),
            line: container.place.line,
            column: container.place.column,
            asks_for_isolation: asked,
            required,
            verdict,
            mechanisms,
            findings,
            location: located(container.place),
            is_service: container.engine == Engine::Systemd,
            fixable: container.spot != WrittenAt::None
                && main.solutions().iter().any(|it| changes(container, it).is_some()),
        };
        Judged { report, outcome: main }
    }

    fn told(&self, container: &Container, runtime: Runtime, host: &Host) -> Rc<Told> {
        let form = Form::File {
            engine: container.engine,
            dialect: container.dialect,
            flags: flags_in(container),
        };
        let felt = Felt::of(container, runtime, &host.facts);
        let hash = self.known.borrow().hasher().hash_one((&felt, &form));
        Rc::new(Told { hash, felt, form })
    }

    /// What becomes of a mechanism with these flags.
    fn outcome(
        &self,
        mechanism: &'static mechanisms::Mechanism,
        told: &Rc<Told>,
        flags: &[String],
    ) -> Rc<Outcome> {
        let key = (Rc::clone(told), mechanism.id, flags.join("\0"));
        if let Some(known) = self.known.borrow().get(&key) {
            return Rc::clone(known);
        }
        let own = told.felt.host().and_then(|id| self.named(id));
        let host = own.as_deref().unwrap_or(self.host);
        let predicted = |felt: &Felt, flavour: Option<Flavour>| {
            let (uid, gid) = felt.ids(&host.facts);
            let plan = (mechanism.plan)(flags, flavour.as_ref(), (Some(uid), Some(gid)));
            let felt = felt.under(&host.defaults);
            let facts = simulate::facts(&host.facts, host.remap.as_ref(), &felt, &plan);
            let prediction = predict(&facts, &plan);
            (facts, plan, prediction)
        };
        // What is in doubt may make no difference.
        let mut works_for = None;
        let either = told.felt.alternatives().and_then(|(all, is_all)| {
            let mut each: Vec<_> = all.iter().map(|one| predicted(one, one.flavour())).collect();
            let works = each.iter().position(|one| one.2.verdict == Verdict::Supported);
            works_for = works.and_then(|at| all.get(at)?.flavour());
            let last = each.pop()?;
            let same = each.iter().all(|one| match is_all {
                true => (one.2.verdict, one.2.step) == (last.2.verdict, last.2.step),
                false => one.2.verdict == Verdict::Unsupported,
            });
            let fails = last.2.verdict == Verdict::Unsupported;
            (same && (is_all || fails)).then_some(last)
        });
        // Nobody knows whose program it is: what only one of them is refused refuses nothing.
        let in_doubt = || predicted(&told.felt, works_for.or_else(|| told.felt.flavour()));
        let (facts, plan, prediction) = either.unwrap_or_else(in_doubt);
        let outcome = Rc::new(Outcome {
            mechanism,
            host: own,
            facts,
            plan,
            prediction,
            told: Rc::clone(told),
            held: OnceCell::new(),
            entry: OnceCell::new(),
            supposed: RefCell::default(),
        });
        self.known.borrow_mut().insert(key, Rc::clone(&outcome));
        outcome
    }

    fn named(&self, id: &str) -> Option<Rc<Host>> {
        let assumed = || {
            let (id, facts) = assume::on("linux", &[id.to_owned()]).ok()?.host?;
            Some(Rc::new(Host::new(facts, id.to_owned())))
        };
        self.named.borrow_mut().entry(id.to_owned()).or_insert_with(assumed).clone()
    }

    /// Holds what was found to lead to `supported` against the container with it written.
    fn hold(&self, container: &Container, outcome: &Outcome) {
        outcome.held.get_or_init(|| {
            let mut held = Held::default();
            let runtime = self.host.runtime(container.engine);
            let found = outcome.found().into_iter();
            let found = found.map(|solution| {
                let plan = solution.plan.clone();
                solution
                    .keeping(|bit| container.drops(runtime, bit))
                    .with_changes(|change| container.lacking(change, &plan))
            });
            for solution in Solution::cheapest(found.collect()) {
                match self.objection(container, outcome, &solution) {
                    None => held.solutions.push(solution),
                    Some(why) => held.objection = Some(why),
                }
            }
            // What the file can say comes next to what gives up least, as --fix takes it, and
            // before what somebody else has to do.
            let by_file = |solution: &Solution| changes(container, solution).is_some();
            let least = held.solutions.first().filter(|least| least.who() == Who::Deployer);
            let from = usize::from(least.is_some());
            if let Some(at) = held.solutions.iter().position(by_file)
                && from < at
                && let Some(before) = held.solutions.get_mut(from..=at)
            {
                before.rotate_right(1);
            }
            held
        });
    }

    /// What speaks against a solution: who starts the container would refuse it with the settings
    /// written, or it would not work all the same.
    fn objection(
        &self,
        container: &Container,
        outcome: &Outcome,
        solution: &Solution,
    ) -> Option<String> {
        let mut other = container.clone();
        let id = solution.id();
        for change in solution.changes() {
            if (container.dialect.spell)(container.engine, &[change]).is_empty() {
                let name = container.dialect.name;
                return Some(format!("{id} would help, but {name} has no words for all of it"));
            }
            other.settings.apply(change, container.place);
        }
        if other.engine == Engine::Kubernetes
            && let Some(with) = kubernetes::contradicts_no_escalation(&other.settings)
        {
            let no = kubernetes::NO_ESCALATION;
            return Some(format!("{id} would help, but {with} contradicts `{no}`"));
        }
        let told = self.told(&other, outcome.told.felt.runtime, self.host);
        let then = self.outcome(outcome.mechanism, &told, &solution.plan.flags);
        let case = Case { judge: self, required: true, container, outcome };
        // What is refused as it is, the solution has no part in.
        let before: Vec<Finding> = findings::refusals(&case).collect();
        let case = Case { container: &other, outcome: &then, ..case };
        let is_new = |found: &Finding| before.iter().all(|known| known.title != found.title);
        if let Some(found) = findings::refusals(&case).find(is_new) {
            return Some(format!("{id} would help, but {}", found.title));
        }
        (solution.is_by_settings() && then.prediction.verdict != Verdict::Supported)
            .then(|| format!("with {id} it would still be {}", then.prediction.verdict.id()))
    }
}

fn vantage(engine: Engine) -> Vantage {
    let (id, name) = match engine {
        Engine::Docker => (VantageId::Docker, "a Docker container"),
        Engine::Podman => (VantageId::Podman, "a podman container"),
        Engine::Kubernetes => (VantageId::Kubernetes, "a Kubernetes pod"),
        Engine::Systemd => (VantageId::Service, "a service of systemd"),
        Engine::Lxc => (VantageId::PlannedLxc, "a container of LXC"),
    };
    Vantage { id, name, evidence: vec![] }
}

/// The setting that decides about a gate; the container itself where it is the engine's default
/// that does.
fn decides(container: &Container, rule: Option<&Rule>) -> Place {
    let settings = rule.map_or(&[][..], |rule| rule.decided_by);
    let place = settings.iter().find_map(|setting| container.settings.place(*setting));
    place.unwrap_or(container.place)
}

/// What is said of a container and a mechanism.
fn entry(
    container: &Container,
    outcome: &Outcome,
    required: bool,
    located: &dyn Fn(Place) -> Location,
) -> MechanismReport {
    let mut mechanism = outcome.entry().clone();
    mechanism.required = required;
    if let Some(cause) = &mut mechanism.cause {
        let unsure = mechanism.verdict == Verdict::Unknown;
        let decided_by = outcome.prediction.cause.map_or(&[][..], |rule| rule.decided_by);
        // Few mechanisms ask whether setuid programs gain anything, and one runs unshare(1).
        let bears = |doubt: &&At<Doubt>| {
            let about = doubt.value.about;
            !matches!(about, Setting::NoNewPrivs | Setting::Program) || decided_by.contains(&about)
        };
        let doubt = container.settings.unknown.iter().find(bears).filter(|_| unsure);
        cause.location = Some(located(
            doubt.map_or_else(|| decides(container, outcome.prediction.cause), |doubt| doubt.place),
        ));
        // What the gate lacks a fact for, the file has a reason for.
        let restricts = &container.settings.restricts;
        let why = doubt.map(|doubt| doubt.value.why.clone());
        let why = why.or_else(|| unsure.then(|| restricts.refuses_beside(&outcome.plan)).flatten());
        let perhaps = outcome.facts.mounts.perhaps.as_ref();
        let perhaps = perhaps.filter(|_| unsure && decided_by.contains(&Setting::Masks));
        let why = why.or_else(|| perhaps.cloned());
        cause.evidence.splice(..0, why.map(|why| Evidence::new(report::DOUBT, why)));
    }
    mechanism
}
