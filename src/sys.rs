//! The system calls that no safe wrapper offers: the only unsafe code.
//!
//! isodoc has one thread from start to end, so a forked child may do anything its parent may.
#![allow(unsafe_code, reason = "this is the one module that may")]

use std::ffi::CString;
use std::io::{self, Write};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use rustix::event::{PollFd, PollFlags};

/// Whether standard output was closed when isodoc started.
static NO_STDOUT: AtomicBool = AtomicBool::new(false);

/// Runs before the standard library, which opens `/dev/null` in the place of a closed standard
/// output, so that nobody would learn of it.
extern "C" fn look_at_stdout() {
    // SAFETY: F_GETFD takes no argument.
    let closed = unsafe { libc::fcntl(1, libc::F_GETFD) } == -1 && last_error() == libc::EBADF;
    NO_STDOUT.store(closed, Ordering::Relaxed);
}

// The C library calls what is in this section before `main`.
#[used]
#[unsafe(link_section = ".init_array")]
static AT_START: extern "C" fn() = look_at_stdout;

/// Standard output, which may be closed, or full for a while.
pub(crate) struct Stdout;

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if NO_STDOUT.load(Ordering::Relaxed) {
            return Err(rustix::io::Errno::BADF.into());
        }
        // SAFETY: the standard library leaves none of the standard streams closed, nor do we.
        let stdout = unsafe { BorrowedFd::borrow_raw(1) };
        loop {
            match rustix::io::write(stdout, bytes) {
                Err(rustix::io::Errno::INTR) => {}
                Err(rustix::io::Errno::AGAIN) => {
                    let mut room = [PollFd::new(&stdout, PollFlags::OUT)];
                    if rustix::event::poll(&mut room, None).is_err() {
                        // A filter refuses it, or a signal came: asked again a little later.
                        let moment = rustix::thread::Timespec { tv_sec: 0, tv_nsec: 1_000_000 };
                        let _ = rustix::thread::nanosleep(&moment);
                    }
                }
                other => return Ok(other?),
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        if NO_STDOUT.load(Ordering::Relaxed) { Err(rustix::io::Errno::BADF.into()) } else { Ok(()) }
    }
}

/// A page of memory that this process shares with those that it forks; one for the whole run.
pub(crate) fn shared_page() -> Option<&'static [AtomicU32; 1024]> {
    static PAGE: OnceLock<Option<&'static [AtomicU32; 1024]>> = OnceLock::new();
    *PAGE.get_or_init(|| {
        let (protection, flags) =
            (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED | libc::MAP_ANONYMOUS);
        // SAFETY: new memory, wherever the kernel likes.
        let page = unsafe { libc::mmap(std::ptr::null_mut(), 4096, protection, flags, -1, 0) };
        if page == libc::MAP_FAILED {
            return None;
        }
        // SAFETY: zeroes are valid, the page is as large and is never unmapped, and all that
        // processes do with it is atomic.
        Some(unsafe { &*page.cast::<[AtomicU32; 1024]>() })
    })
}

/// What fork(2) returns.
pub(crate) enum Fork {
    /// We are the child.
    Child,
    /// We are the parent of this process.
    Parent(rustix::process::Pid),
}

/// Result of a call, with the raw error number.
pub(crate) type Raw<T> = Result<T, i32>;

fn last_error() -> i32 {
    std::io::Error::last_os_error().raw_os_error().unwrap_or(libc::EIO)
}

fn check(result: libc::c_int) -> Raw<()> {
    if result == 0 { Ok(()) } else { Err(last_error()) }
}

/// The CLONE_* bits as the C type; they are all below 2^31.
fn bits(flags: u64) -> libc::c_int {
    libc::c_int::from_ne_bytes(u32::try_from(flags).unwrap_or(u32::MAX).to_ne_bytes())
}

/// Holds signals back (sigprocmask(2), SIG_BLOCK).
///
/// # Errors
/// The error number.
pub(crate) fn hold_back(signals: &[rustix::process::Signal]) -> Raw<()> {
    // SAFETY: the set is initialised by sigemptyset(3), and all pointers are to it.
    unsafe {
        let mut set = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        for signal in signals {
            libc::sigaddset(&raw mut set, signal.as_raw());
        }
        check(libc::sigprocmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut()))
    }
}

