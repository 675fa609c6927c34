//! Directories and devices that every system has.

/// What there is at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UsualKind {
    Directory,
    /// Anything else.
    File,
}

/// The devices that every container has.
pub(crate) const DEVICES: [&str; 6] =
    ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"];

/// Those of hier(7), and where whoever types a command is, and is at home.
const DIRECTORIES: &[&str] = &[
    "/", "/bin", "/boot", "/dev", "/dev/pts", "/dev/shm", "/etc", "/home", "/lib", "/lib64",
    "/media", "/mnt", "/opt", "/proc", "/root", "/run", "/sbin", "/srv", "/sys", "/tmp", "/usr",
    "/usr/bin", "/usr/lib", "/usr/local", "/usr/sbin", "/usr/share", "/var", "/var/lib",
    "/var/log", "/var/tmp", ".", "$PWD", "${PWD}", "$(pwd)", "$HOME", "${HOME}",
];

/// What is at a path on every system; `None`: that differs.
#[must_use]
pub(crate) fn usual(path: &str) -> Option<UsualKind> {
    let (dir, enters) = path.strip_suffix("/.").map_or((path, false), |dir| (dir, true));
    let bare = dir.trim_end_matches('/');
    match () {
        // A user may not enter the home of root.
        () if enters && bare == "/root" => None,
        () if path.starts_with('/') && bare.is_empty() || DIRECTORIES.contains(&bare) => {
            Some(UsualKind::Directory)
        }
        () if DEVICES.contains(&path) => Some(UsualKind::File),
        () => None,
    }
}
