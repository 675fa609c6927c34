//! Documents by the batch.

use std::sync::Arc;

use crate::source::documents::Document;

/// The bytes and the documents that make a batch: enough that handing it over costs nothing beside
/// reading it, and so few that a slow stream is counted as it comes.
const FULL: (usize, usize) = (1 << 18, 256);

/// Some documents, with their bytes one behind the other: label, text, label, text.
#[derive(Default)]
pub(super) struct Batch {
    pub bytes: Vec<u8>,
    pub documents: Vec<Entry>,
    /// How many hosts are kept of it at most.
    pub keeps: usize,
}

/// A document: where it is from, and how long its label and its text are.
pub(super) struct Entry {
    pub path: Arc<str>,
    pub of_file: Option<String>,
    pub line: Option<usize>,
    pub label: usize,
    /// Or why it cannot be read.
    pub text: Result<usize, String>,
}

impl Batch {
    /// Whether it holds enough.
    pub(super) fn is_full(&self) -> bool {
        self.bytes.len() >= FULL.0 || self.documents.len() >= FULL.1
    }

    /// Adds a document.
    pub(super) fn add(
        &mut self,
        path: &Arc<str>,
        of_file: Option<String>,
        document: &Document<'_>,
    ) {
        self.bytes.extend_from_slice(document.label);
        self.bytes.extend_from_slice(document.bytes.unwrap_or_default());
        let text = document.bytes.map(<[u8]>::len).map_err(str::to_owned);
        let (line, label) = (Some(document.line), document.label.len());
        self.documents.push(Entry { path: Arc::clone(path), of_file, line, label, text });
    }

    /// Adds a file that cannot be read, and why.
    pub(super) fn add_unread(&mut self, path: Arc<str>, why: String) {
        self.documents.push(Entry { path, of_file: None, line: None, label: 0, text: Err(why) });
    }
}
