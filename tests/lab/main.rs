//! The lab: isodoc against the real unshare(1), in environments that refuse isolation and in some
//! that only look so.
//!
//! In each cell (an environment and a set of flags) the real command is run and isodoc is asked on
//! the same spot, with the probe and without. The verdict, the exit code, the step, the error and
//! the cause have to be the same. The kernel is right by definition.
//!
//! `cargo test --test lab -- NAME` runs the environments with that in their name;
//! `cargo test --test lab -- enter NAME COMMAND...` runs a command in one (isodoc is in its
//! `PATH`). With `ISODOC_LAB=all` in the environment, an environment that cannot be built here is a
//! failure.
//!
//! It has a main of its own: a process has to have one thread in order to enter a user namespace.
#![allow(
    unsafe_code,
    reason = "environments are built from system calls; each block says why it is sound"
)]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::expect_used,
    clippy::exit,
    reason = "this is a test"
)]

#[cfg(target_os = "linux")]
mod accuracy;
#[cfg(target_os = "linux")]
mod cell;
#[cfg(target_os = "linux")]
mod containers;
#[cfg(target_os = "linux")]
mod judge;
#[cfg(target_os = "linux")]
mod kernels;
#[cfg(target_os = "linux")]
mod named;
#[cfg(target_os = "linux")]
mod nsjail;
#[cfg(target_os = "linux")]
mod random;
#[cfg(target_os = "linux")]
mod remedies;
#[cfg(target_os = "linux")]
mod results;
#[cfg(target_os = "linux")]
mod room;
#[cfg(target_os = "linux")]
mod rules;
#[cfg(target_os = "linux")]
mod run;
#[cfg(target_os = "linux")]
mod said;
#[cfg(target_os = "linux")]
mod supervise;
#[cfg(target_os = "linux")]
mod sys;
#[cfg(target_os = "linux")]
mod traces;
#[cfg(target_os = "linux")]
mod truth;
#[cfg(target_os = "linux")]
mod workloads;

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
fn main() {
    let args: Vec<std::ffi::OsString> = std::env::args_os().skip(1).collect();
    let internal =
        args.first().and_then(|a| a.to_str()).is_some_and(|a| command::INTERNAL.contains(&a));
    std::process::exit(if internal {
        command::run(&args)
    } else {
        supervise::supervised(|| command::run(&args))
    })
}

/// The command line.
#[cfg(target_os = "linux")]
mod command {
    use std::ffi::OsString;
    use std::path::Path;

    use crate::nsjail;
    use crate::results::{self, Collected, Results};
    use crate::run::{Here, Lab};
    use crate::{accuracy, cell, containers, kernels, named, random, room, sys, workloads};

    /// How the lab starts itself: somebody else looks after these.
    pub const INTERNAL: &[&str] = &[
        "daemon",
        "guest",
        "guest-work",
        "init",
        "keep",
        "leash",
        "play",
        "random-worker",
        "real",
        "results",
        "room",
        "runtime",
        "visit",
    ];

