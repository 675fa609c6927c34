//! `isodoc lint`: files to containers, each judged against a host; fixes written or shown.

mod fix;
mod host;
mod inputs;
mod judged;
mod project;
mod read;
mod surroundings;

use std::path::Path;

use super::{Answer, Failure, Output, open};
use crate::assume::{self, ASSUMPTIONS, Assumption};
use crate::cli::LintArgs;
use crate::lint::{Judge, LintQuestion};
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
    let mut host = host::assumed(args, assumed)?;
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
    let host = read.iter().find_map(|file| host::remapping(file, &files, &host)).unwrap_or(host);
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
