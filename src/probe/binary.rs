//! The real unshare(1), run where the answer can depend on the program.

use std::io::Read;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use super::outcome::{ProbeOutcome, Refusal};
use super::runner::signal_name;
use super::trust;
use super::wait::{reap, sleep};
use crate::errno::Errno;
use crate::facts::{Facts, Missing};
use crate::mechanisms::unshare;
use crate::parse::message;
use crate::plan::Flavour;
use crate::plan::{Plan, Step};
use crate::sys;

/// Why the program decides here, if it does.
pub(super) fn reason(plan: &Plan, facts: &Facts) -> Option<String> {
    reason_where(plan, facts, facts.lsm.apparmor.value() == Some(&true))
}

/// Why it might get a different answer than isodoc's own process, where it cannot be run. AppArmor
/// does not count where nothing confines us and `/etc/apparmor.d` is that of the kernel's host and
/// has no profile for the program.
pub(super) fn doubt(plan: &Plan, facts: &Facts, on_host: bool) -> Option<String> {
    let lsm = &facts.lsm;
    let unconfined =
        lsm.apparmor_label.value().or(lsm.label.value()).is_some_and(|label| label == "unconfined");
    let excluded = on_host && unconfined && lsm.profile_of(plan.by).value() == Some(&false);
    reason_where(plan, facts, lsm.apparmor.value() == Some(&true) && !excluded)
}

/// Whether it leaves nothing behind, and runs no program that nobody asked for.
fn is_harmless(plan: &Plan) -> bool {
    let there = |path: &String| Path::new(path).symlink_metadata().is_ok();
    !plan.lasting && plan.program.is_none() && plan.makes.iter().all(there)
}

fn reason_where(plan: &Plan, facts: &Facts, apparmor_confines_it: bool) -> Option<String> {
    let tool = facts.tools.get(plan.by).value()?;
    if !is_harmless(plan) {
        return None;
    }
    // Not dumpable: exec(2) of a readable program would lift it, and the job is executed in our
    // place, not by us.
    if tool.readable && facts.process.dumpable.value().is_some_and(|d| *d != 1) {
        return None;
    }
    if plan.root.as_ref().is_some_and(|root| root != "/") {
        return Some("the program to execute is looked for below --root".into());
    }
    if plan.flag_error.as_ref().is_some_and(|error| error.by_version) {
        return Some("its version does not tell what its package was given besides".into());
    }
    if plan.untold().next().is_some() || plan.external_maps() {
        return Some("isodoc's own child does not know these flags".into());
    }
    if facts.env.ld_preload.value().is_some_and(|v| !v.trim().is_empty()) {
        return Some("LD_PRELOAD is set, and a preloaded library can add threads".into());
    }
    if apparmor_confines_it {
        return Some("AppArmor is on, and attaches its profiles by path".into());
    }
    if facts.lsm.selinux_enforcing.value() == Some(&true) {
        return Some("SELinux enforces, and can change domain on exec".into());
    }
    match &tool.flavour {
        Some(Flavour::Busybox) => return Some(format!("{} is busybox", tool.path)),
        Some(Flavour::Other) => return Some(format!("{} is not util-linux", tool.path)),
        Some(Flavour::UtilLinux { major: 2, minor }) if *minor < 34 => {
            return Some(format!("{} is util-linux 2.{minor}", tool.path));
        }
        _ => {}
    }
    if tool.privileged() {
        return Some(format!("{} runs with privilege of its own", tool.path));
    }
    (!tool.readable && plan.steps.iter().any(|step| step.writes_own_files()))
        .then(|| format!("{} may not be read, so its process is not dumpable", tool.path))
}

/// Why the program has to confirm what isodoc's own child passed: a filter may refuse what the
/// program needs besides, as to be loaded.
pub(super) fn confirmation(plan: &Plan, facts: &Facts, own: &ProbeOutcome) -> Option<String> {
    let filtered = facts.process.seccomp.value() != Some(&0);
    let runnable = is_harmless(plan) && facts.process.dumpable.value() == Some(&1);
    (filtered && runnable && own.passed())
        .then(|| "a filter of system calls may refuse what the program needs besides".into())
}

