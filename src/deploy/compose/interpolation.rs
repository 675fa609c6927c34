//! `$VAR` and `${VAR...}` in the values of a compose file (compose-go `template/template.go`).

use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;

use crate::deploy::read::Surroundings;
use crate::parse::{ParseError, split_before};

/// How deep defaults may be nested: `${A:-${B:-...}}`.
const MOST_DEPTH: usize = 32;
/// The longest result: a default that names a long variable many times must not grow without bound.
const MOST_BYTES: usize = 1 << 20;

/// The variables that files of one project see besides those of the surroundings, which come first.
pub(super) type ProjectVariables = Option<Rc<HashMap<String, String>>>;

/// Where variables have their values from.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    /// The environment in which the file is deployed.
    pub surroundings: &'a dyn Surroundings,
    /// The environment files of an included project.
    pub own: &'a ProjectVariables,
}

impl Scope<'_> {
    /// The value of a variable.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        self.surroundings.variable(name).or_else(|| {
            let value = self.own.as_ref()?.get(name)?;
            self.surroundings.conceal(name, value);
            Some(value.clone())
        })
    }
}

/// A value with its variables replaced.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Filled<'t> {
    /// The value; compose takes an unset variable for empty.
    pub text: Cow<'t, str>,
    /// The first variable that has no value and no default.
    pub unset: Option<String>,
}

/// Replaces the variables of a value.
///
/// # Errors
/// When `${` does not begin what compose understands; the text says what.
pub(super) fn fill<'t>(text: &'t str, scope: Scope<'_>) -> Result<Filled<'t>, ParseError> {
    if !text.contains('$') {
        return Ok(Filled { text: Cow::Borrowed(text), unset: None });
    }
    let mut filler = Filler { scope, result: String::with_capacity(text.len()), unset: None };
    filler.fill(text, 0)?;
    Ok(Filled { text: Cow::Owned(filler.result), unset: filler.unset })
}

/// The names of the variables of a value, in order, those in defaults left out.
pub(super) fn names(text: &str) -> Vec<&str> {
    let mut names = vec![];
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('$') {
        if let Some(after) = after.strip_prefix('$') {
            rest = after;
            continue;
        }
        let (name, after) = match after.strip_prefix('{') {
            Some(inner) => (split_name(inner).0, split_braces(inner).map(|(_, after)| after)),
            None => {
                let (name, after) = split_name(after);
                (name, Some(after))
            }
        };
        if !name.is_empty() {
            names.push(name);
        }
        let Some(after) = after else { break };
        rest = after;
    }
    names
}

struct Filler<'a> {
    scope: Scope<'a>,
    result: String,
    unset: Option<String>,
}

impl Filler<'_> {
    fn fill(&mut self, text: &str, depth: usize) -> Result<(), ParseError> {
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            self.push(before)?;
            if let Some(after) = after.strip_prefix('$') {
                self.push("$")?;
                rest = after;
            } else if let Some(inner) = after.strip_prefix('{') {
                let (inner, after) = split_braces(inner)
                    .ok_or("`${` is not closed; write `$$` for a dollar sign")?;
                self.braced(inner, depth)?;
                rest = after;
            } else {
                let (name, after) = split_name(after);
                if name.is_empty() {
                    // `$(`, `$1`: compose leaves them alone.
                    self.push("$")?;
                } else {
                    let value = self.scope.get(name);
                    self.value(name, value)?;
                }
                rest = after;
            }
        }
        self.push(rest)
    }

    /// What stands between `${` and `}`.
    fn braced(&mut self, inner: &str, depth: usize) -> Result<(), ParseError> {
        let invalid = || {
            ParseError::from("`${` is followed by no variable's name; write `$$` for a dollar sign")
        };
        let (name, operator) = split_name(inner);
        if name.is_empty() {
            return Err(invalid());
        }
        let value = self.scope.get(name);
        if operator.is_empty() {
            return self.value(name, value);
        }
        let (not_empty, operator) =
            operator.strip_prefix(':').map_or((false, operator), |rest| (true, rest));
        let given = value.is_set(not_empty);
        let word = operator.get(1..).unwrap_or("");
        if depth >= MOST_DEPTH {
            return Err(ParseError::new(format!(
                "variables are nested more than {MOST_DEPTH} levels deep"
            )));
        }
        match operator.as_bytes().first() {
            Some(b'-') if !given => self.fill(word, depth + 1),
            Some(b'+') if given => self.fill(word, depth + 1),
            Some(b'?') if !given => self.value(name, None),
            Some(b'-' | b'?') => self.value(name, value),
            Some(b'+') => self.push(&value.unwrap_or_default()),
            _ => Err(invalid()),
        }
    }

    fn value(&mut self, name: &str, value: Option<String>) -> Result<(), ParseError> {
        match value {
            Some(value) => self.push(&value),
            None => {
                self.unset.get_or_insert_with(|| name.to_owned());
                Ok(())
            }
        }
    }

    fn push(&mut self, text: &str) -> Result<(), ParseError> {
        // The text itself is bounded by the size of its file.
        if self.result.len().saturating_add(text.len()) > MOST_BYTES.max(self.result.capacity()) {
            return Err("it grows too long once its variables are replaced".into());
        }
        self.result.push_str(text);
        Ok(())
    }
}

