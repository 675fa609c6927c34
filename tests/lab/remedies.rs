//! The cheapest printed remedy, carried out for real.
//!
//! What isodoc prints is pasted into a shell as an operator would do it, at the place in the
//! building of a room where the operator stands, and the real command is run again. What cannot be
//! pasted here, for want of a systemd that started us or of a sandbox to leave, is carried out in
//! effect: the room is built without the thing that the setting takes away. The two are counted
//! apart.

use std::cell::RefCell;
use std::io::{Read, Write};

use serde::{Deserialize, Serialize};

use crate::cell::{self, Ran, Seen, Spot, Truth};
use crate::judge::Remedied;
use crate::random;
use crate::room::find;
use crate::rules;
use crate::run::{Lab, Room};
use crate::said::{Printed, Said};
use crate::sys::{self, Built, Skip};

/// The variable in which a room is told what is carried out in it.
pub const VARIABLE: &str = "LAB_REPAIR";

/// What the reason begins with when a pasted line failed, and the exit status of the room then.
pub const FAILED: (&str, i32) = ("lab: the remedy failed: ", 78);

/// The same where the room has no place for the remedy.
pub const NO_PLACE: (&str, i32) = ("lab: no place for the remedy: ", 79);

/// Why it is not carried out then.
const NO_ROOM: &str = "the environment has no place for it";

/// When a remedy is carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum When {
    /// By other flags alone.
    Flags,
    /// Pasted as the root of the room, before privileges are dropped.
    Now,
    /// Pasted where the room says so: from outside, or in the namespace concerned.
    Placed,
    /// The line starts the command: in place of what broke the room where it says so, else at the
    /// end.
    Start,
    /// The room is built without what the setting installs.
    Effect,
}

use When::{Effect, Flags, Now, Placed, Start};

/// How the lab carries a remedy out.
struct Way {
    /// The id of the remedy.
    id: &'static str,
    /// When.
    when: When,
    /// How the line begins that is carried out.
    line: &'static str,
}

const fn way(id: &'static str, when: When, line: &'static str) -> Way {
    Way { id, when, line }
}

/// How the settings of a systemd unit are written.
const DROP_IN: &str = "tee /etc/systemd/system/";