/// Runs the program with the flags and `true`, and lets its answer stand.
pub(super) fn run(
    plan: &Plan,
    facts: &Facts,
    own: ProbeOutcome,
    reason: String,
    patience: Duration,
) -> ProbeOutcome {
    let (Some(test), Some(tool)) = (plan.by.test, facts.tools.get(plan.by).value()) else {
        return own;
    };
    // By its name, as the worker starts it: execvp(3) goes on where a program's interpreter is
    // missing.
    let mut command = Command::new(plan.by.name);
    command.args(&plan.flags).args(test);
    let Some(answer) = wait(command, patience) else {
        return ProbeOutcome { binary: Some(reason), ..own };
    };
    let refusal = match answer {
        // Not util-linux's: that it ends well is no proof that it did anything.
        ProgramEnd::Passed if tool.flavour == Some(Flavour::Other) && !own.passed() => {
            return if own.has_run() {
                own
            } else {
                let why = "is not util-linux: that it exits 0 proves nothing";
                ProbeOutcome::unclear(format!("{} {why}", tool.path))
            };
        }
        ProgramEnd::Passed => None,
        ProgramEnd::Hung => {
            let seconds = patience.as_secs();
            let why = format!("{} gave no answer within {seconds} s", tool.path);
            return ProbeOutcome::unclear(why);
        }
        ProgramEnd::NotStarted(errno) => Some(Refusal::at(Step::FindBinary, Some(errno))),
        ProgramEnd::Killed(signal) => {
            let step = own.refusal.as_ref().map_or(Step::Unshare, |r| r.step);
            Some(Refusal { signal: Some(signal_name(signal)), ..Refusal::at(step, None) })
        }
        ProgramEnd::Said(text) => {
            let read = message::first_refusal(plan.by, &text);
            // What it says of options that isodoc does not know is in words of its own.
            let other = if plan.untold().next().is_some() { Step::ParseFlags } else { Step::Exec };
            let errno = read.as_ref().and_then(|r| r.errno);
            let step = read.map_or(other, |r| r.step);
            // busybox does not say which of these files it could not write.
            let of_child = own.refusal.as_ref().filter(|r| r.errno == errno).map(|r| r.step);
            let same = of_child.filter(|at| at.writes_own_files() && step.writes_own_files());
            let step = same.unwrap_or(step);
            Some(Refusal { message: Some(text), ..Refusal::at(step, errno) })
        }
    };
    if crowded(plan, &own, refusal.as_ref()) {
        return ProbeOutcome { binary: Some(reason), ..own };
    }
    let same = own.has_run()
        && own.refusal.as_ref().map(|r| (r.step, r.errno))
            == refusal.as_ref().map(|r| (r.step, r.errno));
    let isolation = if refusal.is_none() { own.isolation } else { None };
    let kept = (own.has_run() && !same).then(|| Box::new(own));
    ProbeOutcome { own: kept, binary: Some(reason), ..ProbeOutcome::ran(refusal, isolation) }
}

/// Whether the program lacked the room for a task that isodoc itself takes up: our own child came
/// further, and was refused there.
fn crowded(plan: &Plan, own: &ProbeOutcome, met: Option<&Refusal>) -> bool {
    let full = met.filter(|met| met.errno == Some(Errno::EAGAIN));
    full.zip(own.refusal.as_ref()).is_some_and(|(met, own)| plan.asks_first(met.step, own.step))
}

/// What becomes of a program that executes itself in its namespaces: there a preloaded library can
/// add threads, and unshare(CLONE_NEWUSER) allows only one. unshare(1) says whether this one does.
pub(super) fn reexecuted(
    plan: &Plan,
    facts: &Facts,
    own: ProbeOutcome,
    patience: Duration,
) -> ProbeOutcome {
    let preloaded = facts.env.ld_preload.value().is_some_and(|v| !v.trim().is_empty());
    if !preloaded || !own.has_run() || own.refusal.is_some() {
        return own;
    }
    let mut command = Command::new(unshare::PROGRAM.name);
    command.args(["--user", "true"]);
    let Some(ProgramEnd::Said(text)) = wait(command, patience) else { return own };
    let refused = message::first_refusal(&unshare::PROGRAM, &text).and_then(|said| said.errno);
    if refused != Some(Errno::EINVAL) {
        return own;
    }
    let step = if plan.clones() { Step::SecondUserns } else { Step::Unshare };
    let refusal = Refusal { message: Some(text), ..Refusal::at(step, refused) };
    let binary = Some("LD_PRELOAD is set: unshare(1) was run in place of the program".into());
    ProbeOutcome { binary, ..ProbeOutcome::refused(refusal) }
}

