//! What is known of a host, each fact with its source and its state.
//!
//! A workload that is only planned, a remedy that is only proposed and a host that is only a file
//! are all the same thing: another [`Facts`].

mod answers;
pub(crate) mod apparmor;
pub(crate) mod docker;
pub(crate) mod env;
mod evidence;
mod fact;
pub(crate) mod idmap;
mod malformed;
mod mounts;
mod node;
mod process;
mod question;
pub(crate) mod remap;
mod selinux;
mod tools;
mod trial;

use std::collections::BTreeMap;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

pub(crate) use answers::{Answers, Reply};
pub(crate) use evidence::Evidence;
pub(crate) use fact::{Fact, Missing};
pub(crate) use mounts::{Mounts, ProcDir};
pub(crate) use node::ClusterNode;
pub(crate) use process::{Caps, OwnNamespaces, Process};
pub(crate) use question::Question;
pub(crate) use tools::{FileKind, Tool, Tools};
pub(crate) use trial::Trial;

use crate::errno::Errno;
use crate::parse::cgroup::Membership;
use crate::parse::os_release::OsRelease;
use crate::parse::release::Release;
use crate::parse::subid::{self, Account, SubIdRange, SubIds};
use crate::plan::{Habit, Ids, Plan, Program, Step};
use crate::shared::Shared;

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
    pub os: Shared<Os>,
    /// This process: ids, capabilities, seccomp, limits.
    pub process: Shared<Process>,
    /// The namespaces of this process, by inode number.
    pub namespaces: Shared<OwnNamespaces>,
    pub mounts: Shared<Mounts>,
    /// Kernel parameters under `/proc/sys`.
    pub sysctl: Shared<Sysctls>,
    /// Linux security modules.
    pub lsm: Shared<Lsm>,
    /// Control groups.
    pub cgroup: Shared<Cgroup>,
    /// What tells a container or a virtual machine from a host.
    pub markers: Shared<Markers>,
    /// What the kernel answers to questions that create nothing; empty where nothing filters system
    /// calls.
    pub answers: Shared<Answers>,
    /// The programs that take part.
    pub tools: Shared<Tools>,
    /// User accounts and subordinate ids.
    pub accounts: Shared<Accounts>,
    /// The devices that a mechanism may open, by path.
    pub devices: BTreeMap<&'static str, Fact<Device>>,
    /// The environment variables that count.
    pub env: Shared<env::Env>,
    /// Docker daemons on this host.
    pub docker: Shared<docker::Docker>,
    /// The node of a Kubernetes cluster that this host is or may be, where somebody asks.
    #[serde(skip_serializing_if = "node_is_unasked")]
    pub node: Shared<ClusterNode>,
    /// Whether silence proves absence and files are whole: not so for trees that somebody put
    /// together.
    pub complete: bool,
    /// What was tried for real after the probe had failed.
    pub trial: Option<Trial>,
}

