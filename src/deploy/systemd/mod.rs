//! Units of systemd.

pub(crate) mod unit;
