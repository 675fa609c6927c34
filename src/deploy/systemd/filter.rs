//! What the filters in a unit refuse (systemd.exec(5), "System Call Filtering" and
//! `RestrictNamespaces=`; systemd `src/shared/seccomp-util.c`).

use std::collections::{BTreeMap, BTreeSet};

use crate::deploy::place::{At, Place};
use crate::deploy::profile;
use crate::errno::Errno;
use crate::facts::{Answers, Fact, Facts, Question, Reply};
use crate::mechanisms::{bubblewrap, unshare};
use crate::plan::{Namespaces, Plan, SocketFamily, Step, Via};

/// What the filters of a service leave of the kernel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Restrictions {
    /// The kinds of namespaces that may be made, as CLONE_NEW* bits (`RestrictNamespaces=`).
    pub namespaces: Option<At<u64>>,
    /// `SystemCallFilter=`.
    pub calls: Option<At<CallFilter>>,
    /// What other settings refuse: a call, with which error, and the setting.
    pub others: Vec<At<(&'static str, Errno, &'static str)>>,
    /// The families of sockets that can be had (`RestrictAddressFamilies=`).
    pub families: Option<At<Vec<SocketFamily>>>,
}

/// `SystemCallFilter=` and `SystemCallErrorNumber=`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct CallFilter {
    /// Whether nothing passes but what is named.
    pub allows: bool,
    /// What is named of the calls that count here, each with the error that is given for it alone.
    named: BTreeMap<&'static str, Option<Errno>>,
    /// Whether it refuses calls that are not counted here, and that some sandbox may make.
    more: bool,
    /// The error that is given; `None`: the process is killed.
    pub errno: Option<Errno>,
}

/// The calls that unshare(1), bwrap(1) and the [`STARTERS`] make, and what others need for their
/// namespaces, by the groups that they are in (`systemd-analyze syscall-filter` of systemd 262; the
/// calls by strace(1)).
const GROUPS: &[(&str, &str)] = &[
    ("@basic-io", "close dup pread64 read write"),
    (
        "@default",
        "arch_prctl brk execve exit_group futex getegid geteuid getgid getpid getrandom getuid \
            mmap mprotect munmap prlimit64 rseq set_robust_list set_tid_address",
    ),
    (
        "@file-system",
        "access chdir close creat faccessat2 fchdir fcntl getcwd getdents64 mkdir newfstatat \
            open_tree openat openat2 readlink statfs symlink",
    ),
    ("@io-event", "eventfd2 poll"),
    ("@keyring", "keyctl"),
    ("@mount", "chroot mount mount_setattr move_mount pivot_root umount2"),
    ("@network-io", "bind recvfrom sendto socket"),
    ("@privileged", "capset chroot pivot_root setgroups sethostname setresgid setresuid setuid"),
    ("@process", "capget clone clone3 prctl setns unshare wait4"),
    ("@resources", "ioprio_set sched_setaffinity sched_setscheduler setpriority"),
    ("@setuid", "setgid setgroups setresuid setuid"),
    ("@signal", "rt_sigaction rt_sigprocmask signalfd4"),
    ("@timer", "timer_create timer_settime"),
    (
        "@system-service",
        "@basic-io @default @file-system @io-event @keyring @network-io @process @resources \
            @setuid @signal @timer capset ioctl setpgid setsid umask",
    ),
    ("@known", "@system-service @mount @privileged"),
];

/// The groups that no sandbox makes a call of.
const UNUSED: &str = "@clock @cpu-emulation @debug @module @obsolete @raw-io @reboot @swap";

/// What every program needs that is linked dynamically, or forks.
const EVERY: &str = "access arch_prctl brk close clone execve exit_group futex getrandom mmap \
    mprotect munmap newfstatat openat pread64 prlimit64 read rseq rt_sigprocmask set_robust_list \
    set_tid_address wait4 write";

/// What bwrap(1) needs beside that.
const BWRAP: &str = "capget chdir creat eventfd2 faccessat2 fchdir fcntl getcwd getdents64 \
    ioctl mkdir mount_setattr move_mount open_tree openat2 poll readlink signalfd4 statfs symlink umask umount2";

