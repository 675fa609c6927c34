//! An environment as data: the conditions that are put on a process, in the order in which they
//! are.
//!
//! The text form, `ids=lab:lab,nproc=2,seccomp=unshare:EPERM`, is the recipe that a room is given,
//! and what a person types after `cargo lab enter random:` to stand in the same place.

use std::fmt;
use std::str::FromStr;

/// The id that stands for the room's own unprivileged user, which no other process has.
pub const LAB: u32 = 4_000_000_000;

/// What is put on a process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// The propagation of every mount: `shared`, `private`, `slave`, `unbindable`.
    Propagation(String),
    /// So many pid namespaces, one in the other.
    PidNamespaces(u32),
    /// Something about `/proc`, one of [`PROC`].
    Proc(String),
    /// An empty directory or `/dev/null` over a path of `/proc`.
    Mask(String),
    /// A read-only bind mount of a path of `/proc` on itself.
    ReadOnly(String),
    /// A user namespace with these maps.
    UserNamespace(Maps),
    /// So many user namespaces, one in the other, each with the map `0 0 1`.
    Nest(u32),
    /// `user.max_KIND_namespaces` of the innermost user namespace.
    Limit(String, u32),
    /// So many processes of the same user that each hold a user namespace.
    Hold(u32),
    /// A mount namespace.
    MountNamespace,
    /// The uid and the gid.
    Ids(u32, u32),
    /// chroot(2) into a plain directory, or (`true`) into a mount point.
    Chroot(bool),
    /// The securebits (capabilities(7)).
    SecureBits(u32),
    /// Capabilities in the inheritable set.
    Inheritable(u64),
    /// Capabilities in the ambient set, and so in the inheritable one.
    Ambient(u64),
    /// Capabilities taken out of the bounding set.
    Bounding(u64),
    /// Capabilities taken out of the permitted and the effective set.
    Permitted(u64),
    /// pids.max of a cgroup of our own.
    PidsMax(u32),
    /// RLIMIT_NPROC.
    Nproc(u32),
    /// unshare(1) is busybox.
    Busybox,
    /// unshare(1) may not be read; nor may (`true`) isodoc.
    Unreadable(bool),
    /// A preloaded library starts a thread.
    Thread,
    /// unshare(CLONE_NEWPID) without a fork; `true`: its first process has come and gone.
    PidPending(bool),
    /// no_new_privs.
    NoNewPrivs,
    /// Landlock handles these rights on files, and (`true`) some on the network, and allows none.
    Landlock(u64, bool),
    /// A filter of system calls.
    Seccomp(Vec<Filter>),
}

/// The states of `/proc`.
pub const PROC: &[&str] = &[
    "fresh", "copy", "absent", "nodir", "other", "hidepid", "subset", "ro", "ro-super", "noatime",
    "strictatime", "nodiratime",
];

/// The two maps of a user namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Maps {
    /// The uid map.
    pub uid: Vec<Extent>,
    /// The gid map.
    pub gid: Vec<Extent>,
    /// Whether setgroups(2) is denied.
    pub deny: bool,
}

/// A line of a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// First id inside.
    pub inner: u32,
    /// First id outside; [`LAB`] is the room's user.
    pub outer: u32,
    /// How many.
    pub count: u32,
}

/// A rule of a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filter {
    /// The call, an index into [`CALLS`].
    pub call: usize,
    /// Only when its flags have one of these bits; 0: always.
    pub bits: u32,
    /// What is done, an index into [`ACTIONS`].
    pub action: usize,
}

/// The system calls: name, number, which argument has the flags.
pub const CALLS: &[(&str, libc::c_long, u32)] = &[
    ("unshare", libc::SYS_unshare, 0),
    ("clone", libc::SYS_clone, 0),
    ("mount", libc::SYS_mount, 3),
    ("clone3", libc::SYS_clone3, 0),
    ("setns", libc::SYS_setns, 1),
    ("umount2", libc::SYS_umount2, 1),
    ("pivot_root", libc::SYS_pivot_root, 0),
    ("sethostname", libc::SYS_sethostname, 0),
];

/// What a filter does, and what the caller meets then: an error, or `SIGSYS`. Nobody traces here.
pub const ACTIONS: &[(&str, u32, &str)] = &[
    ("EPERM", libc::SECCOMP_RET_ERRNO | 1, "EPERM"),
    ("ENOSYS", libc::SECCOMP_RET_ERRNO | 38, "ENOSYS"),
    ("EACCES", libc::SECCOMP_RET_ERRNO | 13, "EACCES"),
    ("EINVAL", libc::SECCOMP_RET_ERRNO | 22, "EINVAL"),
    ("ENOSPC", libc::SECCOMP_RET_ERRNO | 28, "ENOSPC"),
    ("kill", libc::SECCOMP_RET_KILL_PROCESS, "SIGSYS"),
    ("kill-thread", libc::SECCOMP_RET_KILL_THREAD, "SIGSYS"),
    ("trap", libc::SECCOMP_RET_TRAP, "SIGSYS"),
    ("trace", libc::SECCOMP_RET_TRACE, "ENOSYS"),
];

