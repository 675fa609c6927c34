//! Variables in the words of a Dockerfile (docs.docker.com, "Environment replacement"; BuildKit
//! `frontend/dockerfile/shell/lex.go`).

/// The longest text; what grows beyond it is not known.
const MOST_BYTES: usize = 1 << 15;

/// How deep `${NAME:-${OTHER}}` goes.
const MOST_DEPTH: usize = 8;

/// A text with its variables replaced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::deploy) struct Expanded {
    /// It; what is not known stands in it as written.
    pub text: String,
    /// How many of its bytes are sure; all of them where nothing is unknown.
    pub sure: usize,
}

impl Expanded {
    /// Whether all of it is known.
    pub(in crate::deploy) fn is_sure(&self) -> bool {
        self.sure == self.text.len()
    }

    pub(super) fn known(self) -> Option<String> {
        self.is_sure().then_some(self.text)
    }
}

/// Replaces the variables of a word, and undoes its quotes; what `value` has nothing for is not
/// known.
pub(super) fn expand(word: &str, escape: char, value: &dyn Fn(&str) -> Option<String>) -> Expanded {
    let mut text = String::new();
    let mut sure = None;
    within(word, escape, value, 0, &mut text, &mut sure);
    let sure = sure.unwrap_or(text.len());
    Expanded { text, sure }
}

fn within(
    word: &str,
    escape: char,
    value: &dyn Fn(&str) -> Option<String>,
    depth: usize,
    text: &mut String,
    sure: &mut Option<usize>,
) {
    let (mut rest, mut quote) = (word, None);
    while let Some(c) = rest.chars().next() {
        if text.len() > MOST_BYTES {
            sure.get_or_insert(0);
            return;
        }
        let after = rest.get(c.len_utf8()..).unwrap_or("");
        let next = after.chars().next();
        if c == '$' && quote != Some('\'') && next.is_some_and(begins_name) {
            let (length, found) = variable(after, escape, value, depth);
            let raw = rest.get(..length + 1).unwrap_or(rest);
            match found {
                Some(found) => text.push_str(&found),
                None => {
                    sure.get_or_insert(text.len());
                    text.push_str(raw);
                }
            }
            rest = rest.get(raw.len()..).unwrap_or("");
            continue;
        }
        rest = after;
        match (c, quote) {
            (_, Some(open)) if c == open => quote = None,
            ('"' | '\'', None) => quote = Some(c),
            (c, _) if c == escape && quote != Some('\'') => {
                text.extend(next);
                rest = after.get(next.map_or(0, char::len_utf8)..).unwrap_or("");
            }
            (c, _) => text.push(c),
        }
    }
}

fn begins_name(c: char) -> bool {
    c == '{' || c == '_' || c.is_ascii_alphabetic()
}

/// The value of the variable that begins behind a `$`, and how long it is written.
fn variable(
    after: &str,
    escape: char,
    value: &dyn Fn(&str) -> Option<String>,
    depth: usize,
) -> (usize, Option<String>) {
    let is_name = |c: char| c == '_' || c.is_ascii_alphanumeric();
    let Some(inner) = after.strip_prefix('{') else {
        let end = after.find(|c| !is_name(c)).unwrap_or(after.len());
        return (end, after.get(..end).and_then(value));
    };
    let mut open = 1_usize;
    let closes = |c: char| {
        open = match c {
            '{' => open + 1,
            '}' => open - 1,
            _ => open,
        };
        open == 0
    };
    let Some(end) = inner.find(closes) else { return (after.len(), None) };
    let inner = inner.get(..end).unwrap_or("");
    let (name, modifier) = inner.split_at(inner.find(|c| !is_name(c)).unwrap_or(inner.len()));
    let found = value(name);
    let other = |word: &str| {
        let mut text = String::new();
        let mut sure = None;
        within(word, escape, value, depth + 1, &mut text, &mut sure);
        sure.is_none().then_some(text)
    };
    let without = modifier.strip_prefix(":-");
    let with = modifier.strip_prefix(":+");
    let said = match (found, without.or(with)) {
        (found, None) if modifier.is_empty() => found,
        // The other modifiers are few, and newer.
        (None, _) | (_, None) => None,
        _ if depth == MOST_DEPTH => None,
        (Some(found), Some(word)) => match (found.is_empty(), with.is_some()) {
            (true, true) => Some(found),
            (false, false) => Some(found),
            _ => other(word),
        },
    };
    (end + 2, said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        let value = |name: &str| match name {
            "A" => Some("a".to_owned()),
            "E" => Some(String::new()),
            _ => None,
        };
        for (word, text, sure) in [
            ("x$A-${A}y", "xa-ay", true),
            ("'$A'\"$A\"", "$Aa", true),
            ("\\$A", "$A", true),
            ("${E:-b}${A:-b}${E:+c}${A:+${A}c}", "baac", true),
            ("a${N}b", "a${N}b", false),
            ("${N:-b}", "${N:-b}", false),
            ("${A#x}", "${A#x}", false),
            ("${A", "${A", false),
            ("$", "$", true),
            ("${}", "${}", false),
        ] {
            let found = expand(word, '\\', &value);
            assert_eq!((found.text.as_str(), found.is_sure()), (text, sure), "{word}");
        }
        let long = expand(&"$L$L".repeat(100), '\\', &|_| Some("x".repeat(MOST_BYTES)));
        assert!(!long.is_sure() && long.text.len() < 3 * MOST_BYTES);
        let deep = format!("{}x{}", "${E:-".repeat(5000), "}".repeat(5000));
        assert!(!expand(&deep, '\\', &value).is_sure());
    }
}
