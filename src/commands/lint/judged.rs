//! The containers of a file, judged, and the report of all files.

use super::read::FileRead;
use super::surroundings::Files;
use crate::deploy::Place;
use crate::exit::Exit;
use crate::lint::{self, Host, Judge, Judged, daemon};
use crate::report::lint::{self as report, LintReport};
use crate::report::{Generator, Location};

/// A file, read and judged.
pub(super) struct FileJudged {
    pub file: FileRead,
    pub containers: Vec<Judged>,
    pub location: Option<Location>,
}

pub(super) fn judged(file: FileRead, files: &Files, judge: &Judge<'_>) -> FileJudged {
    let paths = |place: Place| files.path(place.file);
    let containers = match &file.read {
        Ok(deployment) => deployment.containers.iter().map(|c| judge.judge(c, &paths)).collect(),
        Err(_) => vec![],
    };
    let location = file
        .read
        .as_ref()
        .err()
        .and_then(|bad| bad.place)
        .map(|place| Location::new(paths(place), place));
    FileJudged { file, containers, location }
}

/// Puts the report together.
pub(super) fn report(host: &Host, judged: Vec<FileJudged>, files: &Files) -> LintReport {
    let one = |judged: FileJudged| {
        let FileRead { path, read, files: ids } = judged.file;
        let mut file = lint::file(path, &read, judged.containers, judged.location, &|place| {
            files.path(place.file)
        });
        if let (Ok(read), Some(id)) = (&read, ids.first()) {
            daemon::add(&mut file, read, host, &files.subordinate_ids(*id));
        }
        file
    };
    let files: Vec<report::File> = judged.into_iter().map(one).collect();
    LintReport {
        schema_version: 1,
        tool: Generator::THIS,
        verdict: lint::verdict_of_all(&files),
        host: host.name.clone(),
        files,
    }
}

/// Unusable input goes before every verdict.
pub(super) fn exit(report: &LintReport) -> Exit {
    if report.files.iter().any(|file| file.error.is_some()) {
        Exit::Usage
    } else {
        Exit::from(report.verdict)
    }
}
