//! What is tried for real after a probe was refused, to tell equal errnos apart.

use super::child::die_with_parent;
use super::outcome::ProbeOutcome;
use super::questions::PATIENCE;
use super::runner::again_while;
use super::wait::reap;
use crate::errno::Errno;
use crate::facts::{Fact, Missing, Reply, Trial};
use crate::plan::{MS_PROC, MS_REC_PRIVATE, Namespaces, Plan, Step};
use crate::sys::{self, Fork, Raw};

/// What is tried on our own pid namespace.
const OWN_PIDNS: &str = "setns(2) into our own pid namespace";

/// Tries what tells the causes of a refusal apart.
#[must_use]
pub(super) fn run(outcome: &ProbeOutcome, plan: &Plan) -> Trial {
    let Some(refusal) = &outcome.refusal else { return Trial::default() };
    let user = plan.namespaces.0 & Namespaces::USER;
    let mut trial = Trial {
        step: Some(refusal.step),
        errno: refusal.errno,
        signal: refusal.signal.clone(),
        binary_only: outcome.own.is_some(),
        user: Fact::not_probed("unshare(CLONE_NEWUSER)"),
        pid: Fact::not_probed(if user == 0 {
            "unshare(CLONE_NEWPID)"
        } else {
            "unshare(CLONE_NEWUSER|CLONE_NEWPID)"
        }),
        mnt: Fact::not_probed(if user == 0 {
            "unshare(CLONE_NEWNS)"
        } else {
            "unshare(CLONE_NEWUSER|CLONE_NEWNS)"
        }),
        own_ids: Fact::not_probed("setresgid(getegid()), setresuid(geteuid())"),
        user_with_own_ids: Fact::not_probed("unshare(CLONE_NEWUSER) after setresuid(geteuid())"),
        inner_uts: Fact::not_probed("unshare(CLONE_NEWUTS) in a new user namespace"),
        own_files: Fact::not_probed("/proc/self/uid_map"),
        own_pidns: Fact::not_probed(OWN_PIDNS),
    };
    let kernel = matches!(
        refusal.step,
        Step::Unshare
            | Step::UidMap
            | Step::Setgroups
            | Step::GidMap
            | Step::Propagation
            | Step::NewRoot
            | Step::PivotRoot
            | Step::Loopback
            | Step::Hostname
            | Step::SecondUserns
            | Step::InnerNamespaces
    );
    // A process that a filter kills would only be killed again.
    if kernel && refusal.signal.is_none() {
        trial.user.seen = with_room(Namespaces::USER);
        // Where there is no room for the first there is none for both.
        let full = user != 0 && trial.user.value() == Some(&Reply::Refused(Errno::ENOSPC));
        if !full {
            trial.pid.seen = with_room(user | Namespaces::PID);
            trial.mnt.seen = with_room(user | Namespaces::MNT);
        }
        if trial.user.value() == Some(&Reply::Refused(Errno::EPERM)) {
            trial.own_ids.seen = attempt(take_own_ids);
            trial.user_with_own_ids.seen =
                attempt(|| take_own_ids().and_then(|()| sys::unshare(Namespaces::USER)));
        }
        if trial.user.value() == Some(&Reply::Ok) {
            trial.inner_uts.seen = attempt(|| {
                sys::unshare(Namespaces::USER).and_then(|()| sys::unshare(Namespaces::UTS))
            });
        }
    }
    if refusal.errno == Some(Errno::EACCES) {
        trial.own_files.seen = match rustix::fs::stat("/proc/self/uid_map") {
            Ok(stat) if stat.st_uid == rustix::process::geteuid().as_raw() => Ok(Reply::Ok),
            Ok(_) => Ok(Reply::Refused(Errno::EACCES)),
            Err(_) => Err(Missing::NotProbed),
        };
    }
    if refusal.step == Step::MountProc && refusal.errno == Some(Errno::EPERM) {
        trial.own_pidns.seen = attempt(enter_own_pid_namespace);
    }
    trial
}

fn enter_own_pid_namespace() -> Raw<()> {
    use rustix::fs::{CWD, Mode, OFlags, openat};
    use rustix::process::{PidfdFlags, getpid, pidfd_open};
    use rustix::thread::{
        LinkNameSpaceType, ThreadNameSpaceType, move_into_link_name_space,
        move_into_thread_name_spaces,
    };
    use std::os::fd::AsFd;
    let entered =
        match openat(CWD, "/proc/self/ns/pid", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()) {
            Ok(namespace) => {
                move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::ProcessID))
            }
            // Without a procfs of ours, by the process itself (setns(2), Linux 5.8).
            Err(_) => pidfd_open(getpid(), PidfdFlags::empty()).and_then(|own| {
                move_into_thread_name_spaces(own.as_fd(), ThreadNameSpaceType::PROCESS_ID)
            }),
        };
    entered.map_err(|e| e.raw_os_error())
}

/// Sets our ids to what they look like. An id that is not mapped looks like 65534, which may be
/// mapped to another one: then this is a change, and needs privilege; where it is not mapped at all
/// it is no id (EINVAL, setresuid(2)).
fn take_own_ids() -> Raw<()> {
    let (uid, gid) = (rustix::process::geteuid(), rustix::process::getegid());
    rustix::thread::set_thread_res_gid(gid, gid, gid).map_err(|e| e.raw_os_error())?;
    rustix::thread::set_thread_res_uid(uid, uid, uid).map_err(|e| e.raw_os_error())
}

/// Makes namespaces in a child, and again where those of the child before may still count. Another
/// child cannot be had where the first one was the init of a pid namespace that waited for it.
fn with_room(flags: u64) -> Result<Reply, Missing> {
    let make = || attempt(|| sys::unshare(flags));
    let full = |reply: &Result<Reply, Missing>| matches!(reply, Ok(Reply::Refused(Errno::ENOSPC)));
    again_while(make(), full, || Some(make()).filter(|reply| *reply != Err(Missing::NotProbed)))
}

/// Mounts a procfs in namespaces that the user namespace around us owns.
pub(super) fn mount_own_proc() -> Result<Reply, Missing> {
    attempt(|| {
        sys::unshare(Namespaces::MNT | Namespaces::PID)?;
        // The first process of the pid namespace is the one whose procfs that is.
        match attempt(|| {
            sys::mount("none", "/", None, MS_REC_PRIVATE)?;
            sys::mount("proc", "/proc", Some("proc"), MS_PROC)
        }) {
            Ok(Reply::Refused(errno)) => Err(errno.raw()),
            _ => Ok(()),
        }
    })
}

/// Does something in a child and reports how it ended by its exit status.
fn attempt(action: impl FnOnce() -> Raw<()>) -> Result<Reply, Missing> {
    match sys::fork() {
        Err(_) => Err(Missing::NotProbed),
        Ok(Fork::Child) => {
            die_with_parent();
            sys::exit(action().err().unwrap_or(0) & 0xff)
        }
        // A filter that hands the call to a supervisor may never answer.
        Ok(Fork::Parent(pid)) => {
            let Some(status) = reap(pid, PATIENCE) else { return Err(Missing::NotProbed) };
            match (status.exit_status(), status.terminating_signal()) {
                (Some(0), _) => Ok(Reply::Ok),
                (Some(raw), _) => Ok(Reply::Refused(Errno::from_raw(raw))),
                (_, Some(libc::SIGSYS)) => Ok(Reply::Killed),
                _ => Err(Missing::NotProbed),
            }
        }
    }
}
