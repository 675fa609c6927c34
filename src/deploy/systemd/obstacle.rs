//! What may keep a command of a service from starting (systemd.exec(5),
//! systemd.resource-control(5)).

use super::service::{self, ServiceEntries};
use super::spell::{LOGS, TUNABLES};
use crate::deploy::command::word::Argument;
use crate::deploy::place::At;
use crate::deploy::setting::{Settings, StartObstacle, Wanted};
use crate::parse::path::below;

/// A limit on a process: below the first number no program starts that is linked dynamically, from
/// the second on each does that isolates. Descriptors, bytes or seconds.
const LIMITS: &[(&str, u64, u64)] = &[
    ("LimitNOFILE", 4, 64),
    ("LimitAS", 1 << 20, 1 << 30),
    ("LimitDATA", 4097, 64 << 20),
    ("LimitSTACK", 4097, 1 << 20),
    // Seconds.
    ("LimitCPU", 0, 2),
    ("MemoryMax", 0, 64 << 20),
    ("MemoryLimit", 0, 64 << 20),
];

/// What a setting does to the paths that it names and what is below.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Does {
    /// They cannot be had.
    Hides,
    /// Others are in their place.
    Replaces,
    NoExec,
    /// It is after all.
    Exec,
}

/// Settings that name paths.
const COVERING: &[(&str, Does)] = &[
    ("InaccessiblePaths", Does::Hides),
    ("InaccessibleDirectories", Does::Hides),
    ("TemporaryFileSystem", Does::Replaces),
    ("BindPaths", Does::Replaces),
    ("BindReadOnlyPaths", Does::Replaces),
    ("MountImages", Does::Replaces),
    ("NoExecPaths", Does::NoExec),
    ("ExecPaths", Does::Exec),
];

/// Settings that stand for paths.
const HIDING: &[(&str, &[&str])] =
    &[("ProtectHome", &["/home", "/root", "/run/user"]), ("PrivateTmp", &["/tmp", "/var/tmp"])];

/// What every program needs that is linked dynamically, and starts another.
const NEEDED: &[&str] = &["/usr/bin", "/usr/lib", "/usr/lib64"];

/// Where the directories are that systemd makes.
const MADE: &[(&str, &str, &str)] = &[
    ("StateDirectory", "/var/lib", "%S"),
    ("CacheDirectory", "/var/cache", "%C"),
    ("LogsDirectory", "/var/log", "%L"),
    ("RuntimeDirectory", "/run", "%t"),
    ("ConfigurationDirectory", "/etc", "%E"),
];

/// Directories that every host has and everybody may enter.
const THERE: &str = "/ /boot /dev /dev/null /etc /home /mnt /opt /proc /root /run /srv /sys \
    /sys/fs/cgroup /tmp /usr /usr/bin /usr/lib /usr/local /usr/sbin /usr/share /var /var/cache \
    /var/lib /var/log /var/tmp";

/// Users whom every host has, by name and number.
const USERS: &str = "root bin daemon games lp mail nobody sync 0 65534";

/// Groups that every host has (systemd `sysusers.d/basic.conf`).
const GROUPS: &str = "root adm audio bin cdrom daemon dialout disk games input kmem kvm lp mail \
    render sgx systemd-journal tape tty users utmp video 0";

/// Settings whose files have to be there, unless a `-` stands before one. Each was seen to fail
/// under systemd 262 without it, behind `+` too.
const NEEDING: &[&str] = &[
    "BindPaths", "BindReadOnlyPaths", "EnvironmentFile", "ExecPaths", "InaccessibleDirectories",
    "InaccessiblePaths", "LoadCredential", "LoadCredentialEncrypted", "NoExecPaths", "OpenFile",
    "ReadOnlyDirectories", "ReadOnlyPaths", "ReadWriteDirectories", "ReadWritePaths",
    "StandardError", "StandardInput", "StandardOutput",
];

/// Settings with which only the host shows whether systemd can do as they say.
const OF_THE_HOST: &[&str] = &[
    "CPUAffinity", "ExtensionDirectories", "ExtensionImages", "IPCNamespacePath", "MountImages",
    "NUMAPolicy", "NetworkNamespacePath", "PAMName", "TTYPath", "UserNamespacePath",
];

