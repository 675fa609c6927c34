//! Why a command has no answer.

use std::path::Path;

/// Why a command has no answer: the input at fault, what is wrong with it, and what to do.
pub(super) struct Failure(pub String);

impl Failure {
    /// Something is wrong with a file.
    pub(super) fn of(path: &Path, why: impl std::fmt::Display) -> Self {
        Self(format!("{}: {why}", path.display()))
    }

    /// A file could not be written, and is as it was.
    pub(super) fn unwritten(path: &Path, why: impl std::fmt::Display) -> Self {
        Self::of(path, format_args!("{why}; nothing was written"))
    }
}
