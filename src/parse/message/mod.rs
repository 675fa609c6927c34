//! Error messages of programs that make namespaces: which step was refused, and with which errno.

use crate::errno::Errno;
use crate::mechanisms::unshare;
use crate::parse::searched::Searched;
use crate::plan::{Program, Step};

mod translations;

/// What a message says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub step: Step,
    /// The error, where the message names one.
    pub errno: Option<Errno>,
}

/// How unshare(1) words each step: util-linux first, then busybox.
const UNSHARE: &[(&str, Step)] = &[
    ("unshare failed:", Step::Unshare),
    ("fork failed:", Step::Fork),
    ("/proc/self/timens_offsets:", Step::TimeOffsets),
    ("mutually exclusive", Step::ParseFlags),
    ("/proc/self/uid_map:", Step::UidMap),
    ("/proc/self/setgroups:", Step::Setgroups),
    ("/proc/self/gid_map:", Step::GidMap),
    ("newuidmap:", Step::UidMap),
    ("execute newuidmap", Step::UidMap),
    ("newgidmap:", Step::GidMap),
    ("execute newgidmap", Step::GidMap),
    ("/etc/subuid", Step::SubidLookup),
    ("/etc/subgid", Step::SubidLookup),
    ("don't exist.", Step::SubidLookup),
    ("cannot change root filesystem propagation:", Step::Propagation),
    ("cannot change root directory to", Step::ChangeRoot),
    ("cannot chdir to", Step::ChangeRoot),
    ("cannot change directory to", Step::ChangeRoot),
    ("filesystem propagation:", Step::MountProc),
    ("setgroups failed:", Step::SetIds),
    ("setgid failed:", Step::SetIds),
    ("setuid failed:", Step::SetIds),
    ("unrecognized option", Step::ParseFlags),
    ("invalid option", Step::ParseFlags),
    ("ambiguous", Step::ParseFlags),
    ("requires an argument", Step::ParseFlags),
    ("doesn't allow an argument", Step::ParseFlags),
    ("failed to parse ", Step::ParseFlags),
    ("could not parse ID:", Step::ParseFlags),
    ("too many elements for mapping", Step::ParseFlags),
    ("invalid mapping '", Step::ParseFlags),
    ("unknown signal:", Step::ParseFlags),
    ("unsupported", Step::ParseFlags),
    ("unshare(0x", Step::Unshare),
    ("unshare: fork:", Step::Fork),
    ("unshare: vfork:", Step::Fork),
    ("/proc/self/setgroups'", Step::Setgroups),
    ("/proc/self/uid_map'", Step::UidMap),
    ("/proc/self/gid_map'", Step::GidMap),
    // Of the three files alike.
    ("write error:", Step::UidMap),
    ("can't mount none on / ", Step::Propagation),
    ("can't mount ", Step::MountProc),
    ("unrecognized: --", Step::ParseFlags),
    ("failed to execute", Step::Exec),
];

/// The first refusal that a text of a program names.
#[must_use]
pub(crate) fn first_refusal(by: &Program, text: &str) -> Option<Refused> {
    text.lines().find_map(|line| {
        let own = *by == unshare::PROGRAM;
        let step = if own { step_of(line) } else { step_in(&line.to_lowercase()) }?;
        Some(Refused { step, errno: errno_in(line) })
    })
}

fn step_of(line: &str) -> Option<Step> {
    if line.contains("mount ") && line.contains(" failed:") {
        return Some(Step::MountProc);
    }
    UNSHARE.iter().find(|(text, _)| line.contains(text)).map(|(_, step)| *step)
}

