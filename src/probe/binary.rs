//! The real unshare(1), run where the answer can depend on the program.

use std::io::Read;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use super::outcome::{Outcome, Refusal, Status};
use super::runner::signal_name;
use crate::facts::Facts;
use crate::mechanisms::{Plan, Step};
use crate::parse::message;
use crate::parse::tool::Flavour;

/// Why the program decides here, if it does.
pub fn reason(plan: &Plan, facts: &Facts) -> Option<String> {
    let tool = facts.tools.unshare.value()?;
    let persistent =
        plan.beyond.iter().any(|flag| flag.contains("=/") || flag.starts_with("--mount-binfmt") || flag.starts_with("--load-interp"));
    // These leave something behind, or run a program that nobody asked for.
    if persistent || plan.program.is_some() {
        return None;
    }
    // Not dumpable: exec(2) of a readable program would lift it, and the job is executed in our place, not by us.
    if facts.process.dumpable.value().is_some_and(|d| *d != 1) {
        return None;
    }
    if !plan.beyond.is_empty() || plan.external_maps() {
        return Some("isodoc's own child does not know these flags".into());
    }
    if facts.env.ld_preload.value().is_some_and(|v| !v.trim().is_empty()) {
        return Some("LD_PRELOAD is set, and a preloaded library can add threads".into());
    }
    if facts.lsm.apparmor.value() == Some(&true) {
        return Some("AppArmor is on, and attaches its profiles by path".into());
    }
    if facts.lsm.selinux_enforcing.value() == Some(&true) {
        return Some("SELinux enforces, and can change domain on exec".into());
    }
    match &tool.flavour {
        Some(Flavour::Busybox) => return Some(format!("{} is busybox", tool.path)),
        Some(Flavour::Other) => return Some(format!("{} is not util-linux", tool.path)),
        Some(Flavour::UtilLinux { major: 2, minor }) if *minor < 34 => return Some(format!("{} is util-linux 2.{minor}", tool.path)),
        _ => {}
    }
    if tool.privileged() {
        return Some(format!("{} runs with privilege of its own", tool.path));
    }
    (!tool.readable).then(|| format!("{} may not be read, so its process is not dumpable", tool.path))
}

/// Runs the program with the flags and `true`, and lets its answer stand.
pub fn run(plan: &Plan, facts: &Facts, own: Outcome, reason: String, patience: Duration) -> Outcome {
    let Some(tool) = facts.tools.unshare.value() else { return own };
    let mut command = Command::new(&tool.path);
    command.args(&plan.flags).args(["--", "true"]);
    // The C locale, so that the message can be read.
    command.env("LC_ALL", "C").env_remove("LANGUAGE");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).process_group(0);
    let Some(answer) = wait(command, patience) else {
        return Outcome { binary: Some(reason), ..own };
    };
    let refusal = match answer {
        Answer::Passed => None,
        Answer::Hung => return Outcome::without(Status::Failed(format!("{} gave no answer within {} s", tool.path, patience.as_secs()))),
        Answer::Killed(signal) => {
            let step = own.refusal.as_ref().map_or(Step::Unshare, |r| r.step);
            Some(Refusal { step, errno: None, signal: Some(signal_name(signal)), message: None })
        }
        Answer::Said(text) => {
            let read = message::first_refusal(&text);
            let step = read.as_ref().map_or(Step::Exec, |r| r.step);
            Some(Refusal { step, errno: read.and_then(|r| r.errno), signal: None, message: Some(text) })
        }
    };
    let same = own.has_run() && own.refusal.as_ref().map(|r| (r.step, r.errno)) == refusal.as_ref().map(|r| (r.step, r.errno));
    let isolation = if refusal.is_none() { own.isolation } else { None };
    let kept = (own.has_run() && !same).then(|| Box::new(own));
    Outcome { status: Status::Ran, refusal, isolation, own: kept, binary: Some(reason), in_place: false }
}

enum Answer {
    Passed,
    Hung,
    Killed(i32),
    Said(String),
}

/// Runs a command to its end, at most `patience`; `None` when it cannot be started.
fn wait(mut command: Command, patience: Duration) -> Option<Answer> {
    let mut child = command.spawn().ok()?;
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw)?;
    let deadline = Instant::now() + patience;
    let mut pause = Duration::from_micros(200);
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break Some(status),
            Ok(None) if Instant::now() < deadline => {
                std::thread::sleep(pause);
                pause = (pause * 2).min(Duration::from_millis(5));
            }
            _ => break None,
        }
    };
    let Some(status) = status else {
        let _ = kill_process_group(group, Signal::KILL);
        let _ = child.wait();
        return Some(Answer::Hung);
    };
    if status.success() {
        return Some(Answer::Passed);
    }
    if let Some(signal) = status.signal() {
        return Some(Answer::Killed(signal));
    }
    let mut bytes = vec![];
    let _ = child.stderr.take()?.take(4096).read_to_end(&mut bytes);
    Some(Answer::Said(String::from_utf8_lossy(&bytes).trim().to_owned()))
}