/// Capabilities that somebody may look at, and some that nobody does.
pub const CAPABILITIES: &[(&str, u32)] = &[
    ("dac_override", 1),
    ("setgid", 6),
    ("setuid", 7),
    ("setpcap", 8),
    ("net_admin", 12),
    ("sys_chroot", 18),
    ("sys_admin", 21),
    ("sys_resource", 24),
    ("sys_time", 25),
    ("setfcap", 31),
];

/// Every capability.
pub const ALL_CAPABILITIES: u64 = u64::MAX;

/// The conditions of an environment, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment(pub Vec<Condition>);

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("plain");
        }
        f.write_str(&self.0.iter().map(ToString::to_string).collect::<Vec<_>>().join(","))
    }
}

impl FromStr for Environment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "plain" {
            return Ok(Self::default());
        }
        text.split(',')
            .map(|term| term.parse().map_err(|e| format!("{term:?}: {e}")))
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

fn id(id: u32) -> String {
    if id == LAB { "lab".into() } else { id.to_string() }
}

fn map(extents: &[Extent]) -> String {
    let lines: Vec<String> =
        extents.iter().map(|e| format!("{}:{}:{}", e.inner, id(e.outer), e.count)).collect();
    if lines.is_empty() { "none".into() } else { lines.join("+") }
}

fn capabilities(set: u64) -> String {
    let names: Vec<&str> =
        CAPABILITIES.iter().filter(|(_, bit)| set >> bit & 1 == 1).map(|(name, _)| *name).collect();
    if set == ALL_CAPABILITIES { "all".into() } else { names.join("+") }
}

fn filter(rules: &[Filter]) -> String {
    let of = |rule: &Filter| {
        let bits = if rule.bits == 0 { String::new() } else { format!("&{:x}", rule.bits) };
        format!("{}{bits}:{}", CALLS[rule.call].0, ACTIONS[rule.action].0)
    };
    rules.iter().map(of).collect::<Vec<_>>().join("+")
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Propagation(how) => write!(f, "propagation={how}"),
            Self::PidNamespaces(count) => write!(f, "pidns={count}"),
            Self::Proc(state) => write!(f, "proc={state}"),
            Self::Mask(path) => write!(f, "mask={path}"),
            Self::ReadOnly(path) => write!(f, "readonly={path}"),
            Self::UserNamespace(maps) => {
                let deny = if maps.deny { "/deny" } else { "" };
                write!(f, "userns={}/{}{deny}", map(&maps.uid), map(&maps.gid))
            }
            Self::Nest(count) => write!(f, "nest={count}"),
            Self::Limit(kind, value) => write!(f, "max-{kind}={value}"),
            Self::Hold(count) => write!(f, "hold={count}"),
            Self::MountNamespace => f.write_str("mountns"),
            Self::Ids(uid, gid) => write!(f, "ids={}:{}", id(*uid), id(*gid)),
            Self::Chroot(mount) => {
                write!(f, "chroot={}", if *mount { "mount" } else { "directory" })
            }
            Self::SecureBits(bits) => write!(f, "securebits={bits:x}"),
            Self::Inheritable(set) => write!(f, "inheritable={}", capabilities(*set)),
            Self::Ambient(set) => write!(f, "ambient={}", capabilities(*set)),
            Self::Bounding(set) => write!(f, "bounding-drop={}", capabilities(*set)),
            Self::Permitted(set) => write!(f, "permitted-drop={}", capabilities(*set)),
            Self::PidsMax(limit) => write!(f, "pids-max={limit}"),
            Self::Nproc(limit) => write!(f, "nproc={limit}"),
            Self::Busybox => f.write_str("busybox"),
            Self::Unreadable(both) => {
                write!(f, "unreadable={}", if *both { "both" } else { "unshare" })
            }
            Self::Thread => f.write_str("thread"),
            Self::PidPending(dead) => {
                write!(f, "pidns-pending={}", if *dead { "dead" } else { "unborn" })
            }
            Self::NoNewPrivs => f.write_str("no-new-privs"),
            Self::Landlock(rights, net) => {
                write!(f, "landlock={rights:x}{}", if *net { "+net" } else { "" })
            }
            Self::Seccomp(rules) => write!(f, "seccomp={}", filter(rules)),
        }
    }
}

