//! `isodoc lint`: files to containers, each judged against a host; fixes written or shown.

mod fix;
mod inputs;
mod judged;
mod project;
mod read;
mod surroundings;

use std::path::Path;

use super::{Answer, Failure, Output, open};
use crate::assume::{self, ASSUMPTIONS, Assumed, Assumption};
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
            Notation::Text => output::lint::assumptions(ASSUMPTIONS),
            Notation::Json => {
                let row = |row: &Assumption| {
                    serde_json::json!({
                        "id": row.id,
                        "kind": row.kind.id(),
                        "about": row.about,
                        "assumes": row.assumes,
                        "source": row.source,
                    })
                };
                let rows: Vec<serde_json::Value> = ASSUMPTIONS.iter().map(row).collect();
                output::json::write(&serde_json::json!({"schema_version": 1, "assumptions": rows}))
            }
        }));
    }
    let assumed = assume::together(&args.assume).map_err(Failure)?;
    let files_show_pods = assumed.pods.is_none() && assumed.files_show_pods;
    let mut host = host(args, assumed)?;
    let question =
        LintQuestion { flags: args.flags.as_deref(), all: args.all, images: &args.image };
    let mut files = Files::default();
    let inputs = inputs(args, &mut files)?;
    let read: Vec<FileRead> =
        inputs.into_iter().map(|input| read_input(input, &mut files)).collect();
    let (read, walked) = sift(read, &mut files);
    let walked = args.files.iter().any(|path| Path::new(path).is_dir()).then_some(walked);
    // What is deployed together meets.
    if files_show_pods {
        host.pods = read.iter().find_map(|file| file.read.as_ref().ok()?.pods);
    }
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

/// The host with the daemon that one of the files configures, where that is going to remap.
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
fn host(args: &LintArgs, assumed: Assumed) -> Result<Host, Failure> {
    let host = match (assumed.host, &args.snapshot) {
        (Some((id, _)), Some(_)) => {
            let why = format!("--assume {id} and --snapshot are two hosts: give one");
            return Err(Failure(why));
        }
        (Some((id, facts)), None) => Host::new(facts, id.to_owned()),
        (None, snapshot) => {
            let name = if snapshot.is_some() { "snapshot" } else { "this-host" };
            let source = open(&SourceArgs { snapshot: snapshot.clone(), ..SourceArgs::default() })?;
            Host::new(collect::collect(&*source, Need::Check), name.to_owned())
        }
    };
    let host = Host { pods: assumed.pods, ..host };
    if !assumed.userns_remap {
        return Ok(host);
    }
    daemon::assumed_remapping(&host).map_err(|why| {
        Failure(format!("--assume userns-remap: the daemon of {} does not remap: {why}", host.name))
    })
}
