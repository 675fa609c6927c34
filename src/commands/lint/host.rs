//! The host that the containers are judged on: what is assumed, and what the files say of it.

use super::read::FileRead;
use super::surroundings::Files;
use super::{Failure, open};
use crate::assume::Assumed;
use crate::cli::{LintArgs, SourceArgs};
use crate::collect::{self, Need};
use crate::lint::{Host, daemon};

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

/// The host that is assumed.
pub(super) fn assumed(args: &LintArgs, assumed: Assumed) -> Result<Host, Failure> {
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
