//! What a mechanism asks of the kernel, step by step.

pub(crate) mod capability;
mod limit;
mod mechanism;
mod privilege;
mod program;
mod socket;
mod usual;
mod uts;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub(crate) use limit::ResourceLimit;
pub(crate) use mechanism::{Look, Mechanism, PlanOf};
pub(crate) use privilege::PrivilegeCall;
pub(crate) use program::Program;
pub(crate) use socket::SocketFamily;
pub(crate) use usual::{DEVICES, UsualKind, usual};
pub(crate) use uts::NameCall;

use crate::errno::Errno;

/// Declares the steps: each is a row of its name, its id in reports, and what is asked there.
macro_rules! steps {
    ($($step:ident $id:literal $about:literal,)*) => {
        /// One thing a mechanism asks of the kernel.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(rename_all = "kebab-case")]
        pub(crate) enum Step {
            $(#[doc = $about] $step,)*
        }

        impl Step {
            pub(crate) const ALL: &'static [Self] = &[$(Self::$step),*];

            /// What is asked, of the kernel or of a program, in a line.
            #[must_use]
            pub(crate) fn about(self) -> &'static str {
                match self {
                    $(Self::$step => $about,)*
                }
            }

            /// The id of the step in the report.
            #[must_use]
            pub(crate) fn id(self) -> &'static str {
                match self {
                    $(Self::$step => $id,)*
                }
            }
        }
    };
}

steps! {
    FindBinary "find-binary" "the program is looked up in PATH and executed",
    ParseFlags "parse-flags" "the program reads its flags",
    Start "start" "the program looks at where it was started, before it asks for anything",
    Threads "threads" "the program starts its threads: clone(2) with CLONE_THREAD",
    SubidLookup "subid-lookup"
        "the ranges of the caller are looked up in /etc/subuid and /etc/subgid",
    Unshare "unshare" "the new namespaces are made: unshare(2) or clone(2)",
    TimeOffsets "time-offsets"
        "the clocks of the new time namespace are set: /proc/self/timens_offsets",
    Fork "fork" "the first process of the new pid namespace is made: fork(2)",
    UidMap "uid-map"
        "the user ids of the new user namespace are mapped: /proc/self/uid_map, or newuidmap",
    Setgroups "setgroups"
        "setgroups(2) is allowed or denied in the new user namespace: /proc/self/setgroups",
    GidMap "gid-map"
        "the group ids of the new user namespace are mapped: /proc/self/gid_map, or newgidmap",
    Propagation "propagation"
        "mounts are kept from reaching other namespaces: mount(2) of / with MS_PRIVATE",
    ChangeRoot "change-root" "the root and working directory are changed: chroot(2), chdir(2)",
    NewRoot "new-root" "a tmpfs is mounted that will become the root directory: mount(2)",
    Binds "binds"
        "what the flags name is found, or made below the new root: stat(2), mkdir(2)",
    IdmappedMounts "idmapped-mounts"
        "the image and its volumes are mounted with other owners: mount_setattr(2) with \
         MOUNT_ATTR_IDMAP",
    MountProc "mount-proc" "a new procfs is mounted over /proc: mount(2)",
    PivotRoot "pivot-root" "the directory that was built becomes the root: pivot_root(2)",
    Sockets "sockets"
        "the sockets are made that set up the new network namespace, or lead to processes of the \
         program's own: socket(2)",
    Loopback "loopback" "the loopback interface of the new network namespace is set up",
    JoinNamespaces "join-namespaces"
        "the new network namespace is entered from outside, to set it up: setns(2)",
    Hostname "hostname" "the host name in the new UTS namespace is set: sethostname(2)",
    SecondUserns "second-userns"
        "a user namespace is made inside the new one, and mapped: unshare(2)",
    InnerNamespaces "inner-namespaces"
        "namespaces of other kinds are made inside the new user namespace: unshare(2)",
    Keyring "keyring" "the container gets a session keyring of its own: keyctl(2)",
    Device "device" "a device is opened: /dev/net/tun, /dev/fuse, /dev/kvm",
    Privileges "privileges" "privileges are given up: capset(2), prctl(2), setuid(2), setresuid(2)",
    Restrict "restrict" "the process restricts itself: setrlimit(2), landlock_restrict_self(2), seccomp(2)",
    SetIds "set-ids" "user and groups are changed: setgroups(2), setgid(2), setuid(2)",
    Exec "exec" "the program of the job is started: execve(2)",
    DaemonConfig "daemon-config"
        "the Docker daemon reads its configuration and sets up the remapping",
}

