//! How the user namespace remapping of a Docker daemon stands: what is configured, what is in effect, and what keeps
//! it from being so. The rules about Docker each ask this for one state or one fault.
//!
//! Sources: moby `daemon/daemon_unix.go` (`parseRemappedRoot`, `setupRemappedRoot`), `daemon/config/config.go`
//! (`findConfigurationConflicts`); each refusal was seen with dockerd 20.10.24.

use serde::Serialize;

use super::{Evidence, Gate};
use crate::facts::{Fact, Facts, State as Known};
use crate::mechanisms::Plan;
use crate::mechanisms::userns_remap::ID;
use crate::parse::docker_info::Info;
use crate::parse::subid::{self, SubIdRange};

/// Fewer ids than this, and images that hold a file of user 65534 (nobody) cannot be unpacked.
const ENOUGH: u64 = 65_536;

/// How the remapping stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
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

impl State {
    /// The word in the report.
    #[must_use]
    pub fn id(self) -> &'static str {
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
pub enum Effective {
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
    pub fn id(self) -> &'static str {
        match self {
            Self::On(_) => "on",
            Self::Off => "off",
            Self::Unknown => "unknown",
        }
    }
}

/// Something wrong with the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The rule that documents it.
    pub rule: &'static str,
    /// What follows from it.
    pub detail: &'static str,
    /// What shows it.
    pub evidence: Vec<Evidence>,
}

/// The remapping of the Docker daemon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remap {
    /// How it stands.
    pub state: State,
    /// What is asked for: `default`, `user`, `user:group`, or ids in their place.
    pub configured: Option<String>,
    /// What the daemon does now.
    pub effective: Effective,
    /// What shows what is in effect.
    pub evidence: Vec<Evidence>,
    /// What is wrong with what is asked for.
    pub faults: Vec<Fault>,
}

/// Works out how the remapping stands.
#[must_use]
pub fn assess(facts: &Facts) -> Remap {
    let docker = &facts.docker;
    let request = request(facts);
    let configured = request.as_ref().map(|(value, _)| value.clone());
    let faults = faults(facts, request.as_ref());
    let (effective, evidence) = effective(facts);
    let asked = configured.is_some();
    let root = asked && is_root(facts, configured.as_deref().unwrap_or_default());
    let state = match effective {
        // What runs, runs; a fault in the files shows at the next start.
        Effective::On(_) => State::On,
        _ if docker.installed.value() == Some(&false) => match effective {
            Effective::Off => State::Off,
            _ if in_container(facts) => State::Unknown,
            _ => State::NotInstalled,
        },
        _ if !faults.is_empty() => State::Misconfigured,
        Effective::Off if asked && !root && !rootless(facts) => State::PendingRestart,
        Effective::Off => State::Off,
        // Whatever the daemon is, with `root` it does not remap; but a daemon that does not answer may be older than the file.
        Effective::Unknown if root => if_nobody_hides(facts, State::Off),
        Effective::Unknown if asked && no_daemon(facts) => State::PendingRestart,
        Effective::Unknown if asked => State::Unknown,
        Effective::Unknown if docker.installed.value() == Some(&true) && nothing_asks(facts) => {
            if no_daemon(facts) {
                State::Off
            } else {
                State::Unknown
            }
        }
        Effective::Unknown => State::Unknown,
    };
    Remap { state, configured, effective, evidence, faults }
}

/// A state that holds unless a daemon is there and kept its answer to itself.
fn if_nobody_hides(facts: &Facts, state: State) -> State {
    match facts.docker.info.state {
        Known::Denied | Known::Malformed(_) => State::Unknown,
        _ => state,
    }
}

/// Whether no daemon runs: nobody listens, and no process is found.
fn no_daemon(facts: &Facts) -> bool {
    facts.docker.info.is_absent() && facts.docker.live_flags.is_absent()
}

/// Whether every place that could ask for remapping was seen, and none does.
fn nothing_asks(facts: &Facts) -> bool {
    let seen = |known: bool, absent: bool| known || absent;
    let docker = &facts.docker;
    seen(docker.config.value().is_some(), docker.config.is_absent())
        && seen(docker.unit_flags.value().is_some(), docker.unit_flags.is_absent())
        && seen(docker.live_flags.value().is_some(), docker.live_flags.is_absent())
}

/// What asks for remapping: the file, else the command line of the next start, else that of the running daemon.
fn request(facts: &Facts) -> Option<(String, String)> {
    let docker = &facts.docker;
    let of_file = docker.config.value().and_then(|c| Some((c.userns_remap.clone()?, docker.config.source.to_string())));
    let of =
        |fact: &Fact<crate::parse::dockerd::Flags>| fact.value().and_then(|f| Some((f.userns_remap.clone()?, fact.source.to_string())));
    let asks = |(value, source): (String, String)| if value.is_empty() { None } else { Some((value, source)) };
    of_file.and_then(asks).or_else(|| of(&docker.unit_flags).and_then(asks)).or_else(|| of(&docker.live_flags).and_then(asks))
}

