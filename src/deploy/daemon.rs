//! The configuration of a Docker daemon, `daemon.json` (dockerd(8), "Daemon configuration file"),
//! that is going to be deployed.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::dialect::{Dialect, Sure};
use super::read::{Deployment, Input, Planned};
use crate::deploy::place::{At, BadInput, Lines, Place};
use crate::deploy::yaml::within_bounds;
use crate::facts::{Fact, Facts, Missing};
use crate::findings::{Finding, catalogue};
use crate::parse::daemon_json;
use crate::parse::docker_info::DockerInfo;
use crate::parse::subid;

/// Keys that no other JSON file of this trade has at its top (docs.docker.com, "dockerd", "Daemon
/// configuration file").
const KEYS: &[&str] = &[
    "allow-nondistributable-artifacts",
    "authorization-plugins",
    "bip",
    "cgroup-parent",
    "containerd-namespace",
    "containerd-plugins-namespace",
    "data-root",
    "default-address-pools",
    "default-cgroupns-mode",
    "default-gateway",
    "default-ipc-mode",
    "default-network-opts",
    "default-runtime",
    "default-shm-size",
    "default-ulimits",
    "exec-opts",
    "exec-root",
    "fixed-cidr",
    "graph",
    "host-gateway-ip",
    "icc",
    "insecure-registries",
    "ip-forward",
    "ip-masq",
    "iptables",
    "ip6tables",
    "live-restore",
    "log-driver",
    "log-level",
    "log-opts",
    "max-concurrent-downloads",
    "max-concurrent-uploads",
    "max-download-attempts",
    "metrics-addr",
    "no-new-privileges",
    "node-generic-resources",
    "oom-score-adjust",
    "raw-logs",
    "registry-mirrors",
    "seccomp-profile",
    "selinux-enabled",
    "shutdown-timeout",
    "storage-driver",
    "storage-opts",
    "swarm-default-advertise-addr",
    "tlscacert",
    "tlscert",
    "tlskey",
    "tlsverify",
    "userland-proxy",
    "userland-proxy-path",
    "userns-remap",
];

/// Whether a file is a daemon's configuration: an object with one of its keys at the top. A broken
/// one counts where such a key can be seen, and any object by the name `daemon.json`.
#[must_use]
pub(crate) fn recognises(path: &str, text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let named = path.rsplit('/').next() == Some("daemon.json");
    if named || !text.starts_with('{') {
        return named;
    }
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(value) => value
            .as_object()
            .is_some_and(|object| object.keys().any(|key| KEYS.contains(&key.as_str()))),
        Err(_) => {
            let is_key = |key: &str| {
                let quoted = format!("\"{key}\"");
                memchr::memmem::find(text.as_bytes(), quoted.as_bytes()).is_some_and(|at| {
                    text.get(at + quoted.len()..).unwrap_or("").trim_start().starts_with(':')
                })
            };
            KEYS.iter().any(|key| is_key(key))
        }
    }
}

/// The configuration of a Docker daemon, which starts no container itself.
pub(super) static DIALECT: Dialect = Dialect {
    id: "docker-daemon",
    name: "a daemon.json",
    files: &["*.json"],
    blocks: None,
    engines: &[],
    recognises: |file| Sure::yes_if(recognises(file.input.path, file.input.text)),
    read: |file, _| read(file.input),
    spell: |_, _| vec![],
    edit: |_| Err("the configuration of a daemon has no containers".into()),
};

