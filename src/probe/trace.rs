//! What a probe writes down while it runs, in memory that it shares with isodoc.

use std::sync::atomic::{AtomicU32, Ordering};

use super::outcome::Isolation;
use crate::plan::Step;
use crate::sys;

/// What the child says, one record after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Record {
    /// It is about to do this step.
    Begin(Step),
    /// The step was refused with this raw error number; 0 where a program would say none.
    Refused(Step, i32),
    /// The inner process was killed by this signal.
    Killed(i32),
    /// Every step passed.
    Passed(Isolation),
    /// The child is not where its parent is, so what it meets is no answer.
    Elsewhere,
    /// The next mount could reach other mount namespaces, so it was not made.
    Unsafe,
    /// The inner process gave no answer in time.
    Late,
    /// So few tasks could be started that the program may lack some.
    Short,
}

impl Record {
    fn encode(self) -> [u32; WORDS] {
        match self {
            Self::Begin(step) => [1, step_index(step), 0, 0],
            Self::Refused(step, raw) => [2, step_index(step), raw.cast_unsigned(), 0],
            Self::Killed(signal) => [3, signal.cast_unsigned(), 0, 0],
            Self::Passed(seen) => {
                [4, seen.pid, seen.processes, u32::from(seen.outer_environ_readable)]
            }
            Self::Elsewhere => [5, 0, 0, 0],
            Self::Unsafe => [6, 0, 0, 0],
            Self::Late => [7, 0, 0, 0],
            Self::Short => [8, 0, 0, 0],
        }
    }

    /// Reads one record back; zeroes are none.
    #[must_use]
    pub(super) fn decode([tag, a, b, c]: [u32; WORDS]) -> Option<Self> {
        let step = |n: u32| Step::ALL.get(usize::try_from(n).ok()?).copied();
        Some(match tag {
            1 => Self::Begin(step(a)?),
            2 => Self::Refused(step(a)?, b.cast_signed()),
            3 => Self::Killed(a.cast_signed()),
            4 => Self::Passed(Isolation { pid: a, processes: b, outer_environ_readable: c == 1 }),
            5 => Self::Elsewhere,
            6 => Self::Unsafe,
            7 => Self::Late,
            8 => Self::Short,
            _ => return None,
        })
    }
}

/// How long a record is.
const WORDS: usize = 4;

/// Where a probe writes down what it meets: memory that its processes share with isodoc, so that
/// isodoc has to be woken only once, at the end.
pub(super) struct Trace(&'static [AtomicU32; 1024]);

impl Trace {
    /// An empty one; `None` where there is no memory for it. There is one at a time.
    pub(super) fn new() -> Option<Self> {
        let page = sys::shared_page()?;
        let records: &[[AtomicU32; WORDS]] = page.as_chunks().0;
        records.iter().for_each(|[tag, ..]| tag.store(0, Ordering::Relaxed));
        Some(Self(page))
    }

    /// Adds a record, and drops it where the page is full; one process writes at a time.
    pub(super) fn tell(&self, record: Record) {
        let records: &[[AtomicU32; WORDS]] = self.0.as_chunks().0;
        let free = records.iter().find(|[tag, ..]| tag.load(Ordering::Acquire) == 0);
        let Some([tag, rest @ ..]) = free else { return };
        let [word, words @ ..] = record.encode();
        rest.iter().zip(words).for_each(|(to, word)| to.store(word, Ordering::Relaxed));
        // Last, so that a process that is killed leaves no half of one.
        tag.store(word, Ordering::Release);
    }

    pub(super) fn records(&self) -> impl Iterator<Item = Record> {
        let records: &[[AtomicU32; WORDS]] = self.0.as_chunks().0;
        records.iter().map_while(|words| {
            Record::decode(words.each_ref().map(|word| word.load(Ordering::Acquire)))
        })
    }
}

fn step_index(step: Step) -> u32 {
    Step::ALL.iter().position(|s| *s == step).and_then(|at| u32::try_from(at).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_round_trip() {
        let seen = Isolation { pid: 1, processes: 2, outer_environ_readable: true };
        for record in [
            Record::Begin(Step::MountProc),
            Record::Refused(Step::UidMap, 13),
            Record::Killed(31),
            Record::Passed(seen),
            Record::Elsewhere,
            Record::Unsafe,
            Record::Late,
            Record::Short,
        ] {
            assert_eq!(Record::decode(record.encode()), Some(record));
        }
        assert_eq!(Record::decode([0; WORDS]).or(Record::decode([u32::MAX; WORDS])), None);
    }
}
