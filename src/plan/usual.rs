//! Directories and devices that every system has.

/// Those of hier(7), and the devices that every container has.
const USUAL: &[&str] = &[
    "/",
    "/bin",
    "/boot",
    "/dev",
    "/dev/full",
    "/dev/null",
    "/dev/pts",
    "/dev/random",
    "/dev/shm",
    "/dev/tty",
    "/dev/urandom",
    "/dev/zero",
    "/etc",
    "/home",
    "/lib",
    "/lib64",
    "/media",
    "/mnt",
    "/opt",
    "/proc",
    "/root",
    "/run",
    "/sbin",
    "/srv",
    "/sys",
    "/tmp",
    "/usr",
    "/usr/bin",
    "/usr/lib",
    "/usr/local",
    "/usr/sbin",
    "/usr/share",
    "/var",
    "/var/lib",
    "/var/log",
    "/var/tmp",
];

/// Where whoever types a command is, and is at home.
const OWN: &[&str] = &[".", "$PWD", "${PWD}", "$(pwd)", "$HOME", "${HOME}"];

/// Whether something is there on every system.
#[must_use]
pub(crate) fn is_usual(path: &str) -> bool {
    let bare = path.trim_end_matches('/');
    USUAL.contains(&path) || USUAL.contains(&bare) || OWN.contains(&bare)
}
