//! Where facts come from: the live host, a directory tree, or a snapshot.
//!
//! A source answers with bytes or says why it cannot; it interprets nothing.

#[cfg(target_os = "linux")]
mod docker_socket;
#[cfg(target_os = "linux")]
pub mod live;
pub mod none;
pub mod record;
pub mod snapshot;
#[cfg(target_os = "linux")]
mod sysctl;
pub mod tree;

use serde::{Deserialize, Serialize};

use crate::facts::{Fact, State};

/// The largest file that is read; what is larger is malformed, not a fact.
pub const MAX_FILE: u64 = 4 << 20;

/// Why a source has no bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Missing {
    /// It is not there.
    Absent,
    /// It may not be read.
    Denied,
    /// Something else is in its place (a FIFO, a directory, a file without end); the text says
    /// what.
    Malformed(String),
    /// This system has no such thing.
    Unsupported,
    /// The source does not hold it, which proves nothing.
    NotCaptured,
}

/// What a source answers.
pub type Answer<T> = Result<T, Missing>;

/// What stat(2) tells of a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stat {
    /// The type of the file.
    pub kind: FileKind,
    /// The permission bits, including setuid and setgid.
    pub mode: u32,
    /// The owner.
    pub uid: u32,
    /// Whether the file has capabilities (`security.capability`).
    #[serde(default)]
    pub file_caps: bool,
    /// Device and inode, to tell whether two paths are one file; absent in captures.
    pub id: Option<(u64, u64)>,
}

/// The type of a file, links followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum FileKind {
    File,
    Directory,
    Socket,
    Other,
}

/// Something facts can be read from. All paths are absolute; `~` and variables are not expanded.
pub trait Source {
    /// The content of a regular file of at most [`MAX_FILE`] bytes.
    fn read(&self, path: &str) -> Answer<Vec<u8>>;
    /// The target of a symbolic link, as text.
    fn read_link(&self, path: &str) -> Answer<String>;
    /// Type, mode and owner of a path, links followed.
    fn stat(&self, path: &str) -> Answer<Stat>;
    /// The names in a directory, sorted.
    fn list(&self, path: &str) -> Answer<Vec<String>>;
    /// An environment variable of this process. Only names in [`crate::facts::env::NAMES`] are ever
    /// asked for.
    fn env(&self, name: &str) -> Answer<String>;
    /// What the kernel answers to a [`Question`], as text.
    fn ask(&self, question: &Question) -> Answer<String>;
    /// Answers to several questions that a filter may kill for asking; the same order.
    fn ask_all(&self, questions: &[Question]) -> Vec<Answer<String>> {
        questions.iter().map(|q| self.ask(q)).collect()
    }
    /// What this source is.
    fn kind(&self) -> Kind;
    /// Whether its silence proves absence and its files are whole.
    fn complete(&self) -> bool {
        true
    }
}

/// What a source is, and so how far its silence can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The host isodoc runs on.
    Live,
    /// A directory tree (`--root`).
    Root,
    /// A snapshot file (`--snapshot`).
    Snapshot,
}

/// A question to the kernel that creates nothing and needs no privilege.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Question {
    /// geteuid(2) and getegid(2), as `UID GID`.
    Ids,
    /// capget(2): the effective set in hexadecimal.
    Capabilities,
    /// prctl(PR_GET_DUMPABLE).
    Dumpable,
    /// The securebits (capabilities(7)).
    SecureBits,
    /// prctl(PR_GET_SECCOMP).
    Seccomp,
    /// prctl(PR_GET_NO_NEW_PRIVS).
    NoNewPrivs,
    /// getrlimit(RLIMIT_NPROC): the soft limit, or `unlimited`.
    RlimitNproc,
    /// The type of the file system at `/proc`: `proc`, or its magic number in hexadecimal.
    ProcFsType,
    /// stat(2): the uid that owns the procfs on `/proc`, or else the sysfs on `/sys`: the first
    /// user of the machine.
    KernelOwner,
    /// ioctl(NS_MNT_GET_INFO) on our mount namespace: the number of mounts in it.
    MountNamespaceSize,
    /// ioctl(NS_GET_USERNS) on our namespace of this kind, a name in `/proc/self/ns`: whether our
    /// user namespace or one below it owns it, `true` or `false` (ioctl_ns(2); EPERM: the owner is
    /// further out).
    OwnedHere(&'static str),
    /// statx(2) of `/`: whether it is the root of a mount (`STATX_ATTR_MOUNT_ROOT`, Linux 5.8),
    /// `true` or `false`.
    RootIsMount,
    /// Where our root directory is mounted, seen from outside of it: by a child that setns(2) has
    /// taken to the root of our mount namespace (`/`: that is where we are, too), or by an ancestor
    /// that has another root than we.
    RootFromOutside,
    /// unshare(2) with these CLONE_* bits *and* an invalid one: the kernel says EINVAL before it
    /// looks at anything else.
    Unshare(u64),
    /// clone(2) with these CLONE_NEW* bits and CLONE_FS or another contradiction, so that it can
    /// only fail.
    Clone(u64),
    /// clone3(2) without arguments.
    Clone3,
    /// mount(2) of no device on a path that does not exist, with these MS_* flags.
    MountNowhere(u64),
    /// fork(2), the child ending at once. Asked only where our children are born in another pid
    /// namespace.
    Fork,
    /// uname(2): system, release and machine, separated by spaces.
    Uname,
    /// What the Docker daemon at this unix socket says of itself, as JSON
    /// ([`crate::parse::docker_info`]); absent: nobody listens.
    DockerInfo(String),
    /// The command line of the dockerd process that listens at this unix socket, as in
    /// `/proc/PID/cmdline`, other options left out.
    DockerdAt(String),
}

