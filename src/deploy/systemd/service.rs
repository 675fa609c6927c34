//! What a unit and its drop-ins set for the processes of the service (systemd.exec(5)).

use std::collections::{BTreeSet, HashMap};

use super::SERVICE;
use super::filter::{ALL_KINDS, CallFilter, SETHOSTNAME};
use super::keys;
use super::spell::{LOGS, TUNABLES};
use super::unit::{Splitting, UnitEntry, UnitFile, UnitWord};
use super::values;
use crate::deploy::command::script::Script;
use crate::deploy::defaults::{CAPABILITIES, capability};
use crate::deploy::mounts::MountSource;
use crate::deploy::place::{At, Index, Place};
use crate::deploy::setting::{Label, Profile, Setting, Settings, User, Userns};
use crate::errno::Errno;
use crate::facts::Caps;
use crate::findings::{Finding, catalogue};
use crate::plan::{Namespaces, SocketFamily};

/// A unit file or a drop-in.
pub(super) struct UnitPart<'a> {
    /// What it says.
    pub unit: UnitFile,
    /// Places in it.
    pub index: Index<'a>,
    pub whole: Script,
}

impl<'a> UnitPart<'a> {
    pub(super) fn new(unit: UnitFile, index: Index<'a>, text: &str) -> Self {
        Self { unit, index, whole: Script::whole(text, 0) }
    }
}

/// The settings that have systemd 252 set no_new_privs for a user without CAP_SYS_ADMIN, so that
/// the filters can be installed; 262 installs them before it lets go of its capabilities.
const FILTERING: &[&str] = &[
    "LockPersonality", "MemoryDenyWriteExecute", "PrivateDevices", "ProtectClock",
    "ProtectHostname", "ProtectKernelLogs", "ProtectKernelModules", "ProtectKernelTunables",
    "RestrictAddressFamilies", "RestrictNamespaces", "RestrictRealtime", "RestrictSUIDSGID",
    "SystemCallArchitectures", "SystemCallFilter", "SystemCallLog",
];

/// The settings that take capabilities away by the way.
const DROPPING: &[(&str, &[&str])] = &[
    ("PrivateDevices", &["MKNOD", "SYS_RAWIO"]),
    ("ProtectClock", &["SYS_TIME", "WAKE_ALARM"]),
    ("ProtectKernelLogs", &["SYSLOG"]),
    ("ProtectKernelModules", &["SYS_MODULE"]),
];

/// Those that mount something over the paths that they name.
const MOUNTING: &[&str] = &[
    "InaccessiblePaths", "ReadOnlyPaths", "InaccessibleDirectories", "ReadOnlyDirectories",
    "ReadWritePaths", "ReadWriteDirectories", "ExecPaths", "NoExecPaths", "BindPaths",
    "BindReadOnlyPaths", "MountImages", "TemporaryFileSystem",
];

/// A truth value as systemd reads it (`parse_boolean`).
pub(super) fn truth(text: &str) -> Option<bool> {
    let is = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    match () {
        () if is(&["1", "yes", "y", "true", "t", "on"]) => Some(true),
        () if is(&["0", "no", "n", "false", "f", "off"]) => Some(false),
        () => None,
    }
}

/// The assignments of a service, the drop-ins' behind those of the unit.
pub(super) struct ServiceEntries<'a> {
    /// By key: a unit may have thousands, and each command asks for many keys.
    entries: HashMap<&'a str, Vec<(&'a UnitEntry, &'a Index<'a>)>>,
    /// The values that systemd does not understand, in order, and whether each keeps it from
    /// loading the unit.
    not_understood: Vec<(bool, At<String>)>,
}

/// The keys of a unit's file that systemd passes over, where it is plain what is meant.
pub(super) fn passed_over(part: &UnitPart<'_>) -> Vec<Finding> {
    let misspelt = part.unit.entries(SERVICE).filter_map(|entry| {
        let meant = keys::meant(&entry.key.text)?;
        Some((entry, format!("systemd knows no {}: {meant} is meant", entry.key.text)))
    });
    let elsewhere = ["Unit", "Install"].into_iter().flat_map(|section| {
        let entries = part.unit.entries(section);
        let misplaced = entries.filter(|entry| keys::is_of_service(&entry.key.text));
        misplaced.map(move |entry| {
            let key = &entry.key.text;
            (entry, format!("systemd passes over {key} in [{section}]: it belongs into [Service]"))
        })
    });
    let detail = "The line has no effect, and is judged as if it were not there. \
        `systemd-analyze verify` says the same.";
    let of_others = part.unit.entries(SERVICE).filter_map(|entry| {
        let key = &entry.key.text;
        let section = keys::section_of(key)?;
        Some((
            entry,
            format!("systemd passes over {key} in [Service]: it belongs into [{section}]"),
        ))
    });
    let found = |(entry, title): (&UnitEntry, String)| {
        catalogue::UNIT_KEY_UNKNOWN.at(place(entry, &part.index), title, detail)
    };
    misspelt.chain(of_others).chain(elsewhere).map(found).collect()
}