/// Programs that start others, and the calls that each makes beside those of [`EVERY`] and before
/// it gets to that (by strace(1)), where they are known.
const STARTERS: &[(&str, Option<&str>)] = &[
    ("sh", Some("rt_sigaction")),
    ("bash", Some("ioctl rt_sigaction")),
    ("dash", Some("rt_sigaction")),
    ("env", Some("")),
    ("nice", Some("setpriority")),
    ("ionice", Some("ioprio_set")),
    ("setpriv", Some("capget capset prctl setgroups setresuid")),
    ("timeout", Some("rt_sigaction setpgid timer_create timer_settime")),
    ("taskset", Some("sched_setaffinity")),
    ("chrt", Some("sched_setscheduler")),
    ("stdbuf", Some("readlink")),
    ("systemd-cat", None),
    ("dbus-run-session", None),
    ("xvfb-run", None),
];

/// Whether a program of this name starts others.
pub(super) fn is_starter(name: &str) -> bool {
    STARTERS.iter().any(|(known, _)| *known == name)
}

/// The calls that go by a name or a group.
fn calls_of(name: &str) -> Vec<&'static str> {
    let Some((_, members)) = GROUPS.iter().find(|(known, _)| *known == name) else {
        let all = GROUPS.iter().flat_map(|(_, members)| members.split(' '));
        return all.filter(|call| *call == name).take(1).collect();
    };
    let of = |member| match str::starts_with(member, '@') {
        true => calls_of(member),
        false => vec![member],
    };
    members.split(' ').flat_map(of).collect()
}

impl CallFilter {
    /// The filter that the first assignment begins.
    pub(super) fn begin(allows: bool, errno: Option<Errno>) -> Self {
        let mut filter = Self { allows, named: BTreeMap::new(), more: allows, errno };
        if allows {
            // So that a program can start and end (systemd `config_parse_syscall_filter`); the
            // manager itself writes.
            filter.name("@default", false);
            filter.name("write", false);
        }
        filter
    }

    /// Names a call or a group, `NAME` or `NAME:ERROR`; `inverted`: behind a `~`. What was refused
    /// and is allowed now is taken back, and the other way round.
    pub(super) fn name(&mut self, word: &str, inverted: bool) {
        let (name, errno) = word.split_once(':').map_or((word, None), |(name, errno)| {
            let number = errno.parse().ok().map(Errno::from_raw);
            (name, Errno::from_name(errno).or(number))
        });
        let calls = calls_of(name);
        if inverted != self.allows {
            self.more |= !self.allows && !UNUSED.split(' ').any(|known| known == name);
            self.named.extend(calls.into_iter().map(|call| (call, errno)));
        } else {
            // It takes more out of what passes than what is counted here.
            self.named.retain(|call, _| !calls.contains(call));
        }
    }

    /// What a call meets in it.
    fn refuses(&self, call: &str) -> Option<Reply> {
        let named = self.named.get(call);
        (named.is_some() != self.allows).then(|| {
            let own = named.copied().flatten().filter(|_| !self.allows);
            own.or(self.errno).map_or(Reply::Killed, Reply::Refused)
        })
    }
}

impl Restrictions {
    /// The same, wherever it stands.
    pub(crate) fn bare(&self) -> Self {
        fn bare<T: Clone>(at: &At<T>) -> At<T> {
            At::new(at.value.clone(), Place::default())
        }
        Self {
            namespaces: self.namespaces.as_ref().map(bare),
            calls: self.calls.as_ref().map(bare),
            others: self.others.iter().map(bare).collect(),
            families: self.families.as_ref().map(bare),
        }
    }

    /// Where calls are refused.
    pub(crate) fn place(&self) -> Option<Place> {
        let calls = self.calls.as_ref().map(|at| at.place);
        let others = || self.others.first().map(|at| at.place);
        calls.or_else(others).or_else(|| Some(self.families.as_ref()?.place))
    }

    /// Where this call is refused.
    pub(crate) fn place_of(&self, call: &str) -> Option<Place> {
        let by_filter = || self.calls.as_ref().filter(|at| at.value.refuses(call).is_some());
        let other = || self.others.iter().find(|other| other.value.0 == call);
        let families = || self.families.as_ref().filter(|_| call == "socket");
        let first = by_filter().map(|at| at.place).or_else(|| Some(other()?.place));
        first.or_else(|| Some(families()?.place))
    }

