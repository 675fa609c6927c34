//! What YAML allows, or what Go's parsers take, and the parser in use refuses. Only line breaks and
//! tabs that mean nothing become spaces: no character moves, and places stay what they are.

use crate::parse::split_before;

/// What the parser says of a flow collection that goes on too far left (8.22, flow-in-block), as in
///
/// ```yaml
/// command: [
///   "a"
/// ]
/// ```
///
/// libyaml and Go's YAML parsers take it, and so do compose and kubectl.
const TOO_FAR_LEFT: &str = "invalid indentation";
/// What the parser says of a quoted scalar that goes on too far left (7.3), which the others take
/// as well.
const QUOTED_TOO_FAR_LEFT: &str = "invalid indentation in quoted scalar";
/// What the parser says of a tab between a key's colon and its value, which YAML allows (1.2.2,
/// 6.2) and Go's parsers take.
const TAB_AFTER_COLON: &str = "':' must be followed by a valid YAML whitespace";

/// What the parser says of a `-` that is all of an item in flow style, as in `[tar, xf, -]`: it is
/// none in YAML (7.3.3), and libyaml and Go's parsers take it.
const LONE_DASH: &str = "plain scalar cannot start with '-' followed by ,[]{}";
/// What the parser gets to see in its place.
pub(super) const DASH_STANDS_AS: &str = "_";

/// The text without what the parser calls trouble at the character `at`; `None` where it is
/// something else, or where that changes nothing.
pub(super) fn mended(text: &str, trouble: &str, at: usize) -> Option<String> {
    if trouble.ends_with(TOO_FAR_LEFT) {
        joined(text, at)
    } else if trouble.ends_with(QUOTED_TOO_FAR_LEFT) {
        on_one_line(text, at)
    } else if trouble.ends_with(TAB_AFTER_COLON) {
        Some(untabbed(text)).filter(|mended| mended != text)
    } else if trouble.ends_with(LONE_DASH) {
        let (start, _) = text.char_indices().nth(at)?;
        let (before, rest) = text.split_at_checked(start)?;
        Some([before, DASH_STANDS_AS, rest.strip_prefix('-')?].concat())
    } else {
        None
    }
}

/// The text without the line breaks in front of lines that close further left than their opening
/// bracket, and without the one in front of the line with the character `at`, which is known to be
/// in the way, and of those after it that stand no further in, as far as its bracket goes. `None`
/// where that changes nothing.
fn joined(text: &str, at: usize) -> Option<String> {
    let mut result = String::with_capacity(text.len());
    // The indentation of lines that end with an opening bracket.
    let mut open: Vec<usize> = vec![];
    let mut changed = false;
    // What the last line has before its comment, in bytes of the result.
    let mut content_end = 0;
    let mut characters = 0;
    // How far in the line in the way stands, and how many brackets are open since, its own among
    // them.
    let mut in_the_way: Option<(usize, usize)> = None;
    for full in text.split_inclusive('\n') {
        let first = characters;
        characters += full.chars().count();
        let indentation = full.bytes().take_while(|b| *b == b' ').count();
        let body = content(full);
        let trimmed = body.trim();
        let closes = trimmed.starts_with([']', '}']);
        let left = closes && open.pop().is_some_and(|opener| indentation <= opener);
        if (first..characters).contains(&at) {
            in_the_way = Some((indentation, 1));
        }
        let further = in_the_way.is_some_and(|(by, depth)| indentation <= by && depth > 0);
        if first > 0 && (left || further && !trimmed.is_empty()) {
            let break_and_comments = result.split_off(content_end);
            result.extend(break_and_comments.chars().map(|_| ' '));
            changed = true;
        }
        if let Some((_, depth)) = &mut in_the_way {
            *depth = brackets(trimmed, *depth);
        }
        if trimmed.ends_with(['[', '{']) {
            open.push(indentation);
        }
        // An empty line, or one with a comment alone, goes along with the content before it.
        if !trimmed.is_empty() {
            content_end = result.len() + body.len();
        }
        result.push_str(full);
    }
    changed.then_some(result)
}

