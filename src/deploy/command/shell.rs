//! The simple commands of a shell script, wherever they stand: in lists, pipelines, compound
//! commands, functions and substitutions (POSIX "Shell Command Language" 2, and the additions of
//! bash(1)). It is no shell: what it cannot tell apart without running the script stays unknown,
//! and nothing is refused but what never ends.

use std::ops::Range;

use super::word::{Piece, ScriptVariables, Word};

/// A simple command.
#[derive(Clone, Debug)]
pub(crate) struct SimpleCommand {
    /// Where the list begins in which it stands: `cd x && docker run ...` begins at `cd`.
    pub list: usize,
    /// Its words, assignments before the command among them.
    pub words: Vec<Word>,
    /// Whether it stands in a string that another shell gets to run: there nothing can be put in
    /// without a thought for quotes.
    pub in_string: bool,
}

/// Something that never ends, and where it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unclosed {
    /// The byte.
    pub at: usize,
    /// What it is.
    pub what: &'static str,
}

/// How deep substitutions may be nested.
const MOST_DEPTH: usize = 40;

/// When to stop.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Until {
    /// At the end of the text.
    End,
    /// At the `)` that closes the substitution.
    Parenthesis,
    /// At the end of the line, unless the command goes on.
    Line,
}

/// Walks through a text and collects the commands that may start containers.
pub(crate) struct Walker<'a> {
    text: &'a str,
    /// Whether it is a document, in which `<name>` stands for something to be filled in.
    document: bool,
    /// Whether what is never closed ends with the text.
    lenient: bool,
    /// The commands found, in the order in which they end.
    pub found: Vec<SimpleCommand>,
    /// Every command, for callers that want just the last one.
    pub last: Option<SimpleCommand>,
    /// The variables.
    pub variables: ScriptVariables,
    depth: usize,
    in_string: usize,
    /// How many compound commands are open, as far as the walker keeps count.
    control: usize,
    /// Up to here `((` is known to begin no arithmetic.
    no_arithmetic: usize,
}

/// What [`Walker::list`] keeps while it goes through a list.
#[derive(Default)]
struct State {
    words: Vec<Word>,
    list: Option<usize>,
    /// Whether the operator before was `&&`, `||` or `|`.
    joined: bool,
    parentheses: usize,
    /// For each `case` that is open: whether a pattern comes next.
    cases: Vec<bool>,
    here: Vec<HereDocument>,
    /// Whether a command of this line is a shell that reads its standard input.
    shell: bool,
}

struct HereDocument {
    end: String,
    tabs: bool,
}

impl<'a> Walker<'a> {
    /// For a text, which is a document or a script.
    #[must_use]
    pub(crate) fn new(text: &'a str, document: bool) -> Self {
        Self {
            text,
            document,
            lenient: false,
            found: vec![],
            last: None,
            variables: ScriptVariables::default(),
            depth: 0,
            in_string: 0,
            control: 0,
            no_arithmetic: 0,
        }
    }

