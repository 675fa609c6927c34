//! Where something is in a file.

/// A file that was read, by its number in the order of reading.
pub(crate) type FileId = u32;

/// A range of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    pub file: FileId,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// Where it begins, in bytes.
    pub start: usize,
    /// Where it ends, in bytes; the byte itself is outside.
    pub end: usize,
}

/// A path as isodoc writes it: with `/`, which every system takes.
pub(crate) fn slashed(path: &str) -> String {
    path.replace(std::path::MAIN_SEPARATOR, "/")
}

impl Place {
    /// The beginning of a file.
    pub(crate) fn first(file: FileId) -> Self {
        Self { file, line: 1, column: 1, start: 0, end: 0 }
    }
}
