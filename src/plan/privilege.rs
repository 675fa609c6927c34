//! The calls by which privileges are given up.

/// A call that everybody may make: the kernel refuses nobody what leaves him as he is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names are those of the system calls")]
pub(crate) enum PrivilegeCall {
    Capset,
    Prctl,
    Setgid,
    Setresgid,
    Setresuid,
    Setuid,
}

impl PrivilegeCall {
    pub(crate) const ALL: [Self; 6] =
        [Self::Capset, Self::Prctl, Self::Setgid, Self::Setresgid, Self::Setresuid, Self::Setuid];

    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Capset => "capset",
            Self::Prctl => "prctl",
            Self::Setgid => "setgid",
            Self::Setresgid => "setresgid",
            Self::Setresuid => "setresuid",
            Self::Setuid => "setuid",
        }
    }
}
