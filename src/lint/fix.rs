//! The search of `lint --fix`: the cheapest change that lets each container pass, as edits of the
//! very files it comes from, judged anew before it stays.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use super::{Judge, Judged, asks_for, isolates_itself, with_findings};
use crate::deploy::container::WrittenAt;
use crate::deploy::edit::{self, Edit, EditError, PlannedEdits, SourceText};
use crate::deploy::read::Deployment;
use crate::deploy::setting::Change;
use crate::deploy::{BadInput, Container, FileId};
use crate::mechanisms::unshare;
use crate::remedy::{Action, Solution};
use crate::report::lint as report;
use crate::verdict::{Severity, Verdict};

/// The files of a project, by number, ready to be edited.
pub(crate) type Sources<'t> = HashMap<FileId, SourceText<'t>>;

/// Files that can be edited, and read and judged again.
pub(crate) trait Project {
    /// What an attempt is made from.
    type About;

    /// The files as they are now.
    fn texts(&self) -> Vec<(FileId, Rc<str>)>;

    /// Puts another text in the place of a file's.
    fn put(&mut self, file: FileId, text: Rc<str>);

    /// The containers as the files describe them now.
    ///
    /// # Errors
    /// When the files cannot be read; the text says why.
    fn judge(&mut self) -> Result<Vec<Standing<Self::About>>, BadInput>;

    /// The first attempt from this number on to let a container pass, with its number.
    ///
    /// # Errors
    /// When there is none; the text says why.
    fn attempt(
        &self,
        about: &Self::About,
        from: usize,
        sources: &Sources<'_>,
    ) -> Result<(usize, Attempt), EditError>;
}

/// How a container stands.
pub(crate) struct Standing<A> {
    /// Its name.
    pub name: String,
    /// The file it is described in.
    pub file: FileId,
    /// The verdict on it, where it counts.
    pub verdict: Option<Verdict>,
    /// Why it is refused outright, where it is.
    pub refused: Option<String>,
    /// What attempts are made from.
    pub about: A,
}

/// What became of the containers of a project.
#[derive(Debug, Default)]
pub(crate) struct Fixed {
    /// What was done, or why not, a line for each container, with the file it is about.
    pub lines: Vec<(FileId, String)>,
    /// The verdict on each container that counts, after the fix.
    pub verdicts: Vec<Verdict>,
}

impl Fixed {
    /// What is wrong with a daemon's configuration is the administrator's to change: it is said,
    /// and counts.
    pub(crate) fn add_daemon(&mut self, id: FileId, file: &report::File) {
        for mechanism in file.mechanisms.iter().filter(|mechanism| mechanism.required) {
            self.verdicts.push(mechanism.verdict);
            if mechanism.verdict != Verdict::Supported {
                let cause = mechanism.cause.as_ref().map_or("", |cause| cause.title);
                self.lines.push((id, format!("{}: not fixed: {cause}", mechanism.id)));
            }
        }
    }
}

/// The changes of a solution; `None` where it takes more than the file: the host, the cluster, or
/// the job's own flags.
fn changes(container: &Container, solution: &Solution) -> Option<Vec<Change>> {
    let mut changes: Vec<Change> = solution.changes().into_iter().cloned().collect();
    for action in solution.actions() {
        match action {
            // Only the worker reads the variable; others have the flags elsewhere.
            Action::Flags => {
                if !asks_for(container, &unshare::MECHANISM) || isolates_itself(container) {
                    return None;
                }
                changes.push(solution.flags());
            }
            Action::Shell(_) | Action::Unit(_) => return None,
            Action::Set(_) | Action::Running(_) => {}
        }
    }
    Some(changes)
}

/// One way to let a container pass: what is done, in which file, by which edits.
pub(crate) struct Attempt {
    /// The ids of its remedies.
    pub remedy: String,
    /// The file.
    pub file: FileId,
    /// The edits.
    pub planned: PlannedEdits,
}

