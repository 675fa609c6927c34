//! The values that systemd understands (systemd `src/core/load-fragment.c`, up to release 259, and
//! `systemd-analyze verify` of 252). It leaves out any other, and goes on with what was set before;
//! a few keep it from loading the unit.

use super::service::truth;
use crate::plan::Namespaces;

/// What a key takes.
enum UnitValue {
    /// A truth value, or one of these words; what begins with one and a colon, too.
    Truth(&'static [&'static str]),
    /// One of these words.
    Word(&'static [&'static str]),
    /// A number, or a soft and a hard one.
    Limit,
    /// A number of tasks, or a part of what the machine can have.
    Tasks,
    /// The name of a user or a group, or a number.
    Account,
    /// An absolute path.
    Path,
    /// A truth value, or kinds of namespaces, also inverted (`~`).
    Kinds,
}
use UnitValue::{Account, Kinds, Limit, Path, Tasks, Truth, Word};

/// The keys, what they take, and whether systemd loads no unit with anything else.
const VALUES: &[(&str, UnitValue, bool)] = &[
    ("DynamicUser", Truth(&[]), true),
    ("Group", Account, true),
    ("KeyringMode", Word(&["inherit", "private", "shared"]), false),
    ("LimitNOFILE", Limit, false),
    ("LimitNPROC", Limit, false),
    ("LockPersonality", Truth(&[]), false),
    ("MemoryDenyWriteExecute", Truth(&[]), false),
    ("MountAPIVFS", Truth(&[]), false),
    ("NoNewPrivileges", Truth(&[]), false),
    ("PrivateDevices", Truth(&[]), false),
    ("PrivateIPC", Truth(&[]), false),
    ("PrivateMounts", Truth(&[]), false),
    ("PrivateNetwork", Truth(&[]), false),
    ("PrivatePIDs", Truth(&[]), false),
    ("PrivateTmp", Truth(&["disconnected"]), false),
    ("PrivateUsers", Truth(&["full", "identity", "managed", "self"]), false),
    ("ProcSubset", Word(&["all", "pid"]), false),
    ("ProtectClock", Truth(&[]), false),
    ("ProtectControlGroups", Truth(&["private", "strict"]), false),
    ("ProtectHome", Truth(&["read-only", "tmpfs"]), false),
    ("ProtectHostname", Truth(&["private"]), false),
    ("ProtectKernelLogs", Truth(&[]), false),
    ("ProtectKernelModules", Truth(&[]), false),
    ("ProtectKernelTunables", Truth(&[]), false),
    ("ProtectProc", Word(&["default", "invisible", "noaccess", "ptraceable"]), false),
    ("ProtectSystem", Truth(&["full", "strict"]), false),
    ("RestrictNamespaces", Kinds, false),
    ("RestrictRealtime", Truth(&[]), false),
    ("RestrictSUIDSGID", Truth(&[]), false),
    ("RootDirectory", Path, true),
    ("RootImage", Path, true),
    ("TasksMax", Tasks, false),
    ("User", Account, true),
];

/// The keys of which the values are known.
pub(super) fn keys() -> impl Iterator<Item = &'static str> {
    VALUES.iter().map(|(key, ..)| *key)
}

/// A value that systemd does not understand.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NotUnderstood {
    /// What it expects.
    pub expected: String,
    /// Whether it does not load the unit.
    pub is_fatal: bool,
}

/// Why a value counts for nothing. An empty one resets the key, and a specifier may stand for
/// anything.
pub(super) fn not_understood(key: &str, value: &str) -> Option<NotUnderstood> {
    let (_, takes, is_fatal) = VALUES.iter().find(|(known, ..)| *known == key)?;
    let specifier = matches!(takes, Account | Path) && value.contains('%');
    let known = value.is_empty() || specifier || takes.has(value);
    let not = || NotUnderstood { expected: takes.called(), is_fatal: *is_fatal };
    (!known).then(not)
}

impl UnitValue {
    fn has(&self, value: &str) -> bool {
        match self {
            Truth(words) => {
                let first = value.split(':').next().unwrap_or(value);
                truth(value).is_some() || words.contains(&first)
            }
            Word(words) => words.contains(&value),
            Limit => is_limit(value),
            Tasks => match value.strip_suffix('%') {
                Some(part) => part.parse::<f64>().is_ok_and(|part| (0.0..=100.0).contains(&part)),
                None => value == "infinity" || number(value).is_some_and(|tasks| tasks > 0),
            },
            Account => is_account(value),
            Path => value.starts_with('/'),
            Kinds => {
                let names = value.trim_start_matches('~').split_ascii_whitespace();
                let mut bare = names.map(|name| name.trim_matches(['"', '\'']));
                truth(value).is_some() || bare.all(|name| kinds().any(|known| known == name))
            }
        }
    }

