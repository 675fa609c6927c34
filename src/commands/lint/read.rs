//! The files and commands that are to be judged, read.

use std::path::Path;
use std::rc::Rc;

use super::surroundings::Files;
use crate::cli::LintArgs;
use crate::commands::Failure;
use crate::commands::open::{as_text, read_from, read_input_file};
use crate::deploy::read::{self as reader, Deployment};
use crate::deploy::{BadInput, FileId, yaml};

/// What is to be judged: files that make one project, and how to read them.
pub(super) enum LintInput {
    /// These files, one upon the other.
    Files(Vec<FileId>),
    /// A file that could not be read.
    Unreadable(String, BadInput),
    /// The words of a command.
    Words(Vec<String>),
}

pub(super) fn inputs(args: &LintArgs, files: &mut Files) -> Result<Vec<LintInput>, Failure> {
    let mut inputs = vec![];
    for path in &args.files {
        let text = match path.as_str() {
            "-" => read_from(std::io::stdin(), Path::new("-"), yaml::MOST_BYTES as u64)
                .map_err(|Failure(why)| why),
            _ => read_input_file(Path::new(path)),
        };
        inputs.push(match text.and_then(as_text) {
            Ok(text) => LintInput::Files(vec![files.add(path.clone(), text)]),
            Err(why) => LintInput::Unreadable(path.clone(), BadInput::whole(why)),
        });
    }
    let mut project = vec![];
    for path in &args.project {
        let text = read_input_file(Path::new(path))
            .and_then(as_text)
            .map_err(|why| Failure(format!("{path}: {why}")))?;
        project.push(files.add(path.clone(), text));
    }
    if !project.is_empty() {
        inputs.push(LintInput::Files(project));
    }
    if !args.command.is_empty() {
        inputs.push(LintInput::Words(args.command.clone()));
    }
    if inputs.is_empty() {
        return Err(Failure(
            "give a FILE to lint, `-` for standard input, or a command after `--`".into(),
        ));
    }
    Ok(inputs)
}

/// A file, read.
pub(super) struct FileRead {
    pub path: Rc<str>,
    pub read: Result<Deployment, BadInput>,
    /// The files that it comes from; none for a command.
    pub files: Vec<FileId>,
}

/// Reads files as they are now, as one project where they are several.
pub(super) fn read_files(ids: &[FileId], files: &mut Files) -> Result<Deployment, BadInput> {
    ids.first().inspect(|id| files.enter_project(**id));
    let given: Vec<_> = ids.iter().map(|id| (*id, files.path(*id), files.text(*id))).collect();
    let inputs: Vec<_> =
        given.iter().map(|(file, path, text)| reader::Input { file: *file, path, text }).collect();
    reader::read(&inputs, files)
}

pub(super) fn read_input(input: LintInput, files: &mut Files) -> FileRead {
    match input {
        LintInput::Unreadable(path, bad) => {
            FileRead { path: path.into(), read: Err(bad), files: vec![] }
        }
        LintInput::Files(ids) => {
            let path = ids.first().map(|id| files.path(*id)).unwrap_or_default();
            FileRead { path, read: read_files(&ids, files), files: ids }
        }
        LintInput::Words(words) => {
            let file = files.add("command line".to_owned(), reader::joined(&words));
            FileRead {
                path: files.path(file),
                read: reader::of_arguments(file, &words, files),
                files: vec![],
            }
        }
    }
}