/// fork(2), as unshare(1) calls it.
///
/// # Errors
/// The error number.
pub(crate) fn fork() -> Raw<Fork> {
    // SAFETY: the process has one thread, or is that of a program which calls the library: then the
    // C library keeps its allocator usable in the child, which takes no other lock.
    let pid = unsafe { libc::fork() };
    parent_or_child(i64::from(pid))
}

/// Has the kernel end a command when isodoc ends, however that happens, and all that it starts in
/// its process group: the command by PR_SET_PDEATHSIG, the others by a signal of its standard
/// output (F_SETSIG), a pipe that only isodoc reads.
pub(crate) fn end_with_us(command: &mut std::process::Command) {
    use std::os::unix::process::CommandExt;
    /// fcntl(2); the C library's headers hide it behind _GNU_SOURCE.
    const F_SETSIG: libc::c_int = 10;
    let us = rustix::process::getpid();
    let bind = move || {
        // SAFETY: takes numbers; where one is refused, what hangs may outlive us.
        unsafe {
            libc::fcntl(1, F_SETSIG, libc::SIGKILL);
            libc::fcntl(1, libc::F_SETOWN, -libc::getpgrp());
            libc::fcntl(1, libc::F_SETFL, libc::O_ASYNC);
        }
        // Where a filter refuses it, the program is run all the same.
        let _ =
            rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL));
        // We may have ended before it took effect; in another pid namespace we have no number.
        match rustix::process::getppid() {
            Some(parent) if parent != us => Err(rustix::io::Errno::SRCH.into()),
            _ => Ok(()),
        }
    };
    // SAFETY: between fork and exec it makes system calls, and allocates nothing.
    unsafe { command.pre_exec(bind) };
}

fn parent_or_child(pid: i64) -> Raw<Fork> {
    match i32::try_from(pid) {
        Ok(0) => Ok(Fork::Child),
        Ok(pid) if pid > 0 => {
            rustix::process::Pid::from_raw(pid).map(Fork::Parent).ok_or(libc::EIO)
        }
        _ => Err(last_error()),
    }
}

/// clone(2) with these CLONE_NEW* bits and nothing shared: a fork into new namespaces, as nsjail
/// makes it.
///
/// # Errors
/// The error number.
pub(crate) fn clone(flags: u64) -> Raw<Fork> {
    let flags = libc::c_long::from(bits(flags)) | libc::c_long::from(libc::SIGCHLD);
    // SAFETY: no CLONE_VM and a null stack make this a fork; see `fork`. All pointers are null and
    // unused.
    let pid = unsafe { libc::syscall(libc::SYS_clone, flags, 0, 0, 0, 0) };
    parent_or_child(pid)
}

/// clone3(2) in the same way: seccomp filters cannot see its flags.
///
/// # Errors
/// The error number.
pub(crate) fn clone3(flags: u64) -> Raw<Fork> {
    // struct clone_args as Linux 5.3 has it (CLONE_ARGS_SIZE_VER0): flags, five fields, the stack.
    let args = [flags, 0, 0, 0, u64::from(libc::SIGCHLD.unsigned_abs()), 0, 0, 0];
    // SAFETY: as `clone`; the kernel reads `args`, of the size that is given, and nothing else.
    let pid = unsafe { libc::syscall(libc::SYS_clone3, &raw const args, size_of_val(&args)) };
    parent_or_child(pid)
}

/// clone(2) with a contradiction in its flags, so that it can only fail: asks who refuses it.
///
/// # Errors
/// The error number: EINVAL when the call reached the kernel (kernel/fork.c, `copy_process`).
pub(crate) fn clone_contradiction(flags: u64) -> Raw<()> {
    // CLONE_FS contradicts new user and mount namespaces; CLONE_SIGHAND without CLONE_VM
    // contradicts itself.
    let user_or_mnt = flags & 0x1002_0000 != 0;
    let extra = if user_or_mnt { libc::CLONE_FS } else { libc::CLONE_SIGHAND };
    match clone(flags | u64::from(extra.unsigned_abs()))? {
        Fork::Child => exit(0),
        Fork::Parent(pid) => {
            let _ = rustix::process::waitpid(Some(pid), rustix::process::WaitOptions::empty());
            Ok(())
        }
    }
}

/// clone3(2) without arguments: EINVAL when the call reached the kernel.
///
/// # Errors
/// The error number.
pub(crate) fn clone3_null() -> Raw<()> {
    // SAFETY: the kernel refuses a size of 0 before it looks at the null pointer.
    let result = unsafe { libc::syscall(libc::SYS_clone3, 0, 0) };
    if result < 0 { Err(last_error()) } else { Ok(()) }
}