/// Reads the file as the daemon does: of equal keys the last counts. What it refuses is part of
/// what the file says, if it is JSON, and stands at the key at fault; what it takes at
/// `userns-remap`, else at the beginning of the file.
///
/// # Errors
/// When it is no JSON.
pub(crate) fn read(input: Input<'_>) -> Result<Deployment, BadInput> {
    let whole = input.text;
    within_bounds(whole)?;
    let lines = Lines::new(input.file, whole);
    let mark = if whole.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let text = whole.get(mark..).unwrap_or("");
    let value = match serde_json::from_str::<serde_json::Value>(text) {
        Ok(value) => value,
        Err(_) if text.trim().is_empty() => serde_json::Value::Null,
        Err(fault) => {
            let at = mark + byte_of(text, fault.line(), fault.column());
            // The message ends in the place, which is given apart.
            let message = fault.to_string();
            let message = message.split(" at line ").next().unwrap_or("");
            let why = format!("not JSON: {message}; dockerd does not start with this file");
            return Err(BadInput::at(lines.of_bytes(at..at), why));
        }
    };
    let (mut places, mut findings) = (HashMap::new(), vec![]);
    keys(text, &mut |depth, key, range, again| {
        let place = lines.of_bytes(range.start + mark..range.end + mark);
        if again {
            let title = format!("{key:?} appears twice in one object");
            let detail = "dockerd takes the last one and says nothing: remove the other";
            let finding = Finding::new(&catalogue::DAEMON_KEY_REPEATED, title, detail);
            findings.push(Finding { place: Some(place), ..finding });
        }
        if depth <= 2 {
            places.insert(key.to_owned(), place);
        }
    });
    let planned = daemon_json::read(&value);
    let at_fault = planned.as_ref().err().and_then(|refusal| refusal.key.as_deref());
    let start = whole.len()
        - whole.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}').len();
    let place: Place = [at_fault, Some("userns-remap")]
        .into_iter()
        .flatten()
        .find_map(|key| places.get(key).copied())
        .unwrap_or_else(|| lines.of_bytes(start..(start + 1).min(whole.len()).max(start)));
    let daemon = Some(At::new(planned, place));
    Ok(Deployment { findings, daemon, ..Deployment::of(&DIALECT) })
}

/// The byte of a line and column as `serde_json` counts them: from 1, the column in bytes.
fn byte_of(text: &str, line: usize, column: usize) -> usize {
    let begin = if line <= 1 {
        0
    } else {
        memchr::memchr_iter(b'\n', text.as_bytes())
            .nth(line - 2)
            .map_or(text.len(), |newline| newline + 1)
    };
    let mut at = (begin + column.saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Visits the keys of a JSON text that is known to be valid: how deep, the key as written, where,
/// and whether its object had it before.
fn keys(text: &str, visit: &mut impl FnMut(usize, &str, Range<usize>, bool)) {
    let bytes = text.as_bytes();
    // One for each object or list that is open; a list has none.
    let mut open: Vec<Option<HashSet<&str>>> = vec![];
    let (mut at, mut before) = (0, b' ');
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'{' => open.push(Some(HashSet::new())),
            b'[' => open.push(None),
            b'}' | b']' => {
                open.pop();
            }
            b'"' => {
                let begin = at;
                at += 1;
                while let Some(byte) = bytes.get(at).filter(|byte| **byte != b'"') {
                    at += if *byte == b'\\' { 2 } else { 1 };
                }
                let depth = open.len();
                // In an object, a string after `{` or `,` is a key.
                if matches!(before, b'{' | b',')
                    && let Some(Some(seen)) = open.last_mut()
                {
                    let key = text.get(begin + 1..at).unwrap_or("");
                    let again = !seen.insert(key);
                    visit(depth, key, begin..(at + 1).min(text.len()), again);
                }
            }
            _ => {}
        }
        if !byte.is_ascii_whitespace() {
            before = *byte;
        }
        at += 1;
    }
}

