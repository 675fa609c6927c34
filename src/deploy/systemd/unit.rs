//! The syntax of unit files (systemd.syntax(7)), as systemd reads it (systemd
//! `src/shared/conf-parser.c`) and as podman's generator does (podman `pkg/systemd/parser`).

use std::ops::Range;

use crate::deploy::command::word::Argument;
use crate::deploy::edit::{CHANGED, Edit};
use crate::deploy::place::Extract;

/// What a text may begin with.
const BOM: char = '\u{feff}';

/// What separates words.
const BLANK: [char; 4] = [' ', '\t', '\n', '\r'];

/// A unit file taken apart. All ranges are bytes of its text.
#[derive(Debug, Default)]
pub(crate) struct UnitFile {
    sections: Vec<UnitSection>,
    entries: Vec<UnitEntry>,
}

/// A line that begins a section.
#[derive(Debug)]
struct UnitSection {
    name: String,
    /// The line without its end.
    line: Range<usize>,
}

/// An assignment.
#[derive(Debug)]
pub(crate) struct UnitEntry {
    section: String,
    pub key: UnitWord,
    pub value: Extract,
    /// The bytes of the value; those of the end of the line where it is empty.
    pub range: Range<usize>,
    /// Its lines, with the end of the last one.
    pub lines: Range<usize>,
}

/// A word, quotes and escapes undone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UnitWord {
    /// The word.
    pub text: String,
    /// Its bytes as written.
    pub range: Range<usize>,
}

/// How a value is split into words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Splitting {
    /// As a list of names: a backslash is nothing special, every quote is closed.
    Names,
    /// As a command line of the generator: escapes of C, the last quote may stay open, and an empty
    /// word ends them.
    Arguments,
    /// As one of systemd (`config_parse_exec`): an escape that it does not know stays as it is.
    Command,
}

/// Who reads a unit file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reads {
    /// podman's generator. A line goes on with the next one that says something, and what it cannot
    /// read is a fault.
    Generator,
    /// systemd. A line goes on with the next one that is no comment, behind a blank, and lines that
    /// are no assignments are left out.
    Systemd,
}

/// A line that is none of a unit file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NotAUnit {
    pub range: Range<usize>,
    pub why: &'static str,
    /// Whether systemd reads no further: it is to begin a section.
    is_final: bool,
}

impl UnitEntry {
    /// As it is written, with the double quotes around it.
    pub(crate) fn raw(&self) -> UnitWord {
        let text = self.value.text.clone();
        UnitWord { range: self.value.range(0..text.len()), text }
    }

    /// As one word: without the blanks behind it and the double quotes around it.
    pub(crate) fn whole(&self) -> UnitWord {
        let text = self.value.text.trim_end();
        let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        let text = inner.unwrap_or(text);
        let from = usize::from(inner.is_some());
        UnitWord { text: text.to_owned(), range: self.value.range(from..from + text.len()) }
    }

    /// Its words; `None` where they cannot be told.
    pub(crate) fn words(&self, how: Splitting) -> Option<Vec<UnitWord>> {
        let mut words = vec![];
        let given = &self.value;
        let mut chars = given.text.char_indices().peekable();
        loop {
            while chars.next_if(|(_, c)| BLANK.contains(c)).is_some() {}
            let Some((start, _)) = chars.peek().copied() else { return Some(words) };
            let (mut word, mut quote, mut end) = (String::new(), None, given.text.len());
            while let Some((at, c)) = chars.next() {
                match (quote, c) {
                    (Some(open), c) if c == open => quote = None,
                    (None, '"' | '\'') => quote = Some(c),
                    (_, '\\') if how != Splitting::Names => {
                        let rest = given.text.get(at + 1..).unwrap_or("");
                        match unescaped(rest) {
                            Some((c, length)) => {
                                word.push(c);
                                while chars.next_if(|(next, _)| *next <= at + length).is_some() {}
                            }
                            None if how == Splitting::Arguments && rest.is_empty() => {}
                            None if how == Splitting::Arguments => return None,
                            // Before `;` it says that this ends no command.
                            None if rest.starts_with(';') => {}
                            None => word.push(c),
                        }
                    }
                    (None, c) if BLANK.contains(&c) => {
                        end = at;
                        break;
                    }
                    (_, c) => word.push(c),
                }
            }
            if quote.is_some() && how != Splitting::Arguments {
                return None;
            }
            if word.is_empty() && how != Splitting::Command {
                return Some(words);
            }
            words.push(UnitWord { text: word, range: given.range(start..end) });
        }
    }
}

