//! What is wrong with what is asked for: the configuration file, the user, the subordinate ids.

use super::{RemapRequest, request};
use crate::facts::{Evidence, Fact, Facts, Missing};
use crate::parse::daemon_json::is_snapshotter;
use crate::parse::docker_info::DockerInfo;
use crate::parse::dockerd::DaemonFlags;
use crate::parse::subid::{self, BrokenLine, SubIdRange, SubIds};

/// Fewer ids than this, and images that hold a file of user 65534 (nobody) cannot be unpacked.
const ENOUGH: u64 = 65_536;

/// Where the ids end: the last one is no id but stands for none (kernel `kernel/user_namespace.c`,
/// map_write()).
const LAST_ID: u64 = u32::MAX as u64;

/// The user that stands for `default`.
const DEFAULT_USER: &str = "dockremap";

/// What can be wrong with what is asked for; each has a rule (`rules::docker`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FaultKind {
    /// The file cannot be read, or `userns-remap` is neither a user nor `user:group`.
    ConfigMalformed,
    /// It is asked for on the command line as well.
    ConfigConflict,
    /// There is no such user or group.
    UserMissing,
    /// A line of /etc/subuid or /etc/subgid cannot be read.
    SubidMalformed,
    /// The user has no range.
    SubidMissing,
    /// The user's ranges are too small for images.
    SubidTooFew,
    /// A range of the user is somebody else's too.
    SubidOverlap,
    /// A range of the user ends beyond the last id.
    SubidBeyond,
    /// A range of the user begins with root of the host.
    SubidRoot,
    /// The containerd image store is asked for as well.
    ContainerdStore,
    /// A storage driver is asked for that only the containerd image store has.
    StorageDriver,
    /// The user of `default` is not there, and nothing that makes it.
    UserNotMade,
    /// The user is called by the number of its own uid, and each range counts twice.
    NumericNameDoubled,
    /// The remapped root may not pass through a directory on the way to the data root.
    PathNotTraversable,
    /// The daemon is rootless.
    InRootless,
}

impl FaultKind {
    /// Whether the daemon starts all the same.
    #[must_use]
    pub(crate) fn lets_daemon_start(self) -> bool {
        use FaultKind::{NumericNameDoubled, SubidBeyond, SubidOverlap, SubidRoot, SubidTooFew};
        matches!(self, SubidTooFew | SubidOverlap | SubidBeyond | SubidRoot | NumericNameDoubled)
    }

    /// Whether no container starts, or root in them is root of the host, though the daemon runs and
    /// remaps.
    #[must_use]
    pub(crate) fn stops_containers(self) -> bool {
        use FaultKind::{NumericNameDoubled, PathNotTraversable, SubidBeyond, SubidRoot};
        matches!(self, NumericNameDoubled | PathNotTraversable | SubidBeyond | SubidRoot)
    }
}

/// Something wrong with the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub kind: FaultKind,
    /// What follows from it.
    pub detail: &'static str,
    /// What shows it.
    pub evidence: Vec<Evidence>,
}

/// Who is asked for, as far as the account files tell.
enum RemapUser {
    /// The daemon makes user, group and ranges on its next start.
    ToBeMade,
    User {
        name: String,
        uid: Option<u64>,
    },
    /// The daemon cannot find the user or the group.
    Fault(Evidence),
    /// It is neither a user nor `user:group`.
    NoSpec,
    /// The account files do not tell.
    Undecided,
}

fn who(facts: &Facts, spec: &str) -> RemapUser {
    let parts: Vec<&str> = spec.split(':').collect();
    let users = &facts.accounts.users;
    let (user, group) = match parts.as_slice() {
        [user] => (*user, None),
        [user, group] => (*user, Some(*group)),
        _ => return RemapUser::NoSpec,
    };
    let name = if user == "default" { DEFAULT_USER } else { user };
    // The daemon reads whatever is a number as an id.
    let id = name.parse::<i32>().ok().map(i64::from);
    let matches = |account: &subid::Account, name: &str, id: Option<i64>| {
        id.map_or(account.name == name, |id| u64::try_from(id) == Ok(account.id))
    };
    let elsewhere = facts.docker.users_in_files_only.value() == Some(&false);
    let account = users.value().map(|list| list.iter().find(|a| matches(a, name, id)));
    let found = match account {
        Some(Some(account)) => {
            RemapUser::User { name: account.name.clone(), uid: Some(account.id) }
        }
        Some(None) if user == "default" => return RemapUser::ToBeMade,
        Some(None) if elsewhere || facts.accounts.unseen(name) => return RemapUser::Undecided,
        Some(None) => {
            return RemapUser::Fault(Evidence::at(users, format!("no user {name}")));
        }
        // `default` makes its user where there is none.
        None if id.is_some() || user == "default" => return RemapUser::Undecided,
        None => RemapUser::User { name: name.to_owned(), uid: None },
    };
    let groups = &facts.accounts.groups;
    let group = group.unwrap_or(name);
    let gid = group.parse::<i32>().ok().map(i64::from);
    match groups.value() {
        Some(list)
            if !elsewhere
                && !facts.accounts.unseen(group)
                && !list.iter().any(|a| matches(a, group, gid)) =>
        {
            RemapUser::Fault(Evidence::at(groups, format!("no group {group}")))
        }
        _ => found,
    }
}