/// The remedies that the named environments meet. A line that none of them claims is in
/// [`NOT_PASTED`].
const WAYS: &[Way] = &[
    way("add-user-namespace", Flags, ""),
    way("without-user-namespace", Flags, ""),
    way("without-mount-proc", Flags, ""),
    way("add-pid-and-fork", Flags, ""),
    way("propagation-unchanged", Flags, ""),
    way("default-flags", Flags, ""),
    way("without-that-flag", Flags, ""),
    way("without-setgroups-allow", Flags, ""),
    way("map-that-id", Flags, ""),
    way("map-granted-range", Flags, ""),
    way("map-one-id", Flags, ""),
    way("other-directory", Flags, ""),
    way("unmount-masks", Now, "umount "),
    way("remount-proc-rw", Now, "mount -o remount,bind,rw "),
    way("remount-proc-rw", Now, "mount -o remount,rw "),
    way("remount-proc-relatime", Now, "mount -o remount,bind,nosuid,"),
    way("remount-suid", Now, "mount -o remount,bind,suid "),
    way("drop-proc-subset", Now, "mount -t proc proc /proc"),
    way("mount-proc-first", Now, "mkdir -p /proc && mount "),
    way("make-proc-directory", Now, "mkdir /proc"),
    way("enable-weaker-nested-sandbox", Now, "cat ~/.srt-settings.json "),
    way("make-program-readable", Now, "chmod a+r "),
    way("setuid-newuidmap", Now, "chmod u+s "),
    way("newuidmap-file-capabilities", Now, "chmod u-s "),
    way("add-subids", Now, "usermod "),
    way("sysctl-max-user-namespaces", Placed, "sysctl -w user.max_user_"),
    way("sysctl-max-user-namespaces-host", Placed, "sysctl -w user.max_user_"),
    way("sysctl-max-pid-namespaces", Placed, "sysctl -w user.max_pid_"),
    way("sysctl-max-mnt-namespaces", Placed, "sysctl -w user.max_mnt_"),
    way("sysctl-max-other-namespaces", Placed, "sysctl -w user.max_"),
    way("sysctl-pid-max", Placed, "sysctl -w kernel.pid_max="),
    way("raise-nproc", Placed, "prlimit --pid $$ "),
    way("raise-pids-max", Placed, "echo "),
    way("end-leaked-namespaces", Placed, "kill PID "),
    way("leave-chroot", Start, "unshare --mount "),
    way("bind-root", Start, "mount "),
    way("write-id-maps", Start, "unshare --user "),
    way("fork-in-outer-unshare", Start, "unshare --pid "),
    way("drop-ambient-capabilities", Start, "setpriv --ambient-caps="),
    way("no-pivot-root", Flags, ""),
    // Not pasted, for the devices of this machine stay as they are.
    way("open-device", Effect, "chmod 0666 /dev/net/tun"),
    way("add-device", Effect, "docker run --device /dev/net/tun"),
    way("mount-own-proc", Start, "unshare --mount-proc -- COMMAND"),
    way("mount-own-proc", Start, "unshare --pid --fork --mount-proc -- COMMAND"),
    // By the administrator, from where the user is not yet one.
    way("mount-own-proc", Effect, "unshare --mount-proc -- setpriv "),
    way("enter-pid-namespace", Start, "nsenter "),
    way("drop-ld-preload", Start, "unset LD_PRELOAD"),
    way("run-as-mapped-id", Start, "setpriv "),
    way("run-as-user", Start, "setpriv "),
    // With systemd in place of setpriv.
    way("run-as-user", Effect, "useradd "),
    way("run-as-user", Effect, "COMMAND    # started as an ordinary user"),
    way("systemd-allow-namespaces", Effect, DROP_IN),
    way("systemd-allow-mount", Effect, DROP_IN),
    way("systemd-allow-keyring", Effect, DROP_IN),
    way("allow-privilege-escalation", Effect, DROP_IN),
    // Where no systemd started us.
    way("systemd-allow-namespaces", Effect, "COMMAND    # started outside the sandbox"),
    way("systemd-allow-mount", Effect, "COMMAND    # started outside the sandbox"),
    way("systemd-allow-keyring", Effect, "COMMAND    # started outside the sandbox"),
    way("allow-privilege-escalation", Effect, "COMMAND    # started by something"),
    way("run-as-root", Effect, "sudo COMMAND"),
    way("outside-landlock", Effect, "COMMAND    # started outside the sandbox"),
    way("fewer-layers", Effect, "COMMAND    # started "),
    way("extend-path", Effect, "PATH="),
    way("install-uidmap", Effect, "apt-get install -y uidmap"),
    way("install-util-linux", Effect, "apt-get install -y util-linux"),
    way("install-true", Effect, "apt-get install -y coreutils"),
    // Where this machine is a container itself, and hides that no longer.
    way("seccomp-profile", Effect, "docker run --security-opt seccomp=isodoc-"),
    way("seccomp-unconfined", Effect, "docker run --security-opt seccomp=unconfined IMAGE"),
    way("systempaths-unconfined", Effect, "docker run --security-opt systempaths=unconfined IMAGE"),
    way("cap-add-setfcap", Effect, "docker run --cap-add SETFCAP IMAGE"),
    way("cap-add-setfcap", Effect, "bwrap --cap-add CAP_SETFCAP COMMAND"),
    way("cap-add-sys-admin", Effect, "docker run --cap-add SYS_ADMIN IMAGE"),
    way("run-as-user", Effect, "docker run --user "),
    way("raise-pids-max", Effect, "docker run --pids-limit "),
    way("raise-nproc", Effect, "docker run --ulimit nproc="),
];

/// Lines beside those, and why they are not pasted.
const NOT_PASTED: &[(&str, &str)] = &[
    ("echo '", "holds from the next boot or login"),
    ("systemctl set-property ", "for good, where systemd made the group"),
    ("UNIT=", "a unit is set in effect"),
    ("mkdir -p /etc/systemd/", "the same"),
    (DROP_IN, "the same"),
    ("systemctl daemon-reload ", "the same"),
    ("# or", "another way to the same"),
    ("mkdir -p ~/.claude ", "the same for Claude Code"),
    ("isodoc profile ", "the filter is left out in effect; `lab profiles` tries the file"),
    ("security_opt: ", "the same for compose"),
    ("cap_add: ", "the same for compose"),
    ("user: ", "the same for compose"),
    ("pids_limit: ", "the same for compose"),
    ("ulimits: ", "the same for compose"),
    ("docker update ", "the same for a container that runs"),
    ("bwrap COMMAND ", "another way to the same, in a sandbox"),
];

