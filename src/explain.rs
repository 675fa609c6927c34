//! `explain --error`: a pasted error, panic or kernel log, and the causes that fit it, best first.
//!
//! Pure: text in, causes out. Nothing of the text comes back but the step and the errno; what the answer says of
//! it are words of this file. Time is linear in the length of the text; the caller bounds that.

use serde::Serialize;

use crate::errno::Errno;
use crate::mechanisms::Step;
use crate::parse::message;
use crate::rules;

mod known;

use known::{KNOWN, Known};

/// What a pasted text says, and why that can be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Explained {
    /// The step that was refused, where the text tells.
    pub step: Option<Step>,
    /// The error, where the text tells.
    pub errno: Option<Errno>,
    /// The causes that fit, best first; empty: none is known.
    pub causes: Vec<Cause>,
}

/// One cause that fits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cause {
    /// The id of the rule.
    pub id: &'static str,
    /// Its title.
    pub title: &'static str,
    /// What in the text speaks for it, and what would confirm it.
    pub why: String,
}

/// No answer is longer than this: a list of everything helps nobody.
const MOST: usize = 8;

use Errno::{EACCES, EAGAIN, EINVAL, ENOENT, ENOMEM, ENOSPC, ENOSYS, EPERM, EUSERS};
use Step::{Fork, GidMap, MountProc, Propagation, Setgroups, UidMap};

/// The answer to a pasted text.
#[must_use]
pub fn explain(text: &str) -> Explained {
    let seen = Seen::read(text);
    let mut scored: Vec<(i32, &Known, Option<&'static str>)> = KNOWN.iter().filter_map(|known| seen.score(known)).collect();
    // Stable: of equals the one that the table names first.
    scored.sort_by_key(|(score, ..)| -score);
    // Where something is named outright, what merely could be is no help.
    let best = scored.first().map_or(0, |s| s.0);
    let causes = scored
        .iter()
        .filter(|(score, ..)| best - score < CERTAIN)
        .take(MOST)
        .map(|(_, known, mark)| Cause { id: known.id, title: title(known.id), why: seen.why(known, *mark) })
        .collect();
    Explained { step: seen.step, errno: seen.errno, causes }
}

fn title(id: &'static str) -> &'static str {
    rules::find(id).map_or(id, |rule| rule.title)
}

/// What a line of a kernel log that names the culprit is worth.
const CERTAIN: i32 = 100;
/// What a mark is worth.
const MARK: i32 = 40;
/// What step and errno together are worth.
const FIT: i32 = 20;

/// Which namespaces and options a text says were asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Flags {
    user: bool,
    pid: bool,
    fork: bool,
    mount_proc: bool,
}

/// What a text says.
#[derive(Default)]
struct Seen {
    /// What is left without advice and without other programs' noise, in lower case.
    text: String,
    step: Option<Step>,
    errno: Option<Errno>,
    /// Killed by SIGSYS.
    killed: bool,
    /// By unshare(1), as far as its own wording shows.
    util_linux: bool,
    /// By clone(2), not unshare(2).
    clone: bool,
    flags: Option<Flags>,
    /// Named by a kernel log.
    named: Vec<&'static str>,
}

impl Seen {
    fn read(text: &str) -> Self {
        let mut seen = Self::default();
        let mut lone_step = None;
        let (mut advice, mut tested) = (false, false);
        for line in clean(text).lines() {
            let Some(line) = essential(line, &mut advice) else { continue };
            let lower = line.to_lowercase();
            if let Some(entry) = log_entry(&lower) {
                if let Some(entry) = entry {
                    // A log repeats itself.
                    if !seen.named.contains(&entry.id) {
                        seen.named.push(entry.id);
                    }
                    if seen.step.is_none() || seen.errno.is_none() {
                        (seen.step, seen.errno) = (entry.step, entry.errno);
                    }
                    seen.keep(&lower);
                }
                continue;
            }
            let step = match system_call(&lower) {
                SystemCall::None if is_chatter(&lower) => None,
                SystemCall::None => message::step_in(&lower).or_else(|| generic_step(&line, &lower)),
                SystemCall::Refused(step) => Some(step),
                SystemCall::Other => continue,
            };
            seen.keep(&lower);
            seen.killed |= is_killed(&lower) || (tested && lower.trim() == "error:") || lower.contains("stderr: ''");
            tested |= lower.contains("unshare test failed");
            if let Some(flags) = flags_in(&line) {
                seen.flags.get_or_insert(flags);
            }
            if seen.step.is_some() && seen.errno.is_some() {
                continue;
            }
            let errno = if step.is_some() || lone_step.is_some() { message::errno_in(&line) } else { None };
            match (step.or(lone_step), errno) {
                (Some(step), Some(errno)) => {
                    (seen.step, seen.errno) = (Some(step), Some(errno));
                    seen.util_linux = lower.contains("unshare: ");
                    seen.clone = lower.contains("clone") && !lower.contains("unshare");
                }
                // A traceback names the call first and the error later.
                (Some(step), None) => lone_step = Some(step),
                (None, _) => {}
            }
        }
        seen.step = seen.step.or(lone_step);
        seen
    }

    fn keep(&mut self, lower: &str) {
        self.text.push_str(lower);
        self.text.push('\n');
    }

    fn has(&self, word: &str) -> bool {
        self.text.contains(word)
    }

    /// How well a cause fits, and the mark that it bears; `None`: not at all.
    fn score(&self, known: &'static Known) -> Option<(i32, &'static Known, Option<&'static str>)> {
        let mark = known.marks.iter().find(|word| self.has(word)).copied();
        let named = self.named.contains(&known.id);
        let fits = self.fits(known);
        if mark.is_none() && !named && fits == 0 {
            return None;
        }
        let hints = known.hints.iter().filter(|word| self.has(word)).count();
        let hints = i32::try_from(hints.min(2)).unwrap_or(2) * 8;
        let score = fits + known.common + hints + if mark.is_some() { MARK } else { 0 } + if named { CERTAIN } else { 0 };
        let score = score + self.circumstances(known.id, mark.is_some() || named)?;
        Some((score, known, mark))
    }

    fn fits(&self, known: &Known) -> i32 {
        if self.killed && known.id == "seccomp-kill" {
            return MARK + FIT;
        }
        let Some(step) = self.step else { return 0 };
        let Some((_, errnos)) = known.fits.iter().find(|(at, _)| *at == step) else { return 0 };
        match self.errno {
            _ if errnos.is_empty() => FIT,
            Some(errno) if errnos.contains(&errno) => FIT,
            // A killed process names no error, so what gives one does not fit.
            None if !self.killed => FIT / 2,
            _ => 0,
        }
    }

    /// What else the text shows for (or against) a cause; `None`: it is ruled out.
    fn circumstances(&self, id: &str, outright: bool) -> Option<i32> {
        let at_unshare = self.step == Some(Step::Unshare);
        match id {
            "no-cap-sys-admin" => match self.flags {
                Some(Flags { user: true, .. }) => None,
                Some(_) => Some(30),
                None => Some(0),
            },
            // All of these are about user namespaces.
            "unprivileged-userns-clone"
            | "chroot"
            | "id-unmapped"
            | "lsm-userns-denied"
            | "userns-not-built"
            | "rhel7-userns-off"
            | "max-user-namespaces-zero"
            | "max-user-namespaces-exhausted"
            | "max-user-namespaces-ancestor"
            | "userns-depth"
            | "grsecurity"
            | "apparmor-unprivileged-userns"
                if at_unshare && !outright && self.flags.is_some_and(|f| !f.user) =>
            {
                None
            }
            "mount-proc-usage" => match self.flags {
                Some(f) if f.mount_proc && f.user && !(f.pid && f.fork) => Some(40),
                Some(_) => None,
                None => Some(0),
            },
            "apparmor-unprivileged-userns" => Some(match (self.step, self.errno) {
                // unshare(1) opens the map, where this gate lets it pass, and is refused at the write.
                (Some(UidMap), Some(EACCES)) if self.util_linux => return if outright { Some(0) } else { None },
                (Some(UidMap), _) if self.has("newuidmap:") && !outright => -12,
                (Some(UidMap | Setgroups | GidMap), _) => 4,
                (Some(Step::Unshare), Some(EACCES)) if self.util_linux && !outright => -6,
                // Go and runc have their maps written by the parent: setgroups first.
                (Some(Step::Unshare), Some(EACCES)) if self.has("fork/exec") => 12,
                (Some(Propagation | MountProc), _) if self.has("nsjail") || self.has("share mount point") => 8,
                _ => 0,
            }),
            "seccomp-clone" if self.clone => Some(8),
            "seccomp-unshare" if self.clone => Some(-8),
            "not-dumpable" | "landlock" if self.step == Some(UidMap) && self.util_linux => Some(4),
            "unshare-missing" if self.has("nsjail") && !outright => None,
            "nsjail-missing" if !self.has("nsjail") => None,
            "newuidmap-missing" if self.errno.is_some_and(|e| e != ENOENT) && !outright => None,
            "newuidmap-missing" | "newuidmap-not-setuid" | "newuidmap-no-new-privs" if !self.has("newuidmap") && !self.has("newgidmap") => {
                None
            }
            "setfcap-missing" if self.has("newuidmap:") && !outright => Some(-12),
            "docker-subid-missing" if !self.has("docker") && !self.has("can't create id mappings") => Some(-5),
            _ => Some(0),
        }
    }

    fn why(&self, known: &Known, mark: Option<&'static str>) -> String {
        let mut why = if self.named.contains(&known.id) {
            "the kernel's log names it".to_owned()
        } else if let Some(mark) = mark {
            format!("the text has \u{201c}{}\u{201d}", mark.trim())
        } else if self.killed && known.id == "seccomp-kill" {
            "killed by SIGSYS, or failed without a message".to_owned()
        } else {
            match (self.step, self.errno) {
                (Some(step), Some(errno)) => format!("it refuses {step} with {errno}"),
                (Some(step), None) => format!("it refuses {step}"),
                (None, _) => "it fits".to_owned(),
            }
        };
        why.push_str("; ");
        why.push_str(known.confirm);
        why
    }
}

/// The text without escape sequences and control characters, and with the line ends that JSON logs escape.
fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\x1b', Some('[')) => {
                chars.next();
                while chars.next_if(|c| c.is_ascii_digit() || matches!(c, ';' | '?')).is_some() {}
                chars.next_if(char::is_ascii_alphabetic);
            }
            ('\\', Some('n')) => {
                chars.next();
                out.push('\n');
            }
            ('\\', Some('t')) => {
                chars.next();
                out.push(' ');
            }
            ('\\', Some('"')) => {}
            ('\n', _) => out.push('\n'),
            (c, _) if c.is_control() => out.push(' '),
            (c, _) => out.push(c),
        }
    }
    out
}

