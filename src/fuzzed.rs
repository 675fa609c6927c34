//! What `tests/fuzz` and the benchmarks call: no part of the library's face.

use std::rc::Rc;

use crate::deploy::place::FileId;
use crate::deploy::read::{Input, NotRead, Nothing, read};
use crate::deploy::{self, BadInput, Container};
use crate::lint::fix::{Project, Standing, fix, standings};
use crate::lint::{Host, Judge, Judged, LintQuestion};
use crate::{assume, explain, fleet, mechanisms, parse, source};

/// Parses a YAML file as `lint` does, and says whether it could: what `benches/lint.rs` holds
/// the whole command against.
#[must_use]
pub fn parses_as_yaml(text: &str) -> bool {
    deploy::yaml::parse(0, text).is_ok()
}

/// Parses a report as `fleet` does, and says whether it could: what `benches/fleet.rs` holds the
/// whole command against.
#[must_use]
pub fn parses_as_host(bytes: &[u8]) -> bool {
    fleet::host::read(bytes).is_ok()
}

/// Feeds a parser with bytes.
pub type Feed = fn(&[u8]);

/// Every parser by name, but for those of deployment files: [`Fixer`] reads these.
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
    ("dockerfile", |bytes| _ = deploy::made_image(&parse::text(bytes))),
];

/// Judges files of one host, and fixes them, with nothing around them.
pub struct Fixer(Host);

impl Default for Fixer {
    fn default() -> Self {
        let assumed = assume::on("linux", &["plain-linux".to_owned()]).ok();
        let facts = assumed.and_then(|assumed| assumed.host).map(|(_, facts)| facts);
        Self(Host::new(facts.unwrap_or_default(), "plain-linux".to_owned()))
    }
}

impl Fixer {
    /// A file of this name as `lint --fix` leaves it; `None` where it cannot be read.
    #[must_use]
    pub fn fixed(&self, path: &str, text: &str) -> Option<String> {
        let judge = Judge::new(&self.0, LintQuestion::default());
        let mut file = Alone { path, text: text.into(), judge };
        fix(&mut file).ok()?;
        Some(file.text.to_string())
    }
}

/// A file with nothing around it.
struct Alone<'a> {
    path: &'a str,
    text: Rc<str>,
    judge: Judge<'a>,
}

impl Project for Alone<'_> {
    type About = (Container, Judged);

    fn texts(&self) -> Vec<(FileId, Rc<str>)> {
        vec![(0, Rc::clone(&self.text))]
    }

    fn put(&mut self, _: FileId, text: Rc<str>) {
        self.text = text;
    }

    fn judge(&mut self) -> Result<Vec<Standing<Self::About>>, BadInput> {
        let input = Input { file: 0, path: self.path, text: &self.text };
        standings(read(&[input], &mut Nothing).map_err(NotRead::into_bad)?, &self.judge)
    }
}
