//! `isodoc check`: facts, prediction, probe, diagnosis, remedies, report.

use super::{Answer, Failure, Output, open, require};
use crate::cli::{CheckArgs, Format};
use crate::collect::{self, Need};
use crate::diagnosis::{Cause, diagnose, predict};
use crate::exit::Exit;
use crate::facts::Facts;
use crate::plan::{Plan, nsjail, unshare, userns_remap};
use crate::platform::{self, Vantage, VantageId};
use crate::probe::{Outcome, Status};
use crate::remedy::{Form, Solution};
use crate::report::{self, Mechanism, Report, Required, Tool};
use crate::rules::{Gate, Rule};
use crate::source::Kind;
use crate::verdict::Verdict;
use crate::{findings, output, remedy, windmill};

/// Runs the command.
pub(super) fn run(args: &CheckArgs) -> Result<Answer, Failure> {
    let source = open(&args.source)?;
    let facts = collect::collect(&*source, Need::Check);
    let report = examine(args, &facts, source.kind());
    let text = match args.format {
        Format::Human => output::human::check(&report, args.verbose),
        Format::Json => output::json::write(&report),
    };
    Ok(Answer { output: Output::Text(text), exit: Exit::from(report.verdict) })
}

/// Makes the report.
fn examine<'a>(args: &CheckArgs, facts: &'a Facts, kind: Kind) -> Report<'a> {
    let vantage = platform::vantage::detect(facts);
    let no_probe = match kind {
        _ if args.no_probe => Some("--no-probe"),
        Kind::Root => Some("the facts come from a directory tree"),
        Kind::Snapshot => Some("the facts come from a snapshot"),
        Kind::Live if cfg!(not(target_os = "linux")) => Some("this is not Linux"),
        Kind::Live => None,
    };
    let required = |id: &str| args.require.iter().any(|r| r == id);
    let probe = |plan: &Plan, last| match no_probe {
        Some(why) => Outcome::without(Status::Skipped(why.into())),
        None => probe(plan, facts, &vantage, args, last),
    };
    let other = |flags: &[String]| probe(&plan_of(flags, facts), false);
    let entry = |id: &'static str, plan: &Plan, probe: Outcome| {
        conclude(id, required(id), facts, plan, probe, &vantage, &other)
    };
    // unshare is asked first, while no other probe has used up a quota ...
    let plan = plan_of(&flags(args, facts), facts);
    let outcome = probe(&plan, false);
    let jail = nsjail::plan(!windmill::is_true(&facts.env.worker.disable_nuser));
    let jail_probe = match no_probe {
        None if facts.tools.nsjail.value().is_none() => {
            Outcome::without(Status::Skipped("nsjail is not found".into()))
        }
        _ => probe(&jail, false),
    };
    let nsjail = entry("nsjail", &jail, jail_probe);
    let asked = require::CAPABILITIES.iter().filter(|(id, _)| required(id));
    let capabilities: Vec<Mechanism> = asked
        .map(|(id, flags)| {
            let plan = plan_of(&unshare::split(flags), facts);
            let outcome = probe(&plan, false);
            entry(id, &plan, outcome)
        })
        .collect();
    // ... and once more at the end where isodoc itself has to do it, for it cannot come back from
    // that.
    let unshare = if outcome.in_place {
        let elsewhere = |_: &[String]| {
            Outcome::without(Status::Skipped("isodoc is in other namespaces now".into()))
        };
        conclude(
            "unshare",
            required("unshare"),
            facts,
            &plan,
            probe(&plan, true),
            &vantage,
            &elsewhere,
        )
    } else {
        entry("unshare", &plan, outcome)
    };

    // What a daemon does is asked, not tried.
    let remap = Outcome::without(Status::Skipped("the Docker daemon is asked instead".into()));
    let userns_remap = entry(userns_remap::ID, &userns_remap::plan(), remap);

    let mechanisms = vec![unshare, nsjail, userns_remap];
    let verdict_of = |id: &str| {
        let entry = mechanisms.iter().chain(&capabilities).find(|m| m.id == id);
        entry.map_or(Verdict::Unknown, |m| m.verdict)
    };
    let mut ids: Vec<&String> = vec![];
    for id in &args.require {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    let required: Vec<Required> =
        ids.into_iter().map(|id| Required { id: id.clone(), verdict: verdict_of(id) }).collect();
    let worker = windmill::outcome(facts, verdict_of("unshare"), verdict_of("nsjail"));
    let mut report = Report {
        schema_version: report::VERSION,
        tool: Tool::THIS,
        verdict: Verdict::all(required.iter().map(|r| r.verdict)),
        required,
        source: kind,
        platform: report::Platform::from(platform::row(facts, &vantage)),
        vantage: report::Vantage::from(vantage),
        mechanisms,
        capabilities,
        docker: report::Docker::from(crate::facts::remap::assess(facts)),
        worker,
        findings: vec![],
        facts,
    };
    report.findings = findings::all(&report);
    report
}

/// The flags in force: those given, else the worker's, else the documented default.
fn flags(args: &CheckArgs, facts: &Facts) -> Vec<String> {
    let of_worker = facts.env.worker.unshare_isolation_flags.value();
    unshare::split(args.flags.as_ref().or(of_worker).map_or(unshare::DEFAULT_FLAGS, String::as_str))
}

fn plan_of(flags: &[String], facts: &Facts) -> Plan {
    let flavour = facts.tools.unshare.value().and_then(|tool| tool.flavour.as_ref());
    unshare::plan(
        flags,
        flavour,
        (facts.process.euid.value().copied(), facts.process.egid.value().copied()),
    )
}

