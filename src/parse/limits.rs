//! `/proc/PID/limits` (proc_pid_limits(5)).

use std::collections::BTreeMap;

use super::ParseError;

/// The soft limit on the line that begins with `name`; `None` inside is unlimited.
///
/// # Errors
/// When the line is missing or its value is no number.
pub(crate) fn soft(bytes: &[u8], name: &str) -> Result<Option<u64>, ParseError> {
    let text = super::text(bytes);
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .ok_or_else(|| ParseError::new(format!("no line `{name}`")))?;
    match line.split_whitespace().next() {
        Some("unlimited") => Ok(None),
        Some(word) => {
            word.parse().map(Some).map_err(|_| ParseError::new(format!("`{name}` is no number")))
        }
        None => Err(ParseError::new(format!("`{name}` has no value"))),
    }
}

/// The hard limits, by their names; what is unlimited is left out.
///
/// # Errors
/// When not one line is a limit.
pub(crate) fn hard(bytes: &[u8]) -> Result<BTreeMap<String, u64>, ParseError> {
    let text = super::text(bytes);
    let mut limits = text.lines().filter(|line| line.starts_with("Max ")).peekable();
    limits.peek().ok_or_else(|| ParseError::new("not one line is a limit".to_owned()))?;
    let read = |line: &str| {
        // The names have single spaces in them, and end where there are two.
        let (name, rest) = line.split_once("  ")?;
        Some((name.to_owned(), rest.split_whitespace().nth(1)?.parse().ok()?))
    };
    Ok(limits.filter_map(read).collect())
}

/// A limit as getrlimit(2) is reported by a source: a number or `unlimited`.
///
/// # Errors
/// When it is neither.
pub(crate) fn value(text: &str) -> Result<Option<u64>, ParseError> {
    match text.trim() {
        "unlimited" => Ok(None),
        word => word.parse().map(Some).map_err(|_| "neither a number nor `unlimited`".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn soft_limits() {
        let file = b"Limit  Soft Limit  Hard Limit  Units\nMax processes             \
            7823                 9000                 processes\nMax file locks            \
            unlimited            unlimited            locks\n";
        assert_eq!(soft(file, "Max processes").unwrap(), Some(7823));
        assert_eq!(soft(file, "Max file locks").unwrap(), None);
        assert!(soft(file, "Max cats").is_err());
        assert_eq!(hard(file).unwrap(), [("Max processes".to_owned(), 9000)].into());
        assert!(hard(b"nothing").is_err());
        assert!(soft(b"Max processes x", "Max processes").is_err());
        assert!(soft(b"Max processes", "Max processes").is_err());
        assert_eq!(value("unlimited").unwrap(), None);
        assert!(value("lots").is_err());
    }
}
