//! What ids and raw values are called before a person.

use crate::facts::Evidence;
use crate::plan::{Habit, Plan, Restriction, Step};
use crate::platform::VantageId;
use crate::report::lint::ContainerReport;
use crate::verdict::{Lasts, Who};

/// So many of something.
pub(super) fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(count), if count == 1 { one } else { many })
}

/// So many of what is judged: containers, and services that isolate by themselves.
pub(super) fn judged<'c>(all: impl Iterator<Item = &'c ContainerReport>) -> String {
    let (services, containers): (Vec<_>, Vec<_>) = all.partition(|one| one.is_service);
    let count = (services.len() + containers.len()) as u64;
    match (containers.is_empty(), services.is_empty()) {
        (_, true) => counted(count, "container", "containers"),
        (true, false) => counted(count, "service", "services"),
        (false, false) => format!("{} containers and services", grouped(count)),
    }
}

/// A number in groups of three digits.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// What is being done at a step, and how the kernel is asked for it.
#[must_use]
pub(crate) fn step(step: Step) -> (&'static str, &'static str) {
    match step {
        Step::FindBinary => ("finding the program", "execvp(3)"),
        Step::ParseFlags => ("reading the options", "the program"),
        Step::Start => ("starting", "the program"),
        Step::Threads => ("starting threads", "clone(2)"),
        Step::SubidLookup => ("looking up the subordinate ids", "/etc/subuid and /etc/subgid"),
        Step::Unshare => ("creating the namespaces", "unshare(2)"),
        Step::TimeOffsets => ("setting the clocks", "writing /proc/self/timens_offsets"),
        Step::Fork => ("starting the first process in the new pid namespace", "fork(2)"),
        Step::UidMap => ("mapping the user id", "writing /proc/self/uid_map"),
        Step::Setgroups => ("setting whether groups may change", "writing /proc/self/setgroups"),
        Step::GidMap => ("mapping the group id", "writing /proc/self/gid_map"),
        Step::Propagation => ("detaching the new mounts from the old ones", "mount(2)"),
        Step::ChangeRoot => ("changing the root directory", "chroot(2)"),
        Step::NewRoot => ("mounting a tmpfs for the new root directory", "mount(2)"),
        Step::Binds => ("finding or making what the flags name", "stat(2), mkdir(2)"),
        Step::IdmappedMounts => ("creating id-mapped mounts", "mount_setattr(2)"),
        Step::MountProc => ("mounting a new /proc", "mount(2)"),
        Step::PivotRoot => ("moving to the new root directory", "pivot_root(2)"),
        Step::Sockets => ("making the sockets that it needs", "socket(2)"),
        Step::Loopback => ("bringing the loopback interface up", "SIOCSIFFLAGS"),
        Step::JoinNamespaces => ("entering the network namespace to set it up", "setns(2)"),
        Step::Hostname => ("setting the host name", "sethostname(2)"),
        Step::SecondUserns => ("creating a user namespace inside the new one", "unshare(2)"),
        Step::InnerNamespaces => ("creating namespaces inside the new one", "unshare(2)"),
        Step::Keyring => ("joining a session keyring", "keyctl(2)"),
        Step::Privileges => {
            ("giving up privileges", "capset(2), prctl(2), setuid(2) or setresuid(2)")
        }
        Step::Restrict => {
            ("restricting itself", "setrlimit(2), landlock_restrict_self(2), seccomp(2)")
        }
        Step::Device => ("opening a device", "open(2)"),
        Step::SetIds => ("changing user and groups", "setgroups(2), setgid(2) and setuid(2)"),
        Step::Exec => ("starting the command", "execve(2)"),
        Step::DaemonConfig => ("setting up userns-remap", "the Docker daemon"),
    }
}

/// A step as the message of any program tells of it: any mount, not the one of a plan.
#[must_use]
pub(crate) fn told(of: Step) -> &'static str {
    match of {
        Step::Fork | Step::Threads => "starting a process or a thread",
        Step::Propagation => "changing the mounts",
        Step::NewRoot => "mounting a file system",
        Step::SetIds => "changing users, groups or owners",
        of => step(of).0,
    }
}