impl<'a> ServiceEntries<'a> {
    /// Those of the files of a unit.
    pub(super) fn new(parts: &'a [UnitPart<'_>]) -> Self {
        let mut entries: HashMap<&str, Vec<_>> = HashMap::new();
        for part in parts {
            for entry in part.unit.entries(SERVICE) {
                entries.entry(&entry.key.text).or_default().push((entry, &part.index));
            }
        }
        let mut given = Self { entries, not_understood: vec![] };
        given.not_understood = given.find_not_understood();
        given
    }

    fn of(&self, key: &str) -> impl Iterator<Item = (&'a UnitEntry, At<&'a str>)> {
        let all = self.entries.get(key).into_iter().flatten();
        all.map(|(entry, index)| (*entry, At::new(entry.value.text.trim(), place(entry, index))))
    }

    /// The words of a list; an empty assignment takes back those before it.
    pub(super) fn words(&self, key: &str) -> Vec<At<String>> {
        let mut all = vec![];
        for (entry, at) in self.of(key) {
            if at.value.is_empty() {
                all.clear();
            }
            let words = entry.words(Splitting::Command).unwrap_or_default();
            all.extend(words.into_iter().map(|word| At::new(word.text, at.place)));
        }
        all
    }

    /// The variables that the unit itself sets.
    pub(super) fn environment(&self) -> Vec<(At<String>, Option<String>)> {
        let variable = |At { value, place }: At<String>| {
            let (name, value) = value.split_once('=')?;
            Some((At::new(name.to_owned(), place), Some(value.to_owned())))
        };
        self.words("Environment").into_iter().filter_map(variable).collect()
    }

    /// Where the paths of a list end up.
    pub(super) fn targets(&self, key: &str) -> Vec<At<String>> {
        // SOURCE:TARGET:OPTIONS.
        let second = ["BindPaths", "BindReadOnlyPaths", "MountImages"].contains(&key);
        let target = |word: At<String>| {
            word.map(|text| {
                let mut parts = text.trim_start_matches(['-', '+']).split(':');
                let first = parts.next().unwrap_or("");
                let target = parts.next().filter(|_| second).unwrap_or(first);
                target.trim_end_matches('/').to_owned()
            })
        };
        self.words(key).into_iter().map(target).collect()
    }

    /// The last value of a key that systemd understands; an empty one is none.
    pub(super) fn last(&self, key: &str) -> Option<At<&'a str>> {
        let understood = self.of(key).map(|(_, at)| at);
        let understood = understood
            .filter(|at| values::not_understood(key, at.value).is_none_or(|not| not.is_fatal));
        understood.last().filter(|at| !at.value.is_empty())
    }

    fn find_not_understood(&self) -> Vec<(bool, At<String>)> {
        let all = values::keys().flat_map(|key| self.of(key).map(move |(_, at)| (key, at)));
        let not = |(key, at): (&str, At<&str>)| {
            let not = values::not_understood(key, at.value)?;
            let does = if not.is_fatal { "loads no unit with" } else { "leaves out" };
            let why = format!("systemd {does} {key}={}: it expects {}", at.value, not.expected);
            Some((not.is_fatal, At::new(why, at.place)))
        };
        let mut all: Vec<_> = all.filter_map(not).collect();
        all.sort_by_key(|(_, at)| (at.place.file, at.place.start));
        all
    }

    /// What keeps systemd from loading the unit.
    pub(super) fn fatal(&self) -> impl Iterator<Item = At<String>> {
        self.not_understood.iter().filter(|(fatal, _)| *fatal).map(|(_, at)| at.clone())
    }

    /// What the unit says in vain.
    pub(super) fn left_out(&self) -> impl Iterator<Item = Finding> {
        let all = self.not_understood.iter().filter(|(fatal, _)| !fatal).cloned();
        let detail = "what was set before, or the default, stays in force: correct the value. \
            `systemd-analyze verify` says the same";
        all.map(move |(_, At { value, place })| {
            catalogue::UNIT_VALUE_LEFT_OUT.at(place, value, detail)
        })
    }

    /// A switch; what is no truth value leaves it as it was.
    fn switch(&self, key: &str) -> Option<At<bool>> {
        self.of(key).filter_map(|(_, at)| Some(At::new(truth(at.value)?, at.place))).last()
    }

    /// Where a switch is on.
    pub(super) fn on(&self, key: &str) -> Option<Place> {
        self.switch(key).filter(|at| at.value).map(|at| at.place)
    }

    /// Whether a setting is there that is not off.
    fn is_set(&self, key: &str) -> bool {
        self.last(key).is_some_and(|at| truth(at.value) != Some(false))
    }

    /// A set of capabilities, from what it is where nothing is said
    /// (`config_parse_capability_set`).
    fn capabilities(&self, key: &str, initial: u64) -> Option<At<u64>> {
        let mut set = None;
        for (entry, at) in self.of(key) {
            let (names, inverted) = names(entry);
            let bits = names.iter().filter_map(|name| capability(name));
            let sum = bits.fold(0, |bits, bit| bits | 1 << bit);
            let now = set.as_ref().map_or(initial, |at: &At<u64>| at.value);
            let new = match inverted {
                _ if sum == 0 || now == initial => {
                    if inverted {
                        Caps::ALL.0 & !sum
                    } else {
                        sum
                    }
                }
                true => now & !sum,
                false => now | sum,
            };
            set = Some(At::new(new, at.place));
        }
        set
    }

    /// `RestrictNamespaces=` (`config_parse_namespace_flags`).
    fn namespaces(&self) -> Option<At<u64>> {
        let mut allowed: Option<At<u64>> = None;
        for (entry, at) in self.of("RestrictNamespaces") {
            let (names, inverted) = bare_names(entry);
            let kind = |name: &String| Namespaces::KINDS.iter().find(|(_, known)| known == name);
            // A line with a word that systemd does not know is left out as a whole.
            if truth(at.value).is_none() && names.iter().any(|name| kind(name).is_none()) {
                continue;
            }
            let kinds = names.iter().filter_map(kind).fold(0, |all, (bit, _)| all | bit);
            let before = allowed.take().map(|at| at.value);
            let now = match (truth(at.value), before) {
                _ if at.value.is_empty() => None,
                (Some(on), _) => (on).then_some(0),
                (None, None) => Some(if inverted { ALL_KINDS & !kinds } else { kinds }),
                (None, Some(before)) if inverted => Some(before & !kinds),
                (None, Some(before)) => Some(before | kinds),
            };
            allowed = now.map(|now| At::new(now, at.place));
        }
        allowed.filter(|at| at.value != ALL_KINDS)
    }

    /// `SystemCallFilter=` (`config_parse_syscall_filter`).
    fn calls(&self) -> Option<At<CallFilter>> {
        let errno = self.last("SystemCallErrorNumber").filter(|at| at.value != "kill");
        let errno = errno.map(|at| {
            let number = at.value.parse().map(Errno::from_raw);
            Errno::from_name(at.value).or(number.ok()).unwrap_or(Errno::EOTHER)
        });
        let mut filter: Option<At<CallFilter>> = None;
        for (entry, at) in self.of("SystemCallFilter") {
            if at.value.is_empty() {
                filter = None;
                continue;
            }
            let (names, inverted) = bare_names(entry);
            let begin = || At::new(CallFilter::begin(!inverted, errno), at.place);
            let now = filter.get_or_insert_with(begin);
            names.iter().for_each(|name| now.value.name(name, inverted));
            now.place = at.place;
        }
        filter
    }

    /// The families of sockets that are left (`RestrictAddressFamilies=`).
    fn families(&self) -> Option<At<Vec<SocketFamily>>> {
        let mut families: Option<(bool, BTreeSet<String>, Place)> = None;
        for (entry, at) in self.of("RestrictAddressFamilies") {
            let (names, inverted) = names(entry);
            families = match (at.value, families.take()) {
                ("", _) => None,
                ("none", _) => Some((true, BTreeSet::new(), at.place)),
                (_, known) => {
                    let (allows, mut set, _) =
                        known.unwrap_or((!inverted, BTreeSet::new(), at.place));
                    for name in names {
                        if inverted == allows {
                            set.remove(&name)
                        } else {
                            set.insert(name)
                        };
                    }
                    Some((allows, set, at.place))
                }
            };
        }
        let left = |(allows, set, place): (bool, BTreeSet<String>, _)| {
            let left = |family: &SocketFamily| set.contains(family.name()) == allows;
            At::new(SocketFamily::ALL.into_iter().filter(left).collect(), place)
        };
        families.map(left)
    }
}

