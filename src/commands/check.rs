//! `isodoc check`: facts in, diagnoses out, put together into a report.

use super::asked::flags;
use super::{Answer, Failure, Output, open};
use crate::cli::CheckArgs;
use crate::collect::{self, Need};
use crate::diagnosis::{self, Spot};
use crate::exit::Exit;
use crate::facts::Facts;
use crate::mechanisms::{CAPABILITIES, DEFAULT, MECHANISMS, nsjail, unshare};
use crate::output::Checked;
use crate::plan::Plan;
use crate::platform::{self, VantageId};
use crate::probe::{self, Terms};
use crate::remedy::Form;
use crate::report::{self, CheckReport, Generator, MechanismReport, Required};
use crate::source::Source;
use crate::verdict::Verdict;
use crate::{checks, windmill};

/// Runs the command.
pub(super) fn run(args: &CheckArgs) -> Result<Answer, Failure> {
    let source = open(&args.source)?;
    let facts = collect::collect(&*source, Need::Check);
    let report = examine(args, &facts, &*source);
    let input = args.source.root.as_deref().or(args.source.snapshot.as_deref());
    let mut text = vec![];
    // A vector takes every byte, so nothing can fail here.
    let _ = (args.format)(&Checked { report: &report, input, verbose: args.verbose }, &mut text);
    Ok(Answer { output: Output::Text(text), exit: Exit::from(report.verdict) })
}

/// Makes the report.
fn examine<'a>(args: &CheckArgs, facts: &'a Facts, source: &dyn Source) -> CheckReport<'a> {
    let kind = source.kind();
    let vantage = platform::vantage::detect(facts);
    let not_asked = if args.no_probe { Some("--no-probe") } else { kind.elsewhere() };
    let on_host = vantage.id == VantageId::Host;
    let terms = Terms { patience: args.timeout, on_host, trust_path: args.trust_path };
    let recorded = source.probe().filter(|_| !args.no_probe).cloned();
    let prober = match recorded {
        Some(recorded) => Box::new(recorded),
        None => probe::here(not_asked, facts, terms),
    };
    let required = |id: &str| args.require.iter().any(|r| r == id);
    let capabilities = CAPABILITIES.iter().filter(|(id, _)| required(id));
    let given = args.flags.as_deref();
    let plan = |mechanism| diagnosis::plan(mechanism, &flags(given, facts, mechanism), facts);
    let of_flags = |flags| diagnosis::plan(DEFAULT, &unshare::split(flags), facts);
    let asked: Vec<(&'static str, Plan)> = MECHANISMS
        .iter()
        .map(|mechanism| (mechanism.id, plan(mechanism)))
        .chain(capabilities.map(|(id, flags)| (*id, of_flags(flags))))
        .collect();
    let plans: Vec<Plan> = asked.iter().map(|(_, plan)| plan.clone()).collect();
    let spot = Spot { facts, vantage: &vantage, prober: &*prober };
    let mut mechanisms: Vec<MechanismReport> = asked
        .iter()
        .zip(spot.answers(&plans))
        .map(|((id, _), (diagnosis, solutions))| {
            MechanismReport::new(
                id,
                required(id),
                &diagnosis,
                &solutions,
                Form::around(facts, &vantage),
            )
        })
        .collect();
    let capabilities = mechanisms.split_off(MECHANISMS.len());

    let verdict_of = |id: &str| {
        let entry = mechanisms.iter().chain(&capabilities).find(|m| m.id == id);
        entry.map_or(Verdict::Unknown, |m| m.verdict)
    };
    let required = Required::each(&args.require, verdict_of);
    let [unshare, nsjail] = [&unshare::MECHANISM, &nsjail::MECHANISM].map(|m| verdict_of(m.id));
    let worker = windmill::outcome(facts, unshare, nsjail);
    let mut report = CheckReport {
        schema_version: report::VERSION,
        tool: Generator::THIS,
        verdict: Verdict::all(required.iter().map(|r| r.verdict)),
        required,
        source: kind,
        platform: report::PlatformReport::from(platform::row(facts, &vantage)),
        vantage: report::VantageReport::from(vantage),
        mechanisms,
        capabilities,
        docker: report::DockerReport::from(crate::facts::remap::assess(facts)),
        worker,
        findings: vec![],
        facts,
    };
    report.findings =
        checks::all(&report).into_iter().map(report::FindingReport::of_host).collect();
    report
}
