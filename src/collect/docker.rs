//! Docker daemons on this host: what is configured, and what is in effect.

use std::collections::BTreeMap;

use super::{Collector, users_in_files_only};
use crate::facts::docker::{Directory, Docker};
use crate::facts::{Fact, Facts, FileKind, Missing, Question};
use crate::parse;
use crate::parse::daemon_json::DaemonConfig;
use crate::parse::docker_info::DockerInfo;
use crate::parse::dockerd::{DaemonFlags, DaemonUnit, SOCKET};
use crate::plan::Program;
use crate::source::env::directory;
use crate::source::{Source, SourceKind, Stat};

/// Where the daemon reads its configuration unless told otherwise.
pub(crate) const CONFIG: &str = "/etc/docker/daemon.json";
/// The configuration of Docker's snap.
const SNAP_CONFIG: &str = "/var/snap/docker/current/config/daemon.json";

/// Where units are looked for, in order (systemd.unit(5), "Unit File Load Path").
const UNIT_DIRS: &[&str] = &[
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
];

/// Reads the daemon's configuration and asks the daemon, where there is a trace of one.
pub(crate) fn collect(source: &dyn Source, facts: &Facts) -> Docker {
    let file = Collector(source);
    let rootless_configs = rootless_configs(source);
    let sockets = sockets(facts);
    let mut traces = vec!["/etc/docker", "/var/lib/docker", "/run/docker.pid", "/var/snap/docker"];
    traces.extend(sockets.iter().map(String::as_str));
    traces.extend(rootless_configs.iter().map(String::as_str));
    let installed = installed(source, facts, &traces);
    if installed.value() == Some(&false) {
        return Docker {
            config: Fact::absent(CONFIG),
            live_flags: Fact::absent("/run/docker.pid"),
            unit_flags: Fact::absent("docker.service"),
            info: Fact::absent(SOCKET),
            mapped_roots: Fact::absent("/var/lib/docker"),
            installed,
            ..Docker::default()
        };
    }
    let live_flags = live_flags(&file, &sockets);
    let unit_flags = unit_flags(&file);
    let config = config(&file, &live_flags, &unit_flags, &rootless_configs);
    let info = info(source, facts, &sockets, &live_flags);
    let flags = [live_flags.value(), unit_flags.value()];
    let data_root = flags
        .iter()
        .flatten()
        .find_map(|f| f.data_root.clone())
        .or_else(|| config.value()?.data_root.clone());
    let data_root = data_root.unwrap_or_else(|| "/var/lib/docker".into());
    let mapped_roots = Fact::new(source.list(&data_root), data_root.clone()).map(|names| {
        names.into_iter().filter(|n| parse::docker_info::mapping(n).is_some()).collect()
    });
    let mut docker = Docker {
        installed,
        config,
        live_flags,
        unit_flags,
        info,
        mapped_roots,
        ..Docker::default()
    };
    // Whether it could remap counts before it does: a remedy may ask for it.
    docker.users_in_files_only =
        file.get("/etc/nsswitch.conf").map(|bytes| users_in_files_only(&parse::text(&bytes)));
    docker.data_root = directories(source, &data_root);
    docker.makes_users = makes_users(source);
    // What the daemon mounts, it mounts in its own namespace.
    if let Some(of_process) = docker.live_flags.source.strip_suffix("/cmdline")
        && docker.live_flags.value().is_some()
    {
        docker.mounts =
            file.get(format!("{of_process}/mountinfo")).parse(|b| parse::mountinfo::parse(&b));
    }
    docker
}

