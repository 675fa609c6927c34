//! The state of a Docker daemon's user namespace remapping: what is configured, what is in
//! effect, and what keeps it from being so.
//!
//! Sources: moby `daemon/daemon_unix.go` (`parseRemappedRoot`, `setupRemappedRoot`),
//! `daemon/config/config.go` (`findConfigurationConflicts`); each refusal was seen with dockerd
//! 20.10.24.

use serde::Serialize;

use super::{ClusterNode, Evidence, Fact, Facts, Missing};
use crate::parse::docker_info::DockerInfo;

pub(crate) mod container;
mod faults;
pub(crate) mod site;
#[cfg(test)]
pub(crate) mod tests;

use container::{in_container, in_docker_container, remapped_owner, without_sysbox};
pub(crate) use faults::{Fault, FaultKind, given_twice, remapped_user, unknown_to_release};
use faults::{Findings, findings};

/// The state of the remapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum RemapState {
    /// In effect.
    On,
    /// Not in effect, and not asked for.
    Off,
    /// Asked for, and not in effect until the daemon starts again.
    PendingRestart,
    /// Asked for in a way that the daemon refuses, or that breaks containers.
    Misconfigured,
    /// Nothing decides it.
    Unknown,
    /// There is no Docker here.
    NotInstalled,
}

impl RemapState {
    /// The word in the report.
    #[must_use]
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
            Self::PendingRestart => "pending-restart",
            Self::Misconfigured => "misconfigured",
            Self::Unknown => "unknown",
            Self::NotInstalled => "not-installed",
        }
    }
}

/// What the daemon does now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effective {
    /// It remaps, root to these ids where they are known.
    On(Option<(u32, u32)>),
    /// It does not.
    Off,
    /// It did not say.
    Unknown,
}

impl Effective {
    /// The word in the report.
    #[must_use]
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::On(_) => "on",
            Self::Off => "off",
            Self::Unknown => "unknown",
        }
    }
}

/// The remapping of the Docker daemon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Remap<'a> {
    /// How it stands.
    pub state: RemapState,
    request: Option<RemapRequest<'a>>,
    /// Whether root is asked for, with which the daemon starts and does not remap.
    pub names_root: bool,
    /// What the daemon does now.
    pub effective: Effective,
    /// What shows what is in effect.
    pub evidence: Vec<Evidence>,
    /// What is wrong with what is asked for.
    pub faults: Vec<Fault>,
    /// What may be wrong with it, of which nothing decides.
    pub doubts: Vec<Evidence>,
}

impl<'a> Remap<'a> {
    /// What is asked for: `default`, `user`, `user:group`, or ids in their place.
    #[must_use]
    pub(crate) fn configured(&self) -> Option<&'a str> {
        self.request.as_ref().map(|request| request.spec)
    }

    /// That it is asked for, and where.
    #[must_use]
    pub(crate) fn asked(&self) -> Option<Evidence> {
        self.request.as_ref().map(RemapRequest::evidence)
    }
}

/// What shows that docker(1) talks to the daemon of another machine, of which this one knows
/// nothing. The variable may hold an account, so only its scheme is told.
#[must_use]
pub(crate) fn elsewhere(facts: &Facts) -> Option<Evidence> {
    let host = facts.env.of_platform("DOCKER_HOST")?;
    let local = host.is_empty() || host.starts_with("unix://") || host.starts_with("fd://");
    let scheme = host.split_once("://").map_or("tcp", |(scheme, _)| scheme);
    (!local).then(|| Evidence::new("$DOCKER_HOST", format!("{scheme}: the daemon of another host")))
}

/// Works out the state of the remapping.
#[must_use]
pub(crate) fn assess(facts: &Facts) -> Remap<'_> {
    let docker = &facts.docker;
    if let Some(elsewhere) = elsewhere(facts) {
        return Remap {
            state: RemapState::Unknown,
            request: None,
            names_root: false,
            effective: Effective::Unknown,
            evidence: vec![],
            faults: vec![],
            doubts: vec![elsewhere],
        };
    }
    let request = request(facts);
    let Findings { faults, doubts, names_root } = findings(facts, request.as_ref());
    let (effective, evidence) = effective(facts);
    let state = match effective {
        // What runs, runs; a fault in the files shows at the next start.
        Effective::On(_) => RemapState::On,
        _ if docker.installed.value() == Some(&false) => match effective {
            Effective::Off => RemapState::Off,
            _ if in_container(facts) => RemapState::Unknown,
            _ => RemapState::NotInstalled,
        },
        _ if !faults.is_empty() => RemapState::Misconfigured,
        _ if !doubts.is_empty() => RemapState::Unknown,
        Effective::Off if request.is_some() && !names_root => RemapState::PendingRestart,
        Effective::Off => RemapState::Off,
        // Whatever the daemon is, with `root` it does not remap; but a daemon that does not answer
        // may be older than the file.
        Effective::Unknown if names_root => unknown_if_daemon_silent(facts, RemapState::Off),
        Effective::Unknown if request.is_some() && no_daemon(facts) => RemapState::PendingRestart,
        Effective::Unknown
            if docker.installed.value() == Some(&true)
                && no_remap_configured(facts)
                && no_daemon(facts) =>
        {
            RemapState::Off
        }
        Effective::Unknown => RemapState::Unknown,
    };
    Remap { state, request, names_root, effective, evidence, faults, doubts }
}

