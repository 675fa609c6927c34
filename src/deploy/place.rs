//! Where something is in a file: values, errors and positions of deployment files.

use std::cell::Cell;
use std::ops::Range;

pub(crate) use crate::place::{FileId, Place};

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct At<T> {
    pub value: T,
    pub place: Place,
}

impl<T> At<T> {
    pub(crate) fn new(value: T, place: Place) -> Self {
        Self { value, place }
    }

    /// The same place with the value converted.
    pub(crate) fn map<U>(self, f: impl FnOnce(T) -> U) -> At<U> {
        At { value: f(self.value), place: self.place }
    }
}

/// Input that cannot be judged: the place where known, what is wrong and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BadInput {
    pub place: Option<Place>,
    /// What is wrong.
    pub message: String,
    /// What else is, further down.
    pub more: Vec<BadInput>,
}

impl BadInput {
    /// Something is wrong at a place.
    pub(crate) fn at(place: Place, message: impl Into<String>) -> Self {
        Self { place: Some(place), ..Self::whole(message) }
    }

    /// The one of two that stands first, with the other behind it, in order. What several
    /// containers have in common is wrong once.
    pub(crate) fn first(known: Option<Self>, mut other: Self) -> Option<Self> {
        let Some(mut first) = known else { return Some(other) };
        let more = std::mem::take(&mut other.more);
        for mut bad in std::iter::once(other).chain(more) {
            if bad.start() < first.start() {
                std::mem::swap(&mut first, &mut bad);
                std::mem::swap(&mut first.more, &mut bad.more);
            }
            let at = first.more.partition_point(|known| known.start() <= bad.start());
            let same = |known: &Self| known.place == bad.place && known.message == bad.message;
            let around = first.more.iter().take(at).rev();
            let mut here = around.take_while(|known| known.place == bad.place);
            if !same(&first) && !here.any(same) {
                first.more.insert(at, bad);
            }
        }
        Some(first)
    }

    fn start(&self) -> Option<usize> {
        self.place.map(|place| place.start)
    }

    /// Something is wrong with the whole file.
    pub(crate) fn whole(message: impl Into<String>) -> Self {
        Self { place: None, message: message.into(), more: vec![] }
    }
}

/// What is wrong with something that is read on to its end all the same.
#[derive(Default)]
pub(crate) struct Faults(Option<BadInput>);

impl Faults {
    pub(crate) fn add(&mut self, bad: BadInput) {
        self.0 = BadInput::first(self.0.take(), bad);
    }

    /// What was read, or nothing where that is wrong.
    pub(crate) fn without<T: Default>(&mut self, read: Result<T, BadInput>) -> T {
        read.unwrap_or_else(|bad| {
            self.add(bad);
            T::default()
        })
    }

    /// # Errors
    /// When anything is wrong: the first of it, with the rest behind.
    pub(crate) fn or<T>(self, right: T) -> Result<T, BadInput> {
        self.0.map_or(Ok(right), Err)
    }
}

impl std::fmt::Display for BadInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for BadInput {}

/// Turns positions into places. Positions are asked for mostly in order, so it goes on from the
/// last.
pub(crate) struct Lines<'a> {
    file: FileId,
    text: &'a str,
    ascii: bool,
    /// The last position: characters, bytes.
    last: (usize, usize),
    /// The characters at which lines begin, where the parser's own count of lines does not hold.
    starts: Option<Vec<usize>>,
    /// How many lines and bytes of the file stand before the text.
    before: (usize, usize),
    /// The place of everything, where the text is made of something else.
    all: Option<Place>,
}

impl<'a> Lines<'a> {
    #[must_use]
    pub(crate) fn new(file: FileId, text: &'a str) -> Self {
        let ascii = text.is_ascii();
        Self { file, text, ascii, last: (0, 0), starts: None, before: (0, 0), all: None }
    }

    /// For a text that is made of what stands at a place.
    #[must_use]
    pub(crate) fn made_of(place: Place) -> Self {
        Self { all: Some(place), ..Self::new(place.file, "") }
    }

