//! Every gate open, shut and undecided; the facts of each case are one change of a healthy host.

use super::*;
use crate::collect::{Need, collect};
use crate::facts::Question;
use crate::facts::{self, Caps, Missing, PidsLimit, ProcDir, Reply, Trial};
use crate::parse;
use crate::plan::{nsjail, unshare};
use crate::source::{Answer, Kind, Source, Stat};

/// A source that refuses every question.
struct Deny;

impl Source for Deny {
    fn read(&self, _: &str) -> Answer<Vec<u8>> {
        Err(Missing::Denied)
    }
    fn read_link(&self, _: &str) -> Answer<String> {
        Err(Missing::Denied)
    }
    fn stat(&self, _: &str) -> Answer<Stat> {
        Err(Missing::Denied)
    }
    fn list(&self, _: &str) -> Answer<Vec<String>> {
        Err(Missing::Denied)
    }
    fn env(&self, _: &str) -> Answer<String> {
        Err(Missing::Denied)
    }
    fn ask(&self, _: &Question) -> Answer<String> {
        Err(Missing::Denied)
    }
    fn kind(&self) -> Kind {
        Kind::Live
    }
}

const MOUNTS: &[u8] = b"22 27 0:21 / /proc rw,nosuid,nodev,noexec,relatime - proc proc rw\n27 1 \
    254:0 / / rw,relatime - ext4 /dev/vda rw\n";

fn known<T>(value: T) -> Fact<T> {
    Fact::known(value, "test")
}

fn denied<T>() -> Fact<T> {
    Fact::new(Err(Missing::Denied), "test")
}

fn absent<T>() -> Fact<T> {
    Fact::new(Err(Missing::Absent), "test")
}

fn tool(mode: u32) -> Fact<facts::Tool> {
    known(facts::Tool::installed("/usr/bin/tool", mode))
}

/// An ordinary user of a plain host on which everything works.
pub(crate) fn healthy() -> Facts {
    let mut f = crate::assume::plain((6, 12));
    f.process.euid = known(1000);
    f.process.egid = known(1000);
    f.process.cap_eff = known(Caps(0));
    f.process.nproc_limit = known(Some(1000));
    f.process.nproc_used = known(3);
    f.mounts.list = known(parse::mountinfo::parse(MOUNTS).unwrap());
    f.mounts.namespace_size = known(2);
    f.sysctl.pids_used = known(100);
    f.lsm.list = known(vec!["capability".into(), "landlock".into(), "bpf".into()]);
    f.cgroup.pids =
        known(vec![PidsLimit { path: "/sys/fs/cgroup/x".into(), current: 1, max: Some(10) }]);
    f.env.ld_preload = absent();
    f.tools.unshare = tool(0o755);
    f.tools.true_ = tool(0o755);
    f.tools.nsjail = tool(0o755);
    f.tools.newuidmap = tool(0o4755);
    f.tools.newgidmap = tool(0o4755);
    f.accounts.users = known(parse::subid::accounts(b"me:x:1000:1000::/:/bin/sh").unwrap());
    f.accounts.subuid = known(parse::subid::parse(b"me:100000:65536").unwrap());
    f.accounts.subgid = f.accounts.subuid.clone();
    f
}

fn plan(flags: &str) -> Plan {
    unshare::plan(&unshare::split(flags), None, (Some(1000), Some(1000)))
}

const A: &str = unshare::DEFAULT_FLAGS;

/// What the probe met, and what was tried after it.
pub(crate) fn met(step: Step, errno: Errno, user: Reply, inner: Option<Reply>) -> Option<Trial> {
    let reply = |r| Fact::known(r, "test");
    Some(Trial {
        step: Some(step),
        errno: Some(errno),
        signal: None,
        binary_only: false,
        user: reply(user),
        pid: reply(user),
        mnt: reply(user),
        own_ids: if user == Reply::Refused(Errno::EPERM) {
            reply(Reply::Ok)
        } else {
            Fact::default()
        },
        user_with_own_ids: Fact::default(),
        inner_uts: inner.map_or_else(Fact::default, reply),
        own_files: Fact::default(),
        own_pidns: Fact::default(),
    })
}

