//! What is known of a host, each fact with its source and its state.
//!
//! A workload that is only planned, a remedy that is only proposed and a host that is only a file
//! are all the same thing: another [`Facts`].

pub(crate) mod apparmor;
pub(crate) mod docker;
pub(crate) mod env;
mod evidence;
mod fact;
mod question;
pub(crate) mod remap;
mod tools;
mod trial;

use std::collections::BTreeMap;

use serde::Serialize;

pub(crate) use evidence::Evidence;
pub(crate) use fact::{Fact, Missing};
pub(crate) use question::Question;
pub(crate) use tools::{FileKind, Tool, Tools};
pub(crate) use trial::Trial;

use crate::errno::Errno;
use crate::parse::cgroup::Membership;
use crate::parse::idmap::IdMap;
use crate::parse::mountinfo::Mount;
use crate::parse::os_release::OsRelease;
use crate::parse::release::Release;
use crate::parse::subid::{Account, SubIdRange};

/// What an id that is not mapped is shown as (`/proc/sys/kernel/overflowuid`, user_namespaces(7)).
pub(crate) const OVERFLOW_ID: u64 = 65534;

/// A limit on namespaces that nobody reaches: the default of a machine of some size (half of what
/// `kernel.threads-max` is by default). A lower one is raised to this.
pub(crate) const MANY_NAMESPACES: u64 = 28_633;

/// Everything the gates look at. What changes from one moment to the next (pids, counts of tasks)
/// is left out of the report, so that the same spot gives the same bytes.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Facts {
    /// The system and its kernel.
    pub os: Os,
    /// This process: ids, capabilities, seccomp, limits.
    pub process: Process,
    /// The namespaces of this process, by inode number.
    pub namespaces: Namespaces,
    /// What is mounted.
    pub mounts: Mounts,
    /// Kernel parameters under `/proc/sys`.
    pub sysctl: Sysctls,
    /// Linux security modules.
    pub lsm: Lsm,
    /// Control groups.
    pub cgroup: Cgroup,
    /// What tells a container or a virtual machine from a host.
    pub markers: Markers,
    /// What the kernel answers to questions that create nothing; empty where nothing filters system
    /// calls.
    pub answers: Answers,
    /// The programs that take part.
    pub tools: Tools,
    /// User accounts and subordinate ids.
    pub accounts: Accounts,
    /// The environment variables that count.
    pub env: env::Env,
    /// Docker daemons on this host.
    pub docker: docker::Docker,
    /// Whether silence proves absence and files are whole: not so for trees that somebody put
    /// together.
    pub complete: bool,
    /// What was tried for real after the probe had failed.
    pub trial: Option<Trial>,
}

/// The system and its kernel.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Os {
    /// `linux`, `macos`, `windows`, ... : what isodoc was built for, or what the capture shows.
    pub family: Fact<String>,
    /// The machine, e.g. `x86_64`.
    pub machine: Fact<String>,
    /// The kernel release.
    pub release: Fact<Release>,
    /// The text of `/proc/version`.
    pub version: Fact<String>,
    /// The distribution.
    pub os_release: Fact<OsRelease>,
    /// The kernel command line parameters that bear on namespaces.
    pub cmdline: Fact<Vec<String>>,
    /// `CONFIG_*` options; read only where a namespace is missing, or for a snapshot.
    pub kconfig: Fact<BTreeMap<&'static str, bool>>,
}

impl Os {
    /// The date of the kernel that gVisor says it is, in `/proc/version`
    /// (pkg/sentry/kernel/version.go).
    pub(crate) const GVISOR_BUILD: &str = "#1 SMP Sun Jan 10 15:06:54 PST 2016";
}

/// A set of capabilities (capabilities(7)), one bit each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Caps(pub u64);

impl Caps {
    /// CAP_DAC_OVERRIDE.
    pub(crate) const DAC_OVERRIDE: u32 = 1;
    /// CAP_DAC_READ_SEARCH.
    pub(crate) const DAC_READ_SEARCH: u32 = 2;
    /// CAP_SETGID.
    pub(crate) const SETGID: u32 = 6;
    /// CAP_SETUID.
    pub(crate) const SETUID: u32 = 7;
    /// CAP_SYS_CHROOT.
    pub(crate) const SYS_CHROOT: u32 = 18;
    /// CAP_SYS_TIME.
    pub(crate) const SYS_TIME: u32 = 25;
    /// CAP_SYS_ADMIN.
    pub(crate) const SYS_ADMIN: u32 = 21;
    /// CAP_SYS_RESOURCE.
    pub(crate) const SYS_RESOURCE: u32 = 24;
    /// CAP_SETFCAP.
    pub(crate) const SETFCAP: u32 = 31;