/// The facts of a host on which this file is the daemon's configuration and the daemon has not
/// started yet. The files of subordinate ids are those that are deployed with it; `None` leaves the
/// host's.
///
/// [`crate::facts::remap::assess`] then says `pending-restart` where all is well: [`started`]
/// gives the facts after that.
#[must_use]
pub(crate) fn facts(
    host: &Facts,
    path: &str,
    planned: &Planned,
    subuid: Option<(&str, &str)>,
    subgid: Option<(&str, &str)>,
) -> Facts {
    let mut facts = host.clone();
    let absent = |what: &'static str| format!("{what}, as {path} is deployed");
    let docker = &mut facts.docker;
    docker.installed = Fact::known(true, path.to_owned());
    let path = if path == "-" { "daemon.json" } else { path };
    let mut config = planned.clone().map_err(|refusal| Missing::Malformed(refusal.to_string()));
    // The options of a unit that is known stay; docker's own package has one that names a host.
    if docker.unit_flags.value().is_none() {
        if let Ok(config) = &mut config
            && config.keys.contains("hosts")
        {
            config
                .doubts
                .insert("hosts is refused where the unit of dockerd has -H as well".into());
        }
        docker.unit_flags = Fact::new(Err(Missing::Absent), absent("no options of a unit"));
    }
    let root = docker.unit_flags.value().and_then(|flags| flags.data_root.clone());
    let root = root.or_else(|| config.as_ref().ok()?.data_root.clone());
    let root = root.unwrap_or_else(|| "/var/lib/docker".into());
    if docker.data_root.source != root.as_str() {
        docker.data_root = Fact::not_probed(root);
    }
    docker.config = Fact::new(config, path.to_owned());
    docker.live_flags = Fact::new(Err(Missing::Absent), absent("no running daemon"));
    docker.mounts = Fact::default();
    docker.info = Fact::new(Err(Missing::Absent), absent("no running daemon"));
    docker.mapped_roots = Fact::new(Err(Missing::Absent), absent("no data"));
    let ranges = |(path, text): (&str, &str)| {
        Fact::known(text.to_owned(), path.to_owned()).parse(|text| subid::parse(text.as_bytes()))
    };
    if let Some(file) = subuid {
        facts.accounts.subuid = ranges(file);
    }
    if let Some(file) = subgid {
        facts.accounts.subgid = ranges(file);
    }
    facts
}