    /// Lets these kinds of namespaces be made as well, where they are restricted.
    pub(crate) fn allow_namespaces(&mut self, kinds: u64) {
        if let Some(allowed) = &mut self.namespaces {
            allowed.value |= kinds;
        }
    }

    /// Lets these calls pass as well, where calls are filtered.
    pub(crate) fn allow_calls(&mut self, names: &[&str]) {
        if let Some(filter) = &mut self.calls {
            names.iter().for_each(|name| filter.value.name(name, false));
        }
    }

    /// Lets sockets of a family be had as well, where they are restricted.
    pub(crate) fn allow_family(&mut self, family: SocketFamily) {
        if let Some(families) = &mut self.families {
            families.value.push(family);
        }
    }

    /// Whether sockets of a family can be had.
    pub(crate) fn leaves(&self, family: SocketFamily) -> bool {
        self.families.as_ref().is_none_or(|families| families.value.contains(&family))
    }

    /// Lets the host name be set, which `ProtectHostname=` refuses.
    pub(crate) fn allow_hostname(&mut self) {
        self.others.retain(|other| other.value.0 != SETHOSTNAME);
    }

    /// Whether `ProtectHostname=` refuses that.
    pub(crate) fn keeps_hostname(&self) -> bool {
        self.others.iter().any(|other| other.value.0 == SETHOSTNAME)
    }

    /// What of these calls the filter of calls refuses.
    pub(crate) fn refused<'c>(&self, names: &[&'c str]) -> Vec<&'c str> {
        let filter = self.calls.as_ref().map(|filter| &filter.value);
        let refused = |name: &&&str| {
            let refuses = |call: &str| filter.is_some_and(|filter| filter.refuses(call).is_some());
            calls_of(name).into_iter().any(refuses)
        };
        names.iter().filter(refused).copied().collect()
    }

    /// What a call meets.
    fn refuses_call(&self, call: &str) -> Option<Reply> {
        let other = self.others.iter().find(|other| other.value.0 == call);
        let filter = self.calls.as_ref().and_then(|filter| filter.value.refuses(call));
        filter.or_else(|| Some(Reply::Refused(other?.value.1)))
    }

    /// What refuses a program of this name before it starts another.
    pub(super) fn refuses_starter(&self, name: &str) -> Option<At<String>> {
        let (_, calls) = STARTERS.iter().find(|(known, _)| *known == name)?;
        let filter = self.calls.as_ref()?;
        let why = match calls {
            Some(calls) => {
                let refused = |call: &&str| filter.value.refuses(call).is_some();
                let call = calls.split_ascii_whitespace().find(refused)?;
                format!("SystemCallFilter= refuses {call}(2), which {name} calls")
            }
            None => {
                filter.value.more.then_some(())?;
                format!("not every system call that {name} makes is known")
            }
        };
        Some(At::new(why, filter.place))
    }

    /// What a question meets.
    fn refuses(&self, question: &Question) -> Option<Reply> {
        let call = question.filtered_call()?;
        let kinds = match question {
            Question::Unshare(flags) | Question::Clone(flags) => *flags,
            Question::JoinNowhere => Namespaces::NET,
            _ => 0,
        };
        let allowed = self.namespaces.as_ref().map_or(ALL_KINDS, |allowed| allowed.value);
        self.refuses_call(call).or_else(|| match question {
            // Its flags are out of sight (seccomp_restrict_namespaces()).
            Question::Clone3 if allowed & ALL_KINDS != ALL_KINDS => {
                Some(Reply::Refused(Errno::ENOSYS))
            }
            Question::Socket(family) => {
                (!self.leaves(*family)).then_some(Reply::Refused(Errno::EAFNOSUPPORT))
            }
            _ => (kinds & ALL_KINDS & !allowed != 0).then_some(Reply::Refused(Errno::EPERM)),
        })
    }

    /// What it refuses of a plan where no question is about it; `None` where it refuses nothing.
    pub(crate) fn refuses_beside(&self, plan: &Plan) -> Option<String> {
        let by = plan.by.name;
        let Some(needed) = needed(plan) else {
            let more = self.calls.as_ref().is_some_and(|filter| filter.value.more)
                || self.families.is_some() && !plan.has(Step::Sockets);
            return more.then(|| format!("not every system call that {by} makes is known"));
        };
        let questions = Question::about(plan);
        let asked = |call: &&&str| {
            // The clone(2) of its fork(2) is no question's.
            let fork = **call == "clone" && plan.via == Via::Unshare;
            !fork && questions.iter().any(|question| question.filtered_call() == Some(**call))
        };
        let refused = |call: &&&str| self.refuses_call(call).is_some();
        let call = needed.iter().filter(|call| !asked(call)).find(refused)?;
        let other = self.others.iter().find(|other| other.value.0 == *call);
        let setting = other.map_or("SystemCallFilter=", |other| other.value.2);
        Some(format!("{setting} refuses {call}(2), which {by} calls"))
    }
}

