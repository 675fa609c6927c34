//! isodoc: will process isolation work here; if not, which one gate refuses it; what is the
//! smallest change that lets it work?
//!
//! Facts flow one way: a [`source`] answers with bytes, [`parse`] reads them, [`facts`] holds them,
//! [`rules`] judge them, the [`engine`] predicts and diagnoses. See `docs/architecture.md`.

pub mod assume;
pub mod cli;
pub mod commands;
pub mod engine;
pub mod errno;
pub mod exit;
pub mod explain;
pub mod facts;
pub mod findings;
pub mod lint;
pub mod mechanisms;
pub mod parse;
pub mod platform;
pub mod probe;
pub mod remedy;
pub mod render;
pub mod report;
pub mod rules;
pub mod source;
#[cfg(target_os = "linux")]
mod sys;
pub mod verdict;
pub mod worker;
pub mod workload;
