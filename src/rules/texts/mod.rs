//! How a cause shows itself in the texts of programs and of the kernel: what `explain --error`
//! recognises a rule by, and what speaks against it.

mod sign;
mod teller;

use crate::errno::Errno;
use crate::parse::searched::Searched;
use crate::plan::Step;

pub(crate) use sign::{RELEASES, SIGNS, Sign, WITHOUT_FILTER};
pub(crate) use teller::Teller;

/// How a rule is recognised in a text. All words are in lower case.
pub(crate) struct Texts {
    /// How often it is met, 0 to 9: a judgement from how often public reports name it.
    pub common: i32,
    /// Which steps it refuses, with which errors; no errors: any, or none. Programs put an error to
    /// the step that they were at, so this may be more than the rule's own steps.
    pub refuses: &'static [(Step, &'static [Errno])],
    /// Which system calls it refuses with its errors, besides those that the steps consist of.
    pub calls: &'static [&'static str],
    /// Whether it ends the process by SIGSYS.
    pub kills: bool,
    /// Words that hardly anything else has; they admit it whatever the step is. Between `…` stand
    /// words that one line has in this order.
    pub marks: &'static [&'static str],
    /// Words that speak for it, besides the signs.
    pub hints: &'static [&'static str],
    /// Where it is met.
    pub places: &'static [Sign],
    /// Where it is hardly met.
    pub elsewhere: &'static [Sign],
    /// Where it cannot be met.
    pub never: &'static [Sign],
    /// What makes it go away.
    pub cured: &'static [Sign],
    /// The named value that decides about it. A text that gives another value rules it out.
    pub value: Option<Deciding>,
    /// The year in which it came into the world; a text that is older tells of something else.
    pub since: u16,
    /// The kernel in which it came into the world.
    pub kernel: (u32, u32),
    /// What confirms it; empty where `ask` says the same.
    pub confirm: &'static str,
    /// The command that tells it from others, and what that shows then.
    pub ask: Option<Ask>,
    /// What else the text shows for it, or against it.
    pub weigh: Weigh,
    /// Why no text speaks of it; empty where one can.
    pub silent: &'static str,
}

/// A named value, and whether it is one with which the gate refuses.
#[derive(Clone, Copy)]
pub(crate) struct Deciding {
    /// The last part of the name, as in `/proc/sys` or the kernel's configuration; in lower case.
    pub name: &'static str,
    /// Whether the gate refuses with it.
    pub refuses: fn(i64) -> bool,
}

impl Deciding {
    /// It refuses with 0 (`n`, `is not set`).
    pub(crate) const fn zero(name: &'static str) -> Option<Self> {
        Some(Self { name, refuses: |value| value == 0 })
    }
}

/// A command that tells a cause from others.
#[derive(Clone, Copy)]
pub(crate) struct Ask {
    pub run: &'static str,
    /// What it shows where this is the cause.
    pub shows: &'static str,
}

/// A question of one line.
pub(crate) const fn ask(run: &'static str, shows: &'static str) -> Option<Ask> {
    Some(Ask { run, shows })
}

/// Points for a rule, or against it, from the circumstances that a text tells of; `None`: it is
/// ruled out. The second argument says whether the text names the rule outright.
pub(crate) type Weigh = fn(&Pasted, bool) -> Option<i32>;

impl Texts {
    /// Nothing; what a rule leaves out.
    pub(crate) const NONE: Self = Self {
        common: 0,
        refuses: &[],
        calls: &[],
        kills: false,
        marks: &[],
        hints: &[],
        places: &[],
        elsewhere: &[],
        never: &[],
        cured: &[],
        value: None,
        since: 0,
        kernel: (0, 0),
        confirm: "",
        ask: None,
        weigh: |_, _| Some(0),
        silent: "",
    };

    /// What confirms it, as a sentence.
    pub(crate) fn confirmation(&self) -> String {
        match (self.confirm, self.ask) {
            ("", Some(Ask { run, shows })) => format!("`{run}` shows {shows}"),
            (said, _) => said.to_owned(),
        }
    }

    /// Of a rule that no text speaks of, for this reason.
    pub(crate) const fn silent(why: &'static str) -> Self {
        Self { silent: why, ..Self::NONE }
    }
}

/// A named value that a text gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reported {
    /// This kernel has no such name.
    Absent,
    /// Also 1 for `y` and 0 for `n`.
    Is(i64),
}

/// `INNER OUTER COUNT` of an id map, as newuidmap is called with it and as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mapped {
    pub inner: u64,
    pub outer: u64,
    pub count: u64,
}

impl Mapped {
    /// Whether an id of the inside is in both.
    pub(crate) fn overlaps_inside(self, other: Self) -> bool {
        let end = |of: Self| of.inner.saturating_add(of.count);
        self.inner < end(other) && other.inner < end(self)
    }

    /// Whether an id of the outside is in both.
    pub(crate) fn overlaps(self, other: Self) -> bool {
        let end = |of: Self| of.outer.saturating_add(of.count);
        self.outer < end(other) && other.outer < end(self)
    }
}