/// The directories that lead to a path, links followed. The daemon makes those that are not there.
fn directories(source: &dyn Source, path: &str) -> Fact<Vec<Directory>> {
    /// As many as the kernel follows (path_resolution(7)).
    const LINKS: usize = 40;
    fn components(path: &str) -> impl Iterator<Item = String> {
        path.split('/').rev().filter(|name| !name.is_empty() && *name != ".").map(str::to_owned)
    }
    let (mut ahead, mut found): (Vec<String>, Vec<Directory>) =
        (components(path).collect(), vec![]);
    let mut links = 0;
    while let Some(name) = ahead.pop() {
        if name == ".." {
            found.pop();
            continue;
        }
        let at = format!("{}/{name}", found.last().map_or("", |dir| dir.path.as_str()));
        if let Ok(target) = source.read_link(&at)
            && links < LINKS
        {
            links += 1;
            if target.starts_with('/') {
                found.clear();
            }
            ahead.extend(components(&target));
            continue;
        }
        match source.stat(&at) {
            Ok(Stat { mode, uid, gid, .. }) => {
                let is_root = ahead.is_empty();
                found.push(Directory { path: at, mode, uid, gid, is_root });
            }
            Err(Missing::Absent) => break,
            Err(why) => return Fact::new(Err(why), at),
        }
    }
    Fact::known(found, path.to_owned())
}