/// A state that holds unless a daemon is there and kept its answer to itself.
fn unknown_if_daemon_silent(facts: &Facts, state: RemapState) -> RemapState {
    match facts.docker.info.seen {
        Err(Missing::Denied) | Err(Missing::Malformed(_)) => RemapState::Unknown,
        _ => state,
    }
}

/// Whether no daemon runs: nobody listens, and no process is found.
fn no_daemon(facts: &Facts) -> bool {
    facts.docker.info.is_absent() && facts.docker.live_flags.is_absent()
}

/// Whether every place that could ask for remapping was seen, and none does.
#[must_use]
pub(crate) fn no_remap_configured(facts: &Facts) -> bool {
    fn seen<T>(fact: &Fact<T>) -> bool {
        fact.value().is_some() || fact.is_absent()
    }
    let docker = &facts.docker;
    seen(&docker.config)
        && seen(&docker.unit_flags)
        && seen(&docker.live_flags)
        && request(facts).is_none()
}

/// What asks for remapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct RemapRequest<'a> {
    /// `default`, `user`, `user:group`, or ids in their place.
    spec: &'a str,
    source: &'a str,
}

impl RemapRequest<'_> {
    /// That it is asked for, and where.
    fn evidence(&self) -> Evidence {
        Evidence::new(self.source, format!("userns-remap {}", self.spec))
    }
}

/// The file, else the command line of the next start, else that of the running daemon. An empty
/// value asks for nothing.
fn request(facts: &Facts) -> Option<RemapRequest<'_>> {
    requests(facts).next()
}

/// What each place asks for, the one that counts first.
fn requests(facts: &Facts) -> impl Iterator<Item = RemapRequest<'_>> {
    fn of<'a, T>(
        fact: &'a Fact<T>,
        spec: fn(&'a T) -> &'a Option<String>,
    ) -> Option<RemapRequest<'a>> {
        let spec = spec(fact.value()?).as_deref().filter(|spec| !spec.is_empty())?;
        Some(RemapRequest { spec, source: &fact.source })
    }
    let docker = &facts.docker;
    let places = [
        of(&docker.config, |file| &file.userns_remap),
        of(&docker.unit_flags, |flags| &flags.userns_remap),
        of(&docker.live_flags, |flags| &flags.userns_remap),
    ];
    places.into_iter().flatten()
}

/// The accounts that the daemon is to use, by name or number.
#[must_use]
pub(crate) fn accounts_asked_for(facts: &Facts) -> Vec<String> {
    let specs = requests(facts).map(|request| request.spec);
    let named = specs.flat_map(|spec| spec.split(':'));
    named
        .filter(|name| !name.contains(char::is_whitespace))
        .map(str::to_owned)
        .chain(["dockremap".into(), ClusterNode::USER.into()])
        .collect()
}

fn effective(facts: &Facts) -> (Effective, Vec<Evidence>) {
    let docker = &facts.docker;
    if let Some(info) = docker.info.value() {
        let effective =
            if info.has("userns") { Effective::On(info.mapping()) } else { Effective::Off };
        return (effective, vec![info_evidence(&docker.info, info)]);
    }
    // Inside a container the daemon is out of sight, but its work is not.
    if docker.installed.value() == Some(&true) || !in_docker_container(facts) {
        return (Effective::Unknown, vec![]);
    }
    let map = &facts.process.uid_map;
    let evidence =
        || map.value().map(|m| vec![Evidence::at(map, m.one_line())]).unwrap_or_default();
    match map.value().map(|m| (m, m.0.as_slice())) {
        // Sysbox (and Docker Desktop's enhanced isolation, which is Sysbox) maps in the same shape
        // without the daemon.
        Some((_, [one]))
            if one.inside == 0 && one.outside > 0 && one.count > 1 && without_sysbox(facts) =>
        {
            (Effective::On(u32::try_from(one.outside).ok().map(|id| (id, id))), evidence())
        }
        // `--userns=host` frees the container from the remapping, not the files of its image: they
        // stay the remapped root's.
        Some((map, _)) if map.is_initial() => match remapped_owner(facts) {
            Some((id, file)) => {
                (Effective::On(Some((id, id))), vec![Evidence::new(file, format!("owned by {id}"))])
            }
            None => (Effective::Off, evidence()),
        },
        _ => (Effective::Unknown, vec![]),
    }
}

fn info_evidence(fact: &Fact<DockerInfo>, info: &DockerInfo) -> Evidence {
    Evidence::at(
        fact,
        format!(
            "SecurityOptions {:?}, DockerRootDir {}",
            info.security_options, info.docker_root_dir
        ),
    )
}