#[cfg(target_os = "linux")]
fn probe(plan: &Plan, facts: &Facts, vantage: &Vantage, args: &CheckArgs, last: bool) -> Outcome {
    let on_host = vantage.id == VantageId::Host;
    crate::probe::run(
        plan,
        facts,
        crate::probe::Limits { patience: args.timeout, in_place: last, on_host },
    )
}

#[cfg(not(target_os = "linux"))]
fn probe(_: &Plan, _: &Facts, _: &Vantage, _: &CheckArgs, _: bool) -> Outcome {
    Outcome::without(Status::Skipped("this is not Linux".into()))
}

/// Puts prediction and probe together, and looks for what lifts the cause. `other` probes other
/// flags.
fn conclude(
    id: &'static str,
    required: bool,
    facts: &Facts,
    plan: &Plan,
    probe: Outcome,
    vantage: &Vantage,
    other: &dyn Fn(&[String]) -> Outcome,
) -> Mechanism {
    let prediction = predict(facts, plan);
    let tried = tried(facts, plan, &probe);
    let seen = tried.as_ref().unwrap_or(facts);
    let diagnosis = diagnose(seen, plan, prediction, probe);
    let solutions = match diagnosis.cause {
        Some(Cause::Gate { rule, .. }) if diagnosis.verdict == Verdict::Unsupported => {
            let solutions = remedy::solutions(seen, plan, vantage, rule);
            if diagnosis.probe.has_run() {
                verified(solutions, facts, plan, vantage, other)
            } else {
                solutions
            }
        }
        _ => vec![],
    };
    Mechanism::new(id, required, &diagnosis, &solutions, Form::default())
}

/// How many changes of flags are tried.
const TRIES: usize = 4;

/// What other flags met that was not foretold: the facts with its trial, and its cause.
type Unforeseen = Option<(Facts, Option<&'static Rule>)>;

/// Tries what can be tried of the solutions, the changes of flags: what no fact shows (Landlock, a
/// used-up quota, a thread that a library starts) may refuse the other flags as well. Such a
/// solution is replaced by those that lift this refusal too.
fn verified(
    solutions: Vec<Solution>,
    facts: &Facts,
    plan: &Plan,
    vantage: &Vantage,
    other: &dyn Fn(&[String]) -> Outcome,
) -> Vec<Solution> {
    let mut known: Vec<(Plan, Unforeseen)> = vec![];
    let (mut open, mut kept) = (solutions, vec![]);
    while !open.is_empty() {
        // What was met with other flags tells of the rest.
        let solution = open.remove(open.iter().position(Solution::changes_flags).unwrap_or(0));
        // Where a helper is missing that writes the map, the steps behind it can be tried with a
        // map that needs none.
        let trial = match solution.changes_flags() {
            true => solution.plan.clone(),
            false if plan.external_maps() => remedy::with_one_id(plan),
            false => {
                match known
                    .iter()
                    .filter_map(|(_, met)| met.as_ref())
                    .find_map(|met| stays(&solution, met))
                {
                    Some((seen, rule)) => {
                        open.extend(remedy::further(&solution, seen, vantage, rule))
                    }
                    None => kept.push(solution),
                }
                continue;
            }
        };
        let at = known.iter().position(|(tried, _)| *tried == trial);
        let met = match at.and_then(|at| known.get(at)) {
            Some((_, met)) => met.clone(),
            None if known.len() == TRIES => None,
            None => {
                let met = unforeseen(&trial, facts, other(&trial.flags));
                known.push((trial, met.clone()));
                met
            }
        };
        match met {
            // Already lifted by a part that is not a flag.
            Some((_, Some(rule))) if solution.lifts(rule) => kept.push(solution),
            Some((seen, cause)) => {
                open.extend(
                    cause
                        .map(|rule| remedy::further(&solution, &seen, vantage, rule))
                        .unwrap_or_default(),
                );
                open = remedy::cheapest(open);
            }
            None => kept.push(solution),
        }
    }
    remedy::cheapest(kept)
}

/// The gate that other flags met, if it is shut as well once a solution is carried out.
fn stays<'a>(
    solution: &Solution,
    met: &'a (Facts, Option<&'static Rule>),
) -> Option<(&'a Facts, &'static Rule)> {
    let (seen, rule) = (&met.0, met.1?);
    let shut = |step| {
        rule.steps.contains(&step)
            && matches!((rule.check)(seen, &solution.plan, step), Gate::Shut(_))
    };
    (!solution.lifts(rule) && solution.plan.steps().into_iter().any(shut)).then_some((seen, rule))
}

/// What a plan met that its prediction did not foretell.
fn unforeseen(plan: &Plan, facts: &Facts, probe: Outcome) -> Unforeseen {
    let refusal = probe.refusal.as_ref()?;
    let foretold = predict(facts, plan);
    if (foretold.step, foretold.errno) == (Some(refusal.step), refusal.errno) {
        return None;
    }
    let seen = tried(facts, plan, &probe)?;
    let cause = match diagnose(&seen, plan, foretold, probe).cause {
        Some(Cause::Gate { rule, .. }) => Some(rule),
        _ => None,
    };
    Some((seen, cause))
}

/// The facts with what is tried after a refusal.
#[cfg(target_os = "linux")]
fn tried(facts: &Facts, plan: &Plan, probe: &Outcome) -> Option<Facts> {
    probe.refusal.as_ref()?;
    Some(Facts { trial: Some(crate::probe::trial::run(probe, plan)), ..facts.clone() })
}

#[cfg(not(target_os = "linux"))]
fn tried(_: &Facts, _: &Plan, _: &Outcome) -> Option<Facts> {
    None
}
