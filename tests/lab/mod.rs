//! Environments in which isolation is refused, or looks as if it were, built from system calls.
//!
//! An environment is one entry in `environments.rs`. It is built by a *room*: a process of this very test
//! binary (`live enter NAME COMMAND...`), which shuts itself in and then executes the command in its place.

pub mod environments;
pub mod judge;
pub mod room;
pub mod run;
pub mod sys;

/// Why an environment cannot be built here.
#[derive(Debug)]
pub struct Skip(pub String);

/// The exit status of a room that could not be built; the reason is then on stderr behind [`SKIP_MARK`].
pub const SKIP_STATUS: i32 = 77;

/// What the reason of a skip begins with.
pub const SKIP_MARK: &str = "lab: cannot build: ";

/// One environment.
pub struct Environment {
    /// Its name.
    pub name: &'static str,
    /// What it stands for.
    pub about: &'static str,
    /// The first kernel in which the refusal is as written here: major and minor version.
    pub since: (u32, u32),
    /// Builds it around the process that calls it.
    pub build: fn(&mut room::Room) -> sys::Built,
    /// What the flags A to E meet in it.
    pub cells: [Expect; 5],
    /// What other flags meet in it.
    pub extra: &'static [(&'static str, Expect)],
}

/// The flags of `cells`.
pub const FLAGS: [(&str, &str); 5] = [
    ("A", "--user --map-root-user --pid --fork --mount-proc"),
    ("B", "--user --map-root-user --pid --fork"),
    ("C", "--pid --fork --mount-proc"),
    ("D", "--pid --fork"),
    ("E", "--user"),
];

/// What is expected of a cell.
#[derive(Clone, Copy, Debug)]
pub enum Expect {
    /// The command works.
    Works,
    /// It is refused.
    Refused(Refusal),
    /// It is refused, and no fact shows why: only a probe can tell. The text says why.
    Unseen(Refusal, &'static str),
    /// Nothing is known beforehand: isodoc has to agree with the command, whatever that does.
    Unknown,
}

/// Where, with which error and why a command is refused.
#[derive(Clone, Copy, Debug)]
pub struct Refusal {
    /// The step.
    pub step: &'static str,
    /// The name of the error; `SIGSYS` where the process is killed, empty where the program names none.
    pub errno: &'static str,
    /// The id of the gate.
    pub cause: &'static str,
}

impl Environment {
    /// Every cell: its label, the flags and what is expected.
    pub fn all_cells(&self) -> impl Iterator<Item = (&'static str, &'static str, Expect)> {
        let named = FLAGS.iter().zip(self.cells).map(|((label, flags), expect)| (*label, *flags, expect));
        named.chain(self.extra.iter().map(|(flags, expect)| (*flags, *flags, *expect)))
    }
}
