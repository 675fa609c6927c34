//! What isodoc does when the kernel refuses one of its system calls, or kills it there: strace(1)
//! injects each error into each call, the ones of the probe's children too.
//!
//! ```text
//! cargo test --test faults                 # a sample
//! cargo test --test faults -- --all        # every call, every occurrence, every error; prints the
//!                                          # table of docs/security.md
//! cargo test --test faults -- --all lint   # the same for the commands with that in their name
//! cargo test --test faults -- --all real   # the same faults in the real unshare(1)
//! ```
//!
//! Each run has to end by itself within ten seconds, by an exit code of the contract, with a whole
//! report or a reason, without a panic; nothing that it started lives on, and the file that it was
//! to write holds what it held before or the whole of what it should hold.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::indexing_slicing,
    reason = "this is a test"
)]

mod real;

use std::collections::BTreeMap;
use std::fs;
use std::ops::RangeInclusive;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// What is injected; `KILL` is the signal.
const FAULTS: &[&str] = &[
    "EPERM", "EACCES", "ENOENT", "EIO", "ENOMEM", "EMFILE", "ENOSPC", "EINTR", "EAGAIN", "ENOSYS",
    "KILL",
];

/// The calls that strace cannot refuse, and those that no kernel refuses: where not optimised,
/// rustix asserts that. brk(2) answers with the old end and never with an error, and the standard
/// library goes on without getrandom(2) only after the errors that it can have.
const NOT_REFUSED: &[&str] = &[
    "execve", "exit", "exit_group", "rt_sigreturn", "arch_prctl", "getpid", "getppid", "gettid",
    "geteuid", "getegid", "getuid", "getgid", "uname", "clock_gettime", "brk", "getrandom",
];

/// The commands; the last word of `writes` is the file that may be written.
const COMMANDS: &[Subject] = &[
    Subject { name: "check", args: &["check", "--format", "json"], writes: None },
    Subject {
        name: "check --no-probe",
        args: &["check", "--no-probe", "--format", "json"],
        writes: None,
    },
    Subject {
        name: "snapshot -o",
        args: &["snapshot", "-o", "out.json"],
        writes: Some("out.json"),
    },
    Subject {
        name: "lint --fix",
        args: &["lint", "--assume", "plain-linux", "--fix", "compose.yaml"],
        writes: Some("compose.yaml"),
    },
];

struct Subject {
    name: &'static str,
    args: &'static [&'static str],
    writes: Option<&'static str>,
}

/// A service that is refused everywhere, and what stands in the snapshot's place before.
const COMPOSE: &str = "services:\n  worker:\n    image: ghcr.io/windmill-labs/windmill:main\n    \
    environment:\n      - MODE=worker\n      - ENABLE_UNSHARE_PID=true\n";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let whole = args.iter().any(|arg| arg == "--all");
    let only = args.iter().find(|arg| !arg.starts_with('-'));
    if Command::new("strace").arg("-V").stdout(Stdio::null()).status().is_err() {
        println!("skipped: faults: no strace");
        return ExitCode::SUCCESS;
    }
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("faults-{}", std::process::id()));
    fs::create_dir_all(&dir).unwrap();
    let mut failed = 0;
    println!(
        "| command | system calls | faults | panics | hangs | wrong ends | files lost | left over |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
    for subject in
        COMMANDS.iter().filter(|s| only.is_none_or(|name| s.name.contains(name.as_str())))
    {
        failed += sweep(subject, &dir, whole);
    }
    fs::remove_dir_all(&dir).unwrap();
    if only.is_none_or(|name| "real".contains(name.as_str())) {
        failed += real::compare(whole);
    }
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Injects the faults into one command and prints its row; how many runs went wrong.
fn sweep(subject: &Subject, dir: &Path, whole: bool) -> usize {
    let calls = calls(subject, dir);
    let right = prepared(subject, dir, None);
    let mut wrong: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut faults, mut count) = (0, 0);
    for (call, occurrences) in &calls {
        count += occurrences.clone().count();
        for at in occurrences.clone() {
            let sampled = |fault: &str| {
                whole
                    || (at == *occurrences.start() && matches!(fault, "EPERM" | "EINTR" | "ENOMEM"))
            };
            for fault in FAULTS.iter().filter(|fault| sampled(fault)) {
                faults += 1;
                let inject = if *fault == "KILL" {
                    format!("inject={call}:signal=KILL:when={at}")
                } else {
                    format!("inject={call}:error={fault}:when={at}")
                };
                let run = prepared(subject, dir, Some(&inject));
                if let Some(kind) = run.wrong(subject, &right, *fault == "KILL") {
                    *wrong.entry(kind).or_default() += 1;
                    eprintln!(
                        "{kind}: {} under {inject}: {:?} {}",
                        subject.name, run.status, run.err
                    );
                }
            }
        }
    }
    let of = |kind| wrong.get(kind).copied().unwrap_or(0);
    println!(
        "| `{}` | {count} | {faults} | {} | {} | {} | {} | {} |",
        subject.name,
        of("panic"),
        of("hang"),
        of("end"),
        of("file"),
        of("left over")
    );
    wrong.values().sum()
}

