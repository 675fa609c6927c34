//! The system calls that environments are built from, each failing with the name of the call and
//! its error.

use std::ffi::CString;
use std::fs;
use std::io::{Read, Write};
use std::os::fd::{AsRawFd, FromRawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Why an environment cannot be built here.
#[derive(Debug)]
pub struct Skip(pub String);

pub type Built<T = ()> = Result<T, Skip>;

fn text(path: impl AsRef<Path>) -> CString {
    CString::new(path.as_ref().as_os_str().as_bytes()).expect("no NUL in the lab's own paths")
}

/// What a call returned: -1 means that the environment cannot be built here.
fn result(what: &str, value: libc::c_long) -> Built<libc::c_long> {
    if value == -1 {
        Err(Skip(format!("{what}: {}", std::io::Error::last_os_error())))
    } else {
        Ok(value)
    }
}

pub fn euid() -> u32 {
    // SAFETY: takes nothing and cannot fail.
    unsafe { libc::geteuid() }
}

pub fn egid() -> u32 {
    // SAFETY: takes nothing and cannot fail.
    unsafe { libc::getegid() }
}

pub fn unshare(flags: libc::c_int) -> Built {
    // SAFETY: namespaces touch no memory, and a room has one thread.
    result("unshare(2)", unsafe { libc::unshare(flags) }.into()).map(drop)
}

/// The pid of the child, or 0 in the child.
pub fn fork() -> Built<libc::pid_t> {
    // SAFETY: a room has one thread, so the child inherits no lock held by another.
    let pid = unsafe { libc::fork() };
    result("fork(2)", pid.into())?;
    Ok(pid)
}

/// Waits for a child and gives its status as a shell would: the exit code, or 128 and the signal;
/// 127 for who is no child of ours.
pub fn wait(pid: libc::pid_t) -> i32 {
    let mut status = 0;
    // SAFETY: `status` is a valid place for the result.
    while unsafe { libc::waitpid(pid, &raw mut status, 0) } != pid {
        if std::io::Error::last_os_error().kind() != std::io::ErrorKind::Interrupted {
            return 127;
        }
    }
    if libc::WIFEXITED(status) { libc::WEXITSTATUS(status) } else { 128 + libc::WTERMSIG(status) }
}

/// Reaps one child of any kind: `None` when there is none, `Some(false)` when one still runs.
pub fn reap() -> Option<bool> {
    // SAFETY: a null status is allowed.
    match unsafe { libc::waitpid(-1, std::ptr::null_mut(), libc::WNOHANG) } {
        -1 => None,
        0 => Some(false),
        _ => Some(true),
    }
}

pub fn exit(code: i32) -> ! {
    // SAFETY: ends the process and returns to nobody.
    unsafe { libc::_exit(code) }
}

/// Switches the machine off.
pub fn power_off() -> ! {
    // SAFETY: takes a number; where it is allowed, it does not return.
    unsafe { libc::reboot(libc::RB_POWER_OFF) };
    exit(1)
}

/// Set when somebody wants the lab to end.
static INTERRUPTED: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);

extern "C" fn interrupt(_: libc::c_int) {
    INTERRUPTED.store(true, std::sync::atomic::Ordering::Relaxed);
}

/// From now on, SIGINT, SIGTERM and SIGHUP are only noted: see [`interrupted`].
pub fn note_interrupts() {
    for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP] {
        // SAFETY: the handler does nothing but store into an atomic, which is async-signal-safe.
        unsafe { libc::signal(signal, interrupt as *const () as libc::sighandler_t) };
    }
}

/// These signals do again what they do by default.
pub fn heed_interrupts() {
    for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP] {
        // SAFETY: sets the default action.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    }
}

/// Whether such a signal has come.
pub fn interrupted() -> bool {
    INTERRUPTED.load(std::sync::atomic::Ordering::Relaxed)
}

/// Whether this child has ended, and then its exit code.
pub fn ended(pid: libc::pid_t) -> Option<i32> {
    let mut status = 0;
    // SAFETY: `status` is a valid place for the result.
    match unsafe { libc::waitpid(pid, &raw mut status, libc::WNOHANG) } {
        0 => None,
        _ if libc::WIFEXITED(status) => Some(libc::WEXITSTATUS(status)),
        _ => Some(128 + libc::WTERMSIG(status)),
    }
}

/// Sleeps until a signal ends us.
pub fn pause() -> ! {
    loop {
        // SAFETY: takes nothing.
        unsafe { libc::pause() };
    }
}

