//! The containers of a file, judged, and the report of all files.

use std::rc::Rc;

use super::accepted::{expired, without_accepted};
use super::read::FileRead;
use super::surroundings::Files;
use super::variables::concealed;
use crate::deploy::Place;
use crate::deploy::read::NotRead;
use crate::lint::{self, Host, Judge, Judged, OfNone, daemon};
use crate::report::baseline::Baseline;
use crate::report::lint::{LintReport, PassedOver, Walked};
use crate::report::{Generator, Location};
use crate::verdict::Verdict;

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
    let place = match &file.read {
        Err(NotRead::Foreign(_)) => file.files.first().map(|id| Place::first(*id)),
        _ => file.bad().and_then(|bad| bad.place),
    };
    let location = place.map(|place| Location::new(paths(place), place));
    FileJudged { file, containers, location }
}

/// Drops the files found in directories whose kind isodoc does not read, and counts them.
pub(super) fn sift(read: Vec<FileRead>, files: &mut Files) -> (Vec<FileRead>, Walked) {
    let mut walked = Walked::default();
    let mut keep = |file: &FileRead| {
        match (&file.read, file.found) {
            (_, false) => return true,
            (Err(NotRead::Foreign(kind)), _) => {
                let path = Rc::clone(&file.path);
                walked.passed_over.push(PassedOver { path, name: kind.name });
            }
            (Err(NotRead::Unknown(_)), _) => walked.others += 1,
            (Ok(_) | Err(NotRead::Broken(_)), _) => {
                walked.read += file.files.len().max(1);
                return true;
            }
        }
        file.files.iter().for_each(|id| files.replace(*id, "".into()));
        false
    };
    (read.into_iter().filter(|file| keep(file)).collect(), walked)
}

/// Puts the report together.
pub(super) fn report(
    host: &Host,
    judged: Vec<FileJudged>,
    files: &mut Files,
    walked: Option<Walked>,
    none: OfNone,
    baseline: Option<&Baseline>,
) -> LintReport {
    let one = |judged: FileJudged| {
        let FileRead { path, read, files: ids, found } = judged.file;
        let mut file = lint::file(path, &read, judged.containers, judged.location, &|place| {
            files.path(place.file)
        });
        file.found = found;
        if let (Ok(read), Some(id)) = (&read, ids.first()) {
            daemon::add(&mut file, read, host, &files.subordinate_ids(*id));
        }
        (file, ids)
    };
    let concealed = concealed(&judged, files);
    let entries = judged.into_iter().map(one).collect();
    let mut entries = without_accepted(entries, files, baseline);
    let verdict = lint::verdict_of_all(&entries, none);
    let expired = expired(files);
    let verdict =
        Verdict::all([verdict].into_iter().chain(expired.as_ref().map(|_| Verdict::Unsupported)));
    entries.extend(expired);
    let mut report = LintReport {
        schema_version: 1,
        tool: Generator::THIS,
        verdict,
        host: host.name.clone(),
        runtime: host.pods,
        files: entries,
        walked,
    };
    concealed.report(&mut report);
    report
}
