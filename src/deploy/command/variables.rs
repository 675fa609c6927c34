//! The variables of a script, and the words that they become (POSIX "Shell Command Language" 2.6,
//! bash(1) "Arrays"). What is not sure without running the script stays unknown.

use std::cell::Cell;
use std::collections::HashMap;

use super::line::is_engine;
use super::word::{Argument, Piece, Word};

/// What a script makes of its variables.
#[derive(Debug, Default)]
pub(crate) struct ScriptVariables {
    assigned: HashMap<String, Vec<Assigned>>,
    /// Where something ran that may set any variable (`source`, `eval`).
    anything: Vec<usize>,
    /// How many pieces have been put in for others: variables of variables of variables may say "a
    /// billion laughs".
    used: Cell<usize>,
    /// Whether one of several engines has been put in for a variable.
    either: Cell<bool>,
}

/// How many pieces of words are put in for variables in one file; what is left is not known.
const MOST_PIECES: usize = 500_000;
/// The longest value that is put in.
const MOST_VALUE: usize = 10_000;

#[derive(Debug)]
struct Assigned {
    at: usize,
    /// `None`: one that cannot be known, or only under a condition.
    value: Option<Vec<Word>>,
    array: bool,
    /// Whether it is put behind what was there.
    adds: bool,
    /// The engine that it names, under a condition or not.
    engine: Option<String>,
}

/// A value that is sure: the words that it was put together from, and where each was set.
type KnownValue<'v> = Vec<(usize, &'v [Word])>;

impl ScriptVariables {
    fn set(&mut self, name: &str, at: usize, value: Option<Vec<Word>>, array: bool, adds: bool) {
        let all = self.assigned.entry(name.to_owned()).or_default();
        all.push(Assigned { at, value, array, adds, engine: None });
    }

    /// The engine that a variable names, where a condition decides which it is (`if command -v
    /// podman; then E=podman; else E=docker; fi`): the first of them.
    fn engine(&self, name: &str) -> Option<String> {
        let mut all = self.assigned.get(name)?.iter().map(|one| one.engine.as_deref());
        let first = all.next()??;
        let is_other = all.try_fold(false, |other, one| Some(other || one? != first))?;
        self.either.set(self.either.get() || is_other);
        Some(first.to_owned())
    }

    /// An array gets its elements here.
    pub(crate) fn set_array(
        &mut self,
        name: &str,
        at: usize,
        value: Option<Vec<Word>>,
        adds: bool,
    ) {
        self.set(name, at, value, true, adds);
    }

