//! isodoc's verdict on nsjail, held against nsjail itself in each environment.
//!
//! Debian has no nsjail, so this is no part of a whole run: `cargo test --test lab -- nsjail` where
//! one is in `PATH`.

use crate::cell::{Ran, Spot};
use crate::named::ENVIRONMENTS;
use crate::room::find;
use crate::run::Lab;

/// The namespaces that a worker asks of it: all but that of the network; the whole tree is its
/// root.
const ARGUMENTS: [&str; 7] = ["-Mo", "-Q", "-N", "--chroot", "/", "--", "/bin/true"];

/// Runs it, and gives the exit code.
pub fn run(lab: &Lab, filters: &[&str]) -> i32 {
    let Some(program) = find("nsjail").map(|path| path.to_string_lossy().into_owned()) else {
        println!("no nsjail in PATH");
        return 2;
    };
    let (mut agree, mut wrong) = (0, 0);
    for environment in ENVIRONMENTS
        .iter()
        .filter(|e| filters.is_empty() || filters.iter().any(|f| e.name.contains(f)))
    {
        let room = lab.room(environment.name);
        let mut command = vec![program.as_str()];
        command.extend(ARGUMENTS);
        let (real, said) = (
            room.run(&command),
            room.run(&["isodoc", "check", "--format", "json", "--require", "nsjail"]),
        );
        match (real, said) {
            (Ran::Skipped(why), _) | (_, Ran::Skipped(why)) => {
                println!("skipped {}: {why}", environment.name)
            }
            // The environment hides it.
            (_, Ran::Ended { stdout, .. }) if hidden(&stdout) => {
                println!("skipped {}: no nsjail in its PATH", environment.name)
            }
            (Ran::Ended { code: real, stderr, .. }, Ran::Ended { code: said, .. })
                if (real == 0) != (said == 0) =>
            {
                wrong += 1;
                println!(
                    "FAILED {}: isodoc exits with {said}, nsjail with {real}: {stderr}",
                    environment.name
                );
            }
            _ => agree += 1,
        }
    }
    println!("nsjail: {agree} environments agree, {wrong} do not");
    i32::from(wrong > 0)
}

fn hidden(report: &str) -> bool {
    let report: serde_json::Value = serde_json::from_str(report).unwrap_or_default();
    let nsjail = report["mechanisms"]
        .as_array()
        .and_then(|all| all.iter().find(|m| m["id"] == "nsjail"))
        .cloned();
    nsjail.is_some_and(|nsjail| nsjail["cause"]["id"] == "nsjail-missing")
}