    /// The same, but lines and columns are counted here: the parser was given other line breaks.
    #[must_use]
    pub(crate) fn counting(file: FileId, text: &'a str) -> Self {
        let breaks = text.chars().enumerate().filter(|(_, c)| *c == '\n').map(|(at, _)| at + 1);
        Self { starts: Some(std::iter::once(0).chain(breaks).collect()), ..Self::new(file, text) }
    }

    /// The same, for a text that is a part of the file: so many lines and bytes stand before it.
    #[must_use]
    pub(crate) fn after(self, lines: usize, bytes: usize) -> Self {
        Self { before: (lines, bytes), ..self }
    }

    /// What follows a byte of the file in the text.
    #[must_use]
    pub(crate) fn rest(&self, byte: usize) -> &'a str {
        byte.checked_sub(self.before.1).and_then(|at| self.text.get(at..)).unwrap_or("")
    }

    /// What stands before a byte of the file in the text.
    #[must_use]
    pub(crate) fn until(&self, byte: usize) -> &'a str {
        byte.checked_sub(self.before.1).and_then(|at| self.text.get(..at)).unwrap_or("")
    }

    /// The byte of the text at which the character of this number begins.
    pub(crate) fn byte(&mut self, character: usize) -> usize {
        if self.ascii {
            return character.min(self.text.len());
        }
        if character < self.last.0 {
            self.last = (0, 0);
        }
        let (from, at) = self.last;
        let rest = self.text.get(at..).unwrap_or("");
        let byte = rest
            .char_indices()
            .nth(character - from)
            .map_or(self.text.len(), |(byte, _)| at + byte);
        self.last = (character, byte);
        byte
    }

    /// The place of a range of characters that begins in this line and column, both from 1.
    pub(crate) fn place(&mut self, line: usize, column: usize, characters: Range<usize>) -> Place {
        if let Some(place) = self.all {
            return place;
        }
        let (line, column) = match &self.starts {
            None => (line, column),
            Some(starts) => {
                let line = starts.partition_point(|start| *start <= characters.start);
                (
                    line,
                    characters.start
                        - line.checked_sub(1).and_then(|at| starts.get(at)).unwrap_or(&0)
                        + 1,
                )
            }
        };
        let (lines, bytes) = self.before;
        let start = self.byte(characters.start);
        let end = self.byte(characters.end).max(start);
        Place {
            file: self.file,
            line: line + lines,
            column,
            start: start + bytes,
            end: end + bytes,
        }
    }

    #[must_use]
    pub(crate) fn of_bytes(&self, range: Range<usize>) -> Place {
        let before = self.text.get(..range.start).unwrap_or(self.text);
        let line = before.rsplit_once('\n').map_or(before, |(_, line)| line);
        Place {
            file: self.file,
            line: before.bytes().filter(|b| *b == b'\n').count() + 1,
            column: line.chars().count() + 1,
            start: range.start,
            end: range.end.max(range.start),
        }
    }
}

/// Places of a file by its bytes, found without going through the file each time.
pub(crate) struct Index<'a> {
    pub file: FileId,
    text: &'a str,
    ascii: bool,
    lines: Vec<usize>,
    /// How many lines and bytes of the file stand before the text.
    before: (usize, usize),
    /// The last position that was asked for, and its column.
    last: Cell<(usize, usize, usize)>,
}

impl<'a> Index<'a> {
    #[must_use]
    pub(crate) fn new(file: FileId, text: &'a str) -> Self {
        let lines = std::iter::once(0)
            .chain(memchr::memchr_iter(b'\n', text.as_bytes()).map(|newline| newline + 1))
            .collect();
        Self {
            file,
            text,
            ascii: text.is_ascii(),
            lines,
            before: (0, 0),
            last: Cell::new((0, 0, 0)),
        }
    }

    /// The same, for a text that is a part of the file: so many lines and bytes stand before it.
    #[must_use]
    pub(crate) fn after(self, before: (usize, usize)) -> Self {
        Self { before, ..self }
    }