/// Where an assignment stands.
fn place(entry: &UnitEntry, index: &Index<'_>) -> Place {
    index.of_file(entry.key.range.start..entry.range.end)
}

/// The names in a list, and whether it is one of what is left out.
fn names(entry: &UnitEntry) -> (Vec<String>, bool) {
    let words = entry.words(Splitting::Names).unwrap_or_default();
    let inverted = entry.value.text.starts_with('~');
    let bare = |(at, word): (usize, UnitWord)| match at {
        0 => word.text.trim_start_matches('~').to_owned(),
        _ => word.text,
    };
    let names = words.into_iter().enumerate().map(bare).filter(|name| !name.is_empty());
    (names.collect(), inverted)
}

/// The same where quotes are a part of the names (systemd `src/shared/nsflags.c`, and
/// `config_parse_syscall_filter`).
fn bare_names(entry: &UnitEntry) -> (Vec<String>, bool) {
    let text = entry.value.text.trim();
    let names = text.strip_prefix('~').unwrap_or(text).split_whitespace().map(str::to_owned);
    (names.collect(), text.starts_with('~'))
}

/// What the files of a unit set for its processes.
pub(super) fn settings(given: &ServiceEntries<'_>) -> Settings {
    let mut settings = Settings::default();
    user(given, &mut settings);
    capabilities(given, &mut settings);
    filters(given, &mut settings);
    mounts(given, &mut settings);
    let number = |at: At<&str>| {
        // The soft limit.
        let soft = at.value.split(':').next()?.parse().ok()?;
        Some(At::new(soft, at.place))
    };
    settings.nproc = given.last("LimitNPROC").and_then(number);
    // Zero is out of range and counts for nothing.
    settings.pids_limit = given.last("TasksMax").and_then(number).filter(|at| at.value > 0);
    // A `-` says that a profile that is not there is no mistake.
    settings.apparmor = given.last("AppArmorProfile").map(|at| {
        at.map(|name| match name.trim_start_matches('-') {
            "unconfined" => Profile::Unconfined,
            name => Profile::Named(name.to_owned(), None),
        })
    });
    settings.selinux = given.last("SELinuxContext").and_then(|at| {
        let kind = at.value.split(':').nth(2)?.to_owned();
        Some(At::new(Label::Type(kind), at.place))
    });
    settings
}

