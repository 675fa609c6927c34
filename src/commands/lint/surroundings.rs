//! The files that deployment files name, and the variables of whoever deploys.

use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::deploy::compose;
use crate::deploy::read::Surroundings;
use crate::deploy::{FileId, yaml};
use crate::lint::daemon::SubordinateIds;

/// Every file that was read, by its number.
#[derive(Default)]
pub(super) struct Files {
    files: Vec<(Rc<str>, Rc<str>)>,
    dotenv: HashMap<String, String>,
}

impl Files {
    /// Adds a file that was read.
    pub(super) fn add(&mut self, path: String, text: String) -> FileId {
        self.files.push((path.into(), text.into()));
        FileId::try_from(self.files.len() - 1).unwrap_or(FileId::MAX)
    }

    /// Goes over to the project of a file: its `.env` is the one that counts.
    pub(super) fn enter_project(&mut self, file: FileId) {
        self.dotenv.clear();
        let text = read_file(&self.beside(".env", file)).and_then(text).unwrap_or_default();
        self.dotenv = compose::dotenv(&text, self);
    }

    /// The path of a file, as it was given.
    pub(super) fn path(&self, file: FileId) -> Rc<str> {
        self.files.get(file as usize).map_or_else(|| "".into(), |(path, _)| Rc::clone(path))
    }

    /// The text of a file.
    pub(super) fn text(&self, file: FileId) -> Rc<str> {
        self.files.get(file as usize).map_or_else(|| "".into(), |(_, text)| Rc::clone(text))
    }

    /// Puts another text in the place of a file's: what is read from now on finds that.
    pub(super) fn replace(&mut self, file: FileId, text: Rc<str>) {
        if let Some((_, known)) = self.files.get_mut(file as usize) {
            *known = text;
        }
    }

    /// The files of subordinate ids that are deployed with a daemon's configuration: beside it, or
    /// where `/etc/subuid` is for `/etc/docker/daemon.json`.
    pub(super) fn subordinate_ids(&self, file: FileId) -> SubordinateIds {
        let find = |name: &str| {
            let paths =
                [name.to_owned(), format!("../{name}")].map(|path| self.beside(&path, file));
            let text = paths
                .iter()
                .filter(|_| *self.path(file) != *"-")
                .find_map(|path| Some((path, read_file(path).and_then(text).ok()?)));
            text.map(|(path, text)| (path.to_string_lossy().into_owned(), text))
        };
        SubordinateIds { users: find("subuid"), groups: find("subgid") }
    }

    fn beside(&self, path: &str, file: FileId) -> PathBuf {
        Path::new(&*self.path(file)).parent().unwrap_or(Path::new("")).join(path)
    }
}

impl crate::output::lint::Texts for Files {
    fn text_of(&self, file: FileId) -> Rc<str> {
        self.text(file)
    }
}

impl Surroundings for Files {
    fn open(&mut self, path: &str, from: FileId) -> Result<(FileId, String), String> {
        let path = self.beside(path, from);
        if let Some(known) = self.files.iter().position(|(known, _)| Path::new(&**known) == path) {
            let id = FileId::try_from(known).unwrap_or(FileId::MAX);
            return Ok((id, self.text(id).as_ref().to_owned()));
        }
        let text = read_file(&path).and_then(text)?;
        Ok((self.add(path.to_string_lossy().into_owned(), text.clone()), text))
    }

    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok().or_else(|| self.dotenv.get(name).cloned())
    }
}

/// Reads a regular file, up to the size that is judged.
pub(super) fn read_file(path: &Path) -> Result<Vec<u8>, String> {
    let file = std::fs::File::open(path).map_err(|e| e.to_string())?;
    // A directory, or something that never ends.
    if file.metadata().is_ok_and(|meta| !meta.is_file() && !is_stream(&meta)) {
        return Err("not a file".into());
    }
    let mut bytes = vec![];
    file.take(yaml::MOST_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(|e| e.to_string())?;
    if bytes.len() > yaml::MOST_BYTES {
        Err(format!("larger than {} MiB", yaml::MOST_BYTES >> 20))
    } else {
        Ok(bytes)
    }
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

/// Bytes as text.
pub(super) fn text(bytes: Vec<u8>) -> Result<String, String> {
    if bytes.contains(&0) {
        return Err("a binary file, not a deployment file".into());
    }
    String::from_utf8(bytes)
        .map_err(|e| format!("not UTF-8 at byte {}", e.utf8_error().valid_up_to()))
}