fn prctl(what: &str, option: libc::c_int, argument: libc::c_ulong) -> Built {
    // SAFETY: only options whose arguments are numbers are passed; the unused ones are 0, as
    // prctl(2) asks.
    result(what, unsafe { libc::prctl(option, argument, 0, 0, 0) }.into()).map(drop)
}

/// The kernel kills us when our parent ends. A change of ids would clear it again.
pub fn die_with_parent() -> Built {
    prctl("PR_SET_PDEATHSIG", libc::PR_SET_PDEATHSIG, 9)
}

/// The kernel sends us SIGTERM when the thread that started us ends.
pub fn ask_to_end_with_parent() -> Built {
    prctl("PR_SET_PDEATHSIG", libc::PR_SET_PDEATHSIG, 15)
}

/// Sends a signal.
pub fn send_signal(pid: u32, signal: libc::c_int) {
    // SAFETY: takes numbers; the process is one that the caller started and has not waited for yet.
    unsafe { libc::kill(libc::pid_t::try_from(pid).expect("a pid"), signal) };
}

/// A set of signals.
pub fn signals(all: &[libc::c_int]) -> libc::sigset_t {
    let mut set = std::mem::MaybeUninit::uninit();
    // SAFETY: sigemptyset(3) initialises the whole set; the rest takes it and numbers.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        for signal in all {
            libc::sigaddset(set.as_mut_ptr(), *signal);
        }
        set.assume_init()
    }
}

/// Holds these signals back, and no others.
pub fn block(set: &libc::sigset_t) {
    // SAFETY: a valid set; the former one is not asked for.
    unsafe { libc::sigprocmask(libc::SIG_SETMASK, set, std::ptr::null_mut()) };
}

/// Waits for one of these signals, which are held back.
pub fn wait_for_signal(set: &libc::sigset_t) {
    let mut signal = 0;
    // SAFETY: a valid set, and a place for the number.
    unsafe { libc::sigwait(set, &raw mut signal) };
}

/// Reaps what has ended and waits until this child has; its status as of [`wait`].
pub fn wait_among_others(pid: libc::pid_t) -> i32 {
    loop {
        let mut status = 0;
        // SAFETY: `status` is a valid place for the result.
        let ended = unsafe { libc::waitpid(-1, &raw mut status, 0) };
        if ended == pid {
            return if libc::WIFEXITED(status) {
                libc::WEXITSTATUS(status)
            } else {
                128 + libc::WTERMSIG(status)
            };
        }
        if ended == -1 && std::io::Error::last_os_error().raw_os_error() == Some(libc::ECHILD) {
            return 128;
        }
    }
}

/// Whether this child of ours has ended; it is not reaped.
pub fn has_ended(pid: libc::pid_t) -> bool {
    // SAFETY: zeroes are a valid siginfo_t, and a valid place for the result.
    unsafe {
        let mut info: libc::siginfo_t = std::mem::zeroed();
        let id = libc::id_t::try_from(pid).expect("a pid");
        libc::waitid(libc::P_PID, id, &raw mut info, libc::WEXITED | libc::WNOHANG | libc::WNOWAIT)
            != 0
            || info.si_pid() != 0
    }
}

/// Orphaned grandchildren become our children.
pub fn adopt_orphans() -> Built {
    prctl("PR_SET_CHILD_SUBREAPER", libc::PR_SET_CHILD_SUBREAPER, 1)
}

pub fn no_new_privs() -> Built {
    prctl("PR_SET_NO_NEW_PRIVS", libc::PR_SET_NO_NEW_PRIVS, 1)
}

pub fn dumpable() -> Built {
    prctl("PR_SET_DUMPABLE", libc::PR_SET_DUMPABLE, 1)
}

pub fn drop_bounding(capability: u32) -> Built {
    prctl("PR_CAPBSET_DROP", libc::PR_CAPBSET_DROP, capability.into())
}

/// Becomes this user, in this group alone.
pub fn set_ids(uid: u32, gid: u32) -> Built {
    // SAFETY: no group is read from the null pointer when the count is 0.
    result("setgroups(2)", unsafe { libc::setgroups(0, std::ptr::null()) }.into())?;
    only_ids(uid, gid)
}

/// Becomes this user and group, and stays in the others where setgroups(2) is denied.
pub fn only_ids(uid: u32, gid: u32) -> Built {
    // SAFETY: no group is read from the null pointer when the count is 0. It may be denied here.
    let _ = unsafe { libc::setgroups(0, std::ptr::null()) };
    // SAFETY: takes numbers.
    result("setresgid(2)", unsafe { libc::setresgid(gid, gid, gid) }.into())?;
    // SAFETY: takes numbers.
    result("setresuid(2)", unsafe { libc::setresuid(uid, uid, uid) }.into()).map(drop)
}

