//! The files of subordinate ids beside a daemon's configuration.

use std::path::{Path, PathBuf};

use super::surroundings::Files;
use crate::deploy::FileId;
use crate::lint::daemon::SubordinateIds;

impl Files {
    /// The path of what lies beside a file.
    pub(super) fn beside(&self, path: &str, file: FileId) -> PathBuf {
        Path::new(&*self.path(file)).parent().unwrap_or(Path::new("")).join(path)
    }

    /// The files of subordinate ids that are deployed with a daemon's configuration: beside it, or
    /// where `/etc/subuid` is for `/etc/docker/daemon.json`.
    pub(super) fn subordinate_ids(&self, file: FileId) -> SubordinateIds {
        let bounds = self.bounds_of(file);
        let find = |name: &str| {
            let paths =
                [name.to_owned(), format!("../{name}")].map(|path| self.beside(&path, file));
            let text = paths
                .iter()
                .filter(|_| *self.path(file) != *"-")
                .find_map(|path| Some((path, self.text_within(&bounds, path).ok()?)));
            text.map(|(path, text)| (path.to_string_lossy().into_owned(), text))
        };
        SubordinateIds { users: find("subuid"), groups: find("subgid") }
    }
}