fn answer(facts: &mut Facts, question: &Question, reply: Reply) {
    facts.process.seccomp = known(2);
    facts.answers.0.insert(question.key(), Fact::known(reply, question.key()));
}

fn nested(map: &[u8]) -> impl Fn(&mut Facts) + use<'_> {
    move |f| {
        f.namespaces.user = known(4_026_532_000);
        f.process.uid_map = known(parse::idmap::parse(map).unwrap());
        f.sysctl.max_namespaces.insert("user", known(2_147_483_647));
        f.trial = met(Step::Unshare, Errno::ENOSPC, Reply::Refused(Errno::ENOSPC), None);
    }
}

fn mounts(f: &mut Facts, more: &str) {
    let text = format!("{}{more}", String::from_utf8_lossy(MOUNTS));
    f.mounts.list = known(parse::mountinfo::parse(text.as_bytes()).unwrap());
}

type Change = Box<dyn Fn(&mut Facts)>;

pub(crate) struct Case {
    pub id: &'static str,
    flags: &'static str,
    pub step: Step,
    errno: Option<Errno>,
    pub shut: Change,
    /// Makes the gate undecided, or unobservable where no fact can show it.
    dark: Option<Change>,
}

fn case(
    id: &'static str,
    flags: &'static str,
    step: Step,
    errno: impl Into<Option<Errno>>,
    shut: impl Fn(&mut Facts) + 'static,
) -> Case {
    Case { id, flags, step, errno: errno.into(), shut: Box::new(shut), dark: None }
}

impl Case {
    fn dark(self, change: impl Fn(&mut Facts) + 'static) -> Self {
        Self { dark: Some(Box::new(change)), ..self }
    }
}

const NSJAIL: &str = "nsjail";