/// A line without the advice that programs print whatever the cause is; `None`: nothing else is in it.
fn essential(line: &str, advice: &mut bool) -> Option<String> {
    let trimmed = line.trim();
    let lower = trimmed.to_lowercase();
    if lower.ends_with("solutions:") {
        *advice = true;
        return None;
    }
    if *advice {
        if trimmed.is_empty() || trimmed.contains('\u{2022}') || trimmed.starts_with(['-', '*', '(', '?']) {
            return None;
        }
        *advice = false;
    }
    let advices = ["common causes:", "on e.g. debian this can be enabled", ": oci permission denied"];
    // Lower case can be longer than the text itself, so the cut is made in it only where both agree.
    let cut =
        advices.iter().filter_map(|word| lower.find(word)).min().filter(|at| lower.len() == trimmed.len() && trimmed.is_char_boundary(*at));
    let kept = cut.map_or(trimmed, |at| &trimmed[..at]);
    // "no such file" about a parameter says that it cannot be the cause.
    let absent = lower.contains("/proc/sys/") || lower.contains("sysctl:");
    (!(absent && lower.contains("no such file or directory"))).then(|| kept.to_owned())
}

/// What nsjail tells of its settings, which are no errors.
fn is_chatter(lower: &str) -> bool {
    lower.contains("inside_uid:") || lower.contains("inside_gid:") || lower.contains("jail parameters") || lower.contains("[i][")
}

/// Whether a line says that the process was killed by SIGSYS: the signal, its text, 128 + 31 as exit status, or
/// -31 as Python gives it.
fn is_killed(lower: &str) -> bool {
    if ["sigsys", "bad system call", "signal 31", "signal: 31", "status=31/sys", "falscher systemaufruf", "appel système erroné"]
        .iter()
        .any(|word| lower.contains(word))
    {
        return true;
    }
    let about_exit = ["exit", "status", "code", "rc="].iter().any(|word| lower.contains(word));
    about_exit && lower.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').any(|word| matches!(word, "159" | "-31"))
}

/// A line about namespaces that names no step: the making of them, most likely.
fn generic_step(line: &str, lower: &str) -> Option<Step> {
    const ABOUT: &[&str] = &[
        "unshare",
        "user namespace",
        "pid namespace",
        "mount namespace",
        "new namespaces",
        "namespaces:",
        "clone_new",
        "userns",
        "rootless",
    ];
    // util-linux before 2.40 says this when its child was killed for want of memory.
    if lower.contains("sigprocmask") {
        return None;
    }
    let go = lower.contains("fork/exec ");
    if !go && !ABOUT.iter().any(|word| lower.contains(word)) {
        return None;
    }
    match message::errno_in(line)? {
        EAGAIN | ENOMEM => Some(Fork),
        EPERM | EINVAL | ENOSPC | ENOSYS | EUSERS => Some(Step::Unshare),
        // The program itself could not be started.
        EACCES | ENOENT if lower.contains("failed to test unshare") => Some(Step::FindBinary),
        EACCES if !go => Some(Step::Unshare),
        _ => None,
    }
}