impl Step {
    /// Whether a daemon takes it itself, before it starts a container.
    #[must_use]
    pub(crate) fn before_containers(self) -> bool {
        matches!(self, Self::FindBinary | Self::DaemonConfig | Self::SubidLookup | Self::Start)
    }

    /// Whether it writes a file of the process itself in `/proc`.
    #[must_use]
    pub(crate) fn writes_own_files(self) -> bool {
        matches!(self, Self::UidMap | Self::TimeOffsets | Self::Setgroups | Self::GidMap)
    }
}

impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id())
    }
}

/// The namespaces a plan makes, as CLONE_NEW* bits (include/uapi/linux/sched.h).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Namespaces(pub u64);

impl Namespaces {
    /// CLONE_NEWTIME.
    pub(crate) const TIME: u64 = 0x80;
    /// CLONE_NEWNS.
    pub(crate) const MNT: u64 = 0x2_0000;
    /// CLONE_NEWCGROUP.
    pub(crate) const CGROUP: u64 = 0x200_0000;
    /// CLONE_NEWUTS.
    pub(crate) const UTS: u64 = 0x400_0000;
    /// CLONE_NEWIPC.
    pub(crate) const IPC: u64 = 0x800_0000;
    /// CLONE_NEWUSER.
    pub(crate) const USER: u64 = 0x1000_0000;
    /// CLONE_NEWPID.
    pub(crate) const PID: u64 = 0x2000_0000;
    /// CLONE_NEWNET.
    pub(crate) const NET: u64 = 0x4000_0000;

    /// Every kind with its name in `user.max_NAME_namespaces`.
    pub(crate) const KINDS: &'static [(u64, &'static str)] = &[
        (Self::USER, "user"),
        (Self::MNT, "mnt"),
        (Self::UTS, "uts"),
        (Self::IPC, "ipc"),
        (Self::PID, "pid"),
        (Self::CGROUP, "cgroup"),
        (Self::NET, "net"),
        (Self::TIME, "time"),
    ];

    /// Whether a kind is among them.
    #[must_use]
    pub(crate) fn has(self, bit: u64) -> bool {
        self.0 & bit != 0
    }

    /// Each kind among them, as a set of its own.
    pub(crate) fn kinds(self) -> impl Iterator<Item = u64> {
        Self::KINDS.iter().map(|(bit, _)| *bit).filter(move |bit| self.has(*bit))
    }
}

/// What files hold that a program reads, by the names that the program knows.
pub(crate) type ReadFiles = BTreeMap<String, String>;

/// How the namespaces come about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Via {
    /// By unshare(2), as unshare(1) does.
    #[default]
    Unshare,
    /// By clone(2), as bubblewrap and Chromium do; the new process writes its own maps.
    Clone,
    /// By clone3(2), or clone(2) where that is not there (ENOSYS), as nsjail does; the parent
    /// writes the maps, while the new process waits.
    Clone3,
    /// By clone(2), as Podman, Nix and programs in Go do; the parent writes the maps, or has them
    /// written.
    CloneMapped,
    /// Not by the caller: a daemon makes them, and is asked how it is configured.
    Daemon,
}

/// A way for a process to restrict itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(
    missing_docs,
    reason = "the names are those of landlock(7), seccomp(2), seccomp_unotify(2)"
)]
pub(crate) enum Restriction {
    Landlock,
    Seccomp,
    SeccompNotify,
}

