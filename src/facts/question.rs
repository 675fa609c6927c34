//! What the kernel can be asked without changing anything.

use super::Reply;
use crate::errno::Errno;
use crate::plan::{
    Habit, MS_PROC, MS_REC_PRIVATE, NameCall, Namespaces, Plan, PrivilegeCall, Propagation,
    SocketFamily, Step,
};

/// A question to the kernel that creates nothing and needs no privilege.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Question {
    /// geteuid(2) and getegid(2), as `UID GID`.
    Ids,
    /// capget(2): the effective set in hexadecimal.
    Capabilities,
    /// prctl(PR_GET_DUMPABLE).
    Dumpable,
    /// The securebits (capabilities(7)).
    SecureBits,
    /// prctl(PR_GET_SECCOMP).
    Seccomp,
    /// prctl(PR_GET_NO_NEW_PRIVS).
    NoNewPrivs,
    /// getrlimit(RLIMIT_NPROC): the soft limit, or `unlimited`.
    RlimitNproc,
    /// The type of the file system at `/proc`: `proc`, or its magic number in hexadecimal.
    ProcFsType,
    /// stat(2): the uid that owns the procfs on `/proc`, or else the sysfs on `/sys`: the first
    /// user of the machine.
    KernelOwner,
    /// ioctl(NS_MNT_GET_INFO) on our mount namespace: the number of mounts in it.
    MountNamespaceSize,
    /// ioctl(NS_GET_USERNS) on our namespace of this kind, a name in `/proc/self/ns`: whether our
    /// user namespace or one below it owns it, `true` or `false` (ioctl_ns(2); EPERM: the owner is
    /// further out).
    OwnedHere(&'static str),
    /// statx(2) of `/`: whether it is the root of a mount (`STATX_ATTR_MOUNT_ROOT`, Linux 5.8),
    /// `true` or `false`.
    RootIsMount,
    /// Where our root directory is mounted, seen from outside of it: by a child that setns(2) has
    /// taken to the root of our mount namespace (`/`: that is where we are, too), or by an ancestor
    /// that has another root than we.
    RootFromOutside,
    /// access(2): whether podman's storage of a user, in its home directory, can be written.
    OwnStorage,
    /// The same of its directory for what runs.
    OwnRunDir,
    /// getcwd(2) and access(2): whether the working directory is there, and can be entered.
    WorkingDir,
    /// unshare(2) with these CLONE_* bits *and* an invalid one: the kernel says EINVAL before it
    /// looks at anything else.
    Unshare(u64),
    /// clone(2) with these CLONE_NEW* bits and CLONE_FS or another contradiction, so that it can
    /// only fail.
    Clone(u64),
    /// clone3(2) without arguments.
    Clone3,
    /// mount(2) of no device on a path that does not exist, with these MS_* flags.
    MountNowhere(u64),
    /// pivot_root(2) of a path that does not exist, in namespaces of the asking process's own:
    /// without those the kernel refuses before it looks at the path.
    PivotNowhere,
    /// This call with a name that no host can have, in namespaces of the asking process's own:
    /// without those the kernel refuses before it looks at the name.
    NameNothing(NameCall),
    /// setns(2) with CLONE_NEWNET and no descriptor: the kernel looks at that first.
    JoinNowhere,
    /// socket(2) of this family, which is closed again.
    Socket(SocketFamily),
    /// This call, with the capabilities or ids that the process has.
    Unchanged(PrivilegeCall),
    /// umount2(2) of a path that does not exist.
    UmountNowhere,
    /// chroot(2) into one.
    ChrootNowhere,
    /// keyctl(2) with an operation that there is not.
    KeyctlNothing,
    /// mount_setattr(2) with MOUNT_ATTR_IDMAP, of a clone of the mount at this path that stands
    /// nowhere: whether its file system takes id-mapped mounts.
    IdmapAt(String),
    /// The same of a tmpfs that stands nowhere.
    IdmapTmpfs,
    /// The first line that this program says of its version; as root only where nobody else can
    /// have put it there, unless it is trusted.
    Version {
        /// The program.
        path: String,
        /// Whether it is executed whoever can write it.
        trusted: bool,
    },
    /// fork(2), the child ending at once. Asked only where our children are born in another pid
    /// namespace.
    Fork,
    /// uname(2): system, release and machine, separated by spaces.
    Uname,
    /// What the policy of SELinux says: whether our domain may do all of this, of a class, to
    /// itself, `true` or `false`.
    PolicyGrants(&'static str, &'static [&'static str]),
    /// What the Docker daemon at this unix socket says of itself, as JSON
    /// ([`crate::parse::docker_info`]); absent: nobody listens.
    DockerInfo(String),
    /// The command line of the dockerd process that listens at this unix socket, as in
    /// `/proc/PID/cmdline`, other options left out.
    DockerdAt(String),
}

impl Question {
    /// The system call whose filter it asks about, where it asks about one.
    #[must_use]
    pub(crate) fn filtered_call(&self) -> Option<&'static str> {
        Some(match self {
            Self::Unshare(_) => "unshare",
            Self::Clone(_) => "clone",
            Self::Clone3 => "clone3",
            Self::MountNowhere(_) => "mount",
            Self::PivotNowhere => "pivot_root",
            Self::NameNothing(call) => call.name(),
            Self::JoinNowhere => "setns",
            Self::Unchanged(call) => call.name(),
            Self::Socket(_) => "socket",
            Self::UmountNowhere => "umount2",
            Self::ChrootNowhere => "chroot",
            Self::KeyctlNothing => "keyctl",
            _ => return None,
        })
    }

    /// The questions about the filters of what a plan does at a step, but for the call that makes
    /// its namespaces: which of those tells depends on the other answers.
    #[must_use]
    pub(crate) fn at(plan: &Plan, step: Step) -> Vec<Self> {
        match step {
            Step::Threads if plan.does(Habit::ThreadsByClone) => vec![],
            Step::Threads => vec![Self::Clone3],
            Step::PivotRoot => vec![Self::PivotNowhere, Self::UmountNowhere],
            Step::ChangeRoot => {
                let unmounts = plan.does(Habit::UnmountsEarly).then_some(Self::UmountNowhere);
                let changes = plan.chroots().then_some(Self::ChrootNowhere);
                unmounts.into_iter().chain(changes).collect()
            }
            Step::Sockets => plan.sockets.iter().copied().map(Self::Socket).collect(),
            Step::SetIds | Step::Privileges => {
                plan.privilege_calls(step).map(Self::Unchanged).collect()
            }
            Step::JoinNamespaces => vec![Self::JoinNowhere],
            Step::Hostname => plan.names().map(Self::NameNothing).collect(),
            Step::Keyring => vec![Self::KeyctlNothing],
            Step::SecondUserns if plan.does(Habit::ClonesSecond) => {
                vec![Self::Clone(Namespaces::USER)]
            }
            Step::SecondUserns => vec![Self::Unshare(Namespaces::USER)],
            Step::InnerNamespaces => plan.inner.kinds().map(Self::Unshare).collect(),
            // Unless all of `/` is private already, the target of a procfs is made private first.
            Step::MountProc if plan.root.is_some() || plan.propagation == Propagation::Private => {
                vec![Self::MountNowhere(MS_PROC)]
            }
            Step::MountProc => {
                vec![Self::MountNowhere(MS_REC_PRIVATE), Self::MountNowhere(MS_PROC)]
            }
            Step::Propagation | Step::NewRoot => vec![Self::MountNowhere(MS_REC_PRIVATE)],
            _ => vec![],
        }
    }

    /// Every question about filters that bears on a plan.
    #[must_use]
    pub(crate) fn about(plan: &Plan) -> Vec<Self> {
        let sets = std::iter::once(plan.namespaces.0).chain(plan.made().kinds());
        let of_steps = plan.steps.iter().flat_map(|step| Self::at(plan, *step));
        let of_sets = sets.flat_map(|set| [Self::Unshare(set), Self::Clone(set)]);
        let mounts = [MS_PROC, MS_REC_PRIVATE].map(Self::MountNowhere);
        let always = [Self::Unshare(0), Self::Clone3].into_iter().chain(mounts);
        always.chain(of_steps).chain(of_sets).collect()
    }

    /// What the kernel answers to a question about filters where none is in between.
    #[must_use]
    pub(crate) fn unfiltered(&self) -> Reply {
        match self {
            Self::Unshare(0) | Self::Socket(_) | Self::Unchanged(_) => Reply::Ok,
            Self::MountNowhere(_)
            | Self::UmountNowhere
            | Self::ChrootNowhere
            | Self::PivotNowhere => Reply::Refused(Errno::ENOENT),
            Self::KeyctlNothing => Reply::Refused(Errno::EOPNOTSUPP),
            Self::JoinNowhere => Reply::Refused(Errno::EBADF),
            _ => Reply::Refused(Errno::EINVAL),
        }
    }

    /// The key of the question in a snapshot, and the source of the fact: how one would write the
    /// call.
    #[must_use]
    pub(crate) fn key(&self) -> String {
        match self {
            Self::Ids => "geteuid(2)".into(),
            Self::Capabilities => "capget(2)".into(),
            Self::Dumpable => "prctl(PR_GET_DUMPABLE)".into(),
            Self::SecureBits => "prctl(PR_GET_SECUREBITS)".into(),
            Self::Seccomp => "prctl(PR_GET_SECCOMP)".into(),
            Self::NoNewPrivs => "prctl(PR_GET_NO_NEW_PRIVS)".into(),
            Self::RlimitNproc => "getrlimit(RLIMIT_NPROC)".into(),
            Self::ProcFsType => "statfs(/proc)".into(),
            Self::RootIsMount => "statx(/): STATX_ATTR_MOUNT_ROOT".into(),
            Self::KernelOwner => "owner of the kernel's file systems".into(),
            Self::OwnedHere(kind) => format!("ioctl(NS_GET_USERNS) on /proc/self/ns/{kind}"),
            Self::MountNamespaceSize => "ioctl(NS_MNT_GET_INFO)".into(),
            Self::RootFromOutside => "mountinfo of a process outside".into(),
            Self::OwnStorage => "access($HOME/.local/share/containers)".into(),
            Self::OwnRunDir => "access($XDG_RUNTIME_DIR)".into(),
            Self::WorkingDir => "access($PWD)".into(),
            Self::Unshare(0) => "unshare(0)".into(),
            Self::Unshare(flags) => format!("unshare({}|0x2)", names(*flags)),
            Self::Clone(flags) => format!("clone({}, contradicted)", names(*flags)),
            Self::Clone3 => "clone3(NULL)".into(),
            Self::MountNowhere(flags) => format!("mount(nowhere, {flags:#x})"),
            Self::PivotNowhere => "pivot_root(nowhere)".into(),
            Self::NameNothing(call) => format!("{}(nothing)", call.name()),
            Self::JoinNowhere => "setns(nowhere, CLONE_NEWNET)".into(),
            Self::Socket(family) => format!("socket({})", family.name()),
            Self::Unchanged(call) => format!("{}(unchanged)", call.name()),
            Self::UmountNowhere => "umount2(nowhere)".into(),
            Self::ChrootNowhere => "chroot(nowhere)".into(),
            Self::KeyctlNothing => "keyctl(nothing)".into(),
            Self::IdmapAt(path) => format!("mount_setattr({path}, MOUNT_ATTR_IDMAP)"),
            Self::IdmapTmpfs => "mount_setattr(tmpfs, MOUNT_ATTR_IDMAP)".into(),
            // Where it is may be in somebody's home.
            Self::Version { path, .. } => {
                format!("{} --version", path.rsplit('/').next().unwrap_or_default())
            }
            Self::Fork => "fork(2)".into(),
            Self::Uname => "uname(2)".into(),
            Self::PolicyGrants(class, permissions) => {
                format!("/sys/fs/selinux/access: {class} {{ {} }}", permissions.join(" "))
            }
            Self::DockerdAt(socket) => format!("/proc/*/cmdline of the dockerd at unix://{socket}"),
            Self::DockerInfo(socket) => format!("GET /info of unix://{socket}"),
        }
    }
}

/// CLONE_NEW* bits by their names.
fn names(flags: u64) -> String {
    const NAMES: &[(u64, &str)] = &[
        (Namespaces::USER, "CLONE_NEWUSER"),
        (Namespaces::PID, "CLONE_NEWPID"),
        (Namespaces::MNT, "CLONE_NEWNS"),
        (Namespaces::NET, "CLONE_NEWNET"),
        (Namespaces::IPC, "CLONE_NEWIPC"),
        (Namespaces::UTS, "CLONE_NEWUTS"),
        (Namespaces::CGROUP, "CLONE_NEWCGROUP"),
        (Namespaces::TIME, "CLONE_NEWTIME"),
    ];
    NAMES
        .iter()
        .filter(|(bit, _)| flags & bit != 0)
        .map(|(_, name)| *name)
        .collect::<Vec<_>>()
        .join("|")
}