/// unshare(2).
///
/// # Errors
/// The error number.
pub(crate) fn unshare(flags: u64) -> Raw<()> {
    // SAFETY: unsharing namespaces touches no memory; the flags are CLONE_NEW* bits, never
    // CLONE_FILES or CLONE_VM.
    check(unsafe { libc::unshare(bits(flags)) })
}

/// mount(2).
///
/// # Errors
/// The error number; EINVAL for text with a NUL byte.
pub(crate) fn mount(source: &str, target: &str, fs_type: Option<&str>, flags: u64) -> Raw<()> {
    let text = |s: &str| CString::new(s).map_err(|_| libc::EINVAL);
    let (source, target, fs_type) = (text(source)?, text(target)?, fs_type.map(text).transpose()?);
    let fs_type = fs_type.as_ref().map_or(std::ptr::null(), |s| s.as_ptr());
    let flags = libc::c_ulong::try_from(flags).unwrap_or(0);
    // SAFETY: every pointer is null or a NUL-terminated string that lives until the call returns.
    check(unsafe {
        libc::mount(source.as_ptr(), target.as_ptr(), fs_type, flags, std::ptr::null())
    })
}

/// mount_setattr(2): id-maps a detached mount, by the map of a user namespace.
///
/// # Errors
/// The error number; EINVAL where its file system takes no id map, ENOSYS before Linux 5.12.
pub(crate) fn idmap(mount: BorrowedFd<'_>, users: BorrowedFd<'_>) -> Raw<()> {
    use std::os::fd::AsRawFd;
    /// include/uapi/linux/mount.h
    const MOUNT_ATTR_IDMAP: u64 = 0x10_0000;
    let users = u64::try_from(users.as_raw_fd()).map_err(|_| libc::EBADF)?;
    // struct mount_attr: what is set, what is cleared, the propagation, the user namespace.
    let attributes = [MOUNT_ATTR_IDMAP, 0, 0, users];
    // SAFETY: the path is empty and NUL-terminated; the kernel reads `attributes`, of the size that
    // is given, and nothing else.
    let result = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            mount.as_raw_fd(),
            c"".as_ptr(),
            libc::AT_EMPTY_PATH,
            attributes.as_ptr(),
            size_of_val(&attributes),
        )
    };
    if result < 0 { Err(last_error()) } else { Ok(()) }
}

/// pivot_root(2).
///
/// # Errors
/// The error number; EINVAL for text with a NUL byte.
pub(crate) fn pivot_root(new_root: &str, put_old: &str) -> Raw<()> {
    let text = |s: &str| CString::new(s).map_err(|_| libc::EINVAL);
    let (new_root, put_old) = (text(new_root)?, text(put_old)?);
    // SAFETY: both pointers are NUL-terminated strings that live until the call returns.
    let result =
        unsafe { libc::syscall(libc::SYS_pivot_root, new_root.as_ptr(), put_old.as_ptr()) };
    if result < 0 { Err(last_error()) } else { Ok(()) }
}

/// Restricts this process by Landlock from making character devices, which it does not do.
///
/// # Errors
/// The error number; ENOSYS before Linux 5.13, EOPNOTSUPP where it is not switched on.
pub(crate) fn landlock() -> Raw<()> {
    use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
    // include/uapi/linux/landlock.h: handled_access_fs, with LANDLOCK_ACCESS_FS_MAKE_CHAR.
    let handled: u64 = 1 << 6;
    // SAFETY: the attribute is as large as is said, and outlives the call.
    let raw = unsafe {
        libc::syscall(libc::SYS_landlock_create_ruleset, &raw const handled, size_of::<u64>(), 0)
    };
    let Some(raw) = i32::try_from(raw).ok().filter(|raw| *raw >= 0) else {
        return Err(last_error());
    };
    // SAFETY: the kernel has just made this descriptor for us.
    let rules = unsafe { OwnedFd::from_raw_fd(raw) };
    // SAFETY: takes numbers.
    let result = unsafe { libc::syscall(libc::SYS_landlock_restrict_self, rules.as_raw_fd(), 0) };
    if result < 0 { Err(last_error()) } else { Ok(()) }
}

