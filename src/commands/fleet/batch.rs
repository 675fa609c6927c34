//! Documents by the batch.

use std::io::BufRead;
use std::path::PathBuf;
use std::sync::Arc;

use crate::source::documents::{self, Document, Documents, HostFile};

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

    fn add(&mut self, path: &Arc<str>, of_file: Option<String>, document: &Document<'_>) {
        self.bytes.extend_from_slice(document.label);
        self.bytes.extend_from_slice(document.bytes.unwrap_or_default());
        let text = document.bytes.map(<[u8]>::len).map_err(str::to_owned);
        let (line, label) = (Some(document.line), document.label.len());
        self.documents.push(Entry { path: Arc::clone(path), of_file, line, label, text });
    }

    fn add_unread(&mut self, path: Arc<str>, why: String) {
        self.documents.push(Entry { path, of_file: None, line: None, label: 0, text: Err(why) });
    }
}

/// A file, or a path that leads to none, and why.
type Found = Result<HostFile, (Arc<str>, String)>;

/// The documents of all files.
pub(super) struct Batches<'a> {
    files: Box<dyn Iterator<Item = Found> + 'a>,
    /// The file in hand.
    open: Option<OpenFile>,
}

/// A file, and what is left of it.
struct OpenFile {
    path: Arc<str>,
    /// The host that it is named after, for its first document.
    host: Option<String>,
    documents: Documents<Box<dyn BufRead>>,
}

impl<'a> Batches<'a> {
    /// Those of these files, and of the files in these directories.
    pub(super) fn of(paths: &'a [PathBuf]) -> Self {
        let files = paths.iter().flat_map(|path| match documents::files(path) {
            Ok(files) => files.into_iter().map(Ok).collect(),
            Err(why) => vec![Err((path.to_string_lossy().into(), why.to_string()))],
        });
        Self { files: Box::new(files), open: None }
    }

    /// Fills a batch, of which so many hosts are to be kept; none where no document is left.
    pub(super) fn fill(&mut self, mut batch: Batch, keeps: usize) -> Option<Batch> {
        batch.bytes.clear();
        batch.documents.clear();
        batch.keeps = keeps;
        while !batch.is_full() {
            if let Some(OpenFile { path, host, documents }) = &mut self.open {
                match documents.next() {
                    Ok(Some(document)) => batch.add(path, host.take(), &document),
                    Ok(None) => self.open = None,
                    Err(why) => {
                        batch.add_unread(Arc::clone(path), why.to_string());
                        self.open = None;
                    }
                }
                continue;
            }
            match self.files.next() {
                Some(Ok(file)) => self.enter(file, &mut batch),
                Some(Err((path, why))) => batch.add_unread(path, why),
                None => break,
            }
        }
        (!batch.documents.is_empty()).then_some(batch)
    }

    fn enter(&mut self, file: HostFile, batch: &mut Batch) {
        let path: Arc<str> = file.path.to_string_lossy().into();
        match documents::open(&file.path) {
            Ok(from) => {
                let documents = Documents::of(from);
                self.open = Some(OpenFile { path, host: file.host, documents });
            }
            Err(why) => batch.add_unread(path, why.to_string()),
        }
    }
}
