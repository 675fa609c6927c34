//! Words of the shell as they are written: quotes, escapes and substitutions (POSIX "Shell Command
//! Language" 2.2 and 2.6, bash(1) "QUOTING").

use super::script::Script;
use super::shell::{Unclosed, Until, Walker};
use super::word::{Piece, Word};

/// Where a run of plain text in a word ends.
const SPECIAL: &[u8] = b" \t\r\n;&|()<>\\'\"`$";

impl Walker<'_> {
    /// Puts in what somebody else fills in before the shell sees it; the byte after it.
    fn hole(&self, word: &mut Word, at: usize, length: usize, quoted: bool) -> usize {
        let raw = self.slice(at..at + length).to_owned();
        // What a document leaves to be filled in is one word; what a program puts in is any number.
        word.pieces.push(if raw.starts_with('<') {
            Piece::Other { quoted: true, raw }
        } else {
            Piece::Variable { name: raw.clone(), default: None, quoted, raw }
        });
        at + length
    }

    /// The byte at which plain text ends that begins here: before a hole, and before any of these.
    fn plain(&self, at: usize, end: usize, special: &[u8]) -> usize {
        let end = self.next_hole(at, end);
        let rest = self.slice(at..end).as_bytes();
        rest.iter().position(|b| special.contains(b)).map_or(end, |length| at + length)
    }

    /// A word, and the byte after it.
    ///
    /// # Errors
    /// When a quote or substitution in it is never closed.
    pub(crate) fn word(&mut self, from: usize, end: usize) -> Result<(Word, usize), Unclosed> {
        let mut word = Word::default();
        let mut at = from;
        let mut quoted = false;
        while let Some(byte) = self.byte(at, end) {
            if let Some(length) = self.hole_at(at, end) {
                at = self.hole(&mut word, at, length, false);
                continue;
            }
            match byte {
                b'<' | b'>' if at == from && self.byte(at + 1, end) == Some(b'(') => {
                    let begin = at;
                    at = self
                        .deeper(at, |walker| walker.list(begin + 2, end, Until::Parenthesis))
                        .map_err(|fault| refer(fault, begin, 2))?;
                    word.pieces
                        .push(Piece::Other { quoted: true, raw: self.slice(begin..at).to_owned() });
                }
                b' ' | b'\t' | b'\r' | b'\n' | b';' | b'&' | b'|' | b'(' | b')' | b'<' | b'>' => {
                    break;
                }
                b'\\' => {
                    let continuation = self.continuation(at, end);
                    if continuation > 0 {
                        at += continuation;
                        continue;
                    }
                    let next = self.slice(at + 1..end).chars().next();
                    let escaped = next.map_or(0, char::len_utf8);
                    word.push(if escaped == 0 {
                        "\\"
                    } else {
                        self.slice(at + 1..at + 1 + escaped)
                    });
                    at += 1 + escaped;
                }
                b'\'' => {
                    quoted = true;
                    at = self.single(&mut word, at, end)?;
                }
                b'"' => {
                    quoted = true;
                    at = self.double(&mut word, at, end)?;
                }
                b'`' => at = self.backticks(&mut word, at, end, false)?,
                b'$' => at = self.dollar(&mut word, at, end, false)?,
                _ => {
                    let after = self.plain(at, end, SPECIAL);
                    word.push(self.slice(at..after));
                    at = after;
                }
            }
        }
        if at == from {
            // Never stand still.
            at = (from + 1).min(end);
        }
        word.range = from..at;
        if quoted && word.pieces.is_empty() {
            word.pieces.push(Piece::Text(String::new()));
        }
        Ok((word, at))
    }

    /// A string in `'`, and the byte after it.
    fn single(&self, word: &mut Word, from: usize, end: usize) -> Result<usize, Unclosed> {
        let mut at = from + 1;
        let close = match memchr::memchr(b'\'', self.slice(at..end).as_bytes()) {
            Some(length) => at + length,
            None => self.unclosed(from, end, "this quote is never closed")?,
        };
        while at < close {
            match self.hole_at(at, close) {
                Some(length) => at = self.hole(word, at, length, true),
                None => {
                    let after = self.next_hole(at, close);
                    word.push(self.slice(at..after));
                    at = after;
                }
            }
        }
        Ok((close + 1).min(end))
    }

    /// A string in `"`, and the byte after it.
    fn double(&mut self, word: &mut Word, from: usize, end: usize) -> Result<usize, Unclosed> {
        let mut at = from + 1;
        loop {
            if let Some(length) = self.hole_at(at, end) {
                at = self.hole(word, at, length, true);
                continue;
            }
            match self.byte(at, end) {
                None => return self.unclosed(from, end, "this quote is never closed"),
                Some(b'"') => return Ok(at + 1),
                Some(b'\\') => {
                    let continuation = self.continuation(at, end);
                    if continuation > 0 {
                        at += continuation;
                        continue;
                    }
                    match self.byte(at + 1, end) {
                        Some(b'$' | b'`' | b'"' | b'\\') => word.push(self.slice(at + 1..at + 2)),
                        Some(_) => {
                            // The backslash stays.
                            word.push("\\");
                            at += 1;
                            continue;
                        }
                        None => {}
                    }
                    at += 2;
                }
                Some(b'`') => at = self.backticks(word, at, end, true)?,
                Some(b'$') => at = self.dollar(word, at, end, true)?,
                Some(_) => {
                    let after = self.plain(at, end, b"\"\\`$");
                    word.push(self.slice(at..after));
                    at = after;
                }
            }
        }
    }

    /// A substitution in backticks, and the byte after it.
    fn backticks(
        &mut self,
        word: &mut Word,
        from: usize,
        end: usize,
        quoted: bool,
    ) -> Result<usize, Unclosed> {
        let bytes = self.text().as_bytes();
        let mut at = from + 1;
        loop {
            match self.byte(at, end) {
                None => {
                    self.unclosed(from, end, "this backtick is never closed")?;
                    at = end;
                    break;
                }
                Some(b'`') => break,
                Some(b'\\') => at += 2,
                Some(_) => {
                    let rest = bytes.get(at..end).unwrap_or(&[]);
                    at += memchr::memchr2(b'`', b'\\', rest).unwrap_or(rest.len());
                }
            }
        }
        self.deeper(from, |walker| walker.list(from + 1, at, Until::End)).map(|_| ())?;
        let after = (at + 1).min(end);
        let inner = self.slice(from + 1..at).trim();
        if !inner.starts_with('#') || inner.contains('\n') {
            word.pieces.push(Piece::Other { quoted, raw: self.slice(from..after).to_owned() });
        }
        Ok(after)
    }

    /// At a `$`; the byte after what it begins.
    fn dollar(
        &mut self,
        word: &mut Word,
        from: usize,
        end: usize,
        quoted: bool,
    ) -> Result<usize, Unclosed> {
        match self.byte(from + 1, end) {
            Some(b'(') => {
                let at = match self.byte(from + 2, end) {
                    Some(b'(') => self.arithmetic(from + 1, end),
                    _ => None,
                };
                let at = match at {
                    Some(at) => at,
                    None => self
                        .deeper(from, |walker| walker.list(from + 2, end, Until::Parenthesis))
                        .map_err(|fault| refer(fault, from, 2))?,
                };
                word.pieces.push(Piece::Other { quoted, raw: self.slice(from..at).to_owned() });
                Ok(at)
            }
            Some(b'{') => self.deeper(from, |walker| walker.braces(word, from, end, quoted)),
            Some(b'\'') if !quoted => self.ansi(word, from, end),
            Some(b'"') if !quoted => Ok(from + 1),
            Some(byte) if byte.is_ascii_alphabetic() || byte == b'_' => {
                let rest = self.slice(from + 1..end).as_bytes();
                let length = rest
                    .iter()
                    .position(|b| !(b.is_ascii_alphanumeric() || *b == b'_'))
                    .unwrap_or(rest.len());
                let at = from + 1 + length;
                let (name, raw) =
                    (self.slice(from + 1..at).to_owned(), self.slice(from..at).to_owned());
                word.pieces.push(Piece::Variable { name, default: None, quoted, raw });
                Ok(at)
            }
            Some(byte @ (b'@' | b'*')) => {
                let raw = self.slice(from..from + 2).to_owned();
                word.pieces.push(if byte == b'*' && quoted {
                    Piece::Other { quoted, raw }
                } else {
                    Piece::Many { name: "@".into(), raw }
                });
                Ok(from + 2)
            }
            Some(byte)
                if byte.is_ascii_digit() || matches!(byte, b'#' | b'?' | b'$' | b'!' | b'-') =>
            {
                let (name, raw) = (
                    self.slice(from + 1..from + 2).to_owned(),
                    self.slice(from..from + 2).to_owned(),
                );
                word.pieces.push(Piece::Variable { name, default: None, quoted, raw });
                Ok(from + 2)
            }
            _ => {
                word.push("$");
                Ok(from + 1)
            }
        }
    }

    /// `$'...'` with its escapes; of those only the usual ones are undone.
    fn ansi(&mut self, word: &mut Word, from: usize, end: usize) -> Result<usize, Unclosed> {
        let mut chars = self.slice(from + 2..end).char_indices();
        let mut text = String::new();
        while let Some((at, c)) = chars.next() {
            match c {
                '\'' => {
                    word.push(&text);
                    return Ok(from + 2 + at + 1);
                }
                '\\' => match chars.next() {
                    Some((_, 'n')) => text.push('\n'),
                    Some((_, 't')) => text.push('\t'),
                    Some((_, c @ ('\'' | '"' | '\\'))) => text.push(c),
                    Some((_, c)) => text.extend(['\\', c]),
                    None => {}
                },
                c => text.push(c),
            }
        }
        Err(Unclosed { at: from + 1, what: "this quote is never closed" })
    }

    /// `${...}`, and the byte after it.
    fn braces(
        &mut self,
        word: &mut Word,
        from: usize,
        end: usize,
        quoted: bool,
    ) -> Result<usize, Unclosed> {
        let mut at = from + 2;
        let mut ignored = Word::default();
        loop {
            match self.byte(at, end) {
                None => return Err(Unclosed { at: from, what: "this brace is never closed" }),
                Some(b'}') => break,
                Some(b'\\') => at += 2,
                Some(b'\'') if !quoted => {
                    let close = memchr::memchr(b'\'', self.slice(at + 1..end).as_bytes());
                    at = close.ok_or(Unclosed { at, what: "this quote is never closed" })? + at + 2;
                }
                Some(b'"') => {
                    at = self.deeper(at, |walker| walker.double(&mut ignored, at, end))?
                }
                Some(b'`') => at = self.backticks(&mut ignored, at, end, quoted)?,
                Some(b'$') => at = self.dollar(&mut ignored, at, end, quoted)?,
                Some(_) => at += 1,
            }
        }
        let raw = self.slice(from..at + 1).to_owned();
        let inside = self.slice(from + 2..at);
        let length = inside.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
        let (name, rest) =
            (inside.get(..length).unwrap_or("").to_owned(), inside.get(length..).unwrap_or(""));
        let default = rest.strip_prefix(":-").or_else(|| rest.strip_prefix('-'));
        // `"${X:-"docker"}"`
        let default = default.map(|text| {
            let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
            inner.unwrap_or(text)
        });
        let plain = |text: &&str| !text.contains(['$', '`', '"', '\'', '\\']);
        word.pieces.push(match rest {
            "" if !name.is_empty() => Piece::Variable { name, default: None, quoted, raw },
            "[@]" | "[*]" if !name.is_empty() => Piece::Many { name, raw },
            "@" | "*" if name.is_empty() => Piece::Many { name: "@".into(), raw },
            _ => match default.filter(plain) {
                // Such a variable may be set outside: never sure, but the default tells what is
                // meant.
                Some(default) => Piece::Variable {
                    name: format!("{name}:-"),
                    default: Some(default.to_owned()),
                    quoted,
                    raw,
                },
                // `${args[@]+"${args[@]}"}`
                None if rest.starts_with("[@]") || rest.starts_with("[*]") => {
                    Piece::Many { name: format!("{name}+"), raw }
                }
                None => Piece::Other { quoted, raw },
            },
        });
        Ok(at + 1)
    }
}

