//! The throw-away child: performs the steps of a plan as the mechanism would, and writes each down
//! in memory that it shares with isodoc.

use std::ffi::CStr;
use std::io::Read;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rustix::fs::{Dir, Mode, OFlags};
use rustix::process::{DumpableBehavior, Pid, Signal, WaitOptions, waitpid};
use rustix::thread::CapabilitiesSecureBits;

use super::outcome::Isolation;
use super::wait::reap;
use crate::errno::Errno;
use crate::parse::message;
use crate::plan::{Habit, IdMapping, Namespaces, Plan, Program, Restriction};
use crate::plan::{MS_PROC, MS_REC_PRIVATE};
use crate::plan::{Propagation, Step, TimeOffsets, Via};
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
    /// The inner process gave no answer in time.
    Late,
    /// So few tasks could be started that the program may lack some.
    Short,
}

impl Record {
    fn encode(self) -> [u32; WORDS] {
        match self {
            Self::Begin(step) => [1, step_index(step), 0, 0],
            Self::Refused(step, raw) => [2, step_index(step), raw.cast_unsigned(), 0],
            Self::Killed(signal) => [3, signal.cast_unsigned(), 0, 0],
            Self::Passed(seen) => {
                [4, seen.pid, seen.processes, u32::from(seen.outer_environ_readable)]
            }
            Self::Elsewhere => [5, 0, 0, 0],
            Self::Unsafe => [6, 0, 0, 0],
            Self::Late => [7, 0, 0, 0],
            Self::Short => [8, 0, 0, 0],
        }
    }

    /// Reads one record back; zeroes are none.
    #[must_use]
    pub(super) fn decode([tag, a, b, c]: [u32; WORDS]) -> Option<Self> {
        let step = |n: u32| Step::ALL.get(usize::try_from(n).ok()?).copied();
        Some(match tag {
            1 => Self::Begin(step(a)?),
            2 => Self::Refused(step(a)?, b.cast_signed()),
            3 => Self::Killed(a.cast_signed()),
            4 => Self::Passed(Isolation { pid: a, processes: b, outer_environ_readable: c == 1 }),
            5 => Self::Elsewhere,
            6 => Self::Unsafe,
            7 => Self::Late,
            8 => Self::Short,
            _ => return None,
        })
    }
}

/// How long a record is.
const WORDS: usize = 4;