/// The call that `ProtectHostname=` refuses.
pub(super) const SETHOSTNAME: &str = "sethostname";

/// The kinds of namespaces that `RestrictNamespaces=` knows.
pub(crate) const ALL_KINDS: u64 = Namespaces::CGROUP
    | Namespaces::IPC
    | Namespaces::NET
    | Namespaces::MNT
    | Namespaces::PID
    | Namespaces::USER
    | Namespaces::UTS
    | Namespaces::TIME;

/// The calls that let a plan through, where those are known.
fn needed(plan: &Plan) -> Option<BTreeSet<&'static str>> {
    let own = match plan.by {
        program if program == &unshare::PROGRAM => "",
        program if program == &bubblewrap::PROGRAM => BWRAP,
        _ => return None,
    };
    let has = |flag: &str| plan.flags.iter().any(|word| word.starts_with(flag));
    let given = [
        (true, EVERY),
        (true, own),
        (plan.has(Step::SetIds), "setgroups setgid setuid"),
        (has("--keep-caps"), "capget"),
        (has("--new-session"), "setsid"),
        (plan.has(Step::Sockets), "bind recvfrom sendto socket"),
    ];
    let given = given.into_iter().filter(|(holds, _)| *holds);
    let words = given.flat_map(|(_, calls)| calls.split_ascii_whitespace());
    let privileges = plan.gives_up.iter().map(|(_, call)| call.name());
    Some(profile::calls(plan).into_iter().chain(words).chain(privileges).collect())
}

/// The calls that a plan makes, and the group of those that mount where it is more than one: which
/// of them a program makes changes from release to release.
pub(crate) fn calls(plan: &Plan) -> Vec<&'static str> {
    const MOUNT: &str = "@mount";
    let mut calls = needed(plan).unwrap_or_else(|| profile::calls(plan));
    calls.extend((plan.via == Via::Clone3).then_some("clone3"));
    let mounting = calls_of(MOUNT);
    if mounting.iter().filter(|call| calls.contains(*call)).count() > 1 {
        calls.retain(|call| !mounting.contains(call));
        calls.insert(MOUNT);
    }
    calls.into_iter().collect()
}

/// The mode of seccomp(2) in a service of a host, and the answers to what bears on a plan.
pub(crate) fn answers(settings: &Restrictions, host: &Facts, plan: &Plan) -> (Fact<u64>, Answers) {
    let free = host.process.seccomp.value() == Some(&0);
    if *settings == Restrictions::default() && (free || host.process.seccomp.value().is_none()) {
        return (host.process.seccomp.clone(), (*host.answers).clone());
    }
    let beside = settings.refuses_beside(plan);
    let answer = |question: Question| {
        let fact = match (settings.refuses(&question), &beside) {
            (Some(reply), _) => Fact::known(reply, "the settings of the unit"),
            (None, Some(why)) => Fact::not_probed(why.clone()),
            (None, None) if free => Fact::known(question.unfiltered(), "the settings of the unit"),
            (None, None) => host.answers.get(&question),
        };
        (question, fact)
    };
    let answers = Answers(Question::about(plan).into_iter().map(answer).collect());
    (Fact::known(2, "the settings of the unit"), answers)
}