fn rootless(facts: &Facts) -> bool {
    facts.docker.info.value().is_some_and(|info| info.has("rootless"))
}

fn effective(facts: &Facts) -> (Effective, Vec<Evidence>) {
    let docker = &facts.docker;
    if let Some(info) = docker.info.value() {
        let effective = if info.has("userns") { Effective::On(info.mapping()) } else { Effective::Off };
        return (effective, vec![info_evidence(&docker.info, info)]);
    }
    // Inside a container the daemon is out of sight, but its work is not.
    if docker.installed.value() == Some(&true) || !in_docker_container(facts) {
        return (Effective::Unknown, vec![]);
    }
    let map = &facts.process.uid_map;
    let evidence = || map.value().map(|m| vec![Evidence::new(map.source.as_ref(), m.one_line())]).unwrap_or_default();
    match map.value().map(|m| (m, m.0.as_slice())) {
        // Sysbox (and Docker Desktop's enhanced isolation, which is Sysbox) maps in the same shape without the daemon.
        Some((_, [one])) if one.inside == 0 && one.outside > 0 && one.count > 1 && without_sysbox(facts) => {
            (Effective::On(u32::try_from(one.outside).ok().map(|id| (id, id))), evidence())
        }
        // `--userns=host` frees the container from the remapping, not the files of its image: they stay the remapped root's.
        Some((map, _)) if map.is_initial() => match remapped_owner(facts) {
            Some((id, file)) => (Effective::On(Some((id, id))), vec![Evidence::new(file, format!("owned by {id}"))]),
            None => (Effective::Off, evidence()),
        },
        _ => (Effective::Unknown, vec![]),
    }
}

fn info_evidence(fact: &Fact<Info>, info: &Info) -> Evidence {
    Evidence::new(fact.source.as_ref(), format!("SecurityOptions {:?}, DockerRootDir {}", info.security_options, info.docker_root_dir))
}

fn marker(facts: &Facts, path: &str) -> bool {
    facts.markers.paths.get(path).and_then(Fact::value) == Some(&true)
}

fn in_kubernetes(facts: &Facts) -> bool {
    let variable = facts.env.platform.get("KUBERNETES_SERVICE_HOST").and_then(Fact::value).is_some();
    variable || marker(facts, "/run/secrets/kubernetes.io/serviceaccount") || marker(facts, "/var/run/secrets/kubernetes.io/serviceaccount")
}

/// The owner of a program of the system, where that is no user of an image: subordinate ids begin at 100000 (login.defs(5),
/// SUB_UID_MIN).
fn remapped_owner(facts: &Facts) -> Option<(u32, String)> {
    let tools = [&facts.tools.unshare, &facts.tools.true_];
    let mut owned = tools.into_iter().filter_map(|tool| tool.value()).filter(|tool| tool.uid >= 100_000);
    owned.next().map(|tool| (tool.uid, tool.path.clone()))
}

/// Whether the pid namespace is a container's own; or, where it is shared with the host (`--pid=host`), /dev is the tmpfs
/// that runc and crun mount, which no process of the host has.
fn apart(facts: &Facts) -> bool {
    let dev = || facts.mounts.list.value().and_then(|list| list.iter().rfind(|m| m.target == "/dev"));
    facts.in_initial_pidns() == Some(false) || dev().is_some_and(|m| m.fs_type == "tmpfs" && m.has_super("size=65536k"))
}

fn in_container(facts: &Facts) -> bool {
    let named = facts.env.container.value().is_some() || facts.markers.systemd_container.value().is_some();
    let marked = marker(facts, "/.dockerenv") || marker(facts, "/run/.containerenv") || in_kubernetes(facts);
    // A marker left over on a virtual machine does not make it a container.
    (named || marked) && (facts.in_initial_pidns() != Some(true) || apart(facts)) || facts.in_initial_userns() == Some(false)
}

/// Whether this is a container that a Docker daemon made, and no other engine.
fn in_docker_container(facts: &Facts) -> bool {
    let cgroup =
        facts.cgroup.of_self.value().is_some_and(|list| list.iter().any(|m| m.path.contains("/docker/") || m.path.contains("/docker-")));
    let marked = marker(facts, "/.dockerenv") || cgroup;
    marked && apart(facts) && !marker(facts, "/run/.containerenv") && !in_kubernetes(facts)
}

fn without_sysbox(facts: &Facts) -> bool {
    let mounts = facts.mounts.list.value();
    mounts.is_some_and(|list| !list.iter().any(|m| m.source == "sysboxfs" || m.fs_type.contains("sysboxfs")))
}

/// Who is asked for, as far as the account files tell.
enum Who {
    /// The daemon makes user, group and ranges on its next start.
    ToBeMade,
    /// A user; the uid where it is known.
    User { name: String, uid: Option<u64> },
    /// The daemon cannot find the user or the group.
    Fault(Evidence),
    /// It is neither a user nor `user:group`.
    NoSpec,
    /// The account files do not tell.
    Undecided,
}

