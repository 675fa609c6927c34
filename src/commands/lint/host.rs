//! The host that containers are judged for.

use super::super::{Answer, Failure, open};
use super::read::FileRead;
use super::surroundings::Files;
use crate::assume::{ASSUMPTIONS, Assumed, Assumption};
use crate::cli::{LintArgs, SourceArgs};
use crate::collect::{self, Need};
use crate::lint::{Host, daemon};
use crate::output::{self, Notation};

pub(super) fn list_assumptions(notation: Option<Notation>) -> Result<Answer, Failure> {
    let none = || Failure("--list-assumptions has only the formats human and json".into());
    Ok(Answer::done(match notation.ok_or_else(none)? {
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
    }))
}

/// The host with the daemon that one of the files configures, where that is going to remap.
pub(super) fn remapping(file: &FileRead, files: &Files, host: &Host) -> Option<Host> {
    let config = file.read.as_ref().ok()?.daemon.as_ref()?;
    daemon::configured_host(
        host,
        &file.path,
        &config.value,
        &files.subordinate_ids(*file.files.first()?),
    )
}

pub(super) fn of(args: &LintArgs, assumed: Assumed) -> Result<Host, Failure> {
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
