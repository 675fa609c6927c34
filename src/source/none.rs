//! A source that knows only which system isodoc was built for: what is left where there is no
//! Linux.

use super::{Answer, Kind, Source, Stat};
use crate::facts::Missing;
use crate::facts::Question;

/// Everything is unsupported, but the name of the system.
pub(crate) struct NoLinux;

impl Source for NoLinux {
    fn read(&self, _: &str) -> Answer<Vec<u8>> {
        Err(Missing::Unsupported)
    }
    fn read_link(&self, _: &str) -> Answer<String> {
        Err(Missing::Unsupported)
    }
    fn stat(&self, _: &str) -> Answer<Stat> {
        Err(Missing::Unsupported)
    }
    fn list(&self, _: &str) -> Answer<Vec<String>> {
        Err(Missing::Unsupported)
    }
    fn env(&self, name: &str) -> Answer<String> {
        std::env::var(name).map_err(|_| Missing::Absent)
    }
    fn ask(&self, question: &Question) -> Answer<String> {
        match question {
            Question::Uname => {
                Ok(format!("{} unknown {}", std::env::consts::OS, std::env::consts::ARCH))
            }
            _ => Err(Missing::Unsupported),
        }
    }
    fn kind(&self) -> Kind {
        Kind::Live
    }
}
