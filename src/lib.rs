//! isodoc: will process isolation work here; if not, which one gate refuses it; what is the
//! smallest change that lets it work?
//!
//! Facts flow one way: a `source` answers with bytes, `parse` reads them, `collect` makes
//! `facts` of them, `rules` judge these, `diagnosis` predicts and diagnoses. See
//! `docs/architecture.md`.
//!
//! What is promised, with versions as Cargo reads them, is the program, and [`check`] with its
//! types, which answers what `isodoc check` does to a program that starts sandboxes by itself. The
//! rest is for the program, its tests and its benches.

#![deny(unreachable_pub)]
#![cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "what only Linux calls"))]
#![cfg_attr(test, allow(clippy::string_slice, reason = "a test may panic"))]
#![cfg_attr(test, allow(clippy::too_many_lines, reason = "tables of cases are long"))]

mod assume;
mod checks;
mod cli;
mod collect;
mod commands;
mod config;
mod deploy;
mod diagnosis;
mod errno;
mod exit;
mod explain;
mod facts;
mod findings;
mod fleet;
#[doc(hidden)]
pub mod fuzzed;
#[cfg(target_os = "linux")]
mod library;
mod lint;
mod mechanisms;
mod named;
mod output;
mod parse;
mod place;
mod plan;
mod platform;
mod probe;
mod remedy;
mod report;
mod rules;
mod shared;
mod source;
#[cfg(target_os = "linux")]
mod sys;
#[cfg(test)]
mod tests;
mod verdict;
mod windmill;

pub use commands::main;
pub use exit::Exit;
#[cfg(target_os = "linux")]
pub use library::{Error, Report, Request, check};
pub use verdict::{Advice, Lasts, Verdict, Who};
