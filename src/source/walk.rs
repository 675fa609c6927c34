//! The files in a directory.

use std::path::Path;

use ignore::WalkBuilder;

use crate::parse::glob;
use crate::place::slashed;

/// The files in a directory and below whose paths end as one of these patterns says, or whose
/// names have no ending, in the order of their paths. What `.gitignore` and `.ignore` leave out is
/// left out, in a repository or not; links are not followed. Beside them, what could not be read,
/// and why.
pub(crate) fn files(root: &Path, patterns: &[&str]) -> (Vec<String>, Vec<(String, String)>) {
    let walk = WalkBuilder::new(root)
        // Pipelines and development containers have names with a dot.
        .hidden(false)
        .filter_entry(|entry| entry.file_name() != ".git")
        // What somebody's own configuration ignores is no part of the project.
        .git_global(false)
        .require_git(false)
        .sort_by_file_path(Path::cmp)
        .build();
    let (mut found, mut unreadable) = (vec![], vec![]);
    for entry in walk {
        let entry = match entry {
            Ok(entry) => entry,
            Err(why) => {
                unreadable.push(refused(why, root));
                continue;
            }
        };
        let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
        let path = entry.path().strip_prefix("./").unwrap_or(entry.path());
        let path = slashed(&path.to_string_lossy());
        if is_file && is_looked_at(&path, patterns) {
            found.push(path);
        }
    }
    (found, unreadable)
}

/// The path that could not be read, and why: the library's own words have the path in them too.
fn refused(error: ignore::Error, path: &Path) -> (String, String) {
    match error {
        ignore::Error::WithDepth { err, .. } => refused(*err, path),
        ignore::Error::WithPath { path, err } => refused(*err, &path),
        error => {
            let kernels = error.io_error().and_then(|io| io.get_ref()?.source());
            let why = kernels.map_or_else(|| error.to_string(), ToString::to_string);
            let path = path.strip_prefix("./").unwrap_or(path);
            (slashed(&path.to_string_lossy()), why)
        }
    }
}

fn is_looked_at(path: &str, patterns: &[&str]) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    !name.contains('.') || patterns.iter().any(|pattern| glob::ends(path, pattern))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Found by a newcomer: `lint /etc` as a user said a path twice, and read nothing.
    #[test]
    fn what_cannot_be_read_is_named_once() {
        let (found, unreadable) = files(Path::new("./no/such"), &[]);
        assert!(found.is_empty());
        let why = "No such file or directory (os error 2)".to_owned();
        assert_eq!(unreadable, [("no/such".to_owned(), why)]);
    }

    #[test]
    fn names_that_are_looked_at() {
        let patterns = ["*.yml", "*.yaml", "*.md", "c/*.json"];
        for name in ["a/b.yaml", "x.yml", "README.md", "a/Makefile", "c/d.json"] {
            assert!(is_looked_at(name, &patterns), "{name}");
        }
        for name in ["main.rs", "a.yml.bak", ".env", "x.tar.gz", "d.json", "a.yaml/main.go"] {
            assert!(!is_looked_at(name, &patterns), "{name}");
        }
    }
}
