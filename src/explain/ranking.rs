//! Which causes fit what was read, and how well.
//!
//! The numbers are a judgement: they are set so that each text of `tests.rs` gets the causes that
//! were established for it. Whoever changes one, or adds a cause, finds there what it moves.

use super::Cause;
use super::known::{KNOWN, Known};
use super::reading::{Flags, Seen};
use crate::errno::Errno::{EACCES, ENOENT};
use crate::plan::Step::{GidMap, MountProc, Propagation, Setgroups, UidMap, Unshare};
use crate::rules;

/// No answer is longer than this: a list of everything helps nobody.
const MOST: usize = 8;

/// What a line of a kernel log that names the culprit is worth.
const CERTAIN: i32 = 100;
/// What a mark is worth.
const MARK: i32 = 40;
/// What step and errno together are worth.
const FIT: i32 = 20;
/// What a hint is worth, and how many of them count.
const HINT: (i32, usize) = (8, 2);

/// Gates that only somebody who asks for a user namespace meets.
const OF_USER_NAMESPACES: &[&str] = &[
    "unprivileged-userns-clone",
    "chroot",
    "id-unmapped",
    "lsm-userns-denied",
    "userns-not-built",
    "rhel7-userns-off",
    "max-user-namespaces-zero",
    "max-user-namespaces-exhausted",
    "max-user-namespaces-ancestor",
    "userns-depth",
    "grsecurity",
    "apparmor-unprivileged-userns",
];

/// A cause that fits.
struct Match {
    known: &'static Known,
    score: i32,
    /// The mark that the text bears.
    mark: Option<&'static str>,
    /// Named by a kernel log.
    named: bool,
}

/// The causes that fit, best first.
pub(super) fn causes(seen: &Seen) -> Vec<Cause> {
    let mut found: Vec<Match> = KNOWN.iter().filter_map(|known| judge(seen, known)).collect();
    // Stable: of equals the one that the table names first.
    found.sort_by_key(|m| -m.score);
    // Where something is named outright, what merely could be is no help.
    let best = found.first().map_or(0, |m| m.score);
    found.iter().filter(|m| best - m.score < CERTAIN).take(MOST).map(|m| cause(seen, m)).collect()
}

/// How well a cause fits; `None`: not at all.
fn judge(seen: &Seen, known: &'static Known) -> Option<Match> {
    let mark = known.marks.iter().find(|word| seen.has(word)).copied();
    let named = seen.named.contains(&known.id);
    let fit = fit(seen, known);
    let outright = mark.is_some() || named;
    if !outright && fit == 0 {
        return None;
    }
    let hints: i32 =
        known.hints.iter().filter(|word| seen.has(word)).take(HINT.1).map(|_| HINT.0).sum();
    let shown = i32::from(mark.is_some()) * MARK + i32::from(named) * CERTAIN;
    let score = fit + known.common + hints + shown + circumstances(seen, known.id, outright)?;
    Some(Match { known, score, mark, named })
}

/// What step and errno say for a cause.
fn fit(seen: &Seen, known: &Known) -> i32 {
    if seen.killed && known.id == "seccomp-kill" {
        return MARK + FIT;
    }
    let Some(step) = seen.step else { return 0 };
    let Some((_, errnos)) = known.fits.iter().find(|(at, _)| *at == step) else { return 0 };
    match seen.errno {
        _ if errnos.is_empty() => FIT,
        Some(errno) if errnos.contains(&errno) => FIT,
        // A killed process names no error, so what gives one does not fit.
        None if !seen.killed => FIT / 2,
        _ => 0,
    }
}

/// What else the text shows for (or against) a cause; `None`: it is ruled out. `outright`: the text
/// names it.
fn circumstances(seen: &Seen, id: &str, outright: bool) -> Option<i32> {
    let without_user = seen.step == Some(Unshare) && seen.flags.is_some_and(|f| !f.user);
    if without_user && !outright && OF_USER_NAMESPACES.contains(&id) {
        return None;
    }
    match id {
        "no-cap-sys-admin" => match seen.flags {
            Some(Flags { user: true, .. }) => None,
            Some(_) => Some(30),
            None => Some(0),
        },
        "mount-proc-usage" => match seen.flags {
            Some(f) if f.mount_proc && f.user && !(f.pid && f.fork) => Some(40),
            Some(_) => None,
            None => Some(0),
        },
        "apparmor-unprivileged-userns" => Some(match (seen.step, seen.errno) {
            // unshare(1) opens the map, where this gate lets it pass, and is refused at the write.
            (Some(UidMap), Some(EACCES)) if seen.util_linux => {
                return if outright { Some(0) } else { None };
            }
            (Some(UidMap), _) if seen.has("newuidmap:") && !outright => -12,
            (Some(UidMap | Setgroups | GidMap), _) => 4,
            (Some(Unshare), Some(EACCES)) if seen.util_linux && !outright => -6,
            // Go and runc have their maps written by the parent: setgroups first.
            (Some(Unshare), Some(EACCES)) if seen.has("fork/exec") => 12,
            (Some(Propagation | MountProc), _)
                if seen.has("nsjail") || seen.has("share mount point") =>
            {
                8
            }
            _ => 0,
        }),
        "seccomp-clone" if seen.clone => Some(8),
        "seccomp-unshare" if seen.clone => Some(-8),
        "not-dumpable" | "landlock" if seen.step == Some(UidMap) && seen.util_linux => Some(4),
        "unshare-missing" if seen.has("nsjail") && !outright => None,
        "nsjail-missing" if !seen.has("nsjail") => None,
        "newuidmap-missing" if seen.errno.is_some_and(|e| e != ENOENT) && !outright => None,
        "newuidmap-missing" | "newuidmap-not-setuid" | "newuidmap-no-new-privs"
            if !seen.has("newuidmap") && !seen.has("newgidmap") =>
        {
            None
        }
        "setfcap-missing" if seen.has("newuidmap:") && !outright => Some(-12),
        "docker-subid-missing" if !seen.has("docker") && !seen.has("can't create id mappings") => {
            Some(-5)
        }
        _ => Some(0),
    }
}

fn cause(seen: &Seen, found: &Match) -> Cause {
    let Match { known, mark, named, .. } = found;
    let shown = match (mark, seen.step, seen.errno) {
        _ if *named => "the kernel's log names it".to_owned(),
        (Some(mark), ..) => format!("the text has \u{201c}{}\u{201d}", mark.trim()),
        _ if seen.killed && known.id == "seccomp-kill" => {
            "killed by SIGSYS, or failed without a message".to_owned()
        }
        (None, Some(step), Some(errno)) => format!("it refuses {step} with {errno}"),
        (None, Some(step), None) => format!("it refuses {step}"),
        (None, None, _) => "it fits".to_owned(),
    };
    let title = rules::find(known.id).map_or(known.id, |rule| rule.title);
    Cause { id: known.id, title, why: format!("{shown}; {}", known.confirm) }
}