#[allow(clippy::too_many_lines, reason = "one line or two for each gate")]
pub(crate) fn cases() -> Vec<Case> {
    use Errno::*;
    use Step::*;
    let user = crate::plan::Namespaces::USER;
    let confined = |f: &mut Facts, label: &str| {
        f.lsm.list = known(vec!["apparmor".into()]);
        f.lsm.apparmor = known(true);
        f.lsm.apparmor_label = known(label.into());
    };
    vec![
        case("not-linux", A, FindBinary, None, |f| f.os.family = known("macos".into()))
            .dark(|f| f.os.family = denied()),
        case("unshare-missing", A, FindBinary, ENOENT, |f| f.tools.unshare = absent())
            .dark(|f| f.tools.unshare = Fact::default()),
        case("nsjail-missing", NSJAIL, FindBinary, ENOENT, |f| f.tools.nsjail = absent())
            .dark(|f| f.tools.nsjail = Fact::default()),
        case("flags-not-understood", "--bogus", ParseFlags, None, |_| {}),
        case("subuid-missing", "--map-auto", SubidLookup, None, |f| {
            f.accounts.subgid = known(vec![])
        })
        .dark(|f| f.accounts.subuid = denied()),
        case("subuid-missing", "--map-auto", SubidLookup, ENOENT, |f| f.accounts.subuid = absent())
            .dark(|f| f.accounts.users = denied()),
        case("seccomp-unshare", A, Unshare, EPERM, |f| {
            answer(f, &Question::Unshare(0), Reply::Refused(EPERM))
        })
        .dark(|f| f.process.seccomp = known(2)),
        case("seccomp-unshare", A, Unshare, ENOSYS, move |f| {
            answer(f, &Question::Unshare(user), Reply::Refused(ENOSYS))
        })
        .dark(|f| f.process.seccomp = denied()),
        case("seccomp-clone", NSJAIL, Unshare, EPERM, move |f| {
            answer(f, &Question::Clone(user), Reply::Refused(EPERM))
        })
        .dark(|f| f.process.seccomp = known(2)),
        case("seccomp-kill", A, Unshare, None, |f| answer(f, &Question::Unshare(0), Reply::Killed))
            .dark(|f| f.process.seccomp = known(2)),
        case("seccomp-kill", A, MountProc, None, |f| {
            answer(f, &Question::MountNowhere(crate::plan::MS_PROC), Reply::Killed)
        }),
        case("seccomp-mount", A, Propagation, EPERM, |f| {
            answer(f, &Question::MountNowhere(crate::plan::MS_REC_PRIVATE), Reply::Refused(EPERM))
        })
        .dark(|f| f.process.seccomp = known(2)),
        case("unprivileged-userns-clone", A, Unshare, EPERM, |f| {
            f.sysctl.unprivileged_userns_clone = known(0)
        })
        .dark(|f| f.sysctl.unprivileged_userns_clone = denied()),
        case("multithreaded", A, Unshare, EINVAL, |f| {
            f.env.ld_preload = known("/x.so".into());
            f.trial =
                met(Unshare, EINVAL, Reply::Ok, None).map(|t| Trial { binary_only: true, ..t });
        })
        .dark(|f| f.env.ld_preload = known("/x.so".into())),
        case("wsl1", A, Unshare, EINVAL, |f| {
            f.os.version = known(
                "Linux version \
            4.4.0-19041-Microsoft"
                    .into(),
            )
        })
        .dark(|f| f.os.version = denied()),
        case("rhel7-userns-off", A, Unshare, EINVAL, |f| {
            f.os.release = known(parse::release::parse(b"3.10.0-514.el7.x86_64").unwrap());
            f.sysctl.rhel7_userns_enable = known(false);
        })
        .dark(|f| f.os.release = denied()),
        case("userns-not-built", A, Unshare, EINVAL, |f| f.namespaces.user = absent())
            .dark(|f| f.namespaces.user = denied()),
        case(
            "userns-depth",
            A,
            Unshare,
            ENOSPC,
            nested(
                b"0 0 \
            1",
            ),
        )
        .dark(|f| f.namespaces.user = known(4_026_532_000)),
        case("max-user-namespaces-ancestor", A, Unshare, ENOSPC, nested(b"0 100000 65536"))
            .dark(|f| f.namespaces.user = known(4_026_532_000)),
        case("max-user-namespaces-zero", A, Unshare, ENOSPC, |f| {
            drop(f.sysctl.max_namespaces.insert("user", known(0)))
        })
        .dark(|f| drop(f.sysctl.max_namespaces.insert("user", denied()))),
        case("max-user-namespaces-exhausted", A, Unshare, ENOSPC, |f| {
            f.trial = met(Unshare, ENOSPC, Reply::Refused(ENOSPC), None)
        })
        .dark(|_| {}),
        case("chroot", A, Unshare, EPERM, |f| f.mounts.namespace_size = known(9))
            .dark(|f| f.mounts.list = denied()),
        case("chroot", A, Unshare, EPERM, |f| {
            f.mounts.list = absent();
            f.mounts.proc = known(ProcDir::NotProc);
            f.mounts.root_is_mount = known(false);
        })
        .dark(|f| f.mounts.list = denied()),
        case("chroot", A, Unshare, EPERM, |f| {
            f.mounts.list = absent();
            f.mounts.proc = known(ProcDir::NotProc);
            f.trial = met(Unshare, EPERM, Reply::Refused(EPERM), None);
        })
        .dark(|f| f.mounts.list = denied()),
        // mount(8) of a tmpfs on / in a shell: the root of the shell stays below it.
        case("chroot", A, Unshare, EPERM, |f| {
            mounts(f, "69 27 0:39 / / rw,relatime - tmpfs tmpfs rw\n");
            f.mounts.namespace_size = known(3);
        })
        .dark(|f| f.mounts.list = denied()),
        // No module of this kernel can have refused it.
        case("chroot", A, Unshare, EPERM, |f| {
            f.mounts.namespace_size = absent();
            f.lsm.list =
                known(vec!["capability".into(), "yama".into(), "apparmor".into(), "tomoyo".into()]);
            f.trial = met(Unshare, EPERM, Reply::Refused(EPERM), None);
        })
        .dark(|f| f.mounts.namespace_size = absent()),
        // The one mount out of sight may be the root that was left, too.
        case("chroot", A, Unshare, EPERM, |f| {
            f.mounts.namespace_size = known(3);
            let outside =
                b"21 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n27 21 254:0 /jail /jail \
                rw,relatime - ext4 /dev/vda rw\n";
            f.mounts.of_pid1 = known(parse::mountinfo::parse(outside).unwrap());
        })
        .dark(|f| f.mounts.namespace_size = known(3)),
        case("chroot", A, Unshare, EPERM, |f| {
            f.mounts.list = known(parse::mountinfo::parse(&MOUNTS[..67]).unwrap())
        })
        .dark(|f| {
            f.mounts.namespace_size = absent();
            f.mounts.of_pid1 = denied();
        }),
        case("id-unmapped", A, Unshare, EPERM, |f| {
            f.process.gid_map = known(parse::idmap::parse(b"").unwrap())
        })
        .dark(|f| f.process.uid_map = denied()),
        case("selinux-userns-denied", A, Unshare, EACCES, |f| {
            f.lsm.selinux_enforcing = known(true);
            f.trial = met(Unshare, EACCES, Reply::Refused(EACCES), None);
        })
        .dark(|f| f.lsm.selinux_enforcing = known(true)),
        case("apparmor-userns-denied", A, Unshare, EACCES, move |f| {
            confined(f, "jobs (enforce)");
            f.trial = met(Unshare, EACCES, Reply::Refused(EACCES), None);
        })
        .dark(move |f| confined(f, "jobs (enforce)")),
        case("apparmor-profile-missing", A, Unshare, EACCES, move |f| {
            confined(f, "unconfined");
            f.sysctl.apparmor_restrict_unprivileged_userns = known(1);
            f.trial = met(Unshare, EACCES, Reply::Refused(EACCES), None);
        })
        .dark(|f| f.sysctl.apparmor_restrict_unprivileged_userns = denied()),
        case("apparmor-unprivileged-userns", A, UidMap, EPERM, move |f| {
            confined(f, "unconfined");
            f.sysctl.apparmor_restrict_unprivileged_userns = known(1);
        })
        .dark(|f| f.sysctl.apparmor_restrict_unprivileged_userns = denied()),
        case("apparmor-unprivileged-userns", A, Unshare, EPERM, move |f| {
            confined(f, "unprivileged_userns (enforce)")
        }),
        case("lsm-userns-denied", A, Unshare, EPERM, |f| {
            f.trial = met(Unshare, EPERM, Reply::Refused(EPERM), None)
        })
        .dark(|_| {}),
        case("grsecurity", A, Unshare, EPERM, |f| {
            f.os.release = known(parse::release::parse(b"4.9.24-grsec").unwrap());
            f.trial = met(Unshare, EPERM, Reply::Refused(EPERM), None);
        })
        .dark(|f| f.os.release = denied()),
        case("gvisor", A, Propagation, EPERM, |f| {
            f.os.version = known("Linux version 4.4.0 #1 SMP Sun Jan 10 15:06:54 PST 2016".into());
            f.trial = met(Propagation, EPERM, Reply::Ok, None);
        })
        .dark(|f| f.os.version = denied()),
        case("gvisor", "--pid --fork --mount-proc", Propagation, EINVAL, |f| {
            f.process.cap_eff = known(Caps(1 << Caps::SYS_ADMIN));
            f.os.version = known("Linux version 4.4.0 #1 SMP Sun Jan 10 15:06:54 PST 2016".into());
            f.trial = met(Propagation, EINVAL, Reply::Ok, None);
        })
        .dark(|f| f.os.version = denied()),
        case(
            "no-cap-sys-admin",
            "--pid \
            --fork",
            Unshare,
            EPERM,
            |_| {},
        )
        .dark(|f| f.process.cap_eff = denied()),
        case("max-mnt-namespaces", A, Unshare, ENOSPC, |f| {
            drop(f.sysctl.max_namespaces.insert("mnt", known(0)))
        })
        .dark(|f| drop(f.sysctl.max_namespaces.insert("mnt", denied()))),
        case("max-pid-namespaces", A, Unshare, ENOSPC, |f| {
            f.trial = met(Unshare, ENOSPC, Reply::Ok, None)
                .map(|t| Trial { pid: known(Reply::Refused(ENOSPC)), ..t });
        })
        .dark(|f| drop(f.sysctl.max_namespaces.insert("pid", denied()))),
        case(
            "max-other-namespaces",
            "-Ur \
            --net",
            Unshare,
            ENOSPC,
            |f| drop(f.sysctl.max_namespaces.insert("net", known(0))),
        )
        .dark(|f| drop(f.sysctl.max_namespaces.insert("net", denied()))),
        case("pidns-not-built", A, Unshare, EINVAL, |f| f.namespaces.pid = absent())
            .dark(|f| f.namespaces.pid = denied()),
        case("pidns-already-unshared", A, Unshare, EINVAL, |f| {
            f.namespaces.pid_for_children = absent()
        })
        .dark(|f| f.namespaces.pid_for_children = denied()),
        case("pidns-already-unshared", A, Unshare, EINVAL, |f| {
            f.namespaces.pid_for_children = known(5)
        }),
        // As measured with nsjail 3.4: clone(2) makes its pid namespace by the same copy_pid_ns().
        case("pidns-already-unshared", NSJAIL, Unshare, EINVAL, |f| {
            f.namespaces.pid_for_children = absent()
        }),
        case("pidns-depth", A, Unshare, ENOSPC, |f| {
            f.namespaces.pid = known(4_026_532_001);
            f.process.ns_pids = known(vec![1; 33]);
        })
        .dark(|f| f.namespaces.pid = known(4_026_532_001)),
        case("rlimit-nproc", A, Fork, EAGAIN, |f| f.process.nproc_limit = known(Some(3)))
            .dark(|f| f.process.nproc_limit = denied()),
        case("threads-max", A, Fork, EAGAIN, |f| f.sysctl.threads_max = known(200))
            .dark(|f| f.sysctl.threads_max = denied()),
        case("pid-max", A, Fork, EAGAIN, |f| f.sysctl.pid_max = known(400))
            .dark(|f| f.sysctl.pid_max = denied()),
        case("pidns-init-dead", "-Ur --fork", Fork, ENOMEM, |f| {
            f.namespaces.pid_for_children = known(5);
            f.namespaces.children_init_alive = known(false);
        })
        .dark(|f| f.namespaces.pid_for_children = denied()),
        case("cgroup-pids-max", A, Fork, EAGAIN, |f| {
            f.cgroup.pids = known(vec![PidsLimit {
                path: "/sys/fs/cgroup/x".into(),
                current: 10,
                max: Some(10),
            }]);
        })
        .dark(|f| (f.cgroup.pids, f.cgroup.of_self) = (denied(), denied())),
        case("proc-not-mounted", A, UidMap, ENOENT, |f| f.mounts.proc = known(ProcDir::NotProc))
            .dark(|f| f.mounts.proc = denied()),
        case("proc-other-pidns", A, UidMap, ENOENT, |f| {
            f.mounts.proc = known(ProcDir::ProcOfOtherPidNamespace)
        })
        .dark(|f| f.mounts.proc = denied()),
        case("proc-readonly", A, UidMap, EROFS, |f| {
            mounts(
                f,
                "30 22 0:21 / /proc ro,relatime - \
            proc proc rw\n",
            )
        })
        .dark(|f| f.mounts.list = denied()),
        case("not-dumpable", A, UidMap, EACCES, |f| f.process.dumpable = known(0))
            .dark(|f| f.process.dumpable = denied()),
        case("newuidmap-missing", "--map-auto", UidMap, ENOENT, |f| f.tools.newuidmap = absent())
            .dark(|f| f.tools.newuidmap = Fact::default()),
        case("newuidmap-not-setuid", "--map-auto", GidMap, EPERM, |f| {
            f.tools.newgidmap = tool(0o755)
        })
        .dark(|f| f.tools.newgidmap = Fact::default()),
        case("newuidmap-no-new-privs", "--map-auto", UidMap, EPERM, |f| {
            f.process.no_new_privs = known(true)
        })
        .dark(|f| f.process.no_new_privs = denied()),
        case("idmap-not-permitted", "--map-users=0:5:9", UidMap, None, |_| {})
            .dark(|f| f.accounts.subuid = denied()),
        case("setfcap-missing", A, UidMap, EPERM, |f| f.process.euid = known(0))
            .dark(|f| f.process.euid = denied()),
        // Debian 11: the check came to it with Linux 5.10.35.
        case("setfcap-missing", A, UidMap, EPERM, |f| {
            f.process.euid = known(0);
            f.os.release = known(parse::release::parse(b"5.10.0-32-cloud-amd64").unwrap());
        })
        .dark(|f| f.process.euid = denied()),
        // Who else took it over shows only when asked.
        case("setfcap-missing", A, UidMap, EPERM, |f| {
            f.process.euid = known(0);
            f.os.release = known(parse::release::parse(b"5.4.0-1-amd64").unwrap());
            f.trial = met(UidMap, EPERM, Reply::Ok, Some(Reply::Ok));
        })
        .dark(|f| f.process.euid = denied()),
        case(
            "setgroups-denied",
            "-U \
            --setgroups=allow",
            Setgroups,
            EPERM,
            |f| f.process.setgroups = known("deny".into()),
        )
        .dark(|f| f.process.setgroups = denied()),
        case("apparmor-deny-mount", A, Propagation, EACCES, move |f| {
            confined(
                f,
                "docker-default \
            (enforce)",
            )
        })
        .dark(move |f| confined(f, "jobs (enforce)")),
        case("selinux-mount-denied", A, MountProc, EACCES, |f| {
            f.lsm.selinux_enforcing = known(true);
            f.trial = met(MountProc, EACCES, Reply::Ok, None);
        })
        .dark(|f| f.lsm.selinux_enforcing = denied()),
        case("root-not-mountpoint", "-m", Propagation, EINVAL, |f| {
            f.mounts.list = known(parse::mountinfo::parse(&MOUNTS[..67]).unwrap())
        })
        .dark(|f| f.mounts.list = denied()),
        case(
            "target-missing",
            "-Ur \
            --root=/none",
            ChangeRoot,
            ENOENT,
            |f| f.trial = met(ChangeRoot, ENOENT, Reply::Ok, None),
        )
        .dark(|_| {}),
        case("proc-mountpoint-missing", A, MountProc, ENOENT, |f| f.mounts.proc = absent())
            .dark(|f| f.mounts.proc = denied()),
        case("mount-max", A, MountProc, ENOSPC, |f| f.sysctl.mount_max = known(2))
            .dark(|f| f.sysctl.mount_max = denied()),
        case("mount-proc-usage", "-r --pid --mount-proc", MountProc, EPERM, |_| {}),
        case("proc-masked", A, MountProc, EPERM, |f| {
            mounts(
                f,
                "30 22 0:5 /null /proc/kcore \
            rw,relatime - tmpfs tmpfs rw\n",
            )
        })
        .dark(|f| f.mounts.list = denied()),
        case("proc-atime-locked", A, MountProc, EPERM, |f| {
            f.mounts.list = known(
                parse::mountinfo::parse(
                    b"22 27 0:21 / /proc rw,noatime - proc proc rw\n27 1 \
                    254:0 / / rw - ext4 x rw\n",
                )
                .unwrap(),
            );
        })
        .dark(|f| f.mounts.list = denied()),
        case("proc-subset-pid", A, MountProc, EPERM, |f| {
            f.os.release = known(parse::release::parse(b"7.2.0").unwrap());
            let text = b"22 27 0:21 / /proc rw,relatime - proc proc rw,subset=pid\n27 1 254:0 / / \
                rw - ext4 x rw\n";
            f.mounts.list = known(parse::mountinfo::parse(text).unwrap());
        })
        .dark(|f| f.mounts.list = denied()),
        case("landlock", A, Propagation, EPERM, |f| {
            f.trial = met(Propagation, EPERM, Reply::Ok, Some(Reply::Ok))
        })
        .dark(|_| {}),
        case("landlock", A, UidMap, EACCES, |f| {
            f.trial = met(UidMap, EACCES, Reply::Ok, Some(Reply::Ok))
        })
        .dark(|_| {}),
        // A root without /proc in a sandbox whose user namespace it does not own: bwrap without
        // --proc.
        case("proc-masked", "--pid --fork --mount-proc", MountProc, EPERM, |f| {
            f.mounts.list = absent();
            f.mounts.proc = known(ProcDir::NotProc);
            (f.namespaces.user, f.process.uid_map) = (absent(), absent());
            f.trial = met(MountProc, EPERM, Reply::Ok, None);
        }),
        case(
            "landlock",
            "-m --propagation=unchanged \
            --mount-proc",
            MountProc,
            EPERM,
            |f| f.trial = met(MountProc, EPERM, Reply::Ok, None),
        ),
        case("set-ids-unmapped", "-r --setuid=5", SetIds, EINVAL, |_| {}),
        case(
            "no-cap-sys-time",
            "--time \
            --boottime=100",
            TimeOffsets,
            EPERM,
            |f| f.process.cap_eff = known(Caps(1 << Caps::SYS_ADMIN)),
        ),
        case("no-cap-setid", "--setgid=5", SetIds, EPERM, |f| f.process.cap_eff = known(Caps(0)))
            .dark(|f| f.process.cap_eff = denied()),
        case("no-cap-sys-chroot", "--root=/srv", ChangeRoot, EPERM, |f| {
            f.process.cap_eff = known(Caps(0))
        })
        .dark(|f| f.process.cap_eff = denied()),
        case("program-missing", A, Exec, ENOENT, |f| f.tools.true_ = absent())
            .dark(|f| f.tools.true_ = Fact::default()),
    ]
}

