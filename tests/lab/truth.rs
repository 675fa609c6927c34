//! What the real unshare(1) did, read from its exit code and message.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::judge::Expect;

/// What the real command did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Truth {
    /// It works.
    Works,
    /// It was refused at this step with this error (its name; empty where the message names none).
    Refused(Cow<'static, str>, Cow<'static, str>),
    /// It was killed by SIGSYS.
    Killed,
    /// It ended in a way that the lab cannot read.
    Unreadable(String),
}

/// How util-linux words each step. Kept apart from isodoc's own table, which this one judges.
const STEPS: &[(&str, &str)] = &[
    ("unrecognized option", "parse-flags"),
    ("invalid option --", "parse-flags"),
    ("mutually exclusive", "parse-flags"),
    ("unknown signal", "parse-flags"),
    ("require unsharing of a time namespace", "parse-flags"),
    ("/etc/subuid", "subid-lookup"),
    ("unshare: not found", "find-binary"),
    ("execute newuidmap", "uid-map"),
    ("newuidmap: ", "uid-map"),
    ("unshare failed:", "unshare"),
    ("fork failed:", "fork"),
    ("/proc/self/timens_offsets:", "time-offsets"),
    ("/proc/self/uid_map:", "uid-map"),
    ("/proc/self/setgroups:", "setgroups"),
    ("/proc/self/gid_map:", "gid-map"),
    ("root filesystem propagation:", "propagation"),
    ("change root directory", "change-root"),
    ("cannot chdir to", "change-root"),
    ("filesystem propagation:", "mount-proc"),
    ("mount /", "mount-proc"),
    ("setgroups failed:", "set-ids"),
    ("setgid failed:", "set-ids"),
    ("setuid failed:", "set-ids"),
    ("prctl failed:", "privileges"),
    ("prctl(PR_CAP_AMBIENT)", "privileges"),
    ("failed to execute", "exec"),
    // busybox
    ("unshare: unshare(", "unshare"),
    ("unshare: fork: ", "fork"),
    ("unshare: vfork: ", "fork"),
    ("/proc/self/uid_map'", "uid-map"),
    ("/proc/self/setgroups'", "setgroups"),
    ("/proc/self/gid_map'", "gid-map"),
    // Of each of the three; here it is this one.
    ("write error:", "uid-map"),
    ("can't mount none on / ", "propagation"),
    ("can't mount ", "mount-proc"),
];

/// The texts of strerror(3) in the C locale.
const ERRORS: &[(&str, &str)] = &[
    ("Operation not permitted", "EPERM"),
    ("Permission denied", "EACCES"),
    ("No space left on device", "ENOSPC"),
    ("Invalid argument", "EINVAL"),
    ("Function not implemented", "ENOSYS"),
    ("Resource temporarily unavailable", "EAGAIN"),
    ("Cannot allocate memory", "ENOMEM"),
    ("No such file or directory", "ENOENT"),
    ("Read-only file system", "EROFS"),
    ("Too many users", "EUSERS"),
    ("not found", "ENOENT"),
    ("Device or resource busy", "EBUSY"),
    ("Not a directory", "ENOTDIR"),
];

/// The step and the error as this table has them.
pub fn named(step: &str, errno: &str) -> Option<(&'static str, &'static str)> {
    let (_, step) = STEPS.iter().find(|(_, known)| *known == step)?;
    Some((step, ERRORS.iter().find(|(_, known)| *known == errno).map_or("", |(_, name)| name)))
}

/// The error that a line ends with; empty where it names none.
pub fn error_at_end(line: &str) -> &'static str {
    ERRORS.iter().find(|(text, _)| line.ends_with(text)).map_or("", |(_, name)| name)
}

impl Truth {
    /// Reads what the command left.
    pub fn of(code: i32, stderr: &str) -> Self {
        let line = stderr
            .lines()
            .find(|line| line.contains("unshare: ") || line.contains("newuidmap: "))
            .unwrap_or("");
        match code {
            0 => Self::Works,
            159 => Self::Killed,
            // As the first process of a pid namespace, unshare(1) cannot end itself by the signal
            // that ended its child.
            1 if line.contains("child exit failed") => Self::Killed,
            _ => match STEPS.iter().find(|(text, _)| line.contains(text)) {
                Some((_, step)) => Self::Refused((*step).into(), error_at_end(line).into()),
                None => Self::Unreadable(format!("exit {code}, {stderr:?}")),
            },
        }
    }

    /// Whether it is what was expected of the environment.
    pub fn is(&self, expect: &Expect) -> bool {
        match (expect, self) {
            (Expect::Unknown | Expect::Nobody(..), Self::Unreadable(_)) => false,
            (Expect::Unknown | Expect::Nobody(..), _) | (Expect::Works, Self::Works) => true,
            (Expect::Refused(r) | Expect::Unseen(r, _), Self::Killed) => r.errno == "SIGSYS",
            (Expect::Refused(r) | Expect::Unseen(r, _), Self::Refused(step, errno)) => {
                r.step == *step && r.errno == *errno
            }
            _ => false,
        }
    }
}
