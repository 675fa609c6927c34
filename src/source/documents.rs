//! JSON documents in a stream, one after the other, in memory that does not grow with it.
//!
//! A document is one line, or the lines from one that ends with its `{` to a `}` at the margin, as
//! JSON with indents is written. So one that is cut off costs itself alone: the next begins with
//! its own `{`. What programs that gather from many hosts write around it is taken off: a name
//! before it on its line (or before each of its lines), and what Ansible makes of it.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use memchr::{memchr, memchr_iter, memmem, memrchr};

use crate::place::slashed;

/// The size of the largest document; a report has some ten kilobytes.
const MOST: usize = 64 << 20;

/// The documents of a stream.
pub(crate) struct Documents<R> {
    from: R,
    line: Vec<u8>,
    number: usize,
    /// Whether that line was longer than is kept.
    too_long: bool,
    /// Whether it is to be read again.
    held: bool,
    /// What stood before the document in hand.
    label: Vec<u8>,
    /// A document of several lines.
    lines: Vec<u8>,
}

/// One of them.
pub(crate) struct Document<'a> {
    /// The line on which it begins, from 1.
    pub line: usize,
    /// What stands on its line before it, as in `web1: {...}`, or on the line before: a program
    /// that gathers from many hosts says there whose it is.
    pub label: &'a [u8],
    /// Its bytes, or why it was not kept.
    pub bytes: Result<&'a [u8], &'static str>,
}

impl<R: BufRead> Documents<R> {
    /// Those of this stream.
    pub(crate) fn of(from: R) -> Self {
        let (line, label, lines) = (vec![], vec![], vec![]);
        Self { from, line, number: 0, too_long: false, held: false, label, lines }
    }

    /// The next one; what is none comes line by line.
    ///
    /// # Errors
    /// When the stream cannot be read.
    pub(crate) fn next(&mut self) -> io::Result<Option<Document<'_>>> {
        let mut heading = None;
        self.label.clear();
        loop {
            let any = std::mem::take(&mut self.held) || self.read_line()?;
            if any && !self.too_long && self.line.trim_ascii().is_empty() {
                continue;
            }
            let heads = any && self.line.trim_ascii_end().ends_with(HEADING);
            match heading {
                // Nothing stands below it.
                Some(line) if heads || !any => {
                    self.held = any;
                    return Ok(Some(Document { line, label: &[], bytes: Err(NONE) }));
                }
                None if !any => return Ok(None),
                None if heads => {
                    heading = Some(self.number);
                    self.label.extend_from_slice(&self.line);
                }
                _ => break,
            }
        }
        let line = self.number;
        let bytes = match self.document()? {
            Some(why) => Err(why),
            None => Ok(self.lines.trim_ascii_end()),
        };
        Ok(Some(Document { line, label: &self.label, bytes }))
    }

    /// Reads the document that begins on the line in hand; says why, where it is none.
    fn document(&mut self) -> io::Result<Option<&'static str>> {
        if self.too_long {
            return Ok(Some(TOO_LONG));
        }
        let Some((before, first)) = begin(&self.line).and_then(|at| self.line.split_at_checked(at))
        else {
            return Ok(Some(NONE));
        };
        let first = first.trim_ascii_end();
        let goes_on = first == b"{" || before.is_empty() && !first.ends_with(b"}");
        if self.label.is_empty() {
            self.label.extend_from_slice(before);
        }
        let ansible = memmem::find(&self.label, b" | ").is_some();
        if goes_on {
            self.lines.clear();
            self.lines.extend_from_slice(first);
            if self.more_lines()? {
                return Ok(Some(TOO_LONG));
            }
        } else {
            let before = before.len();
            std::mem::swap(&mut self.lines, &mut self.line);
            self.lines.drain(..before);
        }
        if ansible {
            unfold(&mut self.lines);
        }
        Ok(None)
    }

    /// Reads the lines that belong to a document; says whether they are too long.
    fn more_lines(&mut self) -> io::Result<bool> {
        let mut too_long = false;
        while self.read_line()? {
            let line = self.line.strip_prefix(self.label.as_slice()).unwrap_or(&self.line);
            let first = line.first().copied().unwrap_or_default();
            // Something else stands at the margin: the next document, or its name.
            self.held = !matches!(first, b' ' | b'\t'..=b'\r' | b'"' | b',' | b']' | b'}');
            if self.held {
                break;
            }
            too_long |= self.too_long || self.lines.len() + line.len() > MOST;
            if !too_long {
                self.lines.push(b'\n');
                self.lines.extend_from_slice(line.trim_ascii_end());
            }
            if first == b'}' {
                break;
            }
        }
        Ok(too_long)
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
                break;
            }
        }
        let any = self.too_long || !self.line.is_empty();
        self.number += usize::from(any);
        if self.number == 1 && matches!(self.line.get(..2), Some(b"\xff\xfe" | b"\xfe\xff")) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, UTF_16));
        }
        // Windows begins a file with the mark, and files are appended to each other.
        if self.line.starts_with(MARK) {
            self.line.drain(..MARK.len());
        }
        Ok(any)
    }
}

const TOO_LONG: &str = "larger than 64 MiB";
const NONE: &str = "no JSON object";
const UTF_16: &str = "UTF-16, and JSON is UTF-8: in PowerShell, `| Out-File -Encoding utf8`";
/// The byte order mark of UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";
/// How Ansible ends the line above what a host said: `web1 | CHANGED | rc=0 >>`.
const HEADING: &[u8] = b" >>";

