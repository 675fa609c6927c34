//! The simple commands of a shell script, wherever they stand: in lists, pipelines, compound
//! commands, functions and substitutions (POSIX "Shell Command Language" 2, and the additions of
//! bash(1)). It is no shell: what it cannot tell apart without running the script stays unknown,
//! and nothing is refused but what never ends.

use std::collections::HashMap;
use std::ops::Range;

use super::line::{self, ShellRun};
use super::script::Script;
use super::variables::ScriptVariables;
use super::word::Word;
use super::words::unquoted;

#[derive(Clone, Debug)]
pub(crate) struct SimpleCommand {
    /// Where the list begins in which it stands: `cd x && docker run ...` begins at `cd`.
    pub list: usize,
    /// Its words, assignments before the command among them.
    pub words: Vec<Word>,
    /// Whether it stands in a string that another shell gets to run, or in an alias: there nothing
    /// can be put in without a thought for quotes.
    pub in_string: bool,
    /// Whether it runs at the level of the script itself, so that what was set before it is set.
    pub flat: bool,
    /// What an alias has to do with it.
    pub alias: Option<Alias>,
}

/// What an alias has to do with a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Alias {
    /// It is what an alias stands for: more words may follow where it is used.
    Means,
    /// It begins with an alias whose meaning stands here.
    Uses(usize),
}

/// A here-document that no shell reads.
#[derive(Clone, Debug)]
pub(crate) struct HeldFile {
    /// Its lines.
    pub range: Range<usize>,
    /// Whether the tabs before its lines are no part of it.
    pub tabs: bool,
    /// The name of the file that it is written to.
    pub name: Option<String>,
}

/// Something that never ends, and where it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unclosed {
    /// The byte.
    pub at: usize,
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

/// Walks through a script and collects the commands that may start containers.
pub(crate) struct Walker<'a> {
    script: &'a Script,
    text: &'a str,
    /// Whether what is never closed ends with the text.
    lenient: bool,
    /// Which commands are collected.
    wanted: fn(&[Word]) -> bool,
    /// The commands found, in the order in which they end.
    pub found: Vec<SimpleCommand>,
    /// Every command, for callers that want just the last one.
    pub last: Option<SimpleCommand>,
    /// The files that here-documents hold.
    pub held: Vec<HeldFile>,
    pub variables: ScriptVariables,
    /// What aliases mean, and where that stands.
    aliases: HashMap<String, (usize, Vec<Word>)>,
    depth: usize,
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
    /// The word behind `<<<`, or what `echo` says into a pipe.
    input: Option<Word>,
    /// The file that this line writes.
    written: Option<String>,
}

struct HereDocument {
    end: String,
    tabs: bool,
}

impl<'a> Walker<'a> {
    #[must_use]
    pub(crate) fn new(script: &'a Script) -> Self {
        Self {
            script,
            text: &script.extract.text,
            lenient: false,
            wanted: line::may_start_container,
            found: vec![],
            last: None,
            held: vec![],
            variables: ScriptVariables::default(),
            aliases: HashMap::new(),
            depth: 0,
            control: 0,
            no_arithmetic: 0,
        }
    }

    /// The same, which collects other commands than those that may start containers.
    pub(crate) fn looking_for(self, wanted: fn(&[Word]) -> bool) -> Self {
        Self { wanted, ..self }
    }

