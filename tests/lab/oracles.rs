//! isodoc's verdicts on mechanisms, held against their real programs in each environment.
//!
//! The programs are what happens to be in `PATH`, so this is no part of a whole run: `cargo test
//! --test lab -- oracles [PROGRAM] [ENVIRONMENT]...`.

use crate::cell::{Ran, Spot};
use crate::named::ENVIRONMENTS;
use crate::room::find;
use crate::run::Lab;

/// A mechanism, its program, flags that are asked about, and what the program executes in there.
struct Oracle(&'static str, &'static str, &'static [&'static str], &'static [&'static str]);

const TRUE: &[&str] = &["--", "/bin/true"];

/// What is asked of each program.
const ORACLES: &[Oracle] = &[
    Oracle(
        "bubblewrap",
        "bwrap",
        &[
            "--unshare-all --ro-bind / / --proc /proc --dev /dev",
            "--new-session --die-with-parent --unshare-net --ro-bind / / --dev /dev --unshare-pid \
             --proc /proc",
            "--new-session --die-with-parent --unshare-net --ro-bind / / --dev /dev --unshare-pid",
            "--unshare-user --unshare-pid --ro-bind / /",
            "--unshare-user --ro-bind / / --unshare-ipc --unshare-uts --hostname x",
        ],
        TRUE,
    ),
    Oracle(
        "nsjail",
        "nsjail",
        &["-Mo -q --chroot /", "-Mo -q -N --chroot /", "-Mo -q --chroot / --disable_proc"],
        TRUE,
    ),
    Oracle(
        "chromium",
        "chromium",
        &["--headless --disable-gpu --disable-dev-shm-usage --disable-setuid-sandbox --dump-dom"],
        &["data:text/html,x"],
    ),
];

/// Runs each program that is here, and gives the exit code.
pub fn run(lab: &Lab, filters: &[&str]) -> i32 {
    let (mut agree, mut wrong) = (0, 0);
    let named = |name: &str| filters.contains(&name);
    let any = ORACLES.iter().any(|Oracle(_, program, ..)| named(program));
    let of_program = |oracle: &&Oracle| (!any || named(oracle.1)) && find(oracle.1).is_some();
    let filters: Vec<&&str> =
        filters.iter().filter(|f| !ORACLES.iter().any(|oracle| oracle.1 == **f)).collect();
    let wanted = |name: &str| filters.is_empty() || filters.iter().any(|f| name.contains(**f));
    for environment in ENVIRONMENTS.iter().filter(|environment| wanted(environment.name)) {
        for oracle in ORACLES.iter().filter(of_program) {
            for flags in oracle.2 {
                match disagreement(lab, environment.name, oracle, flags) {
                    Ok(None) => agree += 1,
                    Ok(Some(text)) => {
                        wrong += 1;
                        println!("FAILED {} {} {flags}: {text}", environment.name, oracle.1);
                    }
                    Err(why) => println!("skipped {} {}: {why}", environment.name, oracle.1),
                }
            }
        }
    }
    println!("oracles: {agree} cells agree, {wrong} do not");
    i32::from(wrong > 0)
}

/// How isodoc's answer differs from what the program did; an error where one of them has none.
fn disagreement(
    lab: &Lab,
    environment: &str,
    Oracle(id, program, _, job): &Oracle,
    flags: &str,
) -> Result<Option<String>, String> {
    let room = lab.room(environment);
    let program = find(program).ok_or("not in PATH")?.to_string_lossy().into_owned();
    let mut command = vec!["timeout", "-s", "KILL", "20", &program];
    command.extend(flags.split(' ').chain(job.iter().copied()));
    let ask = ["isodoc", "check", "--format", "json", "--for", id, "--flags", flags];
    let (real, stderr) = match room.run(&command) {
        Ran::Ended { code: 137, .. } => return Err("the program hangs".into()),
        Ran::Ended { code, stderr, .. } => (code, stderr),
        Ran::Skipped(why) => return Err(why),
    };
    let report = match room.run(&ask) {
        Ran::Ended { stdout, .. } => stdout,
        Ran::Skipped(why) => return Err(why),
    };
    let report: serde_json::Value = serde_json::from_str(&report).unwrap_or_default();
    let said = &report["mechanisms"][0];
    let verdict = if real == 0 { "supported" } else { "unsupported" };
    let step =
        format!("{} {} {}", said["probe"]["step"], said["probe"]["errno"], said["cause"]["id"]);
    let last = stderr.lines().last().unwrap_or_default();
    Ok((said["verdict"] != verdict)
        .then(|| format!("isodoc says {} at {step}, the program {real}: {last}", said["verdict"])))
}