/// Where the object of a line begins: at a brace that a key follows, or nothing. A name before it
/// may have braces too.
fn begin(line: &[u8]) -> Option<usize> {
    let line = line.trim_ascii_end();
    memchr_iter(b'{', line).find(|at| {
        let rest = line.get(at + 1..).unwrap_or_default().trim_ascii_start();
        let folded = rest.starts_with(br"\n") || rest.starts_with(br"\r");
        folded || rest.starts_with(b"\"") || matches!(rest, b"" | b"}")
    })
}

/// Takes back what Ansible did to a document: `ansible -o` writes `\n` for the end of a line, and
/// what the command said on standard error, and that it failed, stands right behind.
fn unfold(document: &mut Vec<u8>) {
    document.truncate(memrchr(b'}', document).map_or(0, |at| at + 1));
    let (mut quoted, mut at) = (false, 0);
    while let Some(byte) = document.get(at).copied() {
        let pair = document.get_mut(at..at + 2).filter(|_| byte == b'\\');
        quoted ^= byte == b'"';
        at += 1 + usize::from(pair.is_some());
        if let Some(pair) = pair.filter(|pair| !quoted && matches!(**pair, [_, b'n' | b'r'])) {
            pair.fill(b' ');
        }
    }
}

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
    fn all(text: impl AsRef<[u8]>) -> Vec<(usize, String, String)> {
        // A small buffer, so that lines are read in pieces.
        let mut documents = Documents::of(io::BufReader::with_capacity(3, text.as_ref()));
        let mut found = vec![];
        while let Some(one) = documents.next().unwrap() {
            let [label, text] = [one.label, one.bytes.unwrap_or_else(str::as_bytes)]
                .map(|bytes| String::from_utf8(bytes.to_vec()).unwrap());
            found.push((one.line, label, text));
        }
        found
    }

    fn of(line: usize, label: &str, text: &str) -> (usize, String, String) {
        (line, label.to_owned(), text.to_owned())
    }

    #[test]
    fn lines_and_blocks() {
        assert_eq!(all(""), []);
        assert_eq!(all("\n \r\n{\"a\":1}\r\n\n{}"), [of(3, "", "{\"a\":1}"), of(5, "", "{}")]);
        assert_eq!(
            all("{\n  \"a\": {\n  }\n}\n{\n}\nweb1: {\"b\":2}\n"),
            [of(1, "", "{\n  \"a\": {\n  }\n}"), of(5, "", "{\n}"), of(7, "web1: ", "{\"b\":2}")]
        );
        // What is cut off ends where the next begins; what is none is a line.
        assert_eq!(
            all("{\"a\":\n{\"b\":1}\nssh: refused\n{\n  \"c\""),
            [
                of(1, "", "{\"a\":"),
                of(2, "", "{\"b\":1}"),
                of(3, "", NONE),
                of(4, "", "{\n  \"c\"")
            ]
        );
    }

    #[test]
    fn a_label_may_have_braces_and_stand_before_every_line() {
        assert_eq!(all("web{1}: {\"a\":1}"), [of(1, "web{1}: ", "{\"a\":1}")]);
        assert_eq!(all("{{web}} { \"a\":1}"), [of(1, "{{web}} ", "{ \"a\":1}")]);
        assert_eq!(all("log {level=info}"), [of(1, "", NONE)]);
        let indented = "{\n  \"a\": {\n    \"b\": 1\n  }\n}";
        let each = |name: &str| indented.replace('\n', &format!("\n{name}: "));
        assert_eq!(
            all(format!("web1: {indented}\nweb2: {}\nweb3: {{\nweb4: {{}}\n", each("web2"))),
            [
                of(1, "web1: ", indented),
                of(6, "web2: ", indented),
                of(11, "web3: ", "{"),
                of(12, "web4: ", "{}")
            ]
        );
    }

    #[test]
    fn what_ansible_writes_around_a_document() {
        let folded = r#"{\n  "a\"": "\n\\",\r\n  "b": {}\n}"#;
        let plain = r#"{    "a\"": "\n\\",      "b": {}  }"#;
        let before = "web1 | FAILED | rc=1 | (stdout) ";
        let line = format!("{before}{folded}");
        assert_eq!(all(&line), [of(1, before, plain)]);
        assert_eq!(all(format!("{line} (stderr) oh")), [of(1, before, plain)]);
        // Without `-o` the name stands above, and what failed says so behind.
        let (head, more) = ("web1 | FAILED | rc=1 >>\n", "non-zero return code");
        assert_eq!(
            all(format!(
                "{head}{{\"a\":1}}{more}\n\n{head}{{\n  \"a\": 1\n}}{more}\n{head}\n{head}no"
            )),
            [
                of(2, head, "{\"a\":1}"),
                of(5, head, "{\n  \"a\": 1\n}"),
                of(8, "", NONE),
                of(11, head, NONE)
            ]
        );
        // Nobody else writes so.
        assert_eq!(all(format!("web1: {folded}")), [of(1, "web1: ", folded)]);
    }

    #[test]
    fn marks_of_byte_order() {
        assert_eq!(
            all("\u{feff}{\"a\":1}\n\u{feff}{\n}\n\u{feff}"),
            [of(1, "", "{\"a\":1}"), of(2, "", "{\n}")]
        );
        for text in [b"\xff\xfe{\0}\0\n\0", b"\xfe\xff\0{\0}\0\n"] {
            let why = Documents::of(&text[..]).next().err().unwrap();
            assert!(why.to_string().starts_with("UTF-16"), "{why}");
        }
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