/// The user whose subordinate ids the daemon is to use, where the account files tell.
#[must_use]
pub(crate) fn remapped_user(facts: &Facts) -> Option<String> {
    match who(facts, request(facts)?.spec) {
        RemapUser::User { name, .. } => Some(name),
        _ => None,
    }
}

/// Whether the user is root, as far as the account files tell.
fn is_root(who: &RemapUser, spec: &str) -> bool {
    match who {
        RemapUser::User { name, uid } => name == "root" || *uid == Some(0),
        _ => matches!(spec.split(':').next(), Some("root" | "0")),
    }
}

/// What is wrong, and what may be: the latter depends on something that nobody noted down.
#[derive(Default)]
pub(super) struct Findings {
    pub faults: Vec<Fault>,
    pub doubts: Vec<Evidence>,
    /// Whether root is asked for.
    pub names_root: bool,
}

/// Every fault; with root asked for, only those of the file, since the daemon looks no further.
pub(super) fn findings(facts: &Facts, request: Option<&RemapRequest<'_>>) -> Findings {
    let mut found = Findings { faults: faults_of_file(facts), ..Findings::default() };
    let Some(request) = request else { return found };
    let who = who(facts, request.spec);
    found.names_root = is_root(&who, request.spec);
    if !found.names_root {
        found.faults.extend(faults_of_request(facts, request, &who));
        found.doubts.extend(doubts_of_file(facts));
        numeric_name(facts, request, &who, &mut found);
        broken_lines(facts, &who, &mut found);
        path(facts, request, &who, &mut found);
    }
    found
}

fn faults_of_file(facts: &Facts) -> Vec<Fault> {
    let docker = &facts.docker;
    let mut faults = vec![];
    if let Err(Missing::Malformed(why)) = &docker.config.seen {
        let evidence = vec![Evidence::at(&docker.config, why)];
        faults.push(Fault {
            kind: FaultKind::ConfigMalformed,
            detail: "dockerd does not start with this file",
            evidence,
        });
    }
    faults.extend(unknown_keys(facts));
    faults.extend(conflict(facts));
    faults
}

fn faults_of_request(facts: &Facts, request: &RemapRequest<'_>, who: &RemapUser) -> Vec<Fault> {
    let docker = &facts.docker;
    let mut faults = vec![];
    if let Some(shown) = rootless(facts) {
        let detail = "dockerd does not start: a rootless daemon is in a user namespace already, \
            where the subordinate ids of another user do not exist";
        let evidence = vec![request.evidence(), shown];
        faults.push(Fault { kind: FaultKind::InRootless, detail, evidence });
        return faults;
    }
    match who {
        RemapUser::Fault(evidence) => {
            let detail = "dockerd does not start: it finds no such user or group";
            faults.push(Fault {
                kind: FaultKind::UserMissing,
                detail,
                evidence: vec![request.evidence(), evidence.clone()],
            });
        }
        RemapUser::User { name, uid } => {
            for file in facts.accounts.subids() {
                faults.extend(ranges(file, name, *uid, passes_over_broken(facts), request));
            }
        }
        RemapUser::NoSpec => {
            let detail = "dockerd does not start: this is neither a user nor user:group";
            faults.push(Fault {
                kind: FaultKind::ConfigMalformed,
                detail,
                evidence: vec![request.evidence()],
            });
        }
        RemapUser::ToBeMade if lines_of_default(facts) => {
            for file in facts.accounts.subids() {
                let found = ranges(file, DEFAULT_USER, None, passes_over_broken(facts), request);
                faults.extend(found.into_iter().filter(|f| f.kind != FaultKind::SubidMissing));
            }
        }
        RemapUser::ToBeMade if docker.makes_users.value() == Some(&false) => {
            let detail = "dockerd does not start: it cannot make the user dockremap";
            let tools = Evidence::at(&docker.makes_users, "not found");
            faults.push(Fault {
                kind: FaultKind::UserNotMade,
                detail,
                evidence: vec![request.evidence(), tools],
            });
        }
        RemapUser::ToBeMade | RemapUser::Undecided => {}
    }
    faults.extend(containerd_store(facts, request));
    faults.extend(storage_driver(facts, request));
    faults
}