fn who(facts: &Facts, spec: &str) -> Who {
    let parts: Vec<&str> = spec.split(':').collect();
    let users = &facts.accounts.users;
    let (user, group) = match parts.as_slice() {
        [user] => (*user, None),
        [user, group] => (*user, Some(*group)),
        _ => return Who::NoSpec,
    };
    let name = if user == "default" { "dockremap" } else { user };
    // The daemon reads whatever is a number as an id.
    let id = name.parse::<i32>().ok().map(i64::from);
    let matches =
        |account: &subid::Account, name: &str, id: Option<i64>| id.map_or(account.name == name, |id| u64::try_from(id) == Ok(account.id));
    let elsewhere = facts.docker.users_in_files_only.value() == Some(&false);
    let account = users.value().map(|list| list.iter().find(|a| matches(a, name, id)));
    let found = match account {
        Some(Some(account)) => Who::User { name: account.name.clone(), uid: Some(account.id) },
        Some(None) if user == "default" => return Who::ToBeMade,
        Some(None) if elsewhere => return Who::Undecided,
        Some(None) => return Who::Fault(Evidence::new(users.source.as_ref(), format!("no user {name}"))),
        // `default` makes its user where there is none.
        None if id.is_some() || user == "default" => return Who::Undecided,
        None => Who::User { name: name.to_owned(), uid: None },
    };
    let groups = &facts.accounts.groups;
    let group = group.unwrap_or(name);
    let gid = group.parse::<i32>().ok().map(i64::from);
    match groups.value() {
        Some(list) if !elsewhere && !list.iter().any(|a| matches(a, group, gid)) => {
            Who::Fault(Evidence::new(groups.source.as_ref(), format!("no group {group}")))
        }
        _ => found,
    }
}

/// The user whose subordinate ids the daemon is to use, where the account files tell.
#[must_use]
pub fn remapped_user(facts: &Facts) -> Option<String> {
    match who(facts, &request(facts)?.0) {
        Who::User { name, .. } => Some(name),
        _ => None,
    }
}

fn is_root(facts: &Facts, spec: &str) -> bool {
    match who(facts, spec) {
        Who::User { name, uid } => name == "root" || uid == Some(0),
        _ => matches!(spec.split(':').next(), Some("root" | "0")),
    }
}

fn faults(facts: &Facts, request: Option<&(String, String)>) -> Vec<Fault> {
    let docker = &facts.docker;
    let mut faults = vec![];
    if let Known::Malformed(why) = &docker.config.state {
        let evidence = vec![Evidence::new(docker.config.source.as_ref(), why)];
        faults.push(Fault { rule: "docker-config-malformed", detail: "dockerd does not start with this file", evidence });
    }
    faults.extend(conflict(facts));
    let Some((spec, source)) = request.filter(|(spec, _)| !is_root(facts, spec)) else { return faults };
    let asked = Evidence::new(source, format!("userns-remap {spec}"));
    match who(facts, spec) {
        Who::Fault(evidence) => {
            let detail = "dockerd does not start: it finds no such user or group";
            faults.push(Fault { rule: "docker-remap-user-missing", detail, evidence: vec![asked.clone(), evidence] });
        }
        Who::User { name, uid } => {
            for file in [&facts.accounts.subuid, &facts.accounts.subgid] {
                faults.extend(ranges(file, &name, uid, &asked));
            }
        }
        Who::NoSpec => {
            let detail = "dockerd does not start: this is neither a user nor user:group";
            faults.push(Fault { rule: "docker-config-malformed", detail, evidence: vec![asked.clone()] });
        }
        Who::ToBeMade | Who::Undecided => {}
    }
    faults.extend(containerd_store(facts, &asked));
    faults
}

/// An option that stands on the command line and in the file.
fn conflict(facts: &Facts) -> Option<Fault> {
    let docker = &facts.docker;
    let in_file = docker.config.value()?.userns_remap.as_ref()?;
    let flag = [&docker.unit_flags, &docker.live_flags].into_iter().find(|f| f.value().is_some_and(|f| f.userns_remap.is_some()))?;
    let of_flag = flag.value()?.userns_remap.as_ref()?;
    let evidence = vec![
        Evidence::new(docker.config.source.as_ref(), format!("userns-remap {in_file}")),
        Evidence::new(flag.source.as_ref(), format!("--userns-remap={of_flag}")),
    ];
    let detail = "dockerd does not start: the directive is specified both as a flag and in the configuration file";
    Some(Fault { rule: "docker-config-conflict", detail, evidence })
}

