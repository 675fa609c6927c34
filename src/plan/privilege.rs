//! The calls by which privileges are given up.

use super::Step;

/// A call that everybody may make: the kernel refuses nobody what leaves him as he is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names are those of the system calls")]
pub(crate) enum PrivilegeCall {
    Capset,
    Setgid,
    Setresgid,
    Setresuid,
    Setuid,
}

impl PrivilegeCall {
    pub(crate) const ALL: [Self; 5] =
        [Self::Capset, Self::Setgid, Self::Setresgid, Self::Setresuid, Self::Setuid];

    /// The step that it is made at.
    #[must_use]
    pub(crate) fn step(self) -> Step {
        match self {
            Self::Capset | Self::Setgid | Self::Setuid => Step::Privileges,
            Self::Setresgid | Self::Setresuid => Step::SetIds,
        }
    }

    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Capset => "capset",
            Self::Setgid => "setgid",
            Self::Setresgid => "setresgid",
            Self::Setresuid => "setresuid",
            Self::Setuid => "setuid",
        }
    }
}