    /// Whether a capability is in the set.
    #[must_use]
    pub(crate) fn has(self, bit: u32) -> bool {
        self.0 >> bit & 1 == 1
    }
}

impl Serialize for Caps {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(&format_args!("{:016x}", self.0))
    }
}

/// This process: ids, capabilities, seccomp, limits.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Process {
    /// The effective user id.
    pub euid: Fact<u64>,
    /// The effective group id.
    pub egid: Fact<u64>,
    /// The effective capabilities.
    pub cap_eff: Fact<Caps>,
    /// The capability bounding set.
    pub cap_bnd: Fact<Caps>,
    /// no_new_privs.
    pub no_new_privs: Fact<bool>,
    /// 0 no seccomp, 1 strict, 2 filters.
    pub seccomp: Fact<u64>,
    /// How many filters.
    pub seccomp_filters: Fact<u64>,
    /// prctl(PR_GET_DUMPABLE): 1 is dumpable.
    pub dumpable: Fact<u64>,
    /// The securebits (capabilities(7)).
    pub securebits: Fact<u64>,
    /// The pids of this process, outermost visible pid namespace first.
    #[serde(skip)]
    pub ns_pids: Fact<Vec<u64>>,
    /// The uid map of our user namespace.
    pub uid_map: Fact<IdMap>,
    /// The gid map of our user namespace.
    pub gid_map: Fact<IdMap>,
    /// `allow` or `deny`.
    pub setgroups: Fact<String>,
    /// RLIMIT_NPROC, soft; `None` inside is unlimited.
    pub nproc_limit: Fact<Option<u64>>,
    /// How many tasks of our real uid are visible; counted only where the limit is within reach.
    #[serde(skip)]
    pub nproc_used: Fact<u64>,
    /// Tasks of this user in user namespaces that are not known to be ours; they may count or not.
    #[serde(skip)]
    pub nproc_elsewhere: u64,
}

/// The namespaces of this process, by inode number.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Namespaces {
    /// `/proc/self/ns/user`. Absent: the kernel has no user namespaces.
    pub user: Fact<u64>,
    /// `/proc/self/ns/pid`.
    pub pid: Fact<u64>,
    /// `/proc/self/ns/pid_for_children`.
    pub pid_for_children: Fact<u64>,
    /// `/proc/self/ns/mnt`.
    pub mnt: Fact<u64>,
    /// Whether our user namespace, or one below it, owns our pid namespace.
    pub pid_owned_here: Fact<bool>,
    /// Whether it owns our mount namespace.
    pub mnt_owned_here: Fact<bool>,
    /// Whether children can be born in `pid_for_children`; asked only where that is not our own
    /// namespace.
    pub children_init_alive: Fact<bool>,
    /// `/proc/self/ns/cgroup`.
    pub cgroup: Fact<u64>,
    /// `/proc/self/ns/time`.
    pub time: Fact<u64>,
}

/// What is mounted.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Mounts {
    /// `/proc/self/mountinfo`.
    pub list: Fact<Vec<Mount>>,
    /// How many mounts the namespace has, seen or not (Linux 6.12).
    pub namespace_size: Fact<u64>,
    /// Whether `/` is the root of a mount (Linux 5.8); a directory that is not can only be the `/`
    /// of a chroot(2).
    pub root_is_mount: Fact<bool>,
    /// The uid that owns the procfs on `/proc`, else the sysfs on `/sys`, as our user namespace
    /// numbers it: the first user of the machine (fs/proc/inode.c, fs/kernfs/inode.c).
    pub kernel_owner: Fact<u64>,
    /// The mounts that pid 1 sees; read only where our own list does not settle the question of
    /// chroot(2).
    pub of_pid1: Fact<Vec<Mount>>,
    /// Where a process outside sees our root directory mounted; asked for only where nothing else
    /// settles the question.
    pub root_from_outside: Fact<String>,
    /// What `/proc` is.
    pub proc: Fact<ProcDir>,
}

impl Mounts {
    /// What is mounted at `/proc`, where that is known: the last one stands on top.
    #[must_use]
    pub(crate) fn on_proc(&self) -> Option<&Mount> {
        self.list.value()?.iter().rfind(|mount| mount.target == "/proc")
    }