/// The keys of the file that the daemon's release does not know, where that is known.
#[must_use]
pub(crate) fn unknown_to_release(facts: &Facts) -> Vec<&'static str> {
    let Some((config, (major, minor, _))) = facts.docker.config.value().zip(version(facts)) else {
        return vec![];
    };
    config.unknown_to((major, minor)).collect()
}

fn unknown_keys(facts: &Facts) -> Option<Fault> {
    let keys = unknown_to_release(facts);
    let release = &facts.docker.info.value()?.server_version;
    let source = facts.docker.config.source.as_ref();
    let evidence = keys
        .iter()
        .map(|key| Evidence::new(source, format!("{key} is no directive of Docker {release}")))
        .collect();
    let detail = "dockerd does not start with this file";
    (!keys.is_empty()).then_some(Fault { kind: FaultKind::ConfigMalformed, detail, evidence })
}

/// What the daemon may refuse of its file.
fn doubts_of_file(facts: &Facts) -> Vec<Evidence> {
    let config = &facts.docker.config;
    let Some(file) = config.value() else { return vec![] };
    let releases = file.by_release.iter().filter(|_| version(facts).is_none());
    let releases =
        releases.map(|key| format!("{key} is a directive of some releases of Docker only"));
    let texts = releases.chain(file.doubts.iter().cloned());
    texts.map(|text| Evidence::at(config, text)).collect()
}

/// The keys of the file that stand on the command line as well, and where.
#[must_use]
pub(crate) fn given_twice(facts: &Facts) -> Vec<(&str, &Fact<DaemonFlags>)> {
    let docker = &facts.docker;
    let keys = docker.config.value().into_iter().flat_map(|config| &config.keys);
    let flags = [&docker.unit_flags, &docker.live_flags];
    // Runtimes are put together (`skipDuplicates`).
    keys.filter(|key| *key != "runtimes")
        .filter_map(|key| {
            let has = |f: &&&Fact<DaemonFlags>| f.value().is_some_and(|f| f.keys.contains(key));
            Some((key.as_str(), *flags.iter().find(has)?))
        })
        .collect()
}

/// An option that stands on the command line and in the file.
fn conflict(facts: &Facts) -> Option<Fault> {
    let twice = given_twice(facts);
    let (_, flag) = twice.first()?;
    let names: Vec<&str> = twice.iter().map(|(key, _)| *key).collect();
    let names = names.join(", ");
    let evidence = vec![
        Evidence::at(&facts.docker.config, &names),
        Evidence::at(flag, format!("{names}, as options")),
    ];
    let detail = "dockerd does not start: the directive is specified both as a flag and in the \
        configuration file";
    Some(Fault { kind: FaultKind::ConfigConflict, detail, evidence })
}

fn overlaps(a: &SubIdRange, b: &SubIdRange) -> bool {
    a.start < b.end() && b.start < a.end()
}

/// What is wrong with the ids of a range.
fn out_of_place(range: &SubIdRange) -> Option<(FaultKind, &'static str)> {
    match range.start {
        0 => Some((
            FaultKind::SubidRoot,
            "dockerd starts, but root of the host is among the ids of its containers",
        )),
        _ if range.end() > LAST_ID => Some((
            FaultKind::SubidBeyond,
            "dockerd starts, but its containers do not, or have other ids than these",
        )),
        _ => None,
    }
}

