//! Reads a configuration, and makes a container of it.

use super::settings::LxcConfig;
use super::{config, included, incus, proxmox};
use crate::deploy::container::{Container, Engine, WrittenAt};
use crate::deploy::dialect::{Candidate, Dialect};
use crate::deploy::place::{At, BadInput, Index, Place};
use crate::deploy::read::{Deployment, Surroundings};
use crate::deploy::setting::Doubt;
use crate::findings::catalogue;

/// An assignment, wherever it comes from.
#[derive(Clone, Debug)]
pub(super) struct LxcEntry {
    pub key: String,
    pub value: String,
    pub place: Place,
}

impl LxcEntry {
    pub(super) fn new(key: &str, value: &str, place: Place) -> Self {
        Self { key: key.to_owned(), value: value.to_owned(), place }
    }
}

/// Reads a file: it is one container.
///
/// # Errors
/// When liblxc or Proxmox does not accept one of its lines.
pub(super) fn read(
    file: &Candidate<'_>,
    surroundings: &mut dyn Surroundings,
) -> Result<Deployment, BadInput> {
    let input = file.input;
    let index = Index::new(input.file, input.text);
    let planned = LxcFile::read(file, &index)?;
    let mut config = LxcConfig::new(planned.start);
    config.read(&planned.entries, input.file, surroundings, 0);
    let is_template = is_template(input.path) && planned.kind.id == super::DIALECT.id;
    if is_template {
        let common = format!("{}{}", included::DIRECTORY, included::COMMON);
        let common = LxcEntry::new("lxc.include", &common, planned.start);
        config.read(&[common], input.file, surroundings, 0);
    }
    let name = planned.name.or_else(|| config.name.take()).or_else(|| of_directory(input.path));
    let nothing = config.nests_nothing().map(|place| (place, WITHOUT_ENTRIES));
    let mut settings = config.finish();
    settings.unknown.extend(planned.unknown);
    let mut deployment = Deployment::of(planned.kind);
    let nothing = nothing.or(planned.passed_over.map(|place| (place, PASSED_OVER)));
    let nothing = nothing.filter(|_| settings.masks.is_none()).map(|(place, title)| {
        let detail = "`isodoc explain nesting-without-effect` has the reasons, and what helps";
        catalogue::NESTING_WITHOUT_EFFECT.at(place, title, detail).about(0)
    });
    deployment.findings.extend(nothing);
    if is_template {
        let title = "this is what new containers begin with, not a container";
        let detail = "lxc-create copies it into each one, and its template adds an include of \
            common.conf: judged is a container of the two.";
        let finding = catalogue::LXC_TEMPLATE.at(planned.start, title, detail);
        deployment.findings.push(finding.about(0));
    }
    if let Some(range) = config::passed_over(input.text) {
        let title = "liblxc passes over the first line: a byte order mark stands before it";
        let detail = "Save the file without one.";
        let finding = catalogue::MISPLACED_SETTING.at(index.of_file(range), title, detail);
        deployment.findings.push(finding.about(0));
    }
    deployment.containers.push(Container {
        name: name.unwrap_or_else(|| "container".to_owned()),
        engine: Engine::Lxc,
        dialect: planned.dialect,
        place: planned.start,
        spot: planned.spot,
        settings,
    });
    Ok(deployment)
}

/// Whether a file is what lxc-create(1) begins with where it is told none (lxc.conf(5),
/// `lxc.default_config`).
fn is_template(path: &str) -> bool {
    path.ends_with("lxc/default.conf")
}

const WITHOUT_ENTRIES: &str =
    "LXC makes the mounts of nesting only beside an lxc.mount.entry, and there is none";
const PASSED_OVER: &str =
    "Proxmox ignores nesting=1, since the file has an lxc.apparmor.profile of its own";

/// A file as the configuration that liblxc gets.
pub(super) struct LxcFile {
    /// What kind of file it is.
    pub kind: &'static Dialect,
    /// How changes are written into it.
    pub dialect: &'static Dialect,
    pub name: Option<String>,
    pub start: Place,
    pub spot: WrittenAt,
    pub entries: Vec<LxcEntry>,
    pub unknown: Vec<At<Doubt>>,
    /// Where it asks Proxmox for nesting that Proxmox ignores.
    pub passed_over: Option<Place>,
}

impl LxcFile {
    /// One of this kind that says nothing.
    pub(super) fn of(kind: &'static Dialect, start: Place) -> Self {
        Self {
            kind,
            dialect: kind,
            name: None,
            start,
            spot: WrittenAt::Text { at: 0 },
            entries: vec![],
            unknown: vec![],
            passed_over: None,
        }
    }

    fn read(file: &Candidate<'_>, index: &Index<'_>) -> Result<Self, BadInput> {
        let text = file.input.text;
        if let Some(root) = super::instance(file) {
            return Ok(incus::planned(root));
        }
        if proxmox::recognises(text) {
            return proxmox::planned(file.input, index);
        }
        let plain = Self::of(&super::DIALECT, index.of_file(0..0));
        Ok(Self { entries: entries(text, index)?, ..plain })
    }
}

/// The assignments of a configuration.
pub(super) fn entries(text: &str, index: &Index<'_>) -> Result<Vec<LxcEntry>, BadInput> {
    let entry = |line: config::LxcLine<'_>| {
        let place = index.of_file(line.range.clone());
        let why = "no assignment: liblxc loads no configuration with a line without `=`";
        let entry = || LxcEntry::new(line.key, line.value, place);
        line.assigns().then(entry).ok_or_else(|| BadInput::at(place, why))
    };
    config::lines(text).map(entry).collect()
}

/// The name of a file without its ending.
pub(super) fn stem(path: &str) -> Option<&str> {
    path.rsplit('/').next()?.strip_suffix(".conf")
}

/// The name of the directory of a configuration, which is that of its container (lxc(7)); else the
/// name of its file.
fn of_directory(path: &str) -> Option<String> {
    let mut parts = path.rsplit('/');
    let name = match parts.next() {
        Some("config") => parts.next().filter(|name| !name.is_empty() && *name != "."),
        _ => stem(path),
    };
    name.map(str::to_owned)
}