enum ProgramEnd {
    Passed,
    Hung,
    NotStarted(Errno),
    Killed(i32),
    Said(String),
}

/// How much of what the program says is kept; the rest is read and dropped, so that it never waits
/// for us.
const MOST: usize = 4096;

/// The first words of a program about its version. As root, none that others could have put there
/// is executed, unless it is trusted.
pub(crate) fn version(path: &str, trusted: bool) -> Result<String, Missing> {
    /// What is asked for its version answers at once.
    const PATIENCE: Duration = Duration::from_secs(5);
    let root = rustix::process::geteuid().is_root();
    if root && !trusted && trust::exposed(Path::new(path), |uid| uid == 0).is_some() {
        return Err(Missing::Denied);
    }
    let mut command = Command::new(path);
    command.arg("--version");
    match ended(command, PATIENCE) {
        Some((ProgramEnd::Passed, text)) => Ok(text.lines().next().unwrap_or_default().to_owned()),
        Some((ProgramEnd::Hung, _)) => Err(Missing::Malformed("no answer".into())),
        Some((ProgramEnd::NotStarted(errno), _)) => Err(Missing::Malformed(errno.name().into())),
        _ => Err(Missing::Malformed("it says nothing of its version".into())),
    }
}

/// Runs a command to its end, at most `patience`; `None` when no process can be had for it.
fn wait(command: Command, patience: Duration) -> Option<ProgramEnd> {
    ended(command, patience).map(|(end, _)| end)
}

/// The same, and the beginning of what a command that ends well writes to its standard output.
fn ended(mut command: Command, patience: Duration) -> Option<(ProgramEnd, String)> {
    // The C locale, so that the message can be read.
    command.env("LC_ALL", "C").env_remove("LANGUAGE");
    // Pipes, for /dev/null need not be there, or may not be opened.
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    sys::end_with_us(&mut command);
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => {
            return not_started(&error).map(|errno| (ProgramEnd::NotStarted(errno), String::new()));
        }
    };
    drop(child.stdin.take());
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw)?;
    let deadline = Instant::now() + patience;
    let mut pause = Duration::from_micros(200);
    let mut stderr = child.stderr.take()?;
    // A process that the program leaves behind may hold the pipe open for ever: only what is there
    // is read.
    let nonblocking = rustix::io::ioctl_fionbio(&stderr, true).is_ok();
    let mut text = vec![];
    let status = loop {
        let status = child.try_wait();
        if nonblocking {
            drain(&mut stderr, &mut text, deadline);
        }
        match status {
            Ok(Some(status)) => break Some(status),
            Ok(None) if Instant::now() < deadline => {
                sleep(pause);
                pause = (pause * 2).min(Duration::from_millis(5));
            }
            _ => break None,
        }
    };
    // Whatever the program left in its group goes as well.
    let _ = kill_process_group(group, Signal::KILL);
    let Some(status) = status else {
        let _ = reap(group, Duration::ZERO);
        return Some((ProgramEnd::Hung, String::new()));
    };
    let words = |text: &[u8]| String::from_utf8_lossy(text).trim().to_owned();
    Some(match status.signal() {
        _ if status.success() => {
            let mut said = vec![];
            if let Some(mut stdout) = child.stdout.take()
                && rustix::io::ioctl_fionbio(&stdout, true).is_ok()
            {
                drain(&mut stdout, &mut said, deadline);
            }
            (ProgramEnd::Passed, words(&said))
        }
        Some(signal) => (ProgramEnd::Killed(signal), String::new()),
        None => (ProgramEnd::Said(words(&text)), String::new()),
    })
}

