//! A snapshot: what a source answered on another machine, carried in one JSON file.

use std::collections::BTreeMap;
use std::fmt::{self, Formatter};
use std::marker::PhantomData;

use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

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
    #[serde(deserialize_with = "once")]
    pub files: BTreeMap<String, ReadResult<String>>,
    /// Symbolic links by path.
    #[serde(deserialize_with = "once")]
    pub links: BTreeMap<String, ReadResult<String>>,
    /// Type, mode and owner by path.
    #[serde(deserialize_with = "once")]
    pub stats: BTreeMap<String, ReadResult<Stat>>,
    /// Directories by path.
    #[serde(deserialize_with = "once")]
    pub lists: BTreeMap<String, ReadResult<Vec<String>>>,
    /// Environment variables by name.
    #[serde(deserialize_with = "once")]
    pub env: BTreeMap<String, ReadResult<String>>,
    /// Answers of the kernel by question.
    #[serde(deserialize_with = "once")]
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
    // Of another version nothing else need be as it is here.
    #[derive(Deserialize)]
    struct Versioned {
        snapshot_version: u32,
    }
    let read = |e| ParseError::by("", e);
    let Versioned { snapshot_version } = serde_json::from_slice(bytes).map_err(read)?;
    if snapshot_version != VERSION {
        return Err(ParseError::new(format!(
            "snapshot_version is {snapshot_version}, this isodoc reads {VERSION}"
        )));
    }
    let snapshot: Snapshot = serde_json::from_slice(bytes).map_err(read)?;
    match &snapshot.probe {
        Some(probe) if !probe.is_consistent() => {
            Err("its probe has a verdict that does not go with its step".into())
        }
        _ => Ok(snapshot),
    }
}

/// A map that has each key once: of two answers nothing says which counts.
fn once<'de, D, T>(from: D) -> Result<BTreeMap<String, T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    struct Once<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for Once<T> {
        type Value = BTreeMap<String, T>;

        fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
            f.write_str("a map")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Self::Value, A::Error> {
            let mut map = BTreeMap::new();
            while let Some((key, value)) = from.next_entry::<String, T>()? {
                if map.contains_key(&key) {
                    return Err(A::Error::custom(format_args!("`{key}` is there twice")));
                }
                map.insert(key, value);
            }
            Ok(map)
        }
    }

    from.deserialize_map(Once(PhantomData))
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