/// The calls of a run, each with the occurrences in one process. What the C library does before
/// isodoc begins is every program's.
fn calls(subject: &Subject, dir: &Path) -> BTreeMap<String, RangeInclusive<usize>> {
    fill(subject, dir);
    let log = dir.join("strace.log");
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-o"]).arg(&log).arg(env!("CARGO_BIN_EXE_isodoc"));
    command.args(subject.args).current_dir(dir.join("work")).stdout(Stdio::null());
    command.status().unwrap();
    let text = fs::read_to_string(&log).unwrap();
    // The last that the standard library does before `main`; it ends the program where it is
    // refused memory for that.
    let (before, _) = text.split_once("rt_sigaction(SIGBUS, {").unwrap();
    let most = |text: &str| {
        let mut by_process: BTreeMap<(String, String), usize> = BTreeMap::new();
        for line in text.lines() {
            let Some((pid, rest)) = line.split_once(' ') else { continue };
            let Some((call, _)) = rest.trim_start().split_once('(') else { continue };
            if call.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_') {
                *by_process.entry((call.to_owned(), pid.to_owned())).or_default() += 1;
            }
        }
        let mut most: BTreeMap<String, usize> = BTreeMap::new();
        for ((call, _), count) in by_process {
            let entry = most.entry(call).or_default();
            *entry = count.max(*entry);
        }
        most
    };
    let (own, all) = (most(before), most(&text));
    all.into_iter()
        .filter(|(call, _)| !NOT_REFUSED.contains(&call.as_str()))
        .map(|(call, count)| {
            let first = own.get(&call).copied().unwrap_or_default() + 1;
            (call, first..=count)
        })
        .filter(|(_, occurrences)| !occurrences.is_empty())
        .collect()
}

/// A fresh directory for the run.
fn fill(subject: &Subject, dir: &Path) {
    let work = dir.join("work");
    let _ = fs::remove_dir_all(&work);
    fs::create_dir_all(&work).unwrap();
    if let Some(name) = subject.writes {
        fs::write(work.join(name), COMPOSE).unwrap();
    }
}

struct Run {
    /// `None`: it had to be ended.
    status: Option<ExitStatus>,
    out: Vec<u8>,
    err: String,
    file: Option<Vec<u8>>,
    others: Vec<PathBuf>,
    left_over: bool,
}

/// Runs a command, with a fault.
fn prepared(subject: &Subject, dir: &Path, inject: Option<&str>) -> Run {
    /// As long as a run may take; it takes milliseconds.
    const MOST: Duration = Duration::from_secs(10);
    fill(subject, dir);
    let work = dir.join("work");
    let (out, err) = (dir.join("out"), dir.join("err"));
    let mut command = match inject {
        Some(inject) => {
            let mut strace = Command::new("strace");
            strace.args(["-f", "-qq", "-o", "/dev/null", "-e", inject]);
            strace.arg(env!("CARGO_BIN_EXE_isodoc"));
            strace
        }
        None => Command::new(env!("CARGO_BIN_EXE_isodoc")),
    };
    let mark = format!("ISODOC_FAULT={}", std::process::id());
    let mut child = command
        .args(subject.args)
        .args(if subject.args.contains(&"--no-probe") || subject.name.starts_with("lint") {
            &[][..]
        } else {
            &["--timeout", "3"]
        })
        .current_dir(&work)
        .env("ISODOC_FAULT", std::process::id().to_string())
        .stdin(Stdio::null())
        .stdout(fs::File::create(&out).unwrap())
        .stderr(fs::File::create(&err).unwrap())
        .spawn()
        .unwrap();
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break Some(status);
        }
        if started.elapsed() > MOST {
            child.kill().unwrap();
            child.wait().unwrap();
            break None;
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    let file = subject.writes.map(|name| fs::read(work.join(name)).unwrap_or_default());
    let entries = fs::read_dir(&work).unwrap().flatten().map(|entry| entry.path());
    let others = entries.filter(|path| subject.writes.is_none_or(|name| !path.ends_with(name)));
    Run {
        status,
        out: fs::read(out).unwrap(),
        err: fs::read_to_string(err).unwrap(),
        file,
        others: others.collect(),
        left_over: inject.is_some() && lives(&mark),
    }
}

/// Whether a process with this variable is there a moment later.
fn lives(mark: &str) -> bool {
    let marked = || {
        fs::read_dir("/proc").unwrap().flatten().any(|entry| {
            fs::read(entry.path().join("environ"))
                .is_ok_and(|text| text.split(|b| *b == 0).any(|word| word == mark.as_bytes()))
        })
    };
    // What was killed may take a moment to go.
    (0..50).all(|_| {
        let there = marked();
        if there {
            std::thread::sleep(Duration::from_millis(10));
        }
        there
    })
}

impl Run {
    /// What is wrong with how it ended, if anything is.
    fn wrong(&self, subject: &Subject, right: &Self, killed: bool) -> Option<&'static str> {
        let Some(status) = self.status else { return Some("hang") };
        if self.err.contains("panicked") || status.signal() == Some(6) || status.code() == Some(134)
        {
            return Some("panic");
        }
        if self.left_over {
            return Some("left over");
        }
        let old = if subject.name.starts_with("snapshot") || subject.writes.is_some() {
            Some(COMPOSE.as_bytes())
        } else {
            None
        };
        if let Some(file) = &self.file {
            // A snapshot holds the moment that it was taken at.
            let whole = right.file.as_ref() == Some(file)
                || (subject.name.starts_with("snapshot")
                    && serde_json::from_slice::<Value>(file).is_ok_and(|v| v.is_object()));
            if old != Some(file.as_slice()) && !whole {
                return Some("file");
            }
        }
        if killed {
            return None;
        }
        if !self.others.is_empty() {
            return Some("left over");
        }
        let code = match status.code() {
            Some(code @ 0..=3) => code,
            _ => return Some("end"),
        };
        if subject.name.starts_with("check") && code != 2 {
            let report: Option<Value> = serde_json::from_slice(&self.out).ok();
            let verdict = report.as_ref().and_then(|report| report["verdict"].as_str());
            let expected =
                ["supported", "unsupported", "", "unknown"].get(usize::try_from(code).unwrap());
            if verdict != expected.copied() {
                return Some("end");
            }
        }
        (code == 2 && self.err.is_empty() && self.out.is_empty()).then_some("end")
    }
}
