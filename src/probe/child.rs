//! The throw-away child: performs the steps of a plan as the mechanism would, and reports each over
//! a pipe.

use std::os::fd::AsFd;

use rustix::fs::{Mode, OFlags};
use rustix::process::{Signal, WaitOptions, waitpid};

use super::outcome::Isolation;
use crate::plan::{IdMapping, Namespaces, Plan, Propagation, Step, TimeOffsets, Via};
use crate::plan::{MS_PROC, MS_REC_PRIVATE};
use crate::sys::{self, Fork, Raw};

/// What the child says, one record after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Record {
    /// It is about to do this step.
    Begin(Step),
    /// The step was refused with this raw error number; 0 where a program would say none.
    Refused(Step, i32),
    /// The inner process was killed by this signal.
    Killed(i32),
    /// Every step passed.
    Passed(Isolation),
    /// The child is not where its parent is, so what it meets is no answer.
    Elsewhere,
    /// The next mount could reach other mount namespaces, so it was not made.
    Unsafe,
}

/// The size of a record on the pipe; smaller than PIPE_BUF, so records never mix.
pub(super) const RECORD: usize = 16;

impl Record {
    fn encode(self) -> [u8; RECORD] {
        let (tag, a, b, c) = match self {
            Self::Begin(step) => (0, step_index(step), 0, 0),
            Self::Refused(step, raw) => (1, step_index(step), raw.cast_unsigned(), 0),
            Self::Killed(signal) => (2, signal.cast_unsigned(), 0, 0),
            Self::Elsewhere => (4, 0, 0, 0),
            Self::Unsafe => (5, 0, 0, 0),
            Self::Passed(seen) => {
                (3, seen.pid, seen.processes, u32::from(seen.outer_environ_readable))
            }
        };
        let mut out = [0; RECORD];
        for (to, word) in out.as_chunks_mut().0.iter_mut().zip([tag, a, b, c]) {
            *to = word.to_ne_bytes();
        }
        out
    }

    /// Reads one record back.
    #[must_use]
    pub(super) fn decode(bytes: &[u8; RECORD]) -> Option<Self> {
        let word =
            |at: usize| Some(u32::from_ne_bytes(bytes.get(at * 4..at * 4 + 4)?.try_into().ok()?));
        let step = |n: u32| Step::ALL.get(usize::try_from(n).ok()?).copied();
        Some(match word(0)? {
            0 => Self::Begin(step(word(1)?)?),
            1 => Self::Refused(step(word(1)?)?, word(2)?.cast_signed()),
            2 => Self::Killed(word(1)?.cast_signed()),
            3 => Self::Passed(Isolation {
                pid: word(1)?,
                processes: word(2)?,
                outer_environ_readable: word(3)? == 1,
            }),
            4 => Self::Elsewhere,
            5 => Self::Unsafe,
            _ => return None,
        })
    }
}

fn step_index(step: Step) -> u32 {
    Step::ALL.iter().position(|s| *s == step).and_then(|at| u32::try_from(at).ok()).unwrap_or(0)
}

/// Writes to the pipe; when nobody reads any more there is nothing left to do.
pub(super) fn send(pipe: impl AsFd, bytes: &[u8]) {
    let _ = rustix::io::write(pipe, bytes);
}

/// What the child needs to know of the process that started it.
pub(super) struct Caller {
    /// Its effective uid: what is mapped.
    pub euid: u32,
    /// Its effective gid.
    pub egid: u32,
    /// Its pid, as far as its own `/proc` names it.
    pub pid: u32,
    /// Whether a mount could propagate out of the namespaces of the plan, and has to be kept
    /// inside.
    pub confine: bool,
}

