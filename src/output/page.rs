//! A page of text: lines that end at words, and commands that can be pasted as they stand.

use std::borrow::Cow;
use std::fmt::Write;

use unicode_width::UnicodeWidthStr;

use super::escape;
use super::style::{Style, paint};

/// The width of what is not a terminal.
const USUAL: usize = 80;
/// Longer lines are hard to read.
const WIDEST: usize = 100;
/// Shorter ones hold no command.
const NARROWEST: usize = 40;

/// The width of the terminal on standard output.
fn terminal() -> usize {
    #[cfg(target_os = "linux")]
    if let Ok(size) = rustix::termios::tcgetwinsize(std::io::stdout())
        && size.ws_col > 0
    {
        return usize::from(size.ws_col).clamp(NARROWEST, WIDEST);
    }
    USUAL
}

/// A page of lines. Every piece of text goes through it, which is where it is made safe and
/// coloured.
pub(crate) struct Page {
    text: String,
    width: usize,
}

impl Page {
    /// An empty page, as wide as the terminal.
    #[must_use]
    pub(crate) fn new() -> Self {
        Self::of_width(terminal())
    }

    /// An empty page of that many columns.
    #[must_use]
    pub(crate) fn of_width(width: usize) -> Self {
        Self { text: String::new(), width }
    }

    /// Adds one line made of pieces, however long it is.
    pub(crate) fn line(&mut self, indent: usize, pieces: &[(Style, &str)]) {
        let _ = write!(self.text, "{:indent$}", "");
        for (style, text) in pieces {
            self.text.push_str(&paint(*style, &escape::text(text)));
        }
        self.end_line();
    }

    /// Adds a text made of pieces, which is broken between words; the lines after the first are
    /// indented by `hang`.
    pub(crate) fn wrapped(&mut self, indent: usize, hang: usize, pieces: &[(Style, &str)]) {
        let _ = write!(self.text, "{:indent$}", "");
        self.flow(indent, &" ".repeat(hang), pieces);
    }

    /// Adds a label in a column of its own, and a text beside it.
    pub(crate) fn field(&mut self, label: &str, pieces: &[(Style, &str)]) {
        const COLUMN: usize = 13;
        let label = format!("  {:<9}  ", escape::text(label));
        self.text.push_str(&paint(Style::Dim, &label));
        self.flow(COLUMN, &" ".repeat(COLUMN), pieces);
    }

    /// Adds a row of a table, whose last column is a text.
    pub(crate) fn columns(&mut self, style: Style, row: &str, text: &str) {
        self.text.push_str(&paint(style, &escape::text(row)));
        self.flow(row.width(), &" ".repeat(row.width()), &[(Style::Plain, text)]);
    }

    /// Adds pieces from a column on; `lead` is what the lines after the first begin with.
    fn flow(&mut self, from: usize, lead: &str, pieces: &[(Style, &str)]) {
        let safe: Vec<_> =
            pieces.iter().map(|(style, text)| (*style, escape::text(text))).collect();
        let (mut column, mut begun) = (from, false);
        for word in words(&safe).chunk_by(|(one, ..), (next, ..)| one == next) {
            let width: usize = word.iter().map(|(.., part)| part.width()).sum();
            if begun && column + 1 + width > self.width {
                self.end_line();
                self.text.push_str(lead);
                (column, begun) = (lead.len(), false);
            }
            if begun {
                self.text.push(' ');
                column += 1;
            }
            word.iter().for_each(|(_, style, part)| self.text.push_str(&paint(*style, part)));
            (column, begun) = (column + width, true);
        }
        self.end_line();
    }

    /// Adds a command that can be pasted as it stands: its note as a comment before it, and a
    /// backslash where it goes on. What has lines of its own starts at the margin, where a shell
    /// finds the end of a here-document.
    pub(crate) fn command(&mut self, indent: usize, command: &str) {
        // Another way to the same is a comment alone, which no backslash continues.
        let (command, note) = match command.strip_prefix("# ") {
            Some(alone) => ("", Some(alone)),
            None => noted(command),
        };
        if let Some(note) = note {
            let lead = format!("{:indent$}# ", "");
            self.text.push_str(&lead);
            self.flow(lead.len(), &lead, &[(Style::Plain, note)]);
        }
        if command.is_empty() {
            return;
        }
        if command.contains('\n') {
            command.lines().for_each(|line| self.line(0, &[(Style::Plain, line)]));
            return;
        }
        for (at, line) in continued(command, self.room(indent)).iter().enumerate() {
            self.line(indent + 2 * usize::from(at > 0), &[(Style::Plain, line)]);
        }
    }

    /// Adds commands that belong together: all at the margin where one of them has to be.
    pub(crate) fn commands(&mut self, indent: usize, commands: &[String]) {
        let block = commands.iter().any(|command| command.contains('\n'));
        for command in commands {
            self.command(if block { 0 } else { indent }, command);
        }
    }

