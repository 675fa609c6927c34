//! Words of the shell: what is sure about each, and what depends on the moment it runs.

use std::cell::Cell;
use std::collections::HashMap;
use std::ops::Range;

/// A word as written in the text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Word {
    /// Its bytes in the text that was walked.
    pub range: Range<usize>,
    /// What it is made of.
    pub pieces: Vec<Piece>,
    /// Whether it is nothing but one quoted string without escapes, so that the bytes between the
    /// quotes are its value.
    pub whole_quote: bool,
}

/// A part of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Text, quotes and escapes undone.
    Text(String),
    /// The value of a variable, e.g. `$NAME`.
    Variable {
        /// Its name.
        name: String,
        /// The default of `${NAME:-default}`.
        default: Option<String>,
        /// Whether it stays one word.
        quoted: bool,
        /// As written.
        raw: String,
    },
    /// Every element of an array or every argument, `"${NAME[@]}"`, `"$@"`: any number of words.
    Many {
        /// The name of the array, or `@`.
        name: String,
        /// As written.
        raw: String,
    },
    /// Something that only running it would tell, e.g. `$(pwd)`, or a placeholder of a document.
    Other {
        /// Whether it stays one word.
        quoted: bool,
        /// As written.
        raw: String,
    },
}

impl Word {
    /// Its value where all of it is text.
    #[must_use]
    pub(crate) fn fixed(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [] => Some(""),
            [Piece::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// More text at its end.
    pub(crate) fn push(&mut self, more: &str) {
        match self.pieces.last_mut() {
            Some(Piece::Text(text)) => text.push_str(more),
            _ if more.is_empty() => {}
            _ => self.pieces.push(Piece::Text(more.to_owned())),
        }
    }
}

/// An argument as the program gets it, where that can be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Argument {
    /// Its text; what is not known stands in it as written.
    pub text: String,
    /// How many bytes of the text are sure; all of them where nothing is unknown.
    pub sure: usize,
    /// The bytes of the word it comes from.
    pub range: Range<usize>,
    /// Whether it may be none or several arguments.
    pub many: bool,
    /// The name of the variable, where it is nothing else.
    pub variable: Option<String>,
    /// Whether the text is not in the word itself but in the value of a variable.
    pub indirect: bool,
}

impl Argument {
    /// Whether all of it is known.
    #[must_use]
    pub(crate) fn is_sure(&self) -> bool {
        self.sure == self.text.len()
    }

    /// What is known of its beginning.
    #[must_use]
    pub(crate) fn known(&self) -> &str {
        self.text.get(..self.sure).unwrap_or("")
    }

    /// What comes after this many of its bytes.
    #[must_use]
    pub(crate) fn after(&self, bytes: usize) -> Self {
        let text = self.text.get(bytes..).unwrap_or("").to_owned();
        Self {
            sure: self.sure.saturating_sub(bytes).min(text.len()),
            text,
            variable: None,
            many: false,
            ..self.clone()
        }
    }
}

/// What a script makes of its variables.
#[derive(Debug, Default)]
pub(crate) struct ScriptVariables {
    assigned: HashMap<String, Vec<Assigned>>,
    /// Where something ran that may set any variable (`source`, `eval`).
    anything: Vec<usize>,
    /// How many pieces have been put in for others: variables of variables of variables may say "a
    /// billion laughs".
    used: Cell<usize>,
}

/// How many pieces of words are put in for variables in one file; what is left is not known.
const MOST_PIECES: usize = 500_000;
/// The longest value that is put in.
const MOST_VALUE: usize = 10_000;

#[derive(Debug)]
struct Assigned {
    at: usize,
    value: Option<Vec<Word>>,
    array: bool,
}

impl ScriptVariables {
    /// A variable gets a value here; `None`: one that cannot be known, or only under a condition.
    pub(crate) fn set(&mut self, name: &str, at: usize, value: Option<Word>) {
        let value = value.map(|word| vec![word]);
        self.assigned.entry(name.to_owned()).or_default().push(Assigned {
            at,
            value,
            array: false,
        });
    }

    /// An array gets its elements here.
    pub(crate) fn set_array(&mut self, name: &str, at: usize, value: Option<Vec<Word>>) {
        self.assigned.entry(name.to_owned()).or_default().push(Assigned { at, value, array: true });
    }

    /// Something runs here that may set any variable.
    pub(crate) fn set_anything(&mut self, at: usize) {
        self.anything.push(at);
    }

    /// The only value that a variable ever has, where it has it before `at`.
    fn sure(&self, name: &str, at: usize, array: bool) -> Option<(usize, &[Word])> {
        let [only] = self.assigned.get(name)?.as_slice() else { return None };
        let value = only.value.as_deref()?;
        let pieces: usize = value.iter().map(|word| word.pieces.len() + 1).sum();
        self.used.set(self.used.get() + pieces);
        let next = self.anything.partition_point(|source| *source < only.at);
        let overwritten = self.anything.get(next).is_some_and(|source| *source < at);
        let sure =
            only.at < at && only.array == array && !overwritten && self.used.get() < MOST_PIECES;
        sure.then_some((only.at, value))
    }

    /// The arguments that a word becomes.
    #[must_use]
    pub(crate) fn expand(&self, word: &Word) -> Vec<Argument> {
        self.expand_within(word, word.range.start, 8)
    }

    fn expand_within(&self, word: &Word, at: usize, levels: usize) -> Vec<Argument> {
        let range = word.range.clone();
        let plain = |text: String, indirect| Argument {
            sure: text.len(),
            text,
            range: range.clone(),
            many: false,
            variable: None,
            indirect,
        };
        if let ([Piece::Many { name, .. }], Some(levels)) =
            (word.pieces.as_slice(), levels.checked_sub(1))
            && let Some((set_at, elements)) = self.sure(name, at, true)
        {
            let all: Vec<Argument> = elements
                .iter()
                .flat_map(|element| self.expand_within(element, set_at, levels))
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
                Piece::Variable { name, quoted, raw, .. } => {
                    match levels.checked_sub(1).and_then(|levels| self.value(name, at, levels)) {
                        Some(value) => {
                            indirect = true;
                            if *quoted { fields.push(&value) } else { fields.split(&value) }
                        }
                        None => {
                            sure.get_or_insert(fields.open.len());
                            fields.push(raw);
                            many |= !quoted;
                        }
                    }
                }
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
            arguments.push(Argument { sure, text, range, many, variable, indirect });
        }
        arguments
    }

    /// The value of a variable at a place, where it is sure.
    fn value(&self, name: &str, at: usize, levels: usize) -> Option<String> {
        let (set_at, words) = self.sure(name, at, false)?;
        let [word] = words else { return None };
        let mut value = String::new();
        for piece in &word.pieces {
            if value.len() > MOST_VALUE {
                return None;
            }
            match piece {
                Piece::Text(text) => value.push_str(text),
                Piece::Variable { name, .. } => {
                    value.push_str(&self.value(name, set_at, levels.checked_sub(1)?)?)
                }
                Piece::Many { .. } | Piece::Other { .. } => return None,
            }
        }
        (value.len() <= MOST_VALUE).then_some(value)
    }
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