/// How other programs word each step, in lower case; what says more comes first.
const OTHERS: &[(&str, Step)] = &[
    // systemd-nspawn's, by clone(2)
    ("fork inner child", Step::Unshare),
    // isolate's.
    ("privatize mounts", Step::Propagation),
    ("mount root ramdisk", Step::NewRoot),
    ("mount none on proc", Step::MountProc),
    ("re-mount proc with hidepid", Step::MountProc),
    ("chroot failed", Step::ChangeRoot),
    ("failed to chroot()", Step::ChangeRoot),
    ("cannot switch uid and gid", Step::SetIds),
    // crun's and runc's.
    ("set propagation for", Step::Propagation),
    ("root propagation flags", Step::Propagation),
    ("mount `tmpfs` to", Step::NewRoot),
    ("mount `devpts` to", Step::NewRoot),
    ("mount `mqueue` to", Step::NewRoot),
    ("mounting \"tmpfs\" to rootfs", Step::NewRoot),
    ("mounting \"mqueue\" to rootfs", Step::NewRoot),
    ("fsmount:fscontext:proc: ", Step::MountProc),
    ("become root in user namespace", Step::SetIds),
    ("crun: setgroups", Step::SetIds),
    ("crun: chown `", Step::SetIds),
    ("chroot to `", Step::ChangeRoot),
    ("netlink error while configuring network", Step::Loopback),
    // runsc's, which it mounts before it calls chroot(2).
    ("mounting tmpfs in chroot", Step::NewRoot),
    // bubblewrap's.
    ("unable to switch to uid", Step::SetIds),
    ("unable to switch to gid", Step::SetIds),
    // Guix's.
    ("make filesystem `/' private", Step::Propagation),
    // Bazel's.
    ("\"ioctl\": ", Step::Loopback),
    // systemd's, and nspawn's.
    ("at step chroot", Step::ChangeRoot),
    ("failed to move root directory", Step::NewRoot),
    ("timens_offsets", Step::TimeOffsets),
    // sandboxed-api's, and LXD's.
    ("fork initial namespaces", Step::Unshare),
    ("setup shared mounts base", Step::Propagation),
    ("create net_namespace", Step::Unshare),
    ("create a new network namespace", Step::Unshare),
    ("create network namespace", Step::Unshare),
    ("creating network namespace", Step::Unshare),
    ("unsharing cgroup namespace", Step::Unshare),
    ("create a new user namespace", Step::Unshare),
    // Nix says no more than that of a thread or a process that it could not start.
    ("error: resource temporarily unavailable", Step::Fork),
    // fork(2) alone is never refused so; systemd asks for a mount namespace with it.
    ("failed to fork: operation not permitted", Step::Unshare),
    ("fork outer child", Step::Unshare),
    ("can't create id mappings", Step::DaemonConfig),
    ("--userns-remap", Step::DaemonConfig),
    ("subuid/gid information", Step::DaemonConfig),
    ("cannot be mapped to a host id", Step::SetIds),
    ("unmapped user", Step::SetIds),
    ("unshare: command not found", Step::FindBinary),
    ("command not found: unshare", Step::FindBinary),
    ("unshare: not found", Step::FindBinary),
    ("unshare: no such file or directory", Step::FindBinary),
    ("'unshare': no such file", Step::FindBinary),
    ("unshare binary not found", Step::FindBinary),
    ("unshare binary is not available", Step::FindBinary),
    ("unshare_path is none", Step::FindBinary),
    ("spawn unshare enoent", Step::FindBinary),
    ("\"unshare\": executable file not found", Step::FindBinary),
    ("'unshare' is not recognized", Step::FindBinary),
    ("no such file or directory: 'unshare'", Step::FindBinary),
    ("nsjail: command not found", Step::FindBinary),
    ("command not found: nsjail", Step::FindBinary),
    ("nsjail: not found", Step::FindBinary),
    ("nsjail not found", Step::FindBinary),
    ("spawn nsjail enoent", Step::FindBinary),
    ("no such file or directory: 'nsjail'", Step::FindBinary),
    ("\"nsjail\": executable file not found", Step::FindBinary),
    // What starts a container's program as another user: s6, gosu, su(1), supervisord.
    ("unable to setgid", Step::SetIds),
    ("unable to setuid", Step::SetIds),
    ("failed switching to \"", Step::SetIds),
    ("cannot set groups", Step::SetIds),
    ("can't set groups", Step::SetIds),
    ("could not set groups", Step::SetIds),
    ("can't set uid", Step::SetIds),
    ("can't set gid", Step::SetIds),
    ("cannot set user id", Step::SetIds),
    ("cannot set group id", Step::SetIds),
    ("unable to chown /", Step::SetIds),
    ("setgroups failed", Step::SetIds),
    ("e: setgroups ", Step::SetIds),
    ("change to root gid", Step::SetIds),
    ("setup user: setgroups", Step::SetIds),
    ("setup user: cannot set", Step::SetIds),
    ("fchownat ", Step::SetIds),
    ("changing owner of ", Step::SetIds),
    ("lchown ", Step::SetIds),
    // Python's, whose error stands further down.
    ("os.chown(", Step::SetIds),
    ("os.lchown(", Step::SetIds),
    // Go's; rsync(1) and others quote the path, of a file system that has no owners.
    (": chown /", Step::SetIds),
    ("supplementary groups", Step::SetIds),
    ("change to runas", Step::SetIds),
    ("at step group", Step::SetIds),
    ("initgroups", Step::SetIds),
    ("fork/exec /proc/self/exe: read-only", Step::UidMap),
    ("info to setgroups", Step::Setgroups),
    ("/setgroups", Step::Setgroups),
    ("newgidmap", Step::GidMap),
    ("gid_map", Step::GidMap),
    ("setting up gid map", Step::GidMap),
    ("write to gid map", Step::GidMap),
    ("failed to compute uid", Step::SubidLookup),
    ("no subuid ranges", Step::SubidLookup),
    // rootlesskit's, of getsubids(1).
    ("failed to get subuids", Step::SubidLookup),
    ("failed to get subgids", Step::SubidLookup),
    ("no subgid ranges", Step::SubidLookup),
    ("no line matching user", Step::SubidLookup),
    ("newuidmap", Step::UidMap),
    ("uid_map", Step::UidMap),
    ("uid map", Step::UidMap),
    ("uid/gid map", Step::UidMap),
    // LXC's.
    ("set up id mapping", Step::UidMap),
    // Charliecloud's and Nix's.
    ("please report this bug: operation not permitted", Step::UidMap),
    ("please report this bug: permission denied", Step::UidMap),
    ("please report this bug: no such file", Step::UidMap),
    ("please report this bug: read-only file", Step::UidMap),
    ("error: writing to file: operation not permitted", Step::UidMap),
    ("unused ids in user namespace", Step::SubidLookup),
    ("/etc/subuid", Step::SubidLookup),
    ("/etc/subgid", Step::SubidLookup),
    ("root filesystem propagation", Step::Propagation),
    ("ms_rec | ms_private", Step::Propagation),
    ("ms_rec|ms_private", Step::Propagation),
    ("ms_private|ms_rec", Step::Propagation),
    ("ms_rec|ms_slave", Step::Propagation),
    ("ms_slave|ms_rec", Step::Propagation),
    ("make / slave", Step::Propagation),
    ("make mountspaces slave", Step::Propagation),
    (" rslave", Step::Propagation),
    ("make / private", Step::Propagation),
    ("make '/' private", Step::Propagation),
    ("/ as private", Step::Propagation),
    ("/ as slave", Step::Propagation),
    ("make root private", Step::Propagation),
    ("share mount point: /", Step::Propagation),
    ("mount('/', '/'", Step::Propagation),
    ("mount(/, /", Step::Propagation),
    ("mount propagation", Step::Propagation),
    ("mount --make-", Step::Propagation),
    ("mount /proc/self/fd", Step::Propagation),
    ("failed to mount shm", Step::NewRoot),
    ("rootfs propagation", Step::Propagation),
    ("rootfsparent", Step::Propagation),
    // A path is named where something later was refused.
    ("up mount namespacing: operation not permitted", Step::Unshare),
    ("set up mount namespacing", Step::Propagation),
    ("set up credentials", Step::Propagation),
    ("failed at step namespace", Step::Propagation),
    ("remount '/' as", Step::Propagation),
    ("mount \"proc\" on", Step::MountProc),
    ("mount: mount \"", Step::Propagation),
    ("\"mount\": ", Step::MountProc),
    ("mount -t proc", Step::MountProc),
    ("mount tmpfs", Step::NewRoot),
    ("root', tmpfs)", Step::NewRoot),
    ("jailing process inside rootfs", Step::PivotRoot),
    ("pivot_root", Step::PivotRoot),
    ("cannot pivot", Step::PivotRoot),
    ("sethostname", Step::Hostname),
    ("can't set hostname to", Step::Hostname),
    ("set host name", Step::Hostname),
    ("loopback interface flags", Step::Loopback),
    ("rtm_newaddr", Step::Loopback),
    ("rtm_newlink", Step::Loopback),
    ("netlink_route socket", Step::Sockets),
    ("unable to connect socket", Step::Sockets),
    ("look up lo:", Step::Loopback),
    ("find source path", Step::Binds),
    ("can't chdir to", Step::Binds),
    ("can't mkdir /", Step::Binds),
    ("can't mkdir parents", Step::Binds),
    ("can't make symlink at", Step::Binds),
    ("can't create file /", Step::Binds),
    ("can't get type of source", Step::Binds),
    ("can't remount readonly", Step::Binds),
    ("can't chmod", Step::Binds),
    ("destination is not a", Step::Binds),
    ("newroot bind", Step::NewRoot),
    ("/ns/ns failed", Step::Unshare),
    ("mount mqueue", Step::NewRoot),
    ("creating newroot", Step::NewRoot),
    ("creating oldroot", Step::NewRoot),
    ("siocsifflags", Step::Loopback),
    ("unshare user ns", Step::SecondUserns),
    ("overflowuid", Step::Start),
    ("capset failed", Step::Start),
    ("unexpected capabilities", Step::Start),
    ("running as root without --no-sandbox", Step::Start),
    ("procfs mount may fail", Step::MountProc),
    ("failed to mount mandatory point", Step::NewRoot),
    // Not the process of mount(8), of which systemd speaks.
    ("mount proc ", Step::MountProc),
    ("mount proc:", Step::MountProc),
    ("mount('proc'", Step::MountProc),
    ("mount(\"proc\"", Step::MountProc),
    ("mount `proc`", Step::MountProc),
    ("mount 'proc'", Step::MountProc),
    ("mount `/proc`", Step::MountProc),
    ("mounting \"/proc\"", Step::MountProc),
    ("mount \"proc\"", Step::MountProc),
    ("mounting proc", Step::MountProc),
    ("mounting \"proc\"", Step::MountProc),
    ("mounting /proc", Step::MountProc),
    ("mount /proc", Step::MountProc),
    ("proc on /proc", Step::MountProc),
    ("proc at /proc", Step::MountProc),
    ("/newroot/proc", Step::MountProc),
    ("type:'proc'", Step::MountProc),
    ("type: 'proc'", Step::MountProc),
    ("mount: /proc:", Step::MountProc),
    ("mount: /unmasked-proc", Step::MountProc),
    ("unshare failed", Step::Unshare),
    ("unshare(", Step::Unshare),
    ("to unshare", Step::Unshare),
    ("unshare namespaces", Step::Unshare),
    ("unshare user", Step::Unshare),
    ("cannot clone", Step::Unshare),
    ("clone(", Step::Unshare),
    ("failed to clone", Step::Unshare),
    // firejail's, which tells where in its source.
    ("error clone: ", Step::Unshare),
    ("cloning builder", Step::Unshare),
    ("new set of namespaces", Step::Unshare),
    ("new namespace", Step::Unshare),
    ("creating namespace", Step::Unshare),
    ("create namespace", Step::Unshare),
    ("create container namespaces", Step::Unshare),
    ("create container process", Step::Unshare),
    ("bubblewrap is unavailable", Step::FindBinary),
    ("create user namespace", Step::Unshare),
    ("user namespaces disabled", Step::Unshare),
    ("user namespaces unavailable", Step::Unshare),
    ("no user namespaces available", Step::Unshare),
    ("could not run unshare", Step::Unshare),
    ("sandboxed execution is not supported", Step::Unshare),
    ("apply_extra script failed", Step::Unshare),
    ("user namespace creation", Step::Unshare),
    ("fork/exec /proc/self/exe", Step::Unshare),
    ("failed to start the child: fork/exec", Step::Unshare),
    ("re-exec process", Step::Unshare),
    // Codex 0.81 and later, which makes namespaces there, too.
    ("error running landlock", Step::Unshare),
    ("private mount namespace", Step::Unshare),
    ("namespacing: ", Step::Unshare),
    ("the kernel namespaces", Step::Unshare),
    ("no usable sandbox", Step::Unshare),
    ("suid sandbox helper binary was found", Step::Unshare),
    ("namespace requires privileges", Step::Unshare),
    ("launch the child process", Step::Unshare),
    ("final child's pid from pipe", Step::Unshare),
    ("process for unshare", Step::Unshare),
    ("user namespaces aren't enabled", Step::Unshare),
    ("support for unprivileged user", Step::Unshare),
    ("chromium sandboxing failed", Step::Unshare),
    ("ch-run: error: ", Step::Unshare),
    ("error == eperm || error == eusers", Step::Unshare),
    ("\"clone\": ", Step::Unshare),
    ("\"write\": ", Step::UidMap),
    ("namespace runtime", Step::Unshare),
    ("fork failed", Step::Fork),
    ("cannot fork", Step::Fork),
    ("can't fork", Step::Fork),
    ("failed to fork", Step::Fork),
    ("fork: ", Step::Fork),
    ("spawn eagain", Step::Fork),
    // DOMjudge's.
    ("runguard: cannot start", Step::Fork),
    ("fork rejected by pids", Step::Fork),
    ("create new os thread", Step::Fork),
    ("create thread", Step::Fork),
    ("creating thread", Step::Fork),
    ("native thread", Step::Fork),
    ("os.fork()", Step::Fork),
    ("_fork_exec(", Step::Fork),
    ("fork() failed", Step::Fork),
    ("spawn thread", Step::Fork),
    // What C++ throws where no thread starts; what it says stands below.
    ("'std::system_error'", Step::Fork),
    ("pthread_create", Step::Fork),
    ("worker thread", Step::Fork),
    ("uv_thread_create", Step::Fork),
    ("can't start new thread", Step::Fork),
    ("mount devpts", Step::NewRoot),
    ("mounting /dev/pts", Step::NewRoot),
    ("error mount ", Step::Propagation),
    ("failed to execute", Step::Exec),
    // Not make(1)'s, which is of no sandbox.
    ("execvp ", Step::Exec),
    ("execvp(", Step::Exec),
    ("execvpe", Step::Exec),
    ("converting mounts", Step::Propagation),
    ("can't bind mount", Step::Propagation),
    ("can't bind /", Step::Propagation),
    ("remount `/`", Step::Propagation),
    ("make `/` private", Step::Propagation),
    ("mount --rbind", Step::Propagation),
    ("ms_remount|ms_bind", Step::Propagation),
    ("mount namespace isolation", Step::Propagation),
    ("226/namespace", Step::Propagation),
    ("writing to setgroups", Step::Setgroups),
    // sshd's; that of the file stands before.
    ("setgroups: ", Step::SetIds),
    ("user namespaces are disabled", Step::Unshare),
    ("user namespacing", Step::Unshare),
    ("at step user ", Step::Unshare),
    ("requires user namespaces", Step::Unshare),
    ("launching child process failed", Step::Unshare),
    ("credentials.cc", Step::Unshare),
    ("load seccomp", Step::Restrict),
    ("loading seccomp", Step::Restrict),
    // Nobody's advice to install a library.
    ("install seccomp syscall filter", Step::Restrict),
    ("install seccomp filter", Step::Restrict),
    ("seccomp_load", Step::Restrict),
    ("pr_set_seccomp", Step::Restrict),
    ("pr_set_no_new_privs", Step::Privileges),
    ("can't set no_new_privs", Step::Privileges),
    ("pr_cap_ambient", Step::Privileges),
    ("unshare: prctl failed", Step::Privileges),
    ("waiting for sandbox to start", Step::Unshare),
    ("communication with the parent", Step::Unshare),
    ("sync with peer: unexpected eof", Step::Unshare),
    // Podman's.
    ("error switching to ns /", Step::JoinNamespaces),
    ("chroot: ", Step::ChangeRoot),
    ("chroot(\"/", Step::ChangeRoot),
    ("setgid(", Step::SetIds),
    ("setresuid", Step::SetIds),
    ("setresgid", Step::SetIds),
    ("setegid ", Step::SetIds),
    ("seteuid ", Step::SetIds),
    ("cannot perform operation: mount", Step::Propagation),
    // Bazel's.
    ("\"mount(", Step::NewRoot),
    // The bind mounts of containers/storage.
    (", flags: 0x", Step::Propagation),
];