    /// Does what the arguments say and gives the exit code.
    pub fn run(args: &[OsString]) -> i32 {
        let word = |at: usize| args.get(at).and_then(|a| a.to_str()).unwrap_or("");
        match word(0) {
            // How the lab starts itself.
            "room" => room::enter(build(word(2)), Path::new(&args[1]), args[3..].to_vec()),
            "enter" if args.len() > 2 => {
                let lab = Lab::new().expect("a directory for the lab");
                let status = lab.command(word(1), &args[2..]).status().expect("a room");
                status.code().unwrap_or(1)
            }
            "enter" => {
                for environment in named::ENVIRONMENTS {
                    println!("{:<34}{}", environment.name, environment.about);
                }
                2
            }
            // What the lab runs in containers: each argument is a set of flags.
            "visit" => {
                let lab = Lab::new().expect("a directory for the lab");
                let flags: Vec<&str> = args[1..].iter().filter_map(|a| a.to_str()).collect();
                println!(
                    "{}",
                    serde_json::to_string(&cell::visit(&Here(&lab), &flags)).expect("JSON")
                );
                0
            }
            // What the lab runs in virtual machines: the results as one line of JSON.
            "results" => {
                let Ok((_lab, results)) = with_lab(|lab| named::run(lab, &words(&args[1..])))
                else {
                    return 1;
                };
                println!("{}", serde_json::to_string(&results).expect("JSON"));
                0
            }
            // What it runs in them when only the real command counts.
            "real" => {
                let lab = Lab::new().expect("a directory for the lab");
                let flags = args[1..].iter().filter_map(|a| a.to_str());
                let truths =
                    flags.map(|flags| Ok((flags.to_owned(), cell::real(&Here(&lab), flags)?)));
                println!(
                    "{}",
                    serde_json::to_string(&truths.collect::<Result<Vec<_>, cell::NoVisit>>())
                        .expect("JSON")
                );
                0
            }
            "keep" => {
                containers::keeper::keep(Path::new(&args[1]), Path::new(&args[2]), &args[3..])
            }
            // What it runs around a daemon of Docker.
            "daemon" => {
                let lab = Lab::new().expect("a directory for the lab");
                println!("{}", containers::daemons::watch(&lab, &args[1..]));
                0
            }
            "setup-image" => match containers::image::make() {
                Ok(()) => 0,
                Err(why) => {
                    eprintln!("lab: no image: {why}");
                    1
                }
            },
            "containers" => {
                let filters: Vec<&str> = args[1..].iter().filter_map(|a| a.to_str()).collect();
                part(|lab, found| containers::run(lab, &filters, found), filters.is_empty())
            }
            "workloads" => {
                part(|lab, found| workloads::run(lab, &words(&args[1..]), found), args.len() == 1)
            }
            // What it runs around podman.
            "play" => {
                let lab = Lab::new().expect("a directory for the lab");
                println!("{}", workloads::start::play(&lab, &args[1..]));
                0
            }
            // What podman starts there in place of runc.
            "runtime" => {
                eprintln!("runc: {}", workloads::start::runtime(&args[1..]));
                1
            }
            "accuracy" => {
                std::fs::write(accuracy::file(), accuracy::page()).expect("docs/accuracy.md");
                println!("wrote {}", accuracy::file().display());
                0
            }
            // With a nsjail in PATH: isodoc's verdict on it, held against it in each environment.
            "nsjail" => {
                with_lab(|lab| nsjail::run(lab, &words(&args[1..]))).map_or(1, |(_lab, code)| code)
            }
            // What starts a program so that it ends with the lab.
            "leash" => {
                use std::os::unix::process::CommandExt;
                let _ = sys::die_with_parent();
                let error = std::process::Command::new(&args[1]).args(&args[2..]).exec();
                eprintln!("{}: {error}", args[1].display());
                127
            }
            "named" => {
                part(|lab, found| found.add(named::run(lab, &words(&args[1..]))), args.len() == 1)
            }
            "kernels" => {
                part(|lab, found| kernels::run(lab, &words(&args[1..]), found), args.len() == 1)
            }
            "setup-kernels" => match kernels::fetch::all() {
                Ok(()) => 0,
                Err(why) => {
                    eprintln!("{why}");
                    1
                }
            },
            // What the lab is in the guests of its virtual machines.
            "init" => kernels::guest::init(),
            "guest" => kernels::guest::first_process(),
            "guest-work" => kernels::guest::work(),
            "random" => random(&args[1..]),
            // How `random` starts itself.
            "random-worker" => {
                let _ = sys::die_with_parent();
                let numbers: Vec<u64> =
                    words(&args[1..]).iter().filter_map(|n| n.parse().ok()).collect();
                let _ = sys::adopt_orphans();
                let Some(results) =
                    random::work(&Lab::new().expect("a directory for the lab"), &numbers)
                else {
                    return 2;
                };
                println!("{}", serde_json::to_string(&results).expect("JSON"));
                0
            }
            _ if args.iter().any(|a| a == "--list" || a == "--ignored") => 0,
            _ => everything(&words(args)),
        }
    }

    /// `random [--seed N] [--count N]`, or `random RECIPE FLAGS` for a single one.
    fn random(args: &[OsString]) -> i32 {
        let number = |name: &str, default: u64| {
            let at = args.iter().position(|a| a == name);
            at.map_or(Some(default), |at| args.get(at + 1)?.to_str()?.parse().ok())
        };
        if let [recipe, flags, ..] = args
            && let Some(recipe) =
                recipe.to_str().filter(|recipe| recipe.starts_with(random::PREFIX))
        {
            let judged = with_lab(|lab| random::one(lab, recipe, flags.to_str().unwrap_or("")))
                .expect("a directory for the lab")
                .1;
            return judged.map_or_else(
                |why| {
                    eprintln!("{why}");
                    2
                },
                |right| i32::from(!right),
            );
        }
        let (Some(seed), Some(count)) =
            (number("--seed", random::DEFAULT.0), number("--count", random::DEFAULT.1))
        else {
            eprintln!("usage: random [--seed N] [--count N] | random RECIPE FLAGS");
            return 2;
        };
        part(|_, found| found.add(random::run(seed, count)), true)
    }