pub(crate) fn plan_of(case: &Case) -> Plan {
    if case.flags == NSJAIL { nsjail::plan(true) } else { plan(case.flags) }
}

#[test]
fn each_gate_shuts_for_its_reason_and_for_no_other() {
    for case in cases() {
        let rule = find(case.id).unwrap_or_else(|| panic!("no rule {}", case.id));
        assert!(rule.steps.contains(&case.step), "{} does not guard {}", case.id, case.step);
        let mut facts = healthy();
        (case.shut)(&mut facts);
        match (rule.check)(&facts, &plan_of(&case), case.step) {
            Gate::Shut(shut) => {
                assert_eq!(shut.errno, case.errno, "{} at {}", case.id, case.step);
                assert!(!shut.evidence.is_empty(), "{} shows no evidence", case.id);
                assert!(
                    shut.errno.is_none() || rule.errnos.contains(&shut.errno.unwrap()),
                    "{} does not list its errno",
                    case.id
                );
            }
            other => panic!("{} at {}: {other:?}", case.id, case.step),
        }
        if let Some(dark) = &case.dark {
            let mut facts = healthy();
            dark(&mut facts);
            let gate = (rule.check)(&facts, &plan_of(&case), case.step);
            assert!(
                matches!(gate, Gate::Undecided(_) | Gate::Unobservable),
                "{}: {gate:?}",
                case.id
            );
        }
    }
}