/// What a step does, as anybody says it, in lower case; the rows before are of one program each.
const OPERATIONS: &[(&str, Step)] = &[
    // Go's, at the start of what it says.
    ("chown /", Step::SetIds),
    ("map user ids", Step::UidMap),
    ("mapping user ids", Step::UidMap),
    ("user id mapping", Step::UidMap),
    ("configure id mapping", Step::UidMap),
    ("configuring id mapping", Step::UidMap),
    ("mounts private", Step::Propagation),
    ("making / private", Step::Propagation),
    ("making / slave", Step::Propagation),
    ("pivot root", Step::PivotRoot),
    ("to pivot", Step::PivotRoot),
    ("not pivot", Step::PivotRoot),
    ("pivoting", Step::PivotRoot),
    ("change root:", Step::ChangeRoot),
    ("switch root:", Step::ChangeRoot),
    ("to switch root", Step::ChangeRoot),
    ("changing root", Step::ChangeRoot),
    ("switching root:", Step::ChangeRoot),
    ("switching root failed", Step::ChangeRoot),
    ("chroot into", Step::ChangeRoot),
    ("chroot to ", Step::ChangeRoot),
    ("chrooting", Step::ChangeRoot),
    ("drop privileges", Step::SetIds),
    ("dropping privileges", Step::SetIds),
    ("set user id", Step::SetIds),
    ("setting user id", Step::SetIds),
    ("switch to user ", Step::SetIds),
    ("switching to user ", Step::SetIds),
    ("set groups", Step::SetIds),
    ("setting groups", Step::SetIds),
    ("up loopback", Step::Loopback),
    ("loopback interface", Step::Loopback),
    ("bring lo up", Step::Loopback),
    ("bringing lo up", Step::Loopback),
];