/// What may keep a program from starting. With full privileges (`+`) nothing of the sandbox holds.
pub(super) fn of(
    given: &ServiceEntries<'_>,
    program: &Argument,
    settings: &Settings,
    privileged: bool,
) -> Vec<At<StartObstacle>> {
    let called = program.text.rsplit('/').next().unwrap_or("");
    let path = match program.text.starts_with('/') {
        true => program.text.clone(),
        false => format!("/usr/bin/{called}"),
    };
    let fatal = given.fatal().map(|at| at.map(|why| StartObstacle::new(true, why)));
    let mut all: Vec<At<StartObstacle>> = fatal.chain(limits(given)).collect();
    all.extend(directory(given, settings));
    all.extend(search_path(given));
    if !privileged {
        all.extend(covered(given, &path, settings));
        all.extend(OF_THE_HOST.iter().filter_map(|key| {
            let why = |value| format!("whether systemd can do {key}={value} hangs on the host");
            Some(given.last(key)?.map(|value| perhaps(why(value))))
        }));
        all.extend(settings.restricts.refuses_starter(called).map(|at| at.map(perhaps)));
        let why = "RestrictFileSystems= may leave out one that it needs";
        let types = given.last("RestrictFileSystems");
        all.extend(types.map(|at| at.map(|_| perhaps(why.to_owned()))));
    }
    all.extend(accounts(given));
    all.extend(missing(given, settings));
    all
}

fn perhaps(why: String) -> StartObstacle {
    StartObstacle::new(false, why)
}

fn no_file(why: String) -> StartObstacle {
    StartObstacle { is_sure: false, why, wants: Some(Wanted::File) }
}

/// Who may be no account of the host; who is dynamic is made.
fn accounts(given: &ServiceEntries<'_>) -> Vec<At<StartObstacle>> {
    if given.on("DynamicUser").is_some() {
        return vec![];
    }
    type Of = fn(String) -> Wanted;
    let keys: [(&str, &str, Of); 3] = [
        ("User", USERS, Wanted::User),
        ("Group", GROUPS, Wanted::Group),
        ("SupplementaryGroups", GROUPS, Wanted::Group),
    ];
    let mut all = vec![];
    for (key, known, of) in keys {
        let words = given.words(key);
        let single = key != "SupplementaryGroups";
        for At { value: name, place } in words.into_iter().rev().take(if single { 1 } else { 64 }) {
            // What is filled in is a doubt already.
            if !name.contains('%') && !known.split(' ').any(|one| one == name) {
                let why = format!("{key}={name}: the host may have no such account");
                let wants = Some(of(name));
                all.push(At::new(StartObstacle { is_sure: false, why, wants }, place));
            }
        }
    }
    all
}

/// The first file that nobody says is there, and that has to be.
fn missing(given: &ServiceEntries<'_>, settings: &Settings) -> Option<At<StartObstacle>> {
    NEEDING.iter().find_map(|key| {
        let stream = key.starts_with("Standard");
        // Of a stream the last one counts, of which no other word is a part.
        let words = match stream {
            true => given.last(key).map(|at| at.map(str::to_owned)).into_iter().collect(),
            false => given.words(key),
        };
        words.into_iter().find_map(|At { value: word, place }| {
            let bare = word.trim_start_matches(['-', '+']);
            let optional = word.get(..word.len() - bare.len()).is_some_and(|m| m.contains('-'));
            let (first, second) = bare.split_once(':').unwrap_or((bare, ""));
            let path = match (stream, *key) {
                (true, "StandardInput") | (_, "LoadCredential" | "LoadCredentialEncrypted") => {
                    second
                }
                // It is made, its directory is not.
                (true, _) => second.rsplit_once('/').map_or("", |(directory, _)| directory),
                _ => first,
            };
            let graceful = *key == "OpenFile" && second.split(&[':', ',']).any(|o| o == "graceful");
            let path = path.trim_end_matches('/');
            let needed = path.starts_with(['/', '%']) && !optional && !graceful;
            (needed && !is_there(path, given, settings))
                .then(|| At::new(no_file(format!("{key}={word}: {path} may not be there")), place))
        })
    })
}

/// Whether a path is there: on every host, by the unit itself, or where the command is.
fn is_there(path: &str, given: &ServiceEntries<'_>, settings: &Settings) -> bool {
    let path = &*resolved(path);
    let made = || {
        MADE.iter().any(|(key, base, specifier)| {
            given.words(key).iter().any(|name| {
                let name = name.value.split(':').next().unwrap_or("");
                [base, specifier]
                    .iter()
                    .any(|base| below(&format!("{base}/{name}"), path).is_some())
            })
        })
    };
    let of_kernel = || TUNABLES.iter().chain(LOGS).any(|known| below(path, known).is_some());
    let word = |word: &At<String>| below(&resolved(&word.value), path).is_some();
    THERE.split(' ').any(|there| there == path)
        || of_kernel()
        || settings.command.iter().any(word)
        || made()
}