#[test]
fn every_gate_of_a_healthy_host_is_open() {
    let facts = healthy();
    for (plan, steps) in [
        (plan(A), plan(A).steps()),
        (plan("-Ur --map-auto"), plan("-Ur --map-auto").steps()),
        (nsjail::plan(true), nsjail::plan(true).steps()),
    ] {
        for step in steps {
            for rule in at(step) {
                let gate = (rule.check)(&facts, &plan, step);
                assert!(
                    !matches!(gate, Gate::Shut(_) | Gate::Undecided(_)),
                    "{} {:?} at {step}: {gate:?}",
                    rule.id,
                    plan.flags
                );
            }
        }
    }
}

#[test]
fn every_rule_has_a_case() {
    let cases = cases();
    for rule in RULES.iter().filter(|rule| !rule.id.starts_with("docker-")) {
        assert!(cases.iter().any(|case| case.id == rule.id), "no case for {}", rule.id);
    }
}

/// These read the plan alone.
const OF_THE_PLAN: &[&str] = &["flags-not-understood", "mount-proc-usage", "set-ids-unmapped"];

#[test]
fn where_everything_is_denied_nothing_is_open_or_shut() {
    let facts = collect(&Deny, Need::Check);
    for flags in [
        A,
        "--pid --fork",
        "-r --map-auto --setgroups deny -S0",
        "-r --map-users=0:5:9 --pid --fork --mount-proc --net",
    ] {
        for rule in RULES.iter().filter(|rule| !OF_THE_PLAN.contains(&rule.id)) {
            for step in rule.steps {
                let gate = (rule.check)(&facts, &plan(flags), *step);
                assert!(
                    !matches!(gate, Gate::Open | Gate::Shut(_)),
                    "{} at {step} ({flags}): {gate:?}",
                    rule.id
                );
            }
        }
    }
}

