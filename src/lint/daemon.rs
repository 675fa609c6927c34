//! The configuration of a Docker daemon: whether it is going to remap root, by the rules that judge
//! a running one.

use super::Host;
use crate::deploy::At;
use crate::deploy::daemon;
use crate::deploy::read::{Deployment, Planned};
use crate::diagnosis::{self, diagnose, predict};
use crate::facts::remap::{assess, remapped_user};
use crate::facts::{Evidence, Facts, Missing};
use crate::findings::{Finding, catalogue};
use crate::mechanisms::userns_remap;
use crate::parse::daemon_json::DaemonConfig;
use crate::platform::{Vantage, VantageId};
use crate::probe::{ProbeOutcome, ProbeStatus};
use crate::remedy::Form;
use crate::report::{self, Location, MechanismReport};
use crate::rules::docker::REMAP_PENDING_RESTART;
use crate::verdict::Verdict;

/// The files of subordinate ids that are deployed with the configuration, each with its path;
/// `None` leaves the host's.
#[derive(Clone, Debug, Default)]
pub(crate) struct SubordinateIds {
    /// `/etc/subuid`.
    pub users: Option<(String, String)>,
    /// `/etc/subgid`.
    pub groups: Option<(String, String)>,
}

/// The host once its daemon has started with this configuration: whether it remaps, and what it
/// gives containers; `None` where the daemon refuses it.
#[must_use]
pub(crate) fn configured_host(
    host: &Host,
    path: &str,
    config: &Planned,
    ids: &SubordinateIds,
) -> Option<Host> {
    config.as_ref().ok()?;
    let facts = facts(&host.facts, path, config, ids);
    Some(Host { pods: host.pods, ..Host::new(facts, host.name.clone()) })
}

/// The host whose daemon is assumed to remap root, as `default` has it.
///
/// # Errors
/// When no container runs so there; the text says why.
pub(crate) fn assumed_remapping(host: &Host) -> Result<Host, &'static str> {
    let config = DaemonConfig { userns_remap: Some("default".into()), ..DaemonConfig::default() };
    let config = Ok(config);
    let facts = facts(&host.facts, REMAPPED, &config, &SubordinateIds::default());
    let prediction = predict(&facts, &userns_remap::plan());
    match prediction.verdict {
        Verdict::Supported => Ok(Host { pods: host.pods, ..Host::new(facts, host.name.clone()) }),
        _ => Err(prediction.cause.map_or("nobody can tell whether it would", |rule| rule.title)),
    }
}

/// Where it is written that a daemon is assumed to remap root.
const REMAPPED: &str = "assumed daemon";

/// Adds what becomes of the remapping to the report on a file.
pub(crate) fn add(
    file: &mut report::lint::File,
    read: &Deployment,
    host: &Host,
    ids: &SubordinateIds,
) {
    let Some(config) = &read.daemon else { return };
    let location = Location::new(file.path.clone(), config.place);
    let mut add = |found: Finding| {
        file.findings.push(report::FindingReport::in_file(found, Some(location.clone())));
    };
    if !asks(&config.value) {
        let detail = "isolation in containers does not need it; `isodoc explain \
            docker-remap-not-configured` says what it is for";
        let title = "the file does not set userns-remap: nothing to judge";
        add(Finding::new(&catalogue::USERNS_REMAP_NOT_ASKED, title, detail));
    } else if unknown_user(&host.facts, &config.value) {
        let user = spec(&config.value).unwrap_or("");
        let detail = "dockerd does not start without them; `default` makes its own user and ranges";
        let title =
            format!("cannot tell whether {user} and its subordinate ids exist on that host");
        add(Finding::new(&catalogue::USERNS_REMAP_USER_UNKNOWN, title, detail));
    }
    file.mechanisms.push(mechanism(config, &location, host, ids));
}

fn mechanism(
    config: &At<Planned>,
    location: &Location,
    host: &Host,
    ids: &SubordinateIds,
) -> MechanismReport {
    let facts = facts(&host.facts, &location.path, &config.value, ids);
    let plan = userns_remap::plan();
    let prediction = predict(&facts, &plan);
    let vantage = Vantage { id: VantageId::Host, name: "a host", evidence: vec![] };
    let solutions = match prediction.cause {
        Some(rule) if prediction.verdict == Verdict::Unsupported => {
            diagnosis::solutions(&facts, &plan, &vantage, rule)
        }
        _ => vec![],
    };
    let diagnosis = diagnose(
        &facts,
        &plan,
        prediction,
        ProbeOutcome::without(ProbeStatus::Skipped("the daemon is only planned".into())),
    );
    let mut mechanism = MechanismReport::new(
        userns_remap::MECHANISM.id,
        asks(&config.value),
        &diagnosis,
        &solutions,
        Form::Anywhere { engine: None, worker: false },
    );
    if let Some(cause) = &mut mechanism.cause {
        cause.location = Some(location.clone());
        // What is not known says more than the rule that depends on it.
        let doubt = assess(&facts).doubts.into_iter().next();
        let doubt = doubt.filter(|_| mechanism.verdict == Verdict::Unknown);
        cause
            .evidence
            .splice(..0, doubt.map(|doubt| Evidence::new(report::lint::DOUBT, doubt.value)));
    }
    mechanism
}