/// A remedy, taken apart.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Repair {
    /// What is to be done: the id of each part, when, and its line.
    steps: RefCell<Vec<(String, When, String)>>,
}

impl Repair {
    /// Reads what is to be carried out in this room.
    pub fn of_room() -> Self {
        std::env::var(VARIABLE)
            .ok()
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default()
    }

    /// Takes a printed remedy apart: what is carried out, the flags if they change, and whether it
    /// is all pasted.
    fn of(printed: &Printed) -> Result<(Self, Option<String>, bool), String> {
        let mut steps = vec![];
        let lines: Vec<String> =
            printed.commands.iter().flat_map(|line| one_option_each(line)).collect();
        let mut lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let flags = lines.iter().position(|line| line.starts_with("UNSHARE_ISOLATION_FLAGS="));
        let flags = flags.and_then(|at| {
            Some(lines.remove(at).split_once("=\"")?.1.trim_end_matches('"').to_owned())
        });
        for id in printed.id.split('+') {
            let ways = WAYS.iter().filter(|way| way.id == id);
            let found =
                ways.map(|way| (way, lines.iter().position(|line| line.starts_with(way.line))));
            match found.max_by_key(|(_, at)| at.is_some()) {
                None => return Err(format!("the lab has no way for {id}")),
                Some((way, _)) if way.when == Flags && flags.is_some() => {}
                Some((way, Some(_))) if way.when != Flags => {
                    let (its, others) =
                        lines.into_iter().partition(|line| line.starts_with(way.line));
                    lines = others;
                    steps.extend(
                        Vec::<&str>::into_iter(its)
                            .map(|line| (id.to_owned(), way.when, line.to_owned())),
                    );
                }
                Some((way, _)) => {
                    // One line may do for two.
                    let taken = steps.iter().find(|(.., line)| line.starts_with(way.line));
                    let Some((.., line)) = taken.filter(|_| way.when != Flags) else {
                        return Err(format!("no line for {id} begins with {:?}", way.line));
                    };
                    steps.push((id.to_owned(), way.when, line.clone()));
                }
            }
        }
        match lines
            .iter()
            .find(|line| !NOT_PASTED.iter().any(|(beginning, _)| line.starts_with(beginning)))
        {
            Some(line) => Err(format!("the lab does not know the line {line:?}")),
            None => {
                let pasted = steps.iter().all(|(_, when, _)| *when != Effect);
                Ok((Self { steps: steps.into() }, flags, pasted))
            }
        }
    }

    /// Has these parts carried out in effect, for their lines start a program in the place of
    /// something that stands before other things in the room.
    fn in_effect(&self, ids: &[&str]) -> bool {
        let mut steps = self.steps.borrow_mut();
        let its =
            steps.iter_mut().filter(|(id, when, _)| *when == Start && ids.contains(&id.as_str()));
        its.map(|step| step.1 = Effect).count() > 0
    }

    /// The line of a part, once; the room carries it out.
    pub fn take(&self, id: &str, when: When) -> Option<String> {
        self.take_if(id, when, |_| true)
    }

    /// Whether a part is still to be carried out.
    pub fn has(&self, id: &str) -> bool {
        self.steps.borrow().iter().any(|(step, ..)| step == id)
    }

    /// Whether a part is still to be carried out in effect.
    pub fn has_in_effect(&self, id: &str) -> bool {
        self.steps.borrow().iter().any(|(step, when, _)| step == id && *when == Effect)
    }

    /// The same, of the lines that fit.
    pub fn take_if(&self, id: &str, when: When, fits: impl Fn(&str) -> bool) -> Option<String> {
        let at = self
            .steps
            .borrow()
            .iter()
            .position(|(step, due, line)| step == id && *due == when && fits(line))?;
        Some(self.steps.borrow_mut().remove(at).2)
    }

    /// A line that sets a limit of a user namespace, once.
    pub fn take_sysctl(&self) -> Option<String> {
        let at = self.steps.borrow().iter().position(|(id, ..)| id.starts_with("sysctl-max-"))?;
        Some(self.steps.borrow_mut().remove(at).2)
    }

    /// The lines of every part that is due at this time, in the order in which they are printed.
    pub fn due(&self, when: When) -> Vec<String> {
        let mut steps = self.steps.borrow_mut();
        let (due, later) = steps.drain(..).partition(|(_, at, _)| *at == when);
        *steps = later;
        due.into_iter().map(|(_, _, line)| line).collect()
    }

