//! isodoc against the real unshare(1), in environments that refuse isolation and in some that only look so.
//!
//! In each environment of `lab/environments.rs`, and for each set of flags there, the real command is run and
//! isodoc is asked on the same spot, with the probe and without. The verdict, the exit code, the step, the
//! error and the cause have to be the same. The kernel is right by definition.
//!
//! `cargo test --test live -- NAME` runs the environments with that in their name;
//! `cargo test --test live -- enter NAME COMMAND...` runs a command in one (isodoc is in its `PATH`).
//! With `ISODOC_LAB=all` in the environment, an environment that cannot be built here is a failure.
//!
//! It has a main of its own: a process has to have one thread in order to enter a user namespace.
#![allow(unsafe_code, reason = "environments are built from system calls; each block says why it is sound")]
#![allow(clippy::print_stdout, clippy::print_stderr, clippy::expect_used, clippy::exit, reason = "this is a test")]

#[cfg(target_os = "linux")]
mod lab;

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
fn main() {
    use std::path::Path;

    let args: Vec<std::ffi::OsString> = std::env::args_os().skip(1).collect();
    let word = |at: usize| args.get(at).and_then(|a| a.to_str()).unwrap_or("");
    let code = match word(0) {
        // How the lab starts itself.
        "room" => lab::room::enter(find(word(2)), Path::new(&args[1]), args[3..].to_vec()),
        "enter" if args.len() > 2 => {
            let lab = lab::run::Lab::new().expect("a directory for the lab");
            let status = lab.command(find(word(1)), &args[2..]).status().expect("a room");
            status.code().unwrap_or(1)
        }
        "enter" => {
            for environment in lab::environments::ENVIRONMENTS {
                println!("{:<34}{}", environment.name, environment.about);
            }
            2
        }
        _ if args.iter().any(|a| a == "--list" || a == "--ignored") => 0,
        _ => i32::from(!live::run(&args)),
    };
    std::process::exit(code)
}

#[cfg(target_os = "linux")]
fn find(name: &str) -> &'static lab::Environment {
    let found = lab::environments::ENVIRONMENTS.iter().find(|e| e.name == name);
    found.unwrap_or_else(|| {
        eprintln!("no environment {name:?}; `enter` alone lists them");
        std::process::exit(2)
    })
}

#[cfg(target_os = "linux")]
mod live {
    use std::collections::BTreeMap;
    use std::ffi::OsString;

    use crate::lab::environments::ENVIRONMENTS;
    use crate::lab::judge::{Said, Truth, differences};
    use crate::lab::run::{Lab, Ran, Traces, new_enough, no_process_left};
    use crate::lab::{Environment, Expect, FLAGS, room, sys};

    #[derive(Default)]
    struct Tally {
        cells: u32,
        unseen: BTreeMap<&'static str, u32>,
        skipped: BTreeMap<String, Vec<&'static str>>,
        failures: Vec<String>,
    }

    /// Runs everything that the filters name; `true` when all of it holds.
    pub fn run(filters: &[OsString]) -> bool {
        let filters: Vec<&str> = filters.iter().filter_map(|f| f.to_str()).filter(|f| !f.starts_with('-')).collect();
        let wanted = |name: &str| filters.is_empty() || filters.iter().any(|f| name.contains(f));
        let lab = Lab::new().expect("a directory for the lab");
        sys::adopt_orphans().expect("PR_SET_CHILD_SUBREAPER");
        // Mounts of our own, so that only what the lab does is seen; shared, so that all of it is.
        let own = sys::unshare(libc::CLONE_NEWNS).and_then(|()| {
            sys::mount("none", "/", "", libc::MS_REC | libc::MS_PRIVATE, "")?;
            sys::mount("none", "/", "", libc::MS_REC | libc::MS_SHARED, "")
        });
        // Who has no mounts of their own can leave none behind either.
        let before = own.is_ok().then(Traces::now);
        let mut tally = Tally::default();
        let Some(unshare) = room::find("unshare") else {
            println!("0 cells, all skipped: no unshare(1)");
            return std::env::var_os("ISODOC_LAB").is_none();
        };
        let unshare = unshare.to_string_lossy().into_owned();
        let refused_here = refused_here(&lab, &unshare);
        for environment in ENVIRONMENTS.iter().filter(|e| wanted(e.name)) {
            let unknown = environment.cells.iter().all(|c| matches!(c, Expect::Unknown));
            let why = match () {
                () if !new_enough(environment) => Some(format!("needs Linux {}.{}", environment.since.0, environment.since.1)),
                () if unknown => None,
                () => refused_here.map(str::to_owned),
            };
            match why {
                Some(why) => tally.skipped.entry(why).or_default().push(environment.name),
                None => all_cells(&lab, &unshare, environment, &mut tally),
            }
            for trace in before.iter().flat_map(Traces::left_behind) {
                tally.failures.push(format!("{}: left behind {trace}", environment.name));
            }
        }
        if filters.is_empty() && refused_here.is_none() {
            gives_back(&lab, &mut tally);
        }
        report(&tally)
    }

