//! A snapshot: what a source answered on another machine, carried in one JSON file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ReadResult, Source, SourceKind, Stat};
use crate::facts::{Missing, Question};
use crate::parse::ParseError;
use crate::probe::recorded::Recorded;

/// The version of the snapshot format.
pub(crate) const VERSION: u32 = 1;

/// Everything that was asked of a source, with the answers. Absence is recorded too.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Snapshot {
    /// The version of this format.
    pub snapshot_version: u32,
    /// When it was taken, in seconds since 1970-01-01 UTC.
    pub captured_at: u64,
    /// Files by path. Content that is not UTF-8 is carried with its odd bytes replaced.
    pub files: BTreeMap<String, ReadResult<String>>,
    /// Symbolic links by path.
    pub links: BTreeMap<String, ReadResult<String>>,
    /// Type, mode and owner by path.
    pub stats: BTreeMap<String, ReadResult<Stat>>,
    /// Directories by path.
    pub lists: BTreeMap<String, ReadResult<Vec<String>>>,
    /// Environment variables by name.
    pub env: BTreeMap<String, ReadResult<String>>,
    /// Answers of the kernel by question.
    pub answers: BTreeMap<String, ReadResult<String>>,
    /// What the probe met there, if it ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<Recorded>,
}

/// Reads a snapshot.
///
/// # Errors
/// When it is not one, with the place.
pub(crate) fn parse(bytes: &[u8]) -> Result<Snapshot, ParseError> {
    let snapshot: Snapshot = serde_json::from_slice(bytes).map_err(|e| ParseError::by("", e))?;
    if snapshot.snapshot_version != VERSION {
        return Err(ParseError::new(format!(
            "snapshot_version is {}, this isodoc reads {VERSION}",
            snapshot.snapshot_version
        )));
    }
    Ok(snapshot)
}

fn answer<T: Clone>(map: &BTreeMap<String, ReadResult<T>>, key: &str) -> ReadResult<T> {
    map.get(key).cloned().unwrap_or(Err(Missing::NotProbed))
}

impl Source for Snapshot {
    fn read(&self, path: &str) -> ReadResult<Vec<u8>> {
        answer(&self.files, path).map(String::into_bytes)
    }
    fn read_link(&self, path: &str) -> ReadResult<String> {
        answer(&self.links, path)
    }
    fn stat(&self, path: &str) -> ReadResult<Stat> {
        answer(&self.stats, path)
    }
    fn list(&self, path: &str) -> ReadResult<Vec<String>> {
        answer(&self.lists, path)
    }
    fn env(&self, name: &str) -> ReadResult<String> {
        answer(&self.env, name)
    }
    fn ask(&self, question: &Question) -> ReadResult<String> {
        answer(&self.answers, &question.key())
    }
    fn kind(&self) -> SourceKind {
        SourceKind::Snapshot
    }
    fn probe(&self) -> Option<&Recorded> {
        self.probe.as_ref()
    }
}
