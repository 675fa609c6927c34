//! What the steps ask of the kernel, and what a program looks at around them.

use std::ffi::CStr;
use std::io::Read;
use std::os::fd::AsFd;
use std::path::Path;

use rustix::fs::{Dir, Mode, OFlags, StatVfsMountFlags};
use rustix::process::Resource;

use super::child::Caller;
use super::outcome::Isolation;
use super::own_dirs;
use crate::errno::Errno;
use crate::parse::message;
use crate::plan::{
    Habit, MS_PROC, MS_REC_PRIVATE, NameCall, Namespaces, Plan, PrivilegeCall, Program,
    Propagation, ResourceLimit, Restriction, TimeOffsets, WritePlace,
};
use crate::sys::{self, Raw};

/// The kernel's own number of an error.
pub(super) fn raw<T>(result: rustix::io::Result<T>) -> Raw<T> {
    result.map_err(|e| e.raw_os_error())
}

/// The flags with which the propagation of `/` is changed; 0 where it is not.
pub(super) fn propagation(plan: &Plan) -> u64 {
    match plan.propagation {
        Propagation::Private => MS_REC_PRIVATE,
        Propagation::Slave => 0x4000 | 0x8_0000,
        Propagation::Shared => 0x4000 | 0x10_0000,
        Propagation::Unchanged => 0,
    }
}

/// What a program looks at before it asks for anything; `Err(0)`: refused without an errno.
pub(super) fn start(plan: &Plan, caller: &Caller) -> Raw<()> {
    let refuses_root = plan.does(Habit::RefusesRoot) && caller.euid == 0;
    let refuses_user = plan.does(Habit::RefusesCapabilities) && caller.euid != 0 && caller.capable;
    let half = (caller.euid == 0) != (caller.egid == 0);
    let refuses_half = plan.does(Habit::RefusesHalfRoot) && half;
    let lacks_name = plan.does(Habit::WantsUser) && std::env::var_os("USER").is_none();
    if refuses_root || refuses_user || refuses_half || lacks_name {
        return Err(0);
    }
    if plan.does(Habit::KeepsDirectory) {
        raw(own_dirs::working_dir())?;
    }
    if plan.does(Habit::NamesDirectory) {
        raw(own_dirs::own_path())?;
    }
    let read = |path: &&str| std::fs::File::open(path).and_then(|mut file| file.read(&mut [0; 16]));
    match plan.reads.iter().map(read).find_map(Result::err) {
        Some(error) => Err(error.raw_os_error().unwrap_or(libc::EIO)),
        None if plan.does(Habit::Rootful) && caller.privileged => {
            let of_root = || unwritable(plan, 0).err().unwrap_or(0);
            Err(if caller.euid == 0 { of_root() } else { libc::EPERM })
        }
        None => unwritable(plan, caller.euid),
    }
}

/// The error that keeps it from writing where it keeps what it makes.
fn unwritable(plan: &Plan, euid: u32) -> Raw<()> {
    let met = |place: &WritePlace| match place {
        WritePlace::At(path) => own_dirs::writable(Path::new(path)),
        WritePlace::Temporary => own_dirs::temporary_writable(),
        WritePlace::OwnStorage => own_dirs::storage(),
        WritePlace::OwnRunDir => own_dirs::run_dir(),
    };
    raw(plan.written(euid.into()).iter().try_for_each(met))
}

/// Whether no_new_privs is set; `false` if the kernel does not say.
pub(super) fn no_new_privs() -> bool {
    rustix::thread::no_new_privs().unwrap_or(false)
}

