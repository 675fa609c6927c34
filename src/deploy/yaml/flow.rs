//! What YAML allows, or what Go's parsers take, and the parser in use refuses. Only line breaks and
//! tabs that mean nothing become spaces: no character moves, and places stay what they are.

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
/// What the parser says of a tab between a key's colon and its value, which YAML allows (1.2.2,
/// 6.2) and Go's parsers take.
const TAB_AFTER_COLON: &str = "':' must be followed by a valid YAML whitespace";

/// The text without what the parser calls trouble at the character `at`; `None` where it is
/// something else, or where that changes nothing.
pub(super) fn mended(text: &str, trouble: &str, at: usize) -> Option<String> {
    if trouble.ends_with(TOO_FAR_LEFT) {
        joined(text, at)
    } else if trouble.ends_with(TAB_AFTER_COLON) {
        Some(untabbed(text)).filter(|mended| mended != text)
    } else {
        None
    }
}

/// The text without the line breaks in front of lines that close further left than their opening
/// bracket, and without the one in front of the line with the character `at`, which is known to be
/// in the way. `None` where that changes nothing.
fn joined(text: &str, at: usize) -> Option<String> {
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
fn untabbed(text: &str) -> String {
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

    /// The texts by which the parser's errors are known are those of this version of it.
    #[test]
    fn the_texts_are_the_parsers() {
        let error = |text: &str| {
            let found = saphyr_parser::Parser::new_from_str(text).find_map(Result::err);
            found.map(|error| error.info().to_owned())
        };
        assert_eq!(error("s:\n  a: [\n 1 ]\n").as_deref(), Some(TOO_FAR_LEFT));
        assert_eq!(error("a:\tb\n").as_deref(), Some(TAB_AFTER_COLON));
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
