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
mod source;
#[cfg(target_os = "linux")]
mod sys;
mod verdict;
mod windmill;

pub use commands::main;
pub use exit::Exit;
#[cfg(target_os = "linux")]
pub use library::{Error, Report, Request, check};
pub use verdict::{Advice, Lasts, Verdict, Who};

/// Parses a YAML file as `lint` does, and says whether it could: what `benches/lint.rs` holds
/// the whole command against.
#[doc(hidden)]
#[must_use]
pub fn parses_as_yaml(text: &str) -> bool {
    deploy::yaml::parse(0, text).is_ok()
}

/// Parses a report as `fleet` does, and says whether it could: what `benches/fleet.rs` holds the
/// whole command against.
#[doc(hidden)]
#[must_use]
pub fn parses_as_host(bytes: &[u8]) -> bool {
    fleet::host::read(bytes).is_ok()
}

/// Feeds a parser with bytes.
#[doc(hidden)]
pub type Feed = fn(&[u8]);

/// Every parser by name: what `tests/fuzz` feeds.
#[doc(hidden)]
pub static PARSERS: &[(&str, Feed)] = &[
    ("mountinfo", |bytes| _ = parse::mountinfo::parse(bytes)),
    ("mountinfo redacted", |bytes| _ = parse::mountinfo::redact(&parse::text(bytes))),
    ("cgroup", |bytes| _ = parse::cgroup::parse(bytes)),
    ("idmap", |bytes| _ = parse::idmap::parse(bytes)),
    ("status", |bytes| _ = parse::status::parse(bytes)),
    ("limits", |bytes| _ = parse::limits::soft(bytes, "Max processes")),
    ("subid", |bytes| _ = parse::subid::parse(bytes)),
    ("accounts", |bytes| _ = parse::subid::accounts(bytes)),
    ("os-release", |bytes| _ = parse::os_release::parse(bytes)),
    ("release", |bytes| _ = parse::release::parse(bytes)),
    ("version", |bytes| _ = parse::release::from_version(&parse::text(bytes))),
    ("kconfig", |bytes| _ = parse::kconfig::parse(bytes)),
    ("cmdline", |bytes| _ = parse::cmdline(bytes)),
    ("tool", |bytes| _ = parse::tool::flavour(bytes)),
    ("daemon.json", |bytes| _ = parse::daemon_json::parse(bytes)),
    ("daemon.json redacted", |bytes| _ = parse::daemon_json::redact(&parse::text(bytes))),
    ("docker info", |bytes| _ = parse::docker_info::parse(&parse::text(bytes))),
    ("docker socket", |bytes| _ = parse::docker_info::body(bytes)),
    ("dockerd", |bytes| _ = parse::dockerd::cmdline(bytes)),
    ("dockerd unit", |bytes| _ = parse::dockerd::redact_unit(&parse::text(bytes))),
    ("message", |bytes| {
        _ = parse::message::first_refusal(&mechanisms::unshare::PROGRAM, &parse::text(bytes));
    }),
    ("snapshot", |bytes| _ = source::snapshot::parse(bytes)),
    ("host", |bytes| _ = fleet::host::read(bytes)),
    ("unshare", |bytes| {
        let flags = mechanisms::unshare::split(&parse::text(bytes));
        _ = mechanisms::unshare::plan(&flags, None, (Some(0), Some(0)));
    }),
    ("explain", |bytes| _ = explain::read(&parse::text(bytes)).explained(None)),
    ("yaml", |bytes| _ = deploy::yaml::parse(0, &parse::text(bytes))),
    ("lint yaml", |bytes| read_as("compose.yaml", bytes)),
    ("lint shell", |bytes| read_as("run.sh", bytes)),
    ("lint markdown", |bytes| read_as("README.md", bytes)),
    ("lint makefile", |bytes| read_as("Makefile", bytes)),
    ("lint quadlet", |bytes| read_as("worker.container", bytes)),
    ("lint unit", |bytes| read_as("worker.service", bytes)),
    ("lint ecs", |bytes| read_as("taskdef.json", bytes)),
    ("lint workflow", |bytes| read_as(".github/workflows/ci.yml", bytes)),
    ("lint runner", |bytes| read_as("config.toml", bytes)),
    ("lint dockerfile", |bytes| read_as("Dockerfile", bytes)),
    ("lint pipeline", |bytes| read_as(".gitlab-ci.yml", bytes)),
    ("lint nomad", |bytes| read_as("worker.nomad.hcl", bytes)),
    ("dockerfile", |bytes| _ = deploy::made_image(&parse::text(bytes))),
    ("lint devcontainer", |bytes| read_as("devcontainer.json", bytes)),
    ("lint daemon.json", |bytes| read_as("daemon.json", bytes)),
];

/// Reads a file of this name as `lint` does, with nothing around it.
fn read_as(path: &str, bytes: &[u8]) {
    struct Nothing;
    impl deploy::read::Surroundings for Nothing {
        fn open(&mut self, _: &str, _: place::FileId) -> Result<(place::FileId, String), String> {
            Err("there is nothing".into())
        }
        fn variable(&self, _: &str) -> Option<String> {
            None
        }
    }
    let text = parse::text(bytes);
    let input = deploy::read::Input { file: 0, path, text: &text };
    let _ = deploy::read::read(&[input], &mut Nothing);
}
