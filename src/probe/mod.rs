//! Asks the kernel for real, in throw-away child processes that leave nothing behind.

#[cfg(target_os = "linux")]
mod binary;
#[cfg(target_os = "linux")]
mod child;
pub(crate) mod outcome;
#[cfg(target_os = "linux")]
pub(crate) mod questions;
#[cfg(target_os = "linux")]
mod runner;
#[cfg(target_os = "linux")]
pub(crate) mod trial;

pub(crate) use outcome::{Outcome, Status};
#[cfg(target_os = "linux")]
pub(crate) use runner::{Limits, run};