/// The limits that are too low, or may be.
fn limits<'g>(given: &'g ServiceEntries<'_>) -> impl Iterator<Item = At<StartObstacle>> + 'g {
    LIMITS.iter().filter_map(|(key, least, enough)| {
        let at = given.last(key)?;
        // The soft limit.
        let limit = number(at.value.split(':').next()?).filter(|limit| limit < enough)?;
        let is_sure = limit < *least;
        let does = if is_sure { "no program starts" } else { "a program may not start" };
        let why = format!("with {key}={} {does}", at.value);
        Some(At::new(StartObstacle::new(is_sure, why), at.place))
    })
}

/// A number of bytes or of something else (`parse_size`).
fn number(text: &str) -> Option<u64> {
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let shift = match text.get(digits.len()..)?.trim() {
        "" | "B" => 0,
        "K" => 10,
        "M" => 20,
        "G" => 30,
        "T" => 40,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(1 << shift)
}

/// A path without the links that lead to /usr.
fn resolved(path: &str) -> String {
    let first = path.split('/').nth(1).unwrap_or("");
    let linked = first.starts_with("lib") || ["bin", "sbin"].contains(&first);
    if linked { format!("/usr{path}") } else { path.to_owned() }
}

/// Where programs are looked for, if that is no directory that every host has them in.
fn search_path(given: &ServiceEntries<'_>) -> Option<At<StartObstacle>> {
    let path =
        |word: At<String>| Some(At::new(word.value.strip_prefix("PATH=")?.into(), word.place));
    let of_service = given.words("ExecSearchPath").into_iter().next_back();
    let all = given.words("Environment").into_iter().filter_map(path).chain(of_service);
    let has = |path: &str| path.split(':').any(|one| ["/bin", "/usr/bin"].contains(&one));
    let at = all.last().filter(|at: &At<String>| !has(&at.value))?;
    Some(at.map(|path| perhaps(format!("programs are looked for in {path}, and may not be there"))))
}

/// What covers the program, those that it starts, or what it needs.
fn covered(
    given: &ServiceEntries<'_>,
    program: &str,
    settings: &Settings,
) -> Option<At<StartObstacle>> {
    let mut rules: Vec<(&str, Does, At<String>)> = vec![];
    for (key, does) in COVERING {
        let targets = given.targets(key).into_iter();
        rules.extend(targets.map(|at| (*key, *does, at.map(|path| resolved(&path)))));
    }
    for (key, paths) in HIDING {
        let at = given.last(key).filter(|at| {
            service::truth(at.value) == Some(true) || ["tmpfs", "disconnected"].contains(&at.value)
        });
        let paths = at.into_iter().flat_map(|at| paths.iter().map(move |p| (at.place, *p)));
        rules.extend(paths.map(|(place, p)| (*key, Does::Hides, At::new(p.to_owned(), place))));
    }
    let program = resolved(program);
    let words = settings.command.iter().flat_map(|word| super::words(&word.value));
    let started: Vec<String> = words
        .map(|word| if word.starts_with('/') { resolved(word) } else { format!("/usr/bin/{word}") })
        .collect();
    let paths = std::iter::once(program.as_str()).chain(NEEDED.iter().copied());
    let paths = paths.chain(started.iter().map(String::as_str));
    let found = |path: &str| {
        let longest = |does: Does| {
            let over =
                rules.iter().filter(|rule| rule.1 == does && below(path, &rule.2.value).is_some());
            over.max_by_key(|rule| rule.2.value.len())
        };
        let length = |does| longest(does).map(|rule| rule.2.value.len());
        let no_exec = longest(Does::NoExec)
            .filter(|rule| length(Does::Exec).is_none_or(|length| length <= rule.2.value.len()));
        let refusing = longest(Does::Hides).or(no_exec);
        let (key, _, at) = refusing.or(longest(Does::Replaces))?;
        let is_sure = path == program
            && refusing.is_some()
            && longest(Does::Replaces).is_none()
            && longest(Does::Exec).is_none();
        let may = if is_sure { "is not" } else { "may not be" };
        let target = if at.value.is_empty() { "/" } else { &at.value };
        let why = format!("{key}= covers {target}, so {path} {may} there to be executed");
        Some(At::new(StartObstacle::new(is_sure, why), at.place))
    };
    paths.filter_map(found).max_by_key(|at| at.value.is_sure)
}

/// The working directory, where nobody says that it is there.
fn directory(given: &ServiceEntries<'_>, settings: &Settings) -> Option<At<StartObstacle>> {
    let at = given.last("WorkingDirectory")?;
    let path = at.value.trim_end_matches('/');
    let of_root = ["~", "/root"].contains(&path) && settings.is_root();
    let is_there = path.is_empty() || of_root || path != "/root" && is_there(path, given, settings);
    (!is_there && !path.starts_with('-')).then(|| {
        at.map(|value| no_file(format!("WorkingDirectory={value} may not be there, or not for it")))
    })
}