fn ranges(file: &Fact<Vec<SubIdRange>>, name: &str, uid: Option<u64>, asked: &Evidence) -> Vec<Fault> {
    let fault =
        |rule, detail, what: String| Fault { rule, detail, evidence: vec![asked.clone(), Evidence::new(file.source.as_ref(), what)] };
    let missing =
        || fault("docker-subid-missing", "dockerd does not start: it finds no range of ids for the user", format!("no range of {name}"));
    let all = match &file.state {
        Known::Known(all) => all,
        Known::Absent => return vec![missing()],
        Known::Malformed(why) => {
            return vec![fault("docker-subid-malformed", "dockerd does not start: it cannot read the file", why.clone())];
        }
        _ => return vec![],
    };
    // Without the uid a line that names its owner by number may be the user's.
    let by_number = uid.is_none() && all.iter().any(|r| r.owner.parse::<u64>().is_ok());
    let mine: Vec<&SubIdRange> = subid::of(all, Some(name), uid.unwrap_or(u64::MAX)).collect();
    let count = mine.iter().fold(0u64, |sum, r| sum.saturating_add(r.count));
    let line = |r: &SubIdRange| format!("{}:{}:{}", r.owner, r.start, r.count);
    let mut faults = vec![];
    if mine.is_empty() {
        if !by_number {
            faults.push(missing());
        }
    } else if count < ENOUGH {
        let detail = "dockerd starts, but ids from the end of the range on do not exist in containers: images fail to unpack";
        faults.push(fault("docker-subid-too-few", detail, format!("{count} ids for {name}, {ENOUGH} are needed")));
    }
    let overlaps = |a: &SubIdRange, b: &SubIdRange| a.start < b.start.saturating_add(b.count) && b.start < a.start.saturating_add(a.count);
    let clash = mine.iter().find_map(|a| all.iter().find(|b| b.line != a.line && overlaps(a, b)).map(|b| (a, b)));
    if let Some((a, b)) = clash {
        let detail = "the processes of one are those of the other on the host: the ranges must not overlap";
        faults.push(fault("docker-subid-overlap", detail, format!("{} and {}", line(a), line(b))));
    }
    faults
}

/// The containerd image store is refused beside remapping where it is asked for by name (moby, since version 23).
fn containerd_store(facts: &Facts, asked: &Evidence) -> Option<Fault> {
    let docker = &facts.docker;
    let version = docker.info.value().and_then(|info| info.server_version.split('.').next()?.parse::<u32>().ok());
    if docker.config.value()?.containerd_snapshotter != Some(true) || version.is_some_and(|major| major < 23) {
        return None;
    }
    let evidence = vec![asked.clone(), Evidence::new(docker.config.source.as_ref(), "features.containerd-snapshotter true")];
    let detail = "dockerd does not start: the containerd image store is not compatible with remapping";
    Some(Fault { rule: "docker-remap-containerd-store", detail, evidence })
}

/// What the rule of a fault says: shut when the fault keeps the remapping from being in effect.
#[must_use]
pub fn gate_of_fault(facts: &Facts, plan: &Plan, rule: &str) -> Gate {
    if plan.mechanism != ID {
        return Gate::NotApplicable;
    }
    let remap = assess(facts);
    match remap.state {
        State::Unknown | State::NotInstalled => Gate::NotApplicable,
        State::Misconfigured => match remap.faults.into_iter().find(|f| f.rule == rule) {
            Some(fault) => Gate::shut_silently(fault.evidence),
            None => Gate::Open,
        },
        _ => Gate::Open,
    }
}

/// What the rule of a state says: shut in that state; `root` tells the two kinds of off apart.
#[must_use]
pub fn gate_of_state(facts: &Facts, plan: &Plan, state: State, root: bool) -> Gate {
    if plan.mechanism != ID {
        return Gate::NotApplicable;
    }
    let remap = assess(facts);
    let asks_for_root = remap.configured.as_deref().is_some_and(|spec| is_root(facts, spec));
    match remap.state {
        State::Unknown => Gate::NotApplicable,
        found if found == state && (state != State::Off || root == asks_for_root) => {
            let mut evidence = remap.evidence;
            evidence.extend(request(facts).map(|(spec, source)| Evidence::new(source, format!("userns-remap {spec}"))));
            if evidence.is_empty() {
                let fact = if state == State::NotInstalled { docker_installed(facts) } else { docker_config(facts) };
                evidence.push(fact);
            }
            Gate::shut_silently(evidence)
        }
        _ => Gate::Open,
    }
}

fn docker_installed(facts: &Facts) -> Evidence {
    Evidence::new(facts.docker.installed.source.as_ref(), "not found")
}

fn docker_config(facts: &Facts) -> Evidence {
    Evidence::new(facts.docker.config.source.as_ref(), "no userns-remap")
}

