//! Questions to the kernel that a seccomp filter may answer by killing: asked in a throw-away
//! child.

use crate::facts::Missing;
use crate::facts::Question;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::process::Signal;

use super::calls::{self, detach};
use super::child::{die_with_parent, send};
use super::idmap;
use super::wait::{reap, sleep};
use crate::errno::Errno;
use crate::plan::Namespaces;
use crate::sys::{self, Fork};

/// A filter that hands the call to a supervisor may never answer.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);

/// No valid unshare(2) flag: with it, nothing can be created. (It may get a meaning one day;
/// `Unshare(0)` is asked first.)
const INVALID: u64 = 0x2;

/// Asks in order. A question that kills is answered `SIGSYS`, and the rest is asked by another
/// child.
pub(crate) fn ask(questions: &[Question]) -> Vec<Result<String, Missing>> {
    let mut answers: Vec<Result<String, Missing>> = Vec::with_capacity(questions.len());
    while let Some(left @ [next, ..]) = questions.get(answers.len()..) {
        // A call that kills whatever its arguments are is not worth a child for each of them.
        if let Some(killed) = same_call_killed(next, questions, &answers) {
            answers.push(killed);
            continue;
        }
        let left = without_namespaces_first(left, &answers);
        let asked = answers.len() + left.len();
        let ended = ask_some(left, &mut answers);
        if answers.len() < asked {
            answers.push(match ended {
                Ended::Killed => Ok("SIGSYS".into()),
                Ended::Hung => {
                    Err(Missing::Malformed(format!("no answer in {} s", PATIENCE.as_secs())))
                }
                Ended::NoChild => {
                    answers.resize(questions.len(), Err(Missing::NotProbed));
                    return answers;
                }
            });
        }
    }
    answers
}

enum Ended {
    Killed,
    Hung,
    NoChild,
}

fn killed(answer: &Result<String, Missing>) -> bool {
    answer.as_deref() == Ok("SIGSYS")
}

/// Whether it is asked in namespaces of the asking process's own.
fn needs_namespaces(question: &Question) -> bool {
    matches!(question, Question::PivotNowhere | Question::NameNothing(_))
}

/// What one child may be asked: nothing that needs namespaces first, where something kills.
fn without_namespaces_first<'a>(
    left: &'a [Question],
    answers: &[Result<String, Missing>],
) -> &'a [Question] {
    let needs = left.iter().position(needs_namespaces);
    match needs.filter(|_| answers.iter().any(killed)) {
        Some(end) => left.get(..end).unwrap_or(left),
        None => left,
    }
}

fn same_call_killed(
    next: &Question,
    questions: &[Question],
    answers: &[Result<String, Missing>],
) -> Option<Result<String, Missing>> {
    let base = match next {
        Question::Unshare(flags) if *flags != 0 => Question::Unshare(0),
        next if needs_namespaces(next) && answers.iter().any(killed) => {
            return Some(Err(Missing::NotProbed));
        }
        _ => return None,
    };
    let at = questions.iter().position(|q| *q == base)?;
    answers.get(at).filter(|answer| killed(answer)).cloned()
}

/// Lets one child answer as many questions as it lives for.
fn ask_some(questions: &[Question], answers: &mut Vec<Result<String, Missing>>) -> Ended {
    let Ok((read, write)) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC) else {
        return Ended::NoChild;
    };
    let pid = match sys::fork() {
        Ok(Fork::Parent(pid)) => pid,
        Ok(Fork::Child) => {
            die_with_parent();
            for question in questions {
                let raw = one(question).err().unwrap_or(0);
                send(&write, &raw.to_ne_bytes());
            }
            sys::exit(0)
        }
        Err(_) => return Ended::NoChild,
    };
    drop(write);
    let bytes = read_until_end(read, PATIENCE);
    if bytes.is_none() {
        let _ = rustix::process::kill_process(pid, Signal::KILL);
    }
    let _ = reap(pid, PATIENCE);
    let hung = bytes.is_none();
    for raw in bytes.unwrap_or_default().as_chunks::<4>().0 {
        answers.push(match i32::from_ne_bytes(*raw) {
            0 => Ok("ok".to_owned()),
            NOT_ASKED => Err(Missing::NotProbed),
            raw => Ok(Errno::from_raw(raw).name().to_owned()),
        });
    }
    if hung { Ended::Hung } else { Ended::Killed }
}

