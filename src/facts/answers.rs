//! What the kernel answers to questions that create nothing.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Fact, Question};
use crate::errno::Errno;
use crate::parse::ParseError;

/// An answer of the kernel to a question that creates nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// The call succeeded.
    Ok,
    Refused(Errno),
    /// The process that asked was killed by SIGSYS.
    Killed,
}

impl Reply {
    /// As a source writes it: `ok`, an errno name, or `SIGSYS`.
    ///
    /// # Errors
    /// When it is none of these.
    pub(crate) fn parse(text: &str) -> Result<Self, ParseError> {
        match text {
            "ok" => Ok(Self::Ok),
            "SIGSYS" => Ok(Self::Killed),
            _ => Errno::from_name(text)
                .map(Self::Refused)
                .ok_or(ParseError::from("neither `ok`, `SIGSYS` nor an errno")),
        }
    }

    /// One word for it.
    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Refused(errno) => errno.name(),
            Self::Killed => "SIGSYS",
        }
    }
}

impl Serialize for Reply {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.name())
    }
}

/// What the kernel answers to questions that create nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Answers(pub BTreeMap<Question, Fact<Reply>>);

impl Answers {
    /// What the kernel answered to a question, where that is known.
    #[must_use]
    pub(crate) fn reply(&self, question: &Question) -> Option<&Reply> {
        self.0.get(question)?.value()
    }

    /// The answer to a question as a fact; not probed when it was not asked.
    #[must_use]
    pub(crate) fn get(&self, question: &Question) -> Fact<Reply> {
        self.0.get(question).cloned().unwrap_or_else(|| Fact::not_probed(question.key()))
    }
}

/// By [`Question::key`], in the order of the keys.
impl Serialize for Answers {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let by_key: BTreeMap<String, &Fact<Reply>> =
            self.0.iter().map(|(question, fact)| (question.key(), fact)).collect();
        serializer.collect_map(by_key)
    }
}
