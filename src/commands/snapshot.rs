//! `isodoc snapshot`: a capture to carry to another machine.

use std::time::{SystemTime, UNIX_EPOCH};

use super::{Answer, Failure, here};
use crate::cli::SnapshotArgs;
use crate::collect::{self, Need};
use crate::output::json;
use crate::source::record::Recorder;

/// Runs the command.
pub(super) fn run(args: &SnapshotArgs) -> Result<Answer, Failure> {
    let live = here();
    let recorder = Recorder::new(&*live);
    collect::collect(&recorder, Need::Snapshot);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    let text = json::write(&recorder.finish(now));
    match &args.output {
        None => Ok(Answer::done(text)),
        Some(path) => {
            std::fs::write(path, text).map_err(|why| Failure::of(path, why))?;
            Ok(Answer::done(String::new()))
        }
    }
}
