//! `--fix`: each container that counts and fails gets the cheapest settings that its files can say;
//! the result is judged anew before it is written.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::path::Path;
use std::rc::Rc;

use similar::TextDiff;

use super::surroundings::Files;
use super::{Answer, Failure, FileJudged, FileRead, Output, read_files};
use crate::cli::LintArgs;
use crate::deploy::edit::{self, Planned, Source};
use crate::deploy::read::Deployment;
use crate::deploy::{FileId, Place};
use crate::exit::Exit;
use crate::lint::fix::{Attempt, attempt};
use crate::lint::{self, Host, Judge, Judged};
use crate::output::escape;
use crate::verdict::{Severity, Verdict};

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
        let mut fixed = fixed(ids, files, judge).map_err(Failure)?;
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

/// What became of the containers of a project.
struct Fixed {
    /// What was done, or why not, a line for each container, with the file it is about.
    lines: Vec<(FileId, String)>,
    /// The verdict on each container that counts, after the fix.
    verdicts: Vec<Verdict>,
}

/// The containers of a project as its files describe them now.
struct Now {
    read: Deployment,
    judged: Vec<Judged>,
}

impl Now {
    fn of(ids: &[FileId], files: &mut Files, judge: &Judge<'_>) -> Result<Self, String> {
        let read = read_files(ids, files).map_err(|bad| bad.message)?;
        let nowhere = |_: Place| Rc::from("");
        let judged =
            read.containers.iter().map(|container| judge.judge(container, &nowhere)).collect();
        Ok(Self { read, judged })
    }

    /// The verdict on a container, where it counts.
    fn verdict(&self, number: usize) -> Option<Verdict> {
        let judged = self.judged.get(number).filter(|judged| judged.report.required)?;
        Some(lint::with_findings(judged.report.verdict, number, &self.read))
    }

    /// Why a container is refused outright, where it is.
    fn refused(&self, number: usize) -> Option<&str> {
        let of_reader = self
            .read
            .findings
            .iter()
            .find(|found| found.container == Some(number) && found.severity == Severity::Error);
        let finding = || {
            self.judged
                .get(number)?
                .report
                .findings
                .iter()
                .find(|finding| finding.severity == Severity::Error)
        };
        of_reader
            .map(|found| found.title.as_str())
            .or_else(|| finding().map(|finding| finding.title.as_str()))
    }
}

/// How often files are edited and read again. Fixes of one container each that do not go together
/// with the others' take a round each; most files take one for all.
const ROUNDS: usize = 200;

/// Fixes what can be fixed; `files` have the new texts afterwards. All containers are fixed in one
/// go, and each go is a reading of the files: what gets in the way of another waits for the next.
fn fixed(ids: &[FileId], files: &mut Files, judge: &Judge<'_>) -> Result<Fixed, String> {
    let mut now = Now::of(ids, files, judge)?;
    let mut done: BTreeMap<usize, (FileId, String)> = BTreeMap::new();
    // How many attempts on a container have failed, and why the last one did.
    let mut failed: HashMap<usize, (usize, String)> = HashMap::new();
    let mut most = usize::MAX;
    for round in 0..ROUNDS {
        let texts: Vec<(FileId, Rc<str>)> = ids.iter().map(|id| (*id, files.text(*id))).collect();
        let sources: HashMap<FileId, Source<'_>> =
            texts.iter().map(|(id, text)| (*id, Source::new(text))).collect();
        let mut taken = taken(&now, &sources, &mut failed, most);
        if round == 0 && taken.values().any(|(_, attempt)| !attempt.planned.inherits) {
            taken.retain(|_, (_, attempt)| !attempt.planned.inherits);
        }
        if taken.is_empty() {
            break;
        }
        let result = write(&taken, &sources, files).and_then(|()| Now::of(ids, files, judge));
        let reasons = refusals(&taken, &now, &result);
        match (result, reasons) {
            (Ok(then), reasons) if reasons.is_empty() => {
                done.extend(
                    taken
                        .into_iter()
                        .map(|(number, (_, attempt))| (number, (attempt.file, attempt.remedy))),
                );
                (now, most) = (then, usize::MAX);
            }
            (_, reasons) => {
                texts.iter().for_each(|(id, text)| files.replace(*id, Rc::clone(text)));
                // Of several, nobody knows which is at fault, unless it says so itself.
                if reasons.iter().all(|(number, _)| number.is_none()) && taken.len() > 1 {
                    most = taken.len() / 2;
                } else {
                    for (number, why) in reasons {
                        let of = number
                            .or(taken.keys().next().copied())
                            .and_then(|number| Some((number, taken.get(&number)?.0)));
                        failed.extend(of.map(|(number, attempt)| (number, (attempt + 1, why))));
                    }
                }
            }
        }
    }
    let mut fixed = Fixed { lines: vec![], verdicts: vec![] };
    for (number, container) in now.read.containers.iter().enumerate() {
        let Some(verdict) = now.verdict(number) else { continue };
        let name = &container.name;
        if let Some((file, remedy)) = done.get(&number) {
            fixed.lines.push((*file, format!("{name}: fixed by {remedy}")));
        } else if verdict == Verdict::Unsupported {
            let why = failed
                .get(&number)
                .map_or("its fix gets in the way of others", |(_, why)| why.as_str());
            fixed.lines.push((container.place.file, format!("{name}: not fixed: {why}")));
        } else if verdict == Verdict::Unknown {
            fixed.lines.push((
                container.place.file,
                format!("{name}: not fixed: whether it needs it is not known"),
            ));
        }
        fixed.verdicts.push(verdict);
    }
    Ok(fixed)
}

