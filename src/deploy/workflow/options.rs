//! The `options:` of a container: words as the runner's process gets them (.NET
//! `ProcessStartInfo.Arguments`): blanks separate, double quotes hold together, and a backslash
//! means something before such a quote only.

use std::ops::Range;

use crate::deploy::command::word::Argument;
use crate::deploy::yaml::Node;

/// The options of which only whoever fills them in knows.
pub(super) const UNKNOWN: &[&str] =
    &["--privileged=", "--cap-add=", "--security-opt=", "--user=", "--pids-limit="];

/// What something else fills in begins so.
pub(super) const HOLE: &str = "${{";

/// An option that is known to be given, and not more.
pub(super) fn unknown(option: &str, written: &str, at: &Node) -> Argument {
    Argument::of(&format!("{option}{written}"), option.len(), at.body..at.place.end)
}

/// A word that a node has behind an option.
pub(super) fn word(option: &str, node: &Node) -> Argument {
    let text = node.text().unwrap_or_default();
    let sure = text.find(HOLE).unwrap_or(text.len());
    Argument::of(&format!("{option}{text}"), option.len() + sure, node.body..node.place.end)
}

/// The words of options, of a file with this text. Where they are written in a way of their own,
/// each has the place of all.
pub(super) fn words(file: &str, node: &Node) -> Vec<Argument> {
    let said = split(node.text().unwrap_or_default());
    let written = written(file, node);
    let raw = split(written.1);
    let same = said.iter().map(|word| &word.0).eq(raw.iter().map(|word| &word.0));
    let mut words = vec![];
    for (number, (text, _)) in said.into_iter().enumerate() {
        let range = raw.get(number).filter(|_| same).map(|(_, range)| range.clone());
        let range = range.map_or(node.body..node.place.end, |range| {
            written.0 + range.start..written.0 + range.end
        });
        let is_value = words.last().is_some_and(takes_value);
        match text.find(HOLE) {
            Some(0) if !is_value => {
                words.extend(UNKNOWN.iter().map(|option| unknown(option, &text, node)));
            }
            hole => words.push(Argument::of(&text, hole.unwrap_or(text.len()), range)),
        }
    }
    words
}

/// Whether an option goes on in the next word.
fn takes_value(word: &Argument) -> bool {
    const SWITCHES: &[&str] = &[
        "--detach", "--disable-content-trust", "--init", "--interactive", "--no-healthcheck",
        "--oom-kill-disable", "--privileged", "--publish-all", "--quiet", "--read-only", "--rm",
        "--sig-proxy", "--tty",
    ];
    let text = word.text.as_str();
    match text.strip_prefix('-') {
        Some(rest) if rest.starts_with('-') => !text.contains('=') && !SWITCHES.contains(&text),
        Some(rest) => rest.len() == 1 && !matches!(rest, "d" | "i" | "t" | "P" | "q"),
        None => false,
    }
}

/// Whether the places of the words are their own.
pub(super) fn has_places(words: &[Argument]) -> bool {
    words.windows(2).all(|pair| match pair {
        [one, other] => one.range.end <= other.range.start,
        _ => true,
    })
}

/// How a scalar is written between its quotes, or below its mark, and where that begins.
pub(super) fn written<'f>(file: &'f str, node: &Node) -> (usize, &'f str) {
    let raw = file.get(node.body..node.place.end).unwrap_or("");
    let skip = match raw.chars().next() {
        Some('"' | '\'') => 1,
        Some('|' | '>') => raw.find('\n').map_or(raw.len(), |newline| newline + 1),
        _ => 0,
    };
    let inner = raw.get(skip..).unwrap_or("");
    let quoted = raw.starts_with(['"', '\'']);
    let inner = inner.strip_suffix(['"', '\'']).filter(|_| quoted).unwrap_or(inner);
    (node.body + skip, inner)
}

/// Words and where each stands in the text.
fn split(text: &str) -> Vec<(String, Range<usize>)> {
    let mut words: Vec<(String, Range<usize>)> = vec![];
    let (mut open, mut quoted, mut hole) = (None, false, 0_usize);
    let mut word = String::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let rest = text.get(at..).unwrap_or("");
        if rest.starts_with(HOLE) {
            hole += 1;
        } else if rest.starts_with("}}") {
            hole = hole.saturating_sub(1);
        }
        if c.is_whitespace() && !quoted && hole == 0 {
            if let Some(start) = open.take() {
                words.push((std::mem::take(&mut word), start..at));
            }
            continue;
        }
        open.get_or_insert(at);
        match c {
            '"' if hole == 0 => quoted = !quoted,
            '\\' if chars.peek().is_some_and(|(_, next)| *next == '"') => {
                word.push('"');
                chars.next();
            }
            c => word.push(c),
        }
    }
    if let Some(start) = open {
        words.push((word, start..text.len()));
    }
    words
}