    /// The text.
    #[must_use]
    pub(crate) fn text(&self) -> &'a str {
        self.text
    }

    /// Goes on with what is never closed taken as closed where the text ends.
    pub(crate) fn lenient(&mut self, within: impl FnOnce(&mut Self) -> Result<usize, Unclosed>) {
        self.lenient = true;
        let found = self.found.len();
        if within(self).is_err() {
            self.found.truncate(found);
        }
        self.lenient = false;
    }

    /// What is to be said of something that is never closed.
    fn unclosed(&self, at: usize, end: usize, what: &'static str) -> Result<usize, Unclosed> {
        if self.lenient { Ok(end) } else { Err(Unclosed { at, what }) }
    }

    fn byte(&self, at: usize, end: usize) -> Option<u8> {
        if at < end { self.text.as_bytes().get(at).copied() } else { None }
    }

    fn slice(&self, range: Range<usize>) -> &'a str {
        self.text.get(range).unwrap_or("")
    }

    /// One level deeper, bounded.
    fn deeper<T>(
        &mut self,
        at: usize,
        within: impl FnOnce(&mut Self) -> Result<T, Unclosed>,
    ) -> Result<T, Unclosed> {
        if self.depth == MOST_DEPTH {
            return Err(Unclosed { at, what: "substitutions are nested too deep" });
        }
        self.depth += 1;
        let result = within(self);
        self.depth -= 1;
        result
    }

    /// Goes through a list of commands; the byte after it.
    ///
    /// # Errors
    /// When a quote or substitution is never closed.
    #[expect(
        clippy::too_many_lines,
        reason = "an arm for each thing that a list of commands consists of"
    )]
    pub(crate) fn list(
        &mut self,
        from: usize,
        end: usize,
        until: Until,
    ) -> Result<usize, Unclosed> {
        let mut state = State::default();
        let mut at = from;
        loop {
            at = self.blanks(at, end);
            let Some(byte) = self.byte(at, end) else {
                self.finish(&mut state);
                return if until == Until::Parenthesis {
                    self.unclosed(from, end, "this substitution is never closed")
                } else {
                    Ok(end)
                };
            };
            match byte {
                b'\n' => {
                    self.finish(&mut state);
                    at = self.here_documents(&mut state, at + 1, end);
                    if !state.joined {
                        state.list = None;
                        if until == Until::Line {
                            return Ok(at);
                        }
                    }
                }
                b'#' => at = self.line_end(at, end),
                b';' => {
                    self.finish(&mut state);
                    (state.list, state.joined) = (None, false);
                    at += 1;
                    if matches!(self.byte(at, end), Some(b';' | b'&')) {
                        at += 1;
                        if let Some(pattern) = state.cases.last_mut() {
                            *pattern = true;
                        }
                    }
                }
                b'&' if self.byte(at + 1, end) == Some(b'>') => {
                    at = self.redirection(&mut state, at + 1, end)?
                }
                b'&' | b'|' => {
                    let next = self.byte(at + 1, end);
                    let double = next == Some(byte) || byte == b'|' && next == Some(b'&');
                    let list = byte == b'&' && !double;
                    at += if double { 2 } else { 1 };
                    if state.cases.last() == Some(&true) {
                        state.words.clear();
                        continue;
                    }
                    self.finish(&mut state);
                    state.joined = !list;
                    if list {
                        state.list = None;
                    }
                }
                b'(' => at = self.open(&mut state, at, end),
                b')' => {
                    at += 1;
                    if let Some(pattern) = state.cases.last_mut().filter(|pattern| **pattern) {
                        *pattern = false;
                        state.words.clear();
                        (state.list, state.joined) = (None, false);
                    } else {
                        self.finish(&mut state);
                        if state.parentheses > 0 {
                            state.parentheses -= 1;
                            self.control = self.control.saturating_sub(1);
                        } else if until == Until::Parenthesis {
                            return Ok(at);
                        }
                        state.joined = false;
                    }
                }
                b'<' | b'>'
                    if self.byte(at + 1, end) != Some(b'(')
                        && self.placeholder(at, end).is_none() =>
                {
                    at = self.redirection(&mut state, at, end)?;
                }
                _ => at = self.word_of_command(&mut state, at, end)?,
            }
        }
    }

    /// Past blanks, and lines that go on.
    fn blanks(&self, mut at: usize, end: usize) -> usize {
        loop {
            at += match self.byte(at, end) {
                Some(b' ' | b'\t' | b'\r') => 1,
                Some(b'\\') => match self.continuation(at, end) {
                    0 => return at,
                    length => length,
                },
                _ => return at,
            };
        }
    }

    /// How long the `\` and the end of line are that let a line go on; 0 where there is none.
    fn continuation(&self, at: usize, end: usize) -> usize {
        match (self.byte(at + 1, end), self.byte(at + 2, end)) {
            (Some(b'\n'), _) => 2,
            (Some(b'\r'), Some(b'\n')) => 3,
            _ => 0,
        }
    }

    fn line_end(&self, at: usize, end: usize) -> usize {
        memchr::memchr(b'\n', self.slice(at..end).as_bytes()).map_or(end, |newline| at + newline)
    }

    /// At a `(`.
    fn open(&mut self, state: &mut State, at: usize, end: usize) -> usize {
        if state.cases.last() == Some(&true) {
            return at + 1;
        }
        if state.words.is_empty() {
            if self.byte(at + 1, end) == Some(b'(')
                && let Some(after) = self.arithmetic(at, end)
            {
                return after;
            }
            state.parentheses += 1;
            self.control += 1;
        } else if state.words.len() == 1 {
            // A function: what follows is its body.
            let inside = self.blanks(at + 1, end);
            if self.byte(inside, end) == Some(b')') {
                state.words.clear();
                return inside + 1;
            }
        }
        at + 1
    }

    /// The end of `((...))`, where it is arithmetic.
    fn arithmetic(&mut self, at: usize, end: usize) -> Option<usize> {
        if at < self.no_arithmetic {
            return None;
        }
        let (mut depth, bytes) = (0usize, self.text.as_bytes());
        for here in at..end {
            match bytes.get(here) {
                Some(b'(') => depth += 1,
                Some(b')') => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                if bytes.get(here - 1) == Some(&b')') {
                    return Some(here + 1);
                }
                self.no_arithmetic = here;
                return None;
            }
        }
        self.no_arithmetic = end;
        None
    }

    /// At `<` or `>`: the operator and the word behind it.
    fn redirection(&mut self, state: &mut State, at: usize, end: usize) -> Result<usize, Unclosed> {
        let operator = |text: &str| self.slice(at..end).starts_with(text);
        let (length, here) = match () {
            () if operator("<<<") => (3, None),
            () if operator("<<-") => (3, Some(true)),
            () if operator("<<") => (2, Some(false)),
            () if [">>", ">|", ">&", "<&", "<>"].iter().any(|two| operator(two)) => (2, None),
            () => (1, None),
        };
        let from = self.blanks(at + length, end);
        if matches!(
            self.byte(from, end),
            None | Some(b'\n' | b';' | b'&' | b'|' | b'(' | b')' | b'<' | b'>')
        ) {
            return Ok(from);
        }
        let (word, after) = self.word(from, end)?;
        if let Some(tabs) = here {
            // The word as it is but for its quotes; what looks like a variable is none.
            let raw =
                self.slice(word.range.clone()).chars().filter(|c| !matches!(c, '\'' | '"' | '\\'));
            state.here.push(HereDocument { end: raw.collect(), tabs });
        }
        Ok(after)
    }

    /// Passes over the here-documents that begin on this line. They are data, unless a shell reads
    /// them.
    fn here_documents(&mut self, state: &mut State, from: usize, end: usize) -> usize {
        let mut at = from;
        let shell = std::mem::take(&mut state.shell);
        for here in std::mem::take(&mut state.here) {
            let begin = at;
            let mut body_end = end;
            while at < end {
                let next = self.line_end(at, end);
                let line = self.slice(at..next);
                let line = line.strip_suffix('\r').unwrap_or(line);
                let is_end = if here.tabs {
                    line.trim_start_matches('\t') == here.end
                } else {
                    line == here.end
                };
                if is_end {
                    body_end = at;
                }
                at = (next + 1).min(end);
                if is_end {
                    break;
                }
            }
            if shell {
                self.script_within(begin, body_end, false);
            }
        }
        at
    }

    /// Looks through a part of the text that another shell gets to run. What is wrong in it is not
    /// the script's fault.
    fn script_within(&mut self, from: usize, end: usize, in_string: bool) {
        let control = self.control;
        // Its variables are its own.
        self.control += 1;
        self.in_string += usize::from(in_string);
        let known = self.found.len();
        if self.deeper(from, |walker| walker.list(from, end, Until::End)).is_err() {
            self.found.truncate(known);
        }
        self.in_string -= usize::from(in_string);
        self.control = control;
    }

    /// A word of a command, which may turn out to be a keyword or an assignment of an array.
    fn word_of_command(
        &mut self,
        state: &mut State,
        at: usize,
        end: usize,
    ) -> Result<usize, Unclosed> {
        let (word, mut after) = self.word(at, end)?;
        let raw = self.slice(word.range.clone());
        // `2>`
        if matches!(self.byte(after, end), Some(b'<' | b'>'))
            && raw.bytes().all(|b| b.is_ascii_digit())
        {
            return Ok(after);
        }
        if state.cases.last() == Some(&true) && raw != "esac" {
            return Ok(after);
        }
        if state.words.is_empty() {
            match raw {
                "if" | "while" | "until" | "{" => {
                    self.control += 1;
                    return Ok(after);
                }
                "then" | "do" | "else" | "elif" | "!" | "coproc" => return Ok(after),
                "fi" | "done" | "}" => {
                    self.control = self.control.saturating_sub(1);
                    return Ok(after);
                }
                "esac" => {
                    self.control = self.control.saturating_sub(1);
                    state.cases.pop();
                    return Ok(after);
                }
                "[[" => {
                    after = self.condition(after, end)?;
                    state.list.get_or_insert(at);
                    state.words.push(word);
                    return Ok(after);
                }
                "for" | "select" => self.control += 1,
                _ => {}
            }
            state.list.get_or_insert(at);
        }
        if self.byte(after, end) == Some(b'(')
            && let Some((name, value)) = raw.split_once('=')
            && value.is_empty()
        {
            let (elements, closed) = self.deeper(after, |walker| walker.elements(after, end))?;
            let flat = self.is_flat(state);
            let sole = !name.ends_with('+') && flat;
            self.variables.set_array(name.trim_end_matches('+'), at, sole.then_some(elements));
            after = closed;
            // It must not be taken for `name=` as well.
            if state.words.is_empty() {
                return Ok(after);
            }
        }
        state.words.push(word);
        match state.words.as_slice() {
            [first, _, third] if first.fixed() == Some("case") && third.fixed() == Some("in") => {
                self.control += 1;
                state.cases.push(true);
                state.words.clear();
            }
            [first, .., last] if first.fixed() == Some("function") && last.fixed() == Some("{") => {
                self.control += 1;
                state.words.clear();
            }
            _ => {}
        }
        Ok(after)
    }

    /// The elements in `(...)` of an array.
    fn elements(&mut self, from: usize, end: usize) -> Result<(Vec<Word>, usize), Unclosed> {
        let mut at = from + 1;
        let mut elements = vec![];
        loop {
            at = self.blanks(at, end);
            match self.byte(at, end) {
                None => {
                    return Err(Unclosed { at: from, what: "this parenthesis is never closed" });
                }
                Some(b')') => return Ok((elements, at + 1)),
                Some(b'#') => at = self.line_end(at, end),
                Some(b'\n' | b'(' | b';' | b'&' | b'|') => at += 1,
                Some(b'<' | b'>')
                    if self.byte(at + 1, end) != Some(b'(')
                        && self.placeholder(at, end).is_none() =>
                {
                    at += 1
                }
                Some(_) => {
                    let (word, after) = self.word(at, end)?;
                    elements.push(word);
                    at = after;
                }
            }
        }
    }

    /// `[[ ... ]]`, in which operators and parentheses mean something else.
    fn condition(&mut self, from: usize, end: usize) -> Result<usize, Unclosed> {
        let mut at = from;
        loop {
            at = self.blanks(at, end);
            match self.byte(at, end) {
                None => return Ok(at),
                Some(b'\n' | b'(' | b')' | b'<' | b'>' | b'|' | b'&' | b';') => at += 1,
                Some(_) => {
                    let (word, after) = self.word(at, end)?;
                    at = after;
                    if self.slice(word.range) == "]]" {
                        return Ok(at);
                    }
                }
            }
        }
    }

    /// Whether what runs here always runs, and in this very shell.
    fn is_flat(&self, state: &State) -> bool {
        self.depth == 0
            && self.control == 0
            && state.parentheses == 0
            && state.cases.is_empty()
            && !state.joined
    }

    /// The end of a simple command.
    fn finish(&mut self, state: &mut State) {
        let words = std::mem::take(&mut state.words);
        let list = state.list;
        let flat = self.is_flat(state);
        state.joined = false;
        if words.is_empty() || state.cases.last() == Some(&true) {
            return;
        }
        self.assignments(&words, flat);
        let at = words.first().map_or(0, |word| word.range.start);
        let bare = super::line::shell_of(&words);
        if let Some(shell) = bare {
            match shell {
                super::line::ShellRun::Input => state.shell = true,
                super::line::ShellRun::String(inside) => {
                    self.script_within(inside.start, inside.end, true)
                }
            }
        }
        let command =
            SimpleCommand { list: list.unwrap_or(at), words, in_string: self.in_string > 0 };
        if super::line::may_start_container(&command.words) {
            self.found.push(command.clone());
        }
        self.last = Some(command);
    }

    /// Notes what a command does to variables.
    #[expect(clippy::too_many_lines, reason = "an arm for each builtin that sets variables")]
    fn assignments(&mut self, words: &[Word], flat: bool) {
        let name_of = |word: &Word| {
            let raw = self.slice(word.range.clone());
            let length =
                raw.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
            let (name, rest) = (raw.get(..length)?, raw.get(length..)?);
            let named = !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit());
            named.then_some((name, rest))
        };
        let mut set: Vec<(&str, usize, Option<Word>)> = vec![];
        let mut assign = |word: &Word| {
            let Some((name, rest)) = name_of(word) else { return false };
            let at = word.range.start;
            if rest.starts_with('=') {
                let mut value = word.clone();
                if let Some(Piece::Text(text)) = value.pieces.first_mut() {
                    *text = text.get(name.len() + 1..).unwrap_or("").to_owned();
                }
                // A tilde, and what would be matched against files, is not what it says.
                let odd = rest.starts_with("=~");
                set.push((name, at, (flat && !odd).then_some(value)));
            } else if rest.starts_with("+=") || rest.starts_with('[') {
                set.push((name, at, None));
            } else {
                return false;
            }
            true
        };
        let is_assignment = |word: &Word| {
            name_of(word).is_some_and(|(_, rest)| {
                rest.starts_with('=')
                    || rest.starts_with("+=")
                    || rest.starts_with('[') && rest.contains('=')
            })
        };
        if words.iter().all(is_assignment) {
            words.iter().for_each(|word| {
                assign(word);
            });
        }
        let mut anything = None;
        let first = words.iter().find(|word| !is_assignment(word));
        if let Some(first) = first {
            let rest = words.iter().skip_while(|word| word.range.start <= first.range.start);
            match first.fixed() {
                Some("export" | "readonly" | "declare" | "typeset" | "local") => {
                    rest.for_each(|word| {
                        assign(word);
                    })
                }
                Some(
                    "read" | "for" | "select" | "unset" | "getopts" | "mapfile" | "readarray"
                    | "let" | "printf" | ":",
                ) => {
                    let names = rest
                        .filter_map(|word| name_of(word).map(|(name, _)| (name, word.range.start)));
                    let names: Vec<_> = names.collect();
                    let sets = first.fixed() != Some("printf")
                        || words.iter().any(|word| word.fixed() == Some("-v"));
                    set.extend(
                        names
                            .into_iter()
                            .filter(|_| sets && first.fixed() != Some(":"))
                            .map(|(name, at)| (name, at, None)),
                    );
                }
                Some("source" | "." | "eval") => anything = Some(first.range.start),
                _ => {}
            }
        }
        for (name, at, value) in set {
            self.variables.set(name, at, value);
        }
        if let Some(at) = anything {
            self.variables.set_anything(at);
        }
    }

    /// The length of a placeholder of a document, `<image>`; in a script there is none.
    fn placeholder(&self, at: usize, end: usize) -> Option<usize> {
        const LONGEST: usize = 80;
        if !self.document
            || self.byte(at, end) != Some(b'<')
            || !self.byte(at + 1, end)?.is_ascii_alphabetic()
        {
            return None;
        }
        let bytes = self.text.as_bytes().get(at..end.min(at + LONGEST))?;
        let close = bytes.iter().position(|b| matches!(b, b'>' | b'\n' | b'"' | b'\'' | b'`'))?;
        let is_one =
            bytes.get(close) == Some(&b'>') && !bytes.get(close - 1)?.is_ascii_whitespace();
        let next = self.byte(at + close + 1, end);
        let ends = !next.is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'$' | b'&'));
        (is_one && ends).then_some(close + 1)
    }

    /// A word, and the byte after it.
    ///
    /// # Errors
    /// When a quote or substitution in it is never closed.
    #[expect(clippy::too_many_lines, reason = "an arm for each thing that a word consists of")]
    pub(crate) fn word(&mut self, from: usize, end: usize) -> Result<(Word, usize), Unclosed> {
        let mut word = Word::default();
        let mut at = from;
        let mut quoted = false;
        while let Some(byte) = self.byte(at, end) {
            if let Some(length) = self.placeholder(at, end) {
                word.pieces.push(Piece::Other {
                    quoted: true,
                    raw: self.slice(at..at + length).to_owned(),
                });
                at += length;
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
                    let close = memchr::memchr(b'\'', self.slice(at + 1..end).as_bytes());
                    let close = match close {
                        Some(length) => at + 1 + length,
                        None => self.unclosed(at, end, "this quote is never closed")?,
                    };
                    word.push(self.slice(at + 1..close));
                    at = (close + 1).min(end);
                }
                b'"' => {
                    quoted = true;
                    at = self.double(&mut word, at, end)?;
                }
                b'`' => at = self.backticks(&mut word, at, end, false)?,
                b'$' => at = self.dollar(&mut word, at, end, false)?,
                _ => {
                    let special = |b: &u8| {
                        matches!(
                            b,
                            b' ' | b'\t'
                                | b'\r'
                                | b'\n'
                                | b';'
                                | b'&'
                                | b'|'
                                | b'('
                                | b')'
                                | b'<'
                                | b'>'
                                | b'\\'
                                | b'\''
                                | b'"'
                                | b'`'
                                | b'$'
                        )
                    };
                    let length =
                        self.slice(at..end).as_bytes().iter().position(special).unwrap_or(end - at);
                    word.push(self.slice(at..at + length));
                    at += length;
                }
            }
        }
        if at == from {
            // Never stand still.
            at = (from + 1).min(end);
        }
        word.range = from..at;
        let raw = self.slice(from..at).as_bytes();
        word.whole_quote = quoted
            && match raw {
                [b'\'', inside @ .., b'\''] => memchr::memchr(b'\'', inside).is_none(),
                [b'"', inside @ .., b'"'] => memchr::memchr2(b'"', b'\\', inside).is_none(),
                _ => false,
            };
        if quoted && word.pieces.is_empty() {
            word.pieces.push(Piece::Text(String::new()));
        }
        Ok((word, at))
    }

    /// A string in `"`, and the byte after it.
    fn double(&mut self, word: &mut Word, from: usize, end: usize) -> Result<usize, Unclosed> {
        let mut at = from + 1;
        loop {
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
                    let special = |b: &u8| matches!(b, b'"' | b'\\' | b'`' | b'$');
                    let length =
                        self.slice(at..end).as_bytes().iter().position(special).unwrap_or(end - at);
                    word.push(self.slice(at..at + length));
                    at += length;
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
        let bytes = self.text.as_bytes();
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
        word.pieces.push(Piece::Other { quoted, raw: self.slice(from..after).to_owned() });
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