/// Whether nobody asked about the node.
fn node_is_unasked(node: &Shared<ClusterNode>) -> bool {
    node.is_unasked()
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

/// A machine, as programs in Go call it.
#[must_use]
pub(crate) fn in_go(machine: &str) -> &str {
    match machine {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

impl Os {
    /// The build of the kernel that gVisor says it is, in `/proc/version`
    /// (pkg/sentry/kernel/version.go; versionData.Generate() in pkg/sentry/fsimpl/proc).
    pub(crate) const GVISOR_BUILD: &str = "#1 SMP Sun Jan 10 15:06:54 PST 2016";

    /// Whether gVisor stands in the kernel's place, as far as its banner says.
    #[must_use]
    pub(crate) fn is_gvisor(&self) -> bool {
        self.version.value().is_some_and(|text| text.contains(Self::GVISOR_BUILD))
    }
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

impl Sysctls {
    /// The limit on namespaces of a kind, where it is known.
    #[must_use]
    pub(crate) fn limit(&self, kind: &str) -> Option<u64> {
        self.max_namespaces.get(kind)?.value().copied()
    }
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
    /// Whether an AppArmor profile for a program is installed, by the key of the program: the
    /// distribution's, or one under the name that an administrator gives it.
    pub apparmor_profiles: BTreeMap<&'static str, Fact<bool>>,
    pub selinux_enforcing: Fact<bool>,
    /// Whether the SELinux policy knows the class user_namespace.
    pub selinux_userns_class: Fact<bool>,
    /// Whether it lets our domain make user namespaces.
    pub selinux_grants_userns: Fact<bool>,
    /// Whether it lets our domain have the capabilities in them that sandboxes use.
    pub selinux_grants_caps: Fact<bool>,
}

impl Lsm {
    /// Whether an AppArmor profile for a program is installed.
    pub(crate) fn profile_of(&self, program: &Program) -> Fact<bool> {
        let untold = || Fact::not_probed(format!("/etc/apparmor.d/{}", program.name));
        self.apparmor_profiles.get(program.key).cloned().unwrap_or_else(untold)
    }
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
    /// The control group in sight that has no room for so many more tasks.
    #[must_use]
    pub(crate) fn full(&self, tasks: u64) -> Option<&PidsLimit> {
        self.pids
            .value()?
            .iter()
            .find(|limit| limit.max.is_some_and(|max| limit.current + tasks > max))
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
    /// The variable `container` of pid 1, which a manager sets (systemd.io, "Container Interface").
    pub pid1_container: Fact<String>,
    /// The name of pid 1.
    pub pid1_comm: Fact<String>,
    /// The name of pid 2: `kthreadd` in the initial pid namespace.
    pub pid2_comm: Fact<String>,
}

impl Markers {
    /// Whether one of the paths is there, where that is known.
    #[must_use]
    pub(crate) fn has(&self, path: &str) -> Option<bool> {
        self.paths.get(path)?.value().copied()
    }
}

/// User accounts and subordinate ids. A report shows the accounts that count.
#[derive(Clone, Debug, Default)]
pub(crate) struct Accounts {
    /// Where a capture has left accounts out: the names that were looked for all the same.
    pub looked_for: Option<Vec<String>>,
    /// `/etc/passwd`.
    pub users: Fact<Vec<Account>>,
    /// Whether the caller has no account there, and nsswitch.conf(5) names another source that may
    /// have one.
    pub elsewhere: bool,
    /// `/etc/group`.
    pub groups: Fact<Vec<Account>>,
    /// `/etc/subuid`.
    pub subuid: Fact<SubIds>,
    /// `/etc/subgid`.
    pub subgid: Fact<SubIds>,
}

/// A device file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Device {
    /// Its permission bits.
    pub mode: u32,
    /// Its owner.
    pub uid: u32,
    /// Its group.
    pub gid: Option<u32>,
    /// Whether a control group of devices is known to keep it shut.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub refused: bool,
}

impl Accounts {
    /// The two files of subordinate ids: those of users, those of groups.
    pub(crate) fn subids(&self) -> [&Fact<SubIds>; 2] {
        [&self.subuid, &self.subgid]
    }

    /// The same, to change them.
    pub(crate) fn subids_mut(&mut self) -> [&mut Fact<SubIds>; 2] {
        [&mut self.subuid, &mut self.subgid]
    }

    /// The ranges of both.
    pub(crate) fn all_ranges(&self) -> impl Iterator<Item = &SubIdRange> {
        self.subids().into_iter().filter_map(Fact::value).flatten()
    }

    /// The first id that useradd(8) would give away.
    #[must_use]
    pub(crate) fn free_subid(&self) -> u64 {
        const FIRST: u64 = 100_000;
        self.all_ranges().map(SubIdRange::end).max().unwrap_or(0).max(FIRST)
    }

    /// Whether an account is there for subordinate ids.
    pub(crate) fn counts(&self, account: &Account) -> bool {
        let is_number = |owner: &str| {
            // Few owners are written as numbers.
            owner.starts_with(|c: char| c.is_ascii_digit()) && owner == account.id.to_string()
        };
        let mut owners = self.all_ranges().map(|range| range.owner.as_str());
        account.name == "dockremap" || owners.any(|owner| owner == account.name || is_number(owner))
    }

    /// Whether a name that is not there may have been left out.
    pub(crate) fn unseen(&self, name: &str) -> bool {
        self.looked_for.as_ref().is_some_and(|names| !names.iter().any(|known| known == name))
    }

    /// The ranges that a user has in one of the files, by name or by number.
    pub(crate) fn ranges<'a>(
        &self,
        file: &'a Fact<SubIds>,
        uid: u64,
    ) -> impl Iterator<Item = &'a SubIdRange> {
        let granted = file.value().map_or(&[][..], |file| file.as_slice());
        subid::of(granted, self.user_name(uid), Some(uid))
    }

    /// Whether a user has no range of uids, or none of gids. Nothing is said where a file was not
    /// read.
    #[must_use]
    pub(crate) fn lacks_ranges(&self, uid: u64) -> bool {
        self.are_lacking(|file| self.ranges(file, uid).next().is_none())
    }

    fn are_lacking(&self, none_in: impl Fn(&Fact<SubIds>) -> bool) -> bool {
        let lacks = |file: &Fact<SubIds>| !file.is_undecided() && none_in(file);
        !self.users.is_undecided() && !self.elsewhere && self.subids().into_iter().any(lacks)
    }

    /// The uid of an account.
    fn uid_of(&self, name: &str) -> Option<u64> {
        self.users.value()?.iter().find(|a| a.name == name).map(|a| a.id)
    }

    #[must_use]
    pub(crate) fn user_name(&self, uid: u64) -> Option<&str> {
        self.users.value()?.iter().find(|a| a.id == uid).map(|a| a.name.as_str())
    }
}

impl Serialize for Accounts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let [users, groups] = [&self.users, &self.groups].map(|file| {
            file.field(|list| Some(list.iter().filter(|a| self.counts(a)).collect::<Vec<_>>()))
        });
        let mut out = serializer.serialize_struct("Accounts", 4)?;
        out.serialize_field("users", &users)?;
        out.serialize_field("groups", &groups)?;
        out.serialize_field("subuid", &self.subuid)?;
        out.serialize_field("subgid", &self.subgid)?;
        out.end()
    }
}