fn one(question: &Question) -> sys::Raw<()> {
    match question {
        Question::Unshare(0) => sys::unshare(0),
        Question::Unshare(flags) => sys::unshare(flags | INVALID),
        Question::Clone(flags) => sys::clone_contradiction(*flags),
        Question::Clone3 => sys::clone3_null(),
        Question::MountNowhere(flags) => {
            sys::mount("none", "/nonexistent-isodoc", Some("proc"), *flags)
        }
        Question::Socket(family) => sys::socket(family.number()).map(drop),
        Question::Unchanged(call) => calls::unchanged(*call),
        Question::UmountNowhere => detach("/nonexistent-isodoc"),
        Question::ChrootNowhere => calls::raw(rustix::process::chroot("/nonexistent-isodoc")),
        Question::KeyctlNothing => sys::keyctl_nothing(),
        Question::IdmapAt(path) => idmap::at(path),
        Question::IdmapTmpfs => idmap::tmpfs(),
        Question::PivotNowhere => {
            in_own_namespaces(|| sys::pivot_root("/nonexistent-isodoc", "/nonexistent-isodoc"))
        }
        Question::NameNothing(call) => in_own_namespaces(|| calls::name_nothing(*call)),
        Question::JoinNowhere => sys::setns_nowhere(),
        // The other questions kill nobody and are never asked here.
        _ => Err(libc::EINVAL),
    }
}

/// No error number: there was nowhere to ask.
pub(super) const NOT_ASKED: i32 = 255;

/// Makes a call in namespaces of our own; it is worth nothing where our capabilities are none,
/// which an unshare(2) shows.
fn in_own_namespaces(call: impl Fn() -> sys::Raw<()>) -> sys::Raw<()> {
    const OWN: u64 = Namespaces::USER | Namespaces::MNT;
    let ask = || {
        sys::unshare(Namespaces::UTS).map_err(|_| NOT_ASKED)?;
        call()
    };
    match sys::clone(OWN) {
        Ok(Fork::Child) => sys::exit(ask().err().unwrap_or(0)),
        Ok(Fork::Parent(pid)) => match reap(pid, PATIENCE) {
            Some(status) => match (status.exit_status(), status.terminating_signal()) {
                (Some(0), _) => Ok(()),
                (Some(raw), _) => Err(raw),
                // As we would be.
                (None, Some(_)) => {
                    let _ = rustix::process::kill_process(rustix::process::getpid(), Signal::SYS);
                    Err(NOT_ASKED)
                }
                (None, None) => Err(NOT_ASKED),
            },
            None => Err(NOT_ASKED),
        },
        Err(_) => {
            let made = sys::unshare(OWN).or_else(|_| sys::unshare(Namespaces::MNT));
            made.map_err(|_| NOT_ASKED).and_then(|()| ask())
        }
    }
}

/// Where our root directory is mounted, as [`Question::RootFromOutside`] has it.
pub(crate) fn root_from_outside() -> Result<String, Missing> {
    let own = std::fs::read_to_string("/proc/self/mountinfo").map_err(|_| Missing::Unsupported)?;
    let root = own
        .lines()
        .rfind(|line| line.split(' ').nth(4) == Some("/"))
        .and_then(|line| line.split(' ').next());
    let root = root.ok_or(Missing::Absent)?;
    if let Some(target) = from_namespace_root().and_then(|mounts| target_of(root, &mounts)) {
        return Ok(target);
    }
    let mut pid = "self".to_owned();
    for _ in 0..MOST_ANCESTORS {
        let status =
            std::fs::read_to_string(format!("/proc/{pid}/status")).map_err(|_| Missing::Absent)?;
        let parent = status
            .lines()
            .find_map(|line| line.strip_prefix("PPid:"))
            .map_or("0", str::trim)
            .to_owned();
        let mounts =
            std::fs::read_to_string(format!("/proc/{parent}/mountinfo")).unwrap_or_default();
        match target_of(root, &mounts) {
            // It may be in the same chroot(2) as we.
            Some(target) if target != "/" => return Ok(target),
            _ => pid = parent,
        }
    }
    Err(Missing::Absent)
}

