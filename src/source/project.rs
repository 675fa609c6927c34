//! The files that a deployment file names: those of its project, and regular ones alone. Whoever
//! wrote the file need not be trusted with the rest of the machine.

use std::fs::File;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

/// Which files may be read that are named by others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Those of the project.
    Project,
    /// Every file.
    Everywhere,
}

/// The directory of the project of a file: the nearest one above it with a repository, else its
/// own. What lies in `.devcontainer`, or in a directory there, belongs to the project around that.
pub(crate) fn of(path: &Path) -> Option<PathBuf> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let own = std::fs::canonicalize(parent.unwrap_or(Path::new("."))).ok()?;
    let has_repository = |dir: &&Path| std::fs::symlink_metadata(dir.join(".git")).is_ok();
    let around = own.ancestors().take(2).find(|dir| dir.ends_with(".devcontainer"));
    let alone = around.and_then(Path::parent).unwrap_or(&own);
    Some(own.ancestors().find(has_repository).unwrap_or(alone).to_owned())
}

/// Reads a file that another names, of so many bytes at most, if it is within the bounds.
///
/// # Errors
/// When it is not, or cannot be read; the text says why.
pub(crate) fn read(bounds: Option<&Path>, path: &Path, most: u64) -> Result<Vec<u8>, String> {
    let Some(bounds) = bounds else { return regular_file(path, most) };
    let outside = || format!("it is outside {}; --allow-outside reads it", bounds.display());
    let real = std::fs::canonicalize(path).map_err(|why| {
        // Whether there is such a file elsewhere is nobody's business.
        let within = std::path::absolute(path).is_ok_and(|path| path.starts_with(bounds));
        let climbs = path.components().any(|part| part == Component::ParentDir);
        if within && !climbs { why.to_string() } else { outside() }
    })?;
    if !real.starts_with(bounds) {
        return Err(outside());
    }
    regular_file(&real, most)
}

/// The names of what lies in a directory that a file refers to, if that is within the bounds.
pub(crate) fn names(bounds: Option<&Path>, directory: &Path) -> Vec<String> {
    let Ok(real) = std::fs::canonicalize(directory) else { return vec![] };
    let outside = bounds.is_some_and(|bounds| !real.starts_with(bounds));
    let entries = (!outside).then(|| std::fs::read_dir(&real).ok()).flatten();
    let names = entries
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    names.collect()
}

/// Reads a file that another file names: a regular one, which nobody has to write to first.
fn regular_file(path: &Path, most: u64) -> Result<Vec<u8>, String> {
    let regular = |meta: std::io::Result<std::fs::Metadata>| match meta {
        Ok(meta) if meta.is_file() => Ok(()),
        Ok(_) => Err("not a regular file".to_owned()),
        Err(why) => Err(why.to_string()),
    };
    regular(std::fs::metadata(path))?;
    let mut options = File::options();
    options.read(true);
    // It may be another by now.
    #[cfg(target_os = "linux")]
    std::os::unix::fs::OpenOptionsExt::custom_flags(
        &mut options,
        libc::O_NONBLOCK | libc::O_NOCTTY,
    );
    let file = options.open(path).map_err(|why| why.to_string())?;
    regular(file.metadata())?;
    to_end(file, most)
}

/// Reads to the end of something, of so many bytes at most: `/dev/zero` has no end.
///
/// # Errors
/// When it is longer, or cannot be read.
pub(crate) fn to_end(from: impl Read, most: u64) -> Result<Vec<u8>, String> {
    let mut bytes = vec![];
    from.take(most + 1).read_to_end(&mut bytes).map_err(|why| why.to_string())?;
    if bytes.len() as u64 > most {
        Err(format!("larger than {} MiB", most >> 20))
    } else {
        Ok(bytes)
    }
}
