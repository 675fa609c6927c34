//! The files that deployment files name, and the environment variables.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::commands::open::{as_text, read_input_file};
use crate::deploy::FileId;
use crate::deploy::compose;
use crate::deploy::read::Surroundings;
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
        let text =
            read_input_file(&self.beside(".env", file)).and_then(as_text).unwrap_or_default();
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
                .find_map(|path| Some((path, read_input_file(path).and_then(as_text).ok()?)));
            text.map(|(path, text)| (path.to_string_lossy().into_owned(), text))
        };
        SubordinateIds { users: find("subuid"), groups: find("subgid") }
    }

    fn beside(&self, path: &str, file: FileId) -> PathBuf {
        Path::new(&*self.path(file)).parent().unwrap_or(Path::new("")).join(path)
    }
}

impl crate::output::lint::FileTexts for Files {
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
        let text = read_input_file(&path).and_then(as_text)?;
        Ok((self.add(path.to_string_lossy().into_owned(), text.clone()), text))
    }

    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok().or_else(|| self.dotenv.get(name).cloned())
    }
}