    /// Takes mounts away, out of the list and out of the count of the namespace.
    pub(crate) fn retain(&mut self, keep: impl Fn(&Mount) -> bool) {
        let Ok(list) = &mut self.list.seen else { return };
        let before = list.len();
        list.retain(keep);
        let gone = (before - list.len()) as u64;
        if let Ok(size) = &mut self.namespace_size.seen {
            *size = size.saturating_sub(gone);
        }
    }
}

/// What `/proc` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ProcDir {
    /// A procfs that knows this process.
    Proc,
    /// A procfs of another pid namespace: `/proc/self` leads nowhere.
    ProcOfOtherPidNamespace,
    /// A directory with something else in it.
    NotProc,
}

/// Kernel parameters under `/proc/sys`.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Sysctls {
    /// kernel.unprivileged_userns_clone (Debian, Ubuntu, linux-hardened).
    pub unprivileged_userns_clone: Fact<u64>,
    /// kernel.apparmor_restrict_unprivileged_userns (Ubuntu).
    pub apparmor_restrict_unprivileged_userns: Fact<u64>,
    /// kernel.apparmor_restrict_unprivileged_unconfined (Ubuntu).
    pub apparmor_restrict_unprivileged_unconfined: Fact<u64>,
    /// user.max_KIND_namespaces by kind: `user`, `pid`, `mnt`, `net`, `ipc`, `uts`, `cgroup`,
    /// `time`.
    pub max_namespaces: BTreeMap<&'static str, Fact<u64>>,
    /// kernel.pid_max.
    pub pid_max: Fact<u64>,
    /// kernel.threads-max.
    pub threads_max: Fact<u64>,
    /// Tasks on the whole system, from `/proc/loadavg`.
    #[serde(skip)]
    pub tasks: Fact<u64>,
    /// How many pids from 300 on are taken in our pid namespace; counted only where kernel.pid_max
    /// is within reach.
    #[serde(skip)]
    pub pids_used: Fact<u64>,
    /// fs.mount-max.
    pub mount_max: Fact<u64>,
    /// user_namespace.enable of RHEL 7.0 to 7.3 (`/sys/module/user_namespace/parameters/enable`).
    pub rhel7_userns_enable: Fact<bool>,
}

/// Linux security modules.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Lsm {
    /// The active modules, from `/sys/kernel/security/lsm`.
    pub list: Fact<Vec<String>>,
    /// Whether AppArmor is on.
    pub apparmor: Fact<bool>,
    /// Our AppArmor label, e.g. `docker-default (enforce)`.
    pub apparmor_label: Fact<String>,
    /// Our label of the major module, from `/proc/self/attr/current`.
    pub label: Fact<String>,
    /// Whether an AppArmor profile for unshare(1) is installed: Ubuntu's, or one under the name
    /// that an administrator gives it.
    pub apparmor_unshare_profile: Fact<bool>,
    /// Whether SELinux enforces.
    pub selinux_enforcing: Fact<bool>,
    /// Whether the SELinux policy knows the class user_namespace.
    pub selinux_userns_class: Fact<bool>,
}

/// Control groups.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Cgroup {
    /// `/proc/self/cgroup`.
    pub of_self: Fact<Vec<Membership>>,
    /// `/proc/1/cgroup`.
    pub of_pid1: Fact<Vec<Membership>>,
    /// The pids controller of our cgroup and its visible ancestors, innermost first.
    pub pids: Fact<Vec<PidsLimit>>,
}

impl Cgroup {
    /// The control group in sight that has no room for another task.
    #[must_use]
    pub(crate) fn full(&self) -> Option<&PidsLimit> {
        self.pids.value()?.iter().find(|limit| limit.max.is_some_and(|max| limit.current + 1 > max))
    }
}

/// The pids controller of one cgroup (Documentation/admin-guide/cgroup-v2.rst, "PID").
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct PidsLimit {
    /// The directory of the cgroup.
    pub path: String,
    /// `pids.current`: this process is one of them.
    #[serde(skip)]
    pub current: u64,
    /// `pids.max`; `None` is `max`.
    pub max: Option<u64>,
}

/// What tells a container or a virtual machine from a host. `true`: it is there.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Markers {
    /// Files and directories by path.
    pub paths: BTreeMap<&'static str, Fact<bool>>,
    /// The text of `/run/systemd/container`.
    pub systemd_container: Fact<String>,
    /// The text of `/run/host/container-manager`.
    pub container_manager: Fact<String>,
    /// The name of pid 1.
    pub pid1_comm: Fact<String>,
    /// The name of pid 2: `kthreadd` in the initial pid namespace.
    pub pid2_comm: Fact<String>,
}

