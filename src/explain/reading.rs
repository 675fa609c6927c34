//! What a pasted text says: the step that was refused, the errno, and the circumstances that tell
//! causes apart.

use super::calls::{self, Call, FailedCall};
use super::circumstances;
use super::kernel_log::{LogEntry, log_entry};
use super::pasted::{clean, is_of_compose, parted, uncut, unwrap};
use super::ranking;
use super::strace::{SystemCall, system_call};
use crate::errno::Errno::{
    self, EACCES, EAGAIN, EINVAL, ENOENT, ENOMEM, ENOSPC, ENOSYS, EPERM, EROFS, ESRCH, EUSERS,
};
use crate::parse::message;
use crate::plan::Step::{self, Fork};
use crate::rules::Rule;
use crate::rules::texts::{Flags, Pasted, Sign, Teller};
use crate::rules::told::setns_refused::joins;

/// What a text says, and the rules that a kernel's log in it names.
#[derive(Default)]
pub(super) struct Reading {
    pub said: Pasted,
    pub named: Vec<&'static Rule>,
}

impl Reading {
    /// Reads a text.
    pub(super) fn of(text: &str) -> Self {
        let places: &[Sign] = if is_of_compose(text) { &[Sign::Docker] } else { &[] };
        let text = clean(text);
        if let Some(parted) = parted(&text) {
            let whole = Self::of_lines(&text, places);
            let parted = Self::of_lines(&parted, places);
            return if ranking::clearer(&whole, &parted) { whole } else { parted };
        }
        let mut reading = Self::of_lines(&text, places);
        // What a message says more where its lines are put together is what it said.
        let uncut = uncut(&text);
        let sure = uncut.as_ref().is_some_and(|uncut| uncut.sure);
        let unwrapped = unwrap(&text).map(|text| (text, false));
        for (whole, sure) in unwrapped.into_iter().chain(uncut.map(|uncut| (uncut.text, sure))) {
            let whole = Self::of_lines(&whole, places);
            if sure || ranking::clearer(&whole, &reading) {
                reading = whole;
            }
        }
        reading
    }

    /// Reads lines that were printed in places of these kinds.
    fn of_lines(text: &str, places: &[Sign]) -> Self {
        let mut reading = Self::default();
        reading.said.signs.extend(places);
        let mut lines = Before::default();
        for line in text.lines() {
            let line = line.trim();
            if let Some(line) = lines.essential(line) {
                reading.line(&spelled(line), &mut lines);
            }
        }
        let said = &mut reading.said;
        said.step = said.step.or(lines.first_step);
        // Programs try many a call; of a trace it is the one that is left.
        if let (None, None, Some((named, line))) = (said.step, said.call, lines.traced.take()) {
            (said.step, said.errno) = (named.step, named.errno);
            said.call = named.errno.filter(|_| named.step.is_none()).map(|e| (named.call.name, e));
            keep(said, &line);
        }
        said.by = said.by.or_else(|| Teller::of(&said.text));
        // These make no user namespace, unless they say so.
        if matches!(said.by, Some(Teller::Firejail | Teller::Isolate)) {
            let user = said.has("mount a new user namespace");
            said.flags = Some(Flags { user, pid: true, fork: true, ..Flags::default() });
        }
        circumstances::read(said);
        if said.step.is_none() {
            // What only somebody says who starts a container.
            let option = ["--cap-add", "cap_add", "--device"].iter().any(|word| said.has(word));
            let inside = option || said.in_container() || said.is(Sign::Lxc) || said.by.is_some();
            let refused = said.text.lines().find_map(|line| mount_refused(line, inside));
            // There it is a profile that denies it, whatever mount(8) makes of that.
            let denied = said.is(Sign::Lxc) && said.has("permission denied");
            let refused = refused.map(|errno| if denied { EACCES } else { errno });
            let refused = refused.map(|errno| (Step::Propagation, errno));
            let refused = refused.or_else(|| bare(&said.text)).or_else(|| sandbox_there(said));
            if let Some((step, errno)) = refused {
                (said.step, said.errno) = (Some(step), Some(errno));
            }
        }
        if lines.recent {
            said.year = said.year.max(Some(2024));
        }
        reading
    }

