//! The exit codes, the same for every command and every output format.
//!
//! They also make isodoc a node-problem-detector plugin: 0 is OK, 1 is not OK, anything else is
//! unknown.

use std::process::{ExitCode, Termination};

use crate::verdict::Verdict;

/// How isodoc ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Everything required is supported; or the question was answered.
    Supported = 0,
    /// Something required is unsupported.
    Unsupported = 1,
    /// Wrong usage, unusable input, or output that could not be written.
    Usage = 2,
    /// Something required is unknown, and nothing is unsupported; or no cause fits.
    Unknown = 3,
}

impl From<Verdict> for Exit {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Supported => Self::Supported,
            Verdict::Unsupported => Self::Unsupported,
            Verdict::Unknown => Self::Unknown,
        }
    }
}

impl Termination for Exit {
    fn report(self) -> ExitCode {
        ExitCode::from(self as u8)
    }
}

/// What each code means, for the help and the manual page.
pub(crate) const TABLE: &[(Exit, &str)] = &[
    (Exit::Supported, "everything required is supported; or the question was answered"),
    (Exit::Unsupported, "something required is unsupported"),
    (Exit::Usage, "wrong usage, unusable input, or output that cannot be written"),
    (Exit::Unknown, "something required is unknown; or no cause fits the error"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_the_contract() {
        let code = |verdict| Exit::from(verdict) as u8;
        assert_eq!(
            (code(Verdict::Supported), code(Verdict::Unsupported), code(Verdict::Unknown)),
            (0, 1, 3)
        );
        assert_eq!(TABLE.iter().map(|(exit, _)| *exit as u8).collect::<Vec<_>>(), [0, 1, 2, 3]);
    }
}