    fn called(&self) -> String {
        match self {
            Truth([]) => "yes or no".into(),
            Truth(words) => format!("yes, no, {}", words.join(", ")),
            Word(words) => words.join(", "),
            Limit => {
                "a number, or SOFT:HARD with a soft limit that is not above the hard one".into()
            }
            Tasks => "a number, a percentage or infinity".into(),
            Account => "a name without `/` and `:`, or a number".into(),
            Path => "an absolute path".into(),
            Kinds => {
                let names: Vec<&str> = kinds().collect();
                format!("yes, no, or kinds of namespaces: {}", names.join(", "))
            }
        }
    }
}

/// What systemd calls the kinds of namespaces.
fn kinds() -> impl Iterator<Item = &'static str> {
    Namespaces::KINDS.iter().map(|(_, name)| *name)
}

/// As Go and C do, with a base before it.
fn number(text: &str) -> Option<u64> {
    match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.trim_start_matches('+').parse().ok(),
    }
}

/// `rlimit_parse` of systemd `src/basic/rlimit-util.c`.
fn is_limit(value: &str) -> bool {
    let one = |text: &str| if text == "infinity" { Some(u64::MAX) } else { number(text) };
    match value.split_once(':') {
        None => one(value).is_some(),
        Some((soft, hard)) => one(soft).zip(one(hard)).is_some_and(|(soft, hard)| soft <= hard),
    }
}

/// `valid_user_group_name` of systemd `src/basic/user-util.c`, with the flags RELAX and
/// ALLOW_NUMERIC.
fn is_account(value: &str) -> bool {
    let digits = value.trim_start_matches('-');
    if digits.bytes().all(|b| b.is_ascii_digit()) {
        // The two that stand for nobody.
        return value.parse::<u32>().is_ok_and(|id| ![u32::from(u16::MAX), u32::MAX].contains(&id));
    }
    !value.contains([':', '/']) && ![".", ".."].contains(&value)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `systemd-analyze verify` of systemd 252 said, and newer words.
    #[test]
    fn what_systemd_understands() {
        for (key, taken, refused) in [
            (
                "PrivateUsers",
                &["yes", "y", "T", "off", "self", ""][..],
                &["yess", "yes # x", "'yes'"][..],
            ),
            ("NoNewPrivileges", &["1", "TRUE"], &["maybe", "\"yes\"", "2"]),
            ("ProtectHostname", &["no", "private:x"], &["foo"]),
            ("ProcSubset", &["pid", "all"], &["pids", "yes"]),
            ("ProtectProc", &["invisible"], &["foo"]),
            ("ProtectSystem", &["strict", "no"], &["foo"]),
            (
                "LimitNPROC",
                &["5", "5:10", "infinity", "0x10", "5:infinity"],
                &["a", "-1", "1k", "10:5", "5 # x", "5:", "infinity:5"],
            ),
            ("TasksMax", &["5", "10%", "10.5%", "infinity"], &["0", "abc", "200%", "5k"]),
            (
                "User",
                &["app", "a b", "1000", "%i", "\"app\""],
                &["1:2", "-1", "4294967295", "65535", "app/x"],
            ),
            ("RootDirectory", &["/x", "%t/x"], &["rel"]),
            (
                "RestrictNamespaces",
                &["yes", "user pid", "~user mnt", "\"user\" mnt", "~", ""],
                &["usr", "user, pid", "~foo"],
            ),
            ("ExecStart", &["anything"], &[]),
        ] {
            assert!(taken.iter().all(|value| not_understood(key, value).is_none()), "{key}");
            assert!(refused.iter().all(|value| not_understood(key, value).is_some()), "{key}");
        }
        let fatal = |key, value| not_understood(key, value).map(|not| not.is_fatal);
        assert_eq!(
            (fatal("DynamicUser", "x"), fatal("PrivateUsers", "x")),
            (Some(true), Some(false))
        );
        assert!(VALUES.windows(2).all(|two| two[0].0 < two[1].0));
    }
}