/// The first attempt from this number on, with its number. They are in the order of preference: the
/// cheapest solution first, and of the files that could say it that in which the setting that
/// decides stands, then that in which the least changes.
///
/// # Errors
/// When there is none; the text says why.
pub(crate) fn attempt(
    judged: &Judged,
    container: &Container,
    from: usize,
    sources: &Sources<'_>,
) -> Result<(usize, Attempt), EditError> {
    let mut why = EditError::from("no setting in this file makes it pass");
    let decides = judged.decides(container).file;
    let spots: Vec<(FileId, &WrittenAt)> = match &container.spot {
        WrittenAt::Several(spots) => spots.iter().map(|(file, spot)| (*file, spot)).collect(),
        spot => vec![(container.place.file, spot)],
    };
    let mut number = 0;
    for solution in judged.solutions() {
        let Some(changes) = changes(container, solution) else { continue };
        let mut of_files = vec![];
        for (file, spot) in &spots {
            let planned = match sources.get(file) {
                Some(source) => edit::plan(source, container, spot, &changes),
                None => Err("it is in a file that was not given: fix that file by itself".into()),
            };
            match planned {
                Ok(planned) => {
                    of_files.push(Attempt { remedy: solution.id(), file: *file, planned })
                }
                Err(reason) => why = reason,
            }
        }
        let size = |attempt: &Attempt| {
            attempt
                .planned
                .edits
                .iter()
                .map(|edit| edit.range.len() + edit.text.len())
                .sum::<usize>()
        };
        of_files.sort_by_key(|attempt| (attempt.file != decides, size(attempt)));
        for attempt in of_files {
            if number == from {
                return Ok((number, attempt));
            }
            number += 1;
        }
    }
    Err(why)
}

/// The containers of files that were read, judged.
pub(crate) fn standings(read: Deployment, judge: &Judge<'_>) -> Vec<Standing<(Container, Judged)>> {
    let judged = |(number, container): (usize, &Container)| {
        let judged = judge.judge(container, &|_| Rc::from(""));
        let entry = &judged.report;
        let verdict = entry.required.then(|| with_findings(entry.verdict, number, &read));
        let own = read.findings.iter().filter(|found| found.container == Some(number));
        let mut refused = own.filter(|found| found.severity == Severity::Error);
        let mut findings = entry.findings.iter().filter(|found| found.severity == Severity::Error);
        let refused = refused.next().map(|found| found.title.clone());
        let refused = refused.or_else(|| findings.next().map(|found| found.title.clone()));
        (judged, verdict, refused)
    };
    let all: Vec<_> = read.containers.iter().enumerate().map(judged).collect();
    let with = |(container, (judged, verdict, refused)): (Container, _)| Standing {
        name: container.name.clone(),
        file: container.place.file,
        verdict,
        refused,
        about: (container, judged),
    };
    read.containers.into_iter().zip(all).map(with).collect()
}

/// How often files are edited and read again. Fixes of one container each that do not go together
/// with the others' take a round each; most files take one for all.
const ROUNDS: usize = 200;