/// A line of strace(1).
enum SystemCall {
    /// It is none.
    None,
    /// One that makes namespaces, refused.
    Refused(Step),
    /// Any other, or one that passed.
    Other,
}

fn system_call(lower: &str) -> SystemCall {
    let line = lower.trim_start().trim_start_matches("[pid");
    let line = line.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, ' ' | ']' | '.' | ':'));
    let Some((name, rest)) = line.split_once('(') else { return SystemCall::None };
    let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    let Some((arguments, result)) = rest.rsplit_once(") = ").or_else(|| rest.rsplit_once(")  = ")) else { return SystemCall::None };
    if !is_name {
        return SystemCall::None;
    }
    let Some(error) = result.trim_start().strip_prefix("-1 ") else { return SystemCall::Other };
    let new = arguments.contains("clone_new");
    match name {
        // Programs fall back from clone3 to clone where it is not there.
        "clone3" if error.starts_with("enosys") => SystemCall::Other,
        "clone" | "clone3" | "unshare" if new || name == "unshare" => SystemCall::Refused(Step::Unshare),
        "clone" | "clone3" | "fork" | "vfork" => SystemCall::Refused(Fork),
        "open" | "openat" | "write" if arguments.contains("/uid_map") => SystemCall::Refused(UidMap),
        "open" | "openat" | "write" if arguments.contains("/gid_map") => SystemCall::Refused(GidMap),
        "open" | "openat" | "write" if arguments.contains("/setgroups") || arguments.contains("\"deny\"") => SystemCall::Refused(Setgroups),
        "write" if is_map(arguments) => SystemCall::Refused(UidMap),
        "mount" if arguments.contains("\"proc\"") => SystemCall::Refused(MountProc),
        "mount" if arguments.contains("ms_private") || arguments.contains("ms_slave") => SystemCall::Refused(Propagation),
        "fsmount" | "move_mount" => SystemCall::Refused(MountProc),
        "mount_setattr" => SystemCall::Refused(Propagation),
        _ => SystemCall::Other,
    }
}

/// `3, "0 1000 1\n", 9`: three numbers are a map.
fn is_map(arguments: &str) -> bool {
    let written = arguments.split('"').nth(1).unwrap_or("");
    let numbers = written.split_whitespace();
    numbers.clone().count() == 3 && numbers.clone().all(|n| n.bytes().all(|b| b.is_ascii_digit()))
}

/// What a line of the kernel's log names.
struct Entry {
    id: &'static str,
    step: Option<Step>,
    errno: Option<Errno>,
}

impl Entry {
    const fn new(id: &'static str, step: Option<Step>, errno: Option<Errno>) -> Self {
        Self { id, step, errno }
    }
}

/// A line of the kernel's log; `Some(None)`: one that names no cause.
fn log_entry(lower: &str) -> Option<Option<Entry>> {
    if lower.contains("apparmor=\"") {
        return Some(apparmor_entry(lower));
    }
    if lower.contains("avc:") && lower.contains("denied") {
        return Some(selinux_entry(lower));
    }
    if lower.contains("type=1326") || lower.contains("type=seccomp") {
        return Some(Some(seccomp_entry(lower)));
    }
    if lower.contains("too revealing") {
        return Some(Some(Entry::new("proc-masked", Some(MountProc), Some(EPERM))));
    }
    lower.contains("fork rejected by pids controller").then_some(Some(Entry::new("cgroup-pids-max", Some(Fork), Some(EAGAIN))))
}

/// The value of `name=value` or `name="value"`.
fn field<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = line.split_once(name)?;
    match rest.strip_prefix('"') {
        Some(rest) => rest.split('"').next(),
        None => rest.split_whitespace().next(),
    }
}

fn apparmor_entry(lower: &str) -> Option<Entry> {
    let profile = field(lower, "profile=").unwrap_or("");
    let restricted =
        profile.contains("unprivileged_userns") || profile.contains("unpriv_") || lower.contains("target=\"unprivileged_userns\"");
    let denied = lower.contains("apparmor=\"denied\"");
    let errno = if denied { message::errno_in(lower).or(Some(EACCES)) } else { None };
    let ubuntu = |step| Some(Entry::new("apparmor-unprivileged-userns", step, errno));
    match field(lower, "operation=")? {
        "userns_create" if restricted => ubuntu(denied.then_some(Step::Unshare)),
        "userns_create" if denied && profile == "unconfined" => Some(Entry::new("apparmor-profile-missing", Some(Step::Unshare), errno)),
        "userns_create" if denied => Some(Entry::new("apparmor-userns-denied", Some(Step::Unshare), errno)),
        "mount" | "remount" | "umount" | "pivotroot" if denied => {
            let proc = lower.contains("fstype=\"proc\"") || field(lower, " name=").is_some_and(|n| n.starts_with("/proc"));
            let step = Some(if proc { MountProc } else { Propagation });
            if restricted { ubuntu(step) } else { Some(Entry::new("apparmor-deny-mount", step, errno)) }
        }
        "capable" if restricted && denied => ubuntu(None),
        _ => None,
    }
}

fn selinux_entry(lower: &str) -> Option<Entry> {
    if lower.contains("permissive=1") {
        return None;
    }
    match field(lower, "tclass=")? {
        "user_namespace" => Some(Entry::new("selinux-userns-denied", Some(Step::Unshare), Some(EACCES))),
        "filesystem" | "cap_userns" => Some(Entry::new("selinux-mount-denied", None, Some(EACCES))),
        _ if lower.contains("mounton") => Some(Entry::new("selinux-mount-denied", None, Some(EACCES))),
        _ => None,
    }
}

/// The audit record of a filter: the number of the call by architecture (asm/unistd.h), and the signal.
fn seccomp_entry(lower: &str) -> Entry {
    let arm = field(lower, "arch=") == Some("c00000b7");
    let call = field(lower, "syscall=").unwrap_or("");
    let (id, step) = match (arm, call) {
        (false, "272") | (true, "97") => ("seccomp-unshare", Some(Step::Unshare)),
        (false, "56") | (true, "220") | (_, "435") => ("seccomp-clone", Some(Step::Unshare)),
        (false, "165") | (true, "40") => ("seccomp-mount", Some(Propagation)),
        _ => ("seccomp-kill", None),
    };
    // Where no signal is sent the call was refused with an error, that the record does not tell.
    Entry::new(if lower.contains("sig=0") { id } else { "seccomp-kill" }, step, None)
}

