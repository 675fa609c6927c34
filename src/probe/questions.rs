//! Questions to the kernel that a seccomp filter may answer by killing: asked in a throw-away child.

use std::io::Read;
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::process::{WaitOptions, waitpid};

use super::child::send;
use crate::errno::Errno;
use crate::source::{Answer, Missing, Question};
use crate::sys::{self, Fork};

/// A filter that hands the call to a supervisor may never answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// No valid unshare(2) flag: with it, nothing can be created. (It may get a meaning one day; `Unshare(0)` is asked first.)
const INVALID: u64 = 0x2;

/// Asks in order. A question that kills is answered `SIGSYS`, and the rest is asked by another child.
pub fn ask(questions: &[Question]) -> Vec<Answer<String>> {
    let mut answers: Vec<Answer<String>> = Vec::with_capacity(questions.len());
    while answers.len() < questions.len() {
        let next = &questions[answers.len()];
        // A call that kills whatever its arguments are is not worth a child for each of them.
        if let Some(killed) = same_call_killed(next, questions, &answers) {
            answers.push(killed);
            continue;
        }
        let before = answers.len();
        let ended = ask_some(&questions[before..], &mut answers);
        if answers.len() < questions.len() {
            answers.push(match ended {
                Ended::Killed => Ok("SIGSYS".into()),
                Ended::Hung => Err(Missing::Malformed(format!("no answer in {} s", PATIENCE.as_secs()))),
                Ended::NoChild => {
                    answers.resize(questions.len(), Err(Missing::NotCaptured));
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

fn same_call_killed(next: &Question, questions: &[Question], answers: &[Answer<String>]) -> Option<Answer<String>> {
    let base = match next {
        Question::Unshare(flags) if *flags != 0 => Question::Unshare(0),
        _ => return None,
    };
    let at = questions.iter().position(|q| *q == base)?;
    answers.get(at).filter(|a| **a == Ok("SIGSYS".into())).cloned()
}

/// Lets one child answer as many questions as it lives for.
fn ask_some(questions: &[Question], answers: &mut Vec<Answer<String>>) -> Ended {
    let Ok((read, write)) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC) else {
        return Ended::NoChild;
    };
    let pid = match sys::fork() {
        Ok(Fork::Parent(pid)) => pid,
        Ok(Fork::Child) => {
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
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
    }
    let _ = waitpid(Some(pid), WaitOptions::empty());
    let hung = bytes.is_none();
    for raw in bytes.unwrap_or_default().as_chunks::<4>().0 {
        answers.push(Ok(match i32::from_ne_bytes(*raw) {
            0 => "ok".to_owned(),
            raw => Errno::from_raw(raw).name().to_owned(),
        }));
    }
    if hung { Ended::Hung } else { Ended::Killed }
}

fn one(question: &Question) -> sys::Raw<()> {
    match question {
        Question::Unshare(0) => sys::unshare(0),
        Question::Unshare(flags) => sys::unshare(flags | INVALID),
        Question::Clone(flags) => sys::clone_contradiction(*flags),
        Question::Clone3 => sys::clone3_null(),
        Question::MountNowhere(flags) => sys::mount("none", "/nonexistent-isodoc", Some("proc"), *flags),
        // The other questions kill nobody and are never asked here.
        _ => Err(libc::EINVAL),
    }
}

/// Reads a pipe until its other end is closed; `None` when that takes longer than `patience`.
pub(super) fn read_until_end(read: OwnedFd, patience: Duration) -> Option<Vec<u8>> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let deadline = std::time::Instant::now() + patience;
    let mut file = std::fs::File::from(read);
    let mut bytes = vec![];
    loop {
        let left = deadline.saturating_duration_since(std::time::Instant::now());
        let timeout = Timespec { tv_sec: left.as_secs().cast_signed(), tv_nsec: left.subsec_nanos().into() };
        match poll(&mut [PollFd::new(&file, PollFlags::IN)], Some(&timeout)) {
            Ok(0) => return None,
            Err(rustix::io::Errno::INTR) => continue,
            Err(_) => return Some(bytes),
            Ok(_) => {}
        }
        let mut chunk = [0; 4096];
        match file.read(&mut chunk) {
            Ok(0) | Err(_) => return Some(bytes),
            Ok(n) => bytes.extend_from_slice(&chunk[..n]),
        }
    }
}