/// How many brackets are open after a line, of those that were before it.
fn brackets(line: &str, before: usize) -> usize {
    let mut quote = None;
    let mut depth = before;
    for c in line.chars() {
        match (c, quote) {
            ('"' | '\'', None) => quote = Some(c),
            (_, Some(open)) if c == open => quote = None,
            ('[' | '{', None) => depth += 1,
            (']' | '}', None) => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    depth
}

/// The text with the quoted scalar that begins with the character `at` on one line, and so each
/// after it that is the value of a key and goes on no further in than that: generated files have
/// hundreds. What they say is read from the text as it was.
fn on_one_line(text: &str, at: usize) -> Option<String> {
    let start = text.char_indices().nth(at)?.0;
    let mut result = text.get(..start)?.to_owned();
    let mut rest = text.get(start..)?;
    while let Some((quoted, after)) = rest.split_at_checked(end_of_quoted(rest).unwrap_or(0)) {
        result.extend(quoted.chars().map(|c| if matches!(c, '\r' | '\n') { ' ' } else { c }));
        let skipped = next_too_far_left(after).unwrap_or(after.len());
        result.push_str(after.get(..skipped)?);
        rest = after.get(skipped..)?;
        if rest.is_empty() {
            break;
        }
    }
    (result != text).then_some(result)
}

/// Where the next quoted value of a key begins that goes on no further in than its key.
fn next_too_far_left(text: &str) -> Option<usize> {
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    // The key whose block scalar the lines are in.
    let mut block: Option<usize> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let (begin, own) = (at, indent(line));
        at += line.len();
        if line.trim().is_empty() || block.is_some_and(|key| own > key) {
            continue;
        }
        let content = content(line);
        let header = content.trim_end_matches(['-', '+']).ends_with(['|', '>']);
        block = header.then_some(own);
        let value = content.find(": ").map(|colon| colon + 2);
        let quoted = |at: &usize| content.get(*at..).is_some_and(|v| v.starts_with(['"', '\'']));
        let Some(quote) = value.filter(quoted) else { continue };
        let key = content.get(..quote - 2).unwrap_or("");
        let plain = |c: char| c.is_ascii_alphanumeric() || " -_./$".contains(c);
        let goes_on = text.get(at..).and_then(|next| next.lines().find(|l| !l.trim().is_empty()));
        let ends = text.get(begin + quote..).and_then(end_of_quoted)?;
        if key.chars().all(plain) && begin + quote + ends > at && indent(goes_on?) <= own {
            return Some(begin + quote);
        }
    }
    None
}

/// Where the quoted scalar ends that a text begins with.
pub(super) fn end_of_quoted(text: &str) -> Option<usize> {
    let (&quote, inner) = text.as_bytes().split_first()?;
    let mut bytes = inner.iter().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match *byte {
            b'\\' if quote == b'"' => _ = bytes.next(),
            b if b == quote && quote == b'\'' && inner.get(at + 1) == Some(&quote) => {
                _ = bytes.next()
            }
            b if b == quote => return Some(at + 2),
            _ => {}
        }
    }
    None
}

/// The content of a line, without its comment and its line break.
fn content(line: &str) -> &str {
    let mut quote = None;
    let mut before = ' ';
    let (content, _) = split_before(line, |c| {
        match (c, quote) {
            ('#', None) if before.is_whitespace() => return true,
            ('"' | '\'', None) if !before.is_alphanumeric() => quote = Some(c),
            (_, Some(open)) if c == open => quote = None,
            _ => {}
        }
        before = c;
        false
    });
    content.trim_end()
}

/// The text with blanks in place of the tabs between a key's colon and its value.
fn untabbed(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        // The first colon that a blank or tab follows, before any quote or comment, is that of the
        // key.
        let (key, rest) = split_before(line, |c| matches!(c, ':' | '#' | '"' | '\''));
        let Some(rest) = rest.strip_prefix(':').filter(|rest| rest.starts_with('\t')) else {
            result.push_str(line);
            continue;
        };
        let value = rest.trim_start_matches([' ', '\t']);
        result.push_str(key);
        result.push(':');
        result.extend(std::iter::repeat_n(' ', rest.len() - value.len()));
        result.push_str(value);
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The texts by which the parser's errors are known are those of this version of it.
    #[test]
    fn the_texts_are_the_parsers() {
        let error = |text: &str| {
            let found = saphyr_parser::Parser::new_from_str(text).find_map(Result::err);
            found.map(|error| error.info().to_owned())
        };
        assert_eq!(error("s:\n  a: [\n 1 ]\n").as_deref(), Some(TOO_FAR_LEFT));
        assert_eq!(error("s:\n  a: \"x\n y\"\n").as_deref(), Some(QUOTED_TOO_FAR_LEFT));
        assert_eq!(error("a:\tb\n").as_deref(), Some(TAB_AFTER_COLON));
        assert_eq!(error("a: [-]\n").as_deref(), Some(LONE_DASH));
    }

    #[test]
    fn no_character_moves() {
        let text =
            "a:\r\n  b: [ # é\r\n    'x #', # why\r\n\r\n    # é\r\n  ]\r\n  c: {\n   d: 1 }\n";
        let joined = joined(text, 0).unwrap();
        assert_eq!(joined.chars().count(), text.chars().count());
        assert_eq!(joined.lines().count(), 5);
        assert!(joined.contains("'x #',   ") && joined.contains("[ # é"));
    }

    #[test]
    fn what_stands_right_stays() {
        assert_eq!(joined("a: [\n  1\n  ]\n", 0), None);
        assert_eq!(joined("a: [\n  1\n]\n", 0).unwrap(), "a: [\n  1 ]\n");
    }
}
