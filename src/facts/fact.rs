//! One observed thing, where it came from, and how sure we are of it.

use std::borrow::Cow;

use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize};

use crate::parse::ParseError;

/// Why something is not known. Absent is not disabled; unreadable is not a failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Missing {
    /// We looked, and it is not there.
    Absent,
    /// It is there (or may be), and we may not look.
    Denied,
    /// It was seen and cannot be parsed (a FIFO in place of a file, a word in place of a number);
    /// the text says why.
    Malformed(String),
    /// This system has no such thing (another operating system, an older kernel).
    Unsupported,
    /// Nobody looked: not captured, switched off, or not reached. This proves nothing.
    #[serde(rename = "not-captured")]
    NotProbed,
}

/// What was seen at a place: a path, a system call, a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fact<T> {
    /// The value, or why it is not known.
    pub seen: Result<T, Missing>,
    /// A path, a system call such as `prctl(PR_GET_DUMPABLE)`, or `$NAME` for an environment
    /// variable.
    pub source: Cow<'static, str>,
}

impl<T> Fact<T> {
    /// A fact that was seen at `source`.
    pub(crate) fn known(value: T, source: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Ok(value), source)
    }

    /// A fact, known or not.
    pub(crate) fn new(seen: Result<T, Missing>, source: impl Into<Cow<'static, str>>) -> Self {
        Self { seen, source: source.into() }
    }

    /// A thing that was looked for, and is not there.
    pub(crate) fn absent(source: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Err(Missing::Absent), source)
    }

    /// A fact that was not looked for.
    pub(crate) fn not_probed(source: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Err(Missing::NotProbed), source)
    }

    pub(crate) fn value(&self) -> Option<&T> {
        self.seen.as_ref().ok()
    }

    /// Whether we looked and it is not there.
    pub(crate) fn is_absent(&self) -> bool {
        matches!(self.seen, Err(Missing::Absent | Missing::Unsupported))
    }

    /// Whether nothing can be said: denied, malformed or not captured.
    pub(crate) fn is_undecided(&self) -> bool {
        self.seen.is_err() && !self.is_absent()
    }

    /// One word for the state, as in the report.
    pub(crate) fn state_name(&self) -> &'static str {
        match self.seen {
            Ok(_) => "known",
            Err(Missing::Absent) => "absent",
            Err(Missing::Denied) => "denied",
            Err(Missing::Malformed(_)) => "malformed",
            Err(Missing::Unsupported) => "unsupported",
            Err(Missing::NotProbed) => "not-probed",
        }
    }

    /// The state in words, with what is wrong where it is malformed.
    pub(crate) fn state_text(&self) -> Cow<'static, str> {
        match &self.seen {
            Err(Missing::Malformed(why)) => format!("malformed ({why})").into(),
            _ => self.state_name().into(),
        }
    }

    /// A part of the fact, e.g. one field of a file.
    pub(crate) fn field<'a, U>(&'a self, f: impl FnOnce(&'a T) -> Option<U>) -> Fact<U> {
        let seen = self.seen.as_ref().map_err(Clone::clone);
        let seen = seen.and_then(|value| f(value).ok_or(Missing::Absent));
        Fact { seen, source: self.source.clone() }
    }

    /// The same fact with its value converted.
    pub(crate) fn map<U>(self, f: impl FnOnce(T) -> U) -> Fact<U> {
        Fact { seen: self.seen.map(f), source: self.source }
    }

    /// The same fact with its value parsed; what does not parse is malformed.
    pub(crate) fn parse<U>(self, f: impl FnOnce(T) -> Result<U, ParseError>) -> Fact<U> {
        let malformed = |why: ParseError| Missing::Malformed(why.to_string());
        let seen = self.seen.and_then(|value| f(value).map_err(malformed));
        Fact { seen, source: self.source }
    }
}

impl<T> Default for Fact<T> {
    fn default() -> Self {
        Self::not_probed("")
    }
}

impl<T: Serialize> Serialize for Fact<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Fact", 3)?;
        out.serialize_field("state", self.state_name())?;
        out.serialize_field("source", &self.source)?;
        match &self.seen {
            Ok(value) => out.serialize_field("value", value)?,
            Err(Missing::Malformed(why)) => out.serialize_field("why", why)?,
            Err(_) => {}
        }
        out.end()
    }
}