/// What `explain --error` knows of it, or why no text can speak of it.
#[test]
fn every_rule_has_texts_or_says_why_not() {
    for rule in RULES {
        let Texts { refuses, kills, marks, confirm, silent, .. } = &rule.texts;
        let recognised = !refuses.is_empty() || *kills || !marks.is_empty();
        assert_ne!(recognised, !silent.is_empty(), "{}", rule.id);
        assert_eq!(recognised, !confirm.is_empty(), "{} does not say what confirms it", rule.id);
        for word in marks.iter().chain(rule.texts.hints) {
            assert_eq!(*word, word.to_lowercase(), "{}", rule.id);
        }
    }
}

#[test]
fn ids_are_unique_and_documented() {
    for (at, rule) in RULES.iter().enumerate() {
        assert!(RULES[..at].iter().all(|other| other.id != rule.id), "{} twice", rule.id);
        for heading in ["## What", "## Why", "## How to see it", "## Fix", "## Sources"] {
            assert!(rule.docs.contains(heading), "{} lacks {heading}", rule.id);
        }
        assert!(
            !rule.steps.is_empty() && !rule.title.is_empty() && !rule.since.is_empty(),
            "{}",
            rule.id
        );
    }
}

#[test]
fn the_mounts_that_nspawn_leaves_behind_are_no_chroot() {
    let mut facts = healthy();
    facts.mounts.namespace_size = known(40);
    facts.markers.systemd_container = known("systemd-nspawn".into());
    assert_eq!((kernel::chroot::RULE.check)(&facts, &plan(A), Step::Unshare), Gate::Unobservable);
    facts.markers.systemd_container = known("docker".into());
    assert!(matches!((kernel::chroot::RULE.check)(&facts, &plan(A), Step::Unshare), Gate::Shut(_)));
}