/// A session has fewer processes above it than this.
const MOST_ANCESTORS: u32 = 32;

/// Where the mount of this id is, in a mountinfo file.
fn target_of(id: &str, mounts: &str) -> Option<String> {
    let line = mounts.lines().find(|line| line.split(' ').next() == Some(id))?;
    line.split(' ').nth(4).map(str::to_owned)
}

/// The mounts that are seen from the root of our mount namespace: setns(2) into the namespace that
/// one is in already leaves a chroot(2) (fs/namespace.c, `mntns_install`). It takes CAP_SYS_ADMIN
/// and CAP_SYS_CHROOT.
fn from_namespace_root() -> Option<String> {
    use rustix::fs::{CWD, Mode, OFlags, openat};
    use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
    use std::os::fd::AsFd;
    let procfs =
        openat(CWD, "/proc", OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
            .ok()?;
    let namespace =
        openat(CWD, "/proc/self/ns/mnt", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).ok()?;
    let (read, write) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).ok()?;
    // The first child that is born in a new pid namespace is its init: no other could be born after
    // it has ended.
    let link = |name: &str| std::fs::read_link(format!("/proc/self/ns/{name}")).ok();
    if link("pid_for_children") != link("pid") {
        return None;
    }
    let pid = match sys::fork().ok()? {
        Fork::Parent(pid) => pid,
        Fork::Child => {
            die_with_parent();
            if move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Mount)).is_ok()
                && let Ok(mounts) = openat(
                    &procfs,
                    "self/mountinfo",
                    OFlags::RDONLY | OFlags::CLOEXEC,
                    Mode::empty(),
                )
            {
                let mut text = vec![];
                let _ = std::fs::File::from(mounts).read_to_end(&mut text);
                send(&write, &text);
            }
            sys::exit(0)
        }
    };
    drop(write);
    let text = read_until_end(read, PATIENCE);
    if text.is_none() {
        let _ = rustix::process::kill_process(pid, Signal::KILL);
    }
    let _ = reap(pid, PATIENCE);
    text.and_then(|bytes| String::from_utf8(bytes).ok())
}

/// Reads a pipe until its other end is closed; `None` when that takes longer than `patience`.
pub(super) fn read_until_end(read: OwnedFd, patience: Duration) -> Option<Vec<u8>> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let deadline = std::time::Instant::now() + patience;
    let mut file = std::fs::File::from(read);
    let mut bytes = vec![];
    loop {
        let left = deadline.saturating_duration_since(std::time::Instant::now());
        let timeout =
            Timespec { tv_sec: left.as_secs().cast_signed(), tv_nsec: left.subsec_nanos().into() };
        match poll(&mut [PollFd::new(&file, PollFlags::IN)], Some(&timeout)) {
            Ok(0) => return None,
            Err(rustix::io::Errno::INTR) => continue,
            // A filter refuses poll(2), which the mechanism never calls.
            Err(_) if std::time::Instant::now() >= deadline => return None,
            Err(_) => {
                let _ = rustix::io::ioctl_fionbio(&file, true);
                sleep(Duration::from_micros(200));
            }
            Ok(_) => {}
        }
        let mut chunk = [0; 4096];
        match file.read(&mut chunk) {
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Ok(0) | Err(_) => return Some(bytes),
            Ok(n) => bytes.extend(chunk.iter().take(n)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mount_is_found_by_its_id() {
        let mounts = "21 1 254:0 / / rw - ext4 /dev/vda rw\n121 21 254:0 /srv/jail /srv/jail rw - \
            ext4 /dev/vda rw\n";
        assert_eq!(target_of("121", mounts).as_deref(), Some("/srv/jail"));
        assert_eq!(target_of("21", mounts).as_deref(), Some("/"));
        assert_eq!(target_of("1", mounts), None);
    }
}