    fn line(&mut self, line: &str, lines: &mut Before) {
        let lower = line.to_lowercase();
        if let Some(entry) = log_entry(&lower) {
            return self.log_entry(entry, &lower);
        }
        let said = &mut self.said;
        if is_chatter(&lower) {
            return;
        }
        // util-linux before 2.40 says so when its child was killed; the error answers no call.
        if lower.contains("sigprocmask") {
            return keep(said, &lower);
        }
        if lower.contains("mountsinglepoint(") && !lower.contains("procfs mount may fail") {
            lines.unmounted = errno(line, &lower);
            return keep(said, &lower);
        }
        lines.map = map_opened(&lower).or(lines.map);
        let named = calls::named(&lower);
        let step = match system_call(&lower) {
            SystemCall::None if helper_is_mute(&lower) => Some(Step::SubidLookup),
            SystemCall::None => message::step_in(&lower)
                .or_else(|| message::operation_in(&lower))
                .or_else(|| generic_step(line, &lower))
                .or_else(|| named.as_ref()?.step),
            // What is written to is the file that was opened.
            SystemCall::Refused(Step::UidMap) => lines.map.or(Some(Step::UidMap)),
            SystemCall::Refused(step) => Some(step),
            SystemCall::Told => return keep(said, &lower),
            SystemCall::Other => {
                return lines.traced = lines.traced.take().or(named.map(|named| (named, lower)));
            }
        };
        lines.call(said, &lower, named.filter(|_| step.is_none()));
        let step = step.filter(|_| !(lines.unplaced && is_consequence(&lower)));
        let step = step.filter(|_| !is_of_no_step(&lower));
        keep(said, &lower);
        said.killed |= is_killed(&lower)
            || (lines.tested && lower.trim() == "error:")
            || lower.contains("stderr: ''");
        lines.tested |= lower.contains("unshare test failed");
        if let Some(flags) = flags_in(line) {
            // Of the command that was refused: the last one before the refusal.
            if said.step.is_none() {
                said.flags = Some(flags);
            }
            said.flags.get_or_insert(flags);
        }
        if said.step.is_some() && said.errno.is_some() && !lines.guessed {
            return;
        }
        let spoken = message::errno_in(line).is_some();
        if lines.guessed && !spoken {
            return;
        }
        let mandatory = lower.contains("mandatory point");
        let errno = errno(line, &lower).or(lines.unmounted.filter(|_| mandatory));
        match (step.or(lines.lone_step), errno) {
            (Some(step), Some(errno)) => {
                // clone(2) makes the process, too.
                let forks = step == Step::Unshare && matches!(errno, EAGAIN | ENOMEM);
                let step = if forks { Fork } else { step };
                (said.step, said.errno) = (Some(step), Some(errno));
                lines.guessed = !spoken && errno == ENOSPC;
                said.by = Teller::of(&lower);
                said.clone = lower.contains("clone") && !lower.contains("unshare");
            }
            // A traceback names the call first and the error later.
            (Some(step), None) => {
                lines.lone_step = Some(step);
                lines.first_step.get_or_insert(step);
            }
            (None, Some(_)) => lines.unplaced |= is_of_something_else(&lower),
            (None, None) => {}
        }
    }

    /// What the kernel's log names.
    fn log_entry(&mut self, entry: Option<LogEntry>, lower: &str) {
        let Some(entry) = entry else { return };
        let said = &mut self.said;
        // A log repeats itself.
        self.named.extend(entry.rule.filter(|rule| !self.named.contains(rule)));
        let open = said.step.is_none() || said.errno.is_none();
        if open && (entry.rule.is_some() || entry.step.is_some()) {
            (said.step, said.errno) = (entry.step, entry.errno);
        }
        keep(said, lower);
    }
}