    /// What the room had no place for.
    pub fn left(&self) -> Option<String> {
        self.steps.borrow().first().map(|(id, ..)| id.clone())
    }
}

/// A line that starts a container as one line for each of its options: each is of another part of
/// the remedy.
fn one_option_each(line: &str) -> Vec<String> {
    let options = line.strip_prefix("docker run --").and_then(|rest| rest.strip_suffix(" IMAGE"));
    options.map_or_else(
        || vec![line.to_owned()],
        |rest| rest.split(" --").map(|one| format!("docker run --{one} IMAGE")).collect(),
    )
}

/// Pastes a line into a shell, as an operator would, with the shell's own pid replaced.
pub fn paste(line: &str, pid: u32) -> Built {
    let line = line.replace("--pid $$ ", &format!("--pid {pid} "));
    // What would outlast the lab goes nowhere: a room has no /etc of its own.
    let line = match line.split_once(" /etc/sysctl.d/") {
        Some((before, file)) => format!("{before}{}", file.trim_start_matches(|c| c != ' ')),
        None => line,
    };
    // A change of a limit must never reach the initial namespaces; a room of the lab's own user
    // namespace asks for it. Not from /dev/null, which a room may lack.
    let output = std::process::Command::new("/bin/sh")
        .args(["-c", &line])
        .env_remove(VARIABLE)
        .stdin(std::process::Stdio::piped())
        .output();
    let output = output.map_err(|e| Skip(format!("{}sh: {e}", FAILED.0)))?;
    match output.status.success() {
        true => Ok(()),
        false => Err(Skip(format!(
            "{}{line}: {}",
            FAILED.0,
            String::from_utf8_lossy(&output.stderr).trim()
        ))),
    }
}

/// A process that stays outside of what the room does next, to paste a line from there.
pub struct Outside {
    go: std::io::PipeWriter,
    done: std::io::PipeReader,
}

impl Outside {
    /// Starts it, with the privilege that we have now.
    pub fn new(line: &str) -> Built<Self> {
        Self::start(line, || Ok(()), || Ok(()))
    }

    /// The same, with the mounts that we have now, and in the user namespace that we have then.
    pub fn in_our_user_namespace(line: &str) -> Built<Self> {
        Self::start(
            line,
            || sys::unshare(libc::CLONE_NEWNS),
            || {
                sys::enter_namespaces_of_parent(libc::CLONE_NEWUSER)?;
                // The shell is to keep CAP_SYS_RESOURCE, whoever root is in there.
                sys::capabilities(|c| c.inheritable = c.permitted)?;
                sys::raise_ambient(24)
            },
        )
    }

    /// The same, as who we are now, and among the mounts that we have then.
    pub fn among_our_mounts(line: &str) -> Built<Self> {
        Self::start(line, || Ok(()), || sys::enter_namespaces_of_parent(libc::CLONE_NEWNS))
    }

    fn start(line: &str, now: impl FnOnce() -> Built, then: impl FnOnce() -> Built) -> Built<Self> {
        let pipe = || std::io::pipe().map_err(|e| Skip(format!("pipe: {e}")));
        let ((mut wait, go), (mut ready, mut tell)) = (pipe()?, pipe()?);
        let us = std::process::id();
        match sys::fork()? {
            0 => {
                drop((go, ready));
                let made = sys::die_with_parent().and_then(|()| now());
                let told = made.is_ok()
                    && tell.write_all(b"r").is_ok()
                    && wait.read_exact(&mut [0]).is_ok();
                let done = if told { then().and_then(|()| paste(line, us)) } else { made };
                if let Err(Skip(why)) = &done {
                    let _ = writeln!(std::io::stderr(), "{why}");
                }
                if done.is_ok() {
                    let _ = tell.write_all(b"d");
                }
                sys::exit(if done.is_ok() { 0 } else { FAILED.1 })
            }
            helper => {
                drop(tell);
                match ready.read_exact(&mut [0]) {
                    Ok(()) => Ok(Self { go, done: ready }),
                    Err(_) => sys::exit(sys::wait(helper)),
                }
            }
        }
    }

    /// Lets it paste its line. By now we may be a child of who has started it, and not wait for it.
    pub fn paste(mut self) -> Built {
        let _ = self.go.write_all(b"g");
        // Otherwise it has said why.
        if self.done.read_exact(&mut [0]).is_ok() { Ok(()) } else { sys::exit(FAILED.1) }
    }
}

