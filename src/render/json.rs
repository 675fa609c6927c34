//! JSON: two blanks of indent, a newline at the end, nothing that a terminal would obey.

use serde::Serialize;

use super::escape;

/// Writes a value.
#[must_use]
pub fn write(value: &impl Serialize) -> String {
    // It cannot fail: every key is a string, and no part of a report refuses to be written.
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    escape::json(text)
}