/// What the lines before say of the next.
#[derive(Default)]
struct Before {
    /// The last step that stands without an error, and the first.
    lone_step: Option<Step>,
    first_step: Option<Step>,
    /// An error that no step is known of.
    unplaced: bool,
    /// The map that a traced program opened last.
    map: Option<Step>,
    /// Within a list of advice.
    advice: bool,
    /// After the words with which a test of unshare reports its failure.
    tested: bool,
    /// The error was not said, but stands behind words that prose has too (`disabled`); one that
    /// is said counts more.
    guessed: bool,
    /// What nsjail could not mount, which it goes on without unless it has to have it.
    unmounted: Option<Errno>,
    /// A program of 2024 or later speaks.
    recent: bool,
    /// A call that failed, whose error was not said yet.
    failed: Option<&'static Call>,
    /// The first call of no step that a trace shows refused, and its line.
    traced: Option<(FailedCall, String)>,
}

/// A line with the text of the error that it gives by its name alone, or in another language, as
/// the rules' marks have it.
fn spelled(line: String) -> String {
    if line.is_empty() {
        return line;
    }
    let line = message::in_english(&line).unwrap_or(line);
    let Some(errno) = message::errno_in(&line).filter(|errno| line.contains(errno.name())) else {
        return line;
    };
    let (name, text) = (errno.name(), errno.text());
    if line.to_lowercase().contains(&text.to_lowercase()) {
        return line;
    }
    let end = [')', ']', '}', '.', ',', '\'', '"'];
    match line.trim_end_matches(end).strip_suffix(name) {
        Some(before) if before.ends_with(": ") => format!("{before}{text} ({name})"),
        _ => format!("{line}: {text}"),
    }
}

/// The map that a traced call opens.
fn map_opened(lower: &str) -> Option<Step> {
    let of = [("/uid_map\"", Step::UidMap), ("/gid_map\"", Step::GidMap)];
    of.iter()
        .find(|(file, _)| lower.contains("open") && lower.contains(file))
        .map(|(_, step)| *step)
}

/// Whether a line with an error tells of what the lines behind it are a consequence of: systemd
/// does of `DynamicUser=`, before it says at which step.
fn is_of_something_else(lower: &str) -> bool {
    lower.starts_with("error ") || lower.contains("dynamic user credentials")
}

/// What is said of a process by another one that waits for it; why it ended stands before.
fn is_consequence(lower: &str) -> bool {
    const WORDS: &[&str] = &["sync with peer", "communication with the parent", "at step user "];
    WORDS.iter().any(|word| lower.contains(word))
}

/// Whether a line has the words of a step and is about something else.
fn is_of_no_step(lower: &str) -> bool {
    // No step is refused with ESRCH: it is what kill(1) says, and systemd of `User=`.
    // What npm may not give away is a file of the host, mostly; in a container it is told as such.
    let of_node = lower.contains("eperm: operation not permitted, ");
    // Docker's, that keeps a namespace by mounting its file elsewhere.
    let kept = lower.contains("bind-mount /proc/") && lower.contains("/ns/");
    // Kubernetes has namespaces of another kind.
    let served = lower.contains("error from server") || lower.contains("namespaces is forbidden");
    let other = of_node || kept || served;
    is_command_line(lower) || lower.contains("no such process") || joins(lower) || other
}

/// Whether newuidmap(1) failed without a word, as where it cannot open /etc/subuid.
fn helper_is_mute(lower: &str) -> bool {
    (lower.contains("newuidmap ") || lower.contains("newgidmap "))
        && (lower.trim_end().ends_with("`:") || lower.contains("failed: : exit status"))
}

/// The error of a line.
fn errno(line: &str, lower: &str) -> Option<Errno> {
    // mount(8) says `permission denied` of EPERM alone (measured with util-linux 2.38); of EACCES,
    // `cannot mount proc read-only`.
    let said = match message::errno_in(line) {
        Some(EACCES) if is_of_mount(lower) => Some(EPERM),
        said => said,
    };
    // No step says ESRCH, but kill(1) does.
    said.or_else(|| message::implied(lower)).filter(|errno| *errno != ESRCH)
}

