//! Kernel parameters of the live host, through the sysctl crate.
//!
//! The crate says "no such sysctl" for every error of open(2), so that a parameter we may not read
//! looks absent; the caller has seen by stat(2) that the file is there, which settles it.

use crate::facts::Missing;
use ::sysctl::{Ctl, Sysctl};

use super::ReadResult;

/// The value of a parameter whose file, below `/proc/sys/`, is known to exist.
pub(super) fn read(below: &str) -> ReadResult<Vec<u8>> {
    let value = Ctl::new(&below.replace('/', ".")).and_then(|ctl| ctl.value_string());
    value.map(String::into_bytes).map_err(|_| Missing::Denied)
}
