//! Words of the shell: what is sure about each, and what depends on the moment it runs.

use std::ops::Range;

/// A word as written in the text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Word {
    /// Its bytes in the text that was walked.
    pub range: Range<usize>,
    pub pieces: Vec<Piece>,
}

/// A part of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Text, quotes and escapes undone.
    Text(String),
    /// The value of a variable, e.g. `$NAME`.
    Variable {
        name: String,
        /// The default of `${NAME:-default}`.
        default: Option<String>,
        /// Whether it stays one word.
        quoted: bool,
        raw: String,
    },
    /// Every element of an array or every argument, `"${NAME[@]}"`, `"$@"`: any number of words.
    Many {
        /// The name of the array, or `@`.
        name: String,
        raw: String,
    },
    /// Something that only running it would tell, e.g. `$(pwd)`, or a placeholder of a document.
    Other {
        /// Whether it stays one word.
        quoted: bool,
        raw: String,
    },
}

impl Word {
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
    /// Whether a condition decides which of several engines it names.
    pub either: bool,
}

impl Argument {
    /// One word of text that stands at these bytes of a file; so many of its bytes are sure.
    pub(crate) fn of(text: &str, sure: usize, range: Range<usize>) -> Self {
        let text = text.to_owned();
        Self { text, sure, range, many: false, variable: None, indirect: false, either: false }
    }

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