impl Facts {
    /// The effective uid and gid.
    #[must_use]
    pub(crate) fn ids(&self) -> Ids {
        (self.process.euid.value().copied(), self.process.egid.value().copied())
    }

    /// The ranges in one of the files that a plan asks for.
    pub(crate) fn asked_ranges<'a>(
        &self,
        plan: &Plan,
        file: &'a Fact<SubIds>,
    ) -> impl Iterator<Item = &'a SubIdRange> {
        let (name, uid) = self.asked_for(plan);
        subid::of(file.value().map_or(&[][..], |file| file.as_slice()), name, uid)
    }

    /// Whose ranges a plan asks for: its caller's, or those of the user whom `$USER` names.
    fn asked_for(&self, plan: &Plan) -> (Option<&str>, Option<u64>) {
        let named = self.env.user.value().filter(|name| !name.is_empty());
        match named.filter(|_| plan.does(Habit::AsksForNamedUser)) {
            Some(name) => (Some(name), self.accounts.uid_of(name)),
            None => {
                let uid = self.ids().0;
                let name = uid.and_then(|uid| self.accounts.user_name(uid));
                // Where no account has a name for podman to ask with, it finds no range.
                let Accounts { users, elsewhere, .. } = &*self.accounts;
                let nobody = name.is_none() && !users.is_undecided() && !elsewhere;
                (name, uid.filter(|_| !nobody || !plan.does(Habit::AsksForNamedUser)))
            }
        }
    }

    /// Whether there is no range of uids, or none of gids, that a plan asks for: podman then maps
    /// one id. Nothing is said where a file was not read.
    #[must_use]
    pub(crate) fn lacks_asked_ranges(&self, plan: &Plan) -> bool {
        self.accounts.are_lacking(|file| self.asked_ranges(plan, file).next().is_none())
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

    /// Whether our user namespace is the initial one; the map alone could be copied.
    #[must_use]
    pub(crate) fn in_initial_userns(&self) -> Option<bool> {
        match (self.namespaces.user.value(), self.process.uid_map.value()) {
            (Some(inode), _) => Some(*inode == OwnNamespaces::INITIAL_USER),
            (None, Some(map)) if !map.is_initial() => Some(false),
            (None, Some(_)) => Some(true),
            (None, None) => None,
        }
    }

    /// Whether somebody made the sandbox around us of the host's own files: a user, by a user
    /// namespace with one id, where container engines map more; or who started bubblewrap, the
    /// first process of our pid namespace then (bubblewrap.c, `do_init`).
    #[must_use]
    pub(crate) fn in_sandbox_of_a_user(&self) -> bool {
        let map = self.process.uid_map.value().map(|map| map.0.as_slice());
        let of_user =
            self.in_initial_userns() == Some(false) && matches!(map, Some([one]) if one.count == 1);
        of_user || self.under_bwrap()
    }

    /// Whether the first process of our pid namespace is bubblewrap.
    #[must_use]
    pub(crate) fn under_bwrap(&self) -> bool {
        let comm = self.markers.pid1_comm.value();
        self.in_initial_pidns() == Some(false) && comm.is_some_and(|comm| comm == "bwrap")
    }

    /// Whether our pid namespace is the initial one.
    #[must_use]
    pub(crate) fn in_initial_pidns(&self) -> Option<bool> {
        self.namespaces.pid.value().map(|inode| *inode == OwnNamespaces::INITIAL_PID)
    }

    /// Whether the kernel is at least this version, where the release is known.
    #[must_use]
    pub(crate) fn kernel_at_least(&self, major: u32, minor: u32) -> Option<bool> {
        self.os.release.value().map(|release| release.at_least(major, minor))
    }

    /// What was tried after the probe had been refused at this step.
    #[must_use]
    pub(crate) fn trial_at(&self, step: Step) -> Option<&Trial> {
        self.trial.as_ref().filter(|trial| trial.step == Some(step))
    }

    /// Whether the probe was refused at this step with this errno.
    #[must_use]
    pub(crate) fn refused_at(&self, step: Step, errno: Errno) -> bool {
        self.trial_at(step).is_some_and(|trial| trial.errno == Some(errno))
    }
}
