//! The documents of all files, one after the other.

use std::io::BufRead;
use std::path::PathBuf;
use std::sync::Arc;

use super::batch::Batch;
use crate::source::documents::{self, Documents, HostFile};

/// A file, or a path that leads to none, and why.
type FoundFile = Result<HostFile, (Arc<str>, String)>;

/// The documents of all files.
pub(super) struct Batches<'a> {
    files: Box<dyn Iterator<Item = FoundFile> + 'a>,
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
