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
    EAFNOSUPPORT,
    ETIMEDOUT,
    EDQUOT,
    /// A number that has no name here.
    EOTHER,
}

/// The number that Linux has for it, its name, and the text that strerror(3) gives in the C locale
/// (glibc), for reading messages of other programs.
///
/// The numbers are Linux's on every system: a seccomp profile that is read on a Mac has them too.
/// MIPS and SPARC, which number some of them otherwise, are left out.
const TABLE: &[(i32, Errno, &str, &str)] = {
    use Errno::*;
    &[
        (1, EPERM, "EPERM", "Operation not permitted"),
        (2, ENOENT, "ENOENT", "No such file or directory"),
        (3, ESRCH, "ESRCH", "No such process"),
        (4, EINTR, "EINTR", "Interrupted system call"),
        (5, EIO, "EIO", "Input/output error"),
        (7, E2BIG, "E2BIG", "Argument list too long"),
        (8, ENOEXEC, "ENOEXEC", "Exec format error"),
        (9, EBADF, "EBADF", "Bad file descriptor"),
        (11, EAGAIN, "EAGAIN", "Resource temporarily unavailable"),
        (12, ENOMEM, "ENOMEM", "Cannot allocate memory"),
        (13, EACCES, "EACCES", "Permission denied"),
        (14, EFAULT, "EFAULT", "Bad address"),
        (16, EBUSY, "EBUSY", "Device or resource busy"),
        (17, EEXIST, "EEXIST", "File exists"),
        (19, ENODEV, "ENODEV", "No such device"),
        (20, ENOTDIR, "ENOTDIR", "Not a directory"),
        (21, EISDIR, "EISDIR", "Is a directory"),
        (22, EINVAL, "EINVAL", "Invalid argument"),
        (23, ENFILE, "ENFILE", "Too many open files in system"),
        (24, EMFILE, "EMFILE", "Too many open files"),
        (25, ENOTTY, "ENOTTY", "Inappropriate ioctl for device"),
        (26, ETXTBSY, "ETXTBSY", "Text file busy"),
        (28, ENOSPC, "ENOSPC", "No space left on device"),
        (30, EROFS, "EROFS", "Read-only file system"),
        (32, EPIPE, "EPIPE", "Broken pipe"),
        (34, ERANGE, "ERANGE", "Numerical result out of range"),
        (36, ENAMETOOLONG, "ENAMETOOLONG", "File name too long"),
        (38, ENOSYS, "ENOSYS", "Function not implemented"),
        (40, ELOOP, "ELOOP", "Too many levels of symbolic links"),
        (75, EOVERFLOW, "EOVERFLOW", "Value too large for defined data type"),
        (87, EUSERS, "EUSERS", "Too many users"),
        (95, EOPNOTSUPP, "EOPNOTSUPP", "Operation not supported"),
        (97, EAFNOSUPPORT, "EAFNOSUPPORT", "Address family not supported by protocol"),
        (110, ETIMEDOUT, "ETIMEDOUT", "Connection timed out"),
        (122, EDQUOT, "EDQUOT", "Disk quota exceeded"),
        (-1, EOTHER, "EOTHER", "Unknown error"),
    ]
};

impl Errno {
    /// The symbolic name, e.g. `EPERM`.
    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        TABLE.iter().find(|row| row.1 == self).map_or("EOTHER", |row| row.2)
    }

    /// The number on Linux.
    #[must_use]
    pub(crate) fn raw(self) -> i32 {
        TABLE.iter().find(|row| row.1 == self).map_or(-1, |row| row.0)
    }

    /// The text of strerror(3) in the C locale.
    #[must_use]
    pub(crate) fn text(self) -> &'static str {
        TABLE.iter().find(|row| row.1 == self).map_or("Unknown error", |row| row.3)
    }

    /// The error number with this symbolic name.
    #[must_use]
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        TABLE.iter().find(|row| row.2 == name).map(|row| row.1)
    }

    /// Every named error number with its strerror(3) text.
    pub(crate) fn all() -> impl Iterator<Item = (Self, &'static str)> {
        TABLE.iter().map(|row| (row.1, row.3))
    }

    /// The error number behind a raw value of Linux.
    #[must_use]
    pub(crate) fn from_raw(raw: i32) -> Self {
        TABLE.iter().find(|row| row.0 == raw).map_or(Self::EOTHER, |row| row.1)
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
    #[cfg(target_os = "linux")]
    #[test]
    fn numbers_and_texts_are_those_of_the_c_library() {
        for (raw, errno, name, text) in TABLE.iter().filter(|row| row.1 != Errno::EOTHER) {
            let libc = std::io::Error::from_raw_os_error(*raw).to_string();
            assert_eq!(libc, format!("{text} (os error {raw})"), "{name}");
            assert_eq!(Errno::from_raw(*raw), *errno);
        }
        assert_eq!(Errno::from_raw(9999), Errno::EOTHER);
    }
}
