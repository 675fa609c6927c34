//! Starts the throw-away child, listens to it, and ends it.

use std::time::Duration;

use rustix::process::{Signal, WaitOptions, kill_process, waitpid};

use super::binary;
use super::child::{Caller, RECORD, Record, perform};
use super::outcome::{Outcome, Refusal, Status};
use super::questions::read_until_end;
use crate::errno::Errno;
use crate::facts::Facts;
use crate::mechanisms::{Call, Namespaces, Plan, Propagation, Step};
use crate::sys::{self, Fork};

/// How far a probe may go.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long it may take.
    pub patience: Duration,
    /// Whether isodoc itself may enter the namespaces where one task more than the mechanism's own would be
    /// one too many. It is the last thing isodoc does then.
    pub in_place: bool,
}

/// Probes a plan.
pub fn run(plan: &Plan, facts: &Facts, limits: Limits) -> Outcome {
    if let Some(outcome) = without_kernel(plan, facts) {
        return outcome;
    }
    let own = if plan.beyond.is_empty() && !plan.external_maps() {
        own_child(plan, limits)
    } else {
        Outcome::without(Status::Skipped("these flags need the real program".into()))
    };
    if plan.call == Call::Clone {
        return own;
    }
    match binary::reason(plan, facts) {
        Some(reason) => binary::run(plan, facts, own, reason, limits.patience),
        None => own,
    }
}

/// The steps before the first system call, which need no child.
fn without_kernel(plan: &Plan, facts: &Facts) -> Option<Outcome> {
    let refused = |step, errno| Some(Outcome::ran(Some(Refusal { step, errno, signal: None, message: None }), None));
    let tool = if plan.mechanism == "nsjail" { &facts.tools.nsjail } else { &facts.tools.unshare };
    if tool.is_absent() {
        return refused(Step::FindBinary, Some(Errno::ENOENT));
    }
    if plan.flag_error.is_some() {
        return refused(Step::ParseFlags, None);
    }
    let shared = matches!(plan.propagation, Propagation::Shared | Propagation::Unchanged);
    if plan.mount_proc.is_some() && shared && !plan.new_user() && plan.namespaces.has(Namespaces::MNT) && !proc_is_mounted(plan, facts) {
        return Some(Outcome::without(Status::Skipped("with this propagation the mount would reach the host".into())));
    }
    None
}

/// Whether the target of `--mount-proc` is a mount point, so that making it private keeps the new mount inside.
fn proc_is_mounted(plan: &Plan, facts: &Facts) -> bool {
    let mounts = facts.mounts.list.value();
    mounts.is_some_and(|mounts| mounts.iter().any(|m| Some(&m.target) == plan.mount_proc.as_ref()))
}

fn own_child(plan: &Plan, limits: Limits) -> Outcome {
    let caller = Caller {
        euid: rustix::process::geteuid().as_raw(),
        egid: rustix::process::getegid().as_raw(),
        pid: rustix::process::getpid().as_raw_nonzero().get().unsigned_abs(),
    };
    let outcome = in_child(plan, &caller, limits.patience);
    let out_of_tasks = outcome.refusal.as_ref().is_some_and(|r| r.step == Step::Fork && r.errno == Some(Errno::EAGAIN));
    // The child of our child is one task more than the mechanism has: without it the fork may pass.
    if out_of_tasks && limits.in_place {
        return in_place(plan, &caller, limits.patience).unwrap_or(outcome);
    }
    if out_of_tasks { Outcome::without(Status::Failed("isodoc's own processes fill the limit on tasks".into())) } else { outcome }
}

fn in_child(plan: &Plan, caller: &Caller, patience: Duration) -> Outcome {
    let Ok((read, write)) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC) else {
        return Outcome::without(Status::Failed("isodoc cannot make a pipe".into()));
    };
    let pid = match sys::fork() {
        Ok(Fork::Parent(pid)) => pid,
        Ok(Fork::Child) => {
            perform(plan, caller, &write, false);
            sys::exit(0)
        }
        Err(raw) => return Outcome::without(Status::Failed(format!("isodoc cannot fork: {}", Errno::from_raw(raw).text()))),
    };
    drop(write);
    let bytes = read_until_end(read, patience);
    if bytes.is_none() {
        let _ = kill_process(pid, Signal::KILL);
    }
    let signal = match waitpid(Some(pid), WaitOptions::empty()) {
        Ok(Some((_, status))) => status.terminating_signal(),
        _ => None,
    };
    match bytes {
        None => Outcome::without(Status::Failed(format!("no answer within {} s", patience.as_secs()))),
        Some(bytes) => read_records(&bytes, signal),
    }
}

/// Performs the steps as isodoc itself. It cannot come back from its new namespaces, and need not.
fn in_place(plan: &Plan, caller: &Caller, patience: Duration) -> Option<Outcome> {
    let (read, write) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).ok()?;
    perform(plan, caller, &write, true);
    drop(write);
    Some(read_records(&read_until_end(read, patience)?, None))
}

fn read_records(bytes: &[u8], signal: Option<i32>) -> Outcome {
    let (mut at, mut killed) = (Step::Unshare, signal);
    for record in bytes.as_chunks::<RECORD>().0.iter().filter_map(Record::decode) {
        match record {
            Record::Begin(step) => at = step,
            Record::Killed(signal) => killed = Some(signal),
            Record::Refused(step, raw) => {
                let errno = Some(Errno::from_raw(raw));
                return Outcome::ran(Some(Refusal { step, errno, signal: None, message: None }), None);
            }
            Record::Passed(isolation) => return Outcome::ran(None, Some(isolation)),
        }
    }
    match killed {
        Some(signal) => {
            let signal = Some(signal_name(signal));
            Outcome::ran(Some(Refusal { step: at, errno: None, signal, message: None }), None)
        }
        None => Outcome::without(Status::Failed(format!("the child ended without a word at step {at}"))),
    }
}

/// The name of a signal (signal(7)).
pub(super) fn signal_name(raw: i32) -> String {
    match raw {
        libc::SIGSYS => "SIGSYS".into(),
        libc::SIGKILL => "SIGKILL".into(),
        libc::SIGSEGV => "SIGSEGV".into(),
        libc::SIGABRT => "SIGABRT".into(),
        libc::SIGBUS => "SIGBUS".into(),
        libc::SIGTERM => "SIGTERM".into(),
        libc::SIGPIPE => "SIGPIPE".into(),
        other => format!("signal {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_said_is_no_answer() {
        assert!(matches!(read_records(&[], None).status, Status::Failed(_)));
        let killed = read_records(&[], Some(libc::SIGSYS)).refusal.unwrap();
        assert_eq!((killed.step, killed.errno, killed.signal.as_deref()), (Step::Unshare, None, Some("SIGSYS")));
    }
}