/// Whether mount(8) says a line, which a log may begin with a time or a process.
fn is_of_mount(lower: &str) -> bool {
    let Some((before, _)) = lower.split_once("mount: ") else { return false };
    let before = before.trim_end();
    let time = before.strip_suffix('z').unwrap_or(before);
    let marks = |c: char| c.is_ascii_digit() || matches!(c, ']' | '|' | '>');
    before.is_empty() || time.ends_with(marks) || before.ends_with("]:")
}

/// The error of a mount of anything, as mount(8) and FUSE tell it, or inside a container any other
/// program. util-linux says `permission denied` of EPERM, and of EACCES that not even reading is
/// possible.
fn mount_refused(lower: &str, inside: bool) -> Option<Errno> {
    // busybox says so, which is in a container, mostly; and these hold for nobody but containers.
    let kernel = ["mount: /proc/", "mount: /sys", "mount: /dev"];
    if lower.contains("mount: permission denied (are you root?)")
        || kernel.iter().any(|place| lower.contains(place)) && lower.contains("permission denied")
    {
        return Some(EPERM);
    }
    if !inside || lower.contains("umount: ") {
        return None;
    }
    // runc's and runsc's, of the directory that they could not make to mount on.
    let place = ["mountpoint for ", "find mount destination"].iter().any(|w| lower.contains(w));
    if place || is_of_file(lower) || lower.contains("/ns/") {
        return None;
    }
    let by_program = said_by("mount: ", lower).or_else(|| said_by("fuse: ", lower));
    let errno = match by_program {
        Some(said) if said.contains("cannot mount") && said.contains("read-only") => EACCES,
        Some(said) if said.contains("failed: ") || said.contains("->") => message::errno_in(said)?,
        Some(said) => {
            let denied = ["permission denied", "operation not permitted", "must be superuser"];
            return denied.iter().any(|word| said.contains(word)).then_some(EPERM);
        }
        None => {
            let tried = [
                "failed to mount", "mount failed", "mount error(", "mount.nfs: ", "mounting ",
                "mount(", "cannot mount", "could not mount", "unable to mount", "bind mount ",
                "bind-mount ", " remount ",
            ];
            tried.iter().find(|word| lower.contains(**word))?;
            message::errno_in(lower)?
        }
    };
    matches!(errno, EPERM | EACCES).then_some(errno)
}

/// Whether the innermost cause that a line tells is that of a file: runc's `caused: mkdir /x: ...`.
fn is_of_file(lower: &str) -> bool {
    const CALLS: &[&str] =
        &["mkdir ", "mkdirat ", "open ", "openat ", "stat ", "lstat ", "readlink ", "chmod "];
    let Some((_, cause)) = lower.rsplit_once("caused") else { return false };
    let cause = cause.trim_start_matches([':', ' ', '"', '\\']);
    CALLS.iter().any(|call| cause.starts_with(call))
}

/// What a program says in a line, behind its name; not what is said of a unit, `tmp.mount: `.
fn said_by<'a>(name: &str, lower: &'a str) -> Option<&'a str> {
    let inner = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    let (at, _) = lower
        .match_indices(name)
        .find(|(at, _)| lower.get(..*at).is_some_and(|before| !before.ends_with(inner)))?;
    lower.get(at + name.len()..)
}

/// What a text of an error alone says, as Nix and Codex print it: `error: Invalid argument`. They
/// isolate first, and that is the one call that they do not name. A full disk says ENOSPC so.
fn bare(text: &str) -> Option<(Step, Errno)> {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let (line, rest) = (lines.next()?, lines.next());
    let said = line.strip_prefix("error: ")?.trim_end_matches('.');
    let said = said.split(" (os error").next()?;
    let whole = |errno: &Errno| errno.text().eq_ignore_ascii_case(said);
    let errno = [EPERM, EINVAL, ENOSYS, EUSERS].into_iter().find(whole)?;
    rest.is_none().then_some((Step::Unshare, errno))
}

