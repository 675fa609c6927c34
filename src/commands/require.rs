//! What `--require` can name: mechanisms and single capabilities.

use crate::plan::unshare::DEFAULT_FLAGS;

/// Every mechanism.
pub(crate) const MECHANISMS: &[&str] = &["unshare", "nsjail", "userns-remap"];

/// Every single capability, with the flags of unshare(1) that ask for it and nothing else.
pub(crate) const CAPABILITIES: &[(&str, &str)] = &[
    ("userns", "--user --map-root-user"),
    ("pid-namespace", "--user --map-root-user --pid --fork"),
    ("mount-namespace", "--user --map-root-user --mount"),
    ("net-namespace", "--user --map-root-user --net"),
    ("uts-namespace", "--user --map-root-user --uts"),
    ("ipc-namespace", "--user --map-root-user --ipc"),
    ("cgroup-namespace", "--user --map-root-user --cgroup"),
    ("mount-proc", DEFAULT_FLAGS),
];

/// Every id.
pub(crate) fn ids() -> impl Iterator<Item = &'static str> {
    MECHANISMS.iter().copied().chain(CAPABILITIES.iter().map(|(id, _)| *id))
}
