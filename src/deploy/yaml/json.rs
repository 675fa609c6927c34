//! JSON with comments, as the files of Visual Studio Code have it: it is YAML once its comments are
//! those of YAML, which takes a comma after the last item too.

use std::borrow::Cow;

use saphyr_parser::ScalarStyle;

use super::tree::{Node, Value};
use crate::deploy::place::BadInput;

/// A text in which the comments of JSON, `//` to the end of the line and `/* */`, are such that
/// YAML passes over them. Every byte stays where it is. What is no JSON is left as it is.
pub(crate) fn commented(text: &str) -> Cow<'_, str> {
    match comments(text) {
        Some(mended) => Cow::Owned(mended),
        None => Cow::Borrowed(text),
    }
}

fn comments(text: &str) -> Option<String> {
    let begin = text.trim_start_matches('\u{feff}').trim_start();
    let templated = begin.starts_with("{{") || begin.starts_with("{%");
    if templated || !begin.starts_with(['{', '[', '/']) {
        return None;
    }
    let (mut mended, mut found, mut opened, mut rest) =
        (String::with_capacity(text.len()), false, false, text);
    while let Some(first) = rest.chars().next() {
        let (length, kind) = token(rest, first);
        let (written, next) = rest.split_at_checked(length)?;
        let after_word = mended.ends_with(|c: char| c.is_ascii_alphanumeric() || c == ':');
        match kind {
            JsonToken::Comment if after_word => return None,
            JsonToken::Comment => {
                found = true;
                hide(written, next, &mut mended);
            }
            // Nothing of JSON comes before the first bracket.
            JsonToken::Other if !opened && !first.is_whitespace() && first != '\u{feff}' => {
                match first {
                    '{' | '[' => {
                        opened = true;
                        mended.push(first);
                    }
                    _ => return None,
                }
            }
            JsonToken::Other => mended.push(first),
            JsonToken::String => mended.push_str(written),
        }
        rest = next;
    }
    found.then_some(mended)
}

/// Whether all of a document is written as JSON.
///
/// # Errors
/// When something in it is YAML alone.
pub(crate) fn strict(node: &Node) -> Result<(), BadInput> {
    let not = |why| Err(BadInput::at(node.place, format!("not JSON: {why}")));
    match &node.value {
        _ if node.tag.is_some() || node.is_shared() => not("it has neither tags nor anchors"),
        Value::Scalar(scalar) if scalar.style == ScalarStyle::DoubleQuoted => Ok(()),
        Value::Scalar(scalar) => match scalar.text.as_str() {
            "true" | "false" | "null" => Ok(()),
            "" => not("a value is missing"),
            _ if scalar.plain && node.kind() == "a number" => Ok(()),
            _ => not("strings stand in double quotes"),
        },
        _ if !node.flow => not("it has no brackets"),
        Value::List(items) => items.iter().try_for_each(|item| strict(item)),
        Value::Map(entries) => entries.iter().try_for_each(|(key, value)| {
            if key.style() != Some(ScalarStyle::DoubleQuoted) {
                return Err(BadInput::at(key.place, "not JSON: keys stand in double quotes"));
            }
            strict(value)
        }),
    }
}

/// A node that is a string.
///
/// # Errors
/// When it is of another type; `what` is said of it.
pub(crate) fn string_in<'n>(node: &'n Node, what: &str) -> Result<&'n Node, BadInput> {
    match node.kind() {
        "a string" => Ok(node),
        _ => Err(node.wrong(what, "a string")),
    }
}

/// The string of a key.
///
/// # Errors
/// When there is something else.
pub(crate) fn string<'n>(node: &'n Node, key: &str) -> Result<Option<&'n Node>, BadInput> {
    node.get(key).map(|value| string_in(value, key)).transpose()
}

enum JsonToken {
    String,
    Comment,
    Other,
}

/// What a text begins with, and how long that is.
fn token(rest: &str, first: char) -> (usize, JsonToken) {
    if first == '"' {
        let mut escaped = false;
        let end = rest.char_indices().skip(1).find(|(_, c)| {
            let ends = !escaped && matches!(c, '"' | '\n');
            escaped = !escaped && *c == '\\';
            ends
        });
        return (end.map_or(rest.len(), |(at, c)| at + c.len_utf8()), JsonToken::String);
    }
    if rest.starts_with("//") {
        return (rest.find(['\r', '\n']).unwrap_or(rest.len()), JsonToken::Comment);
    }
    if rest.starts_with("/*") {
        let inner = rest.get(2..).unwrap_or("");
        return (inner.find("*/").map_or(rest.len(), |end| end + 4), JsonToken::Comment);
    }
    (first.len_utf8(), JsonToken::Other)
}

/// A comment for YAML. Where something follows in its line it can only be blank.
fn hide(comment: &str, next: &str, mended: &mut String) {
    let alone = next.split('\n').next().unwrap_or("").trim().is_empty();
    for line in comment.split_inclusive('\n') {
        let body = line.trim_end_matches(['\r', '\n']);
        let end = line.get(body.len()..).unwrap_or("");
        match body.len() {
            2.. if alone && body.is_char_boundary(2) => {
                mended.push_str(" #");
                mended.push_str(body.get(2..).unwrap_or(""));
            }
            blank => mended.extend(std::iter::repeat_n(' ', blank)),
        }
        mended.push_str(end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deploy::yaml;

    #[test]
    fn comments_are_hidden_and_every_byte_stays() {
        for text in [
            "// é why\n{\n\t\"a\": 1, // one\n\t\
                /* two\n é */ \"b\": \"// no /* comment */\", /* c */\n}\n",
            "{\"a\": 1, /* x */ \"b\": \"\\\"// no\" // y\r\n}\r\n// end",
            "/* ä\n * b\n */\n{\n  \"a\": [1, // x\n  ], \"b\": \"http://x\"\n}",
        ] {
            let mended = commented(text);
            assert_eq!(mended.len(), text.len(), "{text}");
            let root = yaml::parse(0, text).unwrap().remove(0);
            let b = root.get("b").unwrap();
            assert!(text[b.place.start..b.place.end].starts_with('"'), "{text}");
            assert_eq!(b.place.line, text[..b.place.start].matches('\n').count() + 1, "{text}");
        }
    }

    #[test]
    fn what_is_no_json_stays() {
        for text in [
            "a: x // y\n",
            "{a: docker://x}\n",
            "{\"a\": \"b\"}",
            "{{- /* a comment of Helm */ -}}\na: b\n",
            "// a comment of Go\npackage x\n",
            "{",
            "/",
        ] {
            assert!(matches!(commented(text), Cow::Borrowed(_)), "{text}");
        }
    }
}