/// A substitution that is never closed begins at its `$(`, not behind it.
fn refer(fault: Unclosed, begin: usize, length: usize) -> Unclosed {
    if fault.at == begin + length { Unclosed { at: begin, ..fault } } else { fault }
}

/// A word of a script with its quotes undone, as another shell gets it to run. What is left to be
/// filled in, by a variable or by somebody else, stays as it is.
pub(super) fn unquoted(script: &Script, words: &[&Word]) -> Script {
    let mut result = Script::default();
    for word in words {
        if !result.extract.text.is_empty() {
            result.extract.push(" ", word.range.start);
        }
        let mut at = word.range.start;
        let mut quote = None;
        let text = script.extract.text.get(..word.range.end).unwrap_or("");
        while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
            let mut length = c.len_utf8();
            if let Some(hole) = script.hole_at(at, word.range.end) {
                let begin = result.extract.text.len();
                result.holes.push(begin..begin + hole);
                length = hole;
            } else {
                let next = text.get(at + 1..).and_then(|rest| rest.chars().next());
                match (quote, c) {
                    (None, '\'' | '"') => {
                        (quote, at) = (Some(c), at + 1);
                        continue;
                    }
                    (Some(open), _) if c == open => {
                        (quote, at) = (None, at + 1);
                        continue;
                    }
                    (None, '\\') | (Some('"'), '\\')
                        if quote.is_none()
                            || matches!(next, Some('$' | '`' | '"' | '\\' | '\n')) =>
                    {
                        at += 1;
                        length = next.map_or(0, char::len_utf8);
                        if next == Some('\n') {
                            at += 1;
                            continue;
                        }
                    }
                    _ => {}
                }
            }
            result.extract.push(text.get(at..at + length).unwrap_or(""), at);
            at += length;
        }
    }
    result
}
