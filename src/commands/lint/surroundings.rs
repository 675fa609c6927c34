//! The files that deployment files name, and the environment variables.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::variables::OuterVariables;
use crate::commands::{config::ConfigFile, open::as_text};
use crate::deploy::{FileId, compose, read::Surroundings, yaml};
use crate::place::slashed;
use crate::source::project::{self, Reach};

pub(super) struct Files {
    pub files: Vec<(Rc<str>, Rc<str>)>,
    pub variables: OuterVariables,
    reach: Reach,
    /// What the project asks for and accepts.
    pub config: Option<ConfigFile>,
    /// Where files may be that the project in hand names.
    bounds: Option<PathBuf>,
}

impl Files {
    /// No files yet.
    pub(super) fn new(reach: Reach, environment: bool, config: Option<ConfigFile>) -> Self {
        let variables = OuterVariables::new(environment);
        Self { files: vec![], variables, reach, config, bounds: None }
    }

    pub(super) fn add(&mut self, path: String, text: String) -> FileId {
        self.files.push((path.into(), text.into()));
        FileId::try_from(self.files.len() - 1).unwrap_or(FileId::MAX)
    }

    /// Goes over to the project of a file: its `.env` is the one that counts.
    pub(super) fn enter_project(&mut self, file: FileId) {
        self.variables.dotenv.clear();
        self.bounds = self.bounds_of(file);
        let text = self.text_within(&self.bounds, &self.beside(".env", file)).unwrap_or_default();
        self.variables.dotenv = compose::dotenv(&text, self);
    }

    pub(super) fn path(&self, file: FileId) -> Rc<str> {
        self.files.get(file as usize).map_or_else(|| "".into(), |(path, _)| Rc::clone(path))
    }

    pub(super) fn text(&self, file: FileId) -> Rc<str> {
        self.files.get(file as usize).map_or_else(|| "".into(), |(_, text)| Rc::clone(text))
    }

    /// Puts another text in the place of a file's: what is read from now on finds that.
    pub(super) fn replace(&mut self, file: FileId, text: Rc<str>) {
        if let Some((_, known)) = self.files.get_mut(file as usize) {
            *known = text;
        }
    }

    /// Where files may be that this one names.
    pub(super) fn bounds_of(&self, file: FileId) -> Option<PathBuf> {
        let bounds = || project::of(Path::new(&*self.path(file))).unwrap_or_default();
        (self.reach == Reach::Project).then(bounds)
    }

    /// The text of a file that another names.
    pub(super) fn text_within(
        &self,
        bounds: &Option<PathBuf>,
        path: &Path,
    ) -> Result<String, String> {
        let most = yaml::MOST_BYTES as u64;
        project::read(bounds.as_deref(), path, most).and_then(as_text)
    }
}

impl Surroundings for Files {
    fn open(&mut self, path: &str, from: FileId) -> Result<(FileId, String), String> {
        let path = self.beside(path, from);
        if let Some(known) = self.files.iter().position(|(known, _)| Path::new(&**known) == path) {
            let id = FileId::try_from(known).unwrap_or(FileId::MAX);
            return Ok((id, self.text(id).as_ref().to_owned()));
        }
        let text = self.text_within(&self.bounds, &path)?;
        Ok((self.add(slashed(&path.to_string_lossy()), text.clone()), text))
    }

    fn names(&self, directory: &str, from: FileId) -> Vec<String> {
        project::names(self.bounds.as_deref(), &self.beside(directory, from))
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name)
    }

    fn conceal(&self, name: &str, value: &str) {
        self.variables.conceal(name, value);
    }
}
