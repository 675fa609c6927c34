//! The throw-away child: performs the steps of a plan as the mechanism would, and writes each down.

use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags};
use rustix::process::{DumpableBehavior, Pid, Signal, WaitOptions, waitpid};
use rustix::thread::CapabilitiesSecureBits;

use super::calls;
use super::trace::{Record, Trace};
use super::wait::reap;
use crate::plan::{
    Habit, IdMapping, MS_PROC, MS_REC_PRIVATE, Namespaces, Plan, Program, Step, Via,
};
use crate::sys::{self, Fork, Raw};

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
    /// How long isodoc itself waits for a process; children wait for as long as they live.
    pub patience: Option<Duration>,
    /// What newuidmap(1) and newgidmap(1) are told behind the number of the process, where they
    /// write the maps.
    pub ranges: [Vec<String>; 2],
    /// Whether it has no ranges beside its own id.
    pub lacks_ranges: bool,
    /// Whether it has CAP_SYS_ADMIN.
    pub privileged: bool,
    /// Whether it has any capability.
    pub capable: bool,
}

/// Runs the steps.
///
/// Returns only in the outer process: the inner one, if there is one, ends here.
pub(super) fn perform(plan: &Plan, caller: &Caller, trace: &Trace) {
    let in_place = caller.patience.is_some();
    if !in_place {
        die_with_parent();
    }
    // Behind pivot_root(2) there may be no procfs to find one's own files in.
    let procfs = plan.has(Step::SecondUserns).then(|| {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        // Not by open(2), which none of the programs calls.
        rustix::fs::openat(rustix::fs::CWD, "/proc", flags, Mode::empty())
    });
    let procfs = procfs.and_then(Result::ok);
    let mut steps = StepRunner {
        plan,
        caller,
        trace,
        procfs,
        out_of_reach: false,
        looked_up: None,
        old_root: false,
    };
    if !in_place {
        match rustix::process::getppid().map(|parent| parent.as_raw_nonzero().get().unsigned_abs())
        {
            // Our parent is out of sight: we were born in another pid namespace than it is in,
            // which a procfs would have shown.
            None if plan.namespaces.has(Namespaces::PID) => return steps.tell(Record::Elsewhere),
            // It ended before we asked to end with it.
            Some(parent) if parent != caller.pid => return,
            _ => {}
        }
    }
    steps.all(plan.in_process());
}

/// Lets the kernel end us when our parent ends, however that happens (prctl(2), PR_SET_PDEATHSIG).
pub(super) fn die_with_parent() {
    let _ = rustix::process::set_parent_process_death_signal(Some(Signal::KILL));
}

struct StepRunner<'a> {
    plan: &'a Plan,
    caller: &'a Caller,
    trace: &'a Trace,
    /// `/proc` as it was at the start, where it is needed later.
    procfs: Option<OwnedFd>,
    /// Whether the mounts around the new root could not be made private before chroot(2).
    out_of_reach: bool,
    /// Whether all was found that is to be bound, before a new root hides it.
    looked_up: Option<Raw<()>>,
    /// Whether the root that pivot_root(2) has put aside is still there.
    old_root: bool,
}

