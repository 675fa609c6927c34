//! A message about a place in a file, in the form in which rustc gives its own: the file, the line
//! with a caret, the help.
//!
//! Written here, since a file of a thousand services has thousands of them: a library that can show
//! spans of many lines beside each other took as long for one as parsing the service that it is
//! about.

use std::borrow::Cow;

use unicode_width::UnicodeWidthStr;

use super::escape;
use super::style::{Style, is_on, paint};
use crate::report::{Location, Severity};

/// The longest part of a line that is shown, in characters.
const LONG: usize = 120;
/// How much of a long line is shown before the place.
const BEFORE: usize = 40;

/// A message.
pub(super) struct Message<'a> {
    /// How grave it is.
    pub severity: Severity,
    /// The id of a rule.
    pub id: Option<&'a str>,
    /// One line.
    pub title: &'a str,
    /// Where, and the text of that file.
    pub at: Option<(&'a Location, &'a str)>,
    /// What is said beside the caret.
    pub label: &'a str,
    /// What to do.
    pub help: &'a [String],
}

/// Writes a message, and an empty line.
pub(super) fn write(out: &mut String, message: &Message<'_>) {
    let (word, style) = match message.severity {
        Severity::Error => ("error", Style::Bad),
        Severity::Warning => ("warning", Style::Warn),
        Severity::Note => ("note", Style::Good),
    };
    put(out, style, word);
    if let Some(id) = message.id {
        put(out, style, "[");
        put(out, style, id);
        put(out, style, "]");
    }
    put(out, Style::Bold, ": ");
    put(out, Style::Bold, &escape::text(message.title));
    out.push('\n');
    let line = message.at.map_or(0, |(at, _)| at.line);
    let number = line.to_string();
    let margin = if message.at.is_some() { number.len() + 1 } else { 1 };
    if let Some((at, text)) = message.at {
        blanks(out, margin - 1);
        put(out, Style::Dim, "--> ");
        out.push_str(&escape::text(&at.path));
        out.push_str(&format!(":{line}:{}\n", at.column));
        bar(out, margin, "\n");
        put(out, Style::Dim, &number);
        let excerpt = Excerpt::of(text, at.place.start, at.place.end);
        bar(out, 1, " ");
        out.push_str(&excerpt.before);
        out.push_str(&excerpt.marked);
        out.push_str(&excerpt.after);
        out.push('\n');
        bar(out, margin, " ");
        blanks(out, excerpt.before.width());
        put(out, style, &"^".repeat(excerpt.marked.width().max(1)));
        if !message.label.is_empty() {
            out.push(' ');
            put(out, style, &escape::text(message.label));
        }
        out.push('\n');
        bar(out, margin, "\n");
    }
    for text in message.help.iter().filter(|text| !text.is_empty()) {
        blanks(out, margin);
        put(out, Style::Dim, "= ");
        put(out, Style::Bold, "help");
        out.push_str(": ");
        out.push_str(&escape::text(text));
        out.push('\n');
    }
    out.push('\n');
}

fn put(out: &mut String, style: Style, text: &str) {
    if is_on() { out.push_str(&paint(style, text)) } else { out.push_str(text) }
}

fn blanks(out: &mut String, count: usize) {
    out.extend(std::iter::repeat_n(' ', count));
}

fn bar(out: &mut String, margin: usize, then: &str) {
    blanks(out, margin);
    put(out, Style::Dim, "|");
    out.push_str(then);
}

/// The line in which a range begins, as it is shown; of a long line only the part around the range.
struct Excerpt<'t> {
    before: Cow<'t, str>,
    marked: Cow<'t, str>,
    after: Cow<'t, str>,
}

impl<'t> Excerpt<'t> {
    fn of(text: &'t str, start: usize, end: usize) -> Self {
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
        if before.len() + rest.len() <= LONG {
            return Self {
                before: visible(before),
                marked: visible(marked),
                after: visible(after),
            };
        }
        let nearest = before.char_indices().rev().nth(BEFORE - 1);
        let near = nearest.and_then(|(at, _)| before.get(at..)).unwrap_or(before);
        let room = LONG - near.chars().count();
        let shown = first_characters(marked, room);
        let follows = if shown.len() < marked.len() {
            ""
        } else {
            first_characters(after, room.saturating_sub(shown.chars().count()))
        };
        let dots = |cut: bool| if cut { "..." } else { "" };
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

    fn shown(text: &str, range: std::ops::Range<usize>) -> (String, String, String) {
        let excerpt = Excerpt::of(text, range.start, range.end);
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
                before.chars().count() + marked.chars().count() + after.chars().count() <= LONG + 6,
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
        let mut out = String::new();
        let help = ["do\nthis".to_owned(), String::new()];
        write(
            &mut out,
            &Message {
                severity: Severity::Error,
                id: Some("id"),
                title: "it fails",
                at: Some((&at, text)),
                label: "here",
                help: &help,
            },
        );
        let lines = [
            "error[id]: it fails",
            " --> a\\x1b.yaml:2:7",
            "  |",
            "2 |   漢字:     yes # é",
            // Two columns for each of the two characters.
            "  |             ^^^ here",
            "  |",
            "  = help: do\\nthis",
            "",
            "",
        ];
        assert_eq!(out, lines.join("\n"));
        let mut out = String::new();
        write(
            &mut out,
            &Message {
                severity: Severity::Note,
                id: None,
                title: "all",
                at: None,
                label: "",
                help: &help[..1],
            },
        );
        assert_eq!(out, "note: all\n = help: do\\nthis\n\n");
    }
}