/// The error of a sandbox that names no call; on Ubuntu since 23.10 it is the namespaces.
fn sandbox_there(said: &Pasted) -> Option<(Step, Errno)> {
    let mut refused =
        said.text.lines().filter(|line| line.contains("sandbox")).filter_map(message::errno_in);
    match refused.find(|errno| matches!(errno, EPERM | EACCES | ENOSYS))? {
        // What it restricts itself with is younger than namespaces, and lacks in more places.
        ENOSYS => Some((Step::Restrict, ENOSYS)),
        errno => said.is(Sign::UbuntuRestricting).then_some((Step::Unshare, errno)),
    }
}

/// Whether a line is a command that somebody typed: what it names was asked for, not refused.
fn is_command_line(lower: &str) -> bool {
    const TYPED: &[&str] = &["podman ", "docker ", "sudo ", "cat ", "kubectl ", "buildah ", "ls "];
    let typed = match lower.split_once(['$', '#', '%', '>']) {
        Some((_, behind)) if behind.starts_with(' ') => behind.trim_start(),
        _ => lower,
    };
    TYPED.iter().any(|word| typed.starts_with(word)) && message::errno_in(lower).is_none()
}

fn keep(said: &mut Pasted, lower: &str) {
    said.text.push_line(lower);
}

/// What programs advise whatever the cause is: how it begins, and how it ends; no end: with the
/// line.
const ADVICE: &[(&str, &str)] = &[
    ("common causes:", ""),
    // Java's, of a thread.
    (": possibly out of memory or process/resource limits reached", ""),
    ("on e.g. debian this can be enabled", ""),
    ("see <https://deb.li", ""),
    (", likely because the kernel does not allow", ""),
    (": oci permission denied", ""),
    // docker:dind's.
    ("apparmor detection and ", ""),
    ("if you are running on ubuntu 23.10+", ""),
    ("you probably need root privileges if your system", " sysctl"),
    ("(config_user_ns=y)", ""),
    ("; your kernel was likely built without config_user_ns=y", ""),
    ("check whether /proc/sys/user/max_user_namespaces is set too low", ""),
    ("(try increasing the number of subordinate ids", "/etc/subgid)"),
];

/// Whether a line is of 2024 or later, when Chromium learned of Ubuntu's restriction.
fn is_of_these_years(lower: &str) -> bool {
    const SINCE: &[&str] = &[
        "if you are running on ubuntu 23.10+",
        // Where in the source it stands since.
        "setuid_sandbox_host.cc(163)]",
        "setuid_sandbox_host.cc:163]",
    ];
    SINCE.iter().any(|word| lower.contains(word))
}

impl Before {
    /// Notes the call that a line names; its error may stand alone on a line below.
    fn call(&mut self, said: &mut Pasted, lower: &str, named: Option<FailedCall>) {
        let known = said.call.is_some() || (said.step.is_some() && said.errno.is_some());
        let refused = match &named {
            Some(FailedCall { call, errno: Some(errno), .. }) => Some((call.name, *errno)),
            Some(_) => None,
            None => self.failed.and_then(|call| Some((call.name, message::error_behind(lower)?))),
        };
        said.call = said.call.or(refused.filter(|_| !known));
        if let Some(FailedCall { call, errno: None, .. }) = named {
            self.failed = Some(call);
        }
    }

