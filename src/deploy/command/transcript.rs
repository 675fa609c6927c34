//! Commands as documents show them: behind prompts, among their output, for several shells.

use std::ops::Range;

use super::PROGRAMS;
use super::script::Script;

/// The shells whose command lines are read, by how they escape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shell {
    /// Those of POSIX.
    Posix,
    /// cmd.exe.
    Cmd,
    /// PowerShell.
    Pwsh,
}

impl Shell {
    /// The shell that a code block in this language is for, or one with this name; `None`: it is
    /// no language of command lines.
    pub(super) fn of_language(language: &str) -> Option<Self> {
        match language {
            "" | "sh" | "bash" | "zsh" | "ksh" | "dash" | "ash" | "fish" | "shell" | "console"
            | "shell-session" | "shellsession" | "sh-session" | "bash-session" | "shellscript"
            | "shell-script" | "terminal" | "term" | "text" | "txt" | "plain" | "plaintext"
            | "none" | "code" | "docker" | "command" | "commandline" | "cli" | "linux" => {
                Some(Self::Posix)
            }
            "cmd" | "bat" | "batch" | "dos" => Some(Self::Cmd),
            "powershell" | "ps1" | "pwsh" | "ps" => Some(Self::Pwsh),
            _ => None,
        }
    }

    /// Adds a line as a shell of POSIX would have it.
    pub(super) fn translate(self, line: &str, at: usize, script: &mut Script) {
        let escape = match self {
            Self::Posix => return script.extract.push(line, at),
            Self::Cmd => '^',
            Self::Pwsh => '`',
        };
        let mut skip = 0;
        let mut before = ' ';
        for (offset, c) in line.char_indices() {
            let (here, rest) = (at + offset, line.get(offset..).unwrap_or(""));
            if offset < skip {
                continue;
            }
            if let Some(length) = self.filled_in(rest, before) {
                script.push_hole(rest.get(..length).unwrap_or(""), here);
                skip = offset + length;
            } else if c == escape {
                script.extract.push("\\", here);
                let next = rest.chars().nth(1).unwrap_or('\n');
                if next != '\n' {
                    let end = 1 + next.len_utf8();
                    script.extract.push(rest.get(1..end).unwrap_or(""), here + 1);
                    skip = offset + end;
                }
            } else {
                let literal = c == '\\' || self == Self::Cmd && matches!(c, '`' | '$' | '\'');
                if literal {
                    script.extract.push("\\", here);
                }
                script.extract.push(rest.get(..c.len_utf8()).unwrap_or(""), here);
            }
            before = c;
        }
    }

    /// How much of this the shell fills in where a shell of POSIX would not: `%NAME%`, and the
    /// array `@name`.
    fn filled_in(self, rest: &str, before: char) -> Option<usize> {
        let name = |text: &str| {
            text.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count()
        };
        match self {
            Self::Cmd => {
                let inner = rest.strip_prefix('%')?;
                let length = name(inner);
                let closed = length > 0 && inner.as_bytes().get(length) == Some(&b'%');
                closed.then_some(length + 2)
            }
            Self::Pwsh if before.is_whitespace() => {
                let length = name(rest.strip_prefix('@')?);
                (length > 0).then_some(length + 1)
            }
            _ => None,
        }
    }
}

/// Whether a line is one of our commands, as it stands.
pub(super) fn is_ours(line: &str) -> bool {
    line.split_ascii_whitespace()
        .take(3)
        .any(|word| PROGRAMS.contains(&word.rsplit('/').next().unwrap_or(word)))
        && !line.starts_with(['#', '$', '>', '%'])
}

/// The length of a prompt at the beginning of a line, blanks included: `$ `, `user@host:~$ `,
/// `[root@host ~]# `.
fn prompt(line: &str) -> Option<usize> {
    const LONGEST: usize = 80;
    const SIGNS: &[char] = &['$', '#', '%', '>', '\u{276f}', '\u{279c}', '\u{3bb}', '!'];
    let start = line.len() - line.trim_start().len();
    let rest = line.get(start..)?;
    let near = rest.char_indices().take_while(|(at, _)| *at < LONGEST);
    for (at, sign) in near.filter(|(_, c)| SIGNS.contains(c)) {
        let (before, after) = (rest.get(..at)?, rest.get(at + sign.len_utf8()..)?);
        let blank = after.len() - after.trim_start_matches([' ', '\t']).len();
        let command = after.get(blank..)?;
        // Without a blank behind it, it is one only before a command of ours.
        if blank == 0 && !is_ours(command) || command.is_empty() {
            continue;
        }
        if is_prompt(before, sign, command) {
            return Some(start + at + sign.len_utf8() + blank);
        }
    }
    None
}

/// Whether this is what stands before the sign of a prompt.
fn is_prompt(before: &str, sign: char, command: &str) -> bool {
    let trimmed = before.trim_end();
    // `(venv) user@host`
    let inner = match trimmed.strip_prefix('(').and_then(|rest| rest.split_once(") ")) {
        Some((_, rest)) => rest,
        None => trimmed,
    };
    let first = inner.split(' ').next().unwrap_or("");
    match sign {
        '!' => before.is_empty() && is_ours(command),
        '>' => {
            let windows = trimmed == "PS" || trimmed.starts_with("PS ");
            windows || trimmed.get(1..3) == Some(":\\") || first.contains('@') && placed(inner)
        }
        '#' if trimmed.is_empty() => false,
        _ if trimmed.is_empty() => true,
        _ => {
            let shell = first.starts_with("bash-") || first.starts_with("sh-");
            let path = trimmed.starts_with(['~', '/']) && !trimmed.contains(' ');
            let host = !trimmed.contains(|c: char| !c.is_alphanumeric() && !"-_.:~/".contains(c));
            first.contains('@') && placed(inner)
                || shell
                || matches!(trimmed, "/" | "~")
                || (path || host) && is_ours(command)
        }
    }
}