/// Fixes what can be fixed; the project has the new texts afterwards. All containers are fixed in
/// one go, and each go is a reading of the files: what gets in the way of another waits for the
/// next.
///
/// # Errors
/// When the files cannot be read as they are.
pub(crate) fn fix<P: Project>(project: &mut P) -> Result<Fixed, BadInput> {
    let mut now = project.judge()?;
    let mut done: BTreeMap<usize, (FileId, String)> = BTreeMap::new();
    // How many attempts on a container have failed, and why the last one did.
    let mut failed: HashMap<usize, (usize, String)> = HashMap::new();
    let mut most = usize::MAX;
    for round in 0..ROUNDS {
        let texts = project.texts();
        let sources: Sources<'_> =
            texts.iter().map(|(id, text)| (*id, SourceText::new(text))).collect();
        let mut taken = taken(project, &now, &sources, &mut failed, most);
        if round == 0 && taken.values().any(|(_, attempt)| !attempt.planned.inherits) {
            taken.retain(|_, (_, attempt)| !attempt.planned.inherits);
        }
        if taken.is_empty() {
            break;
        }
        let result = write(project, &taken, &sources).and_then(|()| Ok(project.judge()?));
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
                texts.iter().for_each(|(id, text)| project.put(*id, Rc::clone(text)));
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
    let mut fixed = Fixed::default();
    for (number, Standing { name, file, verdict, .. }) in now.iter().enumerate() {
        let Some(verdict) = *verdict else { continue };
        if let Some((file, remedy)) = done.get(&number) {
            fixed.lines.push((*file, format!("{name}: fixed by {remedy}")));
        } else if verdict == Verdict::Unsupported {
            let why = failed
                .get(&number)
                .map_or("its fix conflicts with another fix", |(_, why)| why.as_str());
            fixed.lines.push((*file, format!("{name}: not fixed: {why}")));
        } else if verdict == Verdict::Unknown {
            fixed
                .lines
                .push((*file, format!("{name}: not fixed: cannot tell whether it needs a fix")));
        }
        fixed.verdicts.push(verdict);
    }
    Ok(fixed)
}

/// By the number of the container: the number of the attempt, and the attempt.
type Taken = BTreeMap<usize, (usize, Attempt)>;

/// An attempt for each container that fails, as far as their edits go together, at most so many.
fn taken<P: Project>(
    project: &P,
    now: &[Standing<P::About>],
    sources: &Sources<'_>,
    failed: &mut HashMap<usize, (usize, String)>,
    most: usize,
) -> Taken {
    let mut taken = Taken::new();
    // The end of each range that is edited, by its file and its start.
    let mut edited: BTreeMap<(FileId, usize), usize> = BTreeMap::new();
    for (number, container) in now.iter().enumerate() {
        if container.verdict != Some(Verdict::Unsupported) || taken.len() >= most {
            continue;
        }
        let from = failed.get(&number).map_or(0, |(attempts, _)| *attempts);
        match project.attempt(&container.about, from, sources) {
            Ok((at, attempt)) => {
                let clashes = |edit: &Edit| {
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
                failed.entry(number).or_insert((usize::MAX, why.to_string()));
            }
        }
    }
    taken
}

/// Writes what was taken.
fn write<P: Project>(
    project: &mut P,
    taken: &Taken,
    sources: &Sources<'_>,
) -> Result<(), EditError> {
    for (id, source) in sources {
        let planned: Vec<&PlannedEdits> = taken
            .values()
            .filter(|(_, attempt)| attempt.file == *id)
            .map(|(_, attempt)| &attempt.planned)
            .collect();
        if !planned.is_empty() {
            project.put(*id, edit::written(source, &planned)?.into());
        }
    }
    Ok(())
}

/// What speaks against the result, with the container that is at fault where that is known.
fn refusals<A>(
    taken: &Taken,
    before: &[Standing<A>],
    result: &Result<Vec<Standing<A>>, EditError>,
) -> Vec<(Option<usize>, String)> {
    let then = match result {
        Ok(then) if then.len() == before.len() => then,
        Ok(_) => return vec![(None, "the fix would change which containers there are".into())],
        Err(why) => return vec![(None, format!("the fix would break the file: {why}"))],
    };
    let still = |(number, (_, attempt)): (&usize, &(usize, Attempt))| {
        let then = then.get(*number)?;
        let verdict = then.verdict.filter(|verdict| *verdict != Verdict::Supported)?;
        let refused = then.refused.as_ref().map(|title| format!(": {title}")).unwrap_or_default();
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
    let passes = |standing: &Standing<A>| standing.verdict == Some(Verdict::Supported);
    let harmed = before.iter().zip(then).find(|(before, then)| passes(before) && !passes(then));
    harmed
        .map(|(other, _)| (None, format!("the fix would make {} fail", other.name)))
        .into_iter()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of lines `NAME WORD`: `good` passes, `poison` cannot be read, a `bully` passes and
    /// lets all others fail. Each container has words that are tried in turn.
    struct Words {
        text: Rc<str>,
        tries: &'static [(&'static str, &'static [&'static str])],
        readings: usize,
    }

    impl Words {
        fn words(&self) -> Vec<(String, String)> {
            let pair = |line: &str| line.split_once(' ').map(|(a, b)| (a.to_owned(), b.to_owned()));
            self.text.lines().filter_map(pair).collect()
        }
    }

    impl Project for Words {
        type About = String;

        fn texts(&self) -> Vec<(FileId, Rc<str>)> {
            vec![(0, Rc::clone(&self.text))]
        }

        fn put(&mut self, _: FileId, text: Rc<str>) {
            self.text = text;
        }

        fn judge(&mut self) -> Result<Vec<Standing<String>>, BadInput> {
            self.readings += 1;
            let words = self.words();
            if words.iter().any(|(_, word)| word == "poison") {
                return Err(BadInput::whole("poison"));
            }
            let bully = words.iter().find(|(_, word)| word == "bully").map(|(name, _)| name);
            let standing = |(name, word): &(String, String)| {
                let bullied = bully.is_some_and(|bully| bully != name);
                let verdict = match word.as_str() {
                    "none" => None,
                    "good" | "bully" if !bullied => Some(Verdict::Supported),
                    "unknown" => Some(Verdict::Unknown),
                    _ => Some(Verdict::Unsupported),
                };
                Standing {
                    name: name.clone(),
                    file: 0,
                    verdict,
                    refused: (word == "ugly").then(|| "too ugly".into()),
                    about: name.clone(),
                }
            };
            Ok(words.iter().map(standing).collect())
        }

        fn attempt(
            &self,
            about: &String,
            from: usize,
            _: &Sources<'_>,
        ) -> Result<(usize, Attempt), EditError> {
            let tries = self.tries.iter().find(|(name, _)| name == about).map(|(_, words)| *words);
            let word = tries.and_then(|words| words.get(from)).ok_or("no more words")?;
            let line = self.text.find(&format!("{about} ")).unwrap();
            let start = line + about.len() + 1;
            let end = start + self.text[start..].find('\n').unwrap();
            let edits = vec![Edit { range: start..end, text: (*word).to_owned() }];
            let planned = PlannedEdits::of(edits);
            Ok((from, Attempt { remedy: (*word).to_owned(), file: 0, planned }))
        }
    }

    type Tries = &'static [(&'static str, &'static [&'static str])];

    /// The text afterwards, what is said of each container, and how often the file was read.
    fn fixed(text: &str, tries: Tries) -> (String, Vec<String>, usize) {
        let mut words = Words { text: text.into(), tries, readings: 0 };
        let fixed = fix(&mut words).unwrap();
        let lines = fixed.lines.into_iter().map(|(_, line)| line).collect();
        (words.text.to_string(), lines, words.readings)
    }

    #[test]
    fn all_are_fixed_in_one_go_and_what_passes_or_does_not_count_is_left() {
        let (text, lines, readings) = fixed(
            "a bad\nb good\nc bad\nd none\ne unknown\n",
            &[("a", &["good"]), ("c", &["good"])],
        );
        assert_eq!(text, "a good\nb good\nc good\nd none\ne unknown\n");
        let unknown = "e: not fixed: cannot tell whether it needs a fix";
        assert_eq!(lines, ["a: fixed by good", "c: fixed by good", unknown]);
        assert_eq!(readings, 2);
    }

    #[test]
    fn an_attempt_that_does_not_help_gives_way_to_the_next() {
        let (text, lines, _) = fixed("a bad\n", &[("a", &["ugly", "poison", "good"])]);
        assert_eq!((text.as_str(), &lines[..]), ("a good\n", &["a: fixed by good".to_owned()][..]));
        let (text, lines, _) = fixed("a bad\n", &[("a", &["ugly"])]);
        assert_eq!(text, "a bad\n", "what does not help is not written");
        // Why the last attempt failed says more than that there is no other.
        let why = "with ugly written into the file it would still be unsupported: too ugly";
        assert_eq!(lines, [format!("a: not fixed: {why}")]);
        assert_eq!(fixed("a bad\n", &[]).1, ["a: not fixed: no more words"]);
    }

    /// Of several that are written together, nobody knows at first which one breaks the file.
    #[test]
    fn one_that_breaks_the_file_keeps_no_other_from_its_fix() {
        let (text, lines, _) = fixed(
            "a bad\nb bad\nc bad\nd bad\n",
            &[("a", &["good"]), ("b", &["good"]), ("c", &["poison"]), ("d", &["good"])],
        );
        assert_eq!(text, "a good\nb good\nc bad\nd good\n");
        assert_eq!(lines[2], "c: not fixed: the fix would break the file: poison");
    }

    #[test]
    fn what_lets_another_fail_is_not_done() {
        let (text, lines, _) = fixed("a bad\nb good\n", &[("a", &["bully"])]);
        assert_eq!(
            (text.as_str(), lines[0].as_str()),
            ("a bad\nb good\n", "a: not fixed: the fix would make b fail")
        );
        let mut broken = Words { text: "a poison\n".into(), tries: &[], readings: 0 };
        assert!(fix(&mut broken).is_err());
    }
}
