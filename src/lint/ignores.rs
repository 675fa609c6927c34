//! `# isodoc: ignore[ID] reason` in a file: what is said of that line, or of the next one where the
//! comment has a line to itself, is accepted. What is said of anything in a container can be
//! accepted at the line on which the container begins, too.

use std::cell::Cell;

use crate::deploy::{FileId, Place};
use crate::explain::index;
use crate::findings::{Finding, catalogue};
use crate::lint::Paths;
use crate::lint::accepted::Subject;
use crate::report::{FindingReport, Location};

/// What begins a comment in one of the dialects.
const MARKS: &[&str] = &["#", ";", "//", "<!--"];
/// What follows it.
const WORD: &str = "isodoc: ignore";

/// A comment.
struct Ignore {
    /// The comment itself.
    place: Place,
    line: usize,
    /// What it accepts, and why; or what is wrong with it.
    says: Result<(Vec<String>, String), String>,
    /// The ids that were met.
    met: Cell<Vec<String>>,
}

/// Those of the files of a project.
#[derive(Default)]
pub(crate) struct Ignores(Vec<Ignore>);

impl Ignores {
    /// Adds those of a file.
    pub(crate) fn read(&mut self, file: FileId, text: &str) {
        if !text.contains(WORD) {
            return;
        }
        let (mut start, mut waiting) = (0, self.0.len());
        for (number, line) in text.split_inclusive('\n').enumerate() {
            let found = comment(line);
            let alone = found.as_ref().is_some_and(|(_, alone, _)| *alone);
            if !alone {
                // Those above have found their line.
                self.0.iter_mut().skip(waiting).for_each(|above| above.line = number + 1);
            }
            if let Some((at, _, says)) = found {
                let column = line.get(..at).unwrap_or_default().chars().count() + 1;
                let end = start + line.trim_end().len();
                let place = Place { file, line: number + 1, column, start: start + at, end };
                self.0.push(Ignore { place, line: number + 1, says, met: Cell::default() });
            }
            if !alone {
                waiting = self.0.len();
            }
            start += line.len();
        }
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Why something is accepted by a comment at one of its places, if it is.
    pub(crate) fn reason(&self, of: &Subject<'_>) -> Option<String> {
        let about = |ignore: &&Ignore| {
            of.places.iter().any(|at| (at.file, at.line) == (ignore.place.file, ignore.line))
        };
        self.0.iter().filter(about).find_map(|ignore| {
            let (ids, reason) = ignore.says.as_ref().ok()?;
            let id = ids.iter().find(|id| *id == of.rule)?;
            let mut met = ignore.met.take();
            met.push(id.clone());
            ignore.met.set(met);
            Some(reason.clone())
        })
    }

    /// Those in these files that met nothing.
    pub(crate) fn without_effect(&self, files: &[FileId], paths: Paths<'_>) -> Vec<FindingReport> {
        let mut found = vec![];
        for ignore in self.0.iter().filter(|ignore| files.contains(&ignore.place.file)) {
            let mut add = |title: String| {
                let detail = "`# isodoc: ignore[ID] reason` accepts what is said of its own line, \
                    or of the next line where the comment has a line to itself.";
                let finding = Finding::new(&catalogue::IGNORE_WITHOUT_EFFECT, title, detail);
                let at = Location::new(paths(ignore.place), ignore.place);
                found.push(FindingReport::in_file(finding.at(ignore.place), Some(at)));
            };
            match &ignore.says {
                Err(why) => add(format!("this comment ignores nothing: {why}")),
                Ok((ids, _)) => {
                    let met = ignore.met.take();
                    let nothing = |id: &&String| !met.contains(*id);
                    ids.iter().filter(nothing).for_each(|id| {
                        add(format!("nothing is said here that has the id `{id}`"));
                    });
                    ignore.met.set(met);
                }
            }
        }
        found
    }
}

/// A comment in a line: where it begins, whether the line has nothing else, and what it says.
type Comment = (usize, bool, Result<(Vec<String>, String), String>);

fn comment(line: &str) -> Option<Comment> {
    let (before, after) = line.split_once(WORD)?;
    let before = before.trim_end();
    let before = MARKS.iter().find_map(|mark| before.strip_suffix(mark))?;
    let alone = before.trim_start().is_empty();
    (alone || before.ends_with(char::is_whitespace)).then(|| (before.len(), alone, said(after)))
}

fn said(text: &str) -> Result<(Vec<String>, String), String> {
    let inside = text.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let (ids, reason) = inside.ok_or("write `ignore[ID] reason`")?;
    let ids: Vec<String> = ids.split(',').map(|id| id.trim().to_owned()).collect();
    if let Some(id) = ids.iter().find(|id| index::find(id).is_empty()) {
        let near: Vec<String> = index::near(id).iter().map(|near| format!("`{near}`")).collect();
        let near =
            if near.is_empty() { String::new() } else { format!("; similar: {}", near.join(", ")) };
        return Err(format!("`{id}` is no id{near}"));
    }
    let reason = reason.trim().trim_end_matches("-->").trim();
    if reason.is_empty() { Err("say why, after the `]`".into()) } else { Ok((ids, reason.into())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines that the comments of a text are about.
    fn lines(text: &str) -> Vec<usize> {
        let mut ignores = Ignores::default();
        ignores.read(0, text);
        ignores.0.iter().map(|ignore| ignore.line).collect()
    }

    #[test]
    fn a_comment_is_about_its_line_or_the_next() {
        let all = "# isodoc: ignore[chroot] x\n";
        assert_eq!(lines("a: 1  # isodoc: ignore[chroot] x\nb: 2\n"), [1]);
        assert_eq!(lines(&format!("{all}a: 1\n")), [2]);
        assert_eq!(lines(&format!("{all}  {all}a: 1 {all}b: 2\n{all}c: 3\n")), [3, 3, 3, 6]);
        assert_eq!(lines("<!-- isodoc: ignore[chroot] x -->\ndocker run\n"), [2]);
        assert_eq!(lines("; isodoc: ignore[chroot] x\r\nImage=x\r\n"), [2]);
        // No comment: within a word, or of something else.
        assert_eq!(lines("a#isodoc: ignore[chroot] x\nisodoc: ignore[chroot] x\n"), [0_usize; 0]);
    }

    #[test]
    fn what_a_comment_says() {
        let ok = |ids: &[&str], why: &str| {
            Ok((ids.iter().map(|id| (*id).to_owned()).collect(), why.to_owned()))
        };
        assert_eq!(said("[chroot] a b -->\n"), ok(&["chroot"], "a b"));
        assert_eq!(said("[chroot, proc-masked] x"), ok(&["chroot", "proc-masked"], "x"));
        for (text, why) in [
            ("[chroot]", "say why"),
            ("[chroot] -->", "say why"),
            ("[chrot] x", "`chrot` is no id; similar: `chroot`"),
            ("[] x", "`` is no id"),
            ("chroot x", "write `ignore[ID] reason`"),
            ("[chroot x", "write `ignore[ID] reason`"),
        ] {
            assert!(
                said(text).is_err_and(|said| said.starts_with(why)),
                "{text}: {:?}",
                said(text)
            );
        }
    }
}
