//! What the comments of the files, `isodoc.toml` and a baseline accept.

use std::rc::Rc;

use super::surroundings::Files;
use crate::config::{Acceptance, Asking};
use crate::deploy::read::Deployment;
use crate::deploy::{FileId, Place};
use crate::findings::catalogue;
use crate::lint::accepted::{Subject, of_file};
use crate::lint::ignores::Ignores;
use crate::mechanisms;
use crate::report::baseline::Baseline;
use crate::report::lint::{CONFIG, File, NOT_READ};
use crate::report::{FindingReport, Location};

impl Files {
    /// The comments of every file that was read.
    pub(super) fn ignores(&self) -> Ignores {
        let mut ignores = Ignores::default();
        for (number, (_, text)) in (0..).zip(&self.files) {
            ignores.read(number, text);
        }
        ignores
    }

    /// Why `isodoc.toml` accepts something, if it does.
    pub(super) fn accepts(&self, of: &Subject<'_>) -> Option<String> {
        let project = self.config.as_ref()?;
        let found = project.config.accept.iter().find(|row| {
            let container = row.container.as_deref();
            (row.rule == of.rule && project.holds(row))
                && (container.is_none() || container == of.container)
                && project.covers(&row.files, of.file)
        });
        found.map(|row| row.reason.clone())
    }

    /// Notes down what `isodoc.toml` says the containers of a file have to be able to do.
    pub(super) fn ask(&self, read: &mut Deployment) {
        let Some(project) = &self.config else { return };
        for container in &mut read.containers {
            let path = self.path(container.place.file);
            let asked = |asking: &&Asking| project.covers(&asking.files, &path);
            let asked = project.config.containers.iter().filter(asked);
            let ids = asked.filter_map(|asking| Some(mechanisms::find(&asking.mechanism)?.id));
            container.settings.asked_for.extend(ids);
        }
    }
}

/// The entries of files without what is accepted in them, and with what has no effect.
pub(super) fn without_accepted(
    mut entries: Vec<(File, Vec<FileId>)>,
    files: &Files,
    baseline: Option<&Baseline>,
) -> Vec<File> {
    let ignores = files.ignores();
    let was_so = |of: &Subject<'_>| {
        let (then, container) = (baseline?, of.container.unwrap_or_default());
        let was_so = match of.verdict {
            Some((id, now)) => then.was_as_bad(of.file, container, id, now),
            None => then.had(of.file, container, of.rule),
        };
        was_so.then(|| "it was so in the baseline".to_owned())
    };
    let accepts =
        |of: &Subject<'_>| ignores.reason(of).or_else(|| files.accepts(of)).or_else(|| was_so(of));
    if !ignores.is_empty() || files.config.is_some() || baseline.is_some() {
        entries.iter_mut().for_each(|(entry, _)| of_file(entry, &accepts));
    }
    let read = |(mut entry, ids): (File, Vec<FileId>)| {
        if entry.error.is_none() && entry.kind != NOT_READ {
            let paths = |place: Place| files.path(place.file);
            entry.findings.extend(ignores.without_effect(&ids, &paths));
        }
        entry
    };
    entries.into_iter().map(read).collect()
}

/// The entry of `isodoc.toml`, where something in it has ended.
pub(super) fn expired(files: &mut Files) -> Option<File> {
    let project = files.config.as_ref()?;
    let (path, text) = (Rc::<str>::from(project.path.to_string_lossy()), project.text.clone());
    let ended = project.config.accept.iter().filter(|row| !project.holds(row));
    let file = FileId::try_from(files.files.len()).unwrap_or(FileId::MAX);
    let finding = |row: &Acceptance| {
        let place = Place { file, ..row.place };
        let title = format!("`{}` was accepted until {}: {}", row.rule, row.until, row.reason);
        let detail = "It counts again: mend it, or accept it anew with a later day.";
        let finding = catalogue::ACCEPTANCE_EXPIRED.at(place, title, detail);
        FindingReport::in_file(finding, Some(Location::new(Rc::clone(&path), place)))
    };
    let findings: Vec<FindingReport> = ended.map(finding).collect();
    findings.first()?;
    files.add(path.to_string(), text);
    Some(File { findings, found: true, ..File::empty(path, CONFIG) })
}
