//! The calls that name the host in a UTS namespace.

/// A call that sets one of the two names (uts_namespaces(7)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names are those of the system calls")]
pub(crate) enum NameCall {
    Sethostname,
    Setdomainname,
}

impl NameCall {
    pub(crate) const ALL: [Self; 2] = [Self::Sethostname, Self::Setdomainname];

    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sethostname => "sethostname",
            Self::Setdomainname => "setdomainname",
        }
    }
}
