//! Environment files (compose-go `dotenv/parser.go`).

use std::rc::Rc;

use super::interpolation::{Scope, fill};

/// One variable of an environment file; the value is `None` where it is that of whoever deploys and
/// is not set there.
pub(super) type Variable = (String, Option<String>);

/// The variables of a file in their order. Lines that compose refuses are left out; a quote that is
/// not closed ends it. A value may name variables of the lines before it; whoever deploys has the
/// last word on them.
pub(super) fn read(text: &str, scope: Scope<'_>) -> Vec<Variable> {
    let mut variables: Vec<Variable> = vec![];
    let mut own = scope.own.clone();
    let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text);
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            return variables;
        }
        let line_end = rest.find('\n').unwrap_or(rest.len());
        if rest.starts_with('#') {
            rest = &rest[line_end..];
            continue;
        }
        let line = &rest[..line_end];
        let body = line
            .strip_prefix("export")
            .filter(|l| l.starts_with([' ', '\t']))
            .map_or(line, str::trim_start);
        let skipped = line.len() - body.len();
        let Some(separator) = body.find(['=', ':']) else {
            let name = body.trim();
            if is_name(name) {
                variables.push((name.to_owned(), scope.get(name)));
            }
            rest = &rest[line_end..];
            continue;
        };
        let name = body[..separator].trim();
        let value_at = skipped + separator + 1;
        let value = rest[value_at..].trim_start_matches([' ', '\t', '\r']);
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
        let scope = Scope { own: &own, ..scope };
        let (value, after) = match quote {
            Some(quote) => match quoted(&value[1..], quote) {
                Some((value, after)) if quote == '"' => (expanded(&escapes(&value), scope), after),
                Some((value, after)) => (Some(value), after),
                None => return variables,
            },
            None => {
                let line = &rest[value_at..line_end];
                let value = line.split(" #").next().unwrap_or(line).trim();
                (expanded(value, scope), &rest[line_end..])
            }
        };
        if is_name(name) {
            if let Some(value) = &value {
                Rc::make_mut(own.get_or_insert_default()).insert(name.to_owned(), value.clone());
            }
            variables.push((name.to_owned(), value));
        }
        rest = after;
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '[' | ']'))
}

/// The value with its variables; `None` where one of them is not set.
fn expanded(value: &str, scope: Scope<'_>) -> Option<String> {
    fill(value, scope)
        .ok()
        .filter(|filled| filled.unset.is_none())
        .map(|filled| filled.text.into_owned())
}

/// What stands before the closing quote, and what follows it.
fn quoted(text: &str, quote: char) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if c == quote && !escaped => return Some((value, &text[at + 1..])),
            '\\' if !escaped => {
                escaped = true;
                continue;
            }
            _ if escaped && c != quote => value.extend(['\\', c]),
            _ => value.push(c),
        }
        escaped = false;
    }
    None
}

/// The escape sequences of a value in double quotes.
fn escapes(value: &str) -> String {
    let mut result = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            result.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => result.push('\n'),
            Some('r') => result.push('\r'),
            Some('t') => result.push('\t'),
            Some('\\') => result.push('\\'),
            Some('$') => result.push_str("$$"),
            Some(other) => result.extend(['\\', other]),
            None => result.push('\\'),
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::super::tests::Files;
    use super::*;

    #[test]
    fn forms_of_lines() {
        let text = "# comment\nA=1\nexport B = two # note\r\nC='$SET # \
            kept'\nD=\"$SET\\n${NONE:-x}\"\nE: yaml\nSET\nF=\nG=$NONE\n\
                    H=\"two\nlines\"\nbad line\nJ=a#b\nK=\"\\$SET\"\nM=$A$B\nA=2\nI='open\nL=1";
        let vars = Files::with_variables(&[("SET", "value")]);
        let read = read(text, Scope { surroundings: &vars, own: &None });
        let expected = [
            ("A", Some("1")),
            ("B", Some("two")),
            ("C", Some("$SET # kept")),
            ("D", Some("value\nx")),
            ("E", Some("yaml")),
            ("SET", Some("value")),
            ("F", Some("")),
            ("G", None),
            ("H", Some("two\nlines")),
            ("J", Some("a#b")),
            ("K", Some("$SET")),
            // Lines before it (compose-go dotenv/parser.go, expandVariables).
            ("M", Some("1two")),
            ("A", Some("2")),
        ];
        let expected: Vec<Variable> =
            expected.iter().map(|(k, v)| ((*k).to_owned(), v.map(str::to_owned))).collect();
        assert_eq!(read, expected);
    }
}