    /// Adds an empty line, unless there is one already.
    pub(crate) fn gap(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// Adds another page.
    pub(crate) fn append(&mut self, other: Self) {
        self.text.push_str(&other.text);
    }

    /// How many columns are left beside an indent.
    #[must_use]
    pub(crate) fn room(&self, indent: usize) -> usize {
        self.width.saturating_sub(indent)
    }

    /// How many lines there are.
    #[must_use]
    pub(crate) fn height(&self) -> usize {
        self.text.lines().count()
    }

    /// An empty page of the same width.
    #[must_use]
    pub(crate) fn another(&self) -> Self {
        Self::of_width(self.width)
    }

    #[must_use]
    pub(crate) fn finish(self) -> String {
        self.text
    }

    fn end_line(&mut self) {
        self.text.truncate(self.text.trim_end_matches(' ').len());
        self.text.push('\n');
    }
}

/// The words of a text made of pieces: what stands without a space between is one word, of parts
/// with its number.
fn words<'a>(pieces: &'a [(Style, Cow<'a, str>)]) -> Vec<(usize, Style, &'a str)> {
    let (mut words, mut number) = (vec![], 0);
    for (style, text) in pieces {
        for (at, part) in text.split(' ').enumerate() {
            number += usize::from(at > 0);
            if !part.is_empty() {
                words.push((number, *style, part));
            }
        }
    }
    words
}

/// A command, and the note that stands behind it.
pub(super) fn noted(command: &str) -> (&str, Option<&str>) {
    match command.split_once("    # ") {
        Some((command, note)) => (command, Some(note)),
        None => (command, None),
    }
}

/// A command in lines of at most `room` columns, where it can be: broken at spaces outside of
/// quotes, with the backslash that a shell wants there. The lines after the first are going to be
/// indented by two.
fn continued(command: &str, room: usize) -> Vec<String> {
    // A line of a configuration file, which knows no such backslash.
    let key = command.split(' ').next().is_some_and(|word| word.ends_with(':'));
    if key || command.starts_with(['[', '"']) || command.width() <= room {
        return vec![command.to_owned()];
    }
    let mut lines: Vec<String> = vec![];
    let mut line = String::new();
    let words = shell_words(command);
    for (at, word) in words.iter().enumerate() {
        let indent = 2 * usize::from(!lines.is_empty());
        // An option stands with its value, and a command of a pipe with its words.
        let together = match *word {
            "|" | "&&" => words.iter().skip(at).map(|word| word.width() + 1).sum::<usize>() - 1,
            option if option.starts_with('-') && !option.contains('=') => {
                let value = words.get(at + 1).filter(|word| !word.starts_with('-'));
                option.width() + value.map_or(0, |value| 1 + value.width())
            }
            word => word.width(),
        };
        let fits = |width: usize| indent + line.width() + 1 + width + 2 <= room;
        // A variable in quotes may be longer than any line; its option goes with it even then.
        let on_its_own = together + 4 <= room || *word == "-e";
        let bound = at > 0 && words.get(at - 1) == Some(&"-e");
        if !line.is_empty() && !bound && !fits(if on_its_own { together } else { word.width() }) {
            line.push_str(" \\");
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}

/// A command split at the spaces outside of quotes.
fn shell_words(command: &str) -> Vec<&str> {
    let (mut quote, mut escaped, mut words, mut start) = (None, false, vec![], 0);
    for (at, c) in command.char_indices() {
        match (c, quote) {
            _ if escaped => escaped = false,
            ('\\', None | Some('"')) => escaped = true,
            ('\'' | '"', None) => quote = Some(c),
            (_, Some(open)) if c == open => quote = None,
            (' ', None) => {
                words.extend(command.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    words.extend(command.get(start..));
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(width: usize, fill: impl Fn(&mut Page)) -> String {
        let mut page = Page::of_width(width);
        fill(&mut page);
        page.finish()
    }

    #[test]
    fn text_is_broken_between_words() {
        let text = page(20, |p| {
            p.wrapped(2, 4, &[(Style::Plain, "one two three four "), (Style::Plain, "[an-id] x")])
        });
        assert_eq!(text, "  one two three four\n    [an-id] x\n");
        assert_eq!(page(8, |p| p.wrapped(0, 0, &[(Style::Plain, "unbreakable")])), "unbreakable\n");
        assert_eq!(
            page(31, |p| p.field("where", &[(Style::Plain, "a host with a long name")])),
            "  where      a host with a long\n             name\n"
        );
    }

    /// What is pasted has to be the same command for a shell.
    #[test]
    fn a_command_goes_on_where_a_shell_lets_it() {
        let command = "printf '<%s>' 'a b  c' \"d \\\" e\" f\\ g hh ii | cat";
        for room in 12..60 {
            let lines = continued(command, room);
            assert!(room < 20 || lines.iter().skip(1).all(|line| line.width() + 2 <= room));
            let pasted =
                std::process::Command::new("sh").args(["-c", &lines.join("\n  ")]).output();
            let said = String::from_utf8(pasted.unwrap().stdout).unwrap();
            assert_eq!(said, "<a b  c><d \" e><f g><hh><ii>", "{lines:#?}");
        }
        let yaml = "security_opt: [\"seccomp=unconfined\", \"systempaths=unconfined\"]";
        assert_eq!(continued(yaml, 20), [yaml]);
    }

    #[test]
    fn notes_are_comments_and_here_documents_start_at_the_margin() {
        let text =
            page(40, |p| p.command(5, "mount /proc    # before the program is started, as root"));
        assert_eq!(
            text,
            "     # before the program is started, as\n     # root\n     mount /proc\n"
        );
        assert_eq!(
            page(30, |p| p.command(5, "# or: chroot DIR COMMAND ARGUMENT")),
            "     # or: chroot DIR COMMAND\n     # ARGUMENT\n"
        );
        assert_eq!(page(40, |p| p.command(5, "tee x <<'EOF'\na\nEOF")), "tee x <<'EOF'\na\nEOF\n");
    }

    #[test]
    fn nothing_steers_the_terminal() {
        let text = page(40, |p| {
            p.wrapped(0, 0, &[(Style::Plain, "a \u{1b}[31mred\nb")]);
            p.command(0, "echo \u{1b}[0m    # \u{9b}");
            p.field("\u{7}", &[(Style::Plain, "\u{202e}")]);
        });
        assert!(text.chars().all(|c| c == '\n' || !c.is_control() && c != '\u{202e}'), "{text:?}");
    }
}
