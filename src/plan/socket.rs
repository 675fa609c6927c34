//! The families of sockets by which network namespaces are set up, and programs talk to their own.

/// A family of sockets (address_families(7)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names are those of address_families(7)")]
pub(crate) enum SocketFamily {
    Inet,
    Netlink,
    Unix,
}

impl SocketFamily {
    pub(crate) const ALL: [Self; 3] = [Self::Inet, Self::Netlink, Self::Unix];

    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Inet => "AF_INET",
            Self::Netlink => "AF_NETLINK",
            Self::Unix => "AF_UNIX",
        }
    }

    /// Its number (include/linux/socket.h).
    #[must_use]
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Inet => 2,
            Self::Netlink => 16,
            Self::Unix => 1,
        }
    }
}