/// Reads what is in the pipe, and keeps the beginning.
fn drain(from: &mut impl Read, text: &mut Vec<u8>, deadline: Instant) {
    let mut chunk = [0; 4096];
    while let Ok(n @ 1..) = from.read(&mut chunk) {
        let room = MOST.saturating_sub(text.len());
        text.extend(chunk.iter().take(n.min(room)));
        if Instant::now() >= deadline {
            break;
        }
    }
}

/// The error of execve(2), where it is the program's fault and not a lack of processes or memory.
fn not_started(error: &std::io::Error) -> Option<Errno> {
    let raw = error.raw_os_error()?;
    matches!(
        raw,
        libc::ENOENT | libc::EACCES | libc::EPERM | libc::ENOEXEC | libc::ENOTDIR | libc::ELOOP
    )
    .then(|| Errno::from_raw(raw))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Option<ProgramEnd> {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        wait(command, Duration::from_secs(5))
    }

    /// Found by the lab: where there was room for one task, the real bubblewrap, started by us, met
    /// the limit before it could miss what it binds.
    #[test]
    fn the_room_that_isodoc_takes_up_is_no_refusal() {
        let plan = crate::rules::tests::of(&crate::mechanisms::bubblewrap::MECHANISM);
        let met = |step, errno| Refusal::at(step, Some(errno));
        let own = |step| ProbeOutcome::refused(met(step, Errno::ENOENT));
        for (own, program, is_crowded) in [
            (own(Step::Binds), met(Step::Unshare, Errno::EAGAIN), true),
            (own(Step::Binds), met(Step::Unshare, Errno::EPERM), false),
            (own(Step::Unshare), met(Step::Unshare, Errno::EAGAIN), false),
            (own(Step::Unshare), met(Step::Fork, Errno::EAGAIN), false),
            (ProbeOutcome::ran(None, None), met(Step::Unshare, Errno::EAGAIN), false),
        ] {
            assert_eq!(crowded(&plan, &own, Some(&program)), is_crowded, "{program:?}");
        }
    }

    #[test]
    fn apparmor_without_a_profile_for_the_program_leaves_no_doubt() {
        use crate::facts::Fact;
        let mut facts = crate::rules::tests::healthy();
        let plan = unshare::planned(unshare::DEFAULT_FLAGS, 1000);
        let both = |facts: &Facts, on_host| {
            (reason(&plan, facts).is_some(), doubt(&plan, facts, on_host).is_some())
        };
        assert_eq!(both(&facts, true), (false, false));
        facts.lsm.apparmor = Fact::known(true, "test");
        facts.lsm.apparmor_label = Fact::known("unconfined".into(), "test");
        facts.lsm.apparmor_profiles = [("unshare", Fact::known(false, "test"))].into();
        assert_eq!(both(&facts, true), (true, false));
        assert_eq!(both(&facts, false), (true, true), "a container has another /etc");
        for profile in [Fact::known(true, "test"), Fact::default()] {
            let mut facts = facts.clone();
            facts.lsm.apparmor_profiles = [("unshare", profile)].into();
            assert_eq!(both(&facts, true), (true, true));
        }
        facts.lsm.apparmor_label = Fact::known("other (enforce)".into(), "test");
        assert_eq!(
            both(&facts, true),
            (true, true),
            "a profile may have rules for what it executes"
        );
    }

    #[test]
    fn a_process_left_behind_holds_nothing_up() {
        let start = Instant::now();
        assert!(matches!(shell("echo no >&2; sleep 30 & exit \
                1"), Some(ProgramEnd::Said(text)) if text == "no"));
        assert!(start.elapsed() < Duration::from_secs(5));
    }

    #[test]
    fn a_program_that_says_much_is_not_taken_for_one_that_hangs() {
        assert!(matches!(shell("head -c 1000000 /dev/zero | tr '\\0' x >&2; exit \
                1"), Some(ProgramEnd::Said(text)) if text.len() == MOST));
    }

    #[test]
    fn a_program_that_cannot_be_started_says_why() {
        let mut command = Command::new("/nonexistent/unshare");
        command.stderr(Stdio::piped());
        assert!(matches!(
            wait(command, Duration::from_secs(5)),
            Some(ProgramEnd::NotStarted(Errno::ENOENT))
        ));
    }
}