impl Restriction {
    #[must_use]
    pub(crate) fn call(self) -> &'static str {
        match self {
            Self::Landlock => "landlock_restrict_self(2)",
            Self::Seccomp | Self::SeccompNotify => "seccomp(2)",
        }
    }

    /// The version of Linux that brought it.
    #[must_use]
    pub(crate) fn since(self) -> (u32, u32) {
        match self {
            Self::Landlock => (5, 13),
            Self::Seccomp => (3, 17),
            Self::SeccompNotify => (5, 0),
        }
    }

    /// What an older one says.
    #[must_use]
    pub(crate) fn lacking(self) -> Errno {
        match self {
            Self::Landlock | Self::Seccomp => Errno::ENOSYS,
            Self::SeccompNotify => Errno::EINVAL,
        }
    }
}

/// Where a program keeps what it makes, in the order in which it comes to each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Writes {
    /// Where root starts it.
    pub of_root: Vec<WritePlace>,
    /// Where another user does.
    pub of_user: Vec<WritePlace>,
}

/// A place where a program keeps what it makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum WritePlace {
    /// A path.
    At(String),
    /// `$TMPDIR`, or `/tmp`.
    Temporary,
    /// The storage of containers below the home directory.
    OwnStorage,
    /// The user's directory for what runs.
    OwnRunDir,
}

/// What one program does that others do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Habit {
    /// It refuses to start where root starts it.
    RefusesRoot,
    /// It refuses to start where only the uid or only the gid of who starts it is root's.
    RefusesHalfRoot,
    /// It wants `$USER`, and does not start without it.
    WantsUser,
    /// It asks for the path of its working directory, and gives up where that is gone.
    NamesDirectory,
    /// It goes back to its working directory in its namespaces, and gives up where it may not.
    KeepsDirectory,
    /// With CAP_SYS_ADMIN it makes no user namespace: what it does then is no part of this
    /// mechanism.
    Rootful,
    /// It refuses to start with capabilities where another user than root starts it.
    RefusesCapabilities,
    /// It maps one id, without a helper, where the caller has no range of them.
    MapsOneId,
    /// It maps the ranges of the user whom `$USER` names, and not those of its uid.
    AsksForNamedUser,
    /// It looks at the child that it has made in `/proc`.
    LooksAtChild,
    /// It writes its own maps in `/proc` by its number.
    NamesItself,
    /// It executes itself in its namespaces, and goes on there.
    Reexecs,
    /// It executes itself before its ids are mapped, and again when they are: only the second gives
    /// it capabilities.
    ExecutesUnmapped,
    /// It holds signals back before it forks, and gives up where it may not.
    HoldsSignals,
    /// It sets securebits before it changes its ids.
    SetsSecurebits,
    /// It mounts the tmpfs of its new root on `/tmp`.
    BuildsOnTmp,
    /// It makes a directory for its new root, and gives up where it may make none.
    MakesWorkDir,
    /// It unmounts what it has built its new root with, before that is the root.
    UnmountsEarly,
    /// It sets the domain name beside the host name.
    NamesDomain,
    /// It starts its threads by clone(2), as Go does: the C library asks by clone3(2), and goes
    /// back to clone(2) only where that is not there (ENOSYS).
    ThreadsByClone,
    /// It mounts procfs read-only where it may not otherwise.
    TakesReadOnlyProc,
    /// With CAP_SYS_ADMIN it mounts its procfs before it makes a user namespace.
    MountsProcFirst,
    /// It makes its second user namespace by clone(2), where others do by unshare(2).
    ClonesSecond,
    /// It gives up where the directory for its procfs is no mount point.
    WantsMountPoint,
}

/// Which ids are mapped in the new user namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum IdMapping {
    /// None: the map stays empty.
    #[default]
    None,
    /// The caller's own id, to this one.
    Single(u32),
    /// Ranges, written by newuidmap/newgidmap or, as root, by a helper process.
    Ranges(Vec<RangeSpec>),
}

