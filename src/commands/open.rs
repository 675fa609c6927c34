//! What a command reads: this host, a capture, a file that somebody named.

use std::io::{Error, ErrorKind, Read};
use std::path::Path;

use super::Failure;
use crate::cli::{ReportArgs, SourceArgs};
use crate::deploy::yaml;
use crate::report::baseline::Baseline;
use crate::source::{self, Source};

/// Opens what the facts are read from: this host, unless a tree or a snapshot is named.
pub(super) fn open(args: &SourceArgs) -> Result<Box<dyn Source>, Failure> {
    if let Some(root) = &args.root {
        let tree = source::tree::Tree::open(root, args.complete);
        let why = |why: Error| match why.kind() {
            ErrorKind::NotADirectory => {
                Failure::of(root, format_args!("{why}; --snapshot reads a file"))
            }
            _ => Failure::of(root, why),
        };
        return tree.map(|tree| Box::new(tree) as Box<dyn Source>).map_err(why);
    }
    if let Some(path) = &args.snapshot {
        if path.is_dir() {
            return Err(Failure::of(path, "a directory; --root reads one"));
        }
        let bytes = read(path, MOST_SNAPSHOT)?;
        let parsed = source::snapshot::parse(&bytes);
        let why = |why| {
            Failure::of(
                path,
                format_args!("not an isodoc snapshot: {why}; `isodoc snapshot -o FILE` writes one"),
            )
        };
        return parsed.map(|snapshot| Box::new(snapshot) as Box<dyn Source>).map_err(why);
    }
    Ok(here())
}

/// The size of the largest snapshot or report that is read; real ones are of some ten kilobytes.
pub(super) const MOST_SNAPSHOT: u64 = 64 << 20;

/// Reads a file that somebody named, to its end; `-` is not special here.
pub(super) fn read(path: &Path, most: u64) -> Result<Vec<u8>, Failure> {
    let file = std::fs::File::open(path).map_err(|why| Failure::of(path, why))?;
    read_from(file, path, most)
}

/// Reads what is open already.
pub(super) fn read_from(from: impl Read, path: &Path, most: u64) -> Result<Vec<u8>, Failure> {
    source::project::to_end(from, most).map_err(|why| Failure::of(path, why))
}

/// The earlier report that a command is held against.
pub(super) fn baseline(command: &str, to: &ReportArgs) -> Result<Option<Baseline>, Failure> {
    let Some(path) = &to.baseline else { return Ok(None) };
    let text = String::from_utf8_lossy(&read(path, MOST_SNAPSHOT)?).into_owned();
    Baseline::read(command, &text).map(Some).map_err(|why| Failure::of(path, why))
}

/// The machine isodoc runs on.
pub(crate) fn here() -> Box<dyn Source> {
    #[cfg(target_os = "linux")]
    return Box::new(source::live::Live::default());
    #[cfg(not(target_os = "linux"))]
    Box::new(source::none::NoLinux)
}

/// Reads a file that somebody named, up to the size that is judged.
pub(super) fn read_input_file(path: &Path) -> Result<Vec<u8>, String> {
    // A directory, or something that never ends; a device need not even be opened.
    let is_input = |meta: &std::fs::Metadata| meta.is_file() || is_stream(meta);
    if std::fs::metadata(path).is_ok_and(|meta| !is_input(&meta)) {
        return Err("not a file".into());
    }
    let file = std::fs::File::open(path).map_err(|e| e.to_string())?;
    source::project::to_end(file, yaml::MOST_BYTES as u64)
}

/// A pipe, as of a shell's `<(...)`.
#[cfg(unix)]
fn is_stream(meta: &std::fs::Metadata) -> bool {
    std::os::unix::fs::FileTypeExt::is_fifo(&meta.file_type())
}

#[cfg(not(unix))]
fn is_stream(_: &std::fs::Metadata) -> bool {
    false
}

pub(super) fn as_text(bytes: Vec<u8>) -> Result<String, String> {
    if bytes.contains(&0) {
        return Err("a binary file, not a deployment file".into());
    }
    String::from_utf8(bytes)
        .map_err(|e| format!("not UTF-8 at byte {}", e.utf8_error().valid_up_to()))
}
