//! Asks the kernel for real, in throw-away child processes that leave nothing behind.

#[cfg(target_os = "linux")]
mod binary;
#[cfg(target_os = "linux")]
mod child;
pub mod outcome;
#[cfg(target_os = "linux")]
pub mod questions;
#[cfg(target_os = "linux")]
mod runner;
#[cfg(target_os = "linux")]
pub mod trial;

pub use outcome::{Outcome, Status};
#[cfg(target_os = "linux")]
pub use runner::{Limits, run};