/// How the kernel is asked for a step of this plan.
#[must_use]
pub(crate) fn call(of: Step, plan: &Plan) -> &'static str {
    match of {
        Step::Unshare if plan.clones() => "clone(2)",
        Step::SecondUserns if plan.does(Habit::ClonesSecond) => "clone(2)",
        Step::Restrict => plan.block.map_or("setrlimit(2)", Restriction::call),
        _ => step(of).1,
    }
}

/// Who a remedy asks to act.
#[must_use]
pub(crate) fn who(who: Who, at: VantageId) -> &'static str {
    match (who, at) {
        (Who::HostAdmin, _) => "the administrator of the host",
        (Who::ClusterAdmin, _) => "the administrator of the cluster",
        (Who::Deployer, VantageId::Kubernetes) => "the person who deploys the pod",
        (Who::Deployer, VantageId::Docker | VantageId::Podman) => {
            "the person who starts the container"
        }
        (Who::Deployer, _) => "the person who starts the program",
    }
}

/// How long a remedy holds.
#[must_use]
pub(crate) fn lasts(lasts: Lasts) -> &'static str {
    match lasts {
        Lasts::ThisStart => "needed at each start",
        Lasts::UntilReboot => "until the next boot",
        Lasts::ForGood => "permanent",
    }
}

/// Where something was seen, what it said, and what that is. The first row whose beginnings fit
/// counts.
const SEEN: &[(&str, &str, &str)] = &[
    ("/proc/self/status", "Seccomp", "a seccomp filter is installed on this process"),
    ("Seccomp", "", "what the installed seccomp filter refuses"),
    ("/proc/self/status", "true", "no_new_privs is set on this process"),
    ("/proc/self/status", "NSpid", "how deep pid namespaces are nested"),
    ("prctl(PR_GET_SECCOMP)", "", "the seccomp mode of this process"),
    ("prctl(PR_GET_NO_NEW_PRIVS)", "true", "no_new_privs is set on this process"),
    ("prctl(PR_GET_DUMPABLE)", "", "whether the process is dumpable"),
    ("unshare(0)", "", "unshare(2) that asks for nothing is refused too"),
    ("unshare(CLONE_NEWUTS) in", "E", "root of a new user namespace may do nothing in it"),
    ("unshare(CLONE_NEWUTS) in", "", "root of a new user namespace has its capabilities in it"),
    ("unshare(CLONE_NEWUSER)", "", "a user namespace alone is refused too"),
    ("unshare(", "EINVAL", "the call reaches the kernel"),
    ("unshare(", "ENOSPC", "the kernel says that a limit is reached"),
    ("unshare(", "SIG", "the call kills the process"),
    ("unshare(", "E", "the call fails even with an invalid flag, so the kernel never saw it"),
    ("clone(", "E", "clone(2) fails before the kernel looks at its arguments"),
    ("clone3(", "E", "clone3(2) fails before the kernel looks at its arguments"),
    ("mount(nowhere", "E", "mount(2) fails before the kernel looks at the path"),
    ("pivot_root(nowhere", "E", "pivot_root(2) fails before the kernel looks at the path"),
    ("umount2(nowhere", "E", "umount2(2) fails before the kernel looks at the path"),
    ("sethostname(nothing", "E", "sethostname(2) fails before the kernel looks at the name"),
    ("capset(unchanged", "E", "capset(2) fails even where it changes nothing"),
    ("setres", "E", "the call fails even where it changes nothing"),
    ("socket(", "E", "socket(2) is refused for this family of sockets"),
    ("keyctl(nothing", "E", "keyctl(2) fails before the kernel looks at what is asked"),
    ("capget(2)", "", "the capabilities of this process"),
    ("geteuid(2)", "", "the user and group of this process"),
    ("getrlimit(RLIMIT_NPROC)", "", "the limit on processes of this user"),
    ("RLIMIT_NPROC", "", "the limit on processes of this user"),
    ("tasks of the program", "", "how many tasks the program starts at once"),
    ("/proc/sys/user/max_user_namespaces", "", "the limit on user namespaces"),
    ("/proc/sys/user/max_pid_namespaces", "", "the limit on pid namespaces"),
    ("/proc/sys/user/max_mnt_namespaces", "", "the limit on mount namespaces"),
    ("/proc/sys/user/max_", "", "the limit on namespaces of that kind"),
    ("/proc/sys/kernel/unprivileged_userns_clone", "", "whether users may create user namespaces"),
    (
        "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
        "",
        "whether AppArmor restricts user namespaces",
    ),
    ("/proc/sys/kernel/pid_max", "", "the largest pid"),
    ("/proc/sys/kernel/threads-max", "", "the limit on tasks of the system"),
    ("/proc/sys/fs/mount-max", "", "the limit on mounts"),
    ("/proc/self/attr", "", "the security label of this process"),
    ("/sys/kernel/security/lsm", "", "the security modules in use"),
    ("/sys/fs/selinux/enforce", "", "whether SELinux enforces its policy"),
    ("/proc/self/uid_map", "", "the user ids of this user namespace"),
    ("/proc/self/gid_map", "", "the group ids of this user namespace"),
    ("/proc/self/setgroups", "", "whether groups may change"),
    ("/proc/self/ns/", "absent", "the kernel has no such namespace"),
    ("/proc/self/ns/", "", "the namespace of this process"),
    ("/proc/self/cgroup", "", "the control group of this process"),
    ("/proc/version", "", "the kernel"),
    ("/proc/config", "", "how the kernel was built"),
    ("/boot/config", "", "how the kernel was built"),
    ("uname(2)", "", "the system and its kernel"),
    ("/etc/subuid", "", "the subordinate user ids"),
    ("/etc/subgid", "", "the subordinate group ids"),
    ("$LD_PRELOAD", "", "a library that is preloaded"),
    ("euid", "", "the effective user id"),
    ("mounts", "", "how many mounts there are"),
    ("flags", "", "the flags"),
    ("unshare(1)", "", "the program says"),
    ("probe", "", "the attempt"),
];