/// Starts as many threads as the program has, all at once, and ends them.
pub(super) fn threads(count: u64) -> (u64, Raw<()>) {
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
pub(super) fn ranges_by(helper: &Program, pid: &str, ranges: &[String]) -> Raw<()> {
    let mut command = std::process::Command::new(helper.name);
    command.arg(pid).args(ranges).env("LC_ALL", "C").stdin(std::process::Stdio::null());
    let output = command.output().map_err(|e| e.raw_os_error().unwrap_or(libc::EIO))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(said.lines().find_map(message::errno_in).map_or(0, Errno::raw))
}

/// Whether the hard limits are as high as what the program sets: to raise one takes a capability
/// that it has given up by then.
pub(super) fn within_limits(plan: &Plan) -> Raw<()> {
    plan.limits.iter().try_for_each(|(limit, wanted)| {
        let [_, hard] = sys::getrlimit(resource(*limit))?;
        if *wanted > hard { Err(libc::EPERM) } else { Ok(()) }
    })
}

fn resource(limit: ResourceLimit) -> Resource {
    match limit {
        ResourceLimit::As => Resource::As,
        ResourceLimit::Core => Resource::Core,
        ResourceLimit::Cpu => Resource::Cpu,
        ResourceLimit::Fsize => Resource::Fsize,
        ResourceLimit::Nofile => Resource::Nofile,
        ResourceLimit::Nproc => Resource::Nproc,
        ResourceLimit::Stack => Resource::Stack,
        ResourceLimit::Memlock => Resource::Memlock,
        ResourceLimit::Rtprio => Resource::Rtprio,
        ResourceLimit::Msgqueue => Resource::Msgqueue,
    }
}

/// Restricts this process, in a way that takes nothing from it that it still needs.
pub(super) fn restrict(block: Restriction) -> Raw<()> {
    raw(rustix::thread::set_no_new_privs(true))?;
    match block {
        Restriction::Landlock => sys::landlock(),
        Restriction::Seccomp => sys::filter_nothing(0),
        Restriction::SeccompNotify => sys::filter_nothing(libc::SECCOMP_FILTER_FLAG_NEW_LISTENER),
    }
}

/// Opens a device, and does nothing with it.
pub(super) fn open_device(path: &str) -> Raw<()> {
    let flags = OFlags::RDWR | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    // Not by open(2), which none of the programs calls.
    raw(rustix::fs::openat(rustix::fs::CWD, path, flags, Mode::empty())).map(drop)
}

/// Where pivot_root(2) puts the old root, in the new one.
pub(super) const OLD_ROOT: &str = "old-root";

/// Mounts a tmpfs, and goes into it: what the new root will be made of. A directory that a program
/// would make for it, and leave behind, is not made: the tmpfs stands where that would be.
pub(super) fn new_root(plan: &Plan, euid: u32) -> Raw<()> {
    /// MS_NOSUID | MS_NODEV.
    const FLAGS: u64 = 2 | 4;
    let tmp = std::path::PathBuf::from("/tmp");
    let dir = match () {
        () if plan.does(Habit::MakesWorkDir) => own_dirs::for_new_root(euid).ok_or(0)?,
        // The others have places of their own, and any directory stands for those.
        () if !plan.does(Habit::BuildsOnTmp) && !tmp.is_dir() => {
            own_dirs::dirs_of_root().next().unwrap_or(tmp)
        }
        () => tmp,
    };
    sys::mount("tmpfs", &dir.to_string_lossy(), Some("tmpfs"), FLAGS)?;
    raw(rustix::process::chdir(&dir))?;
    make_directory(OLD_ROOT)
}

/// Looks at what is to be bound.
pub(super) fn look_up(plan: &Plan) -> Raw<()> {
    let look = |source: &String| raw(rustix::fs::stat(source.as_str())).map(drop);
    let if_there = |source| {
        look(source).or_else(|raw| match raw {
            libc::ENOENT => Ok(()),
            _ => Err(raw),
        })
    };
    plan.binds.iter().try_for_each(look)?;
    plan.binds_if_there.iter().try_for_each(if_there)
}

/// Binds what the program binds, and takes the options away that it takes away; the other mounts
/// stay as they are.
fn remount(plan: &Plan) -> Raw<()> {
    /// MS_BIND | MS_REC, and MS_REMOUNT | MS_BIND.
    const BIND: u64 = 0x1000 | 0x4000;
    const AGAIN: u64 = 0x20 | 0x1000;
    const READ_ONLY: u64 = 1;
    const DIRECTORY: &str = "bound";
    const FILE: &str = "bound-file";
    if !plan.remounts.is_empty() {
        make_directory(DIRECTORY)?;
        let flags = OFlags::CREATE | OFlags::WRONLY | OFlags::CLOEXEC;
        raw(rustix::fs::openat(rustix::fs::CWD, FILE, flags, Mode::RUSR))?;
    }
    plan.remounts.iter().try_for_each(|again| {
        let bound = if Path::new(&again.source).is_dir() { DIRECTORY } else { FILE };
        sys::mount(&again.source, bound, None, BIND)?;
        let flags = match again.clears {
            ["ro"] => mount_flags(raw(rustix::fs::statvfs(bound))?.f_flag) & !READ_ONLY,
            _ => READ_ONLY,
        };
        sys::mount("none", bound, None, AGAIN | flags)?;
        detach(bound)
    })
}

/// The flags of a mount as mount(2) takes them: statvfs(3) has another number for one of them.
fn mount_flags(shown: StatVfsMountFlags) -> u64 {
    const MS_RELATIME: u64 = 1 << 21;
    let same = StatVfsMountFlags::RDONLY
        | StatVfsMountFlags::NOSUID
        | StatVfsMountFlags::NODEV
        | StatVfsMountFlags::NOEXEC
        | StatVfsMountFlags::NOATIME
        | StatVfsMountFlags::NODIRATIME;
    let relative = shown.contains(StatVfsMountFlags::RELATIME);
    (shown & same).bits() | if relative { MS_RELATIME } else { 0 }
}

pub(super) fn make_directory(name: &str) -> Raw<()> {
    raw(rustix::fs::mkdir(name, Mode::from_raw_mode(0o755)))
}

/// What is left to do before the directory that was built becomes the root.
pub(super) fn finish(plan: &Plan) -> Raw<()> {
    remount(plan).and_then(|()| unmount_one(plan))
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
pub(super) fn pivot_root() -> Raw<()> {
    sys::pivot_root(".", OLD_ROOT)
}

/// Makes the call with the capabilities or ids that we have.
pub(super) fn unchanged(call: PrivilegeCall) -> Raw<()> {
    match call {
        PrivilegeCall::Capset => {
            let own = raw(rustix::thread::capabilities(None))?;
            raw(rustix::thread::set_capabilities(None, own))
        }
        PrivilegeCall::Prctl => raw(rustix::process::parent_process_death_signal()).map(drop),
        PrivilegeCall::Setresgid => sys::keep_gids(),
        PrivilegeCall::Setresuid => sys::keep_uids(),
        // Of an id that is not mapped the kernel says that it is none.
        PrivilegeCall::Setgid => {
            answered(sys::set_gid(rustix::process::getgid().as_raw()), libc::EINVAL)
        }
        PrivilegeCall::Setuid => {
            answered(sys::set_uid(rustix::process::getuid().as_raw()), libc::EINVAL)
        }
    }
}

/// Names the host by no name.
pub(super) fn name_nothing(call: NameCall) -> Raw<()> {
    match call {
        NameCall::Sethostname => sys::sethostname_nothing(),
        NameCall::Setdomainname => sys::setdomainname_nothing(),
    }
}

/// Whether a call that can only fail got as far as it can get.
pub(super) fn answered(call: Raw<()>, by: i32) -> Raw<()> {
    match call {
        Err(raw) if raw == by => Ok(()),
        other => other,
    }
}

/// Makes a socket of each family that the network is set up with.
pub(super) fn sockets(plan: &Plan) -> Raw<()> {
    plan.sockets.iter().try_for_each(|family| sys::socket(family.number()).map(drop))
}

/// Lets go of a mount and of all below it.
pub(super) fn detach(path: &str) -> Raw<()> {
    raw(rustix::mount::unmount(path, rustix::mount::UnmountFlags::DETACH))
}

/// Makes the working directory the root without pivot_root(2).
pub(super) fn move_root() -> Raw<()> {
    /// MS_MOVE.
    const FLAGS: u64 = 0x2000;
    sys::mount(".", "/", None, FLAGS)?;
    raw(rustix::process::chroot("."))
}

/// Opens and writes a file of procfs in one write(2), as the kernel demands of maps; by the calls
/// that unshare(1) makes, openat(2) among them, and again where a signal came in between.
pub(super) fn write(path: &str, text: &str) -> Raw<()> {
    write_at(rustix::fs::CWD, path, text)
}

pub(super) fn write_at(dir: impl AsFd, path: &str, text: &str) -> Raw<()> {
    let flags = OFlags::WRONLY | OFlags::CLOEXEC;
    let file = raw(rustix::fs::openat(dir, path, flags, Mode::empty()))?;
    let write = || rustix::io::write(&file, text.as_bytes());
    raw(rustix::io::retry_on_intr(write)).map(drop)
}

/// Sets the clocks of the time namespace to come, as unshare(1) does: the offset of the boot time
/// first.
pub(super) fn offset_clocks(offsets: TimeOffsets) -> Raw<()> {
    [(libc::CLOCK_BOOTTIME, offsets.boottime), (libc::CLOCK_MONOTONIC, offsets.monotonic)]
        .into_iter()
        .filter_map(|(clock, offset)| Some((clock, offset?)))
        .try_for_each(|(clock, offset)| {
            write("/proc/self/timens_offsets", &format!("{clock} {offset} 0"))
        })
}

pub(super) fn change_root(plan: &Plan) -> Raw<()> {
    if plan.chroots() {
        // Who has another root already stays in it.
        raw(rustix::process::chroot(plan.root.as_deref().unwrap_or("/")))?;
    }
    let dir = plan.wd.as_deref().or(plan.root.as_ref().map(|_| "/"));
    dir.map_or(Ok(()), |dir| raw(rustix::process::chdir(dir)))
}

/// What keeps every mount from a directory: the path, the privilege, the security modules. Two ways
/// to propagate at once are refused behind these (flags_to_propagation_type() in fs/namespace.c),
/// so that nothing is changed.
pub(super) fn ask_to_mount_on(target: &str) -> Option<i32> {
    const PRIVATE_AND_SHARED: u64 = 0x4_0000 | 0x10_0000;
    match sys::mount("none", target, None, PRIVATE_AND_SHARED) {
        Ok(()) | Err(libc::EINVAL) => None,
        Err(raw) => Some(raw),
    }
}

/// Mounts a procfs; `false`: it would not stay inside, and was not made.
pub(super) fn mount_proc(target: &str, make_private: bool, confine: bool) -> Raw<bool> {
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

/// What shows whether the sandbox isolates: our pid, the processes in sight, and the caller's
/// environment.
pub(super) fn look_around(plan: &Plan, caller: &Caller) -> Isolation {
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