/// The step that one line of any program's message is about; `line` is in lower case.
#[must_use]
pub(crate) fn step_in(line: &str) -> Option<Step> {
    if let Some((_, step)) = OTHERS.iter().find(|(text, _)| line.contains(text)) {
        return Some(*step);
    }
    let (_, said) = line.split_once("unshare: ")?;
    let translated =
        translations::STEPS.iter().find(|(_, texts)| texts.iter().any(|text| said.contains(text)));
    if let Some((step, _)) = translated {
        return Some(*step);
    }
    // The paths are the same in every language.
    if said.contains("/proc ") || said.contains("/proc:") {
        Some(Step::MountProc)
    } else {
        step_of(line)
    }
}

/// The step that one line tells of in words that prose has too, if an error stands with them;
/// `line` is in lower case.
#[must_use]
pub(crate) fn operation_in(line: &str) -> Option<Step> {
    let (_, step) = OPERATIONS.iter().find(|(text, _)| line.contains(text))?;
    errno_in(line).map(|_| *step)
}

/// Error numbers of Linux as most architectures have them, for texts that give the number alone.
const NUMBERS: &[(&str, Errno)] = &[
    ("1", Errno::EPERM),
    ("2", Errno::ENOENT),
    ("11", Errno::EAGAIN),
    ("12", Errno::ENOMEM),
    ("13", Errno::EACCES),
    ("22", Errno::EINVAL),
    ("28", Errno::ENOSPC),
    ("30", Errno::EROFS),
    ("38", Errno::ENOSYS),
    ("87", Errno::EUSERS),
];