/// Sets RLIMIT_NPROC; the hard limit as well where root could raise it again.
pub fn limit_processes(limit: u64, hard: bool) -> Built {
    let mut old = libc::rlimit { rlim_cur: limit, rlim_max: limit };
    if !hard {
        result(
            "getrlimit(2)",
            // SAFETY: a valid place for the result.
            unsafe { libc::getrlimit(libc::RLIMIT_NPROC, &raw mut old) }.into(),
        )?;
    }
    let limit = libc::rlimit { rlim_cur: limit, ..old };
    // SAFETY: a valid struct that outlives the call.
    result("setrlimit(2)", unsafe { libc::setrlimit(libc::RLIMIT_NPROC, &raw const limit) }.into())
        .map(drop)
}

pub fn mount(
    source: impl AsRef<Path>,
    target: impl AsRef<Path>,
    fs_type: &str,
    flags: libc::c_ulong,
    data: &str,
) -> Built {
    let what =
        format!("mount(2) of {} on {}", source.as_ref().display(), target.as_ref().display());
    let (source, target, fs_type, data) = (text(source), text(target), text(fs_type), text(data));
    // SAFETY: every pointer is a NUL-terminated string that outlives the call.
    result(
        &what,
        unsafe {
            libc::mount(
                source.as_ptr(),
                target.as_ptr(),
                fs_type.as_ptr(),
                flags,
                data.as_ptr().cast(),
            )
        }
        .into(),
    )
    .map(drop)
}

pub fn umount(target: &str) -> Built {
    let path = text(target);
    // SAFETY: a NUL-terminated string that outlives the call.
    result(
        &format!("umount2(2) of {target}"),
        unsafe { libc::umount2(path.as_ptr(), libc::MNT_DETACH) }.into(),
    )
    .map(drop)
}

/// Makes a mount point the root of this mount namespace and lets go of the old root.
pub fn pivot_root(to: &Path) -> Built {
    chdir(to)?;
    let here = c".".as_ptr();
    // SAFETY: both are NUL-terminated strings; stacking the old root on the new one is described in
    // pivot_root(2).
    result("pivot_root(2)", unsafe { libc::syscall(libc::SYS_pivot_root, here, here) })?;
    umount(".")?;
    chdir("/")
}

/// Enters a namespace of a process, by the name of its file.
pub fn enter(of: libc::pid_t, name: &str, kind: libc::c_int) -> Built {
    use std::os::fd::AsRawFd;
    let path = format!("/proc/{of}/ns/{name}");
    let file = std::fs::File::open(&path).map_err(|e| Skip(format!("{path}: {e}")))?;
    // SAFETY: the descriptor is open, and setns(2) touches no memory.
    result("setns(2)", unsafe { libc::setns(file.as_raw_fd(), kind) }.into()).map(drop)
}

/// Enters namespaces of our parent, wherever procfs is.
pub fn enter_namespaces_of_parent(kinds: libc::c_int) -> Built {
    let parent = libc::pid_t::try_from(std::os::unix::process::parent_id()).expect("a pid");
    // SAFETY: takes numbers.
    let fd = result("pidfd_open(2)", unsafe { libc::syscall(libc::SYS_pidfd_open, parent, 0) })?;
    // SAFETY: a descriptor that the kernel has just given to us.
    let fd = unsafe { fs::File::from_raw_fd(i32::try_from(fd).expect("a descriptor")) };
    // SAFETY: the descriptor is open, and setns(2) touches no memory.
    result("setns(2)", unsafe { libc::setns(fd.as_raw_fd(), kinds) }.into()).map(drop)
}

/// Ends a process.
pub fn kill(pid: libc::pid_t) -> Built {
    // SAFETY: takes numbers; the pid is that of a child that we have not waited for.
    result("kill(2)", unsafe { libc::kill(pid, libc::SIGKILL) }.into()).map(drop)
}

pub fn chroot(to: &Path) -> Built {
    let path = text(to);
    // SAFETY: a NUL-terminated string that outlives the call.
    result("chroot(2)", unsafe { libc::chroot(path.as_ptr()) }.into())?;
    chdir("/")
}

fn chdir(to: impl AsRef<Path>) -> Built {
    std::env::set_current_dir(&to)
        .map_err(|e| Skip(format!("chdir(2) to {}: {e}", to.as_ref().display())))
}

