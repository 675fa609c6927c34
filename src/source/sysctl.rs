//! Kernel parameters of the live host, through the sysctl crate.

use ::sysctl::{Ctl, Sysctl};

/// The value of a parameter, named by its path below `/proc/sys/`.
///
/// The crate says "no such sysctl" for every error of open(2), so a parameter that we may not read
/// looks absent: where there is no value, the file has to be asked why.
pub(super) fn read(below: &str) -> Option<Vec<u8>> {
    let value = Ctl::new(&below.replace('/', ".")).and_then(|ctl| ctl.value_string());
    value.map(String::into_bytes).ok()
}