    /// The place of a range of bytes of the text.
    #[must_use]
    pub(crate) fn of_file(&self, range: Range<usize>) -> Place {
        let line = self.lines.partition_point(|start| *start <= range.start).max(1);
        let begin = self.lines.get(line - 1).copied().unwrap_or(0);
        let characters = if self.ascii {
            range.start - begin
        } else {
            // From where the last column of this line was counted.
            let (last_line, last_at, last_column) = self.last.get();
            let (from, before) = if last_line == line && last_at <= range.start {
                (last_at, last_column)
            } else {
                (begin, 0)
            };
            let characters =
                before + self.text.get(from..range.start).map_or(0, |text| text.chars().count());
            self.last.set((line, range.start, characters));
            characters
        };
        Place {
            file: self.file,
            line: line + self.before.0,
            column: characters + 1,
            start: range.start + self.before.1,
            end: range.end.max(range.start) + self.before.1,
        }
    }
}

/// A text taken out of a file piece by piece: lines that go on without their marks, a block without
/// what stands before its lines, commands without their prompts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Extract {
    pub text: String,
    /// Where each piece begins in the text and in the file.
    map: Vec<(usize, usize)>,
}

impl Extract {
    /// A text that stands in the file as it is, from this byte on.
    pub(crate) fn whole(text: &str, at: usize) -> Self {
        let mut extract = Self::default();
        extract.push(text, at);
        extract
    }

    /// One more piece, and the byte of the file at which it stands.
    pub(crate) fn push(&mut self, piece: &str, at: usize) {
        let goes_on =
            self.map.last().is_some_and(|(begin, file)| file + self.text.len() == at + begin);
        if !goes_on {
            self.map.push((self.text.len(), at));
        }
        self.text.push_str(piece);
    }

    /// The byte of the file at which a byte of the text stands.
    pub(crate) fn byte(&self, at: usize) -> usize {
        let piece = self.map.partition_point(|(begin, _)| *begin <= at).checked_sub(1);
        piece.and_then(|piece| self.map.get(piece)).map_or(0, |(begin, file)| file + (at - begin))
    }

    /// The bytes of the file of a range of the text.
    pub(crate) fn range(&self, range: Range<usize>) -> Range<usize> {
        let start = self.byte(range.start);
        // The last byte, not the one after it, which may be on another line.
        let end = if range.is_empty() { start } else { self.byte(range.end - 1) + 1 };
        start..end.max(start)
    }

    pub(crate) fn part(&self, range: Range<usize>) -> Self {
        let mut part = Self::default();
        part.push(self.text.get(range.clone()).unwrap_or(""), self.byte(range.start));
        let later = self.map.iter().filter(|(begin, _)| *begin > range.start && *begin < range.end);
        part.map.extend(later.map(|(begin, file)| (begin - range.start, *file)));
        part
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_in_order_and_once() {
        let lines = Lines::new(0, "abcdef");
        let bad = |at: usize| BadInput::at(lines.of_bytes(at..at + 1), format!("{at}"));
        let mut broken = None;
        for at in [2, 2, 4, 3, 2, 0, 4, 0] {
            broken = BadInput::first(broken, bad(at));
        }
        broken = BadInput::first(Some(bad(3)), broken.unwrap());
        let first = broken.unwrap();
        let more: Vec<&str> = first.more.iter().map(|bad| bad.message.as_str()).collect();
        assert_eq!((first.message.as_str(), more), ("0", vec!["2", "3", "4"]));
        assert!(first.more.iter().all(|bad| bad.more.is_empty()));
    }

    #[test]
    fn a_part_of_an_extract_keeps_its_places() {
        let file = "> ab\\\n> cd";
        let mut extract = Extract::default();
        extract.push("ab", 2);
        extract.push("c", 8);
        extract.push("d", 9);
        assert_eq!((extract.text.as_str(), extract.map.len()), ("abcd", 2));
        assert_eq!(&file[extract.range(0..4)], "ab\\\n> cd");
        let part = extract.part(1..4);
        assert_eq!((part.text.as_str(), &file[part.range(1..3)]), ("bcd", "cd"));
        assert_eq!(part.range(0..0), 3..3);
    }

    #[test]
    fn characters_are_not_bytes() {
        let text = "é: x\nß: yy\n";
        let mut lines = Lines::new(0, text);
        let place = lines.place(2, 4, 8..10);
        assert_eq!((&text[place.start..place.end], place.line, place.column), ("yy", 2, 4));
        assert_eq!(lines.of_bytes(place.start..place.end), place);
        // Backwards, and past the end.
        assert_eq!((lines.byte(0), lines.byte(99)), (0, text.len()));
    }
}
