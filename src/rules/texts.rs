//! How a cause shows itself in the texts of programs and of the kernel: what `explain --error`
//! recognises a rule by, and what speaks against it.

use crate::errno::Errno;
use crate::plan::Step;

/// How a rule is recognised in a text. All words are in lower case.
pub(crate) struct Texts {
    /// How often it is met, 0 to 9: a judgement from how often public reports name it.
    pub common: i32,
    /// Which steps it refuses, with which errors; no errors: any, or none. Programs put an error to
    /// the step that they were at, so this may be more than the rule's own steps.
    pub refuses: &'static [(Step, &'static [Errno])],
    /// Whether it ends the process by SIGSYS.
    pub kills: bool,
    /// Words that hardly anything else has; they admit it whatever the step is.
    pub marks: &'static [&'static str],
    /// Words that speak for it.
    pub hints: &'static [&'static str],
    /// What would confirm it.
    pub confirm: &'static str,
    /// What else the text shows for it, or against it.
    pub weigh: Weigh,
    /// Why no text speaks of it; empty where one can.
    pub silent: &'static str,
}

/// Points for a rule, or against it, from the circumstances that a text tells of; `None`: it is
/// ruled out. The second argument says whether the text names the rule outright.
pub(crate) type Weigh = fn(&Pasted, bool) -> Option<i32>;

impl Texts {
    /// Nothing; what a rule leaves out.
    pub(crate) const NONE: Self = Self {
        common: 0,
        refuses: &[],
        kills: false,
        marks: &[],
        hints: &[],
        confirm: "",
        weigh: |_, _| Some(0),
        silent: "",
    };

    /// Of a rule that no text speaks of, for this reason.
    pub(crate) const fn silent(why: &'static str) -> Self {
        Self { silent: why, ..Self::NONE }
    }
}

/// What a pasted text says.
#[derive(Default)]
pub(crate) struct Pasted {
    /// What is left without advice and without other programs' noise, in lower case.
    pub text: String,
    /// The step that was refused.
    pub step: Option<Step>,
    /// The error.
    pub errno: Option<Errno>,
    /// Killed by SIGSYS.
    pub killed: bool,
    /// By unshare(1), as far as its own wording shows.
    pub util_linux: bool,
    /// By clone(2), not unshare(2).
    pub clone: bool,
    /// What was asked for.
    pub flags: Option<Flags>,
}

/// Which namespaces and options a text says were asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flags {
    pub user: bool,
    pub pid: bool,
    pub fork: bool,
    pub mount_proc: bool,
}

impl Pasted {
    /// Whether this stands in what was kept; in lower case.
    pub(crate) fn has(&self, word: &str) -> bool {
        self.text.contains(word)
    }
}

/// Of a gate that only somebody who asks for a user namespace meets.
pub(crate) fn of_user_namespaces(text: &Pasted, outright: bool) -> Option<i32> {
    let without = text.step == Some(Step::Unshare) && text.flags.is_some_and(|flags| !flags.user);
    (outright || !without).then_some(0)
}

/// Of a gate that refuses to open the map: unshare(1) says so, others have it written from outside.
pub(crate) fn of_opening_the_map(text: &Pasted, _: bool) -> Option<i32> {
    Some(if text.step == Some(Step::UidMap) && text.util_linux { 4 } else { 0 })
}

/// Of a gate that newuidmap and newgidmap meet, and nobody else.
pub(crate) fn of_newuidmap(text: &Pasted, _: bool) -> Option<i32> {
    (text.has("newuidmap") || text.has("newgidmap")).then_some(1)
}