/// Installs a filter that allows every system call.
///
/// # Errors
/// The error number; EINVAL for flags that the kernel does not know.
pub(crate) fn filter_nothing(flags: libc::c_ulong) -> Raw<()> {
    // include/uapi/linux/filter.h: BPF_RET | BPF_K.
    let mut allow = libc::sock_filter { code: 6, jt: 0, jf: 0, k: libc::SECCOMP_RET_ALLOW };
    let program = libc::sock_fprog { len: 1, filter: &raw mut allow };
    let set = libc::SECCOMP_SET_MODE_FILTER;
    // SAFETY: the program is one instruction, which is copied during the call. A descriptor that it
    // gives stays open until this process ends.
    let result = unsafe { libc::syscall(libc::SYS_seccomp, set, flags, &raw const program) };
    if result < 0 { Err(last_error()) } else { Ok(()) }
}

/// keyctl(KEYCTL_JOIN_SESSION_KEYRING): joins a session keyring of its own, without a name.
///
/// # Errors
/// The error number; ENOSYS where the kernel has no keys.
pub(crate) fn join_session_keyring() -> Raw<()> {
    keyctl(libc::c_long::from(libc::KEYCTL_JOIN_SESSION_KEYRING))
}

/// sethostname(2) of a name that is too short: EINVAL where the call reached the kernel and the
/// caller may set the name (kernel/sys.c).
///
/// # Errors
/// The error number.
pub(crate) fn sethostname_nothing() -> Raw<()> {
    name_nothing(libc::SYS_sethostname)
}

/// setdomainname(2) in the same way.
///
/// # Errors
/// The error number.
pub(crate) fn setdomainname_nothing() -> Raw<()> {
    name_nothing(libc::SYS_setdomainname)
}

fn name_nothing(call: libc::c_long) -> Raw<()> {
    // SAFETY: the name is not read, since no length is below 0.
    let result = unsafe { libc::syscall(call, std::ptr::null::<libc::c_char>(), -1) };
    if result < 0 { Err(last_error()) } else { Ok(()) }
}

/// setns(2) into a network namespace, without a descriptor of one: EBADF where the call reached the
/// kernel.
///
/// # Errors
/// The error number.
pub(crate) fn setns_nowhere() -> Raw<()> {
    // SAFETY: takes numbers.
    let result = unsafe { libc::syscall(libc::SYS_setns, -1, libc::CLONE_NEWNET) };
    if result < 0 { Err(last_error()) } else { Ok(()) }
}

/// keyctl(2) with an operation that does not exist: EOPNOTSUPP when the call reached the kernel.
///
/// # Errors
/// The error number.
pub(crate) fn keyctl_nothing() -> Raw<()> {
    keyctl(-1)
}

fn keyctl(operation: libc::c_long) -> Raw<()> {
    // SAFETY: the null pointer is the absent name of KEYCTL_JOIN_SESSION_KEYRING, and is not read
    // for an operation that is unknown.
    let result = unsafe { libc::syscall(libc::SYS_keyctl, operation, 0, 0, 0, 0) };
    if result < 0 { Err(last_error()) } else { Ok(()) }
}

/// socket(2) of this family, for what sets up interfaces.
///
/// # Errors
/// The error number.
pub(crate) fn socket(family: u8) -> Raw<OwnedFd> {
    // Of netlink, the protocol NETLINK_ROUTE.
    let kind = libc::SOCK_DGRAM | libc::SOCK_CLOEXEC;
    // SAFETY: takes numbers.
    let raw = unsafe { libc::socket(family.into(), kind, 0) };
    // SAFETY: the kernel has just made this descriptor for us.
    if raw < 0 { Err(last_error()) } else { Ok(unsafe { OwnedFd::from_raw_fd(raw) }) }
}

/// ioctl(SIOCSIFFLAGS) on `lo`: brings up the loopback interface of our network namespace. Sockets
/// of every family take it (net/socket.c, `sock_do_ioctl`).
///
/// # Errors
/// The error number; EPERM without CAP_NET_ADMIN in the user namespace that owns it.
pub(crate) fn loopback_up(by: u8) -> Raw<()> {
    let socket = socket(by)?;
    // SAFETY: an ifreq is plain memory, for which zeroes are valid.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (to, from) in request.ifr_name.iter_mut().zip(b"lo") {
        *to = libc::c_char::from_ne_bytes([*from]);
    }
    request.ifr_ifru.ifru_flags = libc::c_short::try_from(libc::IFF_UP).unwrap_or(0);
    // SAFETY: `request` is a valid ifreq, and outlives the call.
    check(unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFFLAGS, &raw mut request) })
}