    /// The value that a variable has at a place: each that it ever gets is known, and where it gets
    /// several, the place is at the level of the script itself, where they are set in order.
    fn sure(&self, name: &str, at: Use, array: bool) -> Option<KnownValue<'_>> {
        let all = self.assigned.get(name)?.as_slice();
        if self.used.get() >= MOST_PIECES
            || (all.len() > 1 || name == "@") && !at.flat
            || all.iter().any(|one| one.value.is_none() || one.array != array)
        {
            return None;
        }
        let before = all.get(..all.partition_point(|one| one.at < at.byte))?;
        let first = before.iter().rposition(|one| !one.adds).unwrap_or(0);
        let counting = before.get(first..).filter(|counting| !counting.is_empty())?;
        let set_at = counting.first().map_or(0, |one| one.at);
        let next = self.anything.partition_point(|source| *source < set_at);
        if self.anything.get(next).is_some_and(|source| *source < at.byte) {
            return None;
        }
        let value = counting.iter().map(|one| Some((one.at, one.value.as_deref()?)));
        let sure: KnownValue<'_> = value.flatten().collect();
        let words = sure.iter().flat_map(|(_, words)| *words);
        let pieces: usize = words.map(|word| word.pieces.len() + 1).sum::<usize>() + all.len();
        self.used.set(self.used.get() + pieces);
        (self.used.get() < MOST_PIECES).then_some(sure)
    }

    /// The arguments that a word becomes.
    #[must_use]
    pub(crate) fn expand(&self, word: &Word, flat: bool) -> Vec<Argument> {
        self.either.set(false);
        let mut arguments = self.expand_within(word, Use { byte: word.range.start, flat }, 8);
        let either = self.either.get();
        arguments.iter_mut().for_each(|argument| argument.either = either);
        arguments
    }

    /// What is put in for a variable at a place.
    fn put_in(&self, name: &str, at: Use, levels: usize) -> Option<String> {
        let value = levels.checked_sub(1).and_then(|levels| self.value(name, at, levels));
        value.or_else(|| self.engine(name))
    }

    fn expand_within(&self, word: &Word, at: Use, levels: usize) -> Vec<Argument> {
        let range = word.range.clone();
        let plain = |text: String, indirect| Argument {
            sure: text.len(),
            text,
            range: range.clone(),
            many: false,
            variable: None,
            indirect,
            either: false,
        };
        if let ([Piece::Many { name, .. }], Some(levels)) =
            (word.pieces.as_slice(), levels.checked_sub(1))
            && let Some(parts) = self.sure(name, at, true)
        {
            let elements = parts
                .iter()
                .flat_map(|(set_at, elements)| elements.iter().map(|element| (*set_at, element)));
            let all: Vec<Argument> = elements
                .flat_map(|(set_at, element)| self.expand_within(element, at.set(set_at), levels))
                .collect();
            return all
                .into_iter()
                .map(|argument| Argument { range: range.clone(), indirect: true, ..argument })
                .collect();
        }
        let mut fields = Fields::default();
        // How much of the last argument is sure; those before it are.
        let mut sure = None;
        let (mut many, mut indirect) = (false, false);
        for piece in &word.pieces {
            match piece {
                Piece::Text(text) => fields.push(text),
                Piece::Variable { name, quoted, raw, .. } => match self.put_in(name, at, levels) {
                    Some(value) => {
                        indirect = true;
                        if *quoted { fields.push(&value) } else { fields.split(&value) }
                    }
                    None => {
                        sure.get_or_insert(fields.open.len());
                        fields.push(raw);
                        many |= !quoted;
                    }
                },
                Piece::Many { raw, .. } | Piece::Other { raw, .. } => {
                    sure.get_or_insert(fields.open.len());
                    fields.push(raw);
                    many |= !matches!(piece, Piece::Other { quoted: true, .. });
                }
            }
            if sure.is_some() && !fields.done.is_empty() {
                // What is sure of it is not worth the trouble: `$OPTIONS$MORE`.
                sure = Some(0);
            }
        }
        let Fields { done, open: text, is_open } = fields;
        let mut arguments: Vec<Argument> = done.into_iter().map(|text| plain(text, true)).collect();
        let empty_word = word.pieces.is_empty();
        if is_open || empty_word {
            let variable = match word.pieces.as_slice() {
                [Piece::Variable { name, .. } | Piece::Many { name, .. }] => Some(name.clone()),
                _ => None,
            };
            let sure = sure.unwrap_or(text.len());
            let many = many && sure < text.len();
            arguments.push(Argument { sure, text, range, many, variable, indirect, either: false });
        }
        arguments
    }

    /// The value of a variable at a place, where it is sure.
    fn value(&self, name: &str, at: Use, levels: usize) -> Option<String> {
        let parts = self.sure(name, at, false)?;
        let mut value = String::new();
        for (set_at, words) in parts {
            for piece in words.iter().flat_map(|word| &word.pieces) {
                if value.len() > MOST_VALUE {
                    return None;
                }
                match piece {
                    Piece::Text(text) => value.push_str(text),
                    Piece::Variable { name, default, .. } => {
                        let known = self.value(name, at.set(set_at), levels.checked_sub(1)?);
                        // The environment may say something else; which engine it hardly does.
                        let engine = default.clone().filter(|program| is_engine(program));
                        value.push_str(&known.or(engine).or_else(|| self.engine(name))?);
                    }
                    Piece::Many { .. } | Piece::Other { .. } => return None,
                }
            }
        }
        (value.len() <= MOST_VALUE).then_some(value)
    }

    /// Notes what a command does to variables; `flat`: it always runs, and in this very shell.
    pub(crate) fn assigned_by(&mut self, text: &str, words: &[Word], flat: bool) {
        let raw = |word: &Word| text.get(word.range.clone()).unwrap_or("");
        let assignments = words.iter().take_while(|word| is_assignment(raw(word))).count();
        let (before, command) = words.split_at_checked(assignments).unwrap_or((words, &[]));
        let Some((first, rest)) = command.split_first() else {
            before.iter().for_each(|word| self.assign(raw(word), word, flat));
            return;
        };
        match first.fixed() {
            Some("export" | "readonly" | "declare" | "typeset" | "local") => {
                for word in rest.iter().filter(|word| is_assignment(raw(word))) {
                    self.assign(raw(word), word, flat);
                }
            }
            Some("printf") if !rest.iter().any(|word| word.fixed() == Some("-v")) => {}
            Some(
                "read" | "for" | "select" | "unset" | "getopts" | "mapfile" | "readarray" | "let"
                | "printf",
            ) => {
                for word in rest {
                    if let Some((name, _)) = named(raw(word)) {
                        self.set(name, word.range.start, None, false, false);
                    }
                }
            }
            Some("set") if rest.first().is_some_and(|word| word.fixed() == Some("--")) => {
                let elements = rest.get(1..).unwrap_or(&[]).to_vec();
                self.set("@", first.range.start, flat.then_some(elements), true, false);
            }
            Some("set" | "shift") => self.set("@", first.range.start, None, true, false),
            // `eval set -- "$(getopt ...)"`
            Some("eval") if rest.first().is_some_and(|word| word.fixed() == Some("set")) => {
                self.set("@", first.range.start, None, true, false);
            }
            // What runs in it has seen what was set before.
            Some("source" | "." | "eval") => {
                self.anything.extend(command.last().map(|word| word.range.end));
            }
            _ => {}
        }
    }

    /// `name=value`, `name+=value`; an element of an array makes it unknown.
    fn assign(&mut self, raw: &str, word: &Word, flat: bool) {
        let Some((name, rest)) = named(raw) else { return };
        let (adds, sign) = match rest.strip_prefix("+=") {
            Some(_) => (true, "+="),
            None => (false, "="),
        };
        let mut value = word.clone();
        if let Some(Piece::Text(text)) = value.pieces.first_mut() {
            *text = text.get(name.len() + sign.len()..).unwrap_or("").to_owned();
        }
        // A tilde is not what it says.
        let is_known = flat && rest.starts_with(sign) && !rest.starts_with("=~");
        let engine = value.fixed().filter(|text| !adds && is_engine(text)).map(str::to_owned);
        self.set(name, word.range.start, is_known.then(|| vec![value]), false, adds);
        if let Some(one) = self.assigned.get_mut(name).and_then(|all| all.last_mut()) {
            one.engine = engine;
        }
    }
}

