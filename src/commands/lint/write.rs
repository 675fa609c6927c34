//! Writes what `--fix` has changed, or shows it.

use std::path::Path;
use std::rc::Rc;

use diffy::DiffOptions;

use super::Failure;
use super::said::Said;
use super::surroundings::Files;
use crate::cli::LintArgs;
use crate::deploy::FileId;
use crate::output::escape;
use crate::source::replace::replace;

/// Writes the files that differ from what they were, or shows how; returns those that could not be
/// written. The others are written all the same.
pub(super) fn all(
    args: &LintArgs,
    files: &Files,
    before: Vec<(FileId, Rc<str>)>,
    said: &mut Said,
) -> Vec<FileId> {
    let mut unwritten = vec![];
    for (id, before) in before {
        let (path, after) = (files.path(id), files.text(id));
        if before == after {
            continue;
        }
        match changed(args.diff, &path, &before, &after) {
            Ok(shown) => said.text.push_str(&shown),
            Err(Failure(why)) => {
                unwritten.push(id);
                said.line(&escape::text(&why));
            }
        }
    }
    unwritten
}

/// Writes a file that has changed, or gives what is to be printed in place of that.
fn changed(diff: bool, path: &str, before: &str, after: &str) -> Result<String, Failure> {
    if diff {
        let bare = escape::text(path.trim_start_matches('/'));
        let mut options = DiffOptions::new();
        options.set_original_filename(format!("a/{bare}"));
        options.set_modified_filename(format!("b/{bare}"));
        return Ok(options.create_patch(before, after).to_string());
    }
    if path == "-" {
        return Ok(after.to_owned());
    }
    let path = Path::new(path);
    replace(path, Some(before.as_bytes()), after.as_bytes())
        .map_err(|why| Failure::unwritten(path, why))?;
    Ok(String::new())
}
