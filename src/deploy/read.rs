//! Deployment files to containers. Each kind of file has its reader; which one reads a file is
//! decided by content.

use super::container::Container;
use super::dialect::{Candidate, DIALECTS, Dialect, Recognised};
use super::place::{At, BadInput, FileId};
use super::runtime::Runtime;
use super::{busybox, command, compose, foreign, systemd};
use crate::findings::{Finding, catalogue};
use crate::parse::daemon_json::{BadConfig, DaemonConfig};

/// A file to read: its number, the name it was given by, and its text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Input<'a> {
    /// Its number; places in it carry the number.
    pub file: FileId,
    /// The path as given; `-` is standard input.
    pub path: &'a str,
    pub text: &'a str,
}

/// What readers need beside the file itself. Readers do no I/O.
pub(crate) trait Surroundings {
    /// Reads a file that another names, relative to the directory of the file of this number; the
    /// number of the new file and its text.
    ///
    /// # Errors
    /// When it cannot be read; the text says why.
    fn open(&mut self, path: &str, _from: FileId) -> Result<(FileId, String), String> {
        Err(format!("{path}: not there"))
    }

    /// The value of an environment variable of the environment, as compose takes it: from the
    /// environment, else from `.env`.
    fn variable(&self, _name: &str) -> Option<String> {
        None
    }

    /// The names of what lies in a directory beside the file of this number.
    fn names(&self, _directory: &str, _from: FileId) -> Vec<String> {
        vec![]
    }

    /// Notes that a value came from the environment or from a file of variables: it is nobody's
    /// business who reads the report.
    fn conceal(&self, _name: &str, _value: &str) {}
}

/// No files, and no variables.
pub(crate) struct Nothing;

impl Surroundings for Nothing {}

/// A configuration of the Docker daemon, or why the daemon refuses it.
pub(crate) type Planned = Result<DaemonConfig, BadConfig>;

/// What a file says.
#[derive(Clone, Debug)]
pub(crate) struct Deployment {
    pub dialect: &'static Dialect,
    /// Its containers, in the order of the file.
    pub containers: Vec<Container>,
    /// What the reader noticed that belongs to no container, or to one of them.
    pub findings: Vec<Finding>,
    /// What it says of the Docker daemon, where it is the daemon's configuration.
    pub daemon: Option<At<Planned>>,
    /// What makes its pods, where it shows that.
    pub pods: Option<Runtime>,
    /// What is refused of it, where the rest can be judged all the same: what stands first.
    pub broken: Option<BadInput>,
    /// Whether a file that it needs was not read.
    pub incomplete: bool,
}

/// That a file says where its container runs, and by what.
pub(super) fn runner_known(host: &At<String>, because: &str) -> Finding {
    let title = format!("judged as on {}: {because}", host.value);
    let detail = "The file says where it runs, so no other host is asked about it.";
    catalogue::RUNNER_KNOWN.at(host.place, title, detail)
}

impl Deployment {
    /// A file in which nothing stands yet.
    pub(crate) fn of(dialect: &'static Dialect) -> Self {
        Self {
            dialect,
            containers: vec![],
            findings: vec![],
            daemon: None,
            pods: None,
            broken: None,
            incomplete: false,
        }
    }

    /// Adds findings about the container that comes next.
    pub(super) fn on_next(&mut self, findings: impl IntoIterator<Item = Finding>) {
        let number = self.containers.len();
        self.findings.extend(findings.into_iter().map(|finding| finding.about(number)));
    }

    /// The same with what the words of a container's command leave open.
    pub(super) fn doubted(mut self) -> Self {
        for Container { settings, .. } in &mut self.containers {
            command::note_isolating(settings);
            command::doubt_user(settings);
            busybox::doubt_program(settings);
        }
        self
    }

