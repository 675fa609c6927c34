//! isodoc: will process isolation work here; if not, which one gate refuses it; what is the
//! smallest change that lets it work?
//!
//! Facts flow one way: a `source` answers with bytes, `parse` reads them, `collect` makes
//! `facts` of them, `rules` judge these, `diagnosis` predicts and diagnoses. See
//! `docs/architecture.md`.
//!
//! The program is all that is promised; the library exists so that the program and its bench share
//! one build.

#![deny(unreachable_pub)]
#![cfg_attr(test, allow(clippy::string_slice, reason = "a test may panic"))]
#![cfg_attr(test, allow(clippy::too_many_lines, reason = "tables of cases are long"))]

mod assume;
mod checks;
mod cli;
mod collect;
mod commands;
mod deploy;
mod diagnosis;
mod errno;
mod exit;
mod explain;
mod facts;
mod findings;
mod lint;
mod mechanisms;
mod output;
mod parse;
mod place;
mod plan;
mod platform;
mod probe;
mod remedy;
mod report;
mod rules;
mod source;
#[cfg(target_os = "linux")]
mod sys;
mod verdict;
mod windmill;

pub use commands::main;
pub use exit::Exit;

/// Parses a YAML file as `lint` does, and says whether it could: what `benches/lint.rs` holds
/// the whole command against.
#[doc(hidden)]
#[must_use]
pub fn parses_as_yaml(text: &str) -> bool {
    deploy::yaml::parse(0, text).is_ok()
}
