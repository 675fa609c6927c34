//! Whether file systems take id-mapped mounts: asked of detached mounts, which go away with the
//! process that asks.

use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::Errno as Raw;
use rustix::mount::{
    FsMountFlags, FsOpenFlags, MountAttrFlags, OpenTreeFlags, fsconfig_create, fsmount, fsopen,
    open_tree,
};
use rustix::process::{Pid, Signal, kill_process};

use super::child::die_with_parent;
use super::questions::{NOT_ASKED, PATIENCE};
use super::wait::{reap, sleep};
use crate::plan::Namespaces;
use crate::sys::{self, Fork};

/// Maps the mount at a path; what is not there yet will be made in the directory above.
pub(super) fn at(path: &str) -> sys::Raw<()> {
    let clone = OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC;
    for dir in Path::new(path).ancestors() {
        match open_tree(CWD, dir, clone) {
            Ok(mount) => return map(&mount),
            Err(Raw::NOENT | Raw::NOTDIR) => {}
            Err(error) => return Err(refused(error)),
        }
    }
    Err(NOT_ASKED)
}

/// Maps a tmpfs.
pub(super) fn tmpfs() -> sys::Raw<()> {
    let new = fsopen("tmpfs", FsOpenFlags::FSOPEN_CLOEXEC).and_then(|context| {
        fsconfig_create(context.as_fd())?;
        fsmount(context.as_fd(), FsMountFlags::FSMOUNT_CLOEXEC, MountAttrFlags::empty())
    });
    map(&new.map_err(refused)?)
}

/// A kernel without such calls has no id-mapped mounts either; other refusals concern the caller.
fn refused(error: Raw) -> i32 {
    if error == Raw::NOSYS { error.raw_os_error() } else { NOT_ASKED }
}

fn map(mount: &OwnedFd) -> sys::Raw<()> {
    let users = user_namespace().ok_or(NOT_ASKED)?;
    let mapped = sys::idmap(mount.as_fd(), users.as_fd());
    if mapped == Err(libc::EPERM) { Err(NOT_ASKED) } else { mapped }
}

/// A user namespace with a map: that of a child, which has ended by then.
fn user_namespace() -> Option<OwnedFd> {
    let pid = match sys::clone(Namespaces::USER).ok()? {
        Fork::Parent(pid) => pid,
        Fork::Child => {
            die_with_parent();
            sleep(PATIENCE);
            sys::exit(0)
        }
    };
    let users = mapped(pid);
    let _ = kill_process(pid, Signal::KILL);
    let _ = reap(pid, PATIENCE);
    users
}

fn mapped(pid: Pid) -> Option<OwnedFd> {
    let path = |name: &str| format!("/proc/{}/{name}", pid.as_raw_nonzero());
    for map in ["uid_map", "gid_map"] {
        std::fs::write(path(map), "0 65536 65536\n").ok()?;
    }
    openat(CWD, path("ns/user"), OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).ok()
}
