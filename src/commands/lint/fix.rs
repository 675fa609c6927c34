//! `--fix`: each container that counts and fails gets the cheapest settings that its files can say;
//! the result is judged anew before it is written.

use std::fmt::Write as _;
use std::rc::Rc;

use super::project::{Edited, changed, given_twice};
use super::surroundings::Files;
use super::{Answer, Failure, FileJudged, FileRead, Output};
use crate::cli::LintArgs;
use crate::deploy::FileId;
use crate::exit::Exit;
use crate::lint::{self, Host, Judge};
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
    if let Some(path) = given_twice(args) {
        let why = "given twice: --fix would write one edit over the other";
        return Err(Failure(format!("{path}: {why}")));
    }
    let (mut text, mut verdicts, mut broken) = (String::new(), vec![], false);
    let mut containers = judged.iter().flat_map(|file| &file.containers);
    if !containers.any(|container| container.report.required || !args.fail_on_none) {
        verdicts.push(None); // As without --fix: nothing was judged.
    }
    for file in judged {
        let FileRead { path, read, files: ids, .. } = &file.file;
        let deployment = match read {
            Ok(deployment) => deployment,
            Err(why) => {
                broken |= why.bad().is_some();
                let at = file.location.as_ref().filter(|_| why.bad().is_some());
                let place = at.map_or(String::new(), |at| format!(":{}:{}", at.line, at.column));
                let path = escape::text(at.map_or(path, |at| &at.path));
                let _ = writeln!(text, "{path}{place}: {}", escape::text(&why.said()));
                continue;
            }
        };
        if ids.is_empty() {
            verdicts.extend(
                file.containers
                    .iter()
                    .filter(|c| c.report.required)
                    .map(|c| Some(c.report.verdict)),
            );
            text.push_str("a command given as arguments has no file to fix\n");
            continue;
        }
        let before: Vec<(FileId, Rc<str>)> = ids.iter().map(|id| (*id, files.text(*id))).collect();
        let mut fixed = lint::fix::fix(&mut Edited { ids, files, judge })
            .map_err(|why| Failure(why.message))?;
        if let Some(id) = ids.first() {
            let mut entry =
                lint::file(Rc::clone(path), read, vec![], None, &|place| files.path(place.file));
            lint::daemon::add(&mut entry, deployment, host, &files.subordinate_ids(*id));
            fixed.add_daemon(*id, &entry);
        }
        verdicts.extend(fixed.verdicts.into_iter().map(Some));
        for (id, line) in &fixed.lines {
            let line = format!("{}: {}", escape::text(&files.path(*id)), escape::text(line));
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
            if before != after {
                text.push_str(&changed(args.diff, &path, &before, &after)?);
            }
        }
    }
    if text.is_empty() && !args.diff {
        text.push_str("nothing to fix\n");
    }
    // A daemon that was judged is something.
    let nothing = verdicts.iter().all(Option::is_none) && !verdicts.is_empty();
    let verdict =
        if nothing { Verdict::Unknown } else { Verdict::all(verdicts.into_iter().flatten()) };
    Ok(Answer {
        output: Output::Text(text.into_bytes()),
        exit: if broken { Exit::Usage } else { Exit::from(verdict) },
    })
}

#[allow(clippy::print_stderr, reason = "standard output carries the diff alone")]
fn eprint(line: &str) {
    eprintln!("{line}");
}
