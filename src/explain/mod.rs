//! `explain --error`: a pasted error, panic or kernel log, and the causes that fit it, best first.
//!
//! Pure: text in, causes out. `reading` finds the step, the errno and other circumstances in the
//! text, with the help of `strace` and `kernel_log` for lines that have a form of their own;
//! `ranking` holds what was read against what each rule says of the texts that it shows itself by.
//!
//! Nothing of the text comes back but the step and the errno; what the answer says of it are words
//! of this module. Time is linear in the length of the text; the caller bounds that.

use serde::Serialize;

use crate::errno::Errno;
use crate::plan::Step;

pub(crate) mod example;
pub(crate) mod index;
mod kernel_log;
mod ranking;
mod reading;
mod strace;

/// What a pasted text says, and why that can be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Explained {
    /// The step that was refused, where the text tells.
    pub step: Option<Step>,
    /// The error, where the text tells.
    pub errno: Option<Errno>,
    /// The causes that fit, best first; empty: none is known.
    pub causes: Vec<LikelyCause>,
}

/// One cause that fits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct LikelyCause {
    /// The id of the rule.
    pub id: &'static str,
    /// Its title.
    pub title: &'static str,
    /// What in the text speaks for it, and what would confirm it.
    pub why: String,
}

/// The answer to a pasted text.
#[must_use]
pub(crate) fn explain(text: &str) -> Explained {
    let reading = reading::Reading::of(text);
    let causes = ranking::causes(&reading);
    Explained { step: reading.said.step, errno: reading.said.errno, causes }
}

#[cfg(test)]
mod tests;