fn read_id(text: &str) -> Result<u32, String> {
    if text == "lab" { Ok(LAB) } else { text.parse().map_err(|_| "not an id".into()) }
}

fn read_map(text: &str) -> Result<Vec<Extent>, String> {
    if text == "none" {
        return Ok(vec![]);
    }
    let extent = |line: &str| match line.split(':').collect::<Vec<_>>()[..] {
        [inner, outer, count] => Ok(Extent {
            inner: read_id(inner)?,
            outer: read_id(outer)?,
            count: count.parse().map_err(|_| "not a count")?,
        }),
        _ => Err("not `inner:outer:count`".into()),
    };
    text.split('+').map(extent).collect()
}

fn read_capabilities(text: &str) -> Result<u64, String> {
    if text == "all" {
        return Ok(ALL_CAPABILITIES);
    }
    text.split('+').try_fold(0, |set, name| {
        let (_, bit) =
            CAPABILITIES.iter().find(|(known, _)| *known == name).ok_or("no such capability")?;
        Ok(set | 1 << bit)
    })
}

fn read_filter(text: &str) -> Result<Vec<Filter>, String> {
    let rule = |text: &str| {
        let (call, action) = text.split_once(':').ok_or("not `call:action`")?;
        let (call, bits) = call.split_once('&').unwrap_or((call, "0"));
        Ok(Filter {
            call: CALLS.iter().position(|(name, ..)| *name == call).ok_or("no such call")?,
            bits: u32::from_str_radix(bits, 16).map_err(|_| "no bits")?,
            action: ACTIONS
                .iter()
                .position(|(name, ..)| *name == action)
                .ok_or("no such action")?,
        })
    };
    text.split('+').map(rule).collect()
}

fn one_of<T>(text: &str, of: &[(&str, T)]) -> Result<T, String>
where
    T: Copy,
{
    of.iter()
        .find(|(name, _)| *name == text)
        .map(|(_, value)| *value)
        .ok_or_else(|| "no such value".into())
}

impl FromStr for Condition {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        let number = || value.parse::<u32>().map_err(|_| "not a number".to_owned());
        let word = || value.to_owned();
        let hex = |text: &str| u64::from_str_radix(text, 16).map_err(|_| "not a number".to_owned());
        Ok(match name {
            "propagation" => Self::Propagation(word()),
            "pidns" => Self::PidNamespaces(number()?),
            "proc" => Self::Proc(
                PROC.iter()
                    .find(|state| **state == value)
                    .map(|s| (*s).to_owned())
                    .ok_or("no such state")?,
            ),
            "mask" => Self::Mask(word()),
            "readonly" => Self::ReadOnly(word()),
            "userns" => {
                let mut parts = value.split('/');
                let mut next = || read_map(parts.next().unwrap_or(""));
                Self::UserNamespace(Maps {
                    uid: next()?,
                    gid: next()?,
                    deny: parts.next() == Some("deny"),
                })
            }
            "nest" => Self::Nest(number()?),
            "hold" => Self::Hold(number()?),
            "mountns" => Self::MountNamespace,
            "ids" => {
                let (uid, gid) = value.split_once(':').ok_or("not `uid:gid`")?;
                Self::Ids(read_id(uid)?, read_id(gid)?)
            }
            "chroot" => Self::Chroot(one_of(value, &[("mount", true), ("directory", false)])?),
            "securebits" => {
                Self::SecureBits(u32::try_from(hex(value)?).map_err(|e| e.to_string())?)
            }
            "inheritable" => Self::Inheritable(read_capabilities(value)?),
            "ambient" => Self::Ambient(read_capabilities(value)?),
            "bounding-drop" => Self::Bounding(read_capabilities(value)?),
            "permitted-drop" => Self::Permitted(read_capabilities(value)?),
            "pids-max" => Self::PidsMax(number()?),
            "nproc" => Self::Nproc(number()?),
            "busybox" => Self::Busybox,
            "unreadable" => Self::Unreadable(one_of(value, &[("both", true), ("unshare", false)])?),
            "thread" => Self::Thread,
            "pidns-pending" => {
                Self::PidPending(one_of(value, &[("dead", true), ("unborn", false)])?)
            }
            "no-new-privs" => Self::NoNewPrivs,
            "landlock" => {
                let rights = value.strip_suffix("+net").unwrap_or(value);
                Self::Landlock(hex(rights)?, rights != value)
            }
            "seccomp" => Self::Seccomp(read_filter(value)?),
            _ => {
                let kind = name.strip_prefix("max-").ok_or("no such condition")?;
                Self::Limit(kind.to_owned(), number()?)
            }
        })
    }
}