    /// A line without the advice that programs print whatever the cause is; `None`: nothing else is
    /// in it.
    fn essential(&mut self, line: &str) -> Option<String> {
        let mut lower = line.to_lowercase();
        if lower.ends_with("solutions:") {
            self.advice = true;
            return None;
        }
        if self.advice {
            if line.is_empty()
                || line.contains('\u{2022}')
                || line.starts_with(['-', '*', '(', '?'])
            {
                return None;
            }
            self.advice = false;
        }
        self.recent |= is_of_these_years(&lower);
        let mut kept = line.to_owned();
        for (start, end) in ADVICE {
            // Lower case can be longer than the text itself, so a cut is made only where both
            // agree.
            if !lower.contains(start) || lower.len() != kept.len() {
                continue;
            }
            let Some(at) = lower.find(start) else { continue };
            let rest = kept.get(at..).unwrap_or_default();
            let until = lower.get(at..).unwrap_or_default().find(end).filter(|_| !end.is_empty());
            let until = until.map_or(rest.len(), |until| until + end.len());
            let after = rest.get(until..).unwrap_or_default();
            kept = format!("{}{after}", kept.get(..at).unwrap_or_default());
            lower = kept.to_lowercase();
        }
        Some(kept)
    }
}

/// What nsjail tells of its settings, which are no errors.
fn is_chatter(lower: &str) -> bool {
    lower.contains("inside_uid:")
        || lower.contains("inside_gid:")
        || lower.contains("jail parameters")
        // What systemd goes on without in every container.
        || lower.contains("failed to reset devices.")
        // What conmon logs for its developers.
        || lower.contains("[conmon:d]")
        || lower.contains("[i][")
}

/// Whether a line says that the process was killed by SIGSYS: the signal, its text, 128 + 31 as
/// exit status, or -31 as Python gives it.
fn is_killed(lower: &str) -> bool {
    if [
        "sigsys", "bad system call", "signal 31", "signal: 31", "status=31/sys", "signal=sys",
        "falscher systemaufruf", "appel système erroné",
    ]
    .iter()
    .any(|word| lower.contains(word))
    {
        return true;
    }
    let about_exit = ["exit", "status", "code", "rc="].iter().any(|word| lower.contains(word));
    about_exit
        && lower
            .split(|c: char| !c.is_ascii_alphanumeric() && c != '-')
            .any(|word| matches!(word, "159" | "-31"))
}

/// A line about namespaces that names no step: the making of them, most likely.
fn generic_step(line: &str, lower: &str) -> Option<Step> {
    const ABOUT: &[&str] = &[
        "unshare", "user namespace", "pid namespace", "mount namespace", "new namespaces",
        "namespaces:", "clone_new", "userns", "linux namespace", "new network namespace",
        "ipc namespace", "uts namespace", "cgroup namespace", "up namespaces", "sandbox namespace",
    ];
    let errno = message::errno_in(line)?;
    if errno == ENOSPC
        && ["mounting \"", "failed to mount "].iter().any(|word| lower.contains(word))
    {
        return Some(Step::Propagation);
    }
    let starts = ["spawn", "fork", "thread"].iter().any(|word| lower.contains(word));
    if errno == EAGAIN && starts {
        return Some(Fork);
    }
    if errno == EPERM && starts_thread(lower) {
        return Some(Fork);
    }
    // Of a filter that the kernel does not take: the call, or one of its flags.
    let fails =
        ["fail", "error", "cannot", "could not", "unable"].iter().any(|w| lower.contains(w));
    let filter = lower.contains("seccomp") && lower.contains("filter") && !lower.contains("rule");
    if filter && fails && matches!(errno, EINVAL | ENOSYS) {
        return Some(Step::Restrict);
    }
    let go = lower.contains("fork/exec ");
    if !go && !ABOUT.iter().any(|word| lower.contains(word)) {
        return None;
    }
    match errno {
        // The maps of the child, which Go writes from outside.
        EROFS if go => Some(Step::UidMap),
        EAGAIN | ENOMEM => Some(Fork),
        EPERM | EINVAL | ENOSPC | ENOSYS | EUSERS => Some(Step::Unshare),
        // The program itself could not be started.
        EACCES | ENOENT if lower.contains("failed to test unshare") => Some(Step::FindBinary),
        EACCES if !go => Some(Step::Unshare),
        _ => None,
    }
}