impl UnitWord {
    /// As an argument behind the beginning of an option, as systemd passes it on: its specifiers
    /// are not known here, nor are the variables of the service (systemd.unit(5), "Specifiers";
    /// systemd.service(5), "Command lines").
    pub(crate) fn argument(&self, option: &str) -> Argument {
        let (mut text, mut sure) = (option.to_owned(), None);
        let mut rest = self.text.as_str();
        let is_name = |name: &str| {
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        };
        let variable = rest.strip_prefix('$').filter(|name| option.is_empty() && is_name(name));
        if variable.is_some() {
            sure = Some(0);
        }
        while let Some(at) = rest.find(['%', '$']) {
            let (before, found) = rest.split_at_checked(at).unwrap_or((rest, ""));
            text.push_str(before);
            let mut next = found.chars();
            let sign = next.next().unwrap_or_default();
            rest = next.as_str();
            match (sign, next.next()) {
                ('%', Some('%')) | ('$', Some('$')) => rest = next.as_str(),
                ('%', Some(_)) => {
                    sure.get_or_insert(text.len());
                }
                ('$', Some('{')) if rest.contains('}') => {
                    sure.get_or_insert(text.len());
                }
                _ => {}
            }
            text.push(sign);
        }
        text.push_str(rest);
        Argument {
            sure: sure.unwrap_or(text.len()),
            text,
            range: self.range.clone(),
            many: variable.is_some(),
            variable: variable.map(str::to_owned),
            indirect: false,
            either: false,
        }
    }
}

/// The character that an escape stands for, by what follows the backslash, and how many bytes that
/// are.
fn unescaped(rest: &str) -> Option<(char, usize)> {
    let first = rest.chars().next()?;
    let number = |digits: usize, from: usize, radix| {
        let text = rest.get(from..from + digits)?;
        let digits_only = text.chars().all(|c| c.is_digit(radix));
        let code = u32::from_str_radix(text, radix).ok().filter(|code| digits_only && *code > 0)?;
        Some((char::from_u32(code)?, from + digits))
    };
    let one = |c| Some((c, 1));
    match first {
        'a' => one('\u{7}'),
        'b' => one('\u{8}'),
        'f' => one('\u{c}'),
        'n' => one('\n'),
        'r' => one('\r'),
        't' => one('\t'),
        'v' => one('\u{b}'),
        's' => one(' '),
        '\\' | '"' | '\'' => one(first),
        'x' => number(2, 1, 16),
        'u' => number(4, 1, 16),
        'U' => number(8, 1, 16),
        '0'..='7' => number(3, 0, 8),
        _ => None,
    }
}

fn is_comment(line: &str) -> bool {
    line.is_empty() || line.starts_with(['#', ';'])
}

/// Whether the first line of a text that says something begins a section.
pub(crate) fn begins_with_section(text: &str) -> bool {
    let mut lines = text.trim_start_matches(BOM).lines().map(str::trim);
    lines.find(|line| !is_comment(line)).is_some_and(|line| section(line).is_some())
}

/// The name of the section that a line begins.
pub(crate) fn section(line: &str) -> Option<&str> {
    let (name, rest) = line.strip_prefix('[')?.split_once(']')?;
    rest.chars().all(|c| matches!(c, ' ' | '\t')).then_some(name)
}

impl UnitFile {
    /// Takes a text apart as podman's generator does.
    ///
    /// # Errors
    /// When a line is none of a unit file.
    pub(crate) fn parse(text: &str) -> Result<Self, NotAUnit> {
        let mut unit = Self::default();
        unit.read(text, Reads::Generator).map(|()| unit)
    }

    /// The same as systemd does, where a section may be open already when the text begins: what it
    /// reads, and the line with which it stops.
    pub(super) fn of_systemd(text: &str, section: Option<&str>) -> (Self, Option<NotAUnit>) {
        let mut unit = Self::default();
        let open = |name: &str| UnitSection { name: name.to_owned(), line: 0..0 };
        unit.sections.extend(section.map(open));
        let fault = unit.read(text, Reads::Systemd).err();
        (unit, fault)
    }