/// The flags of unshare(1) that a line tells of: a command line, or the worker's `Flags: ...`.
fn flags_in(line: &str) -> Option<Flags> {
    let lower = line.to_lowercase();
    if let Some((_, set)) = lower.split_once("unshare(clone_").or_else(|| lower.split_once("flags=clone_")) {
        let end = set.find([')', ' ', ',']).unwrap_or(set.len());
        let set = format!("clone_{}", &set[..end]);
        return set.contains("clone_new").then(|| Flags {
            user: set.contains("newuser"),
            pid: set.contains("newpid"),
            fork: true,
            mount_proc: true,
        });
    }
    let command = ["flags: '", "flags: ", "unshare "].iter().find_map(|before| {
        let at = lower.find(before)? + before.len();
        // The same place in the text itself, where lower case did not move it.
        line.get(at..).filter(|rest| lower.len() == line.len() && rest.starts_with('-'))
    })?;
    let mut flags = Flags::default();
    for word in command.split_whitespace() {
        let word = word.trim_matches(['\'', '"', ':', ',', ';', '.', '`', ')']);
        match word.strip_prefix("--") {
            Some("") => break,
            Some(name) => match name.split('=').next().unwrap_or(name) {
                "user" | "map-root-user" | "map-current-user" | "map-user" | "map-group" | "map-auto" | "map-users" | "map-groups" => {
                    flags.user = true;
                }
                "pid" => flags.pid = true,
                "fork" => flags.fork = true,
                "mount-proc" => flags.mount_proc = true,
                "kill-child" => flags.fork = true,
                _ => {}
            },
            None => match word.strip_prefix('-') {
                Some(letters) => {
                    flags.user |= letters.contains(['U', 'r', 'c']);
                    flags.pid |= letters.contains('p');
                    flags.fork |= letters.contains('f');
                }
                None => break,
            },
        }
    }
    Some(flags)
}
#[cfg(test)]
mod tests {
    use super::*;