    #[must_use]
    pub(crate) fn text(&self) -> &'a str {
        self.text
    }

    /// How long the hole is that begins here.
    pub(super) fn hole_at(&self, at: usize, end: usize) -> Option<usize> {
        self.script.hole_at(at, end)
    }

    /// Where the next hole begins, or the end.
    pub(super) fn next_hole(&self, at: usize, end: usize) -> usize {
        self.script.next_hole(at, end)
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
    pub(super) fn unclosed(
        &self,
        at: usize,
        end: usize,
        what: &'static str,
    ) -> Result<usize, Unclosed> {
        if self.lenient { Ok(end) } else { Err(Unclosed { at, what }) }
    }

    pub(super) fn byte(&self, at: usize, end: usize) -> Option<u8> {
        if at < end { self.text.as_bytes().get(at).copied() } else { None }
    }

    pub(super) fn slice(&self, range: Range<usize>) -> &'a str {
        self.text.get(range).unwrap_or("")
    }

    /// One level deeper, bounded.
    pub(super) fn deeper<T>(
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
                self.finish(&mut state, false);
                return if until == Until::Parenthesis {
                    self.unclosed(from, end, "this substitution is never closed")
                } else {
                    Ok(end)
                };
            };
            match byte {
                b'\n' => {
                    self.finish(&mut state, false);
                    state.input = None;
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
                    self.finish(&mut state, false);
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
                    self.finish(&mut state, list || !double);
                    state.joined = !list;
                    if list {
                        state.list = None;
                    }
                }
                b'(' if self.hole_at(at, end).is_none() => at = self.open(&mut state, at, end),
                b')' => {
                    at += 1;
                    if let Some(pattern) = state.cases.last_mut().filter(|pattern| **pattern) {
                        *pattern = false;
                        state.words.clear();
                        (state.list, state.joined) = (None, false);
                    } else {
                        self.finish(&mut state, false);
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
                    if self.byte(at + 1, end) != Some(b'(') && self.hole_at(at, end).is_none() =>
                {
                    at = self.redirection(&mut state, at, end)?;
                }
                _ => at = self.word_of_command(&mut state, at, end)?,
            }
        }
    }

    /// Past blanks, and lines that go on.
    pub(super) fn blanks(&self, mut at: usize, end: usize) -> usize {
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
    pub(super) fn continuation(&self, at: usize, end: usize) -> usize {
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
    pub(super) fn arithmetic(&mut self, at: usize, end: usize) -> Option<usize> {
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
        } else if length == 3 {
            state.input = Some(word);
        } else if matches!(self.slice(at..at + length), ">" | ">>" | ">|") {
            state.written = word.fixed().map(str::to_owned);
        }
        Ok(after)
    }

    /// Passes over the here-documents that begin on this line. They are data, unless a shell reads
    /// them.
    fn here_documents(&mut self, state: &mut State, from: usize, end: usize) -> usize {
        let mut at = from;
        let shell = std::mem::take(&mut state.shell);
        let name = std::mem::take(&mut state.written);
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
            let body = self.slice(begin..body_end);
            if shell || body.starts_with("#!") || name.as_deref().is_some_and(super::is_script) {
                self.script_within(begin, body_end);
            } else if begin < body_end {
                let (range, tabs, name) = (begin..body_end, here.tabs, name.clone());
                self.held.push(HeldFile { range, tabs, name });
            }
        }
        at
    }

    /// Looks through a part of the text that another shell gets to run. What is wrong in it is not
    /// the script's fault.
    fn script_within(&mut self, from: usize, end: usize) {
        let control = self.control;
        // Its variables are its own.
        self.control += 1;
        let known = self.found.len();
        if self.deeper(from, |walker| walker.list(from, end, Until::End)).is_err() {
            self.found.truncate(known);
        }
        self.control = control;
    }

    /// Looks through what another shell gets as a string to run; the last command in it.
    fn commands_within(&mut self, script: &Script, alias: Option<Alias>) -> Option<SimpleCommand> {
        let mut inner = Walker::new(script).looking_for(self.wanted);
        inner.depth = self.depth + 1;
        if inner.depth > MOST_DEPTH || inner.list(0, script.extract.text.len(), Until::End).is_err()
        {
            return None;
        }
        let last = inner.last.take();
        let outside = |mut command: SimpleCommand| {
            for word in &mut command.words {
                word.range = script.extract.range(word.range.clone());
            }
            let list = script.extract.byte(command.list);
            SimpleCommand { list, in_string: true, flat: false, alias, ..command }
        };
        self.found.extend(inner.found.drain(..).map(outside));
        last.map(outside)
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
        // A comment between the lines of a command: `# why` in backticks becomes no word.
        if word.pieces.is_empty() && raw.starts_with('`') {
            return Ok(after);
        }
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
            let adds = name.ends_with('+');
            self.variables.set_array(
                name.trim_end_matches('+'),
                at,
                flat.then_some(elements),
                adds,
            );
            // It must not be taken for `name=` as well.
            return Ok(closed);
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
                    if self.byte(at + 1, end) != Some(b'(') && self.hole_at(at, end).is_none() =>
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

    /// The end of a simple command, which runs in a shell of its own or in this one.
    fn finish(&mut self, state: &mut State, apart: bool) {
        let mut words = std::mem::take(&mut state.words);
        let list = state.list;
        let flat = self.is_flat(state) && !apart;
        state.joined = false;
        if words.is_empty() || state.cases.last() == Some(&true) {
            return;
        }
        self.variables.assigned_by(self.text, &words, flat);
        let at = words.first().map_or(0, |word| word.range.start);
        let input = state.input.take();
        match line::shell_of(&words) {
            Some(ShellRun::Input) => match input {
                Some(input) => {
                    let mut script = unquoted(self.script, &[&input]);
                    // An end of line as echo and printf take it.
                    script.extract.text = script.extract.text.replace("\\n", " \n");
                    self.commands_within(&script, None);
                }
                None => state.shell = true,
            },
            Some(ShellRun::Words(range)) => {
                let words: Vec<&Word> = words.get(range).unwrap_or(&[]).iter().collect();
                self.commands_within(&unquoted(self.script, &words), None);
            }
            None => {}
        }
        // What goes into a pipe.
        state.input = line::said(&words).filter(|_| apart).cloned();
        state.written = line::tee(&words).map(str::to_owned).or(state.written.take());
        self.define_aliases(&words);
        let mut alias = None;
        if let Some((meaning, stands_for)) =
            words.first().and_then(|first| self.aliases.get(first.fixed()?))
        {
            alias = Some(Alias::Uses(*meaning));
            words.splice(0..1, stands_for.iter().cloned());
        }
        let command = SimpleCommand {
            list: list.unwrap_or(at),
            words,
            in_string: alias.is_some(),
            flat: self.control == 0 && self.depth == 0,
            alias,
        };
        if (self.wanted)(&command.words) {
            self.found.push(command.clone());
        }
        self.last = Some(command);
    }

    /// `alias name='docker run ...'`.
    fn define_aliases(&mut self, words: &[Word]) {
        let Some((first, definitions)) = words.split_first() else { return };
        if first.fixed() != Some("alias") {
            return;
        }
        for word in definitions {
            let raw = self.slice(word.range.clone());
            let Some((name, _)) = raw.split_once('=') else { continue };
            let from = word.range.start + name.len() + 1;
            let value = Word { range: from..word.range.end, ..word.clone() };
            let script = unquoted(self.script, &[&value]);
            if let Some(last) = self.commands_within(&script, Some(Alias::Means)) {
                self.aliases.insert(name.to_owned(), (last.list, last.words));
            }
        }
    }
}