/// Who is asked for; an empty value asks for nothing (dockerd(8)).
fn spec(config: &Planned) -> Option<&str> {
    config.as_ref().ok()?.userns_remap.as_deref().filter(|spec| !spec.is_empty())
}

/// Whether there is something to judge: what the daemon refuses, it does not start with.
fn asks(config: &Planned) -> bool {
    config.is_err() || spec(config).is_some()
}

/// Whether a user is asked for who is not `default`, of a host whose accounts nobody knows.
fn unknown_user(host: &Facts, config: &Planned) -> bool {
    host.accounts.users.value().is_none()
        && !matches!(spec(config), None | Some("default" | "root" | "0"))
}

/// The facts once the daemon has started, where nothing keeps it from starting; else those before.
fn facts(host: &Facts, path: &str, config: &Planned, ids: &SubordinateIds) -> Facts {
    fn file(file: Option<&(String, String)>) -> Option<(&str, &str)> {
        file.map(|(path, text)| (path.as_str(), text.as_str()))
    }
    let mut planned =
        daemon::facts(host, path, config, file(ids.users.as_ref()), file(ids.groups.as_ref()));
    if unknown_user(host, config) {
        planned.docker.info.seen = Err(Missing::NotProbed);
        return planned;
    }
    if predict(&planned, &userns_remap::plan()).cause == Some(&REMAP_PENDING_RESTART) {
        daemon::started(&planned, Some(first_ids(&planned)))
    } else {
        planned
    }
}

/// The ids of root in containers. A daemon that makes its user takes the first that are free, which
/// are these on a fresh host (login.defs(5), SUB_UID_MIN).
fn first_ids(facts: &Facts) -> (u64, u64) {
    let user = remapped_user(facts).unwrap_or_else(|| "dockremap".into());
    let first = |ranges: Option<&crate::parse::subid::SubIds>| {
        ranges
            .and_then(|ranges| ranges.iter().find(|range| range.owner == user))
            .map_or(100_000, |range| range.start)
    };
    (first(facts.accounts.subuid.value()), first(facts.accounts.subgid.value()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deploy::read::Input;

    fn judged(text: &str, ranges: Option<&str>) -> report::lint::File {
        let host = Host::new(crate::assume::host("plain-linux"), "plain-linux".into());
        let read = daemon::read(Input { file: 0, path: "daemon.json", text }).unwrap();
        let ids = ranges.map(|text| ("subuid".to_owned(), text.to_owned()));
        let ids = SubordinateIds { users: ids.clone(), groups: ids };
        let mut file =
            crate::lint::file("daemon.json".into(), &Ok(read.clone()), vec![], None, &|_| {
                "daemon.json".into()
            });
        add(&mut file, &read, &host, &ids);
        file
    }

    #[test]
    fn what_the_daemon_will_do_is_judged() {
        let of = |text: &str, ranges| {
            let file = judged(text, ranges);
            let mechanism = &file.mechanisms[0];
            let cause = mechanism
                .cause
                .as_ref()
                .map(|cause| (cause.id, cause.location.as_ref().map(|at| (at.line, at.column))));
            (
                mechanism.verdict,
                mechanism.required,
                cause,
                file.findings.first().map(|finding| finding.rule),
            )
        };
        let default = "{\n  \"userns-remap\": \"default\"\n}";
        assert_eq!(
            of(default, None),
            (Verdict::Supported, true, None, None),
            "the daemon makes its own user"
        );
        let store = "{\n  \"features\": {\"containerd-snapshotter\": \
            true},\n  \"userns-remap\": \"default\"\n}";
        let (verdict, _, cause, _) = of(store, None);
        assert_eq!(
            (verdict, cause),
            (Verdict::Unsupported, Some(("docker-remap-containerd-store", Some((3, 3)))))
        );
        // Of a user nobody can say whether the host has it.
        let (verdict, _, _, rule) =
            of("{\"userns-remap\": \"builder\"}", Some("builder:100000:65536\n"));
        assert_eq!((verdict, rule), (Verdict::Unknown, Some("userns-remap-user-unknown")));
        for text in ["{\"debug\": true}", "{\"userns-remap\": \"\"}"] {
            let (verdict, required, _, rule) = of(text, None);
            assert_eq!(
                (verdict == Verdict::Supported, required, rule),
                (false, false, Some("userns-remap-not-asked")),
                "{text}"
            );
        }
    }

    #[test]
    fn root_of_containers_is_mapped_to_the_first_id() {
        let host = Host::new(crate::assume::host("plain-linux"), "plain-linux".into());
        let config =
            DaemonConfig { userns_remap: Some("default".into()), ..DaemonConfig::default() };
        let remap = |config: &DaemonConfig| {
            let config = &Ok(config.clone());
            configured_host(&host, "daemon.json", config, &SubordinateIds::default())
                .map(|host| host.remap.unwrap().0)
        };
        assert_eq!(remap(&config).unwrap()[0].outside, 100_000);
        let off = configured_host(
            &host,
            "daemon.json",
            &Ok(DaemonConfig::default()),
            &SubordinateIds::default(),
        );
        assert!(off.unwrap().remap.is_none());
    }
}
