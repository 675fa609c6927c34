//! Deployment files to containers. Each kind of file has its reader; which one reads a file is decided by content.

pub mod command;
pub mod daemon;

use super::container::Container;
use super::place::{BadInput, FileId, Place};

/// A file to read: its number, the name it was given by, and its text.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// Its number; places in it carry the number.
    pub file: FileId,
    /// The path as given; `-` is standard input.
    pub path: &'a str,
    /// Its text.
    pub text: &'a str,
}

/// What readers need beside the file itself. Readers do no I/O.
pub trait Surroundings {
    /// Reads a file that another names, relative to the directory of the file of this number; the number of the new file
    /// and its text.
    ///
    /// # Errors
    /// When it cannot be read; the text says why.
    fn open(&mut self, path: &str, from: FileId) -> Result<(FileId, String), String>;

    /// The value of an environment variable of whoever deploys, as compose takes it: from the environment, else from `.env`.
    fn variable(&self, name: &str) -> Option<String>;
}

/// The kinds of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A compose file.
    Compose,
    /// Kubernetes manifests, written or rendered.
    Kubernetes,
    /// The values of the worker's Helm chart.
    HelmValues,
    /// `docker run` and `podman run` on a command line, in a shell script or in a Markdown file.
    DockerRun,
    /// The configuration of a Docker daemon.
    DockerDaemon,
    /// None of these.
    Unknown,
}

/// What a file says.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// The kind of file.
    pub kind: Kind,
    /// Its containers, in the order of the file.
    pub containers: Vec<Container>,
    /// What the reader noticed that belongs to no container, or to one of them.
    pub remarks: Vec<Remark>,
}

/// Something that the reader of a file noticed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The id of the finding.
    pub rule: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Where.
    pub place: Option<Place>,
    /// The container it is about, by number; `None`: the file.
    pub container: Option<usize>,
    /// What it is, in a line.
    pub title: String,
    /// Why it matters and what to do.
    pub detail: String,
}

/// How bad a remark is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Good to know.
    Note,
    /// Probably not what was meant.
    Warning,
    /// It cannot work.
    Error,
}

/// Reads a file with the reader that its content asks for.
///
/// # Errors
/// When the file is broken, or nobody knows what it is.
pub fn read(input: Input<'_>, _surroundings: &mut dyn Surroundings) -> Result<Deployment, BadInput> {
    let _ = input;
    Err(BadInput::whole("no reader knows this kind of file"))
}