#[test]
fn masks_judge_a_new_procfs_only_where_every_mount_is_in_sight_or_the_kernel_has_refused() {
    let judge = |facts: &Facts, flags: &str| {
        (kernel::proc_masked::RULE.check)(facts, &plan(flags), Step::MountProc)
    };
    let mut masked = healthy();
    mounts(&mut masked, "30 22 0:5 /null /proc/kcore rw,relatime - tmpfs tmpfs rw\n");
    // systemd-nspawn leaves the host's procfs behind, out of sight and whole: with it the kernel
    // allows another.
    masked.markers.systemd_container = known("systemd-nspawn".into());
    masked.mounts.namespace_size = known(40);
    assert_eq!(judge(&masked, A), Gate::Unobservable);
    masked.trial = met(Step::MountProc, Errno::EPERM, Reply::Ok, None);
    assert!(matches!(judge(&masked, A), Gate::Shut(_)));
    // Root of a user namespace below the first: mountinfo does not say whether the masks are
    // locked; a refusal does.
    masked.process.uid_map = known(parse::idmap::parse(b"0 100000 65536").unwrap());
    masked.namespaces.user = known(4_026_532_000);
    assert!(matches!(judge(&masked, "--pid --fork --mount-proc"), Gate::Shut(_)));
    masked.trial = None;
    assert_eq!(judge(&masked, "--pid --fork --mount-proc"), Gate::Unobservable);
}

/// Where propagation is changed first, Landlock has refused by then: a later refusal is not its
/// own.
#[test]
fn landlock_does_not_answer_for_mount_proc_after_propagation() {
    let mut facts = healthy();
    facts.trial = met(Step::MountProc, Errno::EPERM, Reply::Ok, None);
    let rule = find("landlock").unwrap();
    assert_eq!((rule.check)(&facts, &plan(A), Step::MountProc), Gate::NotApplicable);
}
