//! The answer about a snapshot among many.

use super::super::{Failure, check};
use crate::cli::{AskArgs, FleetArgs};
use crate::collect::{self, Need};
use crate::fleet::host::{self, HostReport};
use crate::source::snapshot;

/// What is asked about snapshots, as `check` is asked.
pub(super) fn question(args: &FleetArgs) -> Result<AskArgs, Failure> {
    let (about, flags) = (args.about.clone(), args.flags.clone());
    let question = AskArgs { about, flags, ..AskArgs::default() };
    question.sound().map_err(Failure).map(|()| question)
}

/// What is read of a report, or of the one that `check --snapshot` would write, which is made in
/// `room`; says whether it was.
pub(super) fn answered<'b>(
    question: &AskArgs,
    bytes: &'b [u8],
    room: &'b mut Vec<u8>,
) -> Result<(HostReport<'b>, bool), String> {
    let told = host::read(bytes)?;
    if !told.is_snapshot() {
        return Ok((told, false));
    }
    let snapshot = snapshot::parse(bytes).map_err(|why| why.to_string())?;
    let facts = collect::collect(&snapshot, Need::Node { trust_path: false });
    let report = check::examine(question, &facts, &snapshot);
    *room = serde_json::to_vec(&report).map_err(|why| why.to_string())?;
    let mut answer = host::read(room)?;
    answer.host = told.host;
    Ok((answer, true))
}
