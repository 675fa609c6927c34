//! JSON: two blanks of indent, a newline at the end, nothing that a terminal would obey.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use super::{Checked, Format, Notation, OfFleet, answer, escape};
use crate::report::CheckReport;

/// JSON.
pub(crate) static FORMAT: Format = Format {
    id: "json",
    about: "JSON, version 1; see `isodoc schema`",
    check: Some(|checked, out| write_to(out, &summed(checked))),
    lint: Some(|linted, out| write_to(out, linted.report)),
    answers: Some(Notation::Json),
    fleet: Some(OfFleet {
        head: "",
        host: None,
        keeps: 0,
        whole: |report, _, out| write_to(out, report),
    }),
};

/// A report with its answer in words.
#[derive(Serialize)]
pub(crate) struct Summed<'a> {
    /// The answer in one line.
    pub summary: String,
    #[serde(flatten)]
    report: &'a CheckReport<'a>,
}

/// The report of `check` with its answer.
pub(crate) fn summed<'a>(checked: &Checked<'a>) -> Summed<'a> {
    Summed { summary: answer::summary(checked.report), report: checked.report }
}

/// A value on one line.
#[must_use]
pub(crate) fn line(value: &impl Serialize) -> String {
    text(value, Spacing::one_line())
}

/// A value in lines with indents.
#[must_use]
pub(crate) fn write(value: &impl Serialize) -> String {
    text(value, Spacing::default())
}

fn text(value: &impl Serialize, spacing: Spacing) -> String {
    let mut bytes = vec![];
    // It cannot fail: every key is a string, no part of a report refuses to be written, and there
    // is memory.
    let _ = write_in(&mut bytes, value, spacing);
    String::from_utf8(bytes).unwrap_or_default()
}

/// Writes a value in lines with indents.
///
/// # Errors
/// Those of the writer.
pub(crate) fn write_to(writer: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    write_in(writer, value, Spacing::default())
}

/// Writes a value piece by piece: the text of a report on many containers takes megabytes, and
/// memory takes time.
fn write_in(writer: &mut dyn Write, value: &impl Serialize, spacing: Spacing) -> io::Result<()> {
    let mut pieces = Pieces { writer, bytes: Vec::with_capacity(PIECE) };
    value.serialize(&mut Serializer::with_formatter(&mut pieces, spacing))?;
    pieces.write_all(b"\n")?;
    pieces.flush()
}

/// How much is written at once.
const PIECE: usize = 1 << 16;

/// Collects what is written into pieces in which nothing is left that a terminal would obey. What
/// comes in one call is never part of a character.
struct Pieces<'w> {
    writer: &'w mut dyn Write,
    bytes: Vec<u8>,
}

impl Pieces<'_> {
    #[cold]
    fn pass_on(&mut self) -> io::Result<()> {
        self.writer.write_all(&escape::json(&self.bytes).map_err(io::Error::other)?)?;
        self.bytes.clear();
        Ok(())
    }
}

impl Write for Pieces<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes).map(|()| bytes.len())
    }

    // A report has some five calls a line: the default, a loop around `write`, would be the most of
    // its time.
    #[inline]
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        if bytes.len() > self.bytes.capacity() - self.bytes.len() {
            self.pass_on()?;
        }
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.pass_on()?;
        self.writer.flush()
    }
}

/// The spacing of serde_json's `PrettyFormatter` and `CompactFormatter`. The first writes each
/// level of indent by itself, which for a report of megabytes takes as long as all the rest; and
/// for each formatter there is another copy of the code that writes a report.
#[derive(Default)]
struct Spacing {
    one_line: bool,
    level: usize,
    filled: bool,
}

/// A comma, and the start of a line as deep as reports go; what is deeper is written on.
const LINE: &str = ",\n                                                                ";

impl Spacing {
    fn one_line() -> Self {
        Self { one_line: true, ..Self::default() }
    }

    fn open(&mut self, writer: &mut (impl Write + ?Sized), bracket: &[u8]) -> io::Result<()> {
        self.level += 1;
        self.filled = false;
        writer.write_all(bracket)
    }

    fn close(&mut self, writer: &mut (impl Write + ?Sized), bracket: &[u8]) -> io::Result<()> {
        self.level -= 1;
        if self.filled {
            self.line(writer, false)?;
        }
        self.filled = true;
        writer.write_all(bracket)
    }

    /// Begins a line, with a comma or without.
    fn line(&self, writer: &mut (impl Write + ?Sized), comma: bool) -> io::Result<()> {
        if self.one_line {
            return if comma { writer.write_all(b",") } else { Ok(()) };
        }
        let (start, indent) = (usize::from(!comma), 2 * self.level);
        match LINE.as_bytes().get(start..2 + indent) {
            Some(line) => writer.write_all(line),
            None => {
                let start = if comma { ",\n" } else { "\n" };
                writer.write_all(format!("{start}{:indent$}", "").as_bytes())
            }
        }
    }
}

impl Formatter for Spacing {
    fn begin_array<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.open(writer, b"[")
    }

    fn end_array<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.close(writer, b"]")
    }

    fn begin_array_value<W: Write + ?Sized>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.line(writer, !first)
    }

    fn end_array_value<W: Write + ?Sized>(&mut self, _: &mut W) -> io::Result<()> {
        self.filled = true;
        Ok(())
    }

    fn begin_object<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.open(writer, b"{")
    }

    fn end_object<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.close(writer, b"}")
    }

    fn begin_object_key<W: Write + ?Sized>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.line(writer, !first)
    }

    fn begin_object_value<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        let colon = if self.one_line { ":" } else { ": " };
        writer.write_all(colon.as_bytes())
    }

    fn end_object_value<W: Write + ?Sized>(&mut self, _: &mut W) -> io::Result<()> {
        self.filled = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_serde_json_lays_it_out() {
        let mut deep = serde_json::json!({"end": null});
        for level in 0..40 {
            deep = serde_json::json!({"level": level, "empty": [], "none": {}, "list": [1, "a\"b", true], "deep": [deep]});
        }
        let long: Vec<String> = (0..9000).map(|n| format!("é{n}\u{202e}字")).collect();
        assert_eq!(
            write(&long),
            String::from_utf8_lossy(
                &escape::json((serde_json::to_string_pretty(&long).unwrap() + "\n").as_bytes())
                    .unwrap()
            ),
            "in more than one piece"
        );
        for value in [serde_json::json!([]), serde_json::json!({}), serde_json::json!("text"), deep]
        {
            assert_eq!(write(&value), serde_json::to_string_pretty(&value).unwrap() + "\n");
            assert_eq!(line(&value), serde_json::to_string(&value).unwrap() + "\n");
        }
    }
}
