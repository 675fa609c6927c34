//! `--fix`: each container that counts and fails gets the cheapest settings that its file can say; the result is judged
//! anew before it is written.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;
use std::rc::Rc;

use similar::TextDiff;

use super::surroundings::Files;
use super::{Answer, Failure, FileJudged, read_texts};
use crate::cli::LintArgs;
use crate::exit::Exit;
use crate::lint::edit::apply;
use crate::lint::{self, Host, Judge, Judged, fix};
use crate::render::escape;
use crate::verdict::Verdict;
use crate::workload::read::Deployment;
use crate::workload::{FileId, Place};

/// Fixes, or shows how.
pub fn run(args: &LintArgs, judged: &[FileJudged], files: &mut Files, host: &Host, judge: &Judge<'_>) -> Result<Answer, Failure> {
    let (mut text, mut verdicts, mut broken) = (String::new(), vec![], false);
    if judged.iter().all(|file| file.containers.is_empty()) {
        // As without --fix: nothing was judged.
        verdicts.push(None);
    }
    for file in judged {
        let Ok(read) = &file.read else {
            broken = true;
            let message = file.read.as_ref().err().map_or("", |bad| bad.message.as_str());
            let place = file.location.as_ref().map(|at| format!(":{}:{}", at.line, at.column)).unwrap_or_default();
            let _ = writeln!(text, "{}{place}: {}", file.path, escape::text(message));
            continue;
        };
        let Some(id) = file.file else {
            verdicts.extend(file.containers.iter().filter(|c| c.report.required).map(|c| Some(c.report.verdict)));
            text.push_str("files that make one project, and commands, are not fixed: give the file alone\n");
            continue;
        };
        let before = files.text(id);
        let mut fixed = fixed(file, read, id, files, judge);
        daemon(file, read, id, files, host, &mut fixed);
        verdicts.extend(fixed.verdicts.into_iter().map(Some));
        for line in &fixed.lines {
            let line = format!("{}: {}", file.path, escape::text(line));
            // A diff is for a program: what is said beside it goes to standard error.
            if args.diff { eprint(&line) } else { text.push_str(&(line + "\n")) }
        }
        if *before == fixed.text {
            continue;
        }
        if args.diff {
            let diff = TextDiff::from_lines(&*before, fixed.text.as_str());
            let path = file.path.trim_start_matches('/');
            let (from, to) = (format!("a/{path}"), format!("b/{path}"));
            let _ = write!(text, "{}", diff.unified_diff().header(&from, &to));
        } else if *file.path == *"-" {
            text.push_str(&fixed.text);
        } else {
            std::fs::write(Path::new(&*file.path), &fixed.text).map_err(|why| Failure::of(Path::new(&*file.path), why))?;
        }
    }
    // A daemon that was judged is something.
    let nothing = verdicts.iter().all(Option::is_none) && !verdicts.is_empty();
    let verdict = if nothing { Verdict::Unknown } else { Verdict::all(verdicts.into_iter().flatten()) };
    Ok(Answer { text, exit: if broken { Exit::Usage } else { Exit::from(verdict) } })
}

/// What is wrong with a daemon's configuration is the administrator's to change: it is said, and counts.
fn daemon(file: &FileJudged, read: &Deployment, id: FileId, files: &Files, host: &Host, fixed: &mut Fixed) {
    let mut entry = lint::file(Rc::clone(&file.path), &file.read, vec![], None);
    lint::daemon::add(&mut entry, read, host, &files.subordinate_ids(id));
    for mechanism in entry.mechanisms.iter().filter(|mechanism| mechanism.required) {
        fixed.verdicts.push(mechanism.verdict);
        if mechanism.verdict != Verdict::Supported {
            let cause = mechanism.cause.as_ref().map_or("", |cause| cause.title);
            fixed.lines.push(format!("{}: not fixed: {cause}", mechanism.id));
        }
    }
}

#[allow(clippy::print_stderr, reason = "standard output carries the diff alone")]
fn eprint(line: &str) {
    eprintln!("{line}");
}

