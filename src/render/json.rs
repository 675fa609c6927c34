//! JSON: two blanks of indent, a newline at the end, nothing that a terminal would obey.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use super::escape;

/// Writes a value.
#[must_use]
pub fn write(value: &impl Serialize) -> String {
    let mut bytes = vec![];
    // It cannot fail: every key is a string, and no part of a report refuses to be written.
    let _ = value.serialize(&mut Serializer::with_formatter(&mut bytes, Indented::default()));
    bytes.push(b'\n');
    escape::json(String::from_utf8(bytes).unwrap_or_default())
}

/// The layout of serde_json's `PrettyFormatter`. That one writes each level of indent by itself, which for a report of
/// megabytes takes as long as all the rest.
#[derive(Default)]
struct Indented {
    level: usize,
    filled: bool,
}

/// The start of a line as deep as reports go; what is deeper is written on.
const LINE: &str = "\n                                                                ";

impl Indented {
    fn open(&mut self, writer: &mut (impl Write + ?Sized), bracket: &[u8]) -> io::Result<()> {
        self.level += 1;
        self.filled = false;
        writer.write_all(bracket)
    }

    fn close(&mut self, writer: &mut (impl Write + ?Sized), bracket: &[u8]) -> io::Result<()> {
        self.level -= 1;
        if self.filled {
            self.line(writer)?;
        }
        self.filled = true;
        writer.write_all(bracket)
    }

    fn next(&self, writer: &mut (impl Write + ?Sized), first: bool) -> io::Result<()> {
        if !first {
            writer.write_all(b",")?;
        }
        self.line(writer)
    }

    fn line(&self, writer: &mut (impl Write + ?Sized)) -> io::Result<()> {
        let length = 1 + 2 * self.level;
        match LINE.as_bytes().get(..length) {
            Some(start) => writer.write_all(start),
            None => writer.write_all(format!("\n{:1$}", "", length - 1).as_bytes()),
        }
    }
}

impl Formatter for Indented {
    fn begin_array<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.open(writer, b"[")
    }

    fn end_array<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.close(writer, b"]")
    }

    fn begin_array_value<W: Write + ?Sized>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.next(writer, first)
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

    fn begin_object_key<W: Write + ?Sized>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.next(writer, first)
    }

    fn begin_object_value<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
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
        for value in [serde_json::json!([]), serde_json::json!({}), serde_json::json!("text"), deep] {
            assert_eq!(write(&value), serde_json::to_string_pretty(&value).unwrap() + "\n");
        }
    }
}
