//! What is asked about hosts, and the answer about a snapshot among many.

use clap::Parser;

use super::super::{Failure, asked, check};
use crate::cli::{CheckArgs, Cli, Command, FleetArgs};
use crate::collect;
use crate::fleet::host::{self, HostReport, OneAsked};
use crate::mechanisms;
use crate::source::snapshot;

/// What is asked.
pub(super) struct FleetQuestion {
    /// About snapshots: the question of `check`.
    check: CheckArgs,
    /// About reports: what is asked here; nothing where what was asked on their hosts counts.
    asked: Vec<OneAsked>,
}

impl FleetQuestion {
    /// What these arguments ask.
    pub(super) fn of(args: &FleetArgs) -> Result<Self, Failure> {
        let about = args.about.iter().flat_map(|id| ["--for", id.as_str()]);
        let flags = args.flags.iter().flat_map(|flags| ["--flags", flags.as_str()]);
        let words = ["isodoc", "check"].into_iter().chain(about).chain(flags);
        let check = match Cli::try_parse_from(words).map(|cli| cli.command) {
            Ok(Command::Check(check)) => check,
            Ok(_) => return Err(Failure("not a question".to_owned())),
            Err(why) => return Err(Failure(why.to_string())),
        };
        check.sound().map_err(Failure)?;
        let mut asked = vec![];
        if !(args.about.is_empty() && args.flags.is_empty()) {
            asked.extend(check.gate().into_iter().map(|id| {
                let flags = mechanisms::find(&id).and_then(|known| check.flags_of(known));
                OneAsked { flags: flags.map(mechanisms::unshare::split), id }
            }));
        }
        Ok(Self { check, asked })
    }

    /// What is read of a report, or of the one that `check --snapshot` would write, which is made
    /// in `room`; says whether it was.
    pub(super) fn answered<'b>(
        &'b self,
        bytes: &'b [u8],
        room: &'b mut Vec<u8>,
    ) -> Result<(HostReport<'b>, bool), String> {
        let mut told = host::read(bytes)?;
        if !told.is_snapshot() {
            if !self.asked.is_empty() {
                told.asked(&self.asked);
            }
            return Ok((told, false));
        }
        let snapshot = snapshot::parse(bytes).map_err(|why| why.to_string())?;
        let facts = collect::collect(&snapshot, asked::need(&self.check));
        let report = check::examine(&self.check, &facts, &snapshot);
        *room = serde_json::to_vec(&report).map_err(|why| why.to_string())?;
        let mut answer = host::read(room)?;
        answer.host = told.host;
        Ok((answer, true))
    }
}