fn ranges(
    file: &Fact<SubIds>,
    name: &str,
    uid: Option<u64>,
    passes_over: Option<bool>,
    request: &RemapRequest<'_>,
) -> Vec<Fault> {
    let fault = |kind, detail, what: String| Fault {
        kind,
        detail,
        evidence: vec![request.evidence(), Evidence::at(file, what)],
    };
    let missing = || {
        fault(
            FaultKind::SubidMissing,
            "dockerd does not start: it finds no range of ids for the user",
            format!("no range of {name}"),
        )
    };
    let all = match &file.seen {
        Ok(all) => all,
        Err(Missing::Absent) => return vec![missing()],
        _ => return vec![],
    };
    let own = |owner: &str| owner == name || uid.is_some_and(|uid| owner == uid.to_string());
    // What stands beyond the third field some releases pass over.
    let refused = |line: &&BrokenLine| {
        own(&line.owner) && (line.longer.is_none() || passes_over == Some(false))
            || (passes_over == Some(false) && !line.has_fields)
    };
    if let Some(line) = all.broken.iter().find(refused) {
        let detail = match passes_over {
            Some(true) => {
                "dockerd takes what it cannot read for 0: containers do not run, or root \
                in them is root of the host"
            }
            _ => "dockerd does not start: it cannot read the file",
        };
        return vec![fault(
            FaultKind::SubidMalformed,
            detail,
            subid::no_ranges(std::slice::from_ref(line)),
        )];
    }
    let longer = all.broken.iter().filter_map(|line| line.longer.as_ref());
    let all: Vec<SubIdRange> =
        all.iter().chain(longer.filter(|_| passes_over != Some(false))).cloned().collect();
    // Without the uid a line that names its owner by number may be the user's.
    let by_number = uid.is_none() && all.iter().any(|r| r.owner.parse::<u64>().is_ok());
    let mine: Vec<&SubIdRange> = subid::of(&all, Some(name), uid).collect();
    let count = mine.iter().fold(0u64, |sum, r| sum.saturating_add(r.count));
    let line = |r: &SubIdRange| format!("{}:{}:{}", r.owner, r.start, r.count);
    let mut faults = vec![];
    if mine.is_empty() {
        if !by_number {
            faults.push(missing());
        }
    } else if count < ENOUGH {
        let detail = "dockerd starts, but containers lack the ids beyond the range: images fail \
            to unpack";
        faults.push(fault(
            FaultKind::SubidTooFew,
            detail,
            format!("{count} ids for {name}, {ENOUGH} are needed"),
        ));
    }
    faults.extend(mine.iter().find_map(|range| {
        let (kind, detail) = out_of_place(range)?;
        Some(fault(kind, detail, line(range)))
    }));
    let clash = mine
        .iter()
        .find_map(|a| all.iter().find(|b| b.line != a.line && overlaps(a, b)).map(|b| (a, b)));
    if let Some((a, b)) = clash {
        let detail = "the two owners would share ids on the host: the ranges must not overlap";
        faults.push(fault(FaultKind::SubidOverlap, detail, format!("{} and {}", line(a), line(b))));
    }
    faults
}

/// Whether the daemon passes over a line of somebody else that is no range: it does since it reads
/// the files by moby/sys/user (28.5 is seen to, 20.10 not to start).
fn passes_over_broken(facts: &Facts) -> Option<bool> {
    match version(facts)? {
        (..=27, ..) => Some(false),
        (28, 0..=1, _) => None,
        _ => Some(true),
    }
}

/// Whether there are lines of the user that the daemon is to make: it takes those that are there.
fn lines_of_default(facts: &Facts) -> bool {
    facts.accounts.subids().into_iter().filter_map(Fact::value).any(|file| {
        let broken = file.broken.iter().map(|line| &line.owner);
        file.iter().map(|range| &range.owner).chain(broken).any(|owner| owner == DEFAULT_USER)
    })
}

/// Lines that are no ranges, where the daemon's release is not known, which decides whether it
/// passes over them.
fn broken_lines(facts: &Facts, who: &RemapUser, found: &mut Findings) {
    if passes_over_broken(facts).is_some()
        || !matches!(who, RemapUser::User { .. } | RemapUser::ToBeMade)
    {
        return;
    }
    for file in facts.accounts.subids() {
        let lines = file.value().into_iter().flat_map(|file| &file.broken);
        found.doubts.extend(lines.filter(|line| !line.has_fields).map(|line| {
            let what = format!(
                "{}; Docker before 28 does not start with it",
                subid::no_ranges(std::slice::from_ref(line))
            );
            Evidence::at(file, what)
        }));
    }
}

fn storage_driver(facts: &Facts, request: &RemapRequest<'_>) -> Option<Fault> {
    let config = &facts.docker.config;
    let driver = config.value()?.storage_driver.as_deref().filter(|name| is_snapshotter(name))?;
    let evidence =
        vec![request.evidence(), Evidence::at(config, format!("storage-driver {driver}"))];
    let detail = "dockerd does not start: only the containerd image store has this storage driver, \
        and that is off where the daemon remaps";
    Some(Fault { kind: FaultKind::StorageDriver, detail, evidence })
}

/// What shows that the daemon is rootless.
pub(super) fn rootless(facts: &Facts) -> Option<Evidence> {
    let docker = &facts.docker;
    if docker.info.value().is_some_and(|info| info.has("rootless")) {
        return Some(Evidence::at(&docker.info, "name=rootless"));
    }
    let of_user = docker.config.value().is_some()
        && docker.config.source.ends_with("/.config/docker/daemon.json");
    of_user.then(|| Evidence::at(&docker.config, "of a rootless daemon"))
}