/// Runs the steps; `in_place` is whether this is isodoc itself, which has to live on.
///
/// Returns only in the outer process: the inner one, if there is one, ends here.
pub(super) fn perform<P: AsFd>(plan: &Plan, caller: &Caller, pipe: &P, in_place: bool) {
    if !in_place {
        die_with_parent();
    }
    let mut steps = StepRunner { plan, caller, pipe };
    // Our parent is out of sight: we were born in another pid namespace than it is in, which a
    // procfs would have shown.
    if !in_place && plan.namespaces.has(Namespaces::PID) && rustix::process::getppid().is_none() {
        return steps.tell(Record::Elsewhere);
    }
    match plan.via {
        Via::Unshare => {
            if !steps.run(Step::Unshare, |_| sys::unshare(plan.namespaces.0)) {
                return;
            }
            if plan.time_offsets.any()
                && !steps.run(Step::TimeOffsets, |_| offset_clocks(plan.time_offsets))
            {
                return;
            }
            if !plan.fork {
                steps.inside();
                return;
            }
            steps.tell(Record::Begin(Step::Fork));
            match sys::fork() {
                Err(raw) => steps.tell(Record::Refused(Step::Fork, raw)),
                Ok(Fork::Parent(pid)) => steps.wait(pid),
                Ok(Fork::Child) => {
                    die_with_parent();
                    steps.inside();
                    sys::exit(0)
                }
            }
        }
        Via::Clone => steps.clone_and_map(),
        // It is asked elsewhere, and nothing is asked of the kernel.
        Via::Daemon => {}
    }
}

/// Lets the kernel end us when our parent ends, however that happens (prctl(2), PR_SET_PDEATHSIG).
pub(super) fn die_with_parent() {
    let _ = rustix::process::set_parent_process_death_signal(Some(Signal::KILL));
}

struct StepRunner<'a, P: AsFd> {
    plan: &'a Plan,
    caller: &'a Caller,
    pipe: &'a P,
}