/// The command line that starts a command by the printed lines, the first outermost.
pub fn start(lines: &[String], command: String) -> String {
    let text = lines.iter().rev().fold(command, |command, line| {
        // The comment would hide what follows where one line stands within another.
        let line = line.split("    # ").next().unwrap_or(line);
        if line.contains("COMMAND") {
            line.replace("COMMAND", &command)
        } else {
            format!("{line}\n{command}")
        }
    });
    // No shell waits for it: that would be one task more.
    let alone =
        ["setpriv ", "unshare ", "nsenter "].iter().any(|program| text.starts_with(program));
    if alone && !text.contains('\n') { format!("exec {text}") } else { text }
}

/// Carries out the cheapest remedy of the answer with the probe, and of that without where it is
/// another, and runs the real command again. The worse of the two counts; and a dearer one, where
/// it fails.
pub fn carry_out(lab: &Lab, recipe: &str, seen: &Seen) -> Remedied {
    if seen.truth == Truth::Works {
        return Remedied::NotNeeded;
    }
    let Some(probed) = seen.probed.remedies.first() else { return Remedied::NonePrinted };
    let first = one(lab, recipe, seen, probed, &seen.probed);
    let mut dearer = seen
        .probed
        .remedies
        .iter()
        .skip(1)
        .map(|printed| one(lab, recipe, seen, printed, &seen.probed));
    if let Some(failed) =
        dearer.find(|remedied| matches!(remedied, Remedied::Failed(..) | Remedied::NotApplied(..)))
    {
        return failed;
    }
    match seen.predicted.remedies.first() {
        Some(predicted) if predicted != probed => {
            worse(first, one(lab, recipe, seen, predicted, &seen.predicted))
        }
        _ => first,
    }
}

/// Carries out the cheapest remedy of the answer with the probe alone: where machines are slow, or
/// rooms many.
pub fn cheapest(lab: &Lab, recipe: &str, seen: &Seen) -> Remedied {
    match seen.probed.remedies.first() {
        _ if seen.truth == Truth::Works => Remedied::NotNeeded,
        Some(printed) => one(lab, recipe, seen, printed, &seen.probed),
        None => Remedied::NonePrinted,
    }
}

/// The one that counts.
pub fn worse(a: Remedied, b: Remedied) -> Remedied {
    let rank = |r: &Remedied| match r {
        Remedied::Failed(..) => 5,
        Remedied::NotApplied(..) => 4,
        Remedied::Open(..) => 3,
        Remedied::InEffect(_) => 2,
        Remedied::Worked(_) => 1,
        Remedied::NotNeeded | Remedied::NonePrinted | Remedied::NotWritten(_) => 0,
    };
    if rank(&b) > rank(&a) { b } else { a }
}

/// What is carried out in an environment, the flags if they change, and whether it is all pasted.
fn prepared(recipe: &str, printed: &Printed) -> Result<(Repair, Option<String>, bool), String> {
    let (repair, flags, pasted) = Repair::of(printed)?;
    let in_effect = recipe.starts_with(random::PREFIX) && repair.in_effect(random::MIDST);
    for (_, when, line) in repair.steps.borrow().iter().filter(|(_, when, _)| *when != Effect) {
        if line.contains("$(command -v") {
            return Err("the copy that cannot be read is not the one in PATH".to_owned());
        }
        let program = line.split(' ').next().unwrap_or_default();
        if !["unset", "echo", "COMMAND"].contains(&program) && find(program).is_none() {
            return Err(format!("no {program} here ({when:?})"));
        }
    }
    Ok((repair, flags, pasted && !in_effect))
}