    /// What this machine refuses already, without the lab: the environments could not break it.
    fn refused_here(lab: &Lab, unshare: &str) -> Option<&'static str> {
        let works = |name, flags: &str| {
            let environment = ENVIRONMENTS.iter().find(|e| e.name == name)?;
            let ran = lab.run(environment, [unshare].into_iter().chain(flags.split(' ')).chain(["true"]));
            Some(!matches!(ran, Ran::Ended { code, .. } if code != 0))
        };
        match (works("baseline-user", FLAGS[0].1), works("baseline-root", FLAGS[2].1)) {
            (Some(true), Some(true)) => None,
            (Some(true), _) => Some("root is refused here already"),
            _ => Some("an unprivileged user is refused here already"),
        }
    }

    fn all_cells(lab: &Lab, unshare: &str, environment: &'static Environment, tally: &mut Tally) {
        for (label, flags, expect) in environment.all_cells() {
            let cell = format!("{} {label}", environment.name);
            let (code, stderr) = match lab.run(environment, [unshare].into_iter().chain(flags.split(' ')).chain(["true"])) {
                Ran::Ended { code, stderr, .. } => (code, stderr),
                Ran::Skipped(why) => {
                    tally.skipped.entry(why).or_default().push(environment.name);
                    return;
                }
            };
            tally.cells += 1;
            let truth = Truth::of(code, &stderr);
            if !truth.is(&expect) {
                tally.failures.push(format!("{cell}: the real command does not do what the lab expects: {truth:?}, not {expect:?}"));
                continue;
            }
            for probed in [true, false] {
                if let (Expect::Unseen(_, why), false) = (expect, probed) {
                    *tally.unseen.entry(why).or_default() += 1;
                }
                let isodoc = lab.isodoc.to_string_lossy();
                let mut command = vec![&*isodoc, "check", "--format", "json", "--require", "unshare", "--flags", flags];
                if !probed {
                    command.push("--no-probe");
                }
                let wrong = match Said::of(&lab.run(environment, &command)) {
                    Ok(said) => differences(&truth, &expect, &said, probed),
                    Err(why) => vec![why],
                };
                if !wrong.is_empty() {
                    let how = if probed { "" } else { " --no-probe" };
                    tally.failures.push(format!("{cell}{how}: {}", wrong.join("; ")));
                }
                if !no_process_left() {
                    tally.failures.push(format!("{cell}: left a process behind"));
                }
            }
        }
    }

    /// isodoc gives back every namespace that it makes: where the quota has room for one, many runs in a row work.
    fn gives_back(lab: &Lab, tally: &mut Tally) {
        let Some(quota) = ENVIRONMENTS.iter().find(|e| e.name == "max-user-namespaces-room-for-one") else { return };
        // The kernel frees a namespace a moment after its last process is gone.
        let script = "i=0; while [ $i -lt 20 ]; do isodoc check --format json >&2 || exit; i=$((i+1)); sleep 0.1; done; echo $i";
        tally.cells += 1;
        match lab.run(quota, ["sh", "-c", script]) {
            Ran::Ended { code: 0, stdout, .. } if stdout.trim() == "20" => {}
            Ran::Ended { code, stderr, .. } => {
                let last = stderr.lines().last().unwrap_or("").chars().take(200).collect::<String>();
                tally.failures.push(format!("{} times 20: exit {code}: {last}", quota.name));
            }
            Ran::Skipped(why) => tally.skipped.entry(why).or_default().push(quota.name),
        }
    }

    fn report(tally: &Tally) -> bool {
        for failure in &tally.failures {
            println!("FAILED {failure}");
        }
        let skipped: usize = tally.skipped.values().map(Vec::len).sum();
        let reasons: Vec<String> = tally.skipped.iter().map(|(why, names)| format!("{} ({why})", names.join(", "))).collect();
        let end = if reasons.is_empty() { String::new() } else { format!(": {}", reasons.join("; ")) };
        for (why, count) in &tally.unseen {
            println!("{count} cells need the probe: {why}");
        }
        println!("{} cells, {} failures, {skipped} environments skipped{end}", tally.cells, tally.failures.len());
        let all = std::env::var("ISODOC_LAB").is_ok_and(|v| v == "all");
        tally.failures.is_empty() && !(all && skipped > 0)
    }
}
