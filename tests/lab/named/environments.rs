//! The environments. One entry each: to add one is to add an entry.

use super::Environment;
use crate::judge::Expect::{self, Nobody, Refused, Unknown, Unseen, Works};
use crate::judge::Refusal;
use crate::room::{PROC_FLAGS, Room, Rule};
use crate::sys;

pub const fn refused(step: &'static str, errno: &'static str, cause: &'static str) -> Expect {
    Refused(Refusal { step, errno, cause })
}

pub const fn unseen(
    step: &'static str,
    errno: &'static str,
    cause: &'static str,
    why: &'static str,
) -> Expect {
    Unseen(Refusal { step, errno, cause }, why)
}

pub const NO_CAP: Expect = refused("unshare", "EPERM", "no-cap-sys-admin");
const CHROOT: Expect = refused("unshare", "EPERM", "chroot");
const SECCOMP: Expect = refused("unshare", "EPERM", "seccomp-unshare");
const NOT_THERE: Expect = refused("unshare", "ENOSYS", "seccomp-unshare");
const KILLED: Expect = refused("unshare", "SIGSYS", "seccomp-kill");
const UNMAPPED: Expect = refused("unshare", "EPERM", "id-unmapped");
const SETFCAP: Expect = refused("uid-map", "EPERM", "setfcap-missing");
const MASKED: Expect = refused("mount-proc", "EPERM", "proc-masked");
const NO_PROC: Expect = refused("uid-map", "ENOENT", "proc-not-mounted");
const OTHER_PROC: Expect = refused("uid-map", "ENOENT", "proc-other-pidns");
const PROC_RO: Expect = refused("uid-map", "EROFS", "proc-readonly");
const NOT_DUMPABLE: Expect = refused("uid-map", "EACCES", "not-dumpable");
const USERNS_ZERO: Expect = refused("unshare", "ENOSPC", "max-user-namespaces-zero");
const MAX_PID: Expect = refused("unshare", "ENOSPC", "max-pid-namespaces");
const MAX_MNT: Expect = refused("unshare", "ENOSPC", "max-mnt-namespaces");
const MAX_OTHER: Expect = refused("unshare", "ENOSPC", "max-other-namespaces");
const PIDNS_DEPTH: Expect = refused("unshare", "ENOSPC", "pidns-depth");
const PIDNS_PENDING: Expect = refused("unshare", "EINVAL", "pidns-already-unshared");
const NPROC: Expect = refused("fork", "EAGAIN", "rlimit-nproc");
const PIDS_MAX: Expect = refused("fork", "EAGAIN", "cgroup-pids-max");
const PID_MAX: Expect = refused("fork", "EAGAIN", "pid-max");
const EXHAUSTED: Expect = unseen(
    "unshare",
    "ENOSPC",
    "max-user-namespaces-exhausted",
    "no file shows how much of a quota is used",
);
const ANCESTOR: Expect = unseen(
    "unshare",
    "ENOSPC",
    "max-user-namespaces-ancestor",
    "no file shows the quota of an outer namespace",
);
const USERNS_DEPTH: Expect =
    unseen("unshare", "ENOSPC", "userns-depth", "no file shows how deep a namespace is");
const THREADS: Expect = unseen(
    "unshare",
    "EINVAL",
    "multithreaded",
    "what a preloaded library does shows only when it runs",
);
const DIRECTORY: &str = "whether a directory that the flags name can be used is not looked at";
const HIDDEN: &str = "another file system hides the parameters of the kernel";
const LANDLOCK: Expect =
    unseen("propagation", "EPERM", "landlock", "no file shows the rules of Landlock");
const LANDLOCK_MAP: Expect =
    unseen("uid-map", "EACCES", "landlock", "no file shows the rules of Landlock");
const LOOKS_MAPPED: Expect = unseen(
    "unshare",
    "EPERM",
    "id-unmapped",
    "an id that is not mapped looks like 65534, and that id is mapped",
);
const MAX_PID_UNSEEN: Expect =
    unseen("unshare", "ENOSPC", "max-pid-namespaces", "without a procfs there are few facts");

/// Nothing stands in the way of an unprivileged user.
pub const USER: [Expect; 5] = [Works, Works, NO_CAP, NO_CAP, Works];
/// Nothing stands in the way of root.
pub const ROOT: [Expect; 5] = [Works; 5];
/// Only a fresh procfs is refused, to an unprivileged user.
const MASKED_USER: [Expect; 5] = [MASKED, Works, NO_CAP, NO_CAP, Works];

/// Every namespace but the user namespace, as container engines' filters match clone(2).
const NEW_NAMESPACES: u32 = 0x7e02_0000;
const EPERM: i32 = libc::EPERM;
const MAP_AUTO: &str = "--user --map-auto --map-root-user --pid --fork --mount-proc";

