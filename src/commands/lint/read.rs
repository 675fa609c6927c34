//! The files and commands that are to be judged, read.

use std::path::Path;
use std::rc::Rc;

use super::surroundings::Files;
use crate::commands::open::{as_text, read_input_file};
use crate::deploy::read::{self as reader, Deployment, NotRead};
use crate::deploy::{BadInput, FileId};

/// What is to be judged: files that make one project, and how to read them.
pub(super) enum LintInput {
    /// These files, one upon the other.
    Files(Vec<FileId>),
    /// Files in a directory that was named, one upon the other.
    Found(Vec<String>),
    /// A file that could not be read.
    Unreadable(String, NotRead),
    /// The words of a command.
    Words(Vec<String>),
}

pub(super) struct FileRead {
    pub path: Rc<str>,
    pub read: Result<Deployment, NotRead>,
    /// The files that it comes from; none for a command.
    pub files: Vec<FileId>,
    /// Whether it was found in a directory, and not named itself.
    pub found: bool,
}

impl FileRead {
    /// What is wrong with it.
    pub(super) fn bad(&self) -> Option<&BadInput> {
        match &self.read {
            Ok(deployment) => deployment.broken.as_ref(),
            Err(why) => why.bad(),
        }
    }
}

/// Reads files as they are now, as one project where they are several.
pub(super) fn read_files(ids: &[FileId], files: &mut Files) -> Result<Deployment, NotRead> {
    ids.first().inspect(|id| files.enter_project(**id));
    let given: Vec<_> = ids.iter().map(|id| (*id, files.path(*id), files.text(*id))).collect();
    let inputs: Vec<_> =
        given.iter().map(|(file, path, text)| reader::Input { file: *file, path, text }).collect();
    let mut read = reader::read(&inputs, files)?;
    files.ask(&mut read);
    Ok(read)
}

/// Reads an input; `as_found`: as if nobody had named it.
pub(super) fn read_input(input: LintInput, as_found: bool, files: &mut Files) -> FileRead {
    match input {
        LintInput::Unreadable(path, bad) => {
            FileRead { path: path.into(), read: Err(bad), files: vec![], found: as_found }
        }
        LintInput::Files(ids) => {
            let path = ids.first().map(|id| files.path(*id)).unwrap_or_default();
            FileRead { path, read: read_files(&ids, files), files: ids, found: as_found }
        }
        LintInput::Found(paths) => found(&paths, files),
        LintInput::Words(words) => {
            let file = files.add("command line".to_owned(), reader::joined(&words));
            FileRead {
                path: files.path(file),
                read: reader::of_arguments(file, &words, files).map_err(NotRead::Broken),
                files: vec![],
                found: false,
            }
        }
    }
}

/// Reads files that were found. What is no text is of no kind that is read.
fn found(paths: &[String], files: &mut Files) -> FileRead {
    let mut ids = vec![];
    let mut read = Ok(());
    for path in paths {
        match read_input_file(Path::new(path)).map_err(BadInput::whole) {
            Ok(bytes) => match as_text(bytes).map_err(BadInput::whole) {
                Ok(text) => ids.push(files.add(path.clone(), text)),
                Err(bad) => read = Err(NotRead::Unknown(bad)),
            },
            Err(bad) => read = Err(NotRead::Broken(bad)),
        }
    }
    let read = read.and_then(|()| read_files(&ids, files));
    let path = paths.first().map_or("", String::as_str).into();
    FileRead { path, read, files: ids, found: true }
}