    fn words(args: &[OsString]) -> Vec<&str> {
        args.iter().filter_map(|f| f.to_str()).filter(|f| !f.starts_with('-')).collect()
    }

    /// What a recipe builds.
    fn build(recipe: &str) -> Box<dyn FnOnce(&mut room::Room) -> sys::Built> {
        if let Some(build) = random::build(recipe) {
            return Box::new(build);
        }
        let found = named::find(recipe).or_else(|| kernels::variants::find(recipe));
        let environment = found.unwrap_or_else(|| {
            eprintln!("no environment {recipe:?}; `enter` alone lists them");
            std::process::exit(2)
        });
        Box::new(environment.build)
    }

    /// The lab, in mounts of its own, so that only what the lab does is seen; shared, so that all
    /// of it is.
    fn with_lab<T>(run: impl FnOnce(&Lab) -> T) -> std::io::Result<(Lab, T)> {
        let lab = Lab::new()?;
        let _ = sys::adopt_orphans();
        let _ = sys::unshare(libc::CLONE_NEWNS).and_then(|()| {
            sys::mount("none", "/", "", libc::MS_REC | libc::MS_PRIVATE, "")?;
            sys::mount("none", "/", "", libc::MS_REC | libc::MS_SHARED, "")
        });
        let value = run(&lab);
        Ok((lab, value))
    }

    fn everything(filters: &[&str]) -> i32 {
        if room::find("unshare").is_none() {
            println!("0 cells, all skipped: no unshare(1)");
            return i32::from(demands_all());
        }
        let whole = filters.is_empty();
        let all = |lab: &Lab, found: &mut Collected| {
            found.add(named::run(lab, filters));
            // Too slow for a look at one environment: `lab kernels NAME` and `lab containers NAME`
            // do that.
            if whole {
                found.add(random::run(random::DEFAULT.0, random::DEFAULT.1));
                containers::run(lab, &[], found);
                workloads::run(lab, &[], found);
                kernels::run(lab, &[], found);
            }
        };
        let failed = part(all, whole);
        let stale = accuracy::is_stale();
        if stale {
            println!(
                "FAILED docs/accuracy.md does not say what the environments say: run `cargo lab`, \
                    then `cargo lab accuracy`"
            );
        }
        failed | i32::from(stale)
    }

    /// Runs some of the lab and gives the exit code; keeps its results where these are whole
    /// columns.
    fn part(run: impl FnOnce(&Lab, &mut Collected), whole: bool) -> i32 {
        let mut found = Collected::new(whole);
        let _lab = with_lab(|lab| run(lab, &mut found)).expect("a directory for the lab");
        i32::from(!report(&found.all))
    }

    /// Whether a skip is a failure.
    fn demands_all() -> bool {
        std::env::var("ISODOC_LAB").is_ok_and(|v| v == "all")
    }

    fn report(all: &[Results]) -> bool {
        for failure in all.iter().flat_map(Results::failures) {
            println!("FAILED {failure}");
        }
        for results in all {
            for (why, names) in &results.skipped {
                println!(
                    "skipped in {} {}: {} ({why})",
                    results.part,
                    results.column,
                    names.join(", ")
                );
            }
        }
        for results in all {
            println!("{} {}: {}", results.part, results.column, results.counts());
            for (why, count) in &results.open {
                println!("    left open {count} times: {why}");
            }
            for (why, ids) in &results.not_tried {
                let ids: Vec<String> =
                    ids.iter().map(|(id, count)| format!("{id} {count}")).collect();
                println!("    not tried: {why}: {}", ids.join(", "));
            }
        }
        let failures: usize = all.iter().map(|results| results.failures().len()).sum();
        let skipped: usize = all.iter().map(Results::skipped_count).sum();
        let cells: usize = all.iter().map(|results| results.counts().cells).sum();
        println!("{cells} cells, {failures} failures, {skipped} environments skipped");
        let shown = |why: &str| {
            [results::NEEDS_LINUX, results::IN_A_GUEST, results::NO_JUDGE]
                .iter()
                .any(|begin| why.starts_with(begin))
        };
        let unmet = all.iter().flat_map(|results| results.skipped.keys()).any(|why| !shown(why));
        failures == 0 && !(demands_all() && unmet)
    }
}
