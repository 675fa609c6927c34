//! What long work says of itself: one line on a terminal, which goes away again.
//!
//! A crate for that draws bars in colour and weighs more than this command; a number is enough.

use std::cell::Cell;
use std::io::{IsTerminal, Write, stderr, stdout};
use std::time::{Duration, Instant};

use super::words::grouped;

/// How long work takes before it says anything, and how often it does.
const EVERY: Duration = Duration::from_millis(500);

/// How far some work is.
pub(crate) struct Progress {
    what: &'static str,
    /// When it is told next; never where nobody looks.
    next: Option<Cell<Instant>>,
    shown: Cell<bool>,
}

impl Progress {
    /// The work has begun; `writes`: it writes to standard output as it goes on, which has the
    /// terminal for itself then.
    #[must_use]
    pub(crate) fn new(what: &'static str, writes: bool) -> Self {
        let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        let seen = stderr().is_terminal() && !dumb && !(writes && stdout().is_terminal());
        let next = seen.then(|| Cell::new(Instant::now() + EVERY));
        Self { what, next, shown: Cell::new(false) }
    }

    /// So much is done.
    pub(crate) fn at(&self, done: u64) {
        let Some(next) = &self.next else { return };
        let now = Instant::now();
        if now >= next.get() {
            next.set(now + EVERY);
            self.shown.set(true);
            let _ = write!(stderr(), "\r{} {} ...\x1b[K", grouped(done), self.what);
        }
    }

    /// All of these, telling how many were taken.
    pub(crate) fn each<T>(what: &'static str, all: Vec<T>) -> impl Iterator<Item = T> {
        let progress = Self::new(what, false);
        all.into_iter().enumerate().map(move |(at, one)| {
            progress.at(at as u64);
            one
        })
    }

    /// Takes the line away, before something else is said or at the end.
    pub(crate) fn clear(&self) {
        if self.shown.take() {
            let _ = write!(stderr(), "\r\x1b[K");
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}
