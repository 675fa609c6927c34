//! Error numbers by their symbolic names, independent of the machine isodoc was built for.
//!
//! Reports and snapshots carry the *name*: numbers differ between architectures, names do not.

use serde::{Deserialize, Serialize};

/// The error number of a refused system call, as its errno(3) name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[allow(missing_docs, clippy::upper_case_acronyms, reason = "the names are those of errno(3)")]
pub(crate) enum Errno {
    EPERM,
    ENOENT,
    ESRCH,
    EINTR,
    EIO,
    E2BIG,
    ENOEXEC,
    EBADF,
    EAGAIN,
    ENOMEM,
    EACCES,
    EFAULT,
    EBUSY,
    EEXIST,
    ENODEV,
    ENOTDIR,
    EISDIR,
    EINVAL,
    ENFILE,
    EMFILE,
    ENOTTY,
    ETXTBSY,
    ENOSPC,
    EROFS,
    EPIPE,
    ERANGE,
    ENAMETOOLONG,
    ENOSYS,
    ELOOP,
    EOVERFLOW,
    EUSERS,
    EOPNOTSUPP,
    ETIMEDOUT,
    /// A number that has no name here.
    EOTHER,
}

/// Name and the text that strerror(3) gives in the C locale (glibc), for reading messages of other
/// programs.
const TABLE: &[(Errno, &str, &str)] = {
    use Errno::*;
    &[
        (EPERM, "EPERM", "Operation not permitted"),
        (ENOENT, "ENOENT", "No such file or directory"),
        (ESRCH, "ESRCH", "No such process"),
        (EINTR, "EINTR", "Interrupted system call"),
        (EIO, "EIO", "Input/output error"),
        (E2BIG, "E2BIG", "Argument list too long"),
        (ENOEXEC, "ENOEXEC", "Exec format error"),
        (EBADF, "EBADF", "Bad file descriptor"),
        (EAGAIN, "EAGAIN", "Resource temporarily unavailable"),
        (ENOMEM, "ENOMEM", "Cannot allocate memory"),
        (EACCES, "EACCES", "Permission denied"),
        (EFAULT, "EFAULT", "Bad address"),
        (EBUSY, "EBUSY", "Device or resource busy"),
        (EEXIST, "EEXIST", "File exists"),
        (ENODEV, "ENODEV", "No such device"),
        (ENOTDIR, "ENOTDIR", "Not a directory"),
        (EISDIR, "EISDIR", "Is a directory"),
        (EINVAL, "EINVAL", "Invalid argument"),
        (ENFILE, "ENFILE", "Too many open files in system"),
        (EMFILE, "EMFILE", "Too many open files"),
        (ENOTTY, "ENOTTY", "Inappropriate ioctl for device"),
        (ETXTBSY, "ETXTBSY", "Text file busy"),
        (ENOSPC, "ENOSPC", "No space left on device"),
        (EROFS, "EROFS", "Read-only file system"),
        (EPIPE, "EPIPE", "Broken pipe"),
        (ERANGE, "ERANGE", "Numerical result out of range"),
        (ENAMETOOLONG, "ENAMETOOLONG", "File name too long"),
        (ENOSYS, "ENOSYS", "Function not implemented"),
        (ELOOP, "ELOOP", "Too many levels of symbolic links"),
        (EOVERFLOW, "EOVERFLOW", "Value too large for defined data type"),
        (EUSERS, "EUSERS", "Too many users"),
        (EOPNOTSUPP, "EOPNOTSUPP", "Operation not supported"),
        (ETIMEDOUT, "ETIMEDOUT", "Connection timed out"),
        (EOTHER, "EOTHER", "Unknown error"),
    ]
};

impl Errno {
    /// The symbolic name, e.g. `EPERM`.
    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        TABLE.iter().find(|row| row.0 == self).map_or("EOTHER", |row| row.1)
    }

    /// The text of strerror(3) in the C locale.
    #[must_use]
    pub(crate) fn text(self) -> &'static str {
        TABLE.iter().find(|row| row.0 == self).map_or("Unknown error", |row| row.2)
    }

    /// The error number with this symbolic name.
    #[must_use]
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        TABLE.iter().find(|row| row.1 == name).map(|row| row.0)
    }

    /// Every named error number with its strerror(3) text.
    pub(crate) fn all() -> impl Iterator<Item = (Self, &'static str)> {
        TABLE.iter().map(|row| (row.0, row.2))
    }

    /// The error number behind a raw value of this machine.
    #[cfg(target_os = "linux")]
    #[must_use]
    pub(crate) fn from_raw(raw: i32) -> Self {
        match raw {
            libc::EPERM => Self::EPERM,
            libc::ENOENT => Self::ENOENT,
            libc::ESRCH => Self::ESRCH,
            libc::EINTR => Self::EINTR,
            libc::EIO => Self::EIO,
            libc::E2BIG => Self::E2BIG,
            libc::ENOEXEC => Self::ENOEXEC,
            libc::EBADF => Self::EBADF,
            libc::EAGAIN => Self::EAGAIN,
            libc::ENOMEM => Self::ENOMEM,
            libc::EACCES => Self::EACCES,
            libc::EFAULT => Self::EFAULT,
            libc::EBUSY => Self::EBUSY,
            libc::EEXIST => Self::EEXIST,
            libc::ENODEV => Self::ENODEV,
            libc::ENOTDIR => Self::ENOTDIR,
            libc::EISDIR => Self::EISDIR,
            libc::EINVAL => Self::EINVAL,
            libc::ENFILE => Self::ENFILE,
            libc::EMFILE => Self::EMFILE,
            libc::ENOTTY => Self::ENOTTY,
            libc::ETXTBSY => Self::ETXTBSY,
            libc::ENOSPC => Self::ENOSPC,
            libc::EROFS => Self::EROFS,
            libc::EPIPE => Self::EPIPE,
            libc::ERANGE => Self::ERANGE,
            libc::ENAMETOOLONG => Self::ENAMETOOLONG,
            libc::ENOSYS => Self::ENOSYS,
            libc::ELOOP => Self::ELOOP,
            libc::EOVERFLOW => Self::EOVERFLOW,
            libc::EUSERS => Self::EUSERS,
            libc::EOPNOTSUPP => Self::EOPNOTSUPP,
            libc::ETIMEDOUT => Self::ETIMEDOUT,
            _ => Self::EOTHER,
        }
    }
}

impl std::fmt::Display for Errno {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for (errno, text) in Errno::all() {
            assert_eq!(Errno::from_name(errno.name()), Some(errno));
            assert_eq!(errno.text(), text);
            assert_eq!(serde_json::to_string(&errno).unwrap(), format!("\"{}\"", errno.name()));
        }
        assert_eq!(Errno::from_name("EBOGUS"), None);
    }
}
