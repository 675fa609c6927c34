//! `--fix`: each container that counts and fails gets the cheapest settings that its files can say;
//! the result is judged anew before it is written.

use std::rc::Rc;

use super::project::{Edited, given_twice};
use super::said::Said;
use super::surroundings::Files;
use super::variables::concealed;
use super::write;
use super::{Answer, Failure, FileJudged, FileRead, Output};
use crate::cli::LintArgs;
use crate::deploy::FileId;
use crate::deploy::read::NotRead;
use crate::exit::Exit;
use crate::lint::{self, Host, Judge, Judged};
use crate::place::Place;
use crate::verdict::Verdict;

/// Fixes, or shows how.
pub(super) fn run(
    args: &LintArgs,
    judged: &[FileJudged],
    files: &mut Files,
    host: &Host,
    judge: &Judge<'_>,
) -> Result<Answer, Failure> {
    if let Some(path) = given_twice(args) {
        return Err(Failure(format!("{path}: given twice: one edit would undo the other")));
    }
    let (mut said, mut verdicts, mut broken) = (Said::new(args), vec![], false);
    let mut containers = judged.iter().flat_map(|file| &file.containers);
    let counts = |container: &Judged| container.report.required || !args.fail_on_none;
    if !args.skip_unread && !containers.any(counts) {
        verdicts.push(None); // As without --fix: nothing was judged.
    }
    for file in judged {
        let FileRead { path, read, files: ids, .. } = &file.file;
        let bad = file.file.bad();
        broken |= bad.is_some();
        let (Ok(deployment), None) = (read, bad) else {
            let at = file.location.as_ref().filter(|_| bad.is_some());
            let at = at.map(|at| format!("{}:{}:{}", at.path, at.line, at.column));
            let what = bad.map(|bad| bad.message.clone());
            let what = what.or(read.as_ref().err().map(NotRead::said)).unwrap_or_default();
            let concealed = concealed(judged, files);
            said.about(at.as_deref().unwrap_or(path), &what, &concealed);
            for more in bad.iter().flat_map(|bad| &bad.more) {
                let at = more.place.map_or_else(|| path.to_string(), |place| spot(files, place));
                said.about(&at, &more.message, &concealed);
            }
            continue;
        };
        verdicts.extend(deployment.incomplete.then_some(Some(Verdict::Unknown)));
        if ids.is_empty() {
            let reports = file.containers.iter().map(|container| &container.report);
            let required = reports.filter(|report| report.required);
            verdicts.extend(required.map(|report| Some(report.verdict)));
            said.line("a command given as arguments has no file to fix");
            continue;
        }
        let before: Vec<(FileId, Rc<str>)> = ids.iter().map(|id| (*id, files.text(*id))).collect();
        let mut fixed = match lint::fix::fix(&mut Edited { ids, files, judge }) {
            Ok(fixed) => fixed,
            Err(why) => {
                broken = true;
                said.about(path, &why.message, &concealed(judged, files));
                continue;
            }
        };
        if let Some(id) = ids.first() {
            let mut entry =
                lint::file(Rc::clone(path), read, vec![], None, &|place| files.path(place.file));
            lint::daemon::add(&mut entry, deployment, host, &files.subordinate_ids(*id));
            fixed.add_daemon(*id, &entry);
        }
        verdicts.extend(fixed.verdicts.into_iter().map(Some));
        let unwritten = write::all(args, files, before, &mut said);
        broken |= !unwritten.is_empty();
        let concealed = concealed(judged, files);
        for told in fixed.told.iter().filter(|told| !unwritten.contains(&told.file)) {
            said.outcome(&files.path(told.file), told, args.diff, &concealed);
        }
    }
    // A daemon that was judged is something.
    let nothing = verdicts.iter().all(Option::is_none) && !verdicts.is_empty();
    let verdict =
        if nothing { Verdict::Unknown } else { Verdict::all(verdicts.into_iter().flatten()) };
    Ok(Answer {
        output: Output::Text(said.or_nothing()),
        exit: if broken { Exit::Usage } else { Exit::from(verdict) },
    })
}

fn spot(files: &Files, place: Place) -> String {
    format!("{}:{}:{}", files.path(place.file), place.line, place.column)
}