/// The environments.
pub static ENVIRONMENTS: &[Environment] = &[
    Environment {
        name: "here",
        about: "this machine as it is, whatever it allows",
        since: (3, 8),
        build: |_| Ok(()),
        cells: [Unknown; 5],
        extra: &[],
    },
    Environment {
        name: "baseline-root",
        about: "root with nothing broken",
        since: (3, 8),
        build: |room| room.needs_root(),
        cells: ROOT,
        extra: &[
            ("-rpf --mount-proc", Works),
            ("--mount --pid --fork --kill-child", Works),
            ("--pid --fork --mount-proc --propagation slave", Works),
            ("--user --map-root-user --net --uts --ipc --cgroup --fork", Works),
        ],
    },
    Environment {
        name: "baseline-user",
        about: "an unprivileged user with nothing broken",
        since: (3, 8),
        build: |room| room.become_user(),
        cells: USER,
        extra: &[
            ("--user --map-current-user --pid --fork --mount-proc", Works),
            ("--user --map-user=7 --map-group=7 --pid --fork --kill-child", Works),
            (
                "--user --map-root-user --mount-proc",
                refused("mount-proc", "EPERM", "mount-proc-usage"),
            ),
            (
                "--user --map-root-user --pid --mount-proc",
                refused("mount-proc", "EPERM", "mount-proc-usage"),
            ),
            ("--user --map-root-user --pid --fork --mount-proc --propagation slave", Works),
            ("--user --map-root-user --pid --fork --mount-proc --propagation shared", Works),
            ("--user --map-root-user --pid --fork --mount-proc --propagation unchanged", Works),
            // The probe says that it works.
            ("--user --map-root-user --pid --fork --mount-proc=/tmp", Nobody(None, DIRECTORY)),
            (
                "--user --map-root-user --pid --fork --mount-proc=/none",
                unseen("mount-proc", "ENOENT", "target-missing", DIRECTORY),
            ),
            (
                "--user --map-root-user --root=/none",
                unseen("change-root", "ENOENT", "target-missing", DIRECTORY),
            ),
            (
                "--user --map-root-user --wd=/none",
                unseen("change-root", "ENOENT", "target-missing", DIRECTORY),
            ),
            ("--user --map-root-user --setuid 0", Works),
            ("--user --map-root-user --setuid 5", refused("set-ids", "EINVAL", "set-ids-unmapped")),
            ("--user --map-root-user --setgid 5", refused("set-ids", "EPERM", "setgroups-denied")),
            ("--user --setgroups allow", Works),
            (
                "--user --setgroups allow --map-root-user",
                refused("parse-flags", "", "flags-not-understood"),
            ),
            ("--no-such-option", refused("parse-flags", "", "flags-not-understood")),
            ("--user --setgid=5", refused("set-ids", "EPERM", "setgroups-denied")),
            ("--map-root-user --setuid=5", refused("set-ids", "EINVAL", "set-ids-unmapped")),
            ("--map-root-user --setgroups=deny", refused("setgroups", "EPERM", "setgroups-denied")),
            ("--setgroups=deny", refused("setgroups", "EACCES", "setgroups-denied")),
            ("--setuid=5", refused("set-ids", "EPERM", "no-cap-setid")),
            ("--root=/", refused("change-root", "EPERM", "no-cap-sys-chroot")),
        ],
    },
    Environment {
        name: "no-new-privs-root",
        about: "root with no_new_privs, which only a program that executes itself minds",
        since: (4, 8),
        build: |room| {
            room.needs_root()?;
            room.no_new_privs()
        },
        cells: [Works, Works, Works, Works, Works],
        extra: &[],
    },
    Environment {
        name: "no-new-privs",
        about: "no_new_privs is no cause",
        since: (3, 8),
        build: |room| room.become_user().and_then(|()| room.no_new_privs()),
        cells: USER,
        extra: &[],
    },
    Environment {
        name: "root-without-capabilities",
        about: "uid 0 with every capability dropped (docker run --cap-drop ALL)",
        since: (5, 12),
        build: |room| {
            let last = std::fs::read_to_string("/proc/sys/kernel/cap_last_cap")
                .ok()
                .and_then(|n| n.trim().parse().ok());
            room.drop_capabilities(0..=last.unwrap_or(40))
        },
        cells: [SETFCAP, SETFCAP, NO_CAP, NO_CAP, Works],
        extra: &[],
    },
    Environment {
        name: "root-without-setfcap",
        about: "uid 0 that lacks CAP_SETFCAP alone",
        since: (5, 12),
        build: |room| room.drop_capabilities([31]),
        cells: [SETFCAP, SETFCAP, Works, Works, Works],
        extra: &[],
    },
    Environment {
        name: "root-without-sys-time",
        about: "uid 0 that lacks CAP_SYS_TIME, as in containers",
        since: (5, 6),
        build: |room| room.needs_root().and_then(|()| room.drop_capabilities([25])),
        cells: ROOT,
        extra: &[("--time --boottime=100", refused("time-offsets", "EPERM", "no-cap-sys-time"))],
    },
    Environment {
        name: "chroot-directory",
        about: "chroot(2) into a plain directory (debootstrap, mock)",
        since: (3, 9),
        build: |room| room.chroot_to_directory().and_then(|()| room.become_user()),
        cells: [CHROOT, CHROOT, NO_CAP, NO_CAP, CHROOT],
        extra: &[],
    },
    Environment {
        name: "chroot-directory-root",
        about: "the same as root: without --user, the propagation of / cannot be changed",
        since: (3, 9),
        build: |room| room.needs_root().and_then(|()| room.chroot_to_directory()),
        cells: [
            CHROOT,
            CHROOT,
            refused("propagation", "EINVAL", "root-not-mountpoint"),
            Works,
            CHROOT,
        ],
        extra: &[],
    },
    Environment {
        name: "chroot-mount-point",
        about: "chroot(2) into a mount point, by a process that stays outside (chroot(8) of a \
            shell, sshd)",
        since: (3, 9),
        build: |room| room.chroot_to_mount_point(true).and_then(|()| room.become_user()),
        cells: [CHROOT, CHROOT, NO_CAP, NO_CAP, CHROOT],
        extra: &[],
    },
    Environment {
        name: "chroot-mount-point-root",
        about: "the same as root, with nobody outside",
        since: (3, 9),
        build: |room| room.needs_root().and_then(|()| room.chroot_to_mount_point(false)),
        cells: [CHROOT, CHROOT, Works, Works, CHROOT],
        extra: &[],
    },
    Environment {
        name: "chroot-mount-point-alone",
        about: "the same as a user: before Linux 6.12 nothing shows it",
        since: (6, 12),
        build: |room| room.chroot_to_mount_point(false).and_then(|()| room.become_user()),
        cells: [CHROOT, CHROOT, NO_CAP, NO_CAP, CHROOT],
        extra: &[],
    },
    Environment {
        name: "seccomp-eperm",
        about: "the shape of the default filter of container engines",
        since: (3, 8),
        build: |room| {
            room.become_user()?;
            room.filter(&[
                Rule::Errno(libc::SYS_unshare, EPERM),
                Rule::ErrnoIfBits(libc::SYS_clone, NEW_NAMESPACES, EPERM),
                Rule::Errno(libc::SYS_clone3, libc::ENOSYS),
                Rule::Errno(libc::SYS_setns, EPERM),
                Rule::Errno(libc::SYS_mount, EPERM),
                Rule::Errno(libc::SYS_umount2, EPERM),
                Rule::Errno(libc::SYS_pivot_root, EPERM),
            ])
        },
        cells: [SECCOMP; 5],
        extra: &[],
    },
    Environment {
        name: "seccomp-enosys",
        about: "an allow-list that answers ENOSYS",
        since: (3, 8),
        build: |room| {
            room.become_user()
                .and_then(|()| room.filter(&[Rule::Errno(libc::SYS_unshare, libc::ENOSYS)]))
        },
        cells: [NOT_THERE; 5],
        extra: &[],
    },
    Environment {
        name: "seccomp-kill",
        about: "unshare(2) kills (SystemCallFilter= of systemd without an errno)",
        since: (4, 14),
        build: |room| {
            room.become_user().and_then(|()| room.filter(&[Rule::Kill(libc::SYS_unshare)]))
        },
        cells: [KILLED; 5],
        extra: &[],
    },
    Environment {
        name: "seccomp-newuser-only",
        about: "only new user namespaces are refused (RestrictNamespaces=user of systemd)",
        since: (3, 8),
        build: |room| {
            room.become_user()?;
            room.filter(&[
                Rule::ErrnoIfBits(libc::SYS_unshare, 0x1000_0000, EPERM),
                Rule::ErrnoIfBits(libc::SYS_clone, 0x1000_0000, EPERM),
                Rule::Errno(libc::SYS_clone3, libc::ENOSYS),
            ])
        },
        cells: [SECCOMP, SECCOMP, NO_CAP, NO_CAP, SECCOMP],
        extra: &[],
    },
    Environment {
        name: "seccomp-newpid-only",
        about: "only new pid namespaces are refused, to root",
        since: (3, 8),
        build: |room| {
            room.needs_root()?;
            room.filter(&[
                Rule::ErrnoIfBits(libc::SYS_unshare, 0x2000_0000, EPERM),
                Rule::ErrnoIfBits(libc::SYS_clone, 0x2000_0000, EPERM),
            ])
        },
        cells: [SECCOMP, SECCOMP, SECCOMP, SECCOMP, Works],
        extra: &[("--mount", Works)],
    },
    Environment {
        name: "seccomp-mount",
        about: "namespaces may be made, mount(2) is refused",
        since: (3, 8),
        build: |room| {
            room.become_user().and_then(|()| room.filter(&[Rule::Errno(libc::SYS_mount, EPERM)]))
        },
        cells: [refused("propagation", "EPERM", "seccomp-mount"), Works, NO_CAP, NO_CAP, Works],
        extra: &[],
    },
    Environment {
        name: "seccomp-kill-mount",
        about: "namespaces may be made, mount(2) kills",
        since: (4, 14),
        build: |room| room.become_user().and_then(|()| room.filter(&[Rule::Kill(libc::SYS_mount)])),
        cells: [refused("propagation", "SIGSYS", "seccomp-kill"), Works, NO_CAP, NO_CAP, Works],
        extra: &[],
    },
    Environment {
        name: "seccomp-clone3-enosys",
        about: "clone3(2) alone answers ENOSYS, which is no cause",
        since: (3, 8),
        build: |room| {
            room.become_user()
                .and_then(|()| room.filter(&[Rule::Errno(libc::SYS_clone3, libc::ENOSYS)]))
        },
        cells: USER,
        extra: &[],
    },
    Environment {
        name: "seccomp-clone3-eperm",
        about: "Docker before 20.10.10: no thread of a newer C library starts; no cause here",
        since: (3, 8),
        build: |room| {
            room.become_user().and_then(|()| room.filter(&[Rule::Errno(libc::SYS_clone3, EPERM)]))
        },
        cells: USER,
        extra: &[],
    },
    Environment {
        name: "seccomp-unused",
        about: "filters of calls that unshare(1) does not make, as isodoc might: no cause",
        since: (3, 8),
        build: |room| {
            // On arm64 poll(2) is ppoll, without which no Rust program starts: the standard library
            // looks at its descriptors first (library/std/src/sys/pal/unix/mod.rs).
            let ppoll = cfg!(not(target_arch = "aarch64")).then_some(libc::SYS_ppoll);
            let calls = [libc::SYS_openat2, libc::SYS_nanosleep].into_iter().chain(ppoll);
            let rules: Vec<Rule> = calls.map(|call| Rule::Errno(call, EPERM)).collect();
            room.become_user().and_then(|()| room.filter(&rules))
        },
        cells: USER,
        extra: &[],
    },
    Environment {
        name: "seccomp-sockets",
        about: "a service with RestrictAddressFamilies= that leaves AF_NETLINK out: no cause here",
        since: (3, 8),
        build: |room| {
            let netlink = u32::try_from(libc::AF_NETLINK).expect("a number");
            let rule = Rule::ErrnoIfBits(libc::SYS_socket, netlink, libc::EAFNOSUPPORT);
            room.become_user().and_then(|()| room.filter(&[rule]))
        },
        cells: USER,
        extra: &[],
    },
    Environment {
        name: "seccomp-hostname",
        about: "a service with ProtectHostname=, a container of podman: no cause here",
        since: (3, 8),
        build: |room| {
            let calls = [libc::SYS_sethostname, libc::SYS_setdomainname];
            room.become_user().and_then(|()| room.filter(&calls.map(|c| Rule::Errno(c, EPERM))))
        },
        cells: USER,
        extra: &[],
    },
    Environment {
        name: "seccomp-chroot",
        about: "a container without CAP_SYS_CHROOT: a cause where the root directory changes",
        since: (3, 8),
        build: |room| {
            room.become_user().and_then(|()| room.filter(&[Rule::Errno(libc::SYS_chroot, EPERM)]))
        },
        cells: USER,
        extra: &[("-Ur --root=/", refused("change-root", "EPERM", "seccomp-chroot"))],
    },
    Environment {
        name: "seccomp-setns",
        about: "a container of podman, a service without RestrictNamespaces=net: no cause here",
        since: (3, 8),
        build: |room| {
            room.become_user().and_then(|()| room.filter(&[Rule::Errno(libc::SYS_setns, EPERM)]))
        },
        cells: USER,
        extra: &[],
    },
    Environment {
        name: "seccomp-prctl",
        about: "a list of allowed calls that somebody wrote by hand, without prctl(2)",
        since: (3, 8),
        build: |room| {
            room.become_user().and_then(|()| room.filter(&[Rule::Errno(libc::SYS_prctl, EPERM)]))
        },
        cells: USER,
        extra: &[
            ("-Urpf --kill-child", refused("privileges", "EPERM", "seccomp-privileges")),
            ("-Ur --keep-caps", refused("privileges", "EPERM", "seccomp-privileges")),
        ],
    },
    Environment {
        name: "max-user-namespaces-zero",
        about: "user.max_user_namespaces=0 (Talos, Bottlerocket, hardening guides)",
        since: (4, 9),
        build: |room| room.root_of_user_namespace(true).and_then(|()| room.limit("user", 0)),
        cells: [USERNS_ZERO, USERNS_ZERO, Works, Works, USERNS_ZERO],
        extra: &[],
    },
    Environment {
        name: "max-pid-namespaces-zero",
        about: "user.max_pid_namespaces=0",
        since: (4, 9),
        build: |room| room.root_of_user_namespace(true).and_then(|()| room.limit("pid", 0)),
        cells: [MAX_PID, MAX_PID, MAX_PID, MAX_PID, Works],
        extra: &[],
    },
    Environment {
        name: "max-mnt-namespaces-zero",
        about: "user.max_mnt_namespaces=0",
        since: (4, 9),
        build: |room| room.root_of_user_namespace(true).and_then(|()| room.limit("mnt", 0)),
        cells: [MAX_MNT, Works, MAX_MNT, Works, Works],
        extra: &[],
    },
    Environment {
        name: "max-other-namespaces-zero",
        about: "the limits on the kinds of namespaces that only other flags ask for are 0",
        since: (5, 6),
        build: |room| {
            room.root_of_user_namespace(true)?;
            ["net", "uts", "ipc", "cgroup", "time"]
                .into_iter()
                .try_for_each(|kind| room.limit(kind, 0))
        },
        cells: ROOT,
        extra: &[
            ("--net", MAX_OTHER),
            ("--uts", MAX_OTHER),
            ("--ipc", MAX_OTHER),
            ("--cgroup", MAX_OTHER),
            ("--time", MAX_OTHER),
            ("--user --map-root-user --net", MAX_OTHER),
            ("--mount", Works),
        ],
    },
    Environment {
        name: "max-net-and-uts-namespaces-zero",
        about: "two limits are 0 at once",
        since: (4, 9),
        build: |room| {
            room.root_of_user_namespace(true)?;
            ["net", "uts"].into_iter().try_for_each(|kind| room.limit(kind, 0))
        },
        cells: ROOT,
        extra: &[
            ("--net --uts", MAX_OTHER),
            ("--net --uts --ipc --fork", MAX_OTHER),
            ("--ipc", Works),
        ],
    },
    Environment {
        name: "setgroups-denied",
        about: "a user namespace in which setgroups(2) is denied, as in every one that its own \
            user has mapped",
        since: (3, 19),
        build: |room| room.root_of_user_namespace(true),
        cells: ROOT,
        extra: &[
            ("--user --setgroups allow", refused("setgroups", "EPERM", "setgroups-denied")),
            ("--user --setgroups deny", Works),
        ],
    },
    Environment {
        name: "max-user-namespaces-exhausted",
        about: "the quota of user namespaces is 3, and 3 are held open",
        since: (4, 9),
        build: |room| {
            room.root_of_user_namespace(true)?;
            room.limit("user", 3)?;
            room.hold_user_namespaces(3)
        },
        cells: [EXHAUSTED, EXHAUSTED, Works, Works, EXHAUSTED],
        extra: &[],
    },
    Environment {
        name: "max-user-namespaces-room-for-one",
        about: "the quota of user namespaces is 3, and 2 are held open: one more is granted",
        since: (4, 9),
        build: |room| {
            room.root_of_user_namespace(true)?;
            room.limit("user", 3)?;
            room.hold_user_namespaces(2)
        },
        cells: ROOT,
        extra: &[],
    },
    Environment {
        name: "max-user-namespaces-ancestor",
        about: "a container without privilege: the quota of the outer namespace is used up, our \
            own has none",
        since: (4, 9),
        build: |room| {
            room.root_of_range()?;
            room.limit("user", 1)?;
            room.root_of_range()
        },
        cells: [ANCESTOR, ANCESTOR, Works, Works, ANCESTOR],
        extra: &[],
    },
    Environment {
        name: "userns-depth",
        about: "user namespaces nested as deep as the kernel allows",
        since: (4, 9),
        build: |room| room.nest_user_namespaces(),
        cells: [USERNS_DEPTH, USERNS_DEPTH, Works, Works, USERNS_DEPTH],
        extra: &[],
    },
    Environment {
        name: "pidns-depth",
        about: "pid namespaces nested as deep as the kernel allows",
        since: (3, 8),
        build: |room| room.nest_pid_namespaces(),
        cells: [PIDNS_DEPTH, PIDNS_DEPTH, PIDNS_DEPTH, PIDNS_DEPTH, Works],
        extra: &[],
    },
    Environment {
        name: "pidns-pending",
        about: "unshare(CLONE_NEWPID) without a fork after it: the next process would be pid 1",
        since: (3, 8),
        build: |room| room.pending_pid_namespace(false),
        cells: [PIDNS_PENDING, PIDNS_PENDING, PIDNS_PENDING, PIDNS_PENDING, Works],
        extra: &[],
    },
    Environment {
        name: "pidns-dead",
        about: "the first process of the pending pid namespace has ended: no fork works any more",
        since: (3, 8),
        build: |room| room.pending_pid_namespace(true),
        cells: [PIDNS_PENDING, PIDNS_PENDING, PIDNS_PENDING, PIDNS_PENDING, Works],
        extra: &[("--user --map-root-user --fork", refused("fork", "ENOMEM", "pidns-init-dead"))],
    },
    Environment {
        name: "uid-unmapped",
        about: "neither uid nor gid is mapped",
        since: (3, 9),
        build: |room| room.unmapped(),
        cells: [UNMAPPED, UNMAPPED, NO_CAP, NO_CAP, UNMAPPED],
        extra: &[("--map-group=7 --setgroups=allow", UNMAPPED)],
    },
    Environment {
        name: "gid-unmapped",
        about: "the uid is mapped, the gid is not",
        since: (3, 9),
        build: |room| room.root_of_user_namespace(false),
        cells: [UNMAPPED, UNMAPPED, Works, Works, UNMAPPED],
        extra: &[],
    },
    Environment {
        name: "rlimit-nproc",
        about: "RLIMIT_NPROC of 1: the command itself",
        since: (3, 8),
        build: |room| room.become_user_with_processes(1),
        cells: [NPROC, NPROC, NO_CAP, NO_CAP, Works],
        extra: &[],
    },
    Environment {
        name: "rlimit-nproc-room-for-one",
        about: "RLIMIT_NPROC of 2: the command and its one child",
        since: (3, 8),
        build: |room| room.become_user_with_processes(2),
        cells: USER,
        extra: &[],
    },
    Environment {
        name: "cgroup-pids-max",
        about: "pids.max of 1: the command itself",
        since: (4, 3),
        build: |room| room.pids_max(1).and_then(|()| room.become_user()),
        cells: [PIDS_MAX, PIDS_MAX, NO_CAP, NO_CAP, Works],
        extra: &[],
    },
    Environment {
        name: "cgroup-pids-max-root",
        about: "pids.max of 1, as root",
        since: (4, 3),
        build: |room| room.pids_max(1),
        cells: [PIDS_MAX, PIDS_MAX, PIDS_MAX, PIDS_MAX, Works],
        extra: &[],
    },
    Environment {
        name: "cgroup-pids-max-room-for-one",
        about: "pids.max of 2: the command and its one child",
        since: (4, 3),
        build: |room| room.pids_max(2).and_then(|()| room.become_user()),
        cells: USER,
        extra: &[],
    },
    Environment {
        name: "pid-max",
        about: "every pid of our pid namespace is taken",
        since: (6, 14),
        build: |room| room.own_pid_namespace().and_then(|()| room.fill_pids()),
        cells: [PID_MAX, PID_MAX, PID_MAX, PID_MAX, Works],
        extra: &[],
    },
    Environment {
        name: "proc-masked-file",
        about: "/dev/null over one file of /proc",
        since: (4, 8),
        build: |room| masked(room, &["/proc/uptime"]),
        cells: MASKED_USER,
        extra: &[],
    },
    Environment {
        name: "proc-masked-directory",
        about: "a tmpfs over one directory of /proc",
        since: (4, 8),
        build: |room| masked(room, &["/proc/irq"]),
        cells: MASKED_USER,
        extra: &[],
    },
    Environment {
        name: "proc-masked-twice",
        about: "two mounts on one directory of /proc, and one within another",
        since: (4, 8),
        build: |room| masked(room, &["/proc/sys", "/proc/irq", "/proc/irq"]),
        cells: [MASKED, Nobody(None, HIDDEN), NO_CAP, NO_CAP, Nobody(None, HIDDEN)],
        extra: &[],
    },
    Environment {
        name: "proc-masked-root",
        about: "the same for root: only a new user namespace makes the mount refused",
        since: (4, 8),
        build: |room| {
            room.needs_root()?;
            room.own_mounts()?;
            room.mask("/proc/irq")
        },
        cells: [MASKED, Works, Works, Works, Works],
        extra: &[],
    },
    Environment {
        name: "proc-masked-docker",
        about: "everything that container engines put over /proc by default",
        since: (4, 8),
        build: |room| {
            room.own_mounts()?;
            for name in [
                "acpi", "asound", "interrupts", "kcore", "keys", "latency_stats", "sched_debug",
                "scsi", "timer_list",
            ] {
                let path = format!("/proc/{name}");
                if std::fs::exists(&path).unwrap_or(false) {
                    room.mask(&path)?;
                }
            }
            for name in ["bus", "fs", "irq", "sys", "sysrq-trigger"] {
                let path = format!("/proc/{name}");
                if std::fs::exists(&path).unwrap_or(false) {
                    room.read_only(&path)?;
                }
            }
            room.become_user()
        },
        cells: MASKED_USER,
        extra: &[],
    },
    Environment {
        name: "proc-sys-readonly",
        about: "/proc/sys is a read-only bind mount of itself (ProtectKernelTunables= of systemd)",
        since: (4, 8),
        build: |room| {
            room.own_mounts()?;
            room.read_only("/proc/sys")?;
            room.become_user()
        },
        cells: MASKED_USER,
        extra: &[],
    },
    Environment {
        name: "proc-masked-clean-copy",
        about: "/proc is masked, but a clean procfs is mounted elsewhere",
        since: (4, 8),
        build: |room| {
            room.own_mounts()?;
            room.mask("/proc/irq")?;
            sys::mount("proc", room.mount_point()?, "proc", PROC_FLAGS, "")?;
            room.become_user()
        },
        cells: USER,
        extra: &[],
    },
    Environment {
        name: "proc-noatime",
        about: "/proc is mounted noatime, and that flag is locked in a new user namespace",
        since: (4, 8),
        build: |room| {
            room.own_mounts()?;
            room.remount("/proc", PROC_FLAGS | libc::MS_NOATIME)?;
            room.become_user()
        },
        cells: [refused("mount-proc", "EPERM", "proc-atime-locked"), Works, NO_CAP, NO_CAP, Works],
        extra: &[],
    },
    Environment {
        name: "proc-hidepid",
        about: "/proc is mounted with hidepid=2, which is no cause",
        since: (4, 8),
        build: |room| {
            room.own_mounts()?;
            sys::umount("/proc")?;
            sys::mount("proc", "/proc", "proc", PROC_FLAGS, "hidepid=2")?;
            room.become_user()
        },
        cells: USER,
        extra: &[],
    },
    Environment {
        name: "proc-readonly",
        about: "/proc is mounted read-only",
        since: (4, 8),
        build: |room| {
            room.own_mounts()?;
            room.remount("/proc", PROC_FLAGS | libc::MS_RDONLY)?;
            room.become_user()
        },
        cells: [PROC_RO, PROC_RO, NO_CAP, NO_CAP, Works],
        extra: &[],
    },
    Environment {
        name: "proc-superblock-readonly",
        about: "the whole procfs of a pid namespace is read-only, whatever its mounts say",
        since: (4, 8),
        build: |room| {
            room.own_pid_namespace()?;
            sys::mount("none", "/proc", "", PROC_FLAGS | libc::MS_REMOUNT | libc::MS_RDONLY, "")?;
            room.remount("/proc", PROC_FLAGS)?;
            room.become_user()
        },
        cells: [PROC_RO, PROC_RO, NO_CAP, NO_CAP, Works],
        extra: &[],
    },
    Environment {
        name: "proc-not-mounted",
        about: "nothing is mounted on /proc",
        since: (4, 8),
        build: |room| {
            room.own_mounts()?;
            sys::umount("/proc")?;
            room.become_user()
        },
        cells: [NO_PROC, NO_PROC, NO_CAP, NO_CAP, Works],
        extra: &[],
    },
    Environment {
        name: "proc-covered",
        about: "a tmpfs stands over all of /proc",
        since: (4, 8),
        build: |room| {
            room.own_mounts()?;
            sys::mount("tmpfs", "/proc", "tmpfs", 0, "")?;
            room.become_user()
        },
        cells: [NO_PROC, NO_PROC, NO_CAP, NO_CAP, Works],
        extra: &[],
    },
    Environment {
        name: "proc-subset-pid",
        about: "/proc shows processes only (ProcSubset=pid of systemd)",
        since: (7, 0),
        build: |room| {
            room.own_mounts()?;
            sys::umount("/proc")?;
            sys::mount("proc", "/proc", "proc", PROC_FLAGS, "subset=pid")?;
            room.become_user()
        },
        cells: [refused("mount-proc", "EPERM", "proc-subset-pid"), Works, NO_CAP, NO_CAP, Works],
        extra: &[],
    },
    Environment {
        name: "proc-other-pidns",
        about: "/proc is that of a pid namespace that we are not in",
        since: (4, 8),
        build: |room| {
            room.own_mounts()?;
            room.proc_of_other_pid_namespace()?;
            room.become_user()
        },
        cells: [OTHER_PROC, OTHER_PROC, NO_CAP, NO_CAP, Works],
        extra: &[],
    },
    Environment {
        name: "proc-outer-pidns",
        about: "a pid namespace, and the /proc of the one around it",
        since: (4, 8),
        build: |room| {
            room.root_with_subids("300000:65536")?;
            room.pid_namespace_without_proc()
        },
        cells: [Works, Works, Works, Works, Works],
        extra: &[(MAP_AUTO, refused("uid-map", "EPERM", "proc-other-pidns"))],
    },
    Environment {
        name: "proc-outer-pidns-root-of-userns",
        about: "the same, for root of a user namespace: the process of that number is the host's",
        since: (4, 8),
        build: |room| {
            room.root_with_subids("300000:65536")?;
            room.root_of_user_namespace(true)?;
            room.pid_namespace_without_proc()
        },
        cells: [Works, Works, Works, Works, Works],
        extra: &[(MAP_AUTO, refused("uid-map", "", "proc-other-pidns"))],
    },
    Environment {
        name: "proc-outer-pidns-user",
        about: "the same, for a user with subordinate ids",
        since: (4, 8),
        build: |room| {
            room.pid_namespace_without_proc()?;
            room.become_user_with_subids(Some("300000:65536"))
        },
        cells: [Works, Works, NO_CAP, NO_CAP, Works],
        extra: &[(MAP_AUTO, refused("uid-map", "", "proc-other-pidns"))],
    },
    Environment {
        name: "proc-directory-missing",
        about: "the root directory has no /proc",
        since: (4, 8),
        build: |room| room.without_proc_directory(),
        cells: [
            NO_PROC,
            NO_PROC,
            refused("mount-proc", "ENOENT", "proc-mountpoint-missing"),
            Works,
            Works,
        ],
        extra: &[(
            "--mount-proc --root=/",
            refused("mount-proc", "ENOENT", "proc-mountpoint-missing"),
        )],
    },
    Environment {
        name: "landlock",
        about: "Landlock handles a right on files, and so refuses every mount",
        since: (5, 13),
        build: |room| room.become_user().and_then(|()| room.landlock(1 << 11)),
        cells: [LANDLOCK, Works, NO_CAP, NO_CAP, Works],
        extra: &[],
    },
    Environment {
        name: "landlock-proc-readonly",
        about: "Landlock lets nothing be written, the id maps included",
        since: (5, 13),
        build: |room| room.become_user().and_then(|()| room.landlock(1 << 11 | 1 << 1)),
        cells: [LANDLOCK_MAP, LANDLOCK_MAP, NO_CAP, NO_CAP, Works],
        extra: &[],
    },
    Environment {
        name: "multithreaded",
        about: "a preloaded library starts a thread (profilers, agents)",
        since: (3, 8),
        build: |room| room.preload_thread().and_then(|()| room.become_user()),
        cells: [THREADS, THREADS, NO_CAP, NO_CAP, THREADS],
        extra: &[],
    },
    Environment {
        name: "unshare-missing",
        about: "unshare(1) is not in PATH",
        since: (3, 8),
        build: |room| room.only(&["true"]),
        cells: [refused("find-binary", "ENOENT", "unshare-missing"); 5],
        extra: &[],
    },
    Environment {
        name: "program-missing",
        about: "true(1), which is to be executed, is not in PATH",
        since: (3, 8),
        build: |room| room.needs_root().and_then(|()| room.only(&["unshare"])),
        cells: [refused("exec", "ENOENT", "program-missing"); 5],
        extra: &[],
    },
    Environment {
        name: "busybox",
        about: "unshare is busybox, for an unprivileged user",
        since: (3, 8),
        build: |room| room.busybox().and_then(|()| room.become_user()),
        cells: USER,
        extra: &[(MAP_AUTO, refused("parse-flags", "", "flags-not-understood"))],
    },
    Environment {
        name: "busybox-proc-masked",
        about: "unshare is busybox, and /proc is masked",
        since: (4, 8),
        build: |room| room.busybox().and_then(|()| masked(room, &["/proc/irq"])),
        cells: MASKED_USER,
        extra: &[],
    },
    Environment {
        name: "not-dumpable",
        about: "the programs may be executed but not read, so /proc/self belongs to root",
        since: (3, 8),
        build: |room| room.unreadable(true).and_then(|()| room.become_user()),
        cells: [NOT_DUMPABLE, NOT_DUMPABLE, NO_CAP, NO_CAP, Works],
        extra: &[],
    },
    Environment {
        name: "unshare-not-readable",
        about: "only unshare(1) may not be read; isodoc may",
        since: (3, 8),
        build: |room| room.unreadable(false).and_then(|()| room.become_user()),
        cells: [NOT_DUMPABLE, NOT_DUMPABLE, NO_CAP, NO_CAP, Works],
        extra: &[],
    },
    Environment {
        name: "unshare-not-readable-without-dev",
        about: "the same with an empty /dev: nothing may hang on /dev/null",
        since: (3, 8),
        build: |room| {
            room.unreadable(false)?;
            room.own_mounts()?;
            sys::mount("tmpfs", "/dev", "tmpfs", 0, "mode=755")?;
            room.become_user()
        },
        cells: [NOT_DUMPABLE, NOT_DUMPABLE, NO_CAP, NO_CAP, Works],
        extra: &[],
    },
    Environment {
        name: "subuid",
        about: "a user with subordinate ids, which only --map-auto asks for",
        since: (3, 8),
        build: |room| room.become_user_with_subids(Some("300000:65536")),
        cells: USER,
        extra: &[
            (MAP_AUTO, Works),
            (
                "--user --map-users=5,0,9 --map-groups=5,0,9 --pid --fork",
                refused("uid-map", "", "idmap-not-permitted"),
            ),
            ("--user --map-users=auto --map-root-user --pid --fork --mount-proc", Works),
        ],
    },
    Environment {
        name: "subuid-missing",
        about: "a user without subordinate ids, which only --map-auto asks for",
        since: (3, 8),
        build: |room| room.become_user_with_subids(None),
        cells: USER,
        extra: &[(MAP_AUTO, refused("subid-lookup", "", "subuid-missing"))],
    },
    Environment {
        name: "subuid-missing-landlock",
        about: "the same under Landlock, which refuses what comes behind the map",
        since: (5, 13),
        build: |room| {
            room.name_the_user(None)?;
            room.landlock(1 << 11)?;
            room.become_user()
        },
        cells: [LANDLOCK, Works, NO_CAP, NO_CAP, Works],
        extra: &[(MAP_AUTO, refused("subid-lookup", "", "subuid-missing"))],
    },
    Environment {
        name: "proc-nodiratime",
        about: "/proc is mounted nodiratime, and that flag is locked in a new user namespace",
        since: (4, 8),
        build: |room| {
            room.own_mounts()?;
            room.remount("/proc", PROC_FLAGS | libc::MS_NODIRATIME)?;
            room.become_user()
        },
        cells: [refused("mount-proc", "EPERM", "proc-atime-locked"), Works, NO_CAP, NO_CAP, Works],
        extra: &[],
    },
    Environment {
        name: "newuidmap-missing",
        about: "newuidmap(1) is not in PATH",
        since: (3, 8),
        build: |room| {
            room.only(&["unshare", "true"])
                .and_then(|()| room.become_user_with_subids(Some("300000:65536")))
        },
        cells: USER,
        extra: &[(MAP_AUTO, refused("uid-map", "ENOENT", "newuidmap-missing"))],
    },
    Environment {
        name: "newuidmap-not-setuid",
        about: "newuidmap(1) has lost its setuid bit",
        since: (3, 8),
        build: |room| {
            room.replace_newuidmap(false)
                .and_then(|()| room.become_user_with_subids(Some("300000:65536")))
        },
        cells: USER,
        extra: &[(MAP_AUTO, refused("uid-map", "EPERM", "newuidmap-not-setuid"))],
    },
    Environment {
        name: "newuidmap-setuid-without-sys-admin",
        about: "CAP_SYS_ADMIN is not in the bounding set, as in a container: a setuid newuidmap(1) \
            has it neither",
        since: (3, 8),
        build: |room| {
            room.copy_newuidmap()
                .and_then(|()| room.name_the_user(Some("300000:65536")))
                // CAP_SYS_ADMIN.
                .and_then(|()| sys::drop_bounding(21))
                .and_then(|()| room.become_user())
        },
        cells: USER,
        extra: &[(MAP_AUTO, refused("uid-map", "EPERM", "newuidmap-setuid-without-sys-admin"))],
    },
    Environment {
        name: "newuidmap-nosuid",
        about: "newuidmap(1) is on a nosuid mount, where its setuid bit does nothing",
        since: (3, 8),
        build: |room| {
            room.replace_newuidmap(true)
                .and_then(|()| room.become_user_with_subids(Some("300000:65536")))
        },
        cells: USER,
        extra: &[(MAP_AUTO, refused("uid-map", "EPERM", "newuidmap-no-new-privs"))],
    },
    Environment {
        name: "newuidmap-no-new-privs",
        about: "no_new_privs keeps the setuid bit of newuidmap(1) from working",
        since: (3, 8),
        build: |room| {
            room.become_user_with_subids(Some("300000:65536")).and_then(|()| room.no_new_privs())
        },
        cells: USER,
        extra: &[(MAP_AUTO, refused("uid-map", "EPERM", "newuidmap-no-new-privs"))],
    },
    Environment {
        name: "uid-looks-mapped",
        about: "an unmapped uid looks like 65534, and the map has that id for somebody else",
        since: (3, 9),
        build: |room| {
            if room.is_repaired_by("write-id-maps") {
                return room.unmapped();
            }
            random(room, "ids=lab:lab,userns=0:0:65536/0:0:65536")
        },
        cells: [LOOKS_MAPPED, LOOKS_MAPPED, NO_CAP, NO_CAP, LOOKS_MAPPED],
        extra: &[],
    },
    Environment {
        name: "seccomp-einval",
        about: "a filter answers EINVAL, as the kernel would to flags that it does not know",
        since: (3, 8),
        build: |room| random(room, "ids=lab:lab,seccomp=unshare:EINVAL"),
        cells: [refused("unshare", "EINVAL", "seccomp-unshare"); 5],
        extra: &[],
    },
    Environment {
        name: "seccomp-kill-over-errno",
        about: "one filter kills for the flags of namespaces, another refuses every unshare(2): \
            the severe one counts",
        since: (4, 14),
        build: |room| {
            random(room, "ids=lab:lab,seccomp=unshare&7e020080:kill,seccomp=unshare:EACCES")
        },
        cells: [KILLED; 5],
        extra: &[],
    },
    Environment {
        name: "rlimit-nproc-first-user",
        about: "the root of the machine is exempt from RLIMIT_NPROC, in a user namespace too",
        since: (4, 8),
        build: |room| {
            room.needs_host_root()?;
            random(room, "userns=7:0:1/7:0:1/deny,nproc=1")
        },
        cells: USER,
        extra: &[],
    },
    Environment {
        name: "root-not-dumpable",
        about: "root of a user namespace that gained a capability by execve(2): not dumpable, but \
            its files are its own",
        since: (4, 9),
        build: |room| random(room, "userns=0:0:65536/0:0:65536,permitted-drop=dac_override"),
        cells: ROOT,
        extra: &[],
    },
    Environment {
        name: "max-pid-namespaces-zero-without-proc",
        about: "user.max_pid_namespaces=0, and no procfs that would show it",
        since: (4, 9),
        build: |room| {
            let inner = "userns=0:0:1/0:0:1/deny,max-pid=0";
            if !room.is_repaired_by("mount-proc-first") {
                return random(room, &format!("proc=absent,{inner}"));
            }
            // The procfs is mounted before the program is started, in the namespace around it.
            room.own_mounts()?;
            sys::umount("/proc")?;
            room.paste_here("mount-proc-first")?;
            random(room, inner)
        },
        cells: [MAX_PID_UNSEEN, MAX_PID_UNSEEN, MAX_PID_UNSEEN, MAX_PID_UNSEEN, Works],
        extra: &[],
    },
];

/// What the random part of the lab has found, by its recipe.
fn random(room: &mut Room, recipe: &str) -> sys::Built {
    let build =
        crate::random::build(&format!("{}{recipe}", crate::random::PREFIX)).expect("a recipe");
    build(room)
}

fn masked(room: &mut Room, paths: &[&str]) -> sys::Built {
    room.own_mounts()?;
    paths.iter().try_for_each(|path| room.mask(path))?;
    room.become_user()
}