/// Where a variable is used.
#[derive(Clone, Copy, Debug)]
struct Use {
    byte: usize,
    /// Whether that is at the level of the script itself.
    flat: bool,
}

impl Use {
    fn set(self, byte: usize) -> Self {
        Self { byte, ..self }
    }
}

/// The name of a variable at the beginning of a word, and what follows it.
fn named(raw: &str) -> Option<(&str, &str)> {
    let length = raw.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
    let (name, rest) = raw.split_at_checked(length)?;
    let is_name = !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit());
    is_name.then_some((name, rest))
}

fn is_assignment(raw: &str) -> bool {
    named(raw).is_some_and(|(_, rest)| {
        rest.starts_with('=')
            || rest.starts_with("+=")
            || rest.starts_with('[') && rest.contains('=')
    })
}

/// The fields that a word becomes so far.
#[derive(Default)]
struct Fields {
    done: Vec<String>,
    /// The field that goes on, if one does.
    open: String,
    is_open: bool,
}

impl Fields {
    fn push(&mut self, text: &str) {
        self.open.push_str(text);
        self.is_open = true;
    }

    fn end(&mut self) {
        self.done.push(std::mem::take(&mut self.open));
        self.is_open = false;
    }

    /// A value that stands in no quotes is split at its blanks.
    fn split(&mut self, value: &str) {
        let is_blank = |c: char| c.is_ascii_whitespace();
        if value.starts_with(is_blank) && self.is_open {
            self.end();
        }
        let mut parts = value.split_ascii_whitespace().peekable();
        while let Some(part) = parts.next() {
            self.push(part);
            if parts.peek().is_some() || value.ends_with(is_blank) {
                self.end();
            }
        }
    }
}
