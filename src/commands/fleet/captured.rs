//! The answer about a snapshot among many.

use clap::Parser;

use super::super::{Failure, check};
use crate::cli::{CheckArgs, Cli, Command, FleetArgs};
use crate::collect::{self, Need};
use crate::fleet::host::{self, HostReport};
use crate::source::snapshot;

/// What is asked about snapshots, as `check` is asked.
pub(super) fn question(args: &FleetArgs) -> Result<CheckArgs, Failure> {
    let about = args.about.iter().flat_map(|id| ["--for", id.as_str()]);
    let flags = args.flags.iter().flat_map(|flags| ["--flags", flags.as_str()]);
    let words = ["isodoc", "check"].into_iter().chain(about).chain(flags);
    match Cli::try_parse_from(words).map(|cli| cli.command) {
        Ok(Command::Check(check)) => check.sound().map_err(Failure).map(|()| check),
        Ok(_) => Err(Failure("not a question".to_owned())),
        Err(why) => Err(Failure(why.to_string())),
    }
}

/// What is read of a report, or of the one that `check --snapshot` would write, which is made in
/// `room`; says whether it was.
pub(super) fn answered<'b>(
    check: &CheckArgs,
    bytes: &'b [u8],
    room: &'b mut Vec<u8>,
) -> Result<(HostReport<'b>, bool), String> {
    let told = host::read(bytes)?;
    if !told.is_snapshot() {
        return Ok((told, false));
    }
    let snapshot = snapshot::parse(bytes).map_err(|why| why.to_string())?;
    let facts = collect::collect(&snapshot, Need::Node { trust_path: false });
    let report = check::examine(check, &facts, &snapshot);
    *room = serde_json::to_vec(&report).map_err(|why| why.to_string())?;
    let mut answer = host::read(room)?;
    answer.host = told.host;
    Ok((answer, true))
}
