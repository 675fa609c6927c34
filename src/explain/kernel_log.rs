//! Lines of the kernel's log, which name the cause outright.

use crate::errno::Errno::{self, EACCES, EAGAIN, EPERM};
use crate::parse::message;
use crate::plan::Step::{self, Fork, MountProc, Propagation};

/// What a line of the kernel's log names.
pub(super) struct Entry {
    pub id: &'static str,
    pub step: Option<Step>,
    pub errno: Option<Errno>,
}

impl Entry {
    const fn new(id: &'static str, step: Option<Step>, errno: Option<Errno>) -> Self {
        Self { id, step, errno }
    }
}

/// A line of the kernel's log; `Some(None)`: one that names no cause.
pub(super) fn log_entry(lower: &str) -> Option<Option<Entry>> {
    if lower.contains("apparmor=\"") {
        return Some(apparmor_entry(lower));
    }
    if lower.contains("avc:") && lower.contains("denied") {
        return Some(selinux_entry(lower));
    }
    if lower.contains("type=1326") || lower.contains("type=seccomp") {
        return Some(Some(seccomp_entry(lower)));
    }
    if lower.contains("too revealing") {
        return Some(Some(Entry::new("proc-masked", Some(MountProc), Some(EPERM))));
    }
    lower.contains("fork rejected by pids controller").then_some(Some(Entry::new(
        "cgroup-pids-max",
        Some(Fork),
        Some(EAGAIN),
    )))
}

/// The value of `name=value` or `name="value"`.
fn field<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = line.split_once(name)?;
    match rest.strip_prefix('"') {
        Some(rest) => rest.split('"').next(),
        None => rest.split_whitespace().next(),
    }
}

fn apparmor_entry(lower: &str) -> Option<Entry> {
    let profile = field(lower, "profile=").unwrap_or("");
    let restricted = profile.contains("unprivileged_userns")
        || profile.contains("unpriv_")
        || lower.contains("target=\"unprivileged_userns\"");
    let denied = lower.contains("apparmor=\"denied\"");
    let errno = if denied { message::errno_in(lower).or(Some(EACCES)) } else { None };
    let ubuntu = |step| Some(Entry::new("apparmor-unprivileged-userns", step, errno));
    match field(lower, "operation=")? {
        "userns_create" if restricted => ubuntu(denied.then_some(Step::Unshare)),
        "userns_create" if denied && profile == "unconfined" => {
            Some(Entry::new("apparmor-profile-missing", Some(Step::Unshare), errno))
        }
        "userns_create" if denied => {
            Some(Entry::new("apparmor-userns-denied", Some(Step::Unshare), errno))
        }
        "mount" | "remount" | "umount" | "pivotroot" if denied => {
            let proc = lower.contains("fstype=\"proc\"")
                || field(lower, " name=").is_some_and(|n| n.starts_with("/proc"));
            let step = Some(if proc { MountProc } else { Propagation });
            if restricted {
                ubuntu(step)
            } else {
                Some(Entry::new("apparmor-deny-mount", step, errno))
            }
        }
        "capable" if restricted && denied => ubuntu(None),
        _ => None,
    }
}

fn selinux_entry(lower: &str) -> Option<Entry> {
    if lower.contains("permissive=1") {
        return None;
    }
    match field(lower, "tclass=")? {
        "user_namespace" => {
            Some(Entry::new("selinux-userns-denied", Some(Step::Unshare), Some(EACCES)))
        }
        "filesystem" | "cap_userns" => Some(Entry::new("selinux-mount-denied", None, Some(EACCES))),
        _ if lower.contains("mounton") => {
            Some(Entry::new("selinux-mount-denied", None, Some(EACCES)))
        }
        _ => None,
    }
}

/// The audit record of a filter: the number of the call by architecture (asm/unistd.h), and the
/// signal.
fn seccomp_entry(lower: &str) -> Entry {
    let arm = field(lower, "arch=") == Some("c00000b7");
    let call = field(lower, "syscall=").unwrap_or("");
    let (id, step) = match (arm, call) {
        (false, "272") | (true, "97") => ("seccomp-unshare", Some(Step::Unshare)),
        (false, "56") | (true, "220") | (_, "435") => ("seccomp-clone", Some(Step::Unshare)),
        (false, "165") | (true, "40") => ("seccomp-mount", Some(Propagation)),
        _ => ("seccomp-kill", None),
    };
    // Where no signal is sent the call was refused with an error, that the record does not tell.
    Entry::new(if lower.contains("sig=0") { id } else { "seccomp-kill" }, step, None)
}
