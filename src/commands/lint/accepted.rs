//! What the comments of the files accept.

use super::surroundings::Files;
use crate::deploy::{FileId, Place};
use crate::lint::ignores::Ignores;
use crate::report::lint::{File, NOT_READ};

impl Files {
    /// The comments of every file that was read.
    pub(super) fn ignores(&self) -> Ignores {
        let mut ignores = Ignores::default();
        for (number, (_, text)) in (0..).zip(&self.files) {
            ignores.read(number, text);
        }
        ignores
    }
}

/// The entries of files without what is accepted in them, and with what has no effect.
pub(super) fn without_accepted(mut entries: Vec<(File, Vec<FileId>)>, files: &Files) -> Vec<File> {
    let ignores = files.ignores();
    entries.iter_mut().for_each(|(entry, _)| ignores.apply(entry));
    let read = |(mut entry, ids): (File, Vec<FileId>)| {
        if entry.error.is_none() && entry.kind != NOT_READ {
            let paths = |place: Place| files.path(place.file);
            entry.findings.extend(ignores.without_effect(&ids, &paths));
        }
        entry
    };
    entries.into_iter().map(read).collect()
}
