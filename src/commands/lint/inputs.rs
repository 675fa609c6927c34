//! The files and commands that are named, and the files in directories that are.

use std::collections::HashSet;
use std::fs::canonicalize;
use std::path::{Path, PathBuf};

use super::read::LintInput;
use super::surroundings::Files;
use crate::cli::LintArgs;
use crate::commands::Failure;
use crate::commands::open::{as_text, read_from, read_input_file};
use crate::deploy::compose::default_files;
use crate::deploy::dialect::DIALECTS;
use crate::deploy::read::NotRead;
use crate::deploy::{BadInput, yaml};
use crate::source::walk;

pub(super) fn inputs(args: &LintArgs, files: &mut Files) -> Result<Vec<LintInput>, Failure> {
    let mut inputs = vec![];
    let named = args.files.iter().chain(&args.merged);
    let mut known: HashSet<PathBuf> = named.filter_map(|path| canonicalize(path).ok()).collect();
    let patterns: Vec<&str> = DIALECTS.iter().flat_map(|dialect| dialect.files).copied().collect();
    for path in &args.files {
        if Path::new(path).is_dir() {
            let (found, unreadable) = walk::files(Path::new(path), &patterns);
            inputs.extend(unreadable.into_iter().map(|(path, why)| {
                LintInput::Unreadable(path, NotRead::Broken(BadInput::whole(why)))
            }));
            // A file that was named, or is below two directories, is read once.
            let fresh = |path: &String| canonicalize(path).map_or(true, |path| known.insert(path));
            let found = found.into_iter().filter(fresh).collect();
            inputs.extend(default_files::projects(found).into_iter().map(LintInput::Found));
            continue;
        }
        let text = match path.as_str() {
            "-" => read_from(std::io::stdin(), Path::new("-"), yaml::MOST_BYTES as u64)
                .map_err(|Failure(why)| why),
            _ => read_input_file(Path::new(path)),
        };
        let text = text.map_err(|why| NotRead::Broken(BadInput::whole(why)));
        let as_text = |bytes| as_text(bytes).map_err(|why| NotRead::Unknown(BadInput::whole(why)));
        inputs.push(match text.and_then(as_text) {
            Ok(text) => LintInput::Files(vec![files.add(path.clone(), text)]),
            Err(why) => LintInput::Unreadable(path.clone(), why),
        });
    }
    let mut project = vec![];
    for path in &args.merged {
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
    if inputs.is_empty() && !args.files.iter().any(|path| Path::new(path).is_dir()) {
        return Err(Failure(
            "give a FILE or DIR to lint, `-` for standard input, or a command after `--`".into(),
        ));
    }
    Ok(inputs)
}