impl<P: AsFd> StepRunner<'_, P> {
    fn tell(&self, record: Record) {
        send(self.pipe, &record.encode());
    }

    /// Does one step and reports it; `false` when it was refused.
    fn run(&mut self, step: Step, action: impl FnOnce(&Self) -> Raw<()>) -> bool {
        self.tell(Record::Begin(step));
        match action(self) {
            Ok(()) => true,
            Err(raw) => {
                self.tell(Record::Refused(step, raw));
                false
            }
        }
    }

    fn wait(&self, pid: rustix::process::Pid) {
        loop {
            match waitpid(Some(pid), WaitOptions::empty()) {
                Err(rustix::io::Errno::INTR) => {}
                Ok(Some((_, status))) => {
                    if let Some(signal) = status.terminating_signal() {
                        self.tell(Record::Killed(signal));
                    }
                    return;
                }
                // Nobody is left to be waited for, as where SIGCHLD is ignored.
                Ok(None) | Err(rustix::io::Errno::CHILD) => return,
                // unshare(1) gives up here.
                Err(e) => return self.tell(Record::Refused(Step::Fork, e.raw_os_error())),
            }
        }
    }

    /// nsjail: the child waits until its parent has written the maps.
    fn clone_and_map(&mut self) {
        let Ok((read, write)) = rustix::pipe::pipe() else { return };
        self.tell(Record::Begin(Step::Unshare));
        match sys::clone(self.plan.namespaces.0) {
            Err(raw) => self.tell(Record::Refused(Step::Unshare, raw)),
            Ok(Fork::Child) => {
                die_with_parent();
                drop(write);
                let mut go = [0; 1];
                if rustix::io::read(&read, &mut go) == Ok(1) {
                    self.mounts_and_exec();
                }
                sys::exit(0)
            }
            Ok(Fork::Parent(pid)) => {
                drop(read);
                if !self.plan.new_user() || self.maps(&pid.as_raw_nonzero().to_string()) {
                    send(&write, b"g");
                }
                drop(write);
                self.wait(pid);
            }
        }
    }

    /// The steps after the namespaces, in util-linux's order.
    fn inside(&mut self) {
        if self.maps("self") {
            self.mounts_and_exec();
        }
    }

    /// Writes the maps of a process; setgroups is denied first, which lets an unprivileged gid map
    /// pass (user_namespaces(7)). A kernel before 3.19 has no setgroups file, and needs none.
    fn maps(&mut self, pid: &str) -> bool {
        let plan = self.plan;
        let path = |name: &str| format!("/proc/{pid}/{name}");
        if let IdMapping::Single(inner) = plan.uid_map
            && !self.run(Step::UidMap, |s| {
                write(&path("uid_map"), &format!("{inner} {} 1", s.caller.euid))
            })
        {
            return false;
        }
        if plan.late_flag_error.is_some() && !self.run(Step::ParseFlags, |_| Err(0)) {
            return false;
        }
        if let IdMapping::Single(inner) = plan.gid_map
            && !(self.run(Step::Setgroups, |_| setgroups(&path("setgroups"), "deny"))
                && self.run(Step::GidMap, |s| {
                    write(&path("gid_map"), &format!("{inner} {} 1", s.caller.egid))
                }))
        {
            return false;
        }
        match plan.setgroups {
            None => true,
            Some(allow) => self.run(Step::Setgroups, |_| {
                setgroups(&path("setgroups"), if allow { "allow" } else { "deny" })
            }),
        }
    }

    fn mounts_and_exec(&mut self) {
        let plan = self.plan;
        let propagation = match plan.propagation {
            Propagation::Private => MS_REC_PRIVATE,
            Propagation::Slave => 0x4000 | 0x8_0000,
            Propagation::Shared => 0x4000 | 0x10_0000,
            Propagation::Unchanged => 0,
        };
        if plan.namespaces.has(Namespaces::MNT)
            && propagation != 0
            && !self.run(Step::Propagation, |_| sys::mount("none", "/", None, propagation))
        {
            return;
        }
        // Behind chroot(2) the mounts around the new root are out of reach.
        let unsafe_there = self.caller.confine
            && plan.root.is_some()
            && sys::mount("none", "/", None, MS_REC_PRIVATE).is_err();
        if (plan.root.is_some() || plan.wd.is_some())
            && !self.run(Step::ChangeRoot, |_| change_root(plan))
        {
            return;
        }
        if let Some(target) = &plan.mount_proc {
            self.tell(Record::Begin(Step::MountProc));
            if unsafe_there {
                return self.tell(match ask_to_mount_on(target) {
                    Some(raw) => Record::Refused(Step::MountProc, raw),
                    None => Record::Unsafe,
                });
            }
            let make_private = plan.root.is_none() && propagation != MS_REC_PRIVATE;
            match mount_proc(target, make_private, self.caller.confine && plan.root.is_none()) {
                Ok(true) => {}
                Ok(false) => return self.tell(Record::Unsafe),
                Err(raw) => return self.tell(Record::Refused(Step::MountProc, raw)),
            }
        }
        if (plan.setgid.is_some() || plan.setuid.is_some())
            && !self.run(Step::SetIds, |_| {
                plan.setgid.map_or(Ok(()), sys::set_gid)?;
                plan.setuid.map_or(Ok(()), sys::set_uid)
            })
        {
            return;
        }
        self.tell(Record::Passed(look_around(plan, self.caller)));
    }
}

/// Opens and writes a file of procfs in one write(2), as the kernel demands of maps; by the calls
/// that unshare(1) makes, openat(2) among them, and again where a signal came in between.
fn write(path: &str, text: &str) -> Raw<()> {
    use rustix::fs::{CWD, openat};
    use rustix::io::retry_on_intr;
    let raw = |e: rustix::io::Errno| e.raw_os_error();
    let flags = OFlags::WRONLY | OFlags::CLOEXEC;
    let file = openat(CWD, path, flags, Mode::empty()).map_err(raw)?;
    retry_on_intr(|| rustix::io::write(&file, text.as_bytes())).map(|_| ()).map_err(raw)
}