/// Landlock rules that handle these rights on files and allow them nowhere (landlock(7)).
pub fn landlock(rights: u64) -> Built {
    landlock_both(rights, 0)
}

/// The same with rights on the network, which Landlock knows since Linux 6.7.
pub fn landlock_both(files: u64, network: u64) -> Built {
    const CREATE_RULESET: libc::c_long = 444;
    const RESTRICT_SELF: libc::c_long = 446;
    let attributes = [files, network];
    let size = if network == 0 { 8 } else { 16 };
    // SAFETY: the kernel reads `size` bytes of `attributes`, the first two fields of struct
    // landlock_ruleset_attr.
    let fd = result("landlock_create_ruleset(2)", unsafe {
        libc::syscall(CREATE_RULESET, attributes.as_ptr(), size, 0)
    })?;
    // SAFETY: takes numbers; the descriptor is ours.
    let restrict = || unsafe { libc::syscall(RESTRICT_SELF, fd, 0) };
    // As for a filter: no_new_privs only where there is no CAP_SYS_ADMIN.
    if restrict() == -1 {
        no_new_privs()?;
        result("landlock_restrict_self(2)", restrict())?;
    }
    // SAFETY: as above, and nothing else owns it.
    result("close(2)", unsafe { libc::close(i32::try_from(fd).expect("a descriptor")) }.into())
        .map(drop)
}

/// A mount of its own of what is mounted on a path, without what is mounted below; gone with the
/// descriptor.
pub fn detached_copy(path: &str) -> Built<fs::File> {
    let path = text(path);
    let flags = libc::OPEN_TREE_CLONE | libc::OPEN_TREE_CLOEXEC;
    // SAFETY: a NUL-terminated string that outlives the call.
    let fd = result("open_tree(2)", unsafe {
        libc::syscall(libc::SYS_open_tree, libc::AT_FDCWD, path.as_ptr(), flags)
    })?;
    // SAFETY: a descriptor that the kernel has just given to us.
    Ok(unsafe { fs::File::from_raw_fd(i32::try_from(fd).expect("a descriptor")) })
}

fn open_at(dir: &fs::File, path: &str, flags: libc::c_int) -> Built<fs::File> {
    let name = text(path);
    // SAFETY: a NUL-terminated string that outlives the call.
    let fd = unsafe { libc::openat(dir.as_raw_fd(), name.as_ptr(), flags | libc::O_CLOEXEC) };
    result(&format!("openat(2) of {path}"), fd.into())?;
    // SAFETY: a descriptor that the kernel has just given to us.
    Ok(unsafe { fs::File::from_raw_fd(fd) })
}

/// A directory below another.
pub fn open_directory_at(dir: &fs::File, path: &str) -> Built<fs::File> {
    open_at(dir, path, libc::O_RDONLY | libc::O_DIRECTORY)
}

/// Writes a file below a directory in one write(2).
pub fn write_at(dir: &fs::File, path: &str, content: &str) -> Built {
    let mut file = open_at(dir, path, libc::O_WRONLY)?;
    file.write_all(content.as_bytes())
        .map_err(|e| Skip(format!("writing {content:?} to {path}: {e}")))
}

/// Opens a file below a directory for writing.
pub fn open_to_write(path: &Path) -> Built<fs::File> {
    fs::File::options().write(true).open(path).map_err(|e| Skip(format!("{}: {e}", path.display())))
}

/// Reads a file below a directory.
pub fn read_at(dir: &fs::File, path: &str) -> Built<String> {
    let mut content = String::new();
    open_at(dir, path, libc::O_RDONLY)?
        .read_to_string(&mut content)
        .map_err(|e| Skip(format!("reading {path}: {e}")))?;
    Ok(content)
}

pub fn securebits(bits: u32) -> Built {
    prctl("PR_SET_SECUREBITS", libc::PR_SET_SECUREBITS, bits.into())
}

/// A change of uid keeps the permitted capabilities, until the next exec.
pub fn keep_capabilities() -> Built {
    prctl("PR_SET_KEEPCAPS", libc::PR_SET_KEEPCAPS, 1)
}

pub fn raise_ambient(capability: u32) -> Built {
    let raise = libc::c_ulong::from(libc::PR_CAP_AMBIENT_RAISE.unsigned_abs());
    // SAFETY: takes numbers; the unused ones are 0, as prctl(2) asks.
    result(
        "PR_CAP_AMBIENT_RAISE",
        unsafe { libc::prctl(libc::PR_CAP_AMBIENT, raise, libc::c_ulong::from(capability), 0, 0) }
            .into(),
    )
    .map(drop)
}