    fn read(&mut self, text: &str, reads: Reads) -> Result<(), NotAUnit> {
        let (mut joined, mut begin, mut at, mut goes_on) = (Extract::default(), 0, 0, false);
        for line in text.split_inclusive('\n') {
            let (start, end) = (at, at + line.len());
            at = end;
            let bom = if start == 0 { line.len() - line.trim_start_matches(BOM).len() } else { 0 };
            let bare = line.get(bom..).unwrap_or("").trim_end_matches(['\n', '\r']);
            let trimmed = bare.trim();
            // Also among lines that go on.
            if is_comment(trimmed) && !(goes_on && reads == Reads::Systemd && trimmed.is_empty()) {
                continue;
            }
            if !goes_on {
                (joined, begin) = (Extract::default(), start);
            }
            match reads {
                Reads::Generator => {
                    let piece = trimmed.strip_suffix('\\');
                    goes_on = piece.is_some();
                    let indent = line.len() - line.trim_start().len();
                    joined.push(piece.unwrap_or(trimmed), start + indent);
                }
                Reads::Systemd => {
                    let marks = bare.len() - bare.trim_end_matches('\\').len();
                    goes_on = marks % 2 == 1;
                    let piece = bare.get(..bare.len() - usize::from(goes_on)).unwrap_or("");
                    joined.push(piece, start + bom);
                    joined.push(if goes_on { " " } else { "" }, start + bom + piece.len());
                }
            }
            if !goes_on || end == text.len() {
                match self.line(&std::mem::take(&mut joined), begin..end) {
                    Err(fault) if reads == Reads::Generator || fault.is_final => return Err(fault),
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// Reads a line, put together from these.
    fn line(&mut self, line: &Extract, lines: Range<usize>) -> Result<(), NotAUnit> {
        let indent = line.text.len() - line.text.trim_start().len();
        let line = &line.part(indent..indent + line.text.trim().len());
        let text = line.text.as_str();
        let is_final = text.starts_with('[');
        let fault = |why| NotAUnit { range: line.range(0..text.len()), why, is_final };
        if text.is_empty() {
            return Ok(());
        }
        if let Some(name) = section(text) {
            if name.is_empty() || name.contains(|c: char| c == '[' || c.is_control()) {
                return Err(fault("this is no name of a section"));
            }
            let line = line.range(0..text.len());
            self.sections.push(UnitSection { name: name.to_owned(), line });
            return Ok(());
        }
        let Some((key, value)) = text.split_once('=').filter(|(key, _)| !key.is_empty()) else {
            return Err(fault("neither a section, an assignment nor a comment"));
        };
        let Some(section) = self.sections.last() else {
            return Err(fault("an assignment before the first section"));
        };
        let key = key.trim_end();
        let from = text.len() - value.trim_start().len();
        self.entries.push(UnitEntry {
            section: section.name.clone(),
            key: UnitWord { text: key.to_owned(), range: line.range(0..key.len()) },
            value: line.part(from..text.len()),
            range: line.range(from..text.len()),
            lines,
        });
        Ok(())
    }

    /// The line that begins a section.
    pub(crate) fn section(&self, name: &str) -> Option<Range<usize>> {
        let section = self.sections.iter().find(|section| section.name == name);
        section.map(|section| section.line.clone())
    }

    /// The assignments of a section, in order.
    pub(crate) fn entries<'u>(&'u self, section: &str) -> impl Iterator<Item = &'u UnitEntry> {
        self.entries.iter().filter(move |entry| entry.section == section)
    }

    /// The assignments of a key that add up: an empty one takes back those before it.
    pub(crate) fn all(&self, section: &str, key: &str) -> Vec<&UnitEntry> {
        let mut all = vec![];
        for entry in self.entries(section).filter(|entry| entry.key.text == key) {
            match entry.value.text.is_empty() {
                true => all.clear(),
                false => all.push(entry),
            }
        }
        all
    }

    /// The assignment of a key that counts where only one does.
    pub(crate) fn last(&self, section: &str, key: &str) -> Option<&UnitEntry> {
        self.entries(section).filter(|entry| entry.key.text == key).last()
    }

    /// The value of a key of which the last one counts, if there is something in it.
    pub(crate) fn value(&self, section: &str, key: &str) -> Option<UnitWord> {
        let last = self.last(section, key).map(|entry| entry.whole());
        last.filter(|word| !word.text.is_empty())
    }

    /// Whether a switch is on; `None` where it is not there.
    pub(crate) fn switch(&self, section: &str, key: &str) -> Option<(bool, Range<usize>)> {
        let word = self.last(section, key)?.whole();
        let on = ["1", "yes", "true", "on"].iter().any(|on| word.text.eq_ignore_ascii_case(on));
        Some((on, word.range))
    }

    /// The words of every assignment of a key. Those that cannot be told are left out, as by the
    /// generator.
    pub(crate) fn words(&self, section: &str, key: &str, how: Splitting) -> Vec<UnitWord> {
        self.all(section, key).iter().filter_map(|entry| entry.words(how)).flatten().collect()
    }
}

/// Lines that are put into a section.
pub(crate) struct UnitLines<'u> {
    unit: &'u UnitFile,
    section: &'static str,
    text: &'u str,
    new: Vec<String>,
}

impl<'u> UnitLines<'u> {
    pub(crate) fn of(unit: &'u UnitFile, section: &'static str, text: &'u str) -> Self {
        Self { unit, section, text, new: vec![] }
    }

