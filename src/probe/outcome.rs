//! What a probe saw.

use serde::Serialize;

use crate::errno::Errno;
use crate::plan::Step;

/// Whether the probe has an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ProbeStatus {
    /// It ran to an answer.
    Ran,
    /// It was not asked for, or could not be run without changing the host; the text says why.
    Skipped(String),
    /// It could not be run, for isodoc cannot fork; the text says why. A predicted refusal stands.
    Failed(String),
    /// Only a program could tell, and isodoc did not run it as root: others can write it; the text
    /// says how.
    NotTrusted(String),
    /// It gave no answer in time, or met what the facts know nothing of; the text says who or what.
    /// Nobody knows then whether the real command would work.
    Unclear(String),
}

/// A step that the kernel refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub step: Step,
    /// The error, unless the process was killed or said none that is known.
    pub errno: Option<Errno>,
    /// The signal that killed the process at this step, e.g. `SIGSYS`.
    pub signal: Option<String>,
    /// What a program said of it, where one was run.
    pub message: Option<String>,
}

impl Refusal {
    /// A step that the kernel refused with this error.
    #[must_use]
    pub(crate) fn at(step: Step, errno: Option<Errno>) -> Self {
        Self { step, errno, signal: None, message: None }
    }
}

/// What the new namespaces are worth, seen from within.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Isolation {
    /// Our pid in there: 1 in a pid namespace of our own.
    pub pid: u32,
    /// How many processes `/proc` shows in there.
    pub processes: u32,
    /// Whether the environment of the process that started the probe can be read in there.
    pub outer_environ_readable: bool,
}

/// What a probe saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ProbeOutcome {
    /// Whether there is an answer.
    pub status: ProbeStatus,
    /// The first refused step; `None` when every step passed.
    pub refusal: Option<Refusal>,
    /// What the namespaces isolate, when every step passed.
    pub isolation: Option<Isolation>,
    /// What isodoc's own child met, where the real program was run too and said something else.
    pub own: Option<Box<Self>>,
    /// Why the real program was run too.
    pub binary: Option<String>,
    /// Whether isodoc itself, and no child of it, could tell.
    pub in_place: bool,
    /// Whether this was met where a snapshot was taken, and not now.
    pub recorded: bool,
}

impl ProbeOutcome {
    /// An answer: the first refused step, or none.
    #[must_use]
    pub(crate) fn ran(refusal: Option<Refusal>, isolation: Option<Isolation>) -> Self {
        Self {
            status: ProbeStatus::Ran,
            refusal,
            isolation,
            own: None,
            binary: None,
            in_place: false,
            recorded: false,
        }
    }

    /// An answer: this step is refused.
    #[must_use]
    pub(crate) fn refused(refusal: Refusal) -> Self {
        Self::ran(Some(refusal), None)
    }

    /// No answer.
    #[must_use]
    pub(crate) fn without(status: ProbeStatus) -> Self {
        Self { status, ..Self::ran(None, None) }
    }

    /// No answer in time, or one that says nothing.
    #[must_use]
    pub(crate) fn unclear(why: impl Into<String>) -> Self {
        Self::without(ProbeStatus::Unclear(why.into()))
    }

    /// No answer, for isodoc cannot ask.
    #[must_use]
    pub(crate) fn failed(why: impl Into<String>) -> Self {
        Self::without(ProbeStatus::Failed(why.into()))
    }

    /// No answer from a child, but isodoc itself could tell.
    #[must_use]
    pub(crate) fn wants_in_place(why: &str) -> Self {
        Self { in_place: true, ..Self::failed(why) }
    }

    /// Whether there is an answer.
    #[must_use]
    pub(crate) fn has_run(&self) -> bool {
        self.status == ProbeStatus::Ran
    }

    /// Whether the answer is that every step passes.
    #[must_use]
    pub(crate) fn passed(&self) -> bool {
        self.has_run() && self.refusal.is_none()
    }
}
