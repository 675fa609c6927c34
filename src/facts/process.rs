//! This process: its ids, capabilities, limits and namespaces.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Fact;
use crate::parse::idmap::IdMap;
use crate::plan::ResourceLimit;

/// A set of capabilities (capabilities(7)), one bit each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Caps(pub u64);

impl Caps {
    /// Every capability.
    pub(crate) const ALL: Self = Self((1 << 41) - 1);
    /// CAP_DAC_OVERRIDE.
    pub(crate) const DAC_OVERRIDE: u32 = 1;
    /// CAP_DAC_READ_SEARCH.
    pub(crate) const DAC_READ_SEARCH: u32 = 2;
    /// CAP_NET_ADMIN.
    pub(crate) const NET_ADMIN: u32 = 12;
    /// CAP_SETGID.
    pub(crate) const SETGID: u32 = 6;
    /// CAP_SETUID.
    pub(crate) const SETUID: u32 = 7;
    /// CAP_SETPCAP.
    pub(crate) const SETPCAP: u32 = 8;
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

/// As `/proc/PID/status` has it.
impl std::fmt::Display for Caps {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl Serialize for Caps {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

/// This process: ids, capabilities, seccomp, limits.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Process {
    /// The effective user id.
    pub euid: Fact<u64>,
    /// The effective group id.
    pub egid: Fact<u64>,
    pub cap_eff: Fact<Caps>,
    /// The capability bounding set.
    pub cap_bnd: Fact<Caps>,
    pub no_new_privs: Fact<bool>,
    /// 0 no seccomp, 1 strict, 2 filters.
    pub seccomp: Fact<u64>,
    /// Whether the filter is known to stay as it is when capabilities are added: that of a
    /// container with a profile of its own, in place of the engine's.
    #[serde(skip)]
    pub own_profile: bool,
    /// `envID` of the status file: the container of OpenVZ, 0 outside of one.
    #[serde(skip)]
    pub openvz: Fact<String>,
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
    /// The hard limits, by their names in `/proc/PID/limits`; what is not among them is unlimited.
    #[serde(skip)]
    pub hard_limits: Fact<BTreeMap<String, u64>>,
    /// How many tasks of our real uid are visible; counted only where the limit is within reach.
    #[serde(skip)]
    pub nproc_used: Fact<u64>,
    /// Tasks of this user in user namespaces that are not known to be ours; they may count or not.
    #[serde(skip)]
    pub nproc_elsewhere: u64,
}

impl Process {
    /// Those of these limits that are above the hard ones, and the hard ones.
    pub(crate) fn beyond_hard_limits(
        &self,
        limits: &[(ResourceLimit, u64)],
    ) -> impl Iterator<Item = (ResourceLimit, u64, u64)> {
        let hard = self.hard_limits.value();
        limits.iter().filter_map(move |(limit, wanted)| {
            let most = hard?.get(limit.name()).filter(|most| wanted > most)?;
            Some((*limit, *wanted, *most))
        })
    }
}

impl OwnNamespaces {
    /// The inodes of the initial namespaces are fixed (include/linux/proc_ns.h,
    /// PROC_USER_INIT_INO and the like).
    pub(crate) const INITIAL_USER: u64 = 0xEFFF_FFFD;
    pub(crate) const INITIAL_PID: u64 = 0xEFFF_FFFC;
    pub(crate) const INITIAL_CGROUP: u64 = 0xEFFF_FFFB;
    pub(crate) const INITIAL_TIME: u64 = 0xEFFF_FFFA;
}

/// The namespaces of this process, by inode number.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct OwnNamespaces {
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