/// No error takes fewer bytes: `EIO`.
const SHORTEST: usize = 3;

/// The errno whose strerror(3) text, name or number stands in a line; the last one, as programs put
/// it at the end.
#[must_use]
pub(crate) fn errno_in(line: &str) -> Option<Errno> {
    if line.len() < SHORTEST {
        return None;
    }
    let lower = line.to_lowercase();
    // busybox says so of EPERM alone.
    let lower = lower.replace("permission denied (are you root?)", "operation not permitted");
    let lower = Searched::from(lower);
    let translated = translations::ERRORS
        .iter()
        .chain(translations::OWN_WORDS)
        .flat_map(|(errno, texts)| texts.iter().map(move |text| (*errno, *text)))
        .filter_map(|(errno, text)| {
            Some((lower.may_have(text).then(|| lower.rfind(text))??, errno))
        });
    // Only the first letter is in upper case.
    let texts = Errno::all().filter_map(|(errno, text)| {
        let tail = text.get(1..).is_some_and(|tail| lower.may_have(tail));
        Some((tail.then(|| lower.rfind(&text.to_lowercase()))??, errno))
    });
    let last = texts.chain(translated).max().map(|(_, errno)| errno);
    last.or_else(|| named(line)).or_else(|| numbered(&lower))
}