/// The facts once the daemon has started with the file, which it does where nothing is wrong with
/// it: root is mapped to the first of these ids.
#[must_use]
pub(crate) fn started(planned: &Facts, ids: Option<(u64, u64)>) -> Facts {
    let mut facts = planned.clone();
    let config = planned.docker.config.value();
    let root = config
        .and_then(|config| config.data_root.clone())
        .unwrap_or_else(|| "/var/lib/docker".into());
    let remaps = config
        .and_then(|config| config.userns_remap.as_deref())
        .is_some_and(|spec| !spec.is_empty());
    let option = if remaps { "name=userns" } else { "name=cgroupns" };
    let defaults = config.map(|config| config.defaults.clone()).unwrap_or_default();
    let profile = defaults.seccomp_profile.as_deref().unwrap_or("builtin");
    let info = DockerInfo {
        security_options: vec![format!("name=seccomp,profile={profile}"), option.into()],
        docker_root_dir: ids
            .filter(|_| remaps)
            .map_or_else(|| root.clone(), |(uid, gid)| format!("{root}/{uid}.{gid}")),
        ..DockerInfo::default()
    };
    facts.docker.info = Fact::known(info, planned.docker.config.source.clone());
    facts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::daemon_json::DaemonConfig;

    fn planned(file: u32, text: &str) -> Result<At<Planned>, BadInput> {
        read(Input { file, path: "daemon.json", text }).map(|read| read.daemon.unwrap())
    }

    fn fault(text: &str) -> (usize, usize, String) {
        let (place, why) = match planned(0, text) {
            Err(fault) => (fault.place.unwrap(), fault.message),
            Ok(config) => (config.place, config.value.unwrap_err().to_string()),
        };
        (place.line, place.column, why)
    }

    #[test]
    fn by_its_keys() {
        assert!(recognises("x", r#" {"userns-remap": "default"}"#));
        assert!(
            recognises("-", "{\n  \"log-driver\" : \"json-file\",\n}"),
            "broken, but there is a key"
        );
        assert!(recognises("/etc/docker/daemon.json", "{}"));
        // A seccomp profile, a compose file, a manifest.
        assert!(!recognises("a.json", r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": []}"#));
        assert!(!recognises("a.json", r#"{"services": {"a": {"image": "x", "data-root": 1}}}"#));
        assert!(!recognises(
            "a.json",
            r#"{"kind": "Pod", "metadata": {"labels": {"userns-remap": "a"}}}"#
        ));
        assert!(!recognises("a.yaml", "userns-remap: default"));
    }

    #[test]
    fn the_key_has_its_place() {
        let text = "\u{feff}{\n  \"runtimes\": {\"userns-remap\": \
            {}},\n  \"userns-remap\": \"default\"\n}\n";
        let At { value: config, place } = planned(3, text).unwrap();
        assert_eq!(config.unwrap().userns_remap.as_deref(), Some("default"));
        assert_eq!(
            (place.file, place.line, place.column, &text[place.start..place.end]),
            (3, 3, 3, "\"userns-remap\"")
        );
        assert_eq!(planned(0, "").unwrap().value.unwrap(), DaemonConfig::default());
    }

    #[test]
    fn faults_have_their_place() {
        let (line, column, message) = fault("{\n  \"debug\": true,\n  oops\n}");
        assert_eq!((line, column), (3, 3), "{message}");
        let (line, _, message) = fault("{\"debug\": true,\n}");
        assert_eq!(line, 2, "{message}");
        let (line, column, message) = fault("{\n  \"userns_remap\": \"default\"\n}");
        assert_eq!((line, column), (2, 3), "{message}");
        assert!(message.contains("unknown directive"), "{message}");
        assert_eq!(fault("{\"userns-remap\": 5}").1, 2);
        let (line, column, message) =
            fault("{\n \"userns-remap\": \"default\",\n \"log-level\": \"loud\"}");
        assert_eq!((line, column), (3, 2), "{message}");
        assert!(fault("[1]").2.contains("no JSON object"));
        assert!(fault(&"[".repeat(1_000_000)).2.len() < 200);
    }

    #[test]
    fn of_equal_keys_the_last_counts() {
        let text = "{\n \"userns-remap\": \"root\",\n \"log-opts\": {\"tag\": \"{,\\\"\"},\n \
            \"userns-remap\": \"default\"\n}";
        let Deployment { daemon, findings, .. } =
            read(Input { file: 0, path: "daemon.json", text }).unwrap();
        let At { value: config, place } = daemon.unwrap();
        assert_eq!((place.line, config.unwrap().userns_remap.as_deref()), (4, Some("default")));
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].place.map(|place| place.line), Some(4));
    }

    #[test]
    fn the_plan_is_judged_like_a_host() {
        use crate::diagnosis::{Verdict, predict};
        use crate::mechanisms::userns_remap::plan;
        let mut host = crate::assume::plain((6, 12));
        let accounts = |source: &'static str| {
            Fact::known("root:x:0:\ndockremap:x:102:\n", source)
                .parse(|t| subid::accounts(t.as_bytes()))
        };
        host.accounts.users = accounts("/etc/passwd");
        host.accounts.groups = accounts("/etc/group");
        let config =
            DaemonConfig { userns_remap: Some("default".into()), ..DaemonConfig::default() };
        let planned = |ranges: &str| {
            let config = Ok(config.clone());
            facts(&host, "daemon.json", &config, Some(("subuid", ranges)), Some(("subgid", ranges)))
        };
        let says = |facts: &Facts| {
            let prediction = predict(facts, &plan());
            (prediction.verdict, prediction.cause.map(|rule| rule.id))
        };
        assert_eq!(
            says(&planned("me:100000:65536\n")),
            (Verdict::Unsupported, Some("docker-subid-missing"))
        );
        assert_eq!(
            says(&planned("dockremap:oops\n")),
            (Verdict::Unsupported, Some("docker-subid-malformed"))
        );
        let well = planned("dockremap:100000:65536\n");
        assert_eq!(says(&well), (Verdict::Unsupported, Some("docker-remap-pending-restart")));
        assert_eq!(says(&started(&well, Some((100_000, 100_000)))), (Verdict::Supported, None));
        let off = facts(&host, "daemon.json", &Ok(DaemonConfig::default()), None, None);
        assert_eq!(
            says(&started(&off, None)),
            (Verdict::Unsupported, Some("docker-remap-not-configured"))
        );
    }
}
