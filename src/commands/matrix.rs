//! `isodoc matrix`: the documented platforms, with the row of this place marked.

use super::{Answer, Failure, open};
use crate::cli::MatrixArgs;
use crate::facts::{self, Need};

/// Runs the command.
pub fn run(args: &MatrixArgs) -> Result<Answer, Failure> {
    let source = open(&args.source)?;
    let _facts = facts::collect(&*source, Need::Check);
    Err(Failure("the matrix is not built in yet".into()))
}
