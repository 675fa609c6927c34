//! `isodoc lint`: files to containers, each judged against a host; fixes written or shown.

mod accepted;
mod fix;
mod host;
mod inputs;
mod judged;
mod project;
mod read;
mod said;
mod subordinate;
mod surroundings;
mod variables;
mod write;

use std::path::Path;

use super::{Answer, Failure, Output, baseline_of, config, to_files};
use crate::assume;
use crate::cli::LintArgs;
use crate::exit::Exit;
use crate::lint::{Judge, LintQuestion, OfNone};
use crate::output::Linted;
use crate::output::progress::Progress;
use crate::report::lint::LintReport;
use crate::source::project::Reach;

use inputs::inputs;
use judged::{FileJudged, judged, report, sift};
use read::{FileRead, read_input};
use surroundings::Files;

/// Runs the command.
pub(super) fn run(args: &LintArgs) -> Result<Answer, Failure> {
    let (write, notation) = args.format;
    if args.list_assumptions {
        return host::list_assumptions(notation);
    }
    let project = config::of(&args.project)?;
    if args.project.print_config {
        return Ok(config::print(project.as_ref()));
    }
    let args = &config::merged(args, project.as_ref(), config::lint);
    let baseline = baseline_of("lint", &args.to)?;
    let system = if args.snapshot.is_some() { "linux" } else { std::env::consts::OS };
    let assumed = assume::on(system, &args.assume).map_err(Failure)?;
    let files_show_pods = assumed.pods.is_none() && assumed.files_show_pods;
    let mut host = host::of(args, assumed)?;
    let question = LintQuestion {
        about: &args.about,
        flags: args.flags.as_deref(),
        all: args.all,
        images: &args.image,
    };
    let reach = if args.allow_outside { Reach::Everywhere } else { Reach::Project };
    let mut files = Files::new(reach, !args.no_env, project);
    let inputs = inputs(args, &mut files)?;
    let read: Vec<FileRead> = Progress::each("files read", inputs)
        .map(|input| read_input(input, args.skip_unread, &mut files))
        .collect();
    let (read, walked) = sift(read, &mut files);
    let walked = args.files.iter().any(|path| Path::new(path).is_dir()).then_some(walked);
    // What is deployed together meets.
    if files_show_pods {
        host.pods = read.iter().find_map(|file| file.read.as_ref().ok()?.pods);
    }
    let host = read.iter().find_map(|file| host::remapping(file, &files, &host)).unwrap_or(host);
    // What it knows is needed until the end, and freed there in vain.
    let judge = &*Box::leak(Box::new(Judge::new(&host, question)));
    let judged: Vec<FileJudged> =
        Progress::each("files judged", read).map(|file| judged(file, &files, judge)).collect();
    if args.fix {
        return fix::run(args, &judged, &mut files, &host, judge);
    }
    let none = OfNone { required: args.fail_on_none, at_all: args.skip_unread };
    let mut report = report(&host, judged, &mut files, walked, none, baseline.as_ref());
    report.keep(args.to.min_severity);
    let exit = exit(&report);
    let linted = Linted { report: &report, texts: &files };
    if !to_files(&args.to, write, &args.report, |write, out| write(&linted, out))? {
        return Ok(Answer { output: Output::Text(vec![]), exit });
    }
    let output =
        Output::Pieces(Box::new(move |out| write(&Linted { report: &report, texts: &files }, out)));
    Ok(Answer { output, exit })
}

/// Unusable input goes before every verdict.
fn exit(report: &LintReport) -> Exit {
    if report.files.iter().any(|file| file.error.is_some()) {
        Exit::Usage
    } else {
        Exit::from(report.verdict)
    }
}