impl StepRunner<'_> {
    fn tell(&self, record: Record) {
        self.trace.tell(record);
    }

    /// Does one step and reports it; `false` when it was refused.
    fn run(&self, step: Step, action: impl FnOnce() -> Raw<()>) -> bool {
        self.tell(Record::Begin(step));
        match action() {
            Ok(()) => true,
            Err(raw) => {
                self.tell(Record::Refused(step, raw));
                false
            }
        }
    }

    fn wait(&self, pid: Pid) {
        if let Some(patience) = self.caller.patience {
            let started = Instant::now();
            let signal = reap(pid, patience).and_then(|status| status.terminating_signal());
            if started.elapsed() >= patience {
                self.tell(Record::Late);
            } else if let Some(signal) = signal {
                self.tell(Record::Killed(signal));
            }
            return;
        }
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

    /// Does these steps, the last ones of the plan; whoever comes to their end looks around.
    fn all(&mut self, steps: &[Step]) {
        let mut left = steps.iter();
        while let Some(&step) = left.next() {
            let passed = match (step, self.plan.via) {
                (Step::Unshare, Via::Clone | Via::CloneMapped | Via::Clone3) => {
                    return self.clone(left.as_slice());
                }
                (Step::Fork, _) => {
                    if self.lets_old_root_go() {
                        self.fork(left.as_slice());
                    }
                    return;
                }
                (Step::SecondUserns, _) if self.plan.does(Habit::ClonesSecond) => {
                    if self.lets_old_root_go() {
                        self.clone_second(left.as_slice());
                    }
                    return;
                }
                (Step::MountProc, _) => self.mount_proc(),
                (Step::SecondUserns | Step::InnerNamespaces, _) => {
                    self.lets_old_root_go() && self.one(step)
                }
                (Step::UidMap | Step::Setgroups | Step::GidMap, _)
                    if self.plan.does(Habit::NamesItself) =>
                {
                    self.map(step, &rustix::process::getpid().as_raw_nonzero().to_string())
                }
                (Step::UidMap | Step::Setgroups | Step::GidMap, _) => self.map(step, "self"),
                _ => self.one(step),
            };
            if !passed {
                return;
            }
        }
        if self.lets_old_root_go() {
            self.tell(Record::Passed(calls::look_around(self.plan, self.caller)));
        }
    }

    /// Lets go of the old root, which still has to be in sight when a procfs is mounted
    /// (`mount_too_revealing()` in fs/namespace.c), and is out of reach in a user namespace inside.
    fn lets_old_root_go(&mut self) -> bool {
        !std::mem::take(&mut self.old_root)
            || self.run(Step::PivotRoot, || calls::detach(calls::OLD_ROOT))
    }

    /// Forks; the steps that are left are the child's.
    fn fork(&mut self, left: &[Step]) {
        self.tell(Record::Begin(Step::Fork));
        let held = match self.plan.does(Habit::HoldsSignals) {
            true => sys::hold_back(&[Signal::INT, Signal::TERM]),
            false => Ok(()),
        };
        let made = held.and_then(|()| sys::fork());
        self.go_on_in_child(Step::Fork, made, |_| true, left);
    }

    /// The child that a step has made does what is first there, and the steps that are left, unless
    /// the first is refused.
    fn go_on_in_child(
        &mut self,
        step: Step,
        made: Raw<Fork>,
        first: impl FnOnce(&Self) -> bool,
        left: &[Step],
    ) {
        match made {
            Err(raw) => self.tell(Record::Refused(step, raw)),
            Ok(Fork::Parent(pid)) => self.wait(pid),
            Ok(Fork::Child) => {
                die_with_parent();
                if first(self) {
                    self.all(left);
                }
                sys::exit(0)
            }
        }
    }

    /// Makes namespaces and process in one; the child may have to wait until its parent has written
    /// the maps.
    fn clone(&mut self, left: &[Step]) {
        let by_child = self.plan.via == Via::Clone;
        let between = |step: &Step| {
            step.writes_own_files() || matches!(step, Step::SubidLookup | Step::Sockets)
        };
        let own = |step: &Step| by_child || !between(step);
        if self.plan.external_maps() {
            // A program that is executed is dumpable, and newuidmap(1) asks who owns its files.
            let _ = rustix::process::set_dumpable_behavior(DumpableBehavior::Dumpable);
        }
        let (by_parent, left) = left.split_at(left.iter().position(own).unwrap_or(left.len()));
        let Ok((read, write)) = rustix::pipe::pipe() else { return };
        self.tell(Record::Begin(Step::Unshare));
        let flags = self.plan.namespaces.0;
        let made = match self.plan.via {
            Via::Clone3 => sys::clone3(flags).or_else(|raw| match raw {
                libc::ENOSYS => sys::clone(flags),
                _ => Err(raw),
            }),
            _ => sys::clone(flags),
        };
        match made {
            Err(raw) => self.tell(Record::Refused(Step::Unshare, raw)),
            Ok(Fork::Child) => {
                die_with_parent();
                drop(write);
                let mut go = [0; 1];
                if rustix::io::read(&read, &mut go) == Ok(1) {
                    self.all(left);
                }
                sys::exit(0)
            }
            Ok(Fork::Parent(pid)) => {
                drop(read);
                let child = pid.as_raw_nonzero().to_string();
                let finds = !self.plan.does(Habit::LooksAtChild) || self.finds(&child);
                if finds && by_parent.iter().all(|step| self.map_of_child(*step, &child)) {
                    send(&write, b"g");
                }
                drop(write);
                self.wait(pid);
            }
        }
    }

    /// Looks at the namespaces of a process in `/proc`.
    fn finds(&self, pid: &str) -> bool {
        let flags = OFlags::PATH | OFlags::CLOEXEC;
        let path = format!("/proc/{pid}/ns");
        let found = rustix::fs::openat(rustix::fs::CWD, path, flags, Mode::empty());
        let refused = found.err().map(|e| Record::Refused(Step::Unshare, e.raw_os_error()));
        refused.map(|refused| self.tell(refused)).is_none()
    }

    /// Does what the parent does before the child goes on: has its maps written, by a helper or by
    /// ourselves.
    fn map_of_child(&self, step: Step, child: &str) -> bool {
        let [users, groups] = &self.caller.ranges;
        match step {
            Step::SubidLookup => {
                self.run(step, || if self.caller.lacks_ranges { Err(0) } else { Ok(()) })
            }
            Step::UidMap if !users.is_empty() => {
                self.run(step, || calls::ranges_by(&Program::NEWUIDMAP, child, users))
            }
            Step::GidMap if !groups.is_empty() => {
                self.run(step, || calls::ranges_by(&Program::NEWGIDMAP, child, groups))
            }
            Step::Sockets => self.run(step, || calls::sockets(self.plan)),
            _ => self.map(step, child),
        }
    }

    /// Writes a map of a process; setgroups is denied first, which lets an unprivileged gid map
    /// pass (user_namespaces(7)). A kernel before 3.19 has no setgroups file, and needs none: who
    /// has written a map knows that the file of this process would be in sight.
    fn map(&self, step: Step, pid: &str) -> bool {
        let path = |name: &str| format!("/proc/{pid}/{name}");
        let single = |map: &IdMapping, id: u32| match map {
            IdMapping::Single(inner) => format!("{inner} {id} 1"),
            _ => String::new(),
        };
        let (plan, caller) = (self.plan, self.caller);
        self.run(step, || match step {
            Step::UidMap => calls::write(&path("uid_map"), &single(&plan.uid_map, caller.euid)),
            Step::GidMap => calls::write(&path("gid_map"), &single(&plan.gid_map, caller.egid)),
            _ => {
                let allow = plan.setgroups == Some(true) && plan.gid_map == IdMapping::None;
                match calls::write(&path("setgroups"), if allow { "allow" } else { "deny" }) {
                    Err(libc::ENOENT) if !plan.asks_first(Step::Setgroups, Step::UidMap) => Ok(()),
                    other => other,
                }
            }
        })
    }

    /// Any other step.
    fn one(&mut self, step: Step) -> bool {
        let plan = self.plan;
        if step == Step::ChangeRoot && self.caller.confine && plan.root.is_some() {
            // Behind chroot(2) the mounts around the new root are out of reach.
            self.out_of_reach = sys::mount("none", "/", None, MS_REC_PRIVATE).is_err();
        }
        self.old_root |= step == Step::PivotRoot;
        if matches!(step, Step::Binds | Step::NewRoot) {
            self.looked_up.get_or_insert_with(|| calls::look_up(plan));
        }
        self.run(step, || match step {
            Step::ParseFlags
                if plan.flag_error.as_ref().or(plan.late_flag_error.as_ref()).is_some() =>
            {
                Err(0)
            }
            Step::Start => calls::start(plan, self.caller),
            Step::Unshare => sys::unshare(plan.namespaces.0),
            Step::TimeOffsets => calls::offset_clocks(plan.time_offsets),
            Step::Propagation if plan.does(Habit::ExecutesUnmapped) && calls::no_new_privs() => {
                Err(libc::EPERM)
            }
            Step::Propagation => sys::mount("none", "/", None, calls::propagation(plan)),
            Step::NewRoot => calls::new_root(plan, self.caller.euid),
            Step::Binds => self.looked_up.unwrap_or(Ok(())),
            Step::ChangeRoot if plan.has(Step::NewRoot) && !plan.has(Step::PivotRoot) => {
                calls::finish(plan).and_then(|()| calls::move_root())
            }
            Step::ChangeRoot => calls::change_root(plan),
            Step::PivotRoot => calls::finish(plan).and_then(|()| calls::pivot_root()),
            Step::Sockets => calls::sockets(plan),
            Step::Loopback => plan.sockets.last().map_or(Ok(()), |f| sys::loopback_up(f.number())),
            Step::Threads => match calls::threads(plan.threads.enough) {
                // A limit says EAGAIN: this is a filter.
                (0, Err(libc::EPERM)) if plan.does(Habit::ThreadsByClone) => Ok(()),
                // This is a child of isodoc, so there is one task less than where the program runs.
                (started, Err(raw)) if started + 1 < plan.threads.least => Err(raw),
                (_, Err(_)) => {
                    self.tell(Record::Short);
                    Ok(())
                }
                (_, Ok(())) => Ok(()),
            },
            Step::SecondUserns => self.second_user_namespace(),
            Step::InnerNamespaces => sys::unshare(plan.inner.0),
            // Whoever may name the host is told that this is no name, and whoever may enter a
            // namespace that this is none.
            Step::Hostname => plan
                .names()
                .try_for_each(|call| calls::answered(calls::name_nothing(call), libc::EINVAL)),
            Step::JoinNamespaces => calls::answered(sys::setns_nowhere(), libc::EBADF),
            Step::Privileges => plan.privilege_calls(step).try_for_each(calls::unchanged),
            Step::Keyring => sys::join_session_keyring(),
            Step::Restrict => {
                calls::within_limits(plan)?;
                plan.block.map_or(Ok(()), calls::restrict)
            }
            Step::Device => plan.devices.iter().try_for_each(|path| calls::open_device(path)),
            Step::SetIds => {
                plan.privilege_calls(step).try_for_each(calls::unchanged)?;
                if plan.does(Habit::SetsSecurebits) {
                    let bits =
                        CapabilitiesSecureBits::KEEP_CAPS | CapabilitiesSecureBits::NO_SETUID_FIXUP;
                    calls::raw(rustix::thread::set_capabilities_secure_bits(bits))?;
                }
                if plan.drops_groups() {
                    sys::drop_groups()?;
                }
                plan.setgid.map_or(Ok(()), sys::set_gid)?;
                plan.setuid.map_or(Ok(()), sys::set_uid)
            }
            _ => Ok(()),
        })
    }

    fn mount_proc(&self) -> bool {
        const MS_RDONLY: u64 = 1;
        let Some(target) = &self.plan.mount_proc else { return true };
        // The user namespace that would be asked is made after that.
        if self.plan.does(Habit::MountsProcFirst) && self.caller.privileged {
            return true;
        }
        self.tell(Record::Begin(Step::MountProc));
        if self.plan.has(Step::NewRoot) {
            let mount = |flags| sys::mount("proc", "proc", Some("proc"), flags);
            let made = calls::make_directory("proc").and_then(|()| match mount(MS_PROC) {
                Err(libc::EPERM) if self.plan.does(Habit::TakesReadOnlyProc) => {
                    mount(MS_PROC | MS_RDONLY)
                }
                other => other,
            });
            return match made {
                Ok(()) => true,
                Err(raw) => self.refused_to_mount_proc(raw),
            };
        }
        if self.out_of_reach {
            return match calls::ask_to_mount_on(target) {
                Some(raw) => self.refused_to_mount_proc(raw),
                None => self.would_reach_the_host(),
            };
        }
        if self.plan.does(Habit::WantsMountPoint)
            && let Err(raw) = sys::mount("none", target, None, MS_REC_PRIVATE)
        {
            return self.refused_to_mount_proc(raw);
        }
        let confine = self.caller.confine && self.plan.root.is_none();
        let make_private =
            self.plan.root.is_none() && calls::propagation(self.plan) != MS_REC_PRIVATE;
        match calls::mount_proc(target, make_private, confine) {
            Ok(true) => true,
            Ok(false) => self.would_reach_the_host(),
            Err(raw) => self.refused_to_mount_proc(raw),
        }
    }

    fn refused_to_mount_proc(&self, raw: i32) -> bool {
        self.tell(Record::Refused(Step::MountProc, raw));
        false
    }

    fn would_reach_the_host(&self) -> bool {
        self.tell(Record::Unsafe);
        false
    }

    /// Makes a user namespace inside the new one, and maps the ids back to the caller's.
    fn second_user_namespace(&self) -> Raw<()> {
        sys::unshare(Namespaces::USER)?;
        self.map_second()
    }

    /// Makes a user namespace inside the new one with a process in it, whose the steps are that are
    /// left.
    fn clone_second(&mut self, left: &[Step]) {
        let step = Step::SecondUserns;
        self.tell(Record::Begin(step));
        let made = sys::clone(Namespaces::USER);
        self.go_on_in_child(step, made, |child| child.run(step, || child.map_second()), left);
    }

    fn map_second(&self) -> Raw<()> {
        let inner = |map: &IdMapping, id: u32| match map {
            IdMapping::Single(inner) => format!("{id} {inner} 1"),
            // Who has ranges is root in there.
            IdMapping::Ranges(_) => "0 0 1".into(),
            IdMapping::None => format!("{id} {id} 1"),
        };
        let own = |name: &str, text: &str| match &self.procfs {
            Some(procfs) => calls::write_at(procfs, &format!("self/{name}"), text),
            None => calls::write(&format!("/proc/self/{name}"), text),
        };
        own("uid_map", &inner(&self.plan.uid_map, self.caller.euid))?;
        own("setgroups", "deny")
            .or_else(|raw| if raw == libc::ENOENT { Ok(()) } else { Err(raw) })?;
        own("gid_map", &inner(&self.plan.gid_map, self.caller.egid))
    }
}