/// A line in lower case with the error in English that it gives in another language; `None`: it
/// gives none so.
#[must_use]
pub(crate) fn in_english(line: &str) -> Option<String> {
    if line.len() < SHORTEST {
        return None;
    }
    let lower = Searched::from(line.to_lowercase());
    let mut texts = translations::ERRORS
        .iter()
        .flat_map(|(errno, texts)| texts.iter().map(move |text| (errno, *text)));
    let (errno, text) = texts.find(|(_, text)| lower.may_have(text) && lower.contains(text))?;
    Some(lower.replace(text, &errno.text().to_lowercase()))
}

/// What programs say instead of an error, in lower case.
const IMPLIED: &[(&str, Errno)] = &[
    ("no permissions to creat", Errno::EPERM),
    ("does not support user namespaces", Errno::EINVAL),
    ("unprivileged user namespaces disabled", Errno::EPERM),
    ("no usable sandbox", Errno::EPERM),
    ("chromium sandboxing failed", Errno::EPERM),
    ("suid sandbox helper binary was found", Errno::EPERM),
    ("namespace requires privileges", Errno::EPERM),
    ("user namespace disabled", Errno::ENOSPC),
    ("user namespaces disabled", Errno::ENOSPC),
    ("could not set caps", Errno::EPERM),
    // supervisord's.
    ("could not set groups", Errno::EPERM),
    ("no user namespaces available", Errno::EPERM),
    ("could not run unshare", Errno::EPERM),
    // Java's.
    ("unable to create native thread", Errno::EAGAIN),
    ("unable to create new native thread", Errno::EAGAIN),
    ("/proc/sys/user/max_user_namespaces to a value greater than 0", Errno::ENOSPC),
    ("max_*_namespaces exceeded", Errno::ENOSPC),
    // Apptainer's.
    ("number of user namespaces exceeded", Errno::ENOSPC),
    ("number of pid namespaces exceeded", Errno::ENOSPC),
    ("must be superuser to use mount", Errno::EPERM),
    // mount(8) says so of EACCES alone.
    ("cannot mount proc read-only", Errno::EACCES),
];

/// The errno behind what a line in lower case says in other words.
#[must_use]
pub(crate) fn implied(lower: &str) -> Option<Errno> {
    IMPLIED.iter().find(|(text, _)| lower.contains(text)).map(|(_, errno)| *errno)
}

/// `EPERM`, as Rust, Go, Node.js and strace(1) write it.
fn named(line: &str) -> Option<Errno> {
    line.split(|c: char| !c.is_ascii_alphanumeric()).filter_map(Errno::from_name).next_back()
}

