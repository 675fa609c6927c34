//! What a pasted text says: the step that was refused, the errno, and the circumstances that tell
//! causes apart.

use super::kernel_log::log_entry;
use super::strace::{SystemCall, system_call};
use crate::errno::Errno::{EACCES, EAGAIN, EINVAL, ENOENT, ENOMEM, ENOSPC, ENOSYS, EPERM, EUSERS};
use crate::parse::message;
use crate::plan::Step::{self, Fork};
use crate::rules::Rule;
use crate::rules::texts::{Flags, Pasted};

/// What a text says, and the rules that a kernel's log in it names.
#[derive(Default)]
pub(super) struct Reading {
    pub said: Pasted,
    pub named: Vec<&'static Rule>,
}

impl Reading {
    /// Reads a text.
    pub(super) fn of(text: &str) -> Self {
        let Self { mut said, mut named } = Self::default();
        let mut lone_step = None;
        let (mut advice, mut tested) = (false, false);
        for line in clean(text).lines() {
            let Some(line) = essential(line, &mut advice) else { continue };
            let lower = line.to_lowercase();
            if let Some(entry) = log_entry(&lower) {
                if let Some(entry) = entry {
                    // A log repeats itself.
                    if !named.contains(&entry.rule) {
                        named.push(entry.rule);
                    }
                    if said.step.is_none() || said.errno.is_none() {
                        (said.step, said.errno) = (entry.step, entry.errno);
                    }
                    keep(&mut said, &lower);
                }
                continue;
            }
            let step = match system_call(&lower) {
                SystemCall::None if is_chatter(&lower) => None,
                SystemCall::None => {
                    message::step_in(&lower).or_else(|| generic_step(&line, &lower))
                }
                SystemCall::Refused(step) => Some(step),
                SystemCall::Other => continue,
            };
            keep(&mut said, &lower);
            said.killed |= is_killed(&lower)
                || (tested && lower.trim() == "error:")
                || lower.contains("stderr: ''");
            tested |= lower.contains("unshare test failed");
            if let Some(flags) = flags_in(&line) {
                said.flags.get_or_insert(flags);
            }
            if said.step.is_some() && said.errno.is_some() {
                continue;
            }
            let errno =
                if step.is_some() || lone_step.is_some() { message::errno_in(&line) } else { None };
            match (step.or(lone_step), errno) {
                (Some(step), Some(errno)) => {
                    (said.step, said.errno) = (Some(step), Some(errno));
                    said.util_linux = lower.contains("unshare: ");
                    said.clone = lower.contains("clone") && !lower.contains("unshare");
                }
                // A traceback names the call first and the error later.
                (Some(step), None) => lone_step = Some(step),
                (None, _) => {}
            }
        }
        said.step = said.step.or(lone_step);
        Self { said, named }
    }
}

fn keep(said: &mut Pasted, lower: &str) {
    said.text.push_str(lower);
    said.text.push('\n');
}

/// The text without escape sequences and control characters, and with the line ends that JSON logs
/// escape.
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

/// A line without the advice that programs print whatever the cause is; `None`: nothing else is in
/// it.
fn essential(line: &str, advice: &mut bool) -> Option<String> {
    let trimmed = line.trim();
    let lower = trimmed.to_lowercase();
    if lower.ends_with("solutions:") {
        *advice = true;
        return None;
    }
    if *advice {
        if trimmed.is_empty()
            || trimmed.contains('\u{2022}')
            || trimmed.starts_with(['-', '*', '(', '?'])
        {
            return None;
        }
        *advice = false;
    }
    let advices =
        ["common causes:", "on e.g. debian this can be enabled", ": oci permission denied"];
    // Lower case can be longer than the text itself, so the cut is made in it only where both
    // agree.
    let cut = advices.iter().filter_map(|word| lower.find(word)).min();
    let kept = cut
        .filter(|_| lower.len() == trimmed.len())
        .and_then(|at| trimmed.get(..at))
        .unwrap_or(trimmed);
    // "no such file" about a parameter says that it cannot be the cause.
    let absent = lower.contains("/proc/sys/") || lower.contains("sysctl:");
    (!(absent && lower.contains("no such file or directory"))).then(|| kept.to_owned())
}

/// What nsjail tells of its settings, which are no errors.
fn is_chatter(lower: &str) -> bool {
    lower.contains("inside_uid:")
        || lower.contains("inside_gid:")
        || lower.contains("jail parameters")
        || lower.contains("[i][")
}

/// Whether a line says that the process was killed by SIGSYS: the signal, its text, 128 + 31 as
/// exit status, or
/// -31 as Python gives it.
fn is_killed(lower: &str) -> bool {
    if [
        "sigsys",
        "bad system call",
        "signal 31",
        "signal: 31",
        "status=31/sys",
        "falscher systemaufruf",
        "appel système erroné",
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
    // util-linux before 2.40 says this when its child was killed because memory ran out.
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

/// The flags of unshare(1) that a line tells of: a command line, or the worker's `Flags: ...`.
fn flags_in(line: &str) -> Option<Flags> {
    let lower = line.to_lowercase();
    if let Some((_, set)) =
        lower.split_once("unshare(clone_").or_else(|| lower.split_once("flags=clone_"))
    {
        let set = format!("clone_{}", set.split([')', ' ', ',']).next()?);
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
                "user" | "map-root-user" | "map-current-user" | "map-user" | "map-group"
                | "map-auto" | "map-users" | "map-groups" => {
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