/// `User=`, `DynamicUser=`, `PrivateUsers=`, and whether setuid programs gain anything.
fn user(given: &ServiceEntries<'_>, settings: &mut Settings) {
    let dynamic = given.on("DynamicUser");
    let named = given.last("User");
    settings.user = match (&named, dynamic) {
        (Some(at), _) => {
            let user = match (at.value, at.value.parse()) {
                ("root", _) => User::Ids { uid: 0, gid: None },
                (_, Ok(uid)) => User::Ids { uid, gid: Some(uid) },
                (name, Err(_)) => User::Named(name.to_owned()),
            };
            Some(At::new(user, at.place))
        }
        // Of the range of such users (systemd.io, "Users, Groups, UIDs and GIDs on systemd
        // Systems").
        (None, Some(place)) => Some(At::new(User::Ids { uid: 61_184, gid: Some(61_184) }, place)),
        (None, None) => None,
    };
    if let Some(at) = named.filter(|at| at.value.contains('%')) {
        let why = format!("User={}: the unit's name or its manager decides", at.value);
        settings.leave_open(Setting::User, at.place, why);
    }
    let private = given.last("PrivateUsers").filter(|at| truth(at.value) != Some(false));
    settings.userns = private.map(|at| {
        let which = if truth(at.value) == Some(true) { "self" } else { at.value };
        At::new(Userns::Other(which.to_owned()), at.place)
    });
    if let Some(at) = &settings.userns
        && let Userns::Other(which) = &at.value
        && !["self", "identity", "full"].contains(&which.as_str())
    {
        let (why, place) = (format!("PrivateUsers={which} is not known here"), at.place);
        settings.leave_open(Setting::Userns, place, why);
    }
    // Who is dynamic cannot have it otherwise.
    let of_dynamic = dynamic.map(|place| At::new(true, place));
    settings.no_new_privs = of_dynamic.or_else(|| given.switch("NoNewPrivileges"));
    let sure = settings.no_new_privs.as_ref().is_some_and(|at| at.value);
    if let Some(key) = FILTERING.iter().find(|key| given.is_set(key))
        && let Some(at) = given.last(key).filter(|_| !sure && !settings.is_root())
    {
        let why = format!(
            "older versions of systemd (252) set no_new_privs for {key}= where User= is set, \
             newer ones (262) do not"
        );
        settings.leave_open(Setting::NoNewPrivs, at.place, why);
    }
}

