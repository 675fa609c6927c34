//! JSON documents in a stream, one after the other, in memory that does not grow with it.
//!
//! A document is one line, or the lines from a `{` at the margin to a `}` there, as JSON with
//! indents is written. So one that is cut off costs itself alone: the next begins with its own `{`.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use memchr::memchr;

use crate::place::slashed;

/// The size of the largest document; a report has some ten kilobytes.
const MOST: usize = 64 << 20;

/// The documents of a stream.
pub(crate) struct Documents<R> {
    from: R,
    /// The line that was read last, and its number.
    line: Vec<u8>,
    number: usize,
    /// Whether that line was longer than is kept.
    too_long: bool,
    /// Whether it begins the next document.
    held: bool,
    /// A document of several lines.
    lines: Vec<u8>,
}

/// One of them.
pub(crate) struct Document<'a> {
    /// The line on which it begins, from 1.
    pub line: usize,
    /// What stands on its line before it, as in `web1: {...}`: a program that gathers from many
    /// hosts says there whose it is.
    pub label: &'a [u8],
    /// Its bytes, or why it was not kept.
    pub bytes: Result<&'a [u8], &'static str>,
}

impl<R: BufRead> Documents<R> {
    /// Those of this stream.
    pub(crate) fn of(from: R) -> Self {
        Self { from, line: vec![], number: 0, too_long: false, held: false, lines: vec![] }
    }

    /// The next one; what is none comes line by line.
    ///
    /// # Errors
    /// When the stream cannot be read.
    pub(crate) fn next(&mut self) -> io::Result<Option<Document<'_>>> {
        loop {
            if !std::mem::take(&mut self.held) && !self.read_line()? {
                return Ok(None);
            }
            if self.too_long || !self.line.trim_ascii().is_empty() {
                break;
            }
        }
        let number = self.number;
        if self.line.first() == Some(&b'{') && self.line.trim_ascii_end().last() != Some(&b'}') {
            let mut too_long = self.too_long;
            std::mem::swap(&mut self.lines, &mut self.line);
            while self.read_line()? {
                let first = self.line.first();
                self.held = first == Some(&b'{');
                if self.held {
                    break;
                }
                too_long |= self.too_long || self.lines.len() + self.line.len() > MOST;
                if !too_long {
                    self.lines.extend_from_slice(&self.line);
                }
                if first == Some(&b'}') {
                    break;
                }
            }
            let bytes = if too_long { Err(TOO_LONG) } else { Ok(self.lines.as_slice()) };
            return Ok(Some(Document { line: number, label: &[], bytes }));
        }
        if self.too_long {
            return Ok(Some(Document { line: number, label: &[], bytes: Err(TOO_LONG) }));
        }
        let line = self.line.trim_ascii();
        let (label, bytes) = match memchr(b'{', line) {
            Some(at) => line.split_at_checked(at).map_or((line, Err(NONE)), |(a, b)| (a, Ok(b))),
            None => (line, Err(NONE)),
        };
        Ok(Some(Document { line: number, label, bytes }))
    }

    /// Reads a line, without its end where that is too far away.
    fn read_line(&mut self) -> io::Result<bool> {
        self.line.clear();
        self.too_long = false;
        loop {
            let bytes = match self.from.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                bytes => bytes?,
            };
            let end = memchr(b'\n', bytes);
            let length = end.map_or(bytes.len(), |at| at + 1);
            self.too_long |= self.line.len() + length > MOST;
            if !self.too_long {
                let line = bytes.split_at_checked(length).map_or(bytes, |(line, _)| line);
                self.line.extend_from_slice(line);
            }
            self.from.consume(length);
            if end.is_some() || length == 0 {
                let any = length > 0 || self.too_long || !self.line.is_empty();
                self.number += usize::from(any);
                return Ok(any);
            }
        }
    }
}

const TOO_LONG: &str = "larger than 64 MiB";
const NONE: &str = "no JSON object";

/// A file of documents.
pub(crate) struct HostFile {
    /// Its path; `-` is standard input.
    pub path: PathBuf,
    /// The host that it is named after, where it is no stream of many.
    pub host: Option<String>,
}

