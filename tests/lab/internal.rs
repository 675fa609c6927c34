//! How the lab starts itself: in rooms, containers and virtual machines, and around daemons.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use crate::command::words;
use crate::run::{Here, Lab};
use crate::{
    cell, containers, kernels, mounts, named, profiles, random, room, sys, today, workloads,
};

/// What such a word does with the words behind it; gives the exit code.
type Started = fn(&[OsString]) -> i32;

const STARTED: &[(&str, Started)] = &[
    ("daemon", daemon),
    ("guest", |_| kernels::guest::first_process()),
    ("guest-work", |_| kernels::guest::work()),
    ("init", |_| kernels::guest::init()),
    ("keep", |args| containers::keeper::keep(Path::new(&args[0]), Path::new(&args[1]), &args[2..])),
    ("leash", leash),
    ("play", play),
    ("random-worker", random_worker),
    ("reached", reached),
    ("real", real),
    ("results", results),
    ("room", |args| room::enter(build(&args[1]), Path::new(&args[0]), args[2..].to_vec())),
    ("runtime", runtime),
    ("today", today::inside),
    ("visit", visit),
];

/// What the lab does when it is started with this word.
pub fn find(word: &str) -> Option<Started> {
    STARTED.iter().find(|(known, _)| *known == word).map(|(_, started)| *started)
}

fn lab() -> Lab {
    Lab::new().expect("a directory for the lab")
}

fn print(value: &impl serde::Serialize) {
    println!("{}", serde_json::to_string(value).expect("JSON"));
}

/// What the lab runs in containers: each argument is a set of flags.
fn visit(args: &[OsString]) -> i32 {
    let flags: Vec<&str> = args.iter().filter_map(|a| a.to_str()).collect();
    print(&cell::visit(&Here(&lab()), &flags));
    0
}

/// What it runs in them when only the real command counts.
fn real(args: &[OsString]) -> i32 {
    let lab = lab();
    let flags = args.iter().filter_map(|a| a.to_str());
    let truths = flags.map(|flags| Ok((flags.to_owned(), cell::real(&Here(&lab), flags)?)));
    print(&truths.collect::<Result<Vec<_>, cell::NoVisit>>());
    0
}

/// What it runs under a profile.
fn reached(_: &[OsString]) -> i32 {
    profiles::reached().iter().for_each(|call| println!("{call}"));
    0
}

/// What it runs in virtual machines: the results as one line of JSON.
fn results(args: &[OsString]) -> i32 {
    let Ok((_lab, results)) = mounts::with_lab(|lab| named::run(lab, &words(args))) else {
        return 1;
    };
    print(&results);
    0
}

/// What it runs around a daemon of Docker.
fn daemon(args: &[OsString]) -> i32 {
    println!("{}", containers::daemons::watch(&lab(), args));
    0
}

/// What it runs around podman.
fn play(args: &[OsString]) -> i32 {
    println!("{}", workloads::start::play(&lab(), args));
    0
}

/// What podman starts there in place of runc.
fn runtime(args: &[OsString]) -> i32 {
    eprintln!("runc: {}", workloads::start::runtime(args));
    1
}

/// What starts a program so that it ends with the lab.
fn leash(args: &[OsString]) -> i32 {
    let _ = sys::die_with_parent();
    let error = Command::new(&args[0]).args(&args[1..]).exec();
    eprintln!("{}: {error}", args[0].display());
    127
}

/// What the part for random environments runs, as many times as there are processors.
fn random_worker(args: &[OsString]) -> i32 {
    let _ = sys::die_with_parent();
    let numbers: Vec<u64> = words(args).iter().filter_map(|n| n.parse().ok()).collect();
    let _ = sys::adopt_orphans();
    let Some(results) = random::work(&lab(), &numbers) else { return 2 };
    print(&results);
    0
}

/// What a recipe builds.
fn build(recipe: &OsString) -> Box<dyn FnOnce(&mut room::Room) -> sys::Built> {
    let recipe = recipe.to_str().unwrap_or_default();
    if let Some(build) = random::build(recipe) {
        return Box::new(build);
    }
    if let Some(profile) = recipe.strip_prefix(profiles::PREFIX).map(str::to_owned) {
        return Box::new(move |room| profiles::build(room, &profile));
    }
    let found = named::find(recipe).or_else(|| kernels::variants::find(recipe));
    let environment = found.unwrap_or_else(|| {
        eprintln!("no environment {recipe:?}; `enter` alone lists them");
        std::process::exit(2)
    });
    Box::new(environment.build)
}