impl IdMapping {
    /// Whether an id inside is mapped; `None`: that takes the caller's range.
    #[must_use]
    pub(crate) fn maps(&self, id: u32) -> Option<bool> {
        let ranges = match self {
            Self::None => return Some(false),
            Self::Single(inner) => return Some(id == *inner),
            Self::Ranges(ranges) => ranges,
        };
        let maps = |range: &RangeSpec| match range {
            RangeSpec::Own => Some(id == 0),
            RangeSpec::Explicit { inner, count, .. } => {
                Some(id.checked_sub(*inner).is_some_and(|at| at < *count))
            }
            RangeSpec::Subid | RangeSpec::All => None,
        };
        let mapped: Vec<Option<bool>> = ranges.iter().map(maps).collect();
        let found = mapped.contains(&Some(true));
        (found || !mapped.contains(&None)).then_some(found)
    }
}

/// One of the ranges of `--map-users`, `--map-groups`, `--map-auto` or `--map-subids`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RangeSpec {
    /// The caller's own id, which is root inside.
    Own,
    /// The caller's range in /etc/subuid or /etc/subgid.
    Subid,
    /// Every id of the parent namespace.
    All,
    /// Spelled out.
    Explicit {
        /// First id inside.
        inner: u32,
        /// First id outside.
        outer: u32,
        /// How many.
        count: u32,
    },
}

/// Whose unshare(1) a program is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "name")]
pub(crate) enum Flavour {
    /// util-linux, with its version.
    UtilLinux {
        major: u32,
        /// The second number.
        minor: u32,
    },
    /// The applet of busybox.
    Busybox,
    /// Anything else: a script, toybox, another multi-call binary.
    Other,
}

/// How mount propagation is changed (mount_namespaces(7)).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are those of mount_namespaces(7)")]
pub(crate) enum Propagation {
    Private,
    Slave,
    Shared,
    #[default]
    Unchanged,
}

/// How many tasks a program has at once beside its first, with the processes that it starts.
/// Threads come and go as they happen to be needed, so the same program needs more at one time
/// than at another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tasks {
    /// With room for fewer it never works.
    pub least: u64,
    /// With room for so many it always works: it starts no more from its first to its last, whether
    /// at once or one after the other.
    pub enough: u64,
}

impl Tasks {
    /// One process more.
    const ONE: Self = Self::exactly(1);

    pub(crate) const fn exactly(count: u64) -> Self {
        Self { least: count, enough: count }
    }
}

/// The tasks of a program written in Go: podman starts 23 in all, rootlesskit 25.
impl Default for Tasks {
    fn default() -> Self {
        Self { least: 4, enough: 32 }
    }
}

/// The device that every kernel and every container engine makes.
pub(crate) const DEV_NULL: &str = {
    let [null, ..] = DEVICES;
    null
};

/// MS_REC | MS_PRIVATE: how propagation is changed.
pub(crate) const MS_REC_PRIVATE: u64 = 0x4000 | 0x4_0000;
/// MS_NOSUID | MS_NODEV | MS_NOEXEC: how procfs is mounted.
pub(crate) const MS_PROC: u64 = 2 | 4 | 8;

/// The offsets of the clocks of a time namespace, in seconds (time_namespaces(7)).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TimeOffsets {
    /// That of CLOCK_BOOTTIME.
    pub boottime: Option<i64>,
    /// That of CLOCK_MONOTONIC.
    pub monotonic: Option<i64>,
}

impl TimeOffsets {
    #[must_use]
    pub(crate) fn any(&self) -> bool {
        self.boottime.is_some() || self.monotonic.is_some()
    }
}

/// An effective uid and gid, as far as they are known.
pub(crate) type Ids = (Option<u64>, Option<u64>);

/// Why flags are not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FlagError {
    /// The word at fault.
    pub word: String,
    /// What is wrong with it.
    pub why: String,
    /// Whether another version of the program knows it: the installed one may have been given what
    /// later ones brought, and can be asked.
    pub by_version: bool,
}

impl FlagError {
    /// What every version of the program finds wrong.
    pub(crate) fn new(word: impl Into<String>, why: impl Into<String>) -> Self {
        Self { word: word.into(), why: why.into(), by_version: false }
    }
}

