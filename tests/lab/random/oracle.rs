//! The cause to be named, by what was put on the process and what the real command did.
//!
//! Of the conditions that give exactly that error at that step, it is the one that the kernel meets
//! first. Written from the kernel's order (see the functions), never from isodoc.

use super::environment::{ACTIONS, CALLS, Environment};
use super::flags::{Flags, KINDS};
use super::model::{DEEPEST_PID, DEEPEST_USER, Model};
use crate::judge::{Expect, Refusal};
use crate::truth::{self, Truth};

const SETGID: u32 = 6;
const SETUID: u32 = 7;
const SYS_CHROOT: u32 = 18;
const SYS_ADMIN: u32 = 21;
const SYS_RESOURCE: u32 = 24;
const SYS_TIME: u32 = 25;
const SETFCAP: u32 = 31;

/// The rights of Landlock that bear on this: to write a file.
const WRITE_FILE: u64 = 1 << 1;

/// Why no fact shows a gate.
const NO_FILE_DEPTH: &str = "no file shows how deep a user namespace is";
const NO_FILE_ANCESTOR: &str = "no file shows the limits of an outer user namespace";
const NO_FILE_USED: &str = "no file shows how much of a quota is used";
const NO_FILE_LANDLOCK: &str = "no file shows the rules of Landlock";
const NO_FILE_THREAD: &str = "what a preloaded library does shows only when it runs";
const NO_PROCFS: &str = "without a procfs there are few facts";
const NO_FILE_PIDNS: &str = "a procfs of an inner pid namespace hides the outer ones";
const NO_FILE_TARGET: &str = "directories that flags name are not looked at";
const NO_FILE_OVERFLOW: &str = "an id that is not mapped looks like 65534, and that id is mapped";
const NO_FILE_FIRST: &str =
    "no file shows whether an id of an outer user namespace is the root of the machine";
const NO_FILE_LOCKED: &str = "no file shows which mounts are locked";

const NO_FILE_ORDER: &str = "of two filters that refuse, the one installed last gives the error, \
    and no file shows their order";
const NO_FILE_OWNER: &str = "no file shows who owns a pid namespace";

/// A cause, and why no fact shows it.
type Named = (&'static str, Option<&'static str>);

/// What is expected of isodoc, or what about the truth cannot be explained.
pub fn expect(environment: &Environment, flags: &Flags, truth: &Truth) -> Result<Expect, String> {
    let model = Model::of(environment);
    let oracle = Oracle { model: &model, flags };
    let (step, errno) = match truth {
        Truth::Works if names_a_directory(flags) => {
            return Ok(Expect::Nobody(None, NO_FILE_TARGET));
        }
        Truth::Works => return Ok(Expect::Works),
        Truth::Unreadable(text) => {
            return Err(format!("the lab cannot read what the real command said: {text}"));
        }
        Truth::Killed => {
            let step = oracle.killed().ok_or("nothing was put in place that kills")?;
            return Ok(
                oracle.expect(Refusal { step, errno: "SIGSYS", cause: "seccomp-kill" }, None)
            );
        }
        Truth::Refused(step, errno) => {
            truth::named(step, errno).ok_or_else(|| format!("no such step: {step}"))?
        }
    };
    let (cause, unseen) = oracle
        .cause(step, errno)
        .ok_or_else(|| format!("nothing was put in place that gives {errno} at {step}"))?;
    Ok(oracle.expect(Refusal { step, errno, cause }, unseen))
}

/// Whether a flag names a directory that only the probe finds.
fn names_a_directory(flags: &Flags) -> bool {
    let other = |name, usual| flags.value(name).is_some_and(|dir| dir != usual);
    other("wd", "/") || other("root", "/") || other("mount-proc", "/proc")
}

struct Oracle<'a> {
    model: &'a Model,
    flags: &'a Flags,
}

