//! Where facts come from: the live host, a directory tree, or a snapshot.
//!
//! A source answers with bytes or says why it cannot; it interprets nothing.

#[cfg(target_os = "linux")]
mod docker_socket;
pub(crate) mod documents;
pub(crate) mod env;
pub(crate) mod exchange;
#[cfg(target_os = "linux")]
pub(crate) mod live;
#[cfg(not(target_os = "linux"))]
pub(crate) mod none;
pub(crate) mod project;
pub(crate) mod record;
pub(crate) mod replace;
#[cfg(target_os = "linux")]
mod selinux;
pub(crate) mod snapshot;
#[cfg(target_os = "linux")]
mod sysctl;
pub(crate) mod today;
pub(crate) mod tree;
pub(crate) mod walk;

use serde::{Deserialize, Serialize};

use crate::facts::{FileKind, Missing, Question};
use crate::probe::recorded::Recorded;

/// The largest file that is read; what is larger is malformed, not a fact.
pub(crate) const MAX_FILE: u64 = 4 << 20;

/// The same for the mounts of a process: as many as `fs.mount-max` allows (100,000), in long lines.
pub(crate) const MAX_MOUNTS: u64 = 64 << 20;

/// The largest size of the file of this name.
pub(crate) fn max_size(path: &str) -> u64 {
    if path.ends_with("/mountinfo") { MAX_MOUNTS } else { MAX_FILE }
}

/// What a source answers.
pub(crate) type ReadResult<T> = Result<T, Missing>;

/// What stat(2) tells of a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stat {
    /// The type of the file.
    pub kind: FileKind,
    /// The permission bits, including setuid and setgid.
    pub mode: u32,
    /// The owner.
    pub uid: u32,
    /// The group; absent in older captures.
    #[serde(default)]
    pub gid: Option<u32>,
    /// Whether the file has capabilities (`security.capability`).
    #[serde(default)]
    pub file_caps: bool,
    /// Device and inode, to tell whether two paths are one file; absent in captures.
    pub id: Option<(u64, u64)>,
}

/// Something facts can be read from. All paths are absolute; `~` and variables are not expanded.
pub(crate) trait Source {
    /// The content of a regular file of at most [`MAX_FILE`] bytes.
    fn read(&self, path: &str) -> ReadResult<Vec<u8>>;
    /// The target of a symbolic link, as text.
    fn read_link(&self, path: &str) -> ReadResult<String>;
    /// Type, mode and owner of a path, links followed.
    fn stat(&self, path: &str) -> ReadResult<Stat>;
    /// The names in a directory, sorted.
    fn list(&self, path: &str) -> ReadResult<Vec<String>>;
    /// Many things are going to be looked for in this directory; whether that is worth it: one that
    /// was named before, by another name, holds nothing new.
    fn expect(&self, _dir: &str) -> bool {
        true
    }
    /// An environment variable of this process. Only those that [`env::carry`] knows are ever
    /// asked for.
    fn env(&self, _name: &str) -> ReadResult<String> {
        Err(Missing::NotProbed)
    }
    /// What the kernel answers to a [`Question`], as text.
    fn ask(&self, _question: &Question) -> ReadResult<String> {
        Err(Missing::NotProbed)
    }
    /// Answers to several questions that a filter may kill for asking; the same order.
    fn ask_all(&self, questions: &[Question]) -> Vec<ReadResult<String>> {
        questions.iter().map(|q| self.ask(q)).collect()
    }
    fn kind(&self) -> SourceKind;
    /// What a probe met there, where that was noted down.
    fn probe(&self) -> Option<&Recorded> {
        None
    }
    /// Whether its silence proves absence and its files are whole.
    fn complete(&self) -> bool {
        true
    }
}

/// What a source is, and so how far its silence can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum SourceKind {
    /// The host isodoc runs on.
    Live,
    /// A directory tree (`--root`).
    Root,
    /// A snapshot file (`--snapshot`).
    Snapshot,
}

impl SourceKind {
    /// Why the kernel of this machine has no say in it, if it has none.
    pub(crate) fn elsewhere(self) -> Option<&'static str> {
        match self {
            Self::Live => None,
            Self::Root => Some("the facts come from a directory tree"),
            Self::Snapshot => Some("the facts come from a snapshot"),
        }
    }
}