/// What a mechanism is going to ask of the kernel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    /// What it is a plan of.
    pub mechanism: &'static Mechanism,
    /// The program that performs it: that of the mechanism, or one that it passes the flags to.
    pub by: &'static Program,
    pub flags: Vec<String>,
    pub files: ReadFiles,
    /// Who calls it.
    pub ids: Ids,
    /// Why the flags are not understood, if they are not.
    pub flag_error: Option<FlagError>,
    /// Why the flags are not understood after all: unshare(1) sees it only when it comes to the
    /// group map.
    pub late_flag_error: Option<FlagError>,
    /// What it asks for, in the order in which the program asks.
    pub steps: Vec<Step>,
    /// How the namespaces come about.
    pub via: Via,
    pub namespaces: Namespaces,
    pub uid_map: IdMapping,
    pub gid_map: IdMapping,
    /// What is written to `/proc/self/setgroups` after the maps: allow, deny, nothing.
    pub setgroups: Option<bool>,
    /// Whether it forks after unshare(2).
    pub fork: bool,
    /// The namespaces that are made inside the new user namespace.
    pub inner: Namespaces,
    /// How the process restricts itself.
    pub block: Option<Restriction>,
    /// The limits that it sets, hard and soft.
    pub limits: Vec<(ResourceLimit, u64)>,
    /// What it has to start before it comes to isolate.
    pub threads: Tasks,
    /// The families of the sockets that it sets up its network namespace with, in its order.
    pub sockets: &'static [SocketFamily],
    /// By what it gives privileges up.
    pub gives_up: &'static [(Step, PrivilegeCall)],
    /// The programs that it runs and cannot do without: of each set one has to be there.
    pub helpers: &'static [&'static [&'static Program]],
    /// The devices that are opened.
    pub devices: &'static [&'static str],
    /// What it does that others do not.
    pub habits: Vec<Habit>,
    /// The files that it cannot start without.
    pub reads: &'static [&'static str],
    /// Where it writes before it asks for anything, if it does.
    pub writes: Writes,
    /// How the propagation of `/` is changed, where a mount namespace is made.
    pub propagation: Propagation,
    /// What it binds below its new root.
    pub binds: Vec<String>,
    /// What it binds if that is there.
    pub binds_if_there: Vec<String>,
    /// What it mounts on outside, and makes where it is not there and it may.
    pub over: Vec<MountTarget>,
    /// What it binds and then takes options of the mount away from.
    pub remounts: Vec<Remount>,
    /// Whether nothing stands below its new root: no program either.
    pub empty_root: bool,
    pub mount_proc: Option<String>,
    pub root: Option<String>,
    pub wd: Option<String>,
    pub setuid: Option<u32>,
    pub setgid: Option<u32>,
    /// How the clocks of a time namespace are offset.
    pub time_offsets: TimeOffsets,
    /// Options that only the real program can be asked about (persistent namespaces, binfmt,
    /// owner).
    pub beyond: Vec<String>,
    /// Options that work or not by the files that are there.
    pub unsure: Vec<String>,
    /// Whether it leaves something behind: a file that keeps a namespace, an interpreter.
    pub lasting: bool,
    /// What it makes where it is not there, and leaves behind.
    pub makes: Vec<String>,
    /// The program that is executed, if the flags name one; else the worker's test program.
    pub program: Option<String>,
}

/// A path outside that is mounted on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MountTarget {
    pub path: String,
    /// What is bound there, which has to be a directory if that is one, and none if it is none;
    /// else a file system, which takes a directory.
    pub source: Option<String>,
}

/// A bind mount that is mounted again with fewer options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Remount {
    /// What is bound.
    pub source: String,
    /// The options that it does not repeat, by their names in mountinfo.
    pub clears: &'static [&'static str],
}

impl Plan {
    /// A plan that asks for nothing yet.
    #[must_use]
    pub(crate) fn empty(mechanism: &'static Mechanism, via: Via) -> Self {
        let by = mechanism.program;
        Self { mechanism, by, via, ..Self::default() }
    }

    #[must_use]
    pub(crate) fn called(
        mechanism: &'static Mechanism,
        via: Via,
        flags: &[String],
        ids: Ids,
    ) -> Self {
        Self { flags: flags.to_vec(), ids, ..Self::empty(mechanism, via) }
    }