impl Question {
    /// The key of the question in a snapshot, and the source of the fact: how one would write the
    /// call.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Ids => "geteuid(2)".into(),
            Self::Capabilities => "capget(2)".into(),
            Self::Dumpable => "prctl(PR_GET_DUMPABLE)".into(),
            Self::SecureBits => "prctl(PR_GET_SECUREBITS)".into(),
            Self::Seccomp => "prctl(PR_GET_SECCOMP)".into(),
            Self::NoNewPrivs => "prctl(PR_GET_NO_NEW_PRIVS)".into(),
            Self::RlimitNproc => "getrlimit(RLIMIT_NPROC)".into(),
            Self::ProcFsType => "statfs(/proc)".into(),
            Self::RootIsMount => "statx(/): STATX_ATTR_MOUNT_ROOT".into(),
            Self::KernelOwner => "owner of the kernel's file systems".into(),
            Self::OwnedHere(kind) => format!("ioctl(NS_GET_USERNS) on /proc/self/ns/{kind}"),
            Self::MountNamespaceSize => "ioctl(NS_MNT_GET_INFO)".into(),
            Self::RootFromOutside => "mountinfo of a process outside".into(),
            Self::Unshare(0) => "unshare(0)".into(),
            Self::Unshare(flags) => format!("unshare({}|0x2)", names(*flags)),
            Self::Clone(flags) => format!("clone({}, contradicted)", names(*flags)),
            Self::Clone3 => "clone3(NULL)".into(),
            Self::MountNowhere(flags) => format!("mount(nowhere, {flags:#x})"),
            Self::Fork => "fork(2)".into(),
            Self::Uname => "uname(2)".into(),
            Self::DockerdAt(socket) => format!("/proc/*/cmdline of the dockerd at unix://{socket}"),
            Self::DockerInfo(socket) => format!("GET /info of unix://{socket}"),
        }
    }
}

/// CLONE_NEW* bits (include/uapi/linux/sched.h) by their names.
fn names(flags: u64) -> String {
    const NAMES: &[(u64, &str)] = &[
        (0x1000_0000, "CLONE_NEWUSER"),
        (0x2000_0000, "CLONE_NEWPID"),
        (0x2_0000, "CLONE_NEWNS"),
        (0x4000_0000, "CLONE_NEWNET"),
        (0x800_0000, "CLONE_NEWIPC"),
        (0x400_0000, "CLONE_NEWUTS"),
        (0x200_0000, "CLONE_NEWCGROUP"),
        (0x80, "CLONE_NEWTIME"),
    ];
    NAMES
        .iter()
        .filter(|(bit, _)| flags & bit != 0)
        .map(|(_, name)| *name)
        .collect::<Vec<_>>()
        .join("|")
}

impl Missing {
    fn state<T>(self) -> State<T> {
        match self {
            Self::Absent => State::Absent,
            Self::Denied => State::Denied,
            Self::Malformed(why) => State::Malformed(why),
            Self::Unsupported => State::Unsupported,
            Self::NotCaptured => State::NotProbed,
        }
    }
}

/// The fact behind an answer.
pub fn fact<T>(answer: Answer<T>, source: impl Into<std::borrow::Cow<'static, str>>) -> Fact<T> {
    match answer {
        Ok(value) => Fact::known(value, source),
        Err(missing) => Fact::new(missing.state(), source),
    }
}
