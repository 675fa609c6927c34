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
//! # Words
//!
//! | word | meaning |
//! | --- | --- |
//! | part | one of the five: named, random, containers, workloads, kernels |
//! | column | what a part is run on: a kernel, an engine and its version, a seed |
//! | environment | what refuses isolation, or looks as if it did; built around a command |
//! | recipe | the text that an environment is built from: its name, or `random:...` |
//! | room (`room.rs`) | a process in an environment of its own, before it executes the command |
//! | spot (`cell.rs`) | where a command can be run: a room, a container, this process' own place |
//! | cell | an environment and a set of flags; `visit` looks at the cells of one spot |
//! | truth (`truth.rs`) | what the real command did |
//! | said (`said.rs`) | what isodoc said |
//! | expect (`judge.rs`) | what was written down beforehand: works, refused by this cause, unseen |
//! | unseen | a refusal that no fact shows, so that only the probe can tell |
//! | repair, mend | a printed remedy, carried out in a room; by an administrator from outside |
//! | keeper (`containers/keeper.rs`) | the process that keeps a daemon of the lab's, and ends it |
//! | leash | a process that starts a program so that it ends with the lab |
//! | told (`told.rs`) | what a program printed, and what `isodoc explain` makes of it |
//! | today (`today.rs`) | a root with the engines of today, in which a part runs once more |
//! | traces (`traces.rs`) | what the lab must not leave behind |
//! | figures (`figures.rs`) | the numbers of a column, kept for `docs/accuracy.md` |
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
    clippy::string_slice,
    clippy::indexing_slicing,
    clippy::too_many_lines,
    clippy::excessive_nesting,
    reason = "this is a test"
)]

#[cfg(target_os = "linux")]
mod accuracy;
#[cfg(target_os = "linux")]
mod cell;
#[cfg(target_os = "linux")]
mod command;
#[cfg(target_os = "linux")]
mod containers;
#[cfg(target_os = "linux")]
mod figures;
#[cfg(target_os = "linux")]
mod internal;
#[cfg(target_os = "linux")]
mod judge;
#[cfg(target_os = "linux")]
mod kernels;
#[cfg(target_os = "linux")]
mod mounts;
#[cfg(target_os = "linux")]
mod named;
#[cfg(target_os = "linux")]
mod oracles;
#[cfg(target_os = "linux")]
mod profiles;
#[cfg(target_os = "linux")]
mod random;
#[cfg(target_os = "linux")]
mod remedies;
#[cfg(target_os = "linux")]
mod report;
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
mod today;
#[cfg(target_os = "linux")]
mod told;
#[cfg(target_os = "linux")]
mod traces;
#[cfg(target_os = "linux")]
mod truth;
#[cfg(target_os = "linux")]
mod workloads;

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("skipped: the lab runs on Linux");
}

#[cfg(target_os = "linux")]
fn main() {
    let args: Vec<std::ffi::OsString> = std::env::args_os().skip(1).collect();
    let word = args.first().and_then(|word| word.to_str()).unwrap_or_default();
    std::process::exit(match internal::find(word) {
        // Somebody else looks after these.
        Some(started) => started(&args[1..]),
        None => supervise::supervised(|| command::run(&args)),
    })
}
