//! System calls that a line names together with the error that they got. This needs no table of
//! messages: whoever the program is, between a call and its error stand arguments and words of
//! failure, and nothing else.

use crate::errno::Errno;
use crate::parse::message;
use crate::plan::Step::{
    self, ChangeRoot, MountProc, PivotRoot, Propagation, Restrict, SetIds, Unshare,
};

/// A system call, and the step that consists of it, if one does.
pub(super) struct Call {
    pub name: &'static str,
    step: Option<Step>,
    /// A program has the same name, and begins its messages with it.
    program: bool,
}

/// A call that a line names.
pub(super) struct FailedCall {
    pub call: &'static Call,
    pub step: Option<Step>,
    /// `None`: it failed, and the error stands further down.
    pub errno: Option<Errno>,
}

const fn of(name: &'static str, step: Step) -> Call {
    Call { name, step: Some(step), program: false }
}

const fn program(name: &'static str, step: Option<Step>) -> Call {
    Call { name, step, program: true }
}

/// One that no step consists of; the rules say which of them they refuse.
const fn other(name: &'static str) -> Call {
    Call { name, step: None, program: false }
}

/// Those of steps, those behind a capability in the filter of container engines, and those that it
/// allows to nobody (moby/profiles, seccomp/default.json).
const CALLS: &[Call] = &[
    program("unshare", Some(Unshare)),
    of("clone", Unshare),
    program("mount", Some(Propagation)),
    of("pivot_root", PivotRoot),
    program("chroot", Some(ChangeRoot)),
    of("setgroups", SetIds),
    of("initgroups", SetIds),
    of("setuid", SetIds),
    of("seteuid", SetIds),
    of("setreuid", SetIds),
    of("setresuid", SetIds),
    of("setgid", SetIds),
    of("setegid", SetIds),
    of("setregid", SetIds),
    of("setresgid", SetIds),
    of("landlock_create_ruleset", Restrict),
    of("landlock_add_rule", Restrict),
    of("landlock_restrict_self", Restrict),
    of("seccomp", Restrict),
    other("acct"),
    other("add_key"),
    other("adjtimex"),
    other("bpf"),
    other("clock_adjtime"),
    other("clock_settime"),
    other("clone3"),
    other("delete_module"),
    other("fanotify_init"),
    other("finit_module"),
    other("get_mempolicy"),
    other("init_module"),
    other("io_uring_enter"),
    other("io_uring_register"),
    other("io_uring_setup"),
    other("ioperm"),
    other("iopl"),
    other("kcmp"),
    other("keyctl"),
    other("lookup_dcookie"),
    other("mbind"),
    other("mknodat"),
    program("mknod", None),
    other("move_pages"),
    other("name_to_handle_at"),
    other("open_by_handle_at"),
    other("perf_event_open"),
    other("personality"),
    other("pidfd_getfd"),
    other("process_madvise"),
    other("process_vm_readv"),
    other("process_vm_writev"),
    other("ptrace"),
    other("quotactl"),
    other("request_key"),
    other("set_mempolicy"),
    other("setdomainname"),
    other("sethostname"),
    other("setns"),
    other("setrlimit"),
    other("settimeofday"),
    other("swapoff"),
    other("swapon"),
    other("userfaultfd"),
    other("vhangup"),
];

/// How far behind a name its arguments may end.
const ARGUMENTS: usize = 500;

/// The call that a line names and that failed: the last one, as an error stands at the end.
pub(super) fn named(lower: &str) -> Option<FailedCall> {
    let mut found: Option<FailedCall> = None;
    let mut start = 0;
    for word in lower.split(|c: char| !(c.is_alphanumeric() || c == '_')) {
        let at = start;
        start += word.len();
        start += lower.get(start..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        let Some(call) = CALLS.iter().find(|call| call.name == word) else { continue };
        let refused = refused(call, lower.get(..at)?, lower.get(at + word.len()..)?);
        let better = |named: &FailedCall| {
            named.errno.is_some() || found.as_ref().is_none_or(|known| known.errno.is_none())
        };
        found = refused.filter(better).or(found);
    }
    found
}

/// The call, where what stands before and behind its name says that it failed.
fn refused(call: &'static Call, before: &str, behind: &str) -> Option<FailedCall> {
    let (arguments, tail) = arguments(behind);
    let code = arguments.is_some() && before.ends_with('.');
    let inner = ['-', '/', '\\', '$', '@'];
    if before.ends_with(inner) || (before.ends_with('.') && !code) || tail.starts_with(inner) {
        return None;
    }
    // What a program or a shell says, git(1) of a copy, and FUSE of what it may not.
    let own = before.trim().is_empty()
        || ["sh: ", "fusermount: ", "fusermount3: "].iter().any(|by| before.ends_with(by));
    if arguments.is_none() && ((call.program && own) || before.ends_with("git ")) {
        return None;
    }
    let errno = message::error_behind(tail);
    // A traceback shows the line of the call, and below it the error.
    let fails = message::is_of_failure(tail) || (code && tail.trim().is_empty());
    if errno.is_none() && !fails {
        return None;
    }
    let of_proc = arguments.is_some_and(|said| said.contains("proc"));
    let step = call.step.map(|step| if step == Propagation && of_proc { MountProc } else { step });
    Some(FailedCall { call, step, errno })
}

/// The arguments of a call, or the section of its manual page, and what follows them.
fn arguments(behind: &str) -> (Option<&str>, &str) {
    let Some(inner) = behind.strip_prefix('(') else { return (None, behind) };
    let mut depth = 1;
    for (at, c) in inner.char_indices().take(ARGUMENTS) {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return (inner.get(..at), inner.get(at + 1..).unwrap_or_default());
        }
    }
    (None, behind)
}
