//! Kernel parameters of the live host, through the sysctl crate.
//!
//! It opens a file twice, and takes eight system calls where three will do, so it is asked for one
//! parameter: the others are read as all files of procfs are.

use ::sysctl::{Ctl, Sysctl};

/// The value of a parameter.
///
/// The crate says "no such sysctl" for every error of open(2), so a parameter that we may not read
/// looks absent: where there is no value, the file has to be asked why.
pub(super) fn read(name: &str) -> Option<Vec<u8>> {
    Ctl::new(name).and_then(|ctl| ctl.value_string()).map(String::into_bytes).ok()
}
