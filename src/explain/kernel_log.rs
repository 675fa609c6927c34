//! Lines of the kernel's log, which name the cause outright.

use crate::errno::Errno::{self, EACCES, EAGAIN, EPERM};
use crate::parse::message;
use crate::plan::Step::{self, Fork, MountProc, Propagation};
use crate::rules::{Rule, kernel, told};

/// What a line of the kernel's log names.
pub(super) struct LogEntry {
    /// `None`: something was denied, and the line does not say enough of why.
    pub rule: Option<&'static Rule>,
    pub step: Option<Step>,
    pub errno: Option<Errno>,
}

impl LogEntry {
    const fn new(rule: &'static Rule, step: Option<Step>, errno: Option<Errno>) -> Self {
        Self { rule: Some(rule), step, errno }
    }
}

/// A line of the kernel's log; `Some(None)`: one that names no cause.
pub(super) fn log_entry(lower: &str) -> Option<Option<LogEntry>> {
    if lower.contains("apparmor=\"") {
        return Some(apparmor_entry(lower));
    }
    if let Some(record) = record_of_aa_log(lower) {
        return Some(apparmor_entry(&record));
    }
    if lower.contains("avc:") && lower.contains("denied") {
        return Some(selinux_entry(lower));
    }
    if let Some(record) = record_of_setroubleshoot(lower) {
        return selinux_entry(&record).map(Some);
    }
    let of_seccomp = [" sig=", " arch=", " syscall="].iter().all(|field| lower.contains(field));
    if of_seccomp || lower.contains("type=1326") || lower.contains("type=seccomp") {
        return Some(Some(seccomp_entry(lower)));
    }
    if lower.contains("too revealing") {
        return Some(Some(LogEntry::new(&kernel::proc_masked::RULE, Some(MountProc), Some(EPERM))));
    }
    lower.contains("fork rejected by pids controller").then_some(Some(LogEntry::new(
        &kernel::cgroup_pids_max::RULE,
        Some(Fork),
        Some(EAGAIN),
    )))
}

/// The value of `name=value` or `name="value"`.
fn field<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = line.split_once(name)?;
    match rest.strip_prefix('"') {
        Some(rest) => rest.split('"').next(),
        None => rest.split_whitespace().next(),
    }
}

/// A line of aa-log(8) of apparmor.d as the record that it was made from:
/// `DENIED  PROFILE OPERATION [owner] [NAME] [-> TARGET] ...`.
fn record_of_aa_log(lower: &str) -> Option<String> {
    const OPERATIONS: &[&str] =
        &["userns_create", "mount", "remount", "umount", "pivotroot", "capable"];
    let mut words = lower.split_whitespace();
    let state = words.next().filter(|word| ["denied", "allowed", "audit"].contains(word))?;
    let (profile, operation) = (words.next()?, words.next()?);
    if !OPERATIONS.contains(&operation) {
        return None;
    }
    let mut record =
        format!("apparmor=\"{state}\" profile=\"{profile}\" operation=\"{operation}\"");
    let mut before = "";
    for word in words {
        match (before, word) {
            ("->", target) => record.push_str(&format!(" target=\"{target}\"")),
            (_, "owner" | "->") => {}
            (_, name) if name.starts_with(['/', '@']) => {
                record.push_str(&format!(" name=\"{}\"", name.replace("@{proc}", "/proc")));
            }
            (_, other) => record.push_str(&format!(" {other}")),
        }
        before = word;
    }
    Some(record)
}