/// Where a probe writes down what it meets: memory that its processes share with isodoc, which so
/// has to be woken only once, at the end.
pub(super) struct Trace(&'static [AtomicU32; 1024]);

impl Trace {
    /// An empty one; `None` where there is no memory for it. There is one at a time.
    pub(super) fn new() -> Option<Self> {
        let page = sys::shared_page()?;
        let records: &[[AtomicU32; WORDS]] = page.as_chunks().0;
        records.iter().for_each(|[tag, ..]| tag.store(0, Ordering::Relaxed));
        Some(Self(page))
    }

    /// Adds a record; one process writes at a time.
    fn tell(&self, record: Record) {
        let records: &[[AtomicU32; WORDS]] = self.0.as_chunks().0;
        let free = records.iter().find(|[tag, ..]| tag.load(Ordering::Acquire) == 0);
        let Some([tag, rest @ ..]) = free else { return };
        let [word, words @ ..] = record.encode();
        rest.iter().zip(words).for_each(|(to, word)| to.store(word, Ordering::Relaxed));
        // Last, so that a process that is killed leaves no half of one.
        tag.store(word, Ordering::Release);
    }

    pub(super) fn records(&self) -> impl Iterator<Item = Record> {
        let records: &[[AtomicU32; WORDS]] = self.0.as_chunks().0;
        records.iter().map_while(|words| {
            Record::decode(words.each_ref().map(|word| word.load(Ordering::Acquire)))
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
    let mut steps =
        StepRunner { plan, caller, trace, procfs, out_of_reach: false, old_root: false };
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
                (Step::UidMap | Step::Setgroups | Step::GidMap, _) => self.map(step, "self"),
                _ => self.one(step),
            };
            if !passed {
                return;
            }
        }
        if self.lets_old_root_go() {
            self.tell(Record::Passed(look_around(self.plan, self.caller)));
        }
    }

    /// Lets go of the old root, which still has to be in sight when a procfs is mounted
    /// (`mount_too_revealing()` in fs/namespace.c), and is out of reach in a user namespace inside.
    fn lets_old_root_go(&mut self) -> bool {
        !std::mem::take(&mut self.old_root) || self.run(Step::PivotRoot, || detach(OLD_ROOT))
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
        let between = |step: &Step| step.writes_own_files() || *step == Step::SubidLookup;
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

    /// Has a map of the child written, by a helper or by ourselves.
    fn map_of_child(&self, step: Step, child: &str) -> bool {
        let [users, groups] = &self.caller.ranges;
        match step {
            Step::SubidLookup => {
                self.run(step, || if self.caller.lacks_ranges { Err(0) } else { Ok(()) })
            }
            Step::UidMap if self.plan.external_maps() => {
                self.run(step, || ranges_by(&Program::NEWUIDMAP, child, users))
            }
            Step::GidMap if self.plan.external_maps() => {
                self.run(step, || ranges_by(&Program::NEWGIDMAP, child, groups))
            }
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
            Step::UidMap => write(&path("uid_map"), &single(&plan.uid_map, caller.euid)),
            Step::GidMap => write(&path("gid_map"), &single(&plan.gid_map, caller.egid)),
            _ => {
                let allow = plan.setgroups == Some(true) && plan.gid_map == IdMapping::None;
                match write(&path("setgroups"), if allow { "allow" } else { "deny" }) {
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
        self.run(step, || match step {
            Step::ParseFlags
                if plan.flag_error.as_ref().or(plan.late_flag_error.as_ref()).is_some() =>
            {
                Err(0)
            }
            Step::Start => start(plan, self.caller),
            Step::Unshare => sys::unshare(plan.namespaces.0),
            Step::TimeOffsets => offset_clocks(plan.time_offsets),
            Step::Propagation if plan.does(Habit::ExecutesUnmapped) && no_new_privs() => {
                Err(libc::EPERM)
            }
            Step::Propagation => sys::mount("none", "/", None, propagation(plan)),
            Step::NewRoot => new_root(&plan.binds),
            Step::ChangeRoot if plan.has(Step::NewRoot) => {
                unmount_one(plan).and_then(|()| move_root())
            }
            Step::ChangeRoot => change_root(plan),
            Step::PivotRoot => unmount_one(plan).and_then(|()| pivot_root()),
            Step::Loopback => sys::loopback_up(),
            Step::Threads => match threads(plan.threads.enough) {
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
            Step::Keyring => sys::join_session_keyring(),
            Step::Restrict => plan.block.map_or(Ok(()), restrict),
            Step::Device => plan.devices.iter().try_for_each(|path| open_device(path)),
            Step::SetIds => {
                if plan.does(Habit::SetsSecurebits) {
                    let bits =
                        CapabilitiesSecureBits::KEEP_CAPS | CapabilitiesSecureBits::NO_SETUID_FIXUP;
                    let set = rustix::thread::set_capabilities_secure_bits(bits);
                    set.map_err(|e| e.raw_os_error())?;
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
            let made = make_directory("proc").and_then(|()| match mount(MS_PROC) {
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
            return match ask_to_mount_on(target) {
                Some(raw) => self.refused_to_mount_proc(raw),
                None => self.would_reach_the_host(),
            };
        }
        let confine = self.caller.confine && self.plan.root.is_none();
        let make_private = self.plan.root.is_none() && propagation(self.plan) != MS_REC_PRIVATE;
        match mount_proc(target, make_private, confine) {
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
            Some(procfs) => write_at(procfs, &format!("self/{name}"), text),
            None => write(&format!("/proc/self/{name}"), text),
        };
        own("uid_map", &inner(&self.plan.uid_map, self.caller.euid))?;
        own("setgroups", "deny")
            .or_else(|raw| if raw == libc::ENOENT { Ok(()) } else { Err(raw) })?;
        own("gid_map", &inner(&self.plan.gid_map, self.caller.egid))
    }
}

/// The flags with which the propagation of `/` is changed; 0 where it is not.
fn propagation(plan: &Plan) -> u64 {
    match plan.propagation {
        Propagation::Private => MS_REC_PRIVATE,
        Propagation::Slave => 0x4000 | 0x8_0000,
        Propagation::Shared => 0x4000 | 0x10_0000,
        Propagation::Unchanged => 0,
    }
}

/// What a program looks at before it asks for anything.
fn start(plan: &Plan, caller: &Caller) -> Raw<()> {
    let refuses_root = plan.does(Habit::RefusesRoot) && caller.euid == 0;
    let refuses_user = plan.does(Habit::RefusesCapabilities) && caller.euid != 0 && caller.capable;
    let half = (caller.euid == 0) != (caller.egid == 0);
    let refuses_half = plan.does(Habit::RefusesHalfRoot) && half;
    if refuses_root || refuses_user || refuses_half {
        return Err(0);
    }
    let read = |path: &&str| std::fs::File::open(path).and_then(|mut file| file.read(&mut [0; 16]));
    match plan.reads.iter().map(read).find_map(Result::err) {
        Some(error) => Err(error.raw_os_error().unwrap_or(libc::EIO)),
        None if plan.does(Habit::Rootful) && caller.privileged => {
            Err(if caller.euid == 0 { unwritable(&plan.writes) } else { libc::EPERM })
        }
        None if caller.euid == 0 => match unwritable(&plan.writes) {
            0 => Ok(()),
            raw => Err(raw),
        },
        None => Ok(()),
    }
}

/// What keeps it from writing there, or from making what is not there yet; 0: nothing.
fn unwritable(paths: &[String]) -> i32 {
    let refuses = |path: &String| {
        let there = std::path::Path::new(path).ancestors();
        let mut met = there.map(|dir| rustix::fs::access(dir, rustix::fs::Access::WRITE_OK));
        met.find(|met| *met != Err(rustix::io::Errno::NOENT))?.err()
    };
    paths.iter().find_map(refuses).map_or(0, |error| error.raw_os_error())
}

/// Whether an execve(2) gives this process no capability; where that is not told, it may.
fn no_new_privs() -> bool {
    rustix::thread::no_new_privs().unwrap_or(false)
}

/// Starts as many threads as the program has, all at once, and ends them.
fn threads(count: u64) -> (u64, Raw<()>) {
    let (hold, wait) = std::sync::mpsc::channel::<()>();
    let wait = std::sync::Arc::new(std::sync::Mutex::new(wait));
    let mut started = vec![];
    let mut all = Ok(());
    for _ in 0..count {
        let wait = std::sync::Arc::clone(&wait);
        let until_let_go = move || drop(wait.lock().map(|wait| wait.recv()));
        match std::thread::Builder::new().stack_size(1 << 16).spawn(until_let_go) {
            Ok(thread) => started.push(thread),
            Err(error) => {
                all = Err(error.raw_os_error().unwrap_or(libc::EAGAIN));
                break;
            }
        }
    }
    drop(hold);
    let many = started.len() as u64;
    started.into_iter().for_each(|thread| drop(thread.join()));
    (many, all)
}

/// Has newuidmap(1) or newgidmap(1) map ranges of a process. It says what refused it in words.
fn ranges_by(helper: &Program, pid: &str, ranges: &[String]) -> Raw<()> {
    let mut command = std::process::Command::new(helper.name);
    command.arg(pid).args(ranges).env("LC_ALL", "C").stdin(std::process::Stdio::null());
    let output = command.output().map_err(|e| e.raw_os_error().unwrap_or(libc::EIO))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(said.lines().find_map(message::errno_in).map_or(0, Errno::raw))
}

/// Restricts this process, in a way that takes nothing from it that it still needs.
fn restrict(block: Restriction) -> Raw<()> {
    rustix::thread::set_no_new_privs(true).map_err(|e| e.raw_os_error())?;
    match block {
        Restriction::Landlock => sys::landlock(),
        Restriction::Seccomp => sys::filter_nothing(0),
        Restriction::SeccompNotify => sys::filter_nothing(libc::SECCOMP_FILTER_FLAG_NEW_LISTENER),
    }
}

/// Opens a device, and does nothing with it.
fn open_device(path: &str) -> Raw<()> {
    let flags = OFlags::RDWR | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    // Not by open(2), which none of the programs calls.
    rustix::fs::openat(rustix::fs::CWD, path, flags, Mode::empty())
        .map(drop)
        .map_err(|e| e.raw_os_error())
}

/// Where pivot_root(2) puts the old root, in the new one.
const OLD_ROOT: &str = "old-root";

/// Mounts a tmpfs on `/tmp`, which is there everywhere, and goes into it: what the new root will be
/// made of. The programs that make a directory for it would leave that behind. What is to be bound
/// there is only looked at.
fn new_root(binds: &[String]) -> Raw<()> {
    /// MS_NOSUID | MS_NODEV.
    const FLAGS: u64 = 2 | 4;
    for source in binds {
        rustix::fs::stat(source.as_str()).map_err(|e| e.raw_os_error())?;
    }
    sys::mount("tmpfs", "/tmp", Some("tmpfs"), FLAGS)?;
    rustix::process::chdir("/tmp").map_err(|e| e.raw_os_error())?;
    make_directory(OLD_ROOT)
}

fn make_directory(name: &str) -> Raw<()> {
    rustix::fs::mkdir(name, Mode::from_raw_mode(0o755)).map_err(|e| e.raw_os_error())
}

/// Mounts something for the time of the building, and unmounts it again, where the program does.
fn unmount_one(plan: &Plan) -> Raw<()> {
    const FOR_A_WHILE: &str = "for-a-while";
    if !plan.does(Habit::UnmountsEarly) {
        return Ok(());
    }
    make_directory(FOR_A_WHILE)?;
    sys::mount("tmpfs", FOR_A_WHILE, Some("tmpfs"), 0)?;
    detach(FOR_A_WHILE)
}

/// Makes the working directory the root; the old one stays below it, as the programs need it there
/// for a while.
fn pivot_root() -> Raw<()> {
    sys::pivot_root(".", OLD_ROOT)
}

/// Lets go of a mount and of all below it.
pub(super) fn detach(path: &str) -> Raw<()> {
    rustix::mount::unmount(path, rustix::mount::UnmountFlags::DETACH).map_err(|e| e.raw_os_error())
}

/// Makes the working directory the root without pivot_root(2).
fn move_root() -> Raw<()> {
    /// MS_MOVE.
    const FLAGS: u64 = 0x2000;
    sys::mount(".", "/", None, FLAGS)?;
    rustix::process::chroot(".").map_err(|e| e.raw_os_error())
}

/// Opens and writes a file of procfs in one write(2), as the kernel demands of maps; by the calls
/// that unshare(1) makes, openat(2) among them, and again where a signal came in between.
fn write(path: &str, text: &str) -> Raw<()> {
    write_at(rustix::fs::CWD, path, text)
}

fn write_at(dir: impl AsFd, path: &str, text: &str) -> Raw<()> {
    let raw = |e: rustix::io::Errno| e.raw_os_error();
    let flags = OFlags::WRONLY | OFlags::CLOEXEC;
    let file = rustix::fs::openat(dir, path, flags, Mode::empty()).map_err(raw)?;
    let write = || rustix::io::write(&file, text.as_bytes());
    rustix::io::retry_on_intr(write).map(|_| ()).map_err(raw)
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
    // The standard library's reader panics where close(2) fails.
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let proc = rustix::fs::open("/proc", flags, Mode::empty()).and_then(Dir::new);
    let processes = proc.map_or(0, |entries| {
        let is_pid = |name: &CStr| name.to_bytes().iter().all(u8::is_ascii_digit);
        entries.flatten().filter(|entry| is_pid(entry.file_name())).count()
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
            Record::Late,
            Record::Short,
        ] {
            assert_eq!(Record::decode(record.encode()), Some(record));
        }
        assert_eq!(Record::decode([0; WORDS]).or(Record::decode([u32::MAX; WORDS])), None);
    }
}