/// What is dropped of the bounding set, and what is ambient.
fn capabilities(given: &ServiceEntries<'_>, settings: &mut Settings) {
    let has = |set: u64, name: &&&str| capability(name).is_some_and(|bit| set >> bit & 1 == 1);
    let name = |name: &&str, place| At::new((*name).to_owned(), place);
    if let Some(At { value: set, place }) = given.capabilities("CapabilityBoundingSet", Caps::ALL.0)
    {
        let gone = CAPABILITIES.iter().filter(|name| !has(set, name));
        settings.cap_drop = gone.map(|gone| name(gone, place)).collect();
    }
    for (key, names) in DROPPING {
        let place = given.on(key);
        settings.cap_drop.extend(
            place.into_iter().flat_map(|place| names.iter().map(move |gone| name(gone, place))),
        );
    }
    if let Some(At { value: set, place }) = given.capabilities("AmbientCapabilities", 0) {
        let ambient = CAPABILITIES.iter().filter(|name| has(set, name));
        settings.cap_add = ambient.map(|ambient| name(ambient, place)).collect();
    }
    let noroot = |at: &At<&str>| at.value.split_whitespace().any(|bit| bit.starts_with("noroot"));
    if let Some(at) = given.last("SecureBits").filter(noroot) {
        let why = "SecureBits= takes from root that it is special";
        settings.leave_open(Setting::Capabilities, at.place, why);
    }
}

fn filters(given: &ServiceEntries<'_>, settings: &mut Settings) {
    let restricts = &mut settings.restricts;
    restricts.namespaces = given.namespaces();
    restricts.calls = given.calls();
    restricts.families = given.families();
    // Behind openat2(2) no filter sees the mode of a file.
    let no_modes = given.on("RestrictSUIDSGID").or_else(|| given.on("DynamicUser"));
    let others = [
        (given.on("ProtectHostname"), (SETHOSTNAME, Errno::EPERM, "ProtectHostname=")),
        (no_modes, ("openat2", Errno::ENOSYS, "RestrictSUIDSGID= (or DynamicUser=)")),
    ];
    let others = others.into_iter().filter_map(|(place, other)| Some(At::new(other, place?)));
    restricts.others = others.collect();
    let native = |at: &At<&str>| {
        at.value
            .split_whitespace()
            .any(|name| name == "native" || name.replace('-', "_") == "x86_64")
    };
    if let Some(at) = given.last("SystemCallArchitectures").filter(|at| !native(at)) {
        let why = format!("SystemCallArchitectures={} may not be the machine's own", at.value);
        settings.leave_open(Setting::Seccomp, at.place, why);
    }
}

/// What is mounted over /proc, and over everything.
fn mounts(given: &ServiceEntries<'_>, settings: &mut Settings) {
    for (key, paths) in [("ProtectKernelTunables", TUNABLES), ("ProtectKernelLogs", LOGS)] {
        let place = given.on(key);
        settings.masked.extend(
            place.into_iter().flat_map(|at| paths.iter().map(move |path| At::new(*path, at))),
        );
    }
    settings.only_processes =
        given.last("ProcSubset").filter(|at| at.value == "pid").map(|at| At::new(true, at.place));
    for key in MOUNTING {
        let paths = given.targets(key);
        let whole = paths.iter().find(|at| ["", "/proc"].contains(&at.value.as_str()));
        match whole {
            Some(at) if key.starts_with("ReadOnly") => {
                settings.read_only = Some(At::new(true, at.place));
            }
            // The longer path counts.
            Some(at) if key.starts_with("ReadWrite") => {
                settings.read_only.take_if(|_| at.value == "/proc");
            }
            Some(_) if key.ends_with("ExecPaths") => {}
            Some(at) => {
                let why = format!("{key}= covers /proc itself");
                settings.leave_open(Setting::Runtime, at.place, why);
            }
            None => {}
        }
        for at in paths.into_iter().filter(|at| at.value != "/proc") {
            settings.mounts(&at.value, MountSource::Other, false, at.place);
        }
    }
    let root = |key: &&str| given.last(key).filter(|at| at.value != "/");
    let keys = ["RootDirectory", "RootImage", "RootDirectoryFileDescriptor", "RootMStack"];
    if let Some(at) = keys.iter().find_map(root) {
        let why = "what is in the service's own root directory is not known";
        settings.leave_open(Setting::Runtime, at.place, why);
    }
    if let Some(place) = given.on("PrivatePIDs") {
        settings.host_pid = Some(At::new(false, place));
    }
}
