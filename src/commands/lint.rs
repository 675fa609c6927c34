//! `isodoc lint`: files to containers, each judged against a host; fixes written or shown.

mod fix;
mod inputs;
mod judged;
mod project;
mod read;
mod surroundings;

use std::path::Path;

use super::{Answer, Failure, Output, open};
use crate::assume::{self, HOSTS};
use crate::cli::{LintArgs, SourceArgs};
use crate::collect::{self, Need};
use crate::lint::{Host, Judge, LintQuestion, daemon};
use crate::output::{self, Linted, Notation};

use inputs::inputs;
use judged::{FileJudged, exit, judged, report, sift};
use read::{FileRead, read_input};
use surroundings::Files;

/// Runs the command.
pub(super) fn run(args: &LintArgs) -> Result<Answer, Failure> {
    let (write, notation) = args.format;
    if args.list_assumptions {
        let none = || Failure("--list-assumptions has only the formats human and json".into());
        return Ok(Answer::done(match notation.ok_or_else(none)? {
            Notation::Text => output::lint::assumptions(HOSTS),
            Notation::Json => output::json::write(
                &serde_json::json!({"schema_version": 1, "assumptions": HOSTS.iter().map(|host| {
                serde_json::json!({"id": host.id, "about": host.about, "assumes": host.assumes, "source": host.source})
            }).collect::<Vec<_>>()}),
            ),
        }));
    }
    let host = host(args)?;
    let question =
        LintQuestion { flags: args.flags.as_deref(), all: args.all, images: &args.image };
    let mut files = Files::default();
    let inputs = inputs(args, &mut files)?;
    let read: Vec<FileRead> =
        inputs.into_iter().map(|input| read_input(input, &mut files)).collect();
    let (read, walked) = sift(read, &mut files);
    let walked = args.files.iter().any(|path| Path::new(path).is_dir()).then_some(walked);
    let host = read.iter().find_map(|file| remapping(file, &files, &host)).unwrap_or(host);
    let judge = Judge::new(&host, question);
    let judged: Vec<FileJudged> =
        read.into_iter().map(|file| judged(file, &files, &judge)).collect();
    if args.fix {
        return fix::run(args, &judged, &mut files, &host, &judge);
    }
    let report = report(&host, judged, &files, walked, args.fail_on_none);
    let exit = exit(&report);
    let output =
        Output::Pieces(Box::new(move |out| write(&Linted { report: &report, texts: &files }, out)));
    Ok(Answer { output, exit })
}

/// The host with the daemon that one of the files configures, where that is going to remap: what is
/// deployed together meets.
fn remapping(file: &FileRead, files: &Files, host: &Host) -> Option<Host> {
    let config = file.read.as_ref().ok()?.daemon.as_ref()?;
    daemon::configured_host(
        host,
        &file.path,
        &config.value,
        &files.subordinate_ids(*file.files.first()?),
    )
}

/// The host that is assumed.
fn host(args: &LintArgs) -> Result<Host, Failure> {
    if let Some(assumption) = args.assume.as_deref().and_then(assume::find) {
        return Ok(Host::new(assumption.facts(), assumption.id.to_owned()));
    }
    let source = open(&SourceArgs { snapshot: args.snapshot.clone(), ..SourceArgs::default() })?;
    let name = if args.snapshot.is_some() { "snapshot" } else { "this-host" };
    Ok(Host::new(collect::collect(&*source, Need::Check), name.to_owned()))
}
