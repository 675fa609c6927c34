//! `--fix`: each container that counts and fails gets the cheapest settings that its files can say;
//! the result is judged anew before it is written.

use std::fmt::Write as _;
use std::path::Path;
use std::rc::Rc;

use similar::TextDiff;

use super::surroundings::Files;
use super::{Answer, Failure, FileJudged, FileRead, Output, read_files};
use crate::cli::LintArgs;
use crate::deploy::read::Deployment;
use crate::deploy::{Container, FileId};
use crate::exit::Exit;
use crate::lint::fix::{Attempt, Fixed, Project, Sources, Standing, attempt};
use crate::lint::{self, Host, Judge, Judged};
use crate::output::escape;
use crate::verdict::Verdict;

/// Fixes, or shows how.
pub(super) fn run(
    args: &LintArgs,
    judged: &[FileJudged],
    files: &mut Files,
    host: &Host,
    judge: &Judge<'_>,
) -> Result<Answer, Failure> {
    let (mut text, mut verdicts, mut broken) = (String::new(), vec![], false);
    if judged.iter().all(|file| file.containers.is_empty()) {
        // As without --fix: nothing was judged.
        verdicts.push(None);
    }
    for file in judged {
        let FileRead { path, read, files: ids } = &file.file;
        let Ok(deployment) = read else {
            broken = true;
            let message = read.as_ref().err().map_or("", |bad| bad.message.as_str());
            let (path, place) = file.location.as_ref().map_or((path, String::new()), |at| {
                (&at.path, format!(":{}:{}", at.line, at.column))
            });
            let _ = writeln!(text, "{path}{place}: {}", escape::text(message));
            continue;
        };
        if ids.is_empty() {
            verdicts.extend(
                file.containers
                    .iter()
                    .filter(|c| c.report.required)
                    .map(|c| Some(c.report.verdict)),
            );
            text.push_str(
                "a command that is given as arguments is in no file that could be fixed\n",
            );
            continue;
        }
        let before: Vec<(FileId, Rc<str>)> = ids.iter().map(|id| (*id, files.text(*id))).collect();
        let mut fixed = lint::fix::fix(&mut Edited { ids, files, judge }).map_err(Failure)?;
        daemon(&file.file, deployment, files, host, &mut fixed);
        verdicts.extend(fixed.verdicts.into_iter().map(Some));
        for (id, line) in &fixed.lines {
            let line = format!("{}: {}", files.path(*id), escape::text(line));
            // A diff is for a program, and so is a file that came from standard input: what is said
            // beside it goes elsewhere.
            if args.diff || *files.path(*id) == *"-" {
                eprint(&line)
            } else {
                text.push_str(&(line + "\n"))
            }
        }
        for (id, before) in before {
            let (path, after) = (files.path(id), files.text(id));
            if before == after {
                continue;
            }
            if args.diff {
                let diff = TextDiff::from_lines(&*before, &*after);
                let bare = path.trim_start_matches('/');
                let (from, to) = (format!("a/{bare}"), format!("b/{bare}"));
                let _ = write!(text, "{}", diff.unified_diff().header(&from, &to));
            } else if *path == *"-" {
                text.push_str(&after);
            } else {
                std::fs::write(Path::new(&*path), after.as_bytes())
                    .map_err(|why| Failure::of(Path::new(&*path), why))?;
            }
        }
    }
    // A daemon that was judged is something.
    let nothing = verdicts.iter().all(Option::is_none) && !verdicts.is_empty();
    let verdict =
        if nothing { Verdict::Unknown } else { Verdict::all(verdicts.into_iter().flatten()) };
    Ok(Answer {
        output: Output::Text(text),
        exit: if broken { Exit::Usage } else { Exit::from(verdict) },
    })
}

/// What is wrong with a daemon's configuration is the administrator's to change: it is said, and
/// counts.
fn daemon(file: &FileRead, read: &Deployment, files: &Files, host: &Host, fixed: &mut Fixed) {
    let Some(id) = file.files.first() else { return };
    let mut entry = lint::file(Rc::clone(&file.path), &file.read, vec![], None);
    lint::daemon::add(&mut entry, read, host, &files.subordinate_ids(*id));
    for mechanism in entry.mechanisms.iter().filter(|mechanism| mechanism.required) {
        fixed.verdicts.push(mechanism.verdict);
        if mechanism.verdict != Verdict::Supported {
            let cause = mechanism.cause.as_ref().map_or("", |cause| cause.title);
            fixed.lines.push((*id, format!("{}: not fixed: {cause}", mechanism.id)));
        }
    }
}

#[allow(clippy::print_stderr, reason = "standard output carries the diff alone")]
fn eprint(line: &str) {
    eprintln!("{line}");
}

/// The files of a project, on their way from what they were.
struct Edited<'a, 'j> {
    ids: &'a [FileId],
    files: &'a mut Files,
    judge: &'a Judge<'j>,
}

impl Project for Edited<'_, '_> {
    type About = (Container, Judged);

    fn texts(&self) -> Vec<(FileId, Rc<str>)> {
        self.ids.iter().map(|id| (*id, self.files.text(*id))).collect()
    }

    fn put(&mut self, file: FileId, text: Rc<str>) {
        self.files.replace(file, text);
    }

    fn judge(&mut self) -> Result<Vec<Standing<Self::About>>, String> {
        let read = read_files(self.ids, self.files).map_err(|bad| bad.message)?;
        Ok(lint::fix::standings(read, self.judge))
    }

    fn attempt(
        &self,
        (container, judged): &Self::About,
        from: usize,
        sources: &Sources<'_>,
    ) -> Result<(usize, Attempt), String> {
        attempt(judged, container, from, sources)
    }
}
