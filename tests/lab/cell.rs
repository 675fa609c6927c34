//! What is looked at in every cell: the real command and isodoc on the same spot, for the same
//! flags.

use serde::{Deserialize, Serialize};

use crate::said::Said;
pub use crate::truth::Truth;

/// What came of a command.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Ran {
    /// The spot cannot be made here; the text says why.
    Skipped(String),
    /// It ended.
    Ended {
        /// Its exit code, or 128 and the signal.
        code: i32,
        /// Its standard output.
        stdout: String,
        /// Its standard error.
        stderr: String,
    },
}

/// Where a command can be run: a room, a container, this very process' place. Each run begins
/// afresh there.
pub trait Spot {
    /// Runs a command to its end. `isodoc` is found in `PATH`.
    fn run(&self, command: &[&str]) -> Ran;
}

/// What was seen at one spot with one set of flags.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Seen {
    /// The flags of unshare(1), separated by single spaces.
    pub flags: String,
    /// What the real command did.
    pub truth: Truth,
    /// What isodoc says with the probe.
    pub probed: Said,
    /// What it says without.
    pub predicted: Said,
}

/// What was seen at one spot.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Visit {
    /// What `isodoc snapshot` wrote there.
    pub snapshot: String,
    /// One for each set of flags.
    pub cells: Vec<Seen>,
}

/// Why there is no visit.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum NoVisit {
    /// The spot cannot be made here.
    Skipped(String),
    /// isodoc did not answer as its contract says.
    Broken(String),
}

/// Asks the real command and isodoc for each set of flags.
pub fn visit(spot: &dyn Spot, flag_sets: &[&str]) -> Result<Visit, NoVisit> {
    let snapshot = match spot.run(&["isodoc", "snapshot"]) {
        Ran::Ended { code: 0, stdout, .. } => stdout,
        Ran::Ended { code, stderr, .. } => {
            return Err(NoVisit::Broken(format!("isodoc snapshot: exit {code}: {stderr}")));
        }
        Ran::Skipped(why) => return Err(NoVisit::Skipped(why)),
    };
    let cells = flag_sets.iter().map(|flags| look(spot, flags)).collect::<Result<_, _>>()?;
    Ok(Visit { snapshot, cells })
}

/// Asks the real command and isodoc for one set of flags.
pub fn look(spot: &dyn Spot, flags: &str) -> Result<Seen, NoVisit> {
    Ok(Seen {
        flags: flags.to_owned(),
        truth: real(spot, flags)?,
        probed: ask(spot, flags, true)?,
        predicted: ask(spot, flags, false)?,
    })
}

/// What the real command does.
pub fn real(spot: &dyn Spot, flags: &str) -> Result<Truth, NoVisit> {
    let mut command = vec!["unshare"];
    command.extend(flags.split(' ').filter(|word| !word.is_empty()));
    command.push("true");
    match spot.run(&command) {
        Ran::Ended { code, stderr, .. } => Ok(Truth::of(code, &stderr)),
        Ran::Skipped(why) => Err(NoVisit::Skipped(why)),
    }
}

/// What isodoc says.
pub fn ask(spot: &dyn Spot, flags: &str, probe: bool) -> Result<Said, NoVisit> {
    let mut command =
        vec!["isodoc", "check", "--format", "json", "--require", "unshare", "--flags", flags];
    if !probe {
        command.push("--no-probe");
    }
    match spot.run(&command) {
        Ran::Ended { code, stdout, stderr } => {
            Said::of(code, &stdout, &stderr).map_err(NoVisit::Broken)
        }
        Ran::Skipped(why) => Err(NoVisit::Skipped(why)),
    }
}