/// `(os error 1)`, `[Errno 1]`, `errno = 1`, `error=-13`.
fn numbered(lower: &str) -> Option<Errno> {
    ["os error", "errno", "error=", "os { code"].iter().find_map(|before| {
        let (_, rest) = lower.split_once(before)?;
        let rest = rest.trim_start_matches([' ', '=', ':', '-']);
        let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
        NUMBERS.iter().find(|(number, _)| *number == digits).map(|(_, errno)| *errno)
    })
}

/// Words that stand between what failed and its error, in lower case.
const OF_FAILURE: &[&str] = &[
    "failed", "failure", "fails", "fail", "returned", "returns", "error", "errno", "err", "with",
    "code", "os", "kind", "message", "permissiondenied", "invalidinput", "syscall", "call",
    "system", "caused", "by", "was", "refused", "denied", "got", "because", "oserror",
    "permissionerror", "sys", "uncategorized", "other", "is", "rc", "ret",
];

/// The error that stands at the start of a text in lower case, behind nothing but words of failure.
#[must_use]
pub(crate) fn error_behind(lower: &str) -> Option<Errno> {
    let mut rest = lower;
    let mut numbered = false;
    loop {
        rest = rest.trim_start_matches(|c: char| !c.is_alphanumeric());
        let translated = || {
            let mut rows = translations::ERRORS.iter().chain(translations::OWN_WORDS);
            rows.find(|(_, texts)| texts.iter().any(|text| rest.starts_with(text)))
        };
        let said = Errno::all().find(|(_, text)| rest.starts_with(&text.to_lowercase()));
        if let Some(errno) = said.map(|(errno, _)| errno).or_else(|| Some(translated()?.0)) {
            return Some(errno);
        }
        let end = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
        let (word, behind) = rest.split_at_checked(end)?;
        if let Some(errno) = Errno::from_name(&word.to_uppercase()) {
            return Some(errno);
        }
        let number = NUMBERS.iter().find(|(number, _)| *number == word);
        // A text follows a number, mostly, and says the same.
        if let (true, Some((_, errno))) = (numbered, number) {
            return error_behind(behind).or(Some(*errno));
        }
        let digits = !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit());
        if !digits && !OF_FAILURE.contains(&word) {
            return None;
        }
        numbered = matches!(word, "errno" | "error" | "err" | "code") || (numbered && digits);
        rest = behind;
    }
}

