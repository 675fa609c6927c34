//! What is asked about hosts, and the answer about a snapshot among many.

use super::super::{Failure, asked, check};
use crate::cli::{AskArgs, FleetArgs};
use crate::collect;
use crate::fleet::host::{self, HostReport, OneAsked};
use crate::mechanisms;
use crate::output::json;
use crate::source::snapshot;

/// What is asked.
pub(super) struct FleetQuestion {
    /// About snapshots: the question of `check`.
    check: AskArgs,
    /// About reports: what is asked here; nothing where what was asked on their hosts counts.
    asked: Vec<OneAsked>,
}

impl FleetQuestion {
    /// What these arguments ask.
    pub(super) fn of(args: &FleetArgs) -> Result<Self, Failure> {
        let (about, flags) = (args.about.clone(), args.flags.clone());
        let check = AskArgs { about, flags, ..AskArgs::default() };
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
        *room = json::line(&report).into_bytes();
        let mut answer = host::read(room)?;
        answer.host = told.host;
        Ok((answer, true))
    }
}