/// Sets the clocks of the time namespace to come, as unshare(1) does: the offset of the boot time
/// first.
fn offset_clocks(offsets: TimeOffsets) -> Raw<()> {
    [(libc::CLOCK_BOOTTIME, offsets.boottime), (libc::CLOCK_MONOTONIC, offsets.monotonic)]
        .into_iter()
        .filter_map(|(clock, offset)| Some((clock, offset?)))
        .try_for_each(|(clock, offset)| {
            write("/proc/self/timens_offsets", &format!("{clock} {offset} 0"))
        })
}

fn setgroups(path: &str, text: &str) -> Raw<()> {
    match write(path, text) {
        Err(libc::ENOENT) => Ok(()),
        other => other,
    }
}

fn change_root(plan: &Plan) -> Raw<()> {
    let raw = |e: rustix::io::Errno| e.raw_os_error();
    if let Some(root) = &plan.root {
        rustix::process::chroot(root.as_str()).map_err(raw)?;
    }
    let dir = plan.wd.as_deref().or(plan.root.as_ref().map(|_| "/"));
    dir.map_or(Ok(()), |dir| rustix::process::chdir(dir).map_err(raw))
}

/// What keeps every mount from a directory: the path, the privilege, the security modules. Two ways
/// to propagate at once are refused behind these (flags_to_propagation_type() in fs/namespace.c),
/// so that nothing is changed.
fn ask_to_mount_on(target: &str) -> Option<i32> {
    const PRIVATE_AND_SHARED: u64 = 0x4_0000 | 0x10_0000;
    match sys::mount("none", target, None, PRIVATE_AND_SHARED) {
        Ok(()) | Err(libc::EINVAL) => None,
        Err(raw) => Some(raw),
    }
}

/// Mounts a procfs; `false`: it would not stay inside, and was not made.
fn mount_proc(target: &str, make_private: bool, confine: bool) -> Raw<bool> {
    if make_private {
        // A target that is no mount point cannot be made private, and need not be.
        match sys::mount("none", target, None, MS_REC_PRIVATE) {
            Ok(()) => {}
            // The mount that holds it is another matter: unshare(1) leaves that as it is, and a
            // probe must not reach the host.
            Err(libc::EINVAL)
                if confine && sys::mount("none", "/", None, MS_REC_PRIVATE).is_err() =>
            {
                return Ok(false);
            }
            Err(libc::EINVAL) => {}
            Err(raw) => return Err(raw),
        }
    }
    sys::mount("proc", target, Some("proc"), MS_PROC).map(|()| true)
}

/// Whether what passed isolates: our pid, the processes in sight, and the caller's environment.
fn look_around(plan: &Plan, caller: &Caller) -> Isolation {
    // In a procfs of our own the caller has no entry; the one that bears its number there is
    // somebody else's.
    let own_proc = plan.mount_proc.is_some() && plan.namespaces.has(Namespaces::PID);
    let processes = std::fs::read_dir("/proc").map_or(0, |entries| {
        entries
            .flatten()
            .filter(|e| e.file_name().as_encoded_bytes().iter().all(u8::is_ascii_digit))
            .count()
    });
    Isolation {
        pid: rustix::process::getpid().as_raw_nonzero().get().unsigned_abs(),
        processes: u32::try_from(processes).unwrap_or(u32::MAX),
        outer_environ_readable: !own_proc
            && std::fs::File::open(format!("/proc/{}/environ", caller.pid)).is_ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_round_trip() {
        let seen = Isolation { pid: 1, processes: 2, outer_environ_readable: true };
        for record in [
            Record::Begin(Step::MountProc),
            Record::Refused(Step::UidMap, 13),
            Record::Killed(31),
            Record::Passed(seen),
            Record::Elsewhere,
            Record::Unsafe,
        ] {
            assert_eq!(Record::decode(&record.encode()), Some(record));
        }
        assert_eq!(Record::decode(&[0xff; RECORD]), None);
    }
}
