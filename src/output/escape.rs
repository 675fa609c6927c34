//! What a host says may hold control characters; none of them reaches the terminal, or a page.

use std::borrow::Cow;
use std::fmt::Write;
use std::str::Utf8Error;

/// Whether a character can move the cursor, change colours, reorder text or hide in it: the control
/// characters (C0, DEL, C1), the line and paragraph separators, the bidirectional controls (Unicode
/// Standard Annex 9, section 2), and what has no width.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{3164}')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(c, '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// A text for one line of a terminal, with what is unsafe spelled out, as `\x1b` or `\u202e`.
#[must_use]
pub(crate) fn text(text: &str) -> Cow<'_, str> {
    // Nearly every text is this plain, and told sooner byte by byte.
    let plain = text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if plain || !text.contains(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        let _ = match c {
            '\n' => out.write_str("\\n"),
            '\t' => out.write_str("\\t"),
            '\r' => out.write_str("\\r"),
            c if is_unsafe(c) && c <= '\u{ff}' => write!(out, "\\x{:02x}", u32::from(c)),
            c if is_unsafe(c) => write!(out, "\\u{:04x}", u32::from(c)),
            c => out.write_char(c),
        };
    }
    Cow::Owned(out)
}

/// Lines between the tags or the quotes of XML or HTML. What no XML may hold, escaped or not, is
/// spelled out: control characters and the two that are none (XML 1.0, production 2).
#[must_use]
pub(crate) fn markup(lines: &str) -> String {
    let mut out = String::with_capacity(lines.len());
    for (at, line) in lines.split('\n').enumerate() {
        out.push_str(if at > 0 { "\n" } else { "" });
        for c in text(line).chars() {
            match c {
                '&' => out.push_str("&amp;"),
                '<' => out.push_str("&lt;"),
                // `]]>` is no text.
                '>' => out.push_str("&gt;"),
                '"' => out.push_str("&quot;"),
                '\u{fffe}' => out.push_str("\\ufffe"),
                '\u{ffff}' => out.push_str("\\uffff"),
                c => out.push(c),
            }
        }
    }
    out
}

/// A JSON text. What is unsafe beyond ASCII can only stand within its strings, where `\uXXXX` means
/// the same.
///
/// # Errors
/// When it is no UTF-8.
pub(crate) fn json(bytes: &[u8]) -> Result<Cow<'_, [u8]>, Utf8Error> {
    if bytes.is_ascii() && memchr::memchr(0x7f, bytes).is_none() {
        return Ok(Cow::Borrowed(bytes));
    }
    let must = |c: char| c >= '\u{7f}' && is_unsafe(c);
    let text = str::from_utf8(bytes)?;
    if !text.contains(must) {
        return Ok(Cow::Borrowed(bytes));
    }
    let mut out = String::with_capacity(text.len() + 64);
    for c in text.chars() {
        if must(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    Ok(Cow::Owned(out.into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsafe_characters_are_spelled_out() {
        assert_eq!(text("plain äö 字"), "plain äö 字");
        assert_eq!(text("a\x1b[31mb\nc\u{9b}d\u{202e}e\x7f"), "a\\x1b[31mb\\nc\\x9bd\\u202ee\\x7f");
    }

    #[test]
    fn markup_ends_no_tag_and_no_attribute() {
        assert_eq!(
            markup("</pre><script>\n\"'&amp;\u{202e}\t\u{ffff}]]>"),
            "&lt;/pre&gt;&lt;script&gt;\n&quot;'&amp;amp;\\u202e\\t\\uffff]]&gt;"
        );
    }

    #[test]
    fn json_keeps_its_meaning() {
        let original = "a\u{9b}\u{202e}\u{200b}\u{e0041}\u{7f}\n\u{1b}字";
        let escaped = json(&serde_json::to_vec(original).unwrap()).unwrap().into_owned();
        let escaped = String::from_utf8(escaped).unwrap();
        assert!(!escaped.contains(is_unsafe), "{escaped:?}");
        assert_eq!(serde_json::from_str::<String>(&escaped).unwrap(), original);
    }
}