impl Oracle<'_> {
    fn expect(&self, refusal: Refusal, unseen: Option<&'static str>) -> Expect {
        let by_proc = ["proc-not-mounted", "proc-other-pidns", "proc-mountpoint-missing"]
            .contains(&refusal.cause);
        let shows_itself =
            by_proc || refusal.step == "parse-flags" || refusal.cause.starts_with("no-cap-");
        let sysctl = refusal.cause.starts_with("max-") && self.model.without_sysctls();
        match unseen {
            Some(why) => Expect::Unseen(refusal, why),
            None if sysctl || self.model.blind() && !shows_itself => {
                Expect::Unseen(refusal, NO_PROCFS)
            }
            None => Expect::Refused(refusal),
        }
    }

    /// Whether a filter answers a call with this; `flags` are those of the call.
    fn filtered(&self, call: &str, flags: u32, answer: &str) -> bool {
        self.model.filters.iter().any(|rule| {
            let hit = rule.bits == 0 || rule.bits & flags != 0;
            hit && CALLS[rule.call].0 == call && ACTIONS[rule.action].2 == answer
        })
    }

    /// The step at which a filter kills.
    fn killed(&self) -> Option<&'static str> {
        if self.filtered("unshare", self.flags.bits(), "SIGSYS") {
            return Some("unshare");
        }
        if self.changes_propagation() && self.filtered("mount", self.propagation(), "SIGSYS") {
            return Some("propagation");
        }
        (self.flags.has("mount-proc")
            && (self.filtered("mount", MS_PROC, "SIGSYS")
                || self.filtered("mount", MS_REC_PRIVATE, "SIGSYS")))
        .then_some("mount-proc")
    }

    fn changes_propagation(&self) -> bool {
        let unchanged = self.flags.value("propagation") == Some("unchanged");
        self.flags.bits() & 0x2_0000 != 0 && (self.model.busybox || !unchanged)
    }

    fn propagation(&self) -> u32 {
        match self.flags.value("propagation") {
            Some("slave") => 0x4000 | 0x8_0000,
            Some("shared") => 0x4000 | 0x10_0000,
            Some("unchanged") if self.model.busybox => 0,
            _ => MS_REC_PRIVATE,
        }
    }

    fn cause(&self, step: &str, errno: &str) -> Option<Named> {
        match step {
            "parse-flags" => Some(("flags-not-understood", None)),
            "unshare" => self.unshare(errno),
            "fork" => self.fork(errno),
            "uid-map" | "setgroups" | "gid-map" | "time-offsets" => self.maps(step, errno),
            "propagation" => self.propagated(errno),
            "change-root" => self.change_root(errno),
            "mount-proc" => self.mount_proc(errno),
            "set-ids" => self.set_ids(errno),
            "exec" => (errno == "ENOENT").then_some(("program-missing", Some(NO_FILE_TARGET))),
            _ => None,
        }
    }

    /// ksys_unshare() in kernel/fork.c, create_user_ns(), create_new_namespaces().
    fn unshare(&self, errno: &str) -> Option<Named> {
        let (model, user) = (self.model, self.flags.user());
        if self.filtered("unshare", self.flags.bits(), errno) {
            let others = ACTIONS
                .iter()
                .map(|(.., answer)| *answer)
                .filter(|answer| *answer != errno && *answer != "SIGSYS");
            let two = others
                .into_iter()
                .any(|answer| self.filtered("unshare", self.flags.bits(), answer));
            return Some(("seccomp-unshare", two.then_some(NO_FILE_ORDER)));
        }
        match errno {
            "EINVAL" if user && model.thread => Some(("multithreaded", Some(NO_FILE_THREAD))),
            "EINVAL" if self.flags.has("pid") && model.pid_pending.is_some() => {
                Some(("pidns-already-unshared", None))
            }
            "ENOSPC" => self.full(),
            "EPERM" if user && model.chroot.is_some() => Some(("chroot", None)),
            "EPERM" if user && (model.uid().is_none() || model.gid().is_none()) => {
                Some(("id-unmapped", model.looks_mapped().then_some(NO_FILE_OVERFLOW)))
            }
            "EPERM" if !user && self.flags.bits() != 0 && !model.has(SYS_ADMIN) => {
                Some(("no-cap-sys-admin", None))
            }
            _ => None,
        }
    }

    /// The first kind of namespace for which there is no room.
    fn full(&self) -> Option<Named> {
        let model = self.model;
        let here = model.levels.len() - 1;
        if self.flags.user() {
            if here >= DEEPEST_USER {
                return Some(("userns-depth", Some(NO_FILE_DEPTH)));
            }
            match model.full("user") {
                Some(at) if at == here => {
                    return Some(match model.here().limits.get("user") {
                        Some(0) => ("max-user-namespaces-zero", None),
                        _ => ("max-user-namespaces-exhausted", Some(NO_FILE_USED)),
                    });
                }
                Some(_) => return Some(("max-user-namespaces-ancestor", Some(NO_FILE_ANCESTOR))),
                None => {}
            }
        }
        for (_, bit, kind) in
            KINDS.iter().skip(1).filter(|(_, bit, _)| self.flags.bits() & bit != 0)
        {
            if *bit == 0x2000_0000 && model.pid_depth >= DEEPEST_PID {
                return Some(("pidns-depth", model.proc_inner.then_some(NO_FILE_PIDNS)));
            }
            let Some(at) = model.full(kind) else { continue };
            let cause = match *kind {
                "mnt" => "max-mnt-namespaces",
                "pid" => "max-pid-namespaces",
                _ => "max-other-namespaces",
            };
            let zero = at == here && model.here().limits.get(*kind) == Some(&0);
            let why = if at == here { NO_FILE_USED } else { NO_FILE_ANCESTOR };
            return Some((cause, (!zero).then_some(why)));
        }
        None
    }

    /// copy_process() in kernel/fork.c: the limit of the user, then the cgroup; the pid namespace
    /// comes after.
    fn fork(&self, errno: &str) -> Option<Named> {
        let model = self.model;
        let ours = 1 + model.holders.get(&model.kuid).copied().unwrap_or(0);
        // The first user of the machine is exempt, and who has privilege in the first user
        // namespace.
        let privileged = model.levels.len() == 1
            && !self.flags.user()
            && (model.has(SYS_ADMIN) || model.has(SYS_RESOURCE));
        let exempt = model.kuid == 0 || privileged;
        match errno {
            "EAGAIN" if !exempt && model.nproc.is_some_and(|limit| ours + 1 > limit) => {
                Some(("rlimit-nproc", model.maybe_first_user().then_some(NO_FILE_FIRST)))
            }
            "EAGAIN" if model.pids_max.is_some_and(|limit| limit < 2) => {
                Some(("cgroup-pids-max", None))
            }
            "ENOMEM" if model.pid_pending == Some(true) => Some(("pidns-init-dead", None)),
            _ => None,
        }
    }

    /// do_open() in fs/namei.c; proc_timens_set_offset() in kernel/time/namespace.c; map_write()
    /// and proc_setgroups_write() in kernel/user_namespace.c.
    fn maps(&self, step: &str, errno: &str) -> Option<Named> {
        let model = self.model;
        match (errno, model.no_proc.as_deref()) {
            ("ENOENT", Some("other")) => return Some(("proc-other-pidns", None)),
            ("ENOENT", Some(_)) => return Some(("proc-not-mounted", None)),
            _ => {}
        }
        match errno {
            "EROFS" if model.proc_ro => Some(("proc-readonly", None)),
            "EACCES" if model.unreadable && model.kuid != 0 => Some(("not-dumpable", None)),
            // proc_setgroups_open() asks for CAP_SYS_ADMIN, which nobody has got without a new user
            // namespace.
            "EACCES" if step == "setgroups" && !self.flags.user() && !model.has(SYS_ADMIN) => {
                Some(("setgroups-denied", None))
            }
            "EACCES" if model.landlock.is_some_and(|rights| rights & WRITE_FILE != 0) => {
                Some(("landlock", Some(NO_FILE_LANDLOCK)))
            }
            "EPERM" if step == "uid-map" && model.uid() == Some(0) && !model.has(SETFCAP) => {
                Some(("setfcap-missing", None))
            }
            "EPERM" if step == "setgroups" => Some(("setgroups-denied", None)),
            "EPERM" if step == "time-offsets" && !self.flags.user() && !model.has(SYS_TIME) => {
                Some(("no-cap-sys-time", None))
            }
            _ => None,
        }
    }

    /// path_mount() asks the security modules before do_change_type().
    fn propagated(&self, errno: &str) -> Option<Named> {
        if self.filtered("mount", self.propagation(), errno) {
            return Some(("seccomp-mount", None));
        }
        match errno {
            "EPERM" if self.model.landlock.is_some() => Some(("landlock", Some(NO_FILE_LANDLOCK))),
            // do_new_mount(), with no type.
            "EINVAL" if self.flags.value("propagation") == Some("unchanged") => {
                Some(("flags-not-understood", None))
            }
            "EINVAL" if self.model.chroot == Some(false) => Some(("root-not-mountpoint", None)),
            _ => None,
        }
    }

    fn change_root(&self, errno: &str) -> Option<Named> {
        let there = |dir: Option<&str>| dir.is_none_or(|dir| dir != "/nonexistent-lab");
        match errno {
            "ENOENT" if !there(self.flags.value("root")) || !there(self.flags.value("wd")) => {
                Some(("target-missing", Some(NO_FILE_TARGET)))
            }
            "EPERM" if !self.flags.user() && !self.model.has(SYS_CHROOT) => {
                Some(("no-cap-sys-chroot", None))
            }
            _ => None,
        }
    }

    /// path_mount(): the path, the security modules; then mount_capable(), mount_too_revealing().
    fn mount_proc(&self, errno: &str) -> Option<Named> {
        let (model, flags) = (self.model, self.flags);
        let target = flags.value("mount-proc").unwrap_or("/proc");
        if self.filtered("mount", MS_PROC, errno) || self.filtered("mount", MS_REC_PRIVATE, errno) {
            return Some(("seccomp-mount", None));
        }
        let own_pids = flags.has("pid") && flags.fork();
        match errno {
            // Made private first.
            "EINVAL" if model.busybox && target == "/proc" => Some(("proc-not-mounted", None)),
            "EINVAL" if model.busybox => Some(("target-missing", Some(NO_FILE_TARGET))),
            "ENOENT" if target == "/nonexistent-lab" => {
                Some(("target-missing", Some(NO_FILE_TARGET)))
            }
            "ENOENT" if target == "/proc" && model.no_proc.as_deref() == Some("nodir") => {
                Some(("proc-mountpoint-missing", None))
            }
            "EPERM" if model.landlock.is_some() => Some(("landlock", Some(NO_FILE_LANDLOCK))),
            "EPERM" if flags.user() && !own_pids => Some(("mount-proc-usage", None)),
            // mount_capable() asks the owner of the pid namespace, and those of the lab are made by
            // root, but for the last.
            "EPERM"
                if model.levels.len() > 1
                    && !own_pids
                    && !(flags.fork() && model.pid_pending.is_some()) =>
            {
                Some(("mount-proc-usage", Some(NO_FILE_OWNER)))
            }
            // mnt_already_visible() in fs/namespace.c: the flags of a procfs, then what is mounted
            // on it.
            "EPERM" => {
                let unseen = (!flags.user() && model.levels.len() > 1).then_some(NO_FILE_LOCKED);
                let cause = match () {
                    () if model.no_proc.is_some() || model.proc_ro => "proc-masked",
                    () if model.proc_atime => "proc-atime-locked",
                    () if model.proc_masked => "proc-masked",
                    () => return None,
                };
                Some((cause, unseen))
            }
            _ => None,
        }
    }

    /// setgroups(2), setgid(2), setuid(2), in this order.
    fn set_ids(&self, errno: &str) -> Option<Named> {
        let (model, flags) = (self.model, self.flags);
        match errno {
            "EPERM" if flags.user() => Some(("setgroups-denied", None)),
            "EPERM" if flags.has("setgid") && !model.has(SETGID) => Some(("no-cap-setid", None)),
            "EPERM"
                if flags.has("setgid") && (model.here().deny || model.here().gid.is_empty()) =>
            {
                Some(("setgroups-denied", None))
            }
            "EPERM" if flags.has("setuid") && !model.has(SETUID) => Some(("no-cap-setid", None)),
            "EINVAL" => Some(("set-ids-unmapped", None)),
            _ => None,
        }
    }
}

const MS_PROC: u32 = 0xe;
const MS_REC_PRIVATE: u32 = 0x4_4000;
