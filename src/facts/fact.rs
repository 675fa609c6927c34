//! One observed thing, where it came from, and how sure we are of it.

use std::borrow::Cow;

use serde::Serialize;
use serde::ser::SerializeStruct;

/// What is known of a fact. Absent is not disabled; unreadable is not a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State<T> {
    /// It was seen.
    Known(T),
    /// We looked, and it is not there.
    Absent,
    /// It is there (or may be), and we may not look.
    Denied,
    /// It was seen and makes no sense; the text says why.
    Malformed(String),
    /// This system has no such thing (another operating system, an older kernel).
    Unsupported,
    /// Nobody looked: not captured, switched off, or not reached.
    NotProbed,
}

/// A [`State`] with the place it was observed at: a path, a system call, a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact<T> {
    /// What is known.
    pub state: State<T>,
    /// A path, a system call such as `prctl(PR_GET_DUMPABLE)`, or `$NAME` for an environment
    /// variable.
    pub source: Cow<'static, str>,
}

impl<T> Fact<T> {
    /// A fact that was seen at `source`.
    pub fn known(value: T, source: impl Into<Cow<'static, str>>) -> Self {
        Self { state: State::Known(value), source: source.into() }
    }

    /// A fact of another state.
    pub fn new(state: State<T>, source: impl Into<Cow<'static, str>>) -> Self {
        Self { state, source: source.into() }
    }

    /// A fact nobody looked for.
    pub fn not_probed(source: impl Into<Cow<'static, str>>) -> Self {
        Self::new(State::NotProbed, source)
    }

    /// The value, if it is known.
    pub fn value(&self) -> Option<&T> {
        match &self.state {
            State::Known(value) => Some(value),
            _ => None,
        }
    }

    /// Whether we looked and it is not there.
    pub fn is_absent(&self) -> bool {
        matches!(self.state, State::Absent | State::Unsupported)
    }

    /// Whether nothing can be said: denied, malformed or not captured.
    pub fn is_undecided(&self) -> bool {
        matches!(self.state, State::Denied | State::Malformed(_) | State::NotProbed)
    }

    /// One word for the state, as it stands in the report.
    pub fn state_name(&self) -> &'static str {
        match self.state {
            State::Known(_) => "known",
            State::Absent => "absent",
            State::Denied => "denied",
            State::Malformed(_) => "malformed",
            State::Unsupported => "unsupported",
            State::NotProbed => "not-probed",
        }
    }

    /// The state in words, with what is wrong where it is malformed.
    pub fn state_text(&self) -> Cow<'static, str> {
        match &self.state {
            State::Malformed(why) => format!("malformed ({why})").into(),
            _ => self.state_name().into(),
        }
    }

    /// The same fact with its value converted.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Fact<U> {
        let state = match self.state {
            State::Known(value) => State::Known(f(value)),
            State::Absent => State::Absent,
            State::Denied => State::Denied,
            State::Malformed(why) => State::Malformed(why),
            State::Unsupported => State::Unsupported,
            State::NotProbed => State::NotProbed,
        };
        Fact { state, source: self.source }
    }

    /// The same fact with its value parsed; what does not parse is malformed.
    pub fn parse<U>(self, f: impl FnOnce(T) -> Result<U, String>) -> Fact<U> {
        let source = self.source.clone();
        let parsed = self.map(f);
        let state = match parsed.state {
            State::Known(Ok(value)) => State::Known(value),
            State::Known(Err(why)) => State::Malformed(why),
            State::Absent => State::Absent,
            State::Denied => State::Denied,
            State::Malformed(why) => State::Malformed(why),
            State::Unsupported => State::Unsupported,
            State::NotProbed => State::NotProbed,
        };
        Fact { state, source }
    }
}

impl<T: Clone> Fact<T> {
    /// A part of the fact, e.g. one field of a file.
    pub fn field<U>(&self, f: impl FnOnce(T) -> Option<U>) -> Fact<U> {
        let picked = self.clone().map(f);
        let state = match picked.state {
            State::Known(Some(value)) => State::Known(value),
            State::Known(None) => State::Absent,
            State::Absent => State::Absent,
            State::Denied => State::Denied,
            State::Malformed(why) => State::Malformed(why),
            State::Unsupported => State::Unsupported,
            State::NotProbed => State::NotProbed,
        };
        Fact { state, source: picked.source }
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
        match &self.state {
            State::Known(value) => out.serialize_field("value", value)?,
            State::Malformed(why) => out.serialize_field("why", why)?,
            _ => {}
        }
        out.end()
    }
}