    fn ids(text: &str) -> Vec<&'static str> {
        explain(text).causes.iter().map(|cause| cause.id).collect()
    }

    /// Every one of `wanted` is among the first three.
    #[track_caller]
    fn first_three(text: &str, wanted: &[&str]) {
        let got = ids(text);
        let three = &got[..got.len().min(3)];
        assert!(wanted.iter().all(|id| three.contains(id)), "{text}\n  {got:?}, wanted {wanted:?}");
    }

    #[track_caller]
    fn first(text: &str, wanted: &str) {
        assert_eq!(ids(text).first().copied(), Some(wanted), "{text}\n  {:?}", ids(text));
    }

    /// Lines that people pasted in public, with the cause that was established there.
    #[test]
    fn public_reports() {
        for (text, wanted) in [
            // https://github.com/gominimal/minimal/issues/610
            ("unshare: write failed /proc/self/uid_map: Operation not permitted", "apparmor-unprivileged-userns"),
            ("write(\"/proc/self/uid_map\", ..) => Operation not permitted (os error 1)", "apparmor-unprivileged-userns"),
            // https://github.com/akitaonrails/ai-jail/issues/34, https://github.com/Kron4ek/Conty/issues/139, https://github.com/fsquillace/junest/issues/355
            ("bwrap: setting up uid map: Permission denied", "apparmor-unprivileged-userns"),
            // https://github.com/TNG/oh-my-agentic-coder/issues/2
            (
                "omac sandbox: bwrap is installed but not functional (user namespaces disabled?): exit status 1 \u{2014} bwrap: setting up uid map: Permission denied",
                "apparmor-unprivileged-userns",
            ),
            // https://github.com/google/nsjail/issues/236
            (
                "apparmor=\"DENIED\" operation=\"mount\" class=\"mount\" info=\"failed mntpnt match\" error=-13 profile=\"unprivileged_userns\" name=\"/\" comm=\"nsjail\" flags=\"rw, rprivate\"",
                "apparmor-unprivileged-userns",
            ),
            // https://github.com/moby/buildkit/blob/master/docs/rootless.md
            (
                "fork/exec /proc/self/exe: permission denied (This error might have happened because /proc/sys/kernel/apparmor_restrict_unprivileged_userns is set to 1)",
                "apparmor-unprivileged-userns",
            ),
            ("mount proc:/proc (via /proc/self/fd/6), flags: 0xe: operation not permitted", "proc-masked"),
            // https://github.com/cihlab/fics-cluster-guide/issues/50
            (
                "cannot clone: Invalid argument / user namespaces are not enabled in /proc/sys/user/max_user_namespaces / Error: could not get runtime: cannot re-exec process",
                "max-user-namespaces-zero",
            ),
            // https://github.com/windmill-labs/windmill-helm-charts/blob/main/charts/windmill/README.md
            (
                "Some systems like Bottlerocket AMI have max_user_namespaces=0 which prevents unshare from working",
                "max-user-namespaces-zero",
            ),
            // https://github.com/moby/moby/issues/20193
            ("System error: fork/exec /proc/self/exe: invalid argument.", "rhel7-userns-off"),
            // https://github.com/lucabrunox/nix-user-chroot/issues/10
            ("unshare: unshare failed: Operation not permitted", "unprivileged-userns-clone"),
            // https://github.com/moby/moby/issues/20751
            ("Error starting daemon: Can't create ID mappings: No subuid ranges found for user \"dockremap\"", "docker-subid-missing"),
            ("Error starting daemon: Can't create ID mappings: No subuid ranges found for user \"dockremap\"", "subuid-missing"),
            // https://github.com/moby/moby/issues/38712
            ("Can't create ID mappings: no subuid ranges found for user \"dockremap\"", "docker-subid-missing"),
            ("Can't create ID mappings: no subuid ranges found for user \"dockremap\"", "subuid-missing"),
            // https://github.com/moby/moby/issues/40986
            ("Can't create ID mappings: No subgid ranges found for group \"bar\"", "docker-subid-missing"),
            // https://github.com/containers/bubblewrap/issues/465 (a limit that is reached, not zero)
            ("bwrap: unshare user ns: No space left on device", "max-user-namespaces-exhausted"),
            // https://github.com/lucabrunox/nix-user-chroot/issues/9 (disabled in the kernel)
            ("unshare(): Invalid argument", "userns-not-built"),
        ] {
            first_three(text, &[wanted]);
        }
    }

    /// The lines of unshare(1), with the causes that the reproductions gave.
    #[test]
    fn unshare_lines() {
        for (text, wanted) in [
            (
                "unshare: unshare failed: No space left on device",
                &["max-user-namespaces-zero", "max-user-namespaces-exhausted", "max-user-namespaces-ancestor"][..],
            ),
            ("unshare: unshare failed: Operation not permitted", &["seccomp-unshare"]),
            ("unshare: unshare failed: Function not implemented", &["seccomp-unshare"]),
            ("unshare: unshare failed: Invalid argument", &["userns-not-built", "multithreaded"]),
            (
                "unshare: unshare failed: Permission denied",
                &["selinux-userns-denied", "apparmor-userns-denied", "apparmor-profile-missing"],
            ),
            ("unshare: unshare failed: Too many users", &["userns-depth"]),
            ("unshare: cannot change root filesystem propagation: Invalid argument", &["root-not-mountpoint"]),
            ("unshare: cannot change root filesystem propagation: Operation not permitted", &["seccomp-mount", "landlock"]),
            ("unshare: cannot change root filesystem propagation: Permission denied", &["apparmor-deny-mount"]),
            ("unshare: cannot open /proc/self/uid_map: Permission denied", &["not-dumpable", "landlock"]),
            ("unshare: cannot open /proc/self/uid_map: No such file or directory", &["proc-not-mounted", "proc-other-pidns"]),
            ("unshare: cannot open /proc/self/uid_map: Read-only file system", &["proc-readonly"]),
            ("unshare: write failed /proc/self/uid_map: Operation not permitted", &["apparmor-unprivileged-userns", "setfcap-missing"]),
            ("unshare: mount /proc failed: Operation not permitted", &["proc-masked", "mount-proc-usage"]),
            ("unshare: mount /proc failed: Permission denied", &["apparmor-deny-mount"]),
            ("unshare: mount /proc failed: No such file or directory", &["proc-mountpoint-missing"]),
            ("unshare: mount /proc failed: No space left on device", &["mount-max"]),
            ("unshare: fork failed: Resource temporarily unavailable", &["cgroup-pids-max", "rlimit-nproc", "pid-max"]),
            ("unshare: fork failed: Cannot allocate memory", &["pidns-init-dead"]),
            ("unshare: failed to execute newuidmap: No such file or directory", &["newuidmap-missing"]),
            ("newuidmap: write to uid_map failed: Operation not permitted", &["newuidmap-not-setuid", "newuidmap-no-new-privs"]),
            ("unshare: no line matching user \"repro\" in /etc/subuid: Success", &["subuid-missing"]),
            ("unshare: unrecognized option '--map-auto'", &["flags-not-understood"]),
            ("unshare: failed to execute tini: No such file or directory", &["program-missing"]),
            ("unshare: setuid failed: Invalid argument", &["set-ids-unmapped"]),
            ("unshare: setgroups failed: Operation not permitted", &["setgroups-denied"]),
            ("unshare: cannot change root directory to '/x': No such file or directory", &["target-missing"]),
            // busybox
            ("unshare: unshare(0x30020000): Operation not permitted", &["seccomp-unshare", "unprivileged-userns-clone"]),
            ("unshare: can't mount proc on /proc (flags:0xe): Operation not permitted", &["proc-masked"]),
            // dash(1), in a pid namespace whose process 1 has ended
            ("sh: 1: Cannot fork", &["cgroup-pids-max", "rlimit-nproc", "pidns-init-dead"]),
            // Debian's German, French and Chinese util-linux
            ("unshare: unshare fehlgeschlagen: Auf dem Gerät ist kein Speicherplatz mehr verfügbar", &["max-user-namespaces-zero"]),
            ("unshare: échec du montage de /proc: Opération non permise", &["proc-masked"]),
            ("unshare: 无法更改根文件系统传播: 权限不够", &["apparmor-deny-mount"]),
        ] {
            first_three(text, wanted);
        }
    }

    const PANIC: &str = "thread 'main' panicked at backend/windmill-worker/src/worker.rs:1:1:\n\
        ENABLE_UNSHARE_PID is set but unshare test failed.\nError: {stderr}\nFlags: {flags}\n\nSolutions:\n\
        \u{2022} Check if user namespaces are enabled: 'sysctl kernel.unprivileged_userns_clone'\n\
        \u{2022} Check max user namespaces limit: 'cat /proc/sys/user/max_user_namespaces'\n\
          (Some AMIs like Bottlerocket have max_user_namespaces=0 which disables user namespaces entirely)\n\
        \u{2022} For Docker: Requires 'privileged: true' in docker-compose for --mount-proc flag\n\
        \u{2022} For Kubernetes: Requires 'privileged: true' in securityContext for --mount-proc flag\n\
        \u{2022} Try different flags via UNSHARE_ISOLATION_FLAGS env var (remove --mount-proc if privileged mode not possible)\n\
        \u{2022} Alternative: Use NSJAIL instead\n\
        \u{2022} Disable: Set ENABLE_UNSHARE_PID=false (or disableUnsharePid=true in Helm chart)\n";
    const DEFAULT: &str = "--user --map-root-user --pid --fork --mount-proc";

    fn panic(stderr: &str, flags: &str) -> String {
        PANIC.replace("{stderr}", stderr).replace("{flags}", flags)
    }

    /// The advice under a panic is the same whatever the cause is, so it must not decide.
    #[test]
    fn worker_panics() {
        let text = panic("unshare: mount /proc failed: Operation not permitted", DEFAULT);
        first(&text, "proc-masked");
        assert_eq!((explain(&text).step, explain(&text).errno), (Some(MountProc), Some(EPERM)));
        let text = panic("unshare: unshare failed: Operation not permitted", DEFAULT);
        first(&text, "seccomp-unshare");
        assert!(!ids(&text).contains(&"no-cap-sys-admin"), "--user asks for no capability");
        assert!(!ids(&text).contains(&"max-user-namespaces-zero"), "that gives ENOSPC");
        let text = panic("unshare: unshare failed: Operation not permitted", "--pid --fork --mount-proc");
        first(&text, "no-cap-sys-admin");
        assert!(!ids(&text).contains(&"unprivileged-userns-clone"), "no user namespace is asked for");
        first(&panic("unshare: unshare failed: No space left on device", DEFAULT), "max-user-namespaces-zero");
        // The older wording of the documentation.
        first_three(&panic("unshare: Operation not permitted", DEFAULT), &["seccomp-unshare", "unprivileged-userns-clone"]);
        first(
            &panic("unshare: mount /proc failed: Operation not permitted", "--user --map-root-user --pid --mount-proc"),
            "mount-proc-usage",
        );
        // Killed by a filter, unshare says nothing.
        first(&panic("", DEFAULT), "seccomp-kill");
        // As one line of a JSON log.
        let json =
            format!("{{\"message\":\"{}\"}}", panic("unshare: mount /proc failed: Operation not permitted", DEFAULT).replace('\n', "\\n"));
        first(&json, "proc-masked");
        first(
            "ENABLE_UNSHARE_PID is set but unshare binary not found.\nInstall util-linux package or set ENABLE_UNSHARE_PID=false",
            "unshare-missing",
        );
        first_three(
            "ENABLE_UNSHARE_PID is set but failed to test unshare: Resource temporarily unavailable (os error 11)",
            &["cgroup-pids-max", "rlimit-nproc"],
        );
        let log = "unshare test command failed (exit code: 1). stderr: 'unshare: write failed /proc/self/uid_map: Operation not permitted'. \
            flags: '--user --map-root-user --pid --fork --mount-proc'. Unshare isolation will NOT be available. Common causes: user namespaces \
            disabled (sysctl kernel.unprivileged_userns_clone=0), max_user_namespaces=0, or missing privileges (--mount-proc requires privileged mode).";
        first_three(log, &["apparmor-unprivileged-userns", "setfcap-missing"]);
        first("unshare: mount /proc failed: Permission denied ... Unshare isolation will NOT be available", "apparmor-deny-mount");
        first("nsjail not found at 'nsjail'. Nsjail sandboxing will NOT be available", "nsjail-missing");
        assert!(ids("Solutions:\n\u{2022} Check if user namespaces are enabled: 'sysctl kernel.unprivileged_userns_clone'").is_empty());
    }

    #[test]
    fn other_programs() {
        for (text, wanted) in [
            ("bwrap: Creating new namespace failed: Operation not permitted", &["seccomp-unshare", "unprivileged-userns-clone"][..]),
            ("bwrap: Can't mount proc on /newroot/proc: Operation not permitted", &["proc-masked"]),
            ("bwrap: Failed to make / slave: Permission denied", &["apparmor-deny-mount"]),
            ("bwrap: loopback: Failed RTM_NEWADDR: Operation not permitted", &["apparmor-unprivileged-userns"]),
            ("bwrap: No permissions to create new namespace: Operation not permitted", &["seccomp-unshare"]),
            ("bwrap: Creating new namespace failed: Invalid argument", &["userns-not-built"]),
            (
                "[E][2024-05-02T10:00:00+0000][8] clone(flags=CLONE_NEWNS|CLONE_NEWCGROUP|CLONE_NEWUTS|CLONE_NEWIPC|CLONE_NEWUSER|CLONE_NEWPID|SIGCHLD) failed: Operation not permitted",
                &["seccomp-clone"],
            ),
            (
                "[I][2024-05-02T10:00:00+0000] Uid map: inside_uid:1000 outside_uid:1000 count:1 newuidmap:false\n\
                 [E][2024-05-02T10:00:00+0000][1] mount('/', '/', NULL, MS_REC|MS_PRIVATE, NULL): Permission denied",
                &["apparmor-unprivileged-userns", "apparmor-deny-mount"],
            ),
            ("cannot clone: Operation not permitted\nError: cannot re-exec process", &["unprivileged-userns-clone", "seccomp-clone"]),
            (
                "ERRO[0000] cannot find UID/GID for user me: no subuid ranges found for user \"me\" in /etc/subuid - check rootless mode in man pages.",
                &["subuid-missing"],
            ),
            (
                "Error: command required for rootless mode with multiple IDs: exec: \"newuidmap\": executable file not found in $PATH",
                &["newuidmap-missing"],
            ),
            ("newuidmap: uid range [0-65536) -> [100000-165536) not allowed", &["idmap-not-permitted"]),
            ("newuidmap: Could not set caps", &["newuidmap-not-setuid"]),
            ("Error: crun: mount `proc` to `proc`: Operation not permitted: OCI permission denied", &["proc-masked"]),
            (
                "runc create failed: unable to start container process: error during container init: error mounting \"proc\" to rootfs at \"/proc\": mount src=proc, dst=/proc, dstFd=/proc/thread-self/fd/8, flags=0xe: operation not permitted",
                &["proc-masked"],
            ),
            ("nsexec[1234]: failed to unshare remaining namespaces: No space left on device", &["max-user-namespaces-zero"]),
            ("nsenter: failed to unshare namespaces: Invalid argument", &["userns-not-built", "rhel7-userns-off"]),
            (
                "[rootlesskit:parent] error: failed to start the child: fork/exec /proc/self/exe: operation not permitted",
                &["unprivileged-userns-clone"],
            ),
            (
                "[rootlesskit:parent] error: failed to start the child: fork/exec /proc/self/exe: permission denied",
                &["apparmor-unprivileged-userns"],
            ),
            (
                "[rootlesskit:parent] error: failed to start the child: fork/exec /proc/self/exe: no space left on device",
                &["max-user-namespaces-zero"],
            ),
            (
                "[rootlesskit:parent] error: failed to setup UID/GID map: newuidmap 1234 [0 1000 1 1 100000 65536] failed: newuidmap: write to uid_map failed: Operation not permitted\n: exit status 1",
                &["newuidmap-not-setuid", "newuidmap-no-new-privs"],
            ),
            (
                "[rootlesskit:parent] error: failed to setup UID/GID map: failed to compute uid/gid map: No subuid ranges found for user 1000 (\"me\")",
                &["subuid-missing"],
            ),
            (
                "[rootlesskit:child ] error: failed to share mount point: /: permission denied",
                &["apparmor-unprivileged-userns", "apparmor-deny-mount"],
            ),
            ("Error during unshare(CLONE_NEWUSER): No space left on device", &["max-user-namespaces-zero"]),
            ("Error during unshare(CLONE_NEWUSER): Operation not permitted", &["seccomp-unshare"]),
            ("Error during unshare(CLONE_NEWUSER): Invalid argument", &["userns-not-built"]),
            ("Cannot run proxy, clone failed: Operation not permitted", &["seccomp-clone", "no-cap-sys-admin"]),
            (
                "[1:1:0101/000000.000000:FATAL:zygote_host_impl_linux.cc(127)] No usable sandbox! If you are running on Ubuntu 23.10+ ...",
                &["apparmor-unprivileged-userns"],
            ),
            (
                "Failed to move to new namespace: PID namespaces supported, Network namespace supported, but failed: errno = Operation not permitted",
                &["seccomp-unshare", "unprivileged-userns-clone"],
            ),
            ("ERROR  : Failed to create user namespace: user namespaces disabled", &["max-user-namespaces-zero"]),
            ("ERROR  : Could not write info to setgroups: Permission denied", &["apparmor-unprivileged-userns"]),
            ("error: cloning builder process: Operation not permitted", &["seccomp-unshare"]),
            ("lxc_spawn: 1730 Operation not permitted - Failed to clone a new set of namespaces", &["unprivileged-userns-clone"]),
            ("worker.service: Main process exited, code=killed, status=31/SYS", &["seccomp-kill"]),
            (
                "$ docker run --security-opt apparmor=unconfined app unshare --user true; unshare: unshare failed: Operation not permitted",
                &["seccomp-unshare"],
            ),
            ("Failed to set up namespacing: No space left on device", &["max-user-namespaces-zero"]),
            ("OSError: [Errno 28] No space left on device: os.unshare(os.CLONE_NEWUSER)", &["max-user-namespaces-zero"]),
            (
                "Traceback (most recent call last):\n  os.unshare(os.CLONE_NEWUSER)\nPermissionError: [Errno 1] Operation not permitted",
                &["seccomp-unshare"],
            ),
            ("called `Result::unwrap()` on an `Err` value: unshare failed: EPERM", &["seccomp-unshare"]),
            ("thread 'main' panicked at 'unshare failed: Sys(EPERM)', src/libcore/result.rs:997:5", &["seccomp-unshare"]),
            ("unshare -rm: EPERM", &["seccomp-unshare", "unprivileged-userns-clone"]),
            ("bash: fork: retry: Resource temporarily unavailable", &["rlimit-nproc", "cgroup-pids-max"]),
            ("Error: spawn unshare ENOENT", &["unshare-missing"]),
            ("bash: unshare: command not found", &["unshare-missing"]),
            ("zsh: command not found: unshare", &["unshare-missing", "not-linux"]),
            ("Bad system call (core dumped)", &["seccomp-kill"]),
            ("subprocess.CalledProcessError: unshare returned non-zero exit status -31", &["seccomp-kill"]),
            (
                "bwrap: No permissions to creating new namespace, likely because the kernel does not allow non-privileged user namespaces. On e.g. debian this can be enabled with sysctl kernel.unprivileged_userns_clone=1.",
                &["seccomp-unshare", "unprivileged-userns-clone"],
            ),
            (
                "bwrap: Creating new namespace failed: nesting depth or /proc/sys/user/max_*_namespaces exceeded (ENOSPC)",
                &["max-user-namespaces-zero"],
            ),
            (
                "bwrap: Creating new namespace failed, likely because the kernel does not support user namespaces.  bwrap must be installed setuid on such systems.",
                &["userns-not-built"],
            ),
            ("bwrap: pivot_root: Operation not permitted", &["seccomp-mount", "landlock"]),
            (
                "panic: fork/exec /usr/bin/job: operation not permitted",
                &["seccomp-unshare", "no-cap-sys-admin", "unprivileged-userns-clone"],
            ),
            ("fork/exec /bin/sh: resource temporarily unavailable", &["cgroup-pids-max", "rlimit-nproc"]),
            ("time=\"...\" level=fatal msg=\"clone: operation not permitted\"", &["seccomp-clone"]),
            ("worker.service: Failed to set up user namespacing: Operation not permitted", &["seccomp-unshare"]),
            (
                "error: this system does not support the kernel namespaces that are required for sandboxing; use '--no-sandbox'",
                &["userns-not-built", "seccomp-unshare"],
            ),
            ("ENABLE_UNSHARE_PID is set but failed to test unshare: Permission denied (os error 13)", &["unshare-missing"]),
            ("kernel.unprivileged_userns_clone = 0", &["unprivileged-userns-clone"]),
            ("unshare exited with exit code 159", &["seccomp-kill"]),
        ] {
            first_three(text, wanted);
        }
    }

    #[test]
    fn kernel_logs() {
        for (text, wanted) in [
            (
                "audit: type=1400 audit(1.2:3): apparmor=\"DENIED\" operation=\"userns_create\" class=\"namespace\" info=\"User namespace creation restricted\" error=-13 profile=\"unconfined\" pid=1 comm=\"steam\" requested=\"userns_create\" denied=\"userns_create\"",
                "apparmor-profile-missing",
            ),
            (
                "apparmor=\"AUDIT\" operation=\"userns_create\" class=\"namespace\" info=\"Userns create - transitioning profile\" profile=\"unconfined\" pid=1 comm=\"nsjail\" requested=\"userns_create\" target=\"unprivileged_userns\"",
                "apparmor-unprivileged-userns",
            ),
            (
                "apparmor=\"DENIED\" operation=\"capable\" class=\"cap\" profile=\"unprivileged_userns\" pid=1 comm=\"unshare\" capability=21  capname=\"sys_admin\"",
                "apparmor-unprivileged-userns",
            ),
            (
                "apparmor=\"DENIED\" operation=\"userns_create\" class=\"namespace\" profile=\"my-profile\" pid=1 comm=\"unshare\" requested=\"userns_create\" denied=\"userns_create\"",
                "apparmor-userns-denied",
            ),
            (
                "apparmor=\"DENIED\" operation=\"mount\" info=\"failed flags match\" error=-13 profile=\"docker-default\" name=\"/\" pid=1 comm=\"unshare\" flags=\"rw, rprivate\"",
                "apparmor-deny-mount",
            ),
            (
                "type=AVC msg=audit(1.2:3): avc:  denied  { create } for  pid=1 comm=\"unshare\" scontext=system_u:system_r:container_t:s0 tcontext=system_u:system_r:container_t:s0 tclass=user_namespace permissive=0",
                "selinux-userns-denied",
            ),
            (
                "type=AVC msg=audit(1.2:3): avc:  denied  { mount } for  pid=1 comm=\"unshare\" name=\"/\" dev=\"proc\" scontext=system_u:system_r:container_t:s0 tcontext=system_u:object_r:proc_t:s0 tclass=filesystem permissive=0",
                "selinux-mount-denied",
            ),
            (
                "audit: type=1326 audit(1.2:3): auid=1 uid=1 comm=\"unshare\" sig=31 arch=c000003e syscall=272 compat=0 ip=0x7f code=0x80000000",
                "seccomp-kill",
            ),
            (
                "audit: type=1326 audit(1.2:3): auid=1 uid=1 comm=\"unshare\" sig=0 arch=c000003e syscall=272 compat=0 ip=0x7f code=0x50000",
                "seccomp-unshare",
            ),
            (
                "audit: type=1326 audit(1.2:3): auid=1 uid=1 comm=\"nsjail\" sig=0 arch=c00000b7 syscall=220 compat=0 ip=0x7f code=0x50000",
                "seccomp-clone",
            ),
            ("kernel: VFS: Mount too revealing", "proc-masked"),
            ("cgroup: fork rejected by pids controller in /docker/0123", "cgroup-pids-max"),
        ] {
            first(text, wanted);
        }
        assert!(ids("avc:  denied  { create } for  comm=\"unshare\" tclass=user_namespace permissive=1").is_empty(), "it was let through");
    }

    #[test]
    fn traces() {
        let trace = "openat(AT_FDCWD, \"/etc/ld.so.preload\", O_RDONLY) = -1 ENOENT (No such file or directory)\n\
            openat(AT_FDCWD, \"/proc/sys/kernel/unprivileged_userns_clone\", O_RDONLY) = -1 ENOENT (No such file or directory)\n";
        first_three(
            &format!("{trace}unshare(CLONE_NEWNS|CLONE_NEWUSER|CLONE_NEWPID) = -1 EPERM (Operation not permitted)"),
            &["seccomp-unshare"],
        );
        first(
            &format!("{trace}[pid  12] mount(\"none\", \"/\", NULL, MS_REC|MS_PRIVATE, NULL) = -1 EACCES (Permission denied)"),
            "apparmor-deny-mount",
        );
        first(
            &format!(
                "{trace}mount(\"proc\", \"/proc\", \"proc\", MS_NOSUID|MS_NODEV|MS_NOEXEC, NULL) = -1 EPERM (Operation not permitted)"
            ),
            "proc-masked",
        );
        first_three(
            &format!("{trace}write(3, \"0 1000 1\", 8) = -1 EPERM (Operation not permitted)"),
            &["apparmor-unprivileged-userns", "setfcap-missing"],
        );
        first("unshare(CLONE_NEWNS|CLONE_NEWPID) = -1 EPERM (Operation not permitted)", "no-cap-sys-admin");
        first_three(
            "clone(child_stack=NULL, flags=CLONE_NEWNS|CLONE_NEWCGROUP|CLONE_NEWUTS|CLONE_NEWIPC|CLONE_NEWUSER|CLONE_NEWPID|CLONE_NEWNET|SIGCHLD) = -1 ENOSPC (No space left on device)",
            &["max-user-namespaces-zero", "max-user-namespaces-exhausted"],
        );
        first("+++ killed by SIGSYS (core dumped) +++", "seccomp-kill");
        assert!(ids(trace).is_empty(), "files that are not there are the rule");
        assert!(ids("clone3({flags=CLONE_NEWUSER}, 88) = -1 ENOSYS (Function not implemented)").is_empty(), "programs fall back to clone");
    }

    #[test]
    fn docker_daemons() {
        for (text, wanted) in [
            ("Cannot parse subuid/gid information: Format not correct for /etc/subuid file", "docker-subid-malformed"),
            (
                "containerd-snapshotter is explicitly enabled, but is not compatible with userns remapping. Please disable userns remapping or containerd-snapshotter",
                "docker-remap-containerd-store",
            ),
            ("User namespaces: root cannot be remapped with itself; user namespaces are OFF", "docker-remap-root"),
            ("Can't create ID mappings: no subgid ranges found for user \"dockremap\"", "docker-subid-missing"),
            ("Error during uid lookup for \"nosuch\": no matching entries in passwd file", "docker-remap-user-missing"),
            ("Uid 4242 has no entry in /etc/passwd and cannot be used", "docker-remap-user-missing"),
            ("Invalid user/group specification in --userns-remap: \"a:b:c\"", "docker-config-malformed"),
            (
                "unable to configure the Docker daemon with file /etc/docker/daemon.json: invalid character '}' looking for beginning of object key string",
                "docker-config-malformed",
            ),
            (
                "docker: Error response from daemon: privileged mode is incompatible with user namespaces.  You must run the container in the host namespace when running privileged mode.",
                "docker-remap-privileged-clash",
            ),
            (
                "Error response from daemon: cannot share the host PID namespace when user namespaces are enabled",
                "docker-remap-privileged-clash",
            ),
            ("failed to register layer: Container ID 65534 cannot be mapped to a host ID", "docker-subid-too-few"),
            ("cannot set uid to unmapped user in user namespace", "docker-subid-too-few"),
        ] {
            first(text, wanted);
        }
    }

    #[test]
    fn other_matters_have_no_cause() {
        for text in [
            "",
            "hello",
            "Permission denied (publickey).",
            "cp: cannot create regular file '/x': Permission denied",
            "write /var/lib/docker/tmp/x: no space left on device",
            "curl: (7) Failed to connect to localhost port 80: Connection refused",
            "unshare: sigprocmask unblock failed: Invalid argument",
            "Error from server (NotFound): namespaces \"windmill\" not found",
            "pods \"x\" is forbidden: violates PodSecurity \"baseline:latest\": privileged",
            "sysctl: cannot stat /proc/sys/kernel/unprivileged_userns_clone: No such file or directory",
            "fork/exec /usr/bin/job: permission denied",
            "bwrap: Can't find source path /x: No such file or directory",
            "no space left on device",
            "EPERM",
        ] {
            assert_eq!(ids(text), Vec::<&str>::new(), "{text}");
        }
    }

    /// What comes back is made of this file's words alone.
    #[test]
    fn nothing_of_the_input_comes_back() {
        let text = "\x1b[31munshare: \x07unshare failed: Operation not permitted\x1b[0m \u{202e}evil\u{9b}31m\0";
        let explained = explain(text);
        assert_eq!((explained.step, explained.errno), (Some(Step::Unshare), Some(EPERM)));
        let said = serde_json::to_string(&explained).unwrap();
        assert!(!said.contains("evil") && !said.chars().any(|c| c.is_control() || c == '\u{202e}'), "{said}");
    }

    #[test]
    fn any_text_is_read() {
        for text in [
            "\\",
            "\x1b",
            "\x1b[",
            "= -1 ",
            "(",
            "unshare(clone_",
            "flags: -",
            "os error",
            "\u{130}unshare -r: EPERM",
            "apparmor=",
            "avc: denied tclass=",
            "type=1326",
        ] {
            let _ = explain(text);
            let _ = explain(&text.repeat(50));
        }
    }

    /// Twice the text, about twice the time; a quadratic reader would take minutes here.
    #[test]
    fn long_texts_are_read_in_linear_time() {
        let start = std::time::Instant::now();
        let _ = explain(&"unshare(".repeat(60_000));
        let _ = explain(&"unshare: unshare failed: x\n".repeat(20_000));
        assert!(start.elapsed() < std::time::Duration::from_secs(60));
    }

    #[test]
    fn ids_are_unique_and_their_rules_exist() {
        for (at, known) in KNOWN.iter().enumerate() {
            assert!(KNOWN[..at].iter().all(|before| before.id != known.id), "{} is there twice", known.id);
            assert!(rules::find(known.id).is_some(), "no rule {}", known.id);
        }
    }

    /// Every rule can be an answer, but those on the state of a daemon, of which no error text tells.
    #[test]
    fn every_rule_is_known() {
        let states = ["docker-not-installed", "docker-remap-not-configured", "docker-remap-pending-restart", "docker-remap-unverified"];
        for rule in rules::RULES.iter().filter(|rule| !states.contains(&rule.id)) {
            assert!(KNOWN.iter().any(|known| known.id == rule.id), "{}", rule.id);
        }
    }
}
