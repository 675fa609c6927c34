//! What is mounted.

use serde::Serialize;

use super::{Fact, Reply};
use crate::parse::mountinfo::Mount;

#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Mounts {
    /// `/proc/self/mountinfo`.
    pub list: Fact<Vec<Mount>>,
    /// `/proc/self/mounts`, read where no mountinfo tells more. It says what place this is; what is
    /// locked or masked it does not show well enough for a rule.
    #[serde(skip)]
    pub table: Fact<Vec<Mount>>,
    /// Of a container that is only planned: what may be mounted besides, and bears on whether a
    /// fresh procfs may be; in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub perhaps: Option<String>,
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
    /// Whether we can write where podman keeps the containers of a user; not asked for root.
    pub own_storage: Fact<Reply>,
    /// The same of its directory for what runs.
    pub own_run_dir: Fact<Reply>,
    /// Whether the working directory is there, and can be entered.
    pub working_dir: Fact<Reply>,
    /// Whether `/tmp` is there.
    pub tmp: Fact<bool>,
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ProcDir {
    /// A procfs that knows this process.
    Proc,
    /// A procfs of another pid namespace: `/proc/self` leads nowhere.
    ProcOfOtherPidNamespace,
    /// A directory with something else in it.
    NotProc,
    /// No procfs, and its `self` is a directory: that of one process, whoever looks (a bind mount
    /// over a tmpfs). The files of a child of that process are not there.
    FixedSelf,
}