/// The version of the daemon, where it said it.
fn version(facts: &Facts) -> Option<(u32, u32, u32)> {
    let text = &facts.docker.info.value()?.server_version;
    let mut numbers =
        text.split(|c: char| !c.is_ascii_digit()).map(|number| number.parse().unwrap_or(0));
    Some((numbers.next()?, numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)))
}

/// A user whose name is the number of its uid. Docker 20.10.0 to 20.10.3 took the ranges of the
/// name and those of the uid, so the same ones twice (moby `pkg/idtools`, NewIdentityMapping()),
/// and the kernel refuses a map that has an id twice.
fn numeric_name(facts: &Facts, request: &RemapRequest<'_>, who: &RemapUser, found: &mut Findings) {
    let RemapUser::User { name, uid: Some(uid) } = who else { return };
    if *name != uid.to_string() {
        return;
    }
    let shown = Evidence::at(
        &facts.accounts.users,
        format!("the user {name} is called by the number of its uid"),
    );
    match version(facts) {
        Some((20, 10, 0..=3)) => found.faults.push(Fault {
            kind: FaultKind::NumericNameDoubled,
            detail: "no container starts: the ranges of the user count twice, and the kernel \
                refuses such a map",
            evidence: vec![request.evidence(), shown],
        }),
        Some(_) => {}
        None => found.doubts.push(Evidence::new(
            shown.source,
            format!("{}; Docker 20.10.0 to 20.10.3 counts its ranges twice", shown.value),
        )),
    }
}

/// Whether the remapped root may pass through the directories above the data root, and through the
/// data root itself where the daemon runs already: it opens that when it starts (moby
/// `daemon/daemon_unix.go`, setupDaemonRoot() and canAccess()).
fn path(facts: &Facts, request: &RemapRequest<'_>, who: &RemapUser, found: &mut Findings) {
    let way = &facts.docker.data_root;
    let Some(directories) = way.value() else {
        found.doubts.extend(unseen_way(&way.source));
        return;
    };
    let info = facts.docker.info.value().filter(|info| info.has("userns"));
    // A daemon that runs says itself whom it maps root to; its accounts may be others than ours.
    let [uid, gid] = match info.and_then(DockerInfo::mapping) {
        Some((uid, gid)) => [Some(uid), Some(gid)],
        None => facts.accounts.subids().map(|file| {
            let RemapUser::User { name, uid } = who else { return None };
            let mut mine = subid::of(file.value()?, Some(name), *uid);
            u32::try_from(mine.next()?.start).ok()
        }),
    };
    for dir in directories.iter().filter(|dir| info.is_some() || !dir.is_root) {
        let closed = dir.mode & 0o001 == 0
            && !(dir.mode & 0o100 != 0 && uid == Some(dir.uid))
            && !(dir.mode & 0o010 != 0 && gid.is_some() && gid == dir.gid);
        if closed {
            found.faults.push(Fault {
                kind: FaultKind::PathNotTraversable,
                detail: "dockerd does not start, or its containers do not: the remapped root may \
                    not pass through the directory",
                evidence: vec![
                    request.evidence(),
                    Evidence::new(&dir.path, format!("mode {:04o}", dir.mode)),
                ],
            });
            return;
        }
    }
}

/// What is not known of a data root that nobody looked at. The directories of hier(7) are open to
/// everybody, but for those of users.
fn unseen_way(root: &str) -> Option<Evidence> {
    let parents: Vec<&str> =
        root.rsplit_once('/')?.0.split('/').filter(|name| !name.is_empty()).collect();
    let open = match parents.as_slice() {
        ["root", ..] => false,
        [] | [_] | ["var" | "usr" | "mnt" | "opt" | "srv" | "media", _] => true,
        _ => false,
    };
    (!open).then(|| {
        Evidence::new(root, "nobody noted down whether the remapped root may pass through to it")
    })
}

/// The containerd image store is refused beside remapping where it is asked for by name (moby,
/// since version 23).
fn containerd_store(facts: &Facts, request: &RemapRequest<'_>) -> Option<Fault> {
    let docker = &facts.docker;
    if docker.config.value()?.containerd_snapshotter != Some(true)
        || version(facts).is_some_and(|version| version < (23, 0, 0))
    {
        return None;
    }
    let evidence = vec![
        request.evidence(),
        Evidence::at(&docker.config, "features.containerd-snapshotter true"),
    ];
    let detail =
        "dockerd does not start: the containerd image store is not compatible with remapping";
    Some(Fault { kind: FaultKind::ContainerdStore, detail, evidence })
}