    /// Where it keeps what it makes, where this user starts it.
    pub(crate) fn written(&self, euid: u64) -> &[WritePlace] {
        if euid == 0 { &self.writes.of_root } else { &self.writes.of_user }
    }

    /// What it would ask of the kernel if its program were here.
    #[must_use]
    pub(crate) fn of_the_kernel(mut self) -> Self {
        let named = self.empty_root || self.program.is_some();
        self.steps.retain(|step| *step != Step::FindBinary && (*step != Step::Exec || named));
        self
    }

    #[must_use]
    pub(crate) fn does(&self, habit: Habit) -> bool {
        self.habits.contains(&habit)
    }

    /// What the real program has to be asked about.
    pub(crate) fn untold(&self) -> impl Iterator<Item = &String> {
        self.beyond.iter().chain(&self.unsure)
    }

    /// Whether it asks for this.
    #[must_use]
    pub(crate) fn has(&self, step: Step) -> bool {
        self.steps.contains(&step)
    }

    /// Whether it asks for the one before it asks for the other.
    #[must_use]
    pub(crate) fn asks_first(&self, one: Step, other: Step) -> bool {
        let at = |step| self.steps.iter().position(|s| *s == step);
        at(one).is_some_and(|first| at(other).is_some_and(|second| first < second))
    }

    /// Whether it drops its supplementary groups before it changes its own: nsjail goes on where it
    /// may not.
    #[must_use]
    pub(crate) fn drops_groups(&self) -> bool {
        self.setgid.is_some() && !self.does(Habit::SetsSecurebits)
    }

    /// The calls by which it gives privileges up at a step.
    pub(crate) fn privilege_calls(&self, step: Step) -> impl Iterator<Item = PrivilegeCall> {
        self.gives_up.iter().filter(move |(at, _)| *at == step).map(|(_, call)| *call)
    }

    /// Whether it needs a file of the process itself in `/proc` before it asks for anything.
    #[must_use]
    pub(crate) fn reads_own_files(&self) -> bool {
        self.reads.iter().any(|path| path.starts_with("/proc/self/"))
    }

    /// Whether it looks for a process of its own in `/proc` by its number: its child, whose maps it
    /// writes, or itself where a helper writes them.
    #[must_use]
    pub(crate) fn goes_by_pid(&self, step: Step) -> bool {
        match step {
            Step::Unshare => self.does(Habit::LooksAtChild),
            Step::UidMap | Step::GidMap if self.external_maps() => true,
            Step::UidMap | Step::GidMap | Step::Setgroups => {
                matches!(self.via, Via::CloneMapped | Via::Clone3) || self.does(Habit::NamesItself)
            }
            _ => false,
        }
    }

    /// Every kind of namespace that it makes, at whatever step.
    #[must_use]
    pub(crate) fn made(&self) -> Namespaces {
        let second = if self.has(Step::SecondUserns) { Namespaces::USER } else { 0 };
        Namespaces(self.namespaces.0 | self.inner.0 | second)
    }

    #[must_use]
    pub(crate) fn made_at(&self, step: Step) -> Namespaces {
        if step == Step::InnerNamespaces { self.inner } else { self.namespaces }
    }

    /// The steps that are asked of the kernel, and what comes between them.
    #[must_use]
    pub(crate) fn in_process(&self) -> &[Step] {
        let before =
            |step: &Step| matches!(step, Step::FindBinary | Step::ParseFlags | Step::SubidLookup);
        let first = self.steps.iter().position(|step| !before(step)).unwrap_or(0);
        self.steps.get(first..).unwrap_or(&[])
    }

    /// Whether a range of subordinate ids is looked up.
    #[must_use]
    pub(crate) fn uses_subids(&self) -> bool {
        let subids = |map: &IdMapping| match map {
            IdMapping::Ranges(ranges) => ranges.contains(&RangeSpec::Subid),
            _ => false,
        };
        subids(&self.uid_map) || subids(&self.gid_map)
    }

