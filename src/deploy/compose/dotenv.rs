//! Environment files (compose-go `dotenv/parser.go`).

use std::rc::Rc;

use super::interpolation::{Scope, fill};
use crate::parse::split_before;

/// One variable of an environment file; the value is `None` where it is that of the environment and
/// is not set there.
pub(super) type Variable = (String, Option<String>);

/// The variables of a file in their order. Lines that compose refuses are left out; a quote that is
/// not closed ends it. A value may name variables of the lines before it; the environment has the
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
        let (line, next) = split_before(rest, |c| c == '\n');
        if line.starts_with('#') {
            rest = next;
            continue;
        }
        let body = line
            .strip_prefix("export")
            .filter(|l| l.starts_with([' ', '\t']))
            .map_or(line, str::trim_start);
        let Some((name, value)) = body.split_once(['=', ':']) else {
            let name = body.trim();
            if is_name(name) {
                variables.push((name.to_owned(), scope.get(name)));
            }
            rest = next;
            continue;
        };
        let name = name.trim();
        // A value in quotes may go on in the lines after it.
        let onwards = rest.get(line.len() - value.len()..).unwrap_or(value);
        let mut onwards = onwards.trim_start_matches([' ', '\t', '\r']).chars();
        let scope = Scope { own: &own, ..scope };
        let (value, after) = match onwards.next() {
            Some(quote @ ('"' | '\'')) => match quoted(onwards.as_str(), quote) {
                Some((value, after)) if quote == '"' => (expanded(&escapes(&value), scope), after),
                Some((value, after)) => (Some(value), after),
                None => return variables,
            },
            _ => {
                let value = value.split_once(" #").map_or(value, |(value, _)| value).trim();
                (expanded(value, scope), next)
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
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            _ if c == quote && !escaped => return Some((value, chars.as_str())),
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