    /// One more, behind what the section has.
    pub(crate) fn add(&mut self, line: String) {
        self.new.push(line);
    }

    /// The edit that puts a line behind an assignment.
    pub(crate) fn behind(&self, entry: &UnitEntry, line: &str) -> Result<Edit, &'static str> {
        self.at(entry.lines.end, line.to_owned())
    }

    /// The edit that puts in what was added.
    pub(crate) fn finish(self) -> Result<Option<Edit>, &'static str> {
        if self.new.is_empty() {
            return Ok(None);
        }
        let header = self.unit.section(self.section).ok_or(CHANGED)?;
        let end_of_line = |at: usize| {
            let rest = self.text.get(at..).unwrap_or("");
            rest.find('\n').map_or(self.text.len(), |newline| at + newline + 1)
        };
        let last = self.unit.entries(self.section).last();
        let at = last.map_or_else(|| end_of_line(header.end), |entry| entry.lines.end);
        self.at(at, self.new.join(self.end())).map(Some)
    }

    fn end(&self) -> &'static str {
        if self.text.contains("\r\n") { "\r\n" } else { "\n" }
    }

    fn at(&self, at: usize, lines: String) -> Result<Edit, &'static str> {
        let before = self.text.get(..at).unwrap_or("");
        if before.trim_end().ends_with('\\') {
            return Err("the last line of the section goes on: change it by hand");
        }
        let end = self.end();
        let text = match before.ends_with('\n') {
            true => lines + end,
            false => format!("{end}{lines}"),
        };
        Ok(Edit { range: at..at, text })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(text: &str) -> UnitFile {
        UnitFile::parse(text).unwrap()
    }

    fn texts(words: Vec<UnitWord>) -> Vec<String> {
        words.into_iter().map(|word| word.text).collect()
    }

    /// Expectations of podman `pkg/systemd/parser/split_test.go` and `unitfile_test.go`.
    #[test]
    fn words_as_systemd_splits_them() {
        let of = |value: &str, how| {
            let unit = unit(&format!("[A]\nk={value}"));
            unit.all("A", "k").first().and_then(|entry| entry.words(how)).map(texts)
        };
        let words =
            |words: &[&str]| Some(words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>());
        assert_eq!(of("a  b\tc", Splitting::Names), words(&["a", "b", "c"]));
        assert_eq!(of("\"a b\" c'd e'f", Splitting::Arguments), words(&["a b", "cd ef"]));
        assert_eq!(
            of(r#"a\sb \x41\101 "q\"q""#, Splitting::Arguments),
            words(&["a b", "AA", "q\"q"])
        );
        assert_eq!(of(r"a\sb", Splitting::Names), words(&[r"a\sb"]));
        assert_eq!(of("a 'b c", Splitting::Arguments), words(&["a", "b c"]));
        assert_eq!(of("a 'b c", Splitting::Names), None);
        assert_eq!(of(r"a\qb", Splitting::Arguments), None);
        assert_eq!(of(r"é\u00e9", Splitting::Arguments), words(&["éé"]));
        // An empty word ends them.
        assert_eq!(of("a '' b", Splitting::Arguments), words(&["a"]));
    }

    #[test]
    fn lines_that_go_on() {
        let text = "# c\n[A]\nk=one \\\n# between\n\n  two\\\nthree\n ; d\n[B] \nk = \" x y \" \n";
        let unit = unit(text);
        let words = unit.words("A", "k", Splitting::Names);
        assert_eq!(texts(words.clone()), ["one", "twothree"]);
        assert_eq!(&text[words[0].range.clone()], "one");
        assert_eq!(&text[words[1].range.clone()], "two\\\nthree");
        let entry = unit.last("A", "k").unwrap();
        assert_eq!(&text[entry.lines.clone()], "k=one \\\n# between\n\n  two\\\nthree\n");
        let value = unit.value("B", "k").unwrap();
        assert_eq!((value.text.as_str(), &text[value.range]), (" x y ", " x y "));
    }

    /// By systemd.syntax(7) and `src/shared/conf-parser.c`: the backslash becomes a blank, only
    /// comments stand between, an empty line ends it as does a blank behind the backslash, and what
    /// is no assignment is left out.
    #[test]
    fn lines_as_systemd_reads_them() {
        let words = |text: &str| {
            let (unit, fault) = UnitFile::of_systemd(text, None);
            let words = unit.entries("A").filter_map(|entry| entry.words(Splitting::Command));
            (words.map(texts).collect::<Vec<_>>(), fault.map(|fault| fault.range))
        };
        let is = |text: &str, lines: &[&[&str]]| {
            let lines: Vec<Vec<String>> =
                lines.iter().map(|line| line.iter().map(|w| (*w).to_owned()).collect()).collect();
            assert_eq!(words(text).0, lines, "{text}");
        };
        is("[A]\nk=a\\\nb\\\n# between\n  c\n", &[&["a", "b", "c"]]);
        is("[A]\nk=a \\\n\nl=b\n", &[&["a"], &["b"]]);
        is("[A]\r\nk=a \\\r\n\r\nl=b\r\n", &[&["a"], &["b"]]);
        is("[A]\nk=a \\ \nl=b\n", &[&["a", "\\"], &["b"]]);
        is("\u{feff}[A]\nk=a\n", &[&["a"]]);
        is("z=0\n[A]\nwhat is this\nk=a\n=v\nk=b", &[&["a"], &["b"]]);
        is("[A]\nk=a '' b", &[&["a", "", "b"]]);
        is(
            r"[A]
k=\q \; a\sb",
            &[&[r"\q", ";", "a b"]],
        );
        is("[A]\nk=a 'b\nl=c", &[&["c"]]);
        is("[A]\nk=a \\", &[&["a"]]);
        let text = "[A]\nk=a\n[B\nk=b\n[A]\nk=c\n";
        assert_eq!(words(text), (vec![vec!["a".to_owned()]], Some(8..10)));
    }

    #[test]
    fn an_empty_assignment_takes_back() {
        let unit = unit("[A]\nk=a\nk=\nk=b\nl=x\nl=\n[B]\nk=c\n[A]\nk=d e");
        assert_eq!(texts(unit.words("A", "k", Splitting::Names)), ["b", "d", "e"]);
        assert_eq!((unit.value("A", "l"), unit.switch("A", "m")), (None, None));
    }

    #[test]
    fn what_is_no_unit_file() {
        let why = |text: &str| UnitFile::parse(text).map(drop).map_err(|fault| fault.range);
        assert_eq!(why("k=v\n"), Err(0..3));
        assert_eq!(why("[A]\nwhat is this\n"), Err(4..16));
        assert_eq!(why("[A]\n=v"), Err(4..6));
        assert_eq!(why("[]\n"), Err(0..2));
        assert_eq!(why("[A]\n\\\n\n"), Ok(()));
        assert!(
            begins_with_section("\u{feff}; c\n\n [A]\n") && !begins_with_section("a: [A]\n[A]")
        );
    }
}