    /// Whether namespaces and process are made in one.
    #[must_use]
    pub(crate) fn clones(&self) -> bool {
        matches!(self.via, Via::Clone | Via::CloneMapped | Via::Clone3)
    }

    /// Where the directory that it has built becomes the root.
    #[must_use]
    pub(crate) fn enters_new_root(&self) -> Step {
        if self.has(Step::PivotRoot) { Step::PivotRoot } else { Step::ChangeRoot }
    }

    /// The calls by which it names the host, where it does.
    pub(crate) fn names(&self) -> impl Iterator<Item = NameCall> {
        let host = self.has(Step::Hostname).then_some(NameCall::Sethostname);
        host.into_iter().chain(self.does(Habit::NamesDomain).then_some(NameCall::Setdomainname))
    }

    /// Whether chroot(2) is called: not where nothing changes but the working directory.
    #[must_use]
    pub(crate) fn chroots(&self) -> bool {
        self.has(Step::ChangeRoot) && (self.root.is_some() || self.wd.is_none())
    }

    /// Whether it comes to this inside the new user namespace.
    #[must_use]
    pub(crate) fn in_new_user(&self, step: Step) -> bool {
        self.new_user() && self.asks_first(Step::Unshare, step)
    }

    /// How many more tasks there have to be at a step that makes one: where clone(2) has made the
    /// namespaces, the fork behind it is of a second one.
    #[must_use]
    pub(crate) fn tasks(&self, step: Step) -> Tasks {
        match step {
            Step::Threads => self.threads,
            Step::Fork if self.clones() => Tasks::exactly(2),
            _ => Tasks::ONE,
        }
    }

    /// How many namespaces of one kind it makes within each other, user or pid namespaces.
    #[must_use]
    pub(crate) fn layers(&self) -> usize {
        let made =
            |kind| [self.namespaces, self.inner].iter().filter(|made| made.has(kind)).count();
        let users = made(Namespaces::USER) + usize::from(self.has(Step::SecondUserns));
        users.max(made(Namespaces::PID))
    }

    /// Asks for something before it asks for something else, or first of all.
    pub(crate) fn insert_before(&mut self, step: Step, new: Step) {
        let at = self.steps.iter().position(|one| *one == step).unwrap_or(0);
        self.steps.insert(at, new);
    }

    /// The same with a map of the caller's own id alone, which its parent writes.
    #[must_use]
    pub(crate) fn with_own_id(mut self) -> Self {
        (self.uid_map, self.gid_map) = (IdMapping::Single(0), IdMapping::Single(0));
        self.insert_before(Step::UidMap, Step::Setgroups);
        self
    }

    /// Whether a new user namespace is made.
    #[must_use]
    pub(crate) fn new_user(&self) -> bool {
        self.namespaces.has(Namespaces::USER)
    }

    /// Whether a user namespace is made at a step, where one is made at all.
    #[must_use]
    pub(crate) fn makes_user_at(&self, step: Step) -> bool {
        self.new_user() && (step != Step::InnerNamespaces || self.inner.has(Namespaces::USER))
    }

    /// Whether the map is written by newuidmap, newgidmap or a privileged helper.
    #[must_use]
    pub(crate) fn external_maps(&self) -> bool {
        matches!(self.uid_map, IdMapping::Ranges(_)) || matches!(self.gid_map, IdMapping::Ranges(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn step_ids_are_the_serialized_ones() {
        for step in Step::ALL {
            assert_eq!(serde_json::to_value(step).unwrap(), step.id());
        }
    }

    /// The schemas name every step, in the order in which a report can meet them.
    #[test]
    fn steps_in_the_schemas() {
        let known: Vec<&str> = Step::ALL.iter().map(|step| step.id()).collect();
        for file in ["check-v1", "lint-v1"] {
            let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
                .join(format!("schema/{file}.schema.json"));
            let schema: serde_json::Value =
                serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
            let steps = schema["$defs"]["step"]["enum"].as_array().unwrap();
            assert_eq!(
                steps.iter().filter_map(|step| step.as_str()).collect::<Vec<_>>(),
                known,
                "{file}"
            );
        }
    }
}
