//! Command lines as a shell gets to see them, taken out of the file that holds them.

use std::ops::Range;

use super::settings::Places;
use crate::deploy::place::{Extract, FileId, Index, Place};

/// The longest text of a document that stands for something to be filled in.
const LONGEST_PLACEHOLDER: usize = 80;

/// The text that a shell reads.
#[derive(Clone, Debug, Default)]
pub(crate) struct Script {
    /// Its text, and where it stands in the file.
    pub extract: Extract,
    /// What somebody else fills in before the shell gets to see it: `<image>` of a document,
    /// `$(VARIABLE)` of make, `${{ ... }}` of a workflow. In order, and apart from each other.
    pub holes: Vec<Range<usize>>,
    /// Whether nothing can be put into it without a thought for what is around it.
    pub fixed: bool,
}

impl Script {
    /// A text that stands in the file as it is.
    pub(crate) fn whole(text: &str, at: usize) -> Self {
        Self { extract: Extract::whole(text, at), ..Self::default() }
    }

    /// The same as part of a document, in which `<name>` stands for something to be filled in.
    pub(crate) fn in_document(mut self) -> Self {
        let known = std::mem::take(&mut self.holes);
        let apart = |hole: &Range<usize>| {
            let next = known.partition_point(|other| other.end <= hole.start);
            known.get(next).is_none_or(|other| hole.end <= other.start)
        };
        self.holes = placeholders(&self.extract.text);
        self.holes.retain(apart);
        self.holes.extend(known);
        self.holes.sort_by_key(|hole| hole.start);
        self
    }

    /// More of it, which somebody else fills in.
    pub(crate) fn push_hole(&mut self, raw: &str, at: usize) {
        let begin = self.extract.text.len();
        self.extract.push(raw, at);
        self.holes.push(begin..self.extract.text.len());
    }

    /// How long the hole is that begins here.
    pub(crate) fn hole_at(&self, at: usize, end: usize) -> Option<usize> {
        let found = self.holes.binary_search_by_key(&at, |hole| hole.start).ok()?;
        let hole = self.holes.get(found).filter(|hole| hole.end <= end)?;
        Some(hole.len())
    }

    /// Where the next hole begins behind this byte, or the end.
    pub(crate) fn next_hole(&self, at: usize, end: usize) -> usize {
        let next = self.holes.partition_point(|hole| hole.start <= at);
        self.holes.get(next).map_or(end, |hole| hole.start.min(end))
    }
}

/// What stands between these marks, with them: what somebody else fills in.
pub(super) fn between(text: &str, open: &str, close: &str) -> Vec<Range<usize>> {
    let (mut holes, mut at) = (vec![], 0);
    while let Some(begin) = text.get(at..).and_then(|rest| rest.find(open)) {
        let Some(length) = text.get(at + begin..).and_then(|rest| rest.find(close)) else { break };
        let end = at + begin + length + close.len();
        holes.push(at + begin..end);
        at = end;
    }
    holes
}

/// Where a document leaves something to be filled in: `<image>`.
fn placeholders(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut holes: Vec<Range<usize>> = vec![];
    for at in memchr::memchr_iter(b'<', bytes) {
        // `<<EOF`, and what stands in another.
        let follows = at.checked_sub(1).and_then(|before| bytes.get(before)) == Some(&b'<');
        if follows || holes.last().is_some_and(|last| at < last.end) {
            continue;
        }
        holes.extend(placeholder(bytes, at).map(|length| at..at + length));
    }
    holes
}

/// The length of a placeholder that begins here.
fn placeholder(bytes: &[u8], at: usize) -> Option<usize> {
    if !bytes.get(at + 1)?.is_ascii_alphabetic() {
        return None;
    }
    let near = bytes.get(at..bytes.len().min(at + LONGEST_PLACEHOLDER))?;
    // The value of an option may be told in a sentence: `-e REGION=<yours, such as 'eu'>`.
    let valued = at.checked_sub(1).and_then(|before| bytes.get(before)) == Some(&b'=');
    let stops = |b: &u8| matches!(b, b'>' | b'\n' | b'"' | b'`') || *b == b'\'' && !valued;
    let close = near.iter().position(stops)?;
    let is_one = near.get(close) == Some(&b'>') && !near.get(close - 1)?.is_ascii_whitespace();
    let next = bytes.get(at + close + 1);
    let ends = !next.is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'$' | b'&'));
    (is_one && ends).then_some(close + 1)
}

/// Places of a script in the file that holds it.
pub(super) struct InFile<'a> {
    pub script: &'a Script,
    pub index: &'a Index<'a>,
}

impl Places for InFile<'_> {
    fn place(&self, range: &Range<usize>) -> Place {
        self.index.of_file(self.script.extract.range(range.clone()))
    }

    fn file(&self) -> FileId {
        self.index.file
    }
}
