//! The files of a project as `lint --fix` edits them: in memory, read and judged again each time.

use std::rc::Rc;

use super::read::read_files;
use super::surroundings::Files;
use crate::cli::LintArgs;
use crate::deploy::read::NotRead;
use crate::deploy::{BadInput, Container, FileId};
use crate::lint::accepted::{Subject, of_container};
use crate::lint::fix::{Project, Standing, standings};
use crate::lint::{Judge, Judged};

/// The files of a project, as edited so far.
pub(super) struct Edited<'a, 'j> {
    /// Their ids.
    pub ids: &'a [FileId],
    pub files: &'a mut Files,
    pub judge: &'a Judge<'j>,
}

impl Project for Edited<'_, '_> {
    type About = (Container, Judged);

    fn texts(&self) -> Vec<(FileId, Rc<str>)> {
        self.ids.iter().map(|id| (*id, self.files.text(*id))).collect()
    }

    fn put(&mut self, file: FileId, text: Rc<str>) {
        self.files.replace(file, text);
    }

    fn judge(&mut self) -> Result<Vec<Standing<Self::About>>, BadInput> {
        let read = read_files(self.ids, self.files).map_err(NotRead::into_bad)?;
        let ignores = self.files.ignores();
        let mut all = standings(read, self.judge)?;
        for standing in &mut all {
            let entry = &mut standing.about.1.report;
            let accepts = |of: &Subject<'_>| ignores.reason(of).or_else(|| self.files.accepts(of));
            of_container(entry, &self.files.path(standing.file), &accepts, &mut vec![]);
            standing.verdict = standing.verdict.filter(|_| entry.required);
        }
        Ok(all)
    }
}

/// A path that leads to the same file as one before it.
pub(super) fn given_twice(args: &LintArgs) -> Option<&str> {
    let mut known = vec![];
    args.files.iter().chain(&args.merged).map(String::as_str).find(|path| {
        let Ok(file) = std::fs::canonicalize(path) else { return false };
        let twice = known.contains(&file);
        known.push(file);
        twice
    })
}