/// What a pasted text says.
#[derive(Default)]
pub(crate) struct Pasted {
    /// What is left without advice and without other programs' noise, in lower case.
    pub text: Searched,
    /// The step that was refused.
    pub step: Option<Step>,
    /// The error.
    pub errno: Option<Errno>,
    /// A system call that no step consists of, and its error.
    pub call: Option<(&'static str, Errno)>,
    /// Killed by SIGSYS.
    pub killed: bool,
    /// Whose message it is.
    pub by: Option<Teller>,
    /// By clone(2), not unshare(2).
    pub clone: bool,
    /// What was asked for.
    pub flags: Option<Flags>,
    /// Where it happened, and what else is said of the place.
    pub signs: Vec<Sign>,
    /// What it is said to work with.
    pub helps: Vec<Sign>,
    /// The named values: the last part of each name, in lower case.
    pub values: Vec<(String, Reported)>,
    pub kernel: Option<(u32, u32)>,
    /// The year in which a program wrote it.
    pub year: Option<u16>,
    /// The id map that was to be written.
    pub map: Vec<Mapped>,
    /// The highest id that a file was to be given and could not.
    pub owner: Option<u64>,
}

/// Which namespaces and options a text says were asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flags {
    pub user: bool,
    pub pid: bool,
    pub ipc: bool,
    pub fork: bool,
    pub mount_proc: bool,
}

impl Pasted {
    /// Whether this stands in what was kept; in lower case.
    pub(crate) fn has(&self, word: &str) -> bool {
        self.text.has(word)
    }

    /// Whether a mark stands in what was kept.
    pub(crate) fn shows(&self, mark: &str) -> bool {
        if !mark.contains('\u{2026}') {
            return self.has(mark);
        }
        let parts = mark.split('\u{2026}');
        let in_order = |line: &str| {
            let behind = |rest: &str, part: &str| Some(rest.find(part)? + part.len());
            parts.clone().try_fold(line, |rest, part| rest.get(behind(rest, part)?..)).is_some()
        };
        parts.clone().all(|part| self.text.may_have(part)) && self.text.lines().any(in_order)
    }

    /// Whether this is said of the place.
    pub(crate) fn is(&self, sign: Sign) -> bool {
        self.signs.contains(&sign)
    }

    /// Whether it happened in what an engine started.
    pub(crate) fn in_container(&self) -> bool {
        [Sign::Container, Sign::Docker, Sign::Kubernetes].iter().any(|sign| self.is(*sign))
    }

    pub(crate) fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = Reported> + 'a {
        self.values.iter().filter(move |(known, _)| known == name).map(|(_, value)| *value)
    }

    /// Whether a value that the text gives decides for the gate, or against it.
    pub(crate) fn decides(&self, deciding: Deciding) -> Option<bool> {
        let mut values = self.values(deciding.name).peekable();
        values.peek()?;
        Some(values.any(|value| matches!(value, Reported::Is(n) if (deciding.refuses)(n))))
    }
}

/// Of a gate that only somebody who asks for a user namespace meets.
pub(crate) fn of_user_namespaces(text: &Pasted, outright: bool) -> Option<i32> {
    let without = text.step == Some(Step::Unshare) && text.flags.is_some_and(|flags| !flags.user);
    // A unit of the system is in none, unless it has PrivateUsers=.
    let unit = text.by == Some(Teller::Systemd)
        && !["user namespac", "privateusers", "systemd --user"].iter().any(|word| text.has(word));
    (outright || !(without || unit)).then_some(0)
}

/// Of a gate that refuses to open the map: unshare(1) says so, others have it written from outside.
pub(crate) fn of_opening_the_map(text: &Pasted, _: bool) -> Option<i32> {
    let own = text.step == Some(Step::UidMap) && text.by == Some(Teller::Unshare);
    Some(if own { 4 } else { 0 })
}

/// Of a gate that newuidmap and newgidmap meet, and nobody else.
pub(crate) fn of_newuidmap(text: &Pasted, outright: bool) -> Option<i32> {
    (outright || text.has("newuidmap") || text.has("newgidmap")).then_some(1)
}

/// Whether newuidmap or newgidmap was refused: that files have no owner is a consequence then.
pub(crate) fn map_was_refused(text: &Pasted) -> bool {
    let at_map = matches!(text.step, Some(Step::UidMap | Step::GidMap));
    let helper = text.has("newuidmap: ") || text.has("newgidmap: ");
    at_map && helper && text.errno == Some(Errno::EPERM)
}

/// Of a limit on namespaces, which a text that gives its value as 0 does not mean.
pub(crate) fn of_a_quota(text: &Pasted, outright: bool) -> Option<i32> {
    let limits = || text.values("max_user_namespaces");
    if !outright && limits().any(|value| value == Reported::Is(0)) {
        return None;
    }
    let more = i32::from(limits().any(|value| matches!(value, Reported::Is(1..)))) * 4;
    of_user_namespaces(text, outright).map(|points| points + more)
}
