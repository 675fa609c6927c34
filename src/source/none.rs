//! A source that knows only which system isodoc was built for: what is left where there is no
//! Linux.

use super::{ReadResult, Source, SourceKind, Stat};
use crate::facts::Missing;
use crate::facts::Question;

/// Everything is unsupported, but the name of the system.
pub(crate) struct NoLinux;

impl Source for NoLinux {
    fn read(&self, _: &str) -> ReadResult<Vec<u8>> {
        Err(Missing::Unsupported)
    }
    fn read_link(&self, _: &str) -> ReadResult<String> {
        Err(Missing::Unsupported)
    }
    fn stat(&self, _: &str) -> ReadResult<Stat> {
        Err(Missing::Unsupported)
    }
    fn list(&self, _: &str) -> ReadResult<Vec<String>> {
        Err(Missing::Unsupported)
    }
    fn env(&self, name: &str) -> ReadResult<String> {
        std::env::var(name).map_err(|_| Missing::Absent)
    }
    fn ask(&self, question: &Question) -> ReadResult<String> {
        match question {
            Question::Uname => {
                Ok(format!("{} unknown {}", std::env::consts::OS, std::env::consts::ARCH))
            }
            _ => Err(Missing::Unsupported),
        }
    }
    fn kind(&self) -> SourceKind {
        SourceKind::Live
    }
}