fn apparmor_entry(lower: &str) -> Option<LogEntry> {
    let profile = field(lower, "profile=");
    let unloaded = lower.contains("failed to find unprivileged_userns profile");
    let told = profile.is_some();
    let profile = profile.unwrap_or("");
    let restricted = profile.contains("unprivileged_userns")
        || profile.contains("unpriv_")
        || lower.contains("target=\"unprivileged_userns\"");
    let denied = lower.contains("apparmor=\"denied\"");
    let errno = if denied { message::errno_in(lower).or(Some(EACCES)) } else { None };
    let ubuntu =
        |step| Some(LogEntry::new(&kernel::apparmor_unprivileged_userns::RULE, step, errno));
    match field(lower, "operation=")? {
        "userns_create" if restricted && !unloaded => ubuntu(denied.then_some(Step::Unshare)),
        "userns_create" if denied && (unloaded || profile == "unconfined") => {
            Some(LogEntry::new(&kernel::apparmor_profile_missing::RULE, Some(Step::Unshare), errno))
        }
        "userns_create" if denied && !told => {
            Some(LogEntry { rule: None, step: Some(Step::Unshare), errno })
        }
        "userns_create" if denied => {
            Some(LogEntry::new(&kernel::apparmor_userns_denied::RULE, Some(Step::Unshare), errno))
        }
        "mount" | "remount" | "umount" | "pivotroot" if denied => {
            let proc = lower.contains("fstype=\"proc\"")
                || field(lower, " name=").is_some_and(|n| n.starts_with("/proc"));
            let step = Some(if proc { MountProc } else { Propagation });
            if restricted {
                ubuntu(step)
            } else {
                Some(LogEntry::new(&kernel::apparmor_deny_mount::RULE, step, errno))
            }
        }
        "capable" if restricted && denied => ubuntu(None),
        "open" if denied && ["passt", "pasta"].contains(&profile) => {
            Some(LogEntry::new(&told::pasta_denied::RULE, None, errno))
        }
        "change_onexec" | "change_profile" if denied => {
            Some(LogEntry::new(&told::apparmor_change_profile_refused::RULE, None, errno))
        }
        "signal" if denied && !profile.starts_with("snap.") => {
            Some(LogEntry::new(&told::apparmor_signal_denied::RULE, None, errno))
        }
        // The line is kept: the profiles of snaps are told by their name.
        _ if denied && profile.starts_with("snap.") => {
            Some(LogEntry { rule: None, step: None, errno })
        }
        "exec" if denied && profile.ends_with("snap-confine") => {
            Some(LogEntry::new(&told::snap_confine_unconfined::RULE, None, errno))
        }
        _ => None,
    }
}

/// A line of setroubleshoot as the record that it was made from:
/// `SELinux is preventing PROGRAM from PERMISSION access on the CLASS ...`.
fn record_of_setroubleshoot(lower: &str) -> Option<String> {
    let (_, rest) = lower.split_once("selinux is preventing ")?;
    let (_, rest) = rest.split_once(" from ")?;
    let (permission, rest) = rest.split_once(" access on the ")?;
    let class = rest.split_whitespace().next()?;
    Some(format!("avc: denied {{ {permission} }} tclass={class} {rest}"))
}

fn selinux_entry(lower: &str) -> Option<LogEntry> {
    if lower.contains("permissive=1") {
        return None;
    }
    if lower.contains(":pasta_t:") {
        return Some(LogEntry::new(&told::pasta_denied::RULE, None, Some(EACCES)));
    }
    // What somebody cut off tells less.
    match field(lower, "tclass=").unwrap_or("") {
        "user_namespace" => Some(LogEntry::new(
            &kernel::selinux_userns_denied::RULE,
            Some(Step::Unshare),
            Some(EACCES),
        )),
        // A capability that is denied is one that nobody has.
        "cap_userns" | "cap2_userns" => {
            Some(LogEntry::new(&told::selinux_capability_denied::RULE, None, Some(EPERM)))
        }
        "filesystem" => {
            Some(LogEntry::new(&kernel::selinux_mount_denied::RULE, None, Some(EACCES)))
        }
        _ if lower.contains("mounton") => {
            Some(LogEntry::new(&kernel::selinux_mount_denied::RULE, None, Some(EACCES)))
        }
        _ if lower.contains("container_t") => {
            Some(LogEntry::new(&told::selinux_label::RULE, None, Some(EACCES)))
        }
        _ => None,
    }
}

/// The audit record of a filter: the number of the call by architecture (asm/unistd.h), and the
/// signal.
fn seccomp_entry(lower: &str) -> LogEntry {
    let arm = field(lower, "arch=") == Some("c00000b7");
    let call = field(lower, "syscall=").unwrap_or("");
    let (rule, step): (&Rule, _) = match (arm, call) {
        (false, "272") | (true, "97") => (&kernel::seccomp_unshare::RULE, Some(Step::Unshare)),
        (false, "56") | (true, "220") | (_, "435") => {
            (&kernel::seccomp_clone::RULE, Some(Step::Unshare))
        }
        (false, "165") | (true, "40") => (&kernel::seccomp_mount::RULE, Some(Propagation)),
        _ => (&kernel::seccomp_kill::RULE, None),
    };
    // Where no signal is sent the call was refused with an error, that the record does not tell.
    LogEntry::new(
        if lower.contains("sig=0") { rule } else { &kernel::seccomp_kill::RULE },
        step,
        None,
    )
}
