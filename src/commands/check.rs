//! `isodoc check`: facts in, diagnoses out, put together into a report.

use std::io::Write;

use super::diagnosed::answers;
use super::{Answer, Failure, Output, asked, baseline_of, config, open, to_files};
use crate::cli::{AskArgs, CheckArgs};
use crate::collect;
use crate::exit::Exit;
use crate::facts::Facts;
use crate::mechanisms::{self, nsjail, unshare};
use crate::output::{self, Checked, WriteCheck};
use crate::platform;
use crate::remedy::Form;
use crate::report::{self, CheckReport, Generator, MechanismReport, Required};
use crate::source::Source;
use crate::verdict::Verdict;
use crate::{assume, checks, windmill};

/// Runs the command.
pub(super) fn run(args: &CheckArgs) -> Result<Answer, Failure> {
    let project = config::of(&args.project)?;
    if args.project.print_config {
        return Ok(config::print(project.as_ref()));
    }
    let args = &config::merged(args, project.as_ref(), config::check);
    args.question.sound().map_err(Failure)?;
    let baseline = baseline_of("check", &args.to)?;
    let source = open(&args.source)?;
    let mut facts = collect::collect(&*source, asked::need(&args.question));
    assume::at_rest(&mut facts, args.assume.as_deref());
    // They are needed until the end, and what is freed there is freed in vain.
    let facts = Box::leak(Box::new(facts));
    let report = Box::leak(Box::new(examine(&args.question, facts, &*source)));
    let (least, verbose) = (args.to.min_severity, args.verbose);
    report.findings.retain(|finding| finding.severity <= least);
    let report = &*report;
    let input = args.source.root.clone().or(args.source.snapshot.clone());
    let write_in = move |format: WriteCheck, out: &mut dyn Write| {
        format(&Checked { report, input: input.as_deref(), verbose, least }, out)
    };
    let format = if args.share { output::share::write } else { args.format };
    let verdict = baseline.map_or(report.verdict, |then| then.worse(&report.required));
    let output = if to_files(&args.to, format, &args.report, &write_in)? {
        Output::Pieces(Box::new(move |out| write_in(format, out)))
    } else {
        Output::Text(vec![])
    };
    Ok(Answer { output, exit: Exit::from(verdict) })
}

/// Makes the report.
pub(crate) fn examine<'a>(
    args: &AskArgs,
    facts: &'a Facts,
    source: &dyn Source,
) -> CheckReport<'a> {
    let (kind, gate) = (source.kind(), args.gate());
    let vantage = platform::vantage::detect(facts);
    let required = |id: &str| gate.iter().any(|r| r == id);
    let form = Form::around(facts, &vantage);
    let answers = answers(args, facts, source, &vantage);
    let (mut mechanisms, capabilities): (Vec<MechanismReport>, Vec<MechanismReport>) = answers
        .iter()
        .map(|(id, (diagnosis, solutions))| {
            MechanismReport::new(id, required(id), diagnosis, solutions, form)
        })
        .partition(|entry| mechanisms::find(entry.id).is_some());
    let others = asked::not_tried(args, facts, source, &answers);
    mechanisms.extend(others.map(|(id, d)| MechanismReport::new(id, false, &d, &[], form)));
    let verdict_of = |id: &str| {
        let entry = mechanisms.iter().chain(&capabilities).find(|m| m.id == id);
        entry.map_or(Verdict::Unknown, |m| m.verdict)
    };
    let required = Required::each(&gate, verdict_of);
    let [unshare, nsjail] = [&unshare::MECHANISM, &nsjail::MECHANISM].map(|m| verdict_of(m.id));
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
        worker: windmill::outcome(facts, unshare, nsjail),
        findings: vec![],
        facts,
    };
    report.findings =
        checks::all(&report).into_iter().map(report::FindingReport::of_host).collect();
    report
}