/// What keeps the state from being known.
#[must_use]
pub fn gate_unverified(facts: &Facts, plan: &Plan) -> Gate {
    if plan.mechanism != ID {
        return Gate::NotApplicable;
    }
    if assess(facts).state != State::Unknown {
        return Gate::Open;
    }
    let docker = &facts.docker;
    let mut why = vec![];
    if docker.info.is_undecided() {
        why.push(docker.info.why_undecided());
    }
    if docker.config.is_undecided() {
        why.push(docker.config.why_undecided());
    }
    if why.is_empty() {
        why.push("/proc/self/uid_map: does not tell who made this namespace".into());
    }
    Gate::Undecided(why)
}

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gravity {
    /// Something is broken.
    Error,
    /// Something is not as it should be.
    Warning,
    /// Good to know.
    Note,
}

/// Something worth knowing about the remapping, whatever was required.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule that documents it.
    pub rule: &'static str,
    /// How grave it is.
    pub gravity: Gravity,
    /// One line.
    pub title: String,
    /// What it means.
    pub detail: String,
    /// What shows it.
    pub evidence: Vec<Evidence>,
}

/// What is worth knowing about the remapping.
#[must_use]
pub fn findings(facts: &Facts) -> Vec<Finding> {
    let remap = assess(facts);
    let asked = || request(facts).map(|(spec, source)| Evidence::new(source, format!("userns-remap {spec}"))).into_iter();
    let finding = |rule, gravity, title: &str, detail: &str, evidence: Vec<Evidence>| Finding {
        rule,
        gravity,
        title: title.to_owned(),
        detail: detail.to_owned(),
        evidence,
    };
    let mut found: Vec<Finding> = vec![];
    for fault in &remap.faults {
        let starts = matches!(fault.rule, "docker-subid-too-few" | "docker-subid-overlap");
        let gravity = if starts { Gravity::Warning } else { Gravity::Error };
        let title = match remap.state {
            State::On if !starts => "userns-remap is on, but the Docker daemon will not start again",
            _ if starts => "the ids of userns-remap are not as they should be",
            _ => "the configuration of the Docker daemon is broken",
        };
        found.push(finding(fault.rule, gravity, title, fault.detail, fault.evidence.clone()));
    }
    if remap.configured.as_deref().is_some_and(|spec| is_root(facts, spec)) && !matches!(remap.effective, Effective::On(_)) {
        let detail = "dockerd starts with the warning `User namespaces: root cannot be remapped with itself; user namespaces are OFF`";
        found.push(finding(
            "docker-remap-root",
            Gravity::Warning,
            "userns-remap names root, which switches it off",
            detail,
            asked().collect(),
        ));
    }
    match remap.state {
        State::PendingRestart => {
            let evidence = asked().chain(remap.evidence.clone()).collect();
            let detail = "the daemon reads userns-remap on start only; images and containers made so far are out of sight after it";
            let title = "userns-remap is configured, and not in effect before Docker is started again";
            found.push(finding("docker-remap-pending-restart", Gravity::Warning, title, detail, evidence));
        }
        State::On if remap.configured.is_none() && nothing_asks(facts) && facts.docker.info.value().is_some() => {
            let title = "userns-remap is on, but nothing that isodoc sees asks for it";
            let detail = "after the next start of the daemon it may be off";
            found.push(finding("docker-remap-not-configured", Gravity::Warning, title, detail, remap.evidence.clone()));
        }
        _ => {}
    }
    // A daemon that is there and does not answer, or answers nonsense.
    if let Known::Malformed(why) = &facts.docker.info.state {
        let evidence = vec![Evidence::new(facts.docker.info.source.as_ref(), why)];
        let detail = "whether userns-remap is in effect is unknown";
        found.push(finding("docker-remap-unverified", Gravity::Warning, "the Docker daemon gives no usable answer", detail, evidence));
    }
    let off = remap.configured.is_some() && facts.docker.info.value().is_some_and(Info::containerd_store);
    if off && remap.state == State::PendingRestart {
        let detail =
            "Docker keeps its images in containerd here, and goes back to the older store when it remaps: images have to be pulled again";
        let evidence = vec![Evidence::new(facts.docker.info.source.as_ref(), "driver-type io.containerd.snapshotter.v1")];
        found.push(finding(
            "docker-remap-containerd-store",
            Gravity::Note,
            "userns-remap and the containerd image store exclude each other",
            detail,
            evidence,
        ));
    }
    if remap.state == State::On || remap.configured.is_some() && remap.state != State::Off {
        let detail = "with userns-remap Docker refuses `--privileged`, `--pid=host` and `--network=host` unless the container also has \
                      `--userns=host` (compose: `userns_mode: \"host\"`), which takes it out of the remapping";
        let title = "privileged containers and containers in host namespaces clash with userns-remap";
        let evidence = asked().chain(remap.evidence.clone()).collect();
        found.push(finding("docker-remap-privileged-clash", Gravity::Note, title, detail, evidence));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Verdict, predict};
    use crate::mechanisms::userns_remap::plan;
    use crate::parse::daemon_json;
    use crate::parse::dockerd::Flags;

    const JSON: &str = "/etc/docker/daemon.json";
    const ASK: &str = "GET /info of unix:///var/run/docker.sock";

    /// A host with Docker whose daemon does not run: everything was seen.
    fn host(json: &str) -> Facts {
        let mut facts = Facts::default();
        facts.os.family = Fact::known("linux".into(), "uname(2)");
        let absent = |source: &'static str| Fact::new(Known::Absent, source);
        facts.docker.installed = Fact::known(true, "/etc/docker");
        facts.docker.config = Fact::known(json.as_bytes().to_vec(), JSON).parse(|b| daemon_json::parse(&b));
        facts.docker.live_flags = Fact::new(Known::Absent, "/run/docker.pid");
        facts.docker.unit_flags = Fact::new(Known::Absent, "/etc/default/docker");
        facts.docker.info = Fact::new(Known::Absent, ASK);
        facts.docker.mapped_roots = absent("/var/lib/docker").map(|(): ()| vec![]);
        accounts(&mut facts, "root:x:0:\ndockremap:x:102:\nme:x:1000:\n", "dockremap:100000:65536\nme:165536:65536\n");
        facts
    }

    fn accounts(facts: &mut Facts, users: &'static str, ranges: &str) {
        let list = |source: &'static str| Fact::known(users, source).parse(|t| subid::accounts(t.as_bytes()));
        facts.accounts.users = list("/etc/passwd");
        facts.accounts.groups = list("/etc/group");
        let parse = |source: &'static str| Fact::known(ranges.to_owned(), source).parse(|t| subid::parse(t.as_bytes()));
        facts.accounts.subuid = parse("/etc/subuid");
        facts.accounts.subgid = parse("/etc/subgid");
    }

    fn says(facts: &mut Facts, options: &[&str], root: &str) {
        let info = Info {
            security_options: options.iter().map(|o| (*o).to_owned()).collect(),
            docker_root_dir: root.into(),
            server_version: "27.0.1".into(),
            ..Info::default()
        };
        facts.docker.info = Fact::known(info, ASK);
    }

    fn state(facts: &Facts) -> State {
        assess(facts).state
    }

    fn cause(facts: &Facts) -> (Verdict, Option<&'static str>) {
        let prediction = predict(facts, &plan());
        (prediction.verdict, prediction.cause.map(|rule| rule.id))
    }

    const DEFAULT: &str = r#"{"userns-remap": "default"}"#;

    #[test]
    fn what_the_daemon_says_decides() {
        let mut on = host(DEFAULT);
        says(&mut on, &["name=seccomp,profile=builtin", "name=userns"], "/var/lib/docker/100000.100000");
        assert_eq!(assess(&on).effective, Effective::On(Some((100_000, 100_000))));
        assert_eq!((state(&on), cause(&on)), (State::On, (Verdict::Supported, None)));
        let mut pending = host(DEFAULT);
        says(&mut pending, &["name=seccomp,profile=builtin"], "/var/lib/docker");
        assert_eq!(state(&pending), State::PendingRestart);
        assert_eq!(cause(&pending), (Verdict::Unsupported, Some("docker-remap-pending-restart")));
        let mut off = host("{}");
        says(&mut off, &[], "/var/lib/docker");
        assert_eq!((state(&off), cause(&off)), (State::Off, (Verdict::Unsupported, Some("docker-remap-not-configured"))));
        // It runs; that the file is broken by now shows at the next start.
        let mut broken = host("{");
        says(&mut broken, &["name=userns"], "/var/lib/docker/1.1");
        assert_eq!(state(&broken), State::On);
        assert_eq!(findings(&broken)[0].rule, "docker-config-malformed");
        let mut rootless = host(DEFAULT);
        says(&mut rootless, &["name=rootless"], "/home/me/.local/share/docker");
        assert_eq!(state(&rootless), State::Off);
    }

    #[test]
    fn silence_is_never_off() {
        for silence in [Known::Denied, Known::Malformed("no answer within 400 ms".into()), Known::NotProbed] {
            for json in ["{}", DEFAULT] {
                let mut facts = host(json);
                facts.docker.info = Fact::new(silence.clone(), ASK);
                assert_eq!(state(&facts), State::Unknown, "{silence:?} {json}");
                assert_eq!(cause(&facts), (Verdict::Unknown, Some("docker-remap-unverified")));
            }
        }
        let mut root = host(r#"{"userns-remap":"root"}"#);
        root.docker.info = Fact::new(Known::Denied, ASK);
        assert_eq!(state(&root), State::Unknown);
    }

    #[test]
    fn a_daemon_that_does_not_run() {
        assert_eq!(state(&host("{}")), State::Off);
        assert_eq!(state(&host(DEFAULT)), State::PendingRestart);
        let mut none = Facts::default();
        none.docker.installed = Fact::known(false, "dockerd in $PATH");
        assert_eq!(state(&none), State::NotInstalled);
        none.os.family = Fact::known("linux".into(), "uname(2)");
        assert_eq!(cause(&none), (Verdict::Unsupported, Some("docker-not-installed")));
        assert_eq!(state(&Facts::default()), State::Unknown);
    }

    #[test]
    fn root_is_off() {
        for spec in ["root", "root:root", "0", "0:0", "root:me"] {
            let facts = host(&format!(r#"{{"userns-remap":"{spec}"}}"#));
            assert_eq!((state(&facts), cause(&facts).1), (State::Off, Some("docker-remap-root")), "{spec}");
            assert!(findings(&facts).iter().any(|f| f.rule == "docker-remap-root" && f.gravity == Gravity::Warning));
            assert_eq!(assess(&facts).configured.as_deref(), Some(spec));
        }
    }

    #[test]
    fn faults_of_the_file() {
        let malformed = host("# x\n{}");
        assert_eq!((state(&malformed), cause(&malformed).1), (State::Misconfigured, Some("docker-config-malformed")));
        for flag in ["default", ""] {
            let mut twice = host(DEFAULT);
            twice.docker.unit_flags = Fact::known(Flags { userns_remap: Some(flag.into()), ..Flags::default() }, "docker.service");
            assert_eq!((state(&twice), cause(&twice).1), (State::Misconfigured, Some("docker-config-conflict")));
        }
        let mut flag = host("{}");
        flag.docker.unit_flags = Fact::known(Flags { userns_remap: Some("default".into()), ..Flags::default() }, "docker.service");
        assert_eq!((state(&flag), assess(&flag).configured.as_deref()), (State::PendingRestart, Some("default")));
        let store = host(r#"{"userns-remap":"default","features":{"containerd-snapshotter":true}}"#);
        assert_eq!((state(&store), cause(&store).1), (State::Misconfigured, Some("docker-remap-containerd-store")));
        let mut old = store.clone();
        says(&mut old, &[], "/var/lib/docker");
        if let Known::Known(info) = &mut old.docker.info.state {
            info.server_version = "20.10.24+dfsg1".into();
        }
        assert_eq!(state(&old), State::PendingRestart);
    }

    #[test]
    fn users_and_groups() {
        let of = |spec: &str| cause(&host(&format!(r#"{{"userns-remap":"{spec}"}}"#))).1;
        let (fine, missing) = (Some("docker-remap-pending-restart"), Some("docker-remap-user-missing"));
        for spec in ["default", "me", "me:me", "1000", "1000:1000", "me:1000", "1000:me"] {
            let mut facts = host(&format!(r#"{{"userns-remap":"{spec}"}}"#));
            let ids = "root:x:0:\ndockremap:x:102:\nme:x:1000:\n";
            accounts(&mut facts, ids, "dockremap:100000:65536\nme:165536:65536\n");
            assert_eq!(cause(&facts).1, fine, "{spec}");
        }
        for spec in ["nosuch", "4242", "me:nosuch", "me:4242", "me:", " default "] {
            assert_eq!(of(spec), missing, "{spec}");
        }
        assert_eq!(of("a:b:c"), Some("docker-config-malformed"));
        // A directory service may know more users than the file.
        let mut ldap = host(r#"{"userns-remap":"nosuch"}"#);
        ldap.docker.users_in_files_only = Fact::known(false, "/etc/nsswitch.conf");
        assert_eq!(cause(&ldap).1, fine);
        // The daemon makes the user of `default`, with ranges.
        let mut fresh = host(DEFAULT);
        accounts(&mut fresh, "root:x:0:\n", "");
        assert_eq!(cause(&fresh).1, fine);
    }

    #[test]
    fn subordinate_ids() {
        let of = |ranges: &str| {
            let mut facts = host(DEFAULT);
            accounts(&mut facts, "root:x:0:\ndockremap:x:102:\n", ranges);
            cause(&facts).1
        };
        assert_eq!(of("dockremap:100000:65536\n"), Some("docker-remap-pending-restart"));
        assert_eq!(of("102:100000:65536\n"), Some("docker-remap-pending-restart"));
        assert_eq!(of("dockremap:100000:60000\ndockremap:200000:5536\n"), Some("docker-remap-pending-restart"));
        assert_eq!(of(""), Some("docker-subid-missing"));
        assert_eq!(of("me:100000:65536\n"), Some("docker-subid-missing"));
        assert_eq!(of("dockremap:100000:1000\n"), Some("docker-subid-too-few"));
        assert_eq!(of("dockremap:100000:65536\nme:165535:65536\n"), Some("docker-subid-overlap"));
        assert_eq!(of("dockremap:x:65536\n"), Some("docker-subid-malformed"));
        let mut only_one = host(DEFAULT);
        only_one.accounts.subgid = Fact::new(Known::Absent, "/etc/subgid");
        assert_eq!(cause(&only_one).1, Some("docker-subid-missing"));
        // Too few ids do not stop a daemon; they break its containers.
        let mut runs = host(DEFAULT);
        accounts(&mut runs, "dockremap:x:102:\n", "dockremap:100000:1000\n");
        says(&mut runs, &["name=userns"], "/var/lib/docker/100000.100000");
        assert_eq!(state(&runs), State::On);
        assert!(findings(&runs).iter().any(|f| f.rule == "docker-subid-too-few" && f.gravity == Gravity::Warning));
    }

    /// Captures hold only the file: it is reported, and proves nothing of the daemon.
    #[test]
    fn captures() {
        let mut facts = Facts::default();
        facts.docker.config = Fact::known(DEFAULT, JSON).parse(|t| daemon_json::parse(t.as_bytes()));
        facts.docker.installed = Fact::known(true, "/etc/docker");
        assert_eq!((state(&facts), assess(&facts).configured.as_deref()), (State::Unknown, Some("default")));
        facts.docker.config = Fact::known("{}", JSON).parse(|t| daemon_json::parse(t.as_bytes()));
        assert_eq!((state(&facts), assess(&facts).configured), (State::Unknown, None));
        facts.docker.config = Fact::known("x", JSON).parse(|t| daemon_json::parse(t.as_bytes()));
        assert_eq!(state(&facts), State::Misconfigured);
    }

    #[test]
    fn inside_a_container() {
        let mut facts = Facts::default();
        facts.docker.installed = Fact::known(false, "dockerd in $PATH");
        facts.docker.info = Fact::new(Known::Absent, ASK);
        facts.markers.paths.insert("/.dockerenv", Fact::known(true, "/.dockerenv"));
        facts.namespaces.pid = Fact::known(4_026_532_001, "/proc/self/ns/pid");
        let map = |text: &str| Fact::known(text.to_owned(), "/proc/self/uid_map").parse(|t| crate::parse::idmap::parse(t.as_bytes()));
        facts.mounts.list = Fact::known(vec![], "/proc/self/mountinfo");
        facts.process.uid_map = map("0 231072 65536\n");
        assert_eq!((state(&facts), assess(&facts).effective), (State::On, Effective::On(Some((231_072, 231_072)))));
        facts.process.uid_map = map("0 1000 1\n1 100000 65536\n");
        assert_eq!(state(&facts), State::Unknown);
        facts.process.uid_map = map("0 0 4294967295\n");
        assert_eq!(state(&facts), State::Off);
        // `--userns=host` leaves the ids of the image's files as the daemon remapped them.
        let tool = |uid| crate::facts::Tool {
            path: "/usr/bin/unshare".into(),
            kind: crate::source::FileKind::File,
            mode: 0o755,
            uid,
            file_caps: false,
            readable: true,
            flavour: None,
            nosuid: false,
        };
        facts.tools.unshare = Fact::known(tool(100_000), "/usr/bin/unshare");
        assert_eq!((state(&facts), assess(&facts).effective), (State::On, Effective::On(Some((100_000, 100_000)))));
        facts.tools.unshare = Fact::known(tool(1000), "/usr/bin/unshare");
        assert_eq!(state(&facts), State::Off);
        // The marker alone, left over in the initial namespaces, is no container.
        facts.namespaces.pid = Fact::known(0xEFFF_FFFC, "/proc/self/ns/pid");
        assert_eq!(state(&facts), State::NotInstalled);
        // `--pid=host` shares that namespace; the cgroup and a /dev of its own show the container.
        facts.cgroup.of_self =
            Fact::known("0::/docker/f13d7b52df203c62ed630f188cae003f2452118d50b7b11f35fceb7ba756d46b\n", "/proc/self/cgroup")
                .parse(|t| crate::parse::cgroup::parse(t.as_bytes()));
        let mounts = |text: &str| crate::parse::mountinfo::parse(text.as_bytes()).unwrap();
        facts.mounts.list =
            Fact::known(mounts("73 71 0:41 / /dev rw,nosuid - tmpfs tmpfs rw,size=65536k,mode=755\n"), "/proc/self/mountinfo");
        assert_eq!(state(&facts), State::Off);
        // With nsenter(1) the cgroup stays, but /dev is the host's.
        facts.mounts.list = Fact::known(mounts("73 71 0:6 / /dev rw,nosuid - devtmpfs udev rw\n"), "/proc/self/mountinfo");
        assert_eq!(state(&facts), State::NotInstalled);
        facts.namespaces.pid = Fact::known(4_026_532_001, "/proc/self/ns/pid");
        facts.process.uid_map = map("0 231072 65536\n");
        facts.mounts.list = Fact::not_probed("/proc/self/mountinfo");
        assert_eq!(state(&facts), State::Unknown);
    }

    #[test]
    fn clashes_are_notes_where_remapping_is_wanted() {
        let note = |facts: &Facts| findings(facts).iter().any(|f| f.rule == "docker-remap-privileged-clash" && f.gravity == Gravity::Note);
        assert!(note(&host(DEFAULT)));
        assert!(!note(&host("{}")));
        assert!(!note(&host(r#"{"userns-remap":"root"}"#)));
    }
}