/// Carries out what is printed of another program than unshare(1), and has it `run` in the room,
/// with these flags where they change: what it ended with, or nothing where no fact could show what
/// refuses it still.
pub fn of_program(
    lab: &Lab,
    recipe: &str,
    printed: &Printed,
    run: impl Fn(&Room<'_>, Option<&str>) -> Result<Option<(i32, String)>, String>,
) -> Remedied {
    let id = printed.id.clone();
    let ran = prepared(recipe, printed).and_then(|(repair, flags, pasted)| {
        Ok((run(&lab.room(recipe).repaired(&repair), flags.as_deref())?, pasted))
    });
    match ran {
        Err(why) => Remedied::NotApplied(id, why),
        Ok((None, _)) => Remedied::Open(id, "no fact shows what refuses it then".into()),
        Ok((Some((0, _)), true)) => Remedied::Worked(id),
        Ok((Some((0, _)), false)) => Remedied::InEffect(id),
        // The room has a PATH of its own.
        Ok((Some((code, stderr)), _)) if code == 127 || stderr.contains("not found in $PATH") => {
            Remedied::NotApplied(id, stderr)
        }
        Ok((Some((code, stderr)), _)) => broken(id.clone(), code, &stderr).unwrap_or_else(|| {
            let last = stderr.lines().last().unwrap_or_default();
            Remedied::Failed(id, format!("exit {code}: {last}"))
        }),
    }
}

/// What it means where the room says that a line failed, or that it has no place for one.
fn broken(id: String, code: i32, stderr: &str) -> Option<Remedied> {
    let said = |(mark, status): (&str, i32)| {
        (code == status).then(|| stderr.strip_prefix(mark)).flatten().map(str::to_owned)
    };
    let no_place = |why| Remedied::NotApplied(id.clone(), format!("{NO_ROOM}: {why}"));
    let placed = said(NO_PLACE).map(no_place);
    placed.or_else(|| said(FAILED).map(|why| Remedied::Failed(id.clone(), why)))
}

fn one(lab: &Lab, recipe: &str, seen: &Seen, printed: &Printed, said: &Said) -> Remedied {
    let id = printed.id.clone();
    let (repair, flags, pasted) = match prepared(recipe, printed) {
        Ok(parts) => parts,
        Err(why) => return Remedied::NotApplied(id, why),
    };
    let flags = flags.unwrap_or_else(|| seen.flags.clone());
    // Other flags are tried by isodoc itself where it probes; what else it prints, it can only
    // foretell.
    let tried = repair.steps.borrow().is_empty()
        && said.probe_status == "ran"
        && !random::is_cramped(recipe);
    let room = lab.room(recipe).repaired(&repair);
    let mut command = vec!["unshare"];
    command.extend(flags.split(' ').filter(|word| !word.is_empty()));
    command.push("true");
    let mut tries = 0;
    let (code, stderr) = loop {
        match room.run(&command) {
            Ran::Skipped(why) => return Remedied::NotApplied(id, why),
            // A machine under load takes its time to give a quota back.
            Ran::Ended { stderr, .. }
                if id.contains("end-leaked") && stderr.contains("No space left") && tries < 3 =>
            {
                tries += 1
            }
            Ran::Ended { code, stderr, .. } => break (code, stderr),
        }
    };
    let as_root = repair.steps.borrow().iter().any(|(_, when, _)| matches!(when, Now | Start));
    let truth = Truth::of(code, &stderr);
    if truth != Truth::Works && as_root && sys::euid() != 0 {
        return Remedied::NotApplied(id, "root pastes it".into());
    }
    if let Some(broken) = broken(id.clone(), code, &stderr) {
        return broken;
    }
    match truth {
        Truth::Works if pasted => Remedied::Worked(id),
        Truth::Works => Remedied::InEffect(id),
        // The lab's own preloaded library, for one, starts a thread that setpriv(1) does not
        // survive.
        Truth::Unreadable(_) if as_root && code > 128 => {
            Remedied::NotApplied(id, format!("what starts the command was killed: exit {code}"))
        }
        _ if !tried && open(&lab.room(recipe), &room, &flags, &seen.predicted) => {
            Remedied::Open(id, "no fact shows what refuses the command then".into())
        }
        truth => Remedied::Failed(id, format!("{truth:?}")),
    }
}

/// Whether no fact could show why the command is refused still: where the remedy was printed, with
/// the flags of then or with those of the remedy, or where it is carried out. Where isodoc cannot
/// try it, or finds no cause by trying, facts are all that there is.
fn open(before: &dyn Spot, after: &dyn Spot, flags: &str, said: &Said) -> bool {
    let Ok(now) = cell::ask(after, flags, true) else { return false };
    let Some(cause) = now.cause.filter(|cause| cause != "unexplained") else {
        let at = |id: &String| {
            rules::find(id).is_some_and(|rule| {
                rule.steps.iter().any(|step| Some(step.as_str()) == now.step.as_deref())
            })
        };
        return now.probe_status != "ran" && !now.not_excluded.is_empty()
            || now.not_excluded.iter().any(at);
    };
    let leaves_open =
        |spot| cell::ask(spot, flags, false).is_ok_and(|said| said.not_excluded.contains(&cause));
    said.not_excluded.contains(&cause) || leaves_open(before) || leaves_open(after)
}