/// setresuid(2) that changes none of the ids.
///
/// # Errors
/// The error number.
pub(crate) fn keep_uids() -> Raw<()> {
    // SAFETY: takes numbers.
    check(unsafe { libc::setresuid(libc::uid_t::MAX, libc::uid_t::MAX, libc::uid_t::MAX) })
}

/// setresgid(2) that changes none of the ids.
///
/// # Errors
/// The error number.
pub(crate) fn keep_gids() -> Raw<()> {
    // SAFETY: takes numbers.
    check(unsafe { libc::setresgid(libc::gid_t::MAX, libc::gid_t::MAX, libc::gid_t::MAX) })
}

/// getrlimit(2): the soft and the hard limit; `RLIM_INFINITY` is [`u64::MAX`].
///
/// # Errors
/// The error number: a filter may refuse prlimit64(2), by which it is asked.
pub(crate) fn getrlimit(resource: rustix::process::Resource) -> Raw<[u64; 2]> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the limit is written where one is.
    check(unsafe { libc::getrlimit(resource as _, &raw mut limit) })?;
    Ok([limit.rlim_cur, limit.rlim_max])
}

/// setgroups(2) with no group.
///
/// # Errors
/// The error number.
pub(crate) fn drop_groups() -> Raw<()> {
    // SAFETY: no group is read from the null pointer when the count is 0.
    check(unsafe { libc::setgroups(0, std::ptr::null()) })
}

/// setgid(2).
///
/// # Errors
/// The error number.
pub(crate) fn set_gid(gid: u32) -> Raw<()> {
    // SAFETY: takes a number; the process has one thread.
    check(unsafe { libc::setgid(gid) })
}

/// setuid(2).
///
/// # Errors
/// The error number.
pub(crate) fn set_uid(uid: u32) -> Raw<()> {
    // SAFETY: takes a number; the process has one thread.
    check(unsafe { libc::setuid(uid) })
}

/// Ends a forked child at once: no destructor, no buffer flushed twice.
pub(crate) fn exit(code: i32) -> ! {
    // SAFETY: _exit ends the process and returns to nobody.
    unsafe { libc::_exit(code) }
}

/// ioctl(NS_GET_USERNS) on our namespace of a kind (a name in `/proc/self/ns`): whether the user
/// namespace that owns it is ours or below ours (ioctl_ns(2)).
///
/// # Errors
/// The error number; ENOTTY before Linux 4.9.
pub(crate) fn owned_here(kind: &str) -> Raw<bool> {
    use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
    let file = std::fs::File::open(format!("/proc/self/ns/{kind}"))
        .map_err(|e| e.raw_os_error().unwrap_or(libc::EIO))?;
    // _IO(0xb7, 1)
    let request = 0xb701;
    // SAFETY: takes no argument.
    match unsafe { libc::ioctl(file.as_raw_fd(), request) } {
        -1 if last_error() == libc::EPERM => Ok(false),
        -1 => Err(last_error()),
        owner => {
            // SAFETY: the kernel has just made this descriptor for us.
            drop(unsafe { OwnedFd::from_raw_fd(owner) });
            Ok(true)
        }
    }
}

/// include/uapi/linux/nsfs.h, struct mnt_ns_info (Linux 6.12).
#[repr(C)]
#[derive(Default)]
struct MntNsInfo {
    size: u32,
    nr_mounts: u32,
    mnt_ns_id: u64,
}

/// ioctl(NS_MNT_GET_INFO): how many mounts our mount namespace has, seen or not.
///
/// # Errors
/// The error number; ENOTTY before Linux 6.12.
pub(crate) fn mount_namespace_size() -> Raw<u32> {
    use std::os::fd::AsRawFd;
    let file = std::fs::File::open("/proc/self/ns/mnt")
        .map_err(|e| e.raw_os_error().unwrap_or(libc::EIO))?;
    let mut info = MntNsInfo { size: 16, ..MntNsInfo::default() };
    // _IOR(0xb7, 10, struct mnt_ns_info)
    let request = 0x8010_b70a;
    // SAFETY: `info` is a valid struct of the size that the request encodes, and outlives the call.
    check(unsafe { libc::ioctl(file.as_raw_fd(), request, &raw mut info) })?;
    Ok(info.nr_mounts)
}