/// What a piece of evidence is about; `None` where there are no words for it.
fn about(evidence: &Evidence) -> Option<&'static str> {
    let found = SEEN.iter().find(|(source, value, _)| {
        evidence.source.starts_with(source) && evidence.value.starts_with(value)
    });
    let of_group = || {
        let file = evidence.source.rsplit('/').next()?;
        match file {
            "pids.max" => Some("the limit on tasks of the control group"),
            "pids.current" => Some("the tasks in the control group"),
            _ => None,
        }
    };
    found.map(|row| row.2).or_else(of_group)
}

/// What stands for a fact without a value.
fn state(value: &str) -> &str {
    match value {
        "not-probed" => "not captured",
        "absent" => "not there",
        "denied" => "may not be read",
        "malformed" => "cannot be parsed",
        "unsupported" => "not offered by this kernel",
        other => other,
    }
}

/// What a piece of evidence that is missing would tell.
pub(crate) fn missing(evidence: &Evidence) -> String {
    let other = || format!("{}: {}", evidence.source, state(&evidence.value));
    about(evidence).map_or_else(other, str::to_owned)
}

/// A piece of evidence: the words, and the raw value after them.
#[must_use]
pub(crate) fn evidence(evidence: &Evidence) -> (String, String) {
    let value = state(&evidence.value);
    match about(evidence) {
        Some(words) => (words.to_owned(), format!("({}: {value})", evidence.source)),
        // It is in words already.
        None if value.contains(' ') => (value.to_owned(), format!("({})", evidence.source)),
        None => (format!("{}:", evidence.source), value.to_owned()),
    }
}
