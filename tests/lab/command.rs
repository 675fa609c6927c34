//! The command line, as a person uses it.

use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::report::{self, Detail};
use crate::results::{Collected, Results};
use crate::run::Lab;
use crate::{
    accuracy, containers, kernels, mounts, named, oracles, profiles, random, room, today, workloads,
};

/// What a word does with the words behind it; gives the exit code.
type Command = fn(&[OsString]) -> i32;

/// One for each word; any other words are names of environments.
const COMMANDS: &[(&str, Command)] = &[
    ("accuracy", |_| accuracy::update()),
    // Engines, forms and kernels are whole columns; options choose containers of an engine.
    ("--help", |_| {
        COMMANDS.iter().for_each(|(word, _)| println!("{word}"));
        println!("CONTRIBUTING.md says what they do; without one of them, everything is run.");
        0
    }),
    ("containers", |args| one_part(args, |name| !name.contains("--"), containers::run)),
    ("enter", enter),
    ("kernels", |args| one_part(args, kernels::is_line, kernels::run)),
    ("named", |args| {
        one_part(args, |_| false, |lab, names, found| found.add(named::run(lab, names)))
    }),
    ("oracles", oracles),
    ("profiles", |args| {
        mounts::with_lab(|lab| profiles::run(lab, &words(args))).map_or(1, |(_lab, code)| code)
    }),
    ("random", random),
    ("setup-image", |_| done(containers::image::make())),
    ("setup-kernels", |_| done(kernels::fetch::all())),
    ("setup-today", |_| done(today::make())),
    ("workloads", |args| one_part(args, |_| true, workloads::run)),
];

/// Does what the arguments say and gives the exit code.
pub fn run(args: &[OsString]) -> i32 {
    let word = args.first().and_then(|word| word.to_str()).unwrap_or_default();
    match COMMANDS.iter().find(|(known, _)| *known == word) {
        Some((_, command)) => command(&args[1..]),
        // As cargo asks every test program.
        None if args.iter().any(|a| a == "--list" || a == "--ignored") => 0,
        None => everything(&words(args)),
    }
}

/// The arguments that are not options.
pub fn words(args: &[OsString]) -> Vec<&str> {
    args.iter().filter_map(|f| f.to_str()).filter(|f| !f.starts_with('-')).collect()
}

fn done(result: Result<(), String>) -> i32 {
    result.map_or_else(
        |why| {
            eprintln!("lab: {why}");
            1
        },
        |()| 0,
    )
}

/// `enter` lists the named environments; `enter NAME COMMAND...` runs a command in one.
fn enter(args: &[OsString]) -> i32 {
    let [recipe, command @ ..] = args else {
        for environment in named::ENVIRONMENTS {
            println!("{:<34}{}", environment.name, environment.about);
        }
        return 2;
    };
    let recipe = recipe.to_str().unwrap_or_default();
    let started = mounts::with_lab(|lab| lab.command(recipe, command).status().expect("a room"));
    started.expect("a directory for the lab").1.code().unwrap_or(1)
}

/// The number behind an option, or else this one; `None` where it is no number.
fn number(args: &[OsString], name: &str, default: u64) -> Option<u64> {
    let at = args.iter().position(|a| a == name);
    at.map_or(Some(default), |at| args.get(at + 1)?.to_str()?.parse().ok())
}

/// `oracles [PROGRAM]... [ENVIRONMENT]...`, or in environments that a seed composes:
/// `oracles [PROGRAM]... [--seed N] --count N`.
fn oracles(args: &[OsString]) -> i32 {
    let words = words(args);
    let drawn = args.iter().any(|arg| arg == "--count");
    let seed = (number(args, "--seed", random::DEFAULT.0), number(args, "--count", 0));
    let (Some(seed), Some(count)) = seed else {
        eprintln!(
            "usage: oracles [PROGRAM]... [ENVIRONMENT]... | oracles [PROGRAM]... [--seed N] --count N"
        );
        return 2;
    };
    let (programs, names): (Vec<&str>, Vec<&str>) =
        words.iter().partition(|word| oracles::ORACLES.iter().any(|o| o.program == **word));
    let places: Vec<String> = if drawn {
        (0..count).map(|number| random::recipe(seed, number)).collect()
    } else {
        let wanted = |name: &str| names.is_empty() || names.iter().any(|f| name.contains(f));
        let found = named::ENVIRONMENTS.iter().map(|e| e.name).filter(|name| wanted(name));
        found.map(str::to_owned).collect()
    };
    let whole = !drawn && names.is_empty();
    collect(whole, Detail::Full, |lab, found| oracles::run(lab, &programs, &places, found))
}

/// `random [--seed N] [--count N]`, or `random RECIPE FLAGS` for a single one.
fn random(args: &[OsString]) -> i32 {
    if let [recipe, flags, ..] = args
        && let Some(recipe) = recipe.to_str().filter(|recipe| recipe.starts_with(random::PREFIX))
    {
        let flags = flags.to_str().unwrap_or_default();
        let judged = mounts::with_lab(|lab| random::one(lab, recipe, flags));
        return judged.expect("a directory for the lab").1.map_or_else(
            |why| {
                eprintln!("{why}");
                2
            },
            |right| i32::from(!right),
        );
    }
    let (Some(seed), Some(count)) =
        (number(args, "--seed", random::DEFAULT.0), number(args, "--count", random::DEFAULT.1))
    else {
        eprintln!("usage: random [--seed N] [--count N] | random RECIPE FLAGS");
        return 2;
    };
    collect(true, Detail::Full, |_, found| found.add(random::run(seed, count)))
}

/// One part, or what of it has one of these texts in its name; results are kept of whole columns.
fn one_part(
    args: &[OsString],
    of_columns: fn(&str) -> bool,
    part: impl FnOnce(&Lab, &[&str], &mut Collected),
) -> i32 {
    let names = words(args);
    let whole = names.iter().all(|name| of_columns(name));
    collect(whole, Detail::Full, |lab, found| part(lab, &names, found))
}

/// Every part; of the named environments alone those with one of these texts in their name, since
/// the rest is too slow for a look at one of them.
fn everything(names: &[&str]) -> i32 {
    if room::find("unshare").is_none() {
        println!("FAILED no unshare(1) in PATH, which isodoc is held against: install util-linux");
        return 1;
    }
    let whole = names.is_empty();
    let failed = collect(whole, Detail::Brief, |lab, found| {
        on_its_own("named", found, |found| found.add(named::run(lab, names)));
        if whole {
            let (seed, count) = random::DEFAULT;
            on_its_own("random", found, |found| found.add(random::run(seed, count)));
            on_its_own("containers", found, |found| containers::run(lab, &[], found));
            on_its_own("workloads", found, |found| workloads::run(lab, &[], found));
            on_its_own("kernels", found, |found| kernels::run(lab, &[], found));
        }
    });
    failed | accuracy::check()
}

/// A part that panics has failed, and the others are run all the same.
fn on_its_own(part: &str, found: &mut Collected, run: impl FnOnce(&mut Collected)) {
    if catch_unwind(AssertUnwindSafe(|| run(&mut *found))).is_err() {
        let mut results = Results::new(part, "");
        results.wrong("panicked, see above".into());
        found.all.push(results);
    }
}

/// Runs some of the lab and gives the exit code; keeps its results where these are `whole` columns.
fn collect(whole: bool, detail: Detail, run: impl FnOnce(&Lab, &mut Collected)) -> i32 {
    let mut found = Collected::new(whole);
    let _lab = mounts::with_lab(|lab| run(lab, &mut found)).expect("a directory for the lab");
    i32::from(!report::print(&found.all, detail))
}