/// Whether a variable counts as given.
trait Given {
    fn is_set(&self, not_empty: bool) -> bool;
}

impl Given for Option<String> {
    fn is_set(&self, not_empty: bool) -> bool {
        self.as_ref().is_some_and(|value| !not_empty || !value.is_empty())
    }
}

/// The name of a variable at the beginning of a text, empty where there is none, and what follows.
fn split_name(text: &str) -> (&str, &str) {
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return ("", text);
    }
    split_before(text, |c| c != '_' && !c.is_ascii_alphanumeric())
}

/// What stands before and after the `}` that closes the `{` in front of a text; braces are counted.
fn split_braces(text: &str) -> Option<(&str, &str)> {
    let mut open = 1_usize;
    let (inner, after) = split_before(text, |c| {
        match c {
            '{' => open += 1,
            '}' => open -= 1,
            _ => {}
        }
        open == 0
    });
    Some((inner, after.strip_prefix('}')?))
}

#[cfg(test)]
mod tests {
    use super::super::tests::Files;
    use super::*;

    fn vars() -> Files {
        Files::with_variables(&[("SET", "value"), ("EMPTY", ""), ("LONG", &"x".repeat(1000))])
    }

    fn filled(text: &str) -> (String, Option<String>) {
        let filled = fill(text, Scope { surroundings: &vars(), own: &None }).unwrap();
        (filled.text.into_owned(), filled.unset)
    }

    /// The table of the compose specification (12-interpolation.md) and of compose-go's
    /// `template_test.go`.
    #[test]
    fn as_compose_does() {
        let table = [
            ("plain", "plain"),
            ("$SET/${SET}", "value/value"),
            ("${SET:-other}${SET-other}", "valuevalue"),
            ("${EMPTY:-other}|${EMPTY-other}|", "other||"),
            ("${NONE:-other}|${NONE-other}", "other|other"),
            ("${NONE:-}|${NONE-}", "|"),
            (
                "${SET:+alt}|${SET+alt}|${EMPTY:+alt}|${EMPTY+alt}|${NONE:+alt}|${NONE+alt}",
                "alt|alt||alt||",
            ),
            ("${SET:?needed}|${EMPTY?needed}", "value|"),
            ("$$SET $${SET} $$", "$SET ${SET} $"),
            ("${NONE:-${EMPTY:-${SET}}}", "value"),
            ("${NONE:-a{b}c}d", "a{b}cd"),
            ("${NONE:-http://x?y=1-2+3}", "http://x?y=1-2+3"),
            ("$(date) $1 $", "$(date) $1 $"),
            ("$SETé", "valueé"),
        ];
        for (text, expected) in table {
            assert_eq!(filled(text), (expected.to_owned(), None), "{text}");
        }
    }

    #[test]
    fn variables_without_a_value_are_named() {
        assert_eq!(filled("a$NONE:${OTHER}"), ("a:".into(), Some("NONE".into())));
        assert_eq!(filled("${NONE:?why}"), (String::new(), Some("NONE".into())));
        assert_eq!(filled("${EMPTY:?why}").1, Some("EMPTY".into()));
        assert_eq!(filled("${NONE:-$OTHER}").1, Some("OTHER".into()));
    }

    #[test]
    fn what_compose_refuses_is_refused() {
        let error = |text: &str| {
            fill(text, Scope { surroundings: &vars(), own: &None }).unwrap_err().to_string()
        };
        for text in ["${", "${}", "${SET", "${ SET}", "${1}", "${SET!x}", "${SET:x}"] {
            assert!(error(text).contains("${"), "{text}");
        }
        assert!(error(&format!("{}x{}", "${N:-".repeat(200), "}".repeat(200))).contains("nested"));
        assert!(error(&"$LONG".repeat(2000)).contains("too long"));
    }

    #[test]
    fn names_of_variables() {
        assert_eq!(names("$GID:${UID:-$X}:$$Y"), ["GID", "UID"]);
        assert!(names("$ ${ $1 {").is_empty());
    }
}