/// Whether a line tells of a thread that is started; not what Rust's `thread 'main'` did.
fn starts_thread(lower: &str) -> bool {
    const STARTS: &[&str] = &["creat", "start", "spawn", "launch", "new "];
    let Some((before, behind)) = lower.split_once("thread") else { return false };
    STARTS.iter().any(|word| before.contains(word))
        || ["creation", "start"].iter().any(|word| {
            behind.trim_start_matches([' ', '_', ':', '(', ')', 's']).starts_with(word)
                || behind.trim_start_matches("::").starts_with(word)
        })
}

/// What a line says was asked for: the CLONE_NEW* bits of a call, a command line, or the worker's
/// `Flags: ...`.
fn flags_in(line: &str) -> Option<Flags> {
    let lower = line.to_lowercase();
    if lower.contains("clone_new") {
        return Some(Flags {
            user: lower.contains("clone_newuser"),
            pid: lower.contains("clone_newpid"),
            ipc: lower.contains("clone_newipc"),
            fork: true,
            mount_proc: true,
        });
    }
    if let Some(bits) = bits_in(&lower) {
        // linux/sched.h
        let set = |bit: u64| bits & bit != 0;
        return Some(Flags {
            user: set(0x1000_0000),
            pid: set(0x2000_0000),
            ipc: set(0x0800_0000),
            fork: true,
            mount_proc: false,
        });
    }
    let command = ["flags: '", "flags: ", "unshare ", "bwrap "].iter().find_map(|before| {
        let at = lower.find(before)? + before.len();
        // The same place in the text itself, where lower case did not move it.
        line.get(at..).filter(|rest| lower.len() == line.len() && rest.starts_with('-'))
    })?;
    let mut flags = Flags::default();
    for word in command.split_whitespace() {
        let word = word.trim_matches(['\'', '"', ':', ',', ';', '.', '`', ')']);
        match word.strip_prefix("--") {
            Some("") => break,
            Some(name) => long_flag(&mut flags, name.split('=').next().unwrap_or(name)),
            None => match word.strip_prefix('-') {
                Some(letters) => {
                    flags.user |= letters.contains(['U', 'r', 'c']);
                    flags.pid |= letters.contains('p');
                    flags.ipc |= letters.contains('i');
                    flags.fork |= letters.contains('f');
                }
                None if lower.contains("bwrap ") => {}
                None => break,
            },
        }
    }
    Some(flags)
}

/// The bits of `clone(0x6c020000)`, LXC's `clone (0x20000011)` and `unshare(0x30020000)`, where
/// they ask for namespaces.
fn bits_in(lower: &str) -> Option<u64> {
    let calls = ["clone(0x", "clone (0x", "unshare(0x"];
    let (_, rest) = calls.iter().find_map(|call| lower.split_once(call))?;
    let digits = rest.split(|c: char| !c.is_ascii_hexdigit()).next()?;
    u64::from_str_radix(digits, 16).ok().filter(|bits| *bits >= 0x0002_0000)
}

/// An option of unshare(1) or bubblewrap.
fn long_flag(flags: &mut Flags, name: &str) {
    match name {
        "user" | "map-root-user" | "map-current-user" | "map-user" | "map-group" | "map-auto"
        | "map-users" | "map-groups" | "unshare-user" | "unshare-user-try" => flags.user = true,
        "unshare-all" => {
            (flags.user, flags.pid, flags.ipc) = (true, true, true);
        }
        "pid" => flags.pid = true,
        "unshare-pid" => (flags.pid, flags.fork) = (true, true),
        "ipc" | "unshare-ipc" => flags.ipc = true,
        "fork" | "kill-child" => flags.fork = true,
        "mount-proc" => flags.mount_proc = true,
        "proc" => (flags.mount_proc, flags.fork) = (true, true),
        // As a user, bubblewrap always makes a user namespace.
        "ro-bind" | "bind" | "dev-bind" => flags.user = true,
        _ => {}
    }
}
