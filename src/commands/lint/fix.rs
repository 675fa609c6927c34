//! `--fix`: each container that counts and fails gets the cheapest settings that its file can say; the result is judged
//! anew before it is written.

use std::fmt::Write as _;
use std::path::Path;

use similar::TextDiff;

use super::surroundings::Files;
use super::{Answer, Failure, FileJudged, read_texts};
use crate::cli::LintArgs;
use crate::exit::Exit;
use crate::lint::edit::apply;
use crate::lint::{Judge, fix};
use crate::render::escape;
use crate::verdict::Verdict;
use crate::workload::{FileId, Place};

/// Fixes, or shows how.
pub fn run(args: &LintArgs, judged: &[FileJudged], files: &mut Files, judge: &Judge<'_>) -> Result<Answer, Failure> {
    let (mut text, mut verdicts, mut broken) = (String::new(), vec![], false);
    for file in judged {
        let Ok(_) = &file.read else {
            broken = true;
            let message = file.read.as_ref().err().map_or("", |bad| bad.message.as_str());
            let place = file.location.as_ref().map(|at| format!(":{}:{}", at.line, at.column)).unwrap_or_default();
            let _ = writeln!(text, "{}{place}: {}", file.path, escape::text(message));
            continue;
        };
        let Some(id) = file.file else { continue };
        let before = files.text(id);
        let fixed = fixed(file, id, files, judge);
        verdicts.extend(fixed.verdicts);
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
            let (from, to) = (format!("a/{}", file.path), format!("b/{}", file.path));
            let _ = write!(text, "{}", diff.unified_diff().header(&from, &to));
        } else if file.path == "-" {
            text.push_str(&fixed.text);
        } else {
            std::fs::write(Path::new(&file.path), &fixed.text).map_err(|why| Failure::of(Path::new(&file.path), why))?;
        }
    }
    Ok(Answer { text, exit: if broken { Exit::Usage } else { Exit::from(Verdict::all(verdicts)) } })
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

fn fixed(file: &FileJudged, id: FileId, files: &mut Files, judge: &Judge<'_>) -> Fixed {
    let mut fixed = Fixed { text: files.text(id).to_string(), lines: vec![], verdicts: vec![] };
    for (number, judged) in file.containers.iter().enumerate().filter(|(_, judged)| judged.report.required) {
        let name = &judged.report.name;
        if judged.report.verdict != Verdict::Unsupported {
            fixed.verdicts.push(judged.report.verdict);
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

/// The text with one container fixed. The container is read from the text as it is now: an earlier fix moved it.
fn fix_one(number: usize, id: FileId, text: &str, files: &mut Files, judge: &Judge<'_>) -> Result<(String, String), String> {
    let nowhere = |_: Place| String::new();
    let now = read_texts(&[(id, text)], files).map_err(|bad| bad.message)?;
    let container = now.containers.get(number).ok_or("the container is gone")?;
    let judged = judge.judge(container, &nowhere);
    let (remedy, edits) = fix::edits(text, container, judged.solutions())?;
    let text = apply(text, &edits);
    let then = read_texts(&[(id, text.as_str())], files).map_err(|bad| format!("the fix would break the file: {}", bad.message))?;
    let container = then.containers.get(number).ok_or("the container is gone")?;
    match judge.judge(container, &nowhere).report.verdict {
        Verdict::Supported => Ok((text, remedy)),
        verdict => Err(format!("with {remedy} written into the file it would still be {}", verdict.id())),
    }
}
