//! `isodoc rules`: everything that has an id.

use super::{Answer, Failure};
use crate::cli::FormatArgs;
use crate::output::{Notation, ids, json};
use crate::report::ids::List;

/// Runs the command.
pub(super) fn run(args: &FormatArgs) -> Result<Answer, Failure> {
    Ok(Answer::done(match args.format {
        Notation::Text => ids::list(),
        Notation::Json => json::write(&List::all()),
    }))
}