/// Whether a text in lower case says that something failed, and nothing else, not even the error.
#[must_use]
pub(crate) fn is_of_failure(lower: &str) -> bool {
    let words = || lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let fails = ["fail", "err", "refused", "denied"];
    words().all(|word| OF_FAILURE.contains(&word))
        && words().any(|word| fails.iter().any(|start| word.starts_with(start)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unshare_messages() {
        let read = |text: &str| first_refusal(&unshare::PROGRAM, text).map(|r| (r.step, r.errno));
        assert_eq!(
            read("unshare: unshare failed: Operation not permitted"),
            Some((Step::Unshare, Some(Errno::EPERM)))
        );
        assert_eq!(
            read("unshare: mount /proc failed: Operation not permitted"),
            Some((Step::MountProc, Some(Errno::EPERM)))
        );
        assert_eq!(
            read("unshare: cannot open /proc/self/uid_map: Read-only file system"),
            Some((Step::UidMap, Some(Errno::EROFS)))
        );
        assert_eq!(
            read("unshare: unshare(0x30020000): Operation not permitted"),
            Some((Step::Unshare, Some(Errno::EPERM)))
        );
        assert_eq!(
            read("unshare: no line matching user \"me\" in /etc/subuid: Success"),
            Some((Step::SubidLookup, None))
        );
        // As util-linux 2.38.1 says it.
        for text in [
            "unshare: failed to parse uid: '5k'",
            "unshare: failed to parse gid: '99999999999999999999': Numerical result out of range",
            "unshare: failed to parse monotonic offset: 'x'",
            "unshare: could not parse ID: '0:1000:1'",
            "unshare: too many elements for mapping '0,0,4294967295'",
            "unshare: unknown signal: RTMIN+99",
        ] {
            assert_eq!(read(text).map(|r| r.0), Some(Step::ParseFlags), "{text}");
        }
        assert_eq!(read("hello"), None);
    }

    /// As busybox 1.35 says it, which Alpine and Debian have.
    #[test]
    fn busybox_messages() {
        for (text, step, errno) in [
            ("vfork: Resource temporarily unavailable", Step::Fork, Errno::EAGAIN),
            (
                "can't open '/proc/self/setgroups': Read-only file system",
                Step::Setgroups,
                Errno::EROFS,
            ),
            ("can't open '/proc/self/uid_map': Permission denied", Step::UidMap, Errno::EACCES),
            ("write error: Operation not permitted", Step::UidMap, Errno::EPERM),
            (
                "can't mount none on / (flags:0x44000): Operation not permitted",
                Step::Propagation,
                Errno::EPERM,
            ),
            (
                "can't mount none on /mnt (flags:0x44000): Invalid argument",
                Step::MountProc,
                Errno::EINVAL,
            ),
            (
                "can't mount proc on /proc (flags:0xe): Operation not permitted",
                Step::MountProc,
                Errno::EPERM,
            ),
        ] {
            let read = first_refusal(&unshare::PROGRAM, &format!("unshare: {text}"));
            assert_eq!(read, Some(Refused { step, errno: Some(errno) }), "{text}");
        }
    }

    #[test]
    fn errors_are_read_as_text_name_and_number() {
        assert_eq!(
            errno_in("unshare: unshare fehlgeschlagen: Die Operation ist nicht erlaubt"),
            Some(Errno::EPERM)
        );
        assert_eq!(
            errno_in("unshare: échec de unshare: Aucun espace disponible sur le périphérique"),
            Some(Errno::ENOSPC)
        );
        assert_eq!(errno_in("unshare: unshare 失败: 不允许的操作"), Some(Errno::EPERM));
        assert_eq!(
            errno_in("panicked at 'unshare failed: Sys(EPERM)', src/libcore/result.rs:997:5"),
            Some(Errno::EPERM)
        );
        assert_eq!(errno_in("failed (os error 28)"), Some(Errno::ENOSPC));
        assert_eq!(errno_in("OSError: [Errno 22] something"), Some(Errno::EINVAL));
        assert_eq!(errno_in("apparmor=\"DENIED\" error=-13 profile=\"x\""), Some(Errno::EACCES));
        assert_eq!(errno_in("failed (os error 4711)"), None);
        assert_eq!(errno_in("EPERMANENT"), None);
    }

    #[test]
    fn other_programs_and_languages() {
        let step = |text: &str| step_in(&text.to_lowercase());
        assert_eq!(step("bwrap: setting up uid map: Permission denied"), Some(Step::UidMap));
        assert_eq!(step("cannot clone: Operation not permitted"), Some(Step::Unshare));
        let hidden = "bwrap: open /proc/13860/ns/ns failed: No such file or directory";
        assert_eq!(step(hidden), Some(Step::Unshare));
        // bubblewrap 0.13.1.
        for (text, at) in [
            ("Failed to look up lo", Step::Loopback),
            ("Failed to create NETLINK_ROUTE socket", Step::Sockets),
        ] {
            let text = format!("bwrap: loopback: {text}: Operation not permitted");
            assert_eq!(step(&text), Some(at), "{text}");
        }
        for (text, at) in [
            ("Can't find source path /x", Step::Binds),
            ("Can't mount mqueue on /m", Step::NewRoot),
            ("Can't chdir to /x", Step::Binds),
            ("Can't mkdir /x", Step::Binds),
            ("Can't make symlink at /x", Step::Binds),
            ("Can't create file /x", Step::Binds),
            ("Can't get type of source /x", Step::Binds),
            ("Can't remount readonly on /newroot/x: Unable to remount destination", Step::Binds),
            ("Can't chmod 0500 /x", Step::Binds),
            ("Destination is not a file /x", Step::Binds),
        ] {
            let text = format!("bwrap: {text}: No such file or directory");
            assert_eq!(step(&text), Some(at), "{text}");
        }
        assert_eq!(
            step("unshare: unshare fehlgeschlagen: Die Operation ist nicht erlaubt"),
            Some(Step::Unshare)
        );
        assert_eq!(
            step(
                "unshare: Einhängen von /proc ist fehlgeschlagen: Die Operation ist nicht erlaubt"
            ),
            Some(Step::MountProc)
        );
        assert_eq!(
            step("unshare: échec d'écriture /proc/self/uid_map: Opération non permise"),
            Some(Step::UidMap)
        );
        assert_eq!(
            step("unshare: mount /proc failed: Operation not permitted"),
            Some(Step::MountProc)
        );
        assert_eq!(step("hello"), None);
    }

    /// Texts are compared in lower case, so the tables must be in it.
    #[test]
    fn tables_are_lower_case() {
        let translated = translations::STEPS
            .iter()
            .flat_map(|row| row.1)
            .chain(translations::ERRORS.iter().flat_map(|row| row.1))
            .chain(translations::OWN_WORDS.iter().flat_map(|row| row.1));
        for text in translated.copied().chain(OTHERS.iter().chain(OPERATIONS).map(|row| row.0)) {
            assert_eq!(text, text.to_lowercase());
        }
    }
}