/// The three sets of capget(2).
#[derive(Debug, Default)]
pub struct Sets {
    pub effective: u64,
    pub permitted: u64,
    pub inheritable: u64,
}

/// Our permitted capabilities.
pub fn permitted() -> Built<u64> {
    let mut permitted = 0;
    capabilities(|sets| permitted = sets.permitted)?;
    Ok(permitted)
}

/// Changes our capabilities. Sets may name capabilities that this kernel does not know.
pub fn capabilities(change: impl FnOnce(&mut Sets)) -> Built {
    const VERSION_3: u32 = 0x2008_0522;
    let header = [VERSION_3, 0];
    // struct __user_cap_data_struct[2]: effective, permitted, inheritable; the low half first.
    let mut data = [0_u32; 6];
    // SAFETY: the header and the data have the layout and the size of version 3, and outlive the
    // call.
    result("capget(2)", unsafe {
        libc::syscall(libc::SYS_capget, header.as_ptr(), data.as_mut_ptr())
    })?;
    let whole = |at: usize, data: &[u32; 6]| u64::from(data[at]) | u64::from(data[at + 3]) << 32;
    let mut sets = Sets {
        effective: whole(0, &data),
        permitted: whole(1, &data),
        inheritable: whole(2, &data),
    };
    // A capability may be inherited that is permitted no more (capset(2)).
    let known = sets.permitted | sets.inheritable;
    change(&mut sets);
    for (at, set) in
        [sets.effective, sets.permitted, sets.inheritable & known].into_iter().enumerate()
    {
        data[at] = u32::try_from(set & 0xffff_ffff).expect("half");
        data[at + 3] = u32::try_from(set >> 32).expect("half");
    }
    // SAFETY: as above.
    result("capset(2)", unsafe { libc::syscall(libc::SYS_capset, header.as_ptr(), data.as_ptr()) })
        .map(drop)
}

/// Installs a filter; `no_new_privs` only where there is no CAP_SYS_ADMIN, so that setuid programs
/// keep working.
pub fn seccomp(program: &mut [libc::sock_filter]) -> Built {
    let length = u16::try_from(program.len()).expect("a short program");
    let filter = libc::sock_fprog { len: length, filter: program.as_mut_ptr() };
    // SAFETY: the program is a valid array of this length that outlives the call; the kernel copies
    // and checks it.
    let install = || unsafe {
        libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const filter)
    };
    if install() == 0 {
        return Ok(());
    }
    no_new_privs()?;
    result("PR_SET_SECCOMP", install().into()).map(drop)
}

/// Loads a BPF program for this hook of the security modules and attaches it, until we end.
pub fn bpf_lsm(program: &[u8], hook: u32) -> Built {
    const PROG_LOAD: libc::c_long = 5;
    const RAW_TRACEPOINT_OPEN: libc::c_long = 17;
    const LSM: u32 = 29;
    const LSM_MAC: u32 = 27;
    /// The members of union bpf_attr for BPF_PROG_LOAD, up to the last that is needed.
    #[repr(C)]
    #[derive(Default)]
    struct Load {
        kind: u32,
        count: u32,
        instructions: u64,
        license: u64,
        log: [u64; 2],
        version_and_flags: [u32; 2],
        name: [u8; 16],
        interface: u32,
        attach_type: u32,
        unused: [u64; 4],
        line_info_count: u32,
        attach_to: u32,
    }
    #[repr(C)]
    struct Attach {
        name: u64,
        program: u64,
    }
    let license = c"GPL";
    let load = Load {
        kind: LSM,
        count: u32::try_from(program.len() / 8).expect("a short program"),
        instructions: program.as_ptr() as u64,
        license: license.as_ptr() as u64,
        attach_type: LSM_MAC,
        attach_to: hook,
        ..Load::default()
    };
    // SAFETY: the struct is of the size that is given, and what it points to outlives the call; the
    // kernel checks the program.
    let loaded =
        unsafe { libc::syscall(libc::SYS_bpf, PROG_LOAD, &raw const load, size_of::<Load>()) };
    let fd = result("bpf(BPF_PROG_LOAD)", loaded)?;
    let attach = Attach { name: 0, program: u64::try_from(fd).expect("a descriptor") };
    // SAFETY: as above. Both descriptors stay open until we end.
    let attached = unsafe {
        libc::syscall(libc::SYS_bpf, RAW_TRACEPOINT_OPEN, &raw const attach, size_of::<Attach>())
    };
    result("bpf(BPF_RAW_TRACEPOINT_OPEN)", attached).map(drop)
}