/// By the number of the container: the number of the attempt, and the attempt.
type Taken = BTreeMap<usize, (usize, Attempt)>;

/// An attempt for each container that fails, as far as their edits go together, at most so many.
fn taken(
    now: &Now,
    sources: &HashMap<FileId, Source<'_>>,
    failed: &mut HashMap<usize, (usize, String)>,
    most: usize,
) -> Taken {
    let mut taken = Taken::new();
    // The end of each range that is edited, by its file and its start.
    let mut edited: BTreeMap<(FileId, usize), usize> = BTreeMap::new();
    for (number, (container, judged)) in now.read.containers.iter().zip(&now.judged).enumerate() {
        if now.verdict(number) != Some(Verdict::Unsupported) || taken.len() >= most {
            continue;
        }
        let from = failed.get(&number).map_or(0, |(attempts, _)| *attempts);
        match attempt(judged, container, from, sources) {
            Ok((at, attempt)) => {
                let clashes = |edit: &edit::Edit| {
                    let (start, end) = (edit.range.start, edit.range.end);
                    let before = edited.range(..=(attempt.file, start)).next_back();
                    let inside = before.is_some_and(|((file, begin), until)| {
                        *file == attempt.file && (*until > start || *begin == start)
                    });
                    inside
                        || edited
                            .range((attempt.file, start + 1)..(attempt.file, end.max(start + 1)))
                            .next()
                            .is_some()
                };
                if !attempt.planned.edits.iter().any(clashes) {
                    edited.extend(
                        attempt
                            .planned
                            .edits
                            .iter()
                            .map(|edit| ((attempt.file, edit.range.start), edit.range.end)),
                    );
                    taken.insert(number, (at, attempt));
                }
            }
            Err(why) => {
                failed.entry(number).or_insert((usize::MAX, why));
            }
        }
    }
    taken
}

/// Writes what was taken into `files`.
fn write(
    taken: &Taken,
    sources: &HashMap<FileId, Source<'_>>,
    files: &mut Files,
) -> Result<(), String> {
    for (id, source) in sources {
        let planned: Vec<&Planned> = taken
            .values()
            .filter(|(_, attempt)| attempt.file == *id)
            .map(|(_, attempt)| &attempt.planned)
            .collect();
        if !planned.is_empty() {
            files.replace(*id, edit::written(source, &planned)?.into());
        }
    }
    Ok(())
}

/// What speaks against the result, with the container that is at fault where that is known.
fn refusals(
    taken: &Taken,
    before: &Now,
    result: &Result<Now, String>,
) -> Vec<(Option<usize>, String)> {
    let then = match result {
        Ok(then) if then.read.containers.len() == before.read.containers.len() => then,
        Ok(_) => return vec![(None, "the fix would change which containers there are".into())],
        Err(why) => return vec![(None, format!("the fix would break the file: {why}"))],
    };
    let still = |(number, (_, attempt)): (&usize, &(usize, Attempt))| {
        let verdict = then.verdict(*number).filter(|verdict| *verdict != Verdict::Supported)?;
        let refused = then.refused(*number).map(|title| format!(": {title}")).unwrap_or_default();
        Some((
            Some(*number),
            format!(
                "with {} written into the file it would still be {}{refused}",
                attempt.remedy,
                verdict.id()
            ),
        ))
    };
    let own: Vec<_> = taken.iter().filter_map(still).collect();
    if !own.is_empty() {
        return own;
    }
    let worse = |number: &usize| {
        before.verdict(*number) == Some(Verdict::Supported)
            && then.verdict(*number) != Some(Verdict::Supported)
    };
    let harmed =
        (0..before.judged.len()).find(worse).and_then(|number| before.read.containers.get(number));
    harmed
        .map(|other| (None, format!("the fix would let {} fail", other.name)))
        .into_iter()
        .collect()
}