/// Whether the daemon finds what it makes a user with: `adduser` or `useradd`, under that name
/// behind every link (busybox does not serve), and usermod(8) for its ranges (moby
/// `daemon/internal/usergroup`).
fn makes_users(source: &dyn Source) -> Fact<bool> {
    const DIRS: &[&str] =
        &["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];
    let mut unseen = false;
    let mut found = |name: &str, by_its_name: bool| {
        DIRS.iter().any(|dir| {
            let path = format!("{dir}/{name}");
            match source.stat(&path) {
                Ok(stat) if stat.kind == FileKind::File => {
                    let link = source.read_link(&path);
                    !by_its_name || link.map_or(true, |to| to.rsplit('/').next() == Some(name))
                }
                Ok(_) | Err(Missing::Absent) => false,
                Err(_) => {
                    unseen = true;
                    false
                }
            }
        })
    };
    let (adds, changes) =
        (found("adduser", true) || found("useradd", true), found("usermod", false));
    let what = "adduser or useradd, and usermod";
    match (adds && changes, unseen) {
        (true, _) => Fact::known(true, what),
        (false, true) => Fact::not_probed(what),
        (false, false) => Fact::known(false, what),
    }
}

fn installed(source: &dyn Source, facts: &Facts, traces: &[&str]) -> Fact<bool> {
    if let Some(tool) = facts.tools.get(&Program::DOCKERD).value() {
        return Fact::known(true, tool.path.clone());
    }
    let mut unseen = !facts.tools.get(&Program::DOCKERD).is_absent();
    for path in traces {
        match source.stat(path) {
            Ok(_) => return Fact::known(true, (*path).to_owned()),
            Err(Missing::Absent | Missing::Unsupported) => {}
            Err(_) => unseen = true,
        }
    }
    let places = "dockerd in $PATH, /etc/docker, /var/lib/docker, /var/run/docker.sock";
    if unseen { Fact::not_probed(places) } else { Fact::known(false, places) }
}

/// Where a daemon may listen: what `DOCKER_HOST` names, else the usual socket and the rootless one.
fn sockets(facts: &Facts) -> Vec<String> {
    let host = facts.env.of_platform("DOCKER_HOST");
    if let Some(path) = host.and_then(|h| h.strip_prefix("unix://")).filter(|p| p.starts_with('/'))
    {
        return vec![path.to_owned()];
    }
    let mut sockets = vec![SOCKET.to_owned()];
    // A rootless daemon listens in $XDG_RUNTIME_DIR, which is this (pam_systemd(8)); the variable
    // itself is not carried in snapshots.
    sockets.extend(
        facts
            .process
            .euid
            .value()
            .filter(|uid| **uid != 0)
            .map(|uid| format!("/run/user/{uid}/docker.sock")),
    );
    sockets
}

/// Where a rootless daemon's configuration may be. A tree has no environment, but its users have
/// homes.
fn rootless_configs(source: &dyn Source) -> Vec<String> {
    let variable = |name: &str| directory(name, source.env(name).ok()?);
    let config_home =
        variable("XDG_CONFIG_HOME").or_else(|| Some(format!("{}/.config", variable("HOME")?)));
    let mut homes: Vec<String> = config_home.into_iter().collect();
    if source.kind() == SourceKind::Root {
        homes.push("/root/.config".into());
        homes.extend(
            source
                .list("/home")
                .unwrap_or_default()
                .iter()
                .map(|name| format!("/home/{name}/.config")),
        );
    }
    homes.into_iter().map(|home| format!("{home}/docker/daemon.json")).collect()
}

fn config(
    file: &Collector,
    live: &Fact<DaemonFlags>,
    unit: &Fact<DaemonFlags>,
    rootless: &[String],
) -> Fact<DaemonConfig> {
    let read = |path: String| file.get(path).parse(|bytes| parse::daemon_json::parse(&bytes));
    if let Some(path) = [live, unit].iter().find_map(|f| f.value()?.config_file.clone()) {
        let named = read(path);
        // The daemon goes without the usual file, not without one that it was told to read.
        let gone = named.seen == Err(Missing::Absent) && named.source != CONFIG;
        return if gone {
            Fact::new(
                Err(Missing::Malformed("named by --config-file, and not there".into())),
                named.source,
            )
        } else {
            named
        };
    }
    let usual = read(CONFIG.into());
    if !matches!(usual.seen, Err(Missing::Absent) | Err(Missing::NotProbed)) {
        return usual;
    }
    let elsewhere =
        std::iter::once(SNAP_CONFIG.to_owned()).chain(rootless.iter().cloned()).map(read);
    // A home that we may not look into is that of somebody else, and so is the daemon.
    let mut elsewhere =
        elsewhere.filter(|f| f.source == SNAP_CONFIG || f.seen != Err(Missing::Denied));
    elsewhere
        .find(|f| !matches!(f.seen, Err(Missing::Absent) | Err(Missing::NotProbed)))
        .unwrap_or(usual)
}

/// The command line of the daemon that a pid file names, else of the one that is found at the
/// socket.
fn live_flags(file: &Collector, sockets: &[String]) -> Fact<DaemonFlags> {
    const USUAL: &str = "/run/docker.pid";
    let mut last = Fact::not_probed(USUAL);
    for path in [USUAL, "/var/run/docker.pid", "/run/snap.docker/docker.pid"] {
        let pid = file.get(path).parse(|bytes| parse::number(&bytes));
        let Some(number) = pid.value() else {
            if path == USUAL {
                last = pid.map(|_| DaemonFlags::default());
            }
            continue;
        };
        let flags = file
            .get(format!("/proc/{number}/cmdline"))
            .parse(|bytes| parse::dockerd::cmdline(&bytes));
        // A pid file that outlived its daemon names nobody, or somebody else.
        match flags.seen {
            Err(Missing::Malformed(_)) | Err(Missing::Absent) => last = Fact::absent(flags.source),
            _ => return flags,
        }
    }
    // Only where there is a socket: to look through all processes takes a while.
    let is_socket =
        |path: &&String| file.0.stat(path).is_ok_and(|stat| stat.kind == FileKind::Socket);
    match sockets.iter().find(is_socket) {
        Some(path) => {
            let question = Question::DockerdAt(path.clone());
            file.ask(&question, |text| parse::dockerd::cmdline(text.as_bytes()))
        }
        None => last,
    }
}

fn unit_flags(file: &Collector) -> Fact<DaemonFlags> {
    let mut unit = DaemonUnit::default();
    let mut unseen = false;
    let mut found = None;
    for dir in UNIT_DIRS {
        match file.0.read(&format!("{dir}/docker.service")) {
            Ok(bytes) => {
                unit.add(&bytes);
                found = Some(format!("{dir}/docker.service"));
                break;
            }
            Err(Missing::Absent) => {}
            // A masked unit is a link to /dev/null.
            Err(Missing::Malformed(_)) => {
                return Fact::absent(format!("{dir}/docker.service"));
            }
            Err(_) => unseen = true,
        }
    }
    // Of drop-ins with the same name the first directory's counts; all are read in the order of
    // their names.
    let mut drop_ins = BTreeMap::new();
    for dir in UNIT_DIRS {
        let dir = format!("{dir}/docker.service.d");
        for name in
            file.0.list(&dir).unwrap_or_default().into_iter().filter(|n| n.ends_with(".conf"))
        {
            drop_ins.entry(name.clone()).or_insert(format!("{dir}/{name}"));
        }
    }
    // Where our option is set: what somebody has to edit.
    let remap = |unit: &DaemonUnit| unit.flags().and_then(|flags| flags.userns_remap);
    for path in drop_ins.values() {
        if let Ok(bytes) = file.0.read(path) {
            let before = remap(&unit);
            unit.add(&bytes);
            if found.is_none() || remap(&unit) != before {
                found = Some(path.clone());
            }
        }
    }
    let Some(mut path) = found else {
        // Without systemd the init script passes $DOCKER_OPTS.
        return match file.get("/etc/default/docker").map(|bytes| parse::dockerd::options(&bytes)) {
            Fact { seen: Err(Missing::Absent), source } if unseen => Fact::not_probed(source),
            other => other,
        };
    };
    for other in unit.environment_files.clone() {
        if let Ok(bytes) = file.0.read(&other) {
            let before = remap(&unit);
            unit.add_environment(&bytes);
            if remap(&unit) != before {
                path = other;
            }
        }
    }
    match unit.flags() {
        Some(flags) => Fact::known(flags, path),
        None => Fact::not_probed(path),
    }
}

fn info(
    source: &dyn Source,
    facts: &Facts,
    sockets: &[String],
    live: &Fact<DaemonFlags>,
) -> Fact<DockerInfo> {
    let hosts = live.value().map(|f| f.hosts.as_slice()).unwrap_or_default();
    let named = hosts
        .iter()
        .filter_map(|h| h.strip_prefix("unix://"))
        .filter(|p| p.starts_with('/'))
        .map(str::to_owned);
    let mut absent = None;
    for path in sockets.iter().cloned().chain(named) {
        let question = Question::DockerInfo(path.clone());
        match source.stat(&path) {
            Ok(stat) if stat.kind == FileKind::Socket => {}
            Ok(_) => return Fact::new(Err(Missing::Malformed("no socket".into())), path),
            Err(missing) => {
                absent.get_or_insert_with(|| Fact::new(Err(missing), path));
                continue;
            }
        }
        if path == SOCKET && starts_on_demand(source, facts, live) {
            return Fact::not_probed(format!("{} (asking would start the daemon)", question.key()));
        }
        return Fact::new(source.ask(&question), question.key())
            .parse(|text| parse::docker_info::parse(&text));
    }
    absent.unwrap_or_else(|| Fact::not_probed(SOCKET))
}

/// Whether systemd holds the socket and no daemon runs: to connect would start it, and isodoc
/// changes nothing.
fn starts_on_demand(source: &dyn Source, facts: &Facts, live: &Fact<DaemonFlags>) -> bool {
    facts.markers.has("/run/systemd/system") == Some(true)
        && live.is_absent()
        && UNIT_DIRS.iter().any(|dir| source.stat(&format!("{dir}/docker.socket")).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::Need;
    use crate::collect::collect;
    use crate::source::ReadResult;
    use crate::source::snapshot::Snapshot;

    /// A host whose silence is absence.
    struct Host(Snapshot);

    impl Source for Host {
        fn read(&self, path: &str) -> ReadResult<Vec<u8>> {
            self.0.read(path).map_err(|e| if e == Missing::NotProbed { Missing::Absent } else { e })
        }
        fn read_link(&self, path: &str) -> ReadResult<String> {
            self.0.read_link(path).map_err(|_| Missing::Absent)
        }
        fn stat(&self, path: &str) -> ReadResult<Stat> {
            let known =
                self.0.files.keys().any(|f| f == path || f.starts_with(&format!("{path}/")));
            let stat = Stat {
                kind: FileKind::File,
                mode: 0o644,
                uid: 0,
                gid: None,
                file_caps: false,
                id: None,
            };
            self.0.stat(path).or(if known { Ok(stat) } else { Err(Missing::Absent) })
        }
        fn list(&self, path: &str) -> ReadResult<Vec<String>> {
            let below = format!("{path}/");
            let names: Vec<_> = self
                .0
                .files
                .keys()
                .filter_map(|f| f.strip_prefix(&below))
                .map(str::to_owned)
                .collect();
            if names.is_empty() { Err(Missing::Absent) } else { Ok(names) }
        }
        fn env(&self, name: &str) -> ReadResult<String> {
            self.0.env(name).map_err(|_| Missing::Absent)
        }
        fn ask(&self, question: &Question) -> ReadResult<String> {
            self.0.ask(question)
        }
        fn kind(&self) -> SourceKind {
            SourceKind::Live
        }
    }

    fn host(files: &[(&str, &str)]) -> Host {
        let mut snapshot = Snapshot::default();
        snapshot.files.insert("/proc/version".into(), Ok("Linux version 6.1.0 (x)".into()));
        snapshot
            .files
            .extend(files.iter().map(|(path, text)| ((*path).to_owned(), Ok((*text).to_owned()))));
        Host(snapshot)
    }

    fn docker(files: &[(&str, &str)]) -> crate::shared::Shared<Docker> {
        collect(&host(files), Need::Check).docker
    }

    #[test]
    fn whether_the_daemon_could_make_its_user_is_known_before_it_is_asked_to() {
        let docker = docker(&[("/etc/docker/key.json", "{}")]);
        assert!(docker.config.is_absent());
        assert_eq!(docker.makes_users.value(), Some(&false));
    }

    fn configured(files: &[(&str, &str)]) -> Option<String> {
        let docker = docker(files);
        let of_flags = |f: &Fact<DaemonFlags>| f.value().and_then(|f| f.userns_remap.clone());
        docker
            .config
            .value()
            .and_then(|c| c.userns_remap.clone())
            .or(of_flags(&docker.live_flags))
            .or(of_flags(&docker.unit_flags))
    }

    #[test]
    fn nothing_is_not_installed() {
        let none = docker(&[]);
        assert_eq!(none.installed.value(), Some(&false));
        assert!(none.info.is_absent() && none.config.is_absent());
    }

    #[test]
    fn every_place_is_read() {
        let json = r#"{"userns-remap": "default"}"#;
        let on = Some("default".to_owned());
        assert_eq!(configured(&[(CONFIG, json)]), on);
        assert_eq!(configured(&[(SNAP_CONFIG, json)]), on);
        let live = "/usr/bin/dockerd\0--config-file\0/srv/d.json\0";
        assert_eq!(
            configured(&[
                ("/run/docker.pid", "77"),
                ("/proc/77/cmdline", live),
                ("/srv/d.json", json)
            ]),
            on
        );
        assert_eq!(
            configured(&[
                ("/run/docker.pid", "77\n"),
                ("/proc/77/cmdline", "dockerd\0--userns-remap=default\0")
            ]),
            on
        );
        let unit = (
            "/lib/systemd/system/docker.service",
            "[Service]\nExecStart=/usr/bin/dockerd \
                $DOCKER_OPTS\nEnvironmentFile=-/etc/default/docker\n",
        );
        let opts = ("/etc/default/docker", "DOCKER_OPTS=--userns-remap=default\n");
        let there = ("/etc/docker/key.json", "{}");
        assert_eq!(configured(&[there, unit, opts]), on);
        assert_eq!(configured(&[there, opts]), on);
        let drop_in = "[Service]\nExecStart=\nExecStart=/usr/bin/dockerd --userns-remap=default\n";
        assert_eq!(
            configured(&[there, unit, ("/etc/systemd/system/docker.service.d/10-x.conf", drop_in)]),
            on
        );
        let undone = (
            "/run/systemd/system/docker.service.d/20-y.conf",
            "[Service]\nExecStart=\nExecStart=/usr/bin/dockerd\n",
        );
        assert_eq!(
            configured(&[
                there,
                unit,
                ("/etc/systemd/system/docker.service.d/10-x.conf", drop_in),
                undone
            ]),
            None
        );
        // Where the option is set is what somebody has to edit.
        let place = |files: &[(&str, &str)]| docker(files).unit_flags.source.clone();
        assert_eq!(place(&[there, unit, opts]), "/etc/default/docker");
        let dns = ("/etc/systemd/system/docker.service.d/30-z.conf", "[Service]\nRestart=always\n");
        assert_eq!(place(&[there, unit, opts, dns]), "/etc/default/docker");
        assert_eq!(place(&[there, unit, dns]), "/lib/systemd/system/docker.service");
        let conf = "/etc/systemd/system/docker.service.d/10-x.conf";
        assert_eq!(place(&[there, unit, (conf, drop_in), dns]), conf);
        let mut home = host(&[("/home/me/.config/docker/daemon.json", json)]);
        home.0.env.insert("HOME".into(), Ok("/home/me".into()));
        assert_eq!(collect(&home, Need::Check).docker.config.value().unwrap().userns_remap, on);
        // $HOME of somebody else, as setpriv(1) and sudo(8) leave it: not this user's daemon.
        home.0.files.insert("/home/me/.config/docker/daemon.json".into(), Err(Missing::Denied));
        assert!(collect(&home, Need::Check).docker.config.is_absent());
    }

    #[test]
    fn a_named_file_must_be_there() {
        let gone = docker(&[
            ("/run/docker.pid", "77"),
            ("/proc/77/cmdline", "dockerd\0--config-file=/srv/d.json\0"),
        ]);
        assert!(matches!(gone.config.seen, Err(Missing::Malformed(_))));
        let stale =
            docker(&[("/run/docker.pid", "77"), ("/proc/77/cmdline", "sleep\0--userns-remap=x\0")]);
        assert!(stale.live_flags.is_absent());
    }

    #[test]
    fn sockets_are_asked_only_when_that_starts_nothing() {
        let socket = Stat {
            kind: FileKind::Socket,
            mode: 0o660,
            uid: 0,
            gid: None,
            file_caps: false,
            id: None,
        };
        let answer = r#"{"SecurityOptions":["name=userns"],"DockerRootDir":"/var/lib/docker/1.1","ServerVersion":"27.0.1"}"#;
        let mut host = host(&[]);
        host.0.stats.insert(SOCKET.into(), Ok(socket));
        host.0.answers.insert(Question::DockerInfo(SOCKET.into()).key(), Ok(answer.into()));
        let info = |host: &Host| collect(host, Need::Check).docker.info.clone();
        assert!(info(&host).value().unwrap().has("userns"));
        let process = Question::DockerdAt(SOCKET.into()).key();
        host.0.answers.insert(process.clone(), Ok("dockerd\0--userns-remap=me\0".into()));
        assert_eq!(
            collect(&host, Need::Check).docker.live_flags.value().unwrap().userns_remap.as_deref(),
            Some("me")
        );
        host.0.answers.insert(process, Err(Missing::Absent));
        host.0.files.insert("/run/systemd/system/docker.socket".into(), Ok(String::new()));
        assert_eq!(info(&host).seen, Err(Missing::NotProbed));
        host.0.files.insert("/run/docker.pid".into(), Ok("9".into()));
        host.0.files.insert("/proc/9/cmdline".into(), Ok("dockerd\0".into()));
        assert!(info(&host).value().is_some());
        host.0.env.insert("DOCKER_HOST".into(), Ok("unix:///srv/other.sock".into()));
        assert!(info(&host).is_absent());
    }

    #[test]
    fn name_services() {
        assert!(users_in_files_only("passwd:         files systemd\ngroup: files sss\n"));
        assert!(users_in_files_only(""));
        assert!(!users_in_files_only("passwd: files sss\n"));
    }
}