/// A file with its fixes made.
struct Fixed {
    text: String,
    /// What was done, or why not, a line for each container.
    lines: Vec<String>,
    /// The verdict on each container that counts, after the fix.
    verdicts: Vec<Verdict>,
}

fn fixed(file: &FileJudged, read: &Deployment, id: FileId, files: &mut Files, judge: &Judge<'_>) -> Fixed {
    let mut fixed = Fixed { text: files.text(id).to_string(), lines: vec![], verdicts: vec![] };
    let together = all_at_once(file, read, id, &fixed.text, files, judge);
    if let Some((text, _)) = &together {
        fixed.text.clone_from(text);
    }
    for (number, judged) in file.containers.iter().enumerate().filter(|(_, judged)| judged.report.required) {
        let name = &judged.report.name;
        let verdict = lint::with_remarks(judged.report.verdict, number, read);
        if verdict != Verdict::Unsupported {
            fixed.verdicts.push(verdict);
            continue;
        }
        if let Some(remedy) = together.as_ref().and_then(|(_, done)| done.get(&number)) {
            fixed.lines.push(format!("{name}: fixed by {remedy}"));
            fixed.verdicts.push(Verdict::Supported);
            continue;
        }
        match fix_one(number, id, &fixed.text, files, judge) {
            Ok((text, remedy)) => {
                fixed.text = text;
                fixed.lines.push(format!("{name}: fixed by {remedy}"));
                fixed.verdicts.push(Verdict::Supported);
            }
            Err(why) => {
                fixed.lines.push(format!("{name}: not fixed: {why}"));
                fixed.verdicts.push(Verdict::Unsupported);
            }
        }
    }
    fixed
}

/// The text with every container fixed that can be, and with what: one reading for all of them. `None` where their edits do
/// not go together, or one does not lead to `supported`: then each is tried by itself.
fn all_at_once(
    file: &FileJudged,
    read: &Deployment,
    id: FileId,
    text: &str,
    files: &mut Files,
    judge: &Judge<'_>,
) -> Option<(String, HashMap<usize, String>)> {
    let fails = |number: usize, judged: &Judged| {
        judged.report.required && lint::with_remarks(judged.report.verdict, number, read) == Verdict::Unsupported
    };
    let (mut edits, mut done) = (vec![], HashMap::new());
    for (number, judged) in file.containers.iter().enumerate().filter(|(number, judged)| fails(*number, judged)) {
        if let Ok((remedy, of_one)) = fix::edits(text, read.containers.get(number)?, judged.solutions()) {
            edits.extend(of_one);
            done.insert(number, remedy);
        }
    }
    edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
    if edits.windows(2).any(|pair| matches!(pair, [a, b] if a.range.end > b.range.start || a.range == b.range)) {
        return None;
    }
    let text = apply(text, &edits);
    let then = read_texts(&[(id, text.as_str())], files).ok()?;
    let passes = |number: &usize| {
        let verdict = then.containers.get(*number).map(|container| judge.judge(container, &|_| "".into()).report.verdict);
        verdict.is_some_and(|verdict| lint::with_remarks(verdict, *number, &then) == Verdict::Supported)
    };
    done.keys().all(passes).then_some((text, done))
}

/// The text with one container fixed. The container is read from the text as it is now: an earlier fix moved it.
fn fix_one(number: usize, id: FileId, text: &str, files: &mut Files, judge: &Judge<'_>) -> Result<(String, String), String> {
    let nowhere = |_: Place| "".into();
    let now = read_texts(&[(id, text)], files).map_err(|bad| bad.message)?;
    let container = now.containers.get(number).ok_or("the container is gone")?;
    let judged = judge.judge(container, &nowhere);
    let (remedy, edits) = fix::edits(text, container, judged.solutions())?;
    let text = apply(text, &edits);
    let then = read_texts(&[(id, text.as_str())], files).map_err(|bad| format!("the fix would break the file: {}", bad.message))?;
    let container = then.containers.get(number).ok_or("the container is gone")?;
    match lint::with_remarks(judge.judge(container, &nowhere).report.verdict, number, &then) {
        Verdict::Supported => Ok((text, remedy)),
        verdict => Err(format!("with {remedy} written into the file it would still be {}", verdict.id())),
    }
}
