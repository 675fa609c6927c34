//! Lists and mappings in flow style that close further left than strict YAML 1.2 allows (8.22,
//! flow-in-block), as in
//!
//! ```yaml
//! command: [
//!   "a"
//! ]
//! ```
//!
//! libyaml and Go's YAML parsers take them, and so do compose and kubectl. The line breaks in front
//! of such lines mean nothing in flow style, so they become spaces; no character moves.

/// The text with such line breaks taken out, besides the one in front of the line with the
/// character `at`, which is known to be in the way. `None` where that changes nothing.
pub(super) fn joined(text: &str, at: usize) -> Option<String> {
    let mut result = String::with_capacity(text.len());
    // The indentation of lines that end with an opening bracket.
    let mut open: Vec<usize> = vec![];
    let mut changed = false;
    // What the last line has before its comment, in bytes of the result.
    let mut content_end = 0;
    let mut characters = 0;
    for full in text.split_inclusive('\n') {
        let first = characters;
        characters += full.chars().count();
        let indentation = full.bytes().take_while(|b| *b == b' ').count();
        let body = &full[..content(full)];
        let trimmed = body.trim();
        let closes = trimmed.starts_with([']', '}']);
        let left = closes && open.pop().is_some_and(|opener| indentation <= opener);
        if first > 0 && (left || (first..characters).contains(&at)) {
            let blank: String = result[content_end..].chars().map(|_| ' ').collect();
            result.truncate(content_end);
            result.push_str(&blank);
            changed = true;
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

/// Where the content of a line ends: before its comment and its line break.
fn content(line: &str) -> usize {
    let mut quote = None;
    let mut before = ' ';
    for (at, c) in line.char_indices() {
        match (c, quote) {
            ('#', None) if before.is_whitespace() => return line[..at].trim_end().len(),
            ('"' | '\'', None) if !before.is_alphanumeric() => quote = Some(c),
            (_, Some(open)) if c == open => quote = None,
            _ => {}
        }
        before = c;
    }
    line.trim_end().len()
}

/// The text with blanks in place of the tabs between a key's colon and its value.
#[must_use]
pub(super) fn untabbed(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        // The first colon that a blank or tab follows, before any quote or comment, is that of the
        // key.
        let colon = line.find([':', '#', '"', '\'']).filter(|at| line[*at..].starts_with(":\t"));
        let Some(colon) = colon else {
            result.push_str(line);
            continue;
        };
        let (key, rest) = line.split_at(colon + 1);
        let value = rest.trim_start_matches([' ', '\t']);
        result.push_str(key);
        result.extend(std::iter::repeat_n(' ', rest.len() - value.len()));
        result.push_str(value);
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

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
