//! Error messages of programs that make namespaces: which step was refused, and with which errno.

use crate::errno::Errno;
use crate::mechanisms::Step;

/// What a message says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The step.
    pub step: Step,
    /// The error, where the message names one.
    pub errno: Option<Errno>,
}

/// How unshare(1) words each step: util-linux first, then busybox.
const UNSHARE: &[(&str, Step)] = &[
    ("unshare failed:", Step::Unshare),
    ("fork failed:", Step::Fork),
    ("/proc/self/uid_map:", Step::UidMap),
    ("/proc/self/setgroups:", Step::Setgroups),
    ("/proc/self/gid_map:", Step::GidMap),
    ("newuidmap:", Step::UidMap),
    ("execute newuidmap", Step::UidMap),
    ("newgidmap:", Step::GidMap),
    ("execute newgidmap", Step::GidMap),
    ("/etc/subuid", Step::SubidLookup),
    ("/etc/subgid", Step::SubidLookup),
    ("don't exist.", Step::SubidLookup),
    ("cannot change root filesystem propagation:", Step::Propagation),
    ("cannot change root directory to", Step::ChangeRoot),
    ("cannot chdir to", Step::ChangeRoot),
    ("cannot change directory to", Step::ChangeRoot),
    ("filesystem propagation:", Step::MountProc),
    ("setgroups failed:", Step::SetIds),
    ("setgid failed:", Step::SetIds),
    ("setuid failed:", Step::SetIds),
    ("unrecognized option", Step::ParseFlags),
    ("invalid option", Step::ParseFlags),
    ("ambiguous", Step::ParseFlags),
    ("requires an argument", Step::ParseFlags),
    ("unsupported", Step::ParseFlags),
    ("unshare(0x", Step::Unshare),
    ("can't mount proc on", Step::MountProc),
    ("write error:", Step::UidMap),
    ("failed to execute", Step::Exec),
];

/// The first refusal that a text of unshare(1) names.
#[must_use]
pub fn first_refusal(text: &str) -> Option<Refused> {
    text.lines().find_map(|line| {
        let step = step_of(line)?;
        Some(Refused { step, errno: errno_in(line) })
    })
}

fn step_of(line: &str) -> Option<Step> {
    if line.contains("mount ") && line.contains(" failed:") {
        return Some(Step::MountProc);
    }
    UNSHARE.iter().find(|(text, _)| line.contains(text)).map(|(_, step)| *step)
}

/// The errno whose strerror(3) text or name stands in a line; the last one, as programs put it at the end.
#[must_use]
pub fn errno_in(line: &str) -> Option<Errno> {
    let lower = line.to_lowercase();
    Errno::all().filter_map(|(errno, text)| Some((lower.rfind(&text.to_lowercase())?, errno))).max().map(|(_, errno)| errno)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unshare_messages() {
        let read = |text: &str| first_refusal(text).map(|r| (r.step, r.errno));
        assert_eq!(read("unshare: unshare failed: Operation not permitted"), Some((Step::Unshare, Some(Errno::EPERM))));
        assert_eq!(read("unshare: mount /proc failed: Operation not permitted"), Some((Step::MountProc, Some(Errno::EPERM))));
        assert_eq!(read("unshare: cannot open /proc/self/uid_map: Read-only file system"), Some((Step::UidMap, Some(Errno::EROFS))));
        assert_eq!(read("unshare: unshare(0x30020000): Operation not permitted"), Some((Step::Unshare, Some(Errno::EPERM))));
        assert_eq!(read("unshare: no line matching user \"me\" in /etc/subuid: Success"), Some((Step::SubidLookup, None)));
        assert_eq!(read("hello"), None);
    }
}
