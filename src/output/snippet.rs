//! A place in a file as rustc shows one: the file, the line, and a caret under what is meant.
//!
//! Written here, since a file of a thousand services has thousands of them: a library that can show
//! spans of many lines beside each other took as long for one as parsing the service that it is
//! about.

use std::borrow::Cow;

use unicode_width::UnicodeWidthStr;

use super::escape;
use super::page::Page;
use super::style::Style;
use crate::report::Location;

/// What stands where a line is cut.
const CUT: &str = "...";

/// Adds the place, its line and a caret under what is meant.
pub(super) fn write(page: &mut Page, at: &Location, text: &str, style: Style) {
    let number = at.line.to_string();
    let margin = number.len() + 1;
    let place = format!("{}:{}:{}", at.path, at.line, at.column);
    page.line(margin - 1, &[(Style::Dim, "--> "), (Style::Plain, &place)]);
    page.line(margin, &[(Style::Dim, "|")]);
    let excerpt = Excerpt::of(text, at.place.start, at.place.end, page.room(margin + 2));
    page.line(
        0,
        &[
            (Style::Dim, &number),
            (Style::Plain, " "),
            (Style::Dim, "|"),
            (Style::Plain, " "),
            (Style::Plain, &excerpt.before),
            (Style::Plain, &excerpt.marked),
            (Style::Plain, &excerpt.after),
        ],
    );
    let (blanks, caret) =
        (" ".repeat(excerpt.before.width()), "^".repeat(excerpt.marked.width().max(1)));
    page.line(
        margin,
        &[(Style::Dim, "|"), (Style::Plain, " "), (Style::Plain, &blanks), (style, &caret)],
    );
}

/// The line in which a range begins, as it is shown; of a long line only the part around the range.
pub(super) struct Excerpt<'t> {
    pub before: Cow<'t, str>,
    pub marked: Cow<'t, str>,
    pub after: Cow<'t, str>,
}

impl<'t> Excerpt<'t> {
    /// At most `room` characters of the line.
    pub(super) fn of(text: &'t str, start: usize, end: usize, room: usize) -> Self {
        let start = text.floor_char_boundary(start);
        let (before, rest) = text.split_at_checked(start).unwrap_or_default();
        let before = before.rsplit_once('\n').map_or(before, |(_, line)| line);
        let rest = rest.split_once('\n').map_or(rest, |(line, _)| line);
        // A carriage return alone ends no line, and would overwrite it.
        let (before, rest) = match rest.strip_suffix('\r') {
            Some(rest) => (before, rest),
            None if rest.is_empty() => (before.strip_suffix('\r').unwrap_or(before), rest),
            None => (before, rest),
        };
        let length = rest.floor_char_boundary(end.saturating_sub(start));
        let (marked, after) = rest.split_at_checked(length).unwrap_or_default();
        if before.len() + rest.len() <= room {
            return Self {
                before: visible(before),
                marked: visible(marked),
                after: visible(after),
            };
        }
        let room = room.saturating_sub(2 * CUT.len());
        let nearest = before.char_indices().rev().nth(room / 3);
        let near = nearest.and_then(|(at, _)| before.get(at..)).unwrap_or(before);
        let room = room.saturating_sub(near.chars().count());
        let shown = first_characters(marked, room);
        let follows = if shown.len() < marked.len() {
            ""
        } else {
            first_characters(after, room.saturating_sub(shown.chars().count()))
        };
        let dots = |cut: bool| if cut { CUT } else { "" };
        let cut = shown.len() + follows.len() < rest.len();
        Self {
            before: format!("{}{}", dots(near.len() < before.len()), visible(near)).into(),
            marked: visible(shown),
            after: format!("{}{}", visible(follows), dots(cut)).into(),
        }
    }
}

fn first_characters(text: &str, count: usize) -> &str {
    let end = text.char_indices().nth(count);
    end.and_then(|(at, _)| text.get(..at)).unwrap_or(text)
}

/// A part of a line as it is shown: tabs as blanks, nothing that a terminal would obey.
fn visible(text: &str) -> Cow<'_, str> {
    if text.contains('\t') {
        escape::text(&text.replace('\t', "    ")).into_owned().into()
    } else {
        escape::text(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deploy::Place;

    const ROOM: usize = 74;

    fn shown(text: &str, range: std::ops::Range<usize>) -> (String, String, String) {
        let excerpt = Excerpt::of(text, range.start, range.end, ROOM);
        (excerpt.before.into_owned(), excerpt.marked.into_owned(), excerpt.after.into_owned())
    }

    fn parts(before: &str, marked: &str, after: &str) -> (String, String, String) {
        (before.into(), marked.into(), after.into())
    }

    #[test]
    fn an_excerpt_is_one_line_and_never_a_long_one() {
        assert_eq!(shown("a\nbcd\ne", 3..4), parts("b", "c", "d"));
        // A range of several lines ends with its first.
        assert_eq!(shown("a\nbcd\r\ne", 2..8), parts("", "bcd", ""));
        assert_eq!(shown("", 5..9), parts("", "", ""));
        // A range that begins in a character, and one behind the end of a line.
        assert_eq!(shown("é\nx", 1..2), parts("", "é", ""));
        assert_eq!(shown("ab\r\nx", 3..3), parts("ab", "", ""));
        let long = format!("x: [{}]", "é".repeat(100_000));
        for range in [100_004..100_008, 0..3, 4..200_004, 200_004..200_005] {
            let (before, marked, after) = shown(&long, range.clone());
            assert!(
                before.chars().count() + marked.chars().count() + after.chars().count() <= ROOM,
                "{range:?}"
            );
            assert!(!marked.is_empty() && long.contains(&marked), "{range:?}");
        }
        assert_eq!(shown("a\tb\u{1b}[31m", 2..3), parts("a    ", "b", "\\x1b[31m"));
    }

    #[test]
    fn the_caret_stands_under_its_place() {
        let text = "one\n  漢字: \tyes # é\n";
        let start = text.find("yes").unwrap();
        let place = Place { file: 0, line: 2, column: 7, start, end: start + 3 };
        let at = Location { path: "a\u{1b}.yaml".into(), line: 2, column: 7, place };
        let mut page = Page::of_width(80);
        write(&mut page, &at, text, Style::Plain);
        let lines = [
            " --> a\\x1b.yaml:2:7", "  |", "2 |   漢字:     yes # é",
            // Two columns for each of the two characters.
            "  |             ^^^", "",
        ];
        assert_eq!(page.finish(), lines.join("\n"));
    }
}