    /// The same, where anything of it can be judged.
    ///
    /// # Errors
    /// When all that it has is refused.
    pub(crate) fn judged(mut self) -> Result<Self, BadInput> {
        match self.broken.take_if(|_| self.containers.is_empty()) {
            Some(bad) => Err(bad),
            None => Ok(self),
        }
    }
}

/// Why a file was not read.
#[derive(Clone, Debug)]
pub(crate) enum NotRead {
    /// It is of a kind that is read, and broken.
    Broken(BadInput),
    /// It is of a kind that is known and not read.
    Foreign(&'static foreign::Kind),
    /// It is of no kind that is known.
    Unknown(BadInput),
}

impl From<BadInput> for NotRead {
    fn from(bad: BadInput) -> Self {
        Self::Broken(bad)
    }
}

impl NotRead {
    /// The same of a file that has to be read: of whatever kind it is, that is wrong with it.
    pub(crate) fn into_bad(self) -> BadInput {
        match self {
            Self::Broken(bad) | Self::Unknown(bad) => bad,
            Self::Foreign(kind) => BadInput::whole(kind.said()),
        }
    }

    /// What is to be said of the file.
    pub(crate) fn said(&self) -> String {
        match self {
            Self::Broken(bad) | Self::Unknown(bad) => bad.message.clone(),
            Self::Foreign(kind) => kind.said(),
        }
    }

    /// What is wrong with the file; nothing with one of a kind that is not read.
    pub(crate) fn bad(&self) -> Option<&BadInput> {
        match self {
            Self::Broken(bad) | Self::Unknown(bad) => Some(bad),
            Self::Foreign(_) => None,
        }
    }
}

/// Reads a file with the reader that its content asks for; several are one compose project, each
/// put upon the one before.
///
/// # Errors
/// When a file is broken, or of no kind that is read.
pub(crate) fn read(
    inputs: &[Input<'_>],
    surroundings: &mut dyn Surroundings,
) -> Result<Deployment, NotRead> {
    Ok(by_dialect(inputs, surroundings)?.doubted())
}

fn by_dialect(
    inputs: &[Input<'_>],
    surroundings: &mut dyn Surroundings,
) -> Result<Deployment, NotRead> {
    let [input] = inputs else { return Ok(compose::read_project(inputs, surroundings)?) };
    let input = *input;
    if input.text.trim_start_matches('\u{feff}').trim().is_empty() {
        let why = "it is empty: no service, no manifest, no command in it";
        return Err(NotRead::Unknown(BadInput::whole(why)));
    }
    let candidate = Candidate::new(input);
    match candidate.kind() {
        Recognised::Read(dialect) => Ok((dialect.read)(&candidate, surroundings)?),
        Recognised::Foreign(kind) => {
            systemd::by_drop_ins(&candidate, surroundings).ok_or(NotRead::Foreign(kind))
        }
        Recognised::Unknown => Err(match candidate.documents() {
            Err(bad) if looks_read(input.text) => NotRead::Broken(bad),
            Err(bad) if is_yaml(input.path) => NotRead::Unknown(bad),
            Err(_) | Ok(_) => NotRead::Unknown(BadInput::whole(NOTHING_KNOWN)),
        }),
    }
}

/// Whether a text that is not YAML has a line as the files of a dialect do.
fn looks_read(text: &str) -> bool {
    let lines = || DIALECTS.iter().filter_map(|dialect| dialect.blocks.as_ref());
    let begins = |line: &str| lines().flat_map(|blocks| blocks.lines).any(|b| line.starts_with(b));
    text.lines().any(begins)
}

/// Whether a file is called as YAML and JSON are, so that it helps to hear where it is none.
fn is_yaml(path: &str) -> bool {
    [".yml", ".yaml", ".json"].iter().any(|ending| path.ends_with(ending))
}

/// What is said of a file that nobody knows.
const NOTHING_KNOWN: &str = "of no kind that isodoc reads; `isodoc lint --help` has the list";

pub(crate) use command::{joined, of_arguments};
