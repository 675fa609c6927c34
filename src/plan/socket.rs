//! The families of sockets by which network namespaces are set up.

/// A family of sockets (address_families(7)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names are those of address_families(7)")]
pub(crate) enum SocketFamily {
    Inet,
    Netlink,
}

impl SocketFamily {
    pub(crate) const ALL: [Self; 2] = [Self::Inet, Self::Netlink];

    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Inet => "AF_INET",
            Self::Netlink => "AF_NETLINK",
        }
    }

    /// Its number (include/linux/socket.h).
    #[must_use]
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Inet => 2,
            Self::Netlink => 16,
        }
    }
}