/// Whether a text with an `@` may be who is where: `user@host:~/x`, `[root@host ~]`, `core@vm ~`.
fn placed(text: &str) -> bool {
    let parts = text.split(' ').filter(|part| !part.is_empty()).count();
    !text.contains(['"', '\'', '=', '<', '|', ';']) && !text.starts_with('@') && parts <= 2
}

/// The marks of the here-documents that begin on a line.
fn here_marks(line: &str) -> Vec<(&str, bool)> {
    let mut marks = vec![];
    let mut rest = line;
    while let Some((_, after)) = rest.split_once("<<") {
        rest = after;
        if let Some(string) = after.strip_prefix('<') {
            rest = string;
            continue;
        }
        let tabs = after.starts_with('-');
        let word = after.trim_start_matches(['-', ' ', '\'', '"', '\\']);
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-');
        let length = word.find(|c| !is_part(c)).unwrap_or(word.len());
        let mark = word.get(..length).unwrap_or("");
        if mark.starts_with(|c: char| c.is_alphabetic() || c == '_') {
            marks.push((mark, tabs));
        }
    }
    marks
}

/// The commands that lines show.
pub(super) struct Transcript<'t> {
    text: &'t str,
    shell: Shell,
    script: Script,
    /// The marks of the here-documents that are open, and whether tabs may stand before them.
    here: Vec<(&'t str, bool)>,
    goes_on: bool,
}

impl<'t> Transcript<'t> {
    /// The commands that these lines of a text show, in a block in this language.
    pub(super) fn script(
        text: &'t str,
        lines: &[Range<usize>],
        language: &str,
        shell: Shell,
    ) -> Script {
        let line_of = |range: &Range<usize>| text.get(range.clone()).unwrap_or("");
        let prompted = lines.iter().position(|line| prompt(line_of(line)).is_some());
        // A `#` is the prompt of root only where nothing says that it begins a comment.
        let first = lines.iter().map(&line_of).find(|line| !line.trim().is_empty()).unwrap_or("");
        let behind = |sign: &str, line: &str| {
            let after = line.trim_start().strip_prefix(sign);
            after.is_some_and(|rest| is_ours(rest.trim_start()))
        };
        let sign = |sign: &str| behind(sign, first);
        // Nothing but comments is no block of commands.
        let everywhere = |sign: &str| {
            let (mut goes_on, mut any) = (false, false);
            let all = lines.iter().map(&line_of).all(|line| {
                any |= behind(sign, line);
                let is = goes_on || line.trim().is_empty() || line.trim_start().starts_with(sign);
                goes_on = line.ends_with('\\');
                is
            });
            all && any
        };
        let console = matches!(
            language,
            "" | "console" | "shell-session" | "shellsession" | "sh-session" | "bash-session"
        );
        let other = match () {
            () if prompted.is_some() => None,
            () if console && (sign("#") || everywhere("#")) => Some("#"),
            () if sign(">") => Some(">"),
            () => None,
        };
        let mut transcript =
            Self { text, shell, script: Script::default(), here: vec![], goes_on: false };
        for (number, range) in lines.iter().enumerate() {
            let line = line_of(range);
            let shown = prompted.is_some() || other.is_some();
            let skip = if transcript.goes_on || !transcript.here.is_empty() {
                // The second prompt.
                Some(if shown && line.starts_with("> ") { 2 } else { 0 })
            } else if let Some(first) = prompted {
                // Before the first prompt there is nothing that could be output.
                prompt(line).or((number < first && is_ours(line)).then_some(0))
            } else if let Some(sign) = other {
                line.trim_start()
                    .strip_prefix(sign)
                    .map(|rest| line.len() - rest.trim_start().len())
            } else {
                Some(0)
            };
            if let Some(skip) = skip {
                transcript.line(range.start + skip..range.end);
            }
        }
        transcript.script.in_document()
    }

    /// A script of a shell as one of POSIX would have it.
    pub(super) fn translated(script: &Script, shell: Shell) -> Script {
        let mut result = Script { fixed: script.fixed, ..Script::default() };
        let mut at = 0;
        for line in script.extract.text.split_inclusive('\n') {
            let own = line.trim_end_matches(['\r', '\n']);
            shell.translate(own, script.extract.byte(at), &mut result);
            result.extract.push("\n", script.extract.byte(at + own.len()));
            at += line.len();
        }
        result
    }

    fn line(&mut self, range: Range<usize>) {
        let line: &'t str = self.text.get(range.clone()).unwrap_or("");
        let (last, before) = (line.chars().next_back(), self.script.extract.text.len());
        if let Some((mark, tabs)) = self.here.first() {
            let own = if *tabs { line.trim_start_matches('\t') } else { line };
            if own == *mark {
                self.here.remove(0);
            }
            self.script.extract.push(line, range.start);
        } else {
            self.shell.translate(line, range.start, &mut self.script);
            self.goes_on = match self.shell {
                Shell::Posix => last == Some('\\'),
                Shell::Cmd => last == Some('^'),
                Shell::Pwsh => last == Some('`'),
            };
            if self.shell == Shell::Posix
                && !self
                    .script
                    .extract
                    .text
                    .get(before..)
                    .unwrap_or("")
                    .trim_start()
                    .starts_with('#')
            {
                self.here = here_marks(line);
            }
        }
        self.script.extract.push("\n", range.end);
    }
}