/// An answer of the kernel to a question that creates nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// The call succeeded.
    Ok,
    /// It was refused.
    Refused(Errno),
    /// The process that asked was killed by SIGSYS.
    Killed,
}

impl Reply {
    /// As a source writes it: `ok`, an errno name, or `SIGSYS`.
    ///
    /// # Errors
    /// When it is none of these.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        match text {
            "ok" => Ok(Self::Ok),
            "SIGSYS" => Ok(Self::Killed),
            _ => Errno::from_name(text)
                .map(Self::Refused)
                .ok_or_else(|| "neither `ok`, `SIGSYS` nor an errno".to_owned()),
        }
    }

    /// One word for it.
    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Refused(errno) => errno.name(),
            Self::Killed => "SIGSYS",
        }
    }
}

impl Serialize for Reply {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.name())
    }
}

/// Where the filter of a container comes from that keeps a profile of its own, whichever
/// capabilities are added to it.
pub(crate) const OWN_PROFILE: &str = "seccomp profile of the container's own";

/// What the kernel answers to questions that create nothing, by [`Question::key`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct Answers(pub BTreeMap<String, Fact<Reply>>);

impl Answers {
    /// The answer to a question; not probed when it was not asked.
    #[must_use]
    pub(crate) fn get(&self, question: &Question) -> Fact<Reply> {
        let key = question.key();
        self.0.get(&key).cloned().unwrap_or_else(|| Fact::not_probed(key))
    }
}

/// User accounts and subordinate ids.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Accounts {
    /// `/etc/passwd`.
    pub users: Fact<Vec<Account>>,
    /// `/etc/group`.
    pub groups: Fact<Vec<Account>>,
    /// `/etc/subuid`.
    pub subuid: Fact<Vec<SubIdRange>>,
    /// `/etc/subgid`.
    pub subgid: Fact<Vec<SubIdRange>>,
}

impl Accounts {
    /// The name of a user.
    #[must_use]
    pub(crate) fn user_name(&self, uid: u64) -> Option<&str> {
        self.users.value()?.iter().find(|a| a.id == uid).map(|a| a.name.as_str())
    }
}

impl Facts {
    /// Takes back what the trial alone had shown of a gate: the remedy for it is done.
    pub(crate) fn lift(&mut self, _rule: &str) {
        self.trial = None;
    }

    /// Whether the seccomp filter is known to stay as it is when capabilities are added.
    #[must_use]
    pub(crate) fn has_own_profile(&self) -> bool {
        self.process.seccomp.source == OWN_PROFILE
    }

    /// Whether this process may take on other ids.
    #[must_use]
    pub(crate) fn may_change_ids(&self) -> bool {
        self.process
            .cap_eff
            .value()
            .is_some_and(|caps| caps.has(Caps::SETUID) && caps.has(Caps::SETGID))
    }

    /// Whether CAP_SYS_ADMIN is effective in our user namespace.
    #[must_use]
    pub(crate) fn has_sys_admin(&self) -> Option<bool> {
        self.process.cap_eff.value().map(|caps| caps.has(Caps::SYS_ADMIN))
    }

    /// Whether our user namespace is the initial one. Inode numbers of the initial namespaces are
    /// fixed (include/linux/proc_ns.h, PROC_USER_INIT_INO = 0xEFFFFFFD); the map alone could be
    /// copied.
    #[must_use]
    pub(crate) fn in_initial_userns(&self) -> Option<bool> {
        match (self.namespaces.user.value(), self.process.uid_map.value()) {
            (Some(inode), _) => Some(*inode == 0xEFFF_FFFD),
            (None, Some(map)) if !map.is_initial() => Some(false),
            (None, Some(_)) => Some(true),
            (None, None) => None,
        }
    }

    /// Whether our pid namespace is the initial one (PROC_PID_INIT_INO = 0xEFFFFFFC).
    #[must_use]
    pub(crate) fn in_initial_pidns(&self) -> Option<bool> {
        self.namespaces.pid.value().map(|inode| *inode == 0xEFFF_FFFC)
    }

    /// Whether the kernel is at least this version, where the release is known.
    #[must_use]
    pub(crate) fn kernel_at_least(&self, major: u32, minor: u32) -> Option<bool> {
        self.os.release.value().map(|release| release.at_least(major, minor))
    }

    /// Whether the trial ended at this step with this errno.
    #[must_use]
    pub(crate) fn refused_at(&self, step: crate::plan::Step, errno: Errno) -> bool {
        self.trial.as_ref().is_some_and(|t| t.step == Some(step) && t.errno == Some(errno))
    }
}