/// The file of this path, or those in the directory and below, in the order of their names; hidden
/// ones are left out.
///
/// # Errors
/// When a directory cannot be read.
pub(crate) fn files(path: &Path) -> io::Result<Vec<HostFile>> {
    let mut found = vec![];
    if path.is_dir() {
        below(path, path, &mut found)?;
    } else {
        found.push(HostFile { path: path.to_owned(), host: host_of(path) });
    }
    Ok(found)
}

fn below(root: &Path, dir: &Path, found: &mut Vec<HostFile>) -> io::Result<()> {
    let mut entries: Vec<fs::DirEntry> = fs::read_dir(dir)?.collect::<io::Result<_>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        if entry.file_type()?.is_dir() {
            below(root, &path, found)?;
        } else if path.is_file() {
            let host = host_of(path.strip_prefix(root).unwrap_or(&path));
            found.push(HostFile { path, host });
        }
    }
    Ok(())
}

fn host_of(path: &Path) -> Option<String> {
    let stream = path.extension().is_some_and(|end| end == "ndjson" || end == "jsonl");
    let name = slashed(&path.to_string_lossy());
    let name = name.strip_suffix(".json").unwrap_or(&name);
    (!stream && !is_stdin(path)).then(|| name.to_owned())
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Opens one of them.
///
/// # Errors
/// When that cannot be done.
pub(crate) fn open(path: &Path) -> io::Result<Box<dyn BufRead>> {
    if is_stdin(path) {
        return Ok(Box::new(BufReader::with_capacity(BUFFER, io::stdin())));
    }
    Ok(Box::new(BufReader::with_capacity(BUFFER, File::open(path)?)))
}

const BUFFER: usize = 1 << 18;

#[cfg(test)]
mod tests {
    use super::*;

    /// Line, label and text of each.
    fn all(text: &str) -> Vec<(usize, String, String)> {
        // A small buffer, so that lines are read in pieces.
        let mut documents = Documents::of(io::BufReader::with_capacity(3, text.as_bytes()));
        let mut found = vec![];
        while let Some(one) = documents.next().unwrap() {
            let [label, text] = [one.label, one.bytes.unwrap_or_else(str::as_bytes)]
                .map(|bytes| String::from_utf8(bytes.to_vec()).unwrap());
            found.push((one.line, label, text));
        }
        found
    }

    #[test]
    fn lines_and_blocks() {
        let of = |line, label: &str, text: &str| (line, label.to_owned(), text.to_owned());
        assert_eq!(all(""), []);
        assert_eq!(all("\n \r\n{\"a\":1}\r\n\n{}"), [of(3, "", "{\"a\":1}"), of(5, "", "{}")]);
        assert_eq!(
            all("{\n  \"a\": {\n  }\n}\n{\n}\nweb1: {\"b\":2}\n"),
            [
                of(1, "", "{\n  \"a\": {\n  }\n}\n"),
                of(5, "", "{\n}\n"),
                of(7, "web1: ", "{\"b\":2}")
            ]
        );
        // What is cut off ends where the next begins; what is none is a line.
        assert_eq!(
            all("{\"a\":\n{\"b\":1}\nssh: refused\n{\n  \"c\""),
            [
                of(1, "", "{\"a\":\n"),
                of(2, "", "{\"b\":1}"),
                of(3, "ssh: refused", NONE),
                of(4, "", "{\n  \"c\"")
            ]
        );
    }

    #[test]
    fn a_line_without_an_end_is_not_kept() {
        let endless = io::Read::take(io::repeat(b'x'), 3 * MOST as u64);
        let text = io::Read::chain(endless, &b"\n{}\n"[..]);
        let mut documents = Documents::of(io::BufReader::with_capacity(1 << 20, text));
        assert_eq!(documents.next().unwrap().unwrap().bytes, Err(TOO_LONG));
        assert!(documents.next().unwrap().is_some_and(|d| d.line == 2 && d.bytes == Ok(b"{}")));
        assert!(documents.line.capacity() <= 2 * MOST);
    }
}
