//! The search of `lint --fix`: the cheapest change that lets each container pass, as edits of the
//! very files it comes from, judged anew before it stays.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use super::asks::flags_in;
use super::files::with_findings;
use super::{Judge, Judged};
use crate::deploy::container::WrittenAt;
use crate::deploy::edit::{self, Edit, EditError, EditRequest, PlannedEdits, SourceText};
use crate::deploy::read::Deployment;
use crate::deploy::setting::Change;
use crate::deploy::{BadInput, Container, FileId};
use crate::remedy::{FlagsIn, Solution};
use crate::report::lint as report;
use crate::verdict::{Severity, Verdict};

/// The files of a project, by number, ready to be edited.
pub(crate) type Sources<'t> = HashMap<FileId, SourceText<'t>>;

/// Files that can be edited, and read and judged again.
pub(crate) trait Project {
    /// What attempts are made from.
    type About: Attempts;

    /// The files as they are now.
    fn texts(&self) -> Vec<(FileId, Rc<str>)>;

    /// Puts another text in the place of a file's.
    fn put(&mut self, file: FileId, text: Rc<str>);

    /// The containers as the files describe them now.
    ///
    /// # Errors
    /// When the files cannot be read; the text says why.
    fn judge(&mut self) -> Result<Vec<Standing<Self::About>>, BadInput>;
}

/// What attempts to let a container pass are made from.
pub(crate) trait Attempts {
    /// The first attempt from this number on, with its number.
    ///
    /// # Errors
    /// When there is none; the text says why.
    fn attempt(&self, from: usize, sources: &Sources<'_>) -> Result<(usize, Attempt), EditError>;
}

/// How a container stands.
pub(crate) struct Standing<A> {
    pub name: String,
    /// The file it is described in.
    pub file: FileId,
    /// The number of the first container of its pod; its own where it is in none.
    pub pod: usize,
    /// The verdict on it, where it counts.
    pub verdict: Option<Verdict>,
    /// Why it is refused outright, where it is.
    pub refused: Option<String>,
    /// Why nobody knows whether it starts at all, where that is so.
    pub doubted: Option<String>,
    /// What attempts are made from.
    pub about: A,
}

/// What became of the containers of a project.
#[derive(Debug, Default)]
pub(crate) struct Fixed {
    /// What became of each container, and of the daemon.
    pub told: Vec<FixOutcome>,
    /// The verdict on each container that counts, after the fix.
    pub verdicts: Vec<Verdict>,
}

/// What became of a container.
#[derive(Debug)]
pub(crate) struct FixOutcome {
    /// The file it is about.
    pub file: FileId,
    /// Its name.
    pub name: String,
    /// What was done, or why it was not.
    pub what: String,
}

impl Fixed {
    /// What is wrong with a daemon's configuration is the administrator's to change: it is said,
    /// and counts.
    pub(crate) fn add_daemon(&mut self, id: FileId, file: &report::File) {
        for mechanism in file.mechanisms.iter().filter(|mechanism| mechanism.required) {
            self.verdicts.push(mechanism.verdict);
            if mechanism.verdict != Verdict::Supported {
                let cause = mechanism.cause.as_ref().map_or("", |cause| cause.title);
                let what = format!("not fixed: {cause}");
                self.told.push(FixOutcome { file: id, name: mechanism.id.to_owned(), what });
            }
        }
    }
}

/// The changes of a solution; `None` where it takes more than the file: the host, the cluster, or
/// the job's own flags.
pub(super) fn changes(container: &Container, solution: &Solution) -> Option<Vec<Change>> {
    solution.is_by_settings().then_some(())?;
    let mut changes: Vec<Change> = solution.changes().into_iter().cloned().collect();
    if solution.changes_flags() {
        // Only the worker reads the variable; others have the flags elsewhere.
        (flags_in(container) == FlagsIn::Variable).then_some(())?;
        changes.push(solution.flags()?);
    }
    Some(changes)
}

/// One way to let a container pass: what is done, in which file, by which edits.
pub(crate) struct Attempt {
    /// The ids of its remedies.
    pub remedy: String,
    /// What they cost.
    pub cost: u32,
    pub file: FileId,
    pub planned: PlannedEdits,
}

impl Attempts for (Container, Judged) {
    /// Attempts are in the order of preference: the cheapest solution first, and of the files that
    /// could say it that in which the setting that decides stands, then that in which the least
    /// changes.
    fn attempt(&self, from: usize, sources: &Sources<'_>) -> Result<(usize, Attempt), EditError> {
        let (container, judged) = self;
        let mut why = match judged.objection() {
            Some(why) => EditError::from(why.to_owned()),
            None => "no setting in this file makes it pass".into(),
        };
        let decides = judged.decides(container).file;
        let spots: Vec<(FileId, &WrittenAt)> = match &container.spot {
            WrittenAt::Several(spots) => spots.iter().map(|(file, spot)| (*file, spot)).collect(),
            spot => vec![(container.place.file, spot)],
        };
        let (mut number, mut by_hand) = (0, false);
        for solution in judged.solutions() {
            // What is smaller and has to be written by hand is no reason for what is larger.
            if by_hand && solution.escalates() {
                continue;
            }
            let Some(changes) = changes(container, solution) else { continue };
            let mut of_files = vec![];
            for (file, spot) in &spots {
                let planned = match sources.get(file) {
                    Some(source) => {
                        edit::plan(EditRequest { source, container, spot, changes: &changes })
                    }
                    None => {
                        Err("it is in a file that was not given: fix that file by itself".into())
                    }
                };
                match planned {
                    Ok(planned) => {
                        let (remedy, cost) = (solution.id(), solution.cost);
                        of_files.push(Attempt { remedy, cost, file: *file, planned })
                    }
                    Err(reason) => why = reason,
                }
            }
            by_hand |=
                of_files.is_empty() && !solution.escalates() && matches!(why, EditError::Patch(_));
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
}

/// The containers of files that were read, judged.
///
/// # Errors
/// When anything of the files is refused.
pub(crate) fn standings(
    mut read: Deployment,
    judge: &Judge<'_>,
) -> Result<Vec<Standing<(Container, Judged)>>, BadInput> {
    read.broken.take().map_or(Ok(()), Err)?;
    let judged = |(number, container): (usize, &Container)| {
        let judged_one = judge.judge(container, &|_| Rc::from(""));
        let entry = &judged_one.report;
        let verdict = entry.required.then(|| with_findings(entry.verdict, number, &read));
        let own = read.findings.iter().filter(|found| found.container == Some(number));
        let own = own.map(|found| (found.info.id, found.severity, &found.title));
        let judged = entry.findings.iter().map(|found| (found.rule, found.severity, &found.title));
        let why = |verdict| {
            let mut all = own.clone().chain(judged.clone());
            let keeps = |(rule, severity, _): &(&str, Severity, &String)| {
                report::starts([(*rule, *severity)].into_iter()) == verdict
            };
            all.find(keeps).map(|(.., title)| title.clone())
        };
        let (refused, doubted) = (why(Verdict::Unsupported), why(Verdict::Unknown));
        let why = (refused, doubted);
        (judged_one, verdict, why)
    };
    let all: Vec<_> = read.containers.iter().enumerate().map(judged).collect();
    let mut pods = HashMap::new();
    let with = |(number, (container, (judged, verdict, why))): (usize, (Container, _))| {
        let (refused, doubted) = why;
        let file = container.place.file;
        let pod = container.spot.pod().map(|pod| (file, pod));
        Standing {
            name: container.name.clone(),
            file,
            pod: pod.map_or(number, |pod| *pods.entry(pod).or_insert(number)),
            verdict,
            refused,
            doubted,
            about: (container, judged),
        }
    };
    Ok(read.containers.into_iter().zip(all).enumerate().map(with).collect())
}

/// How often files are edited and read again. Fixes that do not go together with those of others
/// take a round each; most files take one for all.
const ROUNDS: usize = 200;

/// Fixes what can be fixed; the project has the new texts afterwards. All containers are fixed in
/// one go, and each go is a reading of the files: what gets in the way of another waits for the
/// next. The containers of a pod start together, so all of them are fixed or none.
///
/// # Errors
/// When the files cannot be read as they are.
pub(crate) fn fix<P: Project>(project: &mut P) -> Result<Fixed, BadInput> {
    let mut now = project.judge()?;
    let mut tried = History::default();
    let mut which = Which::All;
    for round in 0..ROUNDS {
        let texts = project.texts();
        let sources: Sources<'_> =
            texts.iter().map(|(id, text)| (*id, SourceText::new(text))).collect();
        let mut taken = taken(&now, &sources, &mut tried, &which);
        let inherits = |pod: &Taken| pod.values().any(|(_, attempt)| attempt.planned.inherits);
        if round == 0 && !taken.iter().all(inherits) {
            taken.retain(|pod| !inherits(pod));
        }
        if taken.is_empty() {
            // Those that passed when tried without the others are done.
            if which == Which::All {
                break;
            }
            which = Which::All;
            continue;
        }
        let attempts: BTreeMap<usize, &Attempt> =
            taken.iter().flatten().map(|(number, (_, attempt))| (*number, attempt)).collect();
        let result = write(project, attempts.values().copied(), &sources)
            .and_then(|()| Ok(project.judge()?));
        let refused = refusal(&attempts, &now, &result);
        match (result, refused) {
            (Ok(then), None) => {
                for (number, (_, attempt)) in taken.into_iter().flatten() {
                    tried.done.insert(number, (attempt.file, attempt.remedy));
                }
                (now, which) = (then, Which::All);
            }
            (_, refused) => {
                texts.iter().for_each(|(id, text)| project.put(*id, Rc::clone(text)));
                let Some(refused) = refused else { continue };
                which = match &taken[..] {
                    [pod] => {
                        let (number, why) = at_fault(project, pod, &now, &sources)
                            .or_else(|| Some((cheapest(pod)?, refused.why)))
                            .unwrap_or_default();
                        texts.iter().for_each(|(id, text)| project.put(*id, Rc::clone(text)));
                        let next = pod.get(&number).map_or(usize::MAX, |(at, _)| at + 1);
                        tried.next.insert(number, next);
                        tried.why.insert(number, why);
                        Which::All
                    }
                    // Of several, nobody is at fault before it has failed by itself.
                    pods if refused.failing.is_empty() || refused.failing.len() == pods.len() => {
                        Which::First(pods.len() / 2)
                    }
                    _ => Which::Without(refused.failing),
                };
            }
        }
    }
    Ok(tried.told(&now))
}

/// By the number of the container, of those of one pod: the number of the attempt, and the attempt.
type Taken = BTreeMap<usize, (usize, Attempt)>;

/// Which pods are tried in a go. A container that is in no pod is one by itself.
#[derive(PartialEq, Eq)]
enum Which {
    All,
    /// The first so many.
    First(usize),
    /// All but these.
    Without(HashSet<usize>),
}

/// What was tried on each container, by its number.
#[derive(Default)]
struct History {
    done: BTreeMap<usize, (FileId, String)>,
    /// The first attempt that has not failed.
    next: HashMap<usize, usize>,
    /// Why the last attempt failed, or why there is none.
    why: HashMap<usize, String>,
    /// The pods that are given up.
    given_up: HashSet<usize>,
}

impl History {
    /// A line for each container that counts, and its verdict.
    fn told<A>(mut self, now: &[Standing<A>]) -> Fixed {
        let mut fixed = Fixed::default();
        for (number, Standing { name, file, verdict, .. }) in now.iter().enumerate() {
            let Some(verdict) = *verdict else { continue };
            let done = self.done.get(&number);
            let what = match (done, verdict) {
                (Some((_, remedy)), _) => Some(format!("fixed by {remedy}")),
                (None, Verdict::Unsupported) => {
                    let why = self.why.remove(&number);
                    let why = why.unwrap_or_else(|| "its fix conflicts with another fix".into());
                    Some(format!("not fixed: {why}"))
                }
                (None, Verdict::Unknown) => {
                    Some("not fixed: cannot tell whether it needs a fix".to_owned())
                }
                (None, Verdict::Supported) => None,
            };
            let file = done.map_or(*file, |(file, _)| *file);
            fixed.told.extend(what.map(|what| FixOutcome { file, name: name.clone(), what }));
            fixed.verdicts.push(verdict);
        }
        fixed
    }
}

/// The container of a pod whose attempt fails without those of the others, and why it does. Leaves
/// the project with some attempt in it.
fn at_fault<P: Project>(
    project: &mut P,
    pod: &Taken,
    now: &[Standing<P::About>],
    sources: &Sources<'_>,
) -> Option<(usize, String)> {
    pod.iter().find_map(|(number, (_, attempt))| {
        for (file, source) in sources {
            project.put(*file, source.text().into());
        }
        let result = write(project, [attempt], sources).and_then(|()| Ok(project.judge()?));
        let alone = BTreeMap::from([(*number, attempt)]);
        refusal(&alone, now, &result).map(|refused| (*number, refused.why))
    })
}

/// Where each attempt of a pod works by itself but not all together, the one that costs least gives
/// way: the others have no cheaper one.
fn cheapest(pod: &Taken) -> Option<usize> {
    pod.iter().min_by_key(|(_, (_, attempt))| attempt.cost).map(|(number, _)| *number)
}

/// An attempt for each container that fails, pod by pod, as far as their edits go together.
fn taken<A: Attempts>(
    now: &[Standing<A>],
    sources: &Sources<'_>,
    tried: &mut History,
    which: &Which,
) -> Vec<Taken> {
    let mut pods: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let failing = now.iter().enumerate();
    for (number, at) in failing.filter(|(_, at)| at.verdict == Some(Verdict::Unsupported)) {
        pods.entry(at.pod).or_default().push(number);
    }
    let mut all = vec![];
    let mut edited = EditedRanges::default();
    for (id, numbers) in pods {
        let left_out = match which {
            Which::All => false,
            Which::First(most) => all.len() >= *most,
            Which::Without(those) => those.contains(&id),
        };
        if left_out || tried.given_up.contains(&id) {
            continue;
        }
        let attempt = |number: &usize| {
            let from = tried.next.get(number).copied().unwrap_or(0);
            let about = now.get(*number).map(|at| &at.about).ok_or("it is gone")?;
            Ok((*number, about.attempt(from, sources)?))
        };
        let attempts: Vec<Result<_, EditError>> = numbers.iter().map(attempt).collect();
        let none = numbers
            .iter()
            .zip(&attempts)
            .find_map(|(number, of)| Some((number, of.as_ref().err()?)));
        if let Some((of, why)) = none {
            tried.given_up.insert(id);
            let name = now.get(*of).map_or("", |at| at.name.as_str());
            for number in &numbers {
                let why = match number == of {
                    true => why.to_string(),
                    false => format!("{name}, in the same pod, cannot be fixed"),
                };
                tried.why.entry(*number).or_insert(why);
            }
            continue;
        }
        let pod: Taken = attempts.into_iter().flatten().collect();
        if edited.take(&pod) {
            all.push(pod);
        }
    }
    all
}

/// The end of each range that is edited, by its file and its start.
#[derive(Default)]
struct EditedRanges(BTreeMap<(FileId, usize), usize>);

impl EditedRanges {
    /// Whether the edits of a pod go together with those that are taken already; they are then
    /// taken too.
    fn take(&mut self, pod: &Taken) -> bool {
        let edits = || {
            pod.values().flat_map(|(_, attempt)| {
                attempt.planned.edits.iter().map(|edit| (attempt.file, edit))
            })
        };
        let clashes = |(file, edit): (FileId, &Edit)| {
            let (start, end) = (edit.range.start, edit.range.end);
            let before = self.0.range(..=(file, start)).next_back();
            let inside = before.is_some_and(|((of, begin), until)| {
                *of == file && (*until > start || *begin == start)
            });
            let within = (file, start + 1)..(file, end.max(start + 1));
            inside || self.0.range(within).next().is_some()
        };
        if edits().any(clashes) {
            return false;
        }
        self.0.extend(edits().map(|(file, edit)| ((file, edit.range.start), edit.range.end)));
        true
    }
}

/// Writes what was taken.
fn write<'a, P: Project>(
    project: &mut P,
    attempts: impl IntoIterator<Item = &'a Attempt> + Clone,
    sources: &Sources<'_>,
) -> Result<(), EditError> {
    for (id, source) in sources {
        let of_file = attempts.clone().into_iter().filter(|attempt| attempt.file == *id);
        let planned: Vec<&PlannedEdits> = of_file.map(|attempt| &attempt.planned).collect();
        if !planned.is_empty() {
            project.put(*id, edit::written(source, &planned)?.into());
        }
    }
    Ok(())
}

/// What speaks against the result of a go.
struct Setback {
    why: String,
    /// The pods that do not pass with it; none where nobody knows which are at fault.
    failing: HashSet<usize>,
}

fn refusal<A>(
    attempts: &BTreeMap<usize, &Attempt>,
    before: &[Standing<A>],
    result: &Result<Vec<Standing<A>>, EditError>,
) -> Option<Setback> {
    let all = |why: String| Some(Setback { why, failing: HashSet::new() });
    let then = match result {
        Ok(then) if then.len() == before.len() => then,
        Ok(_) => return all("the fix would change which containers there are".into()),
        Err(why) => return all(format!("the fix would break the file: {why}")),
    };
    let still = |(number, attempt): (&usize, &&Attempt)| {
        let then = then.get(*number)?;
        let verdict = then.verdict.filter(|verdict| *verdict != Verdict::Supported)?;
        let before = before.get(*number)?;
        let as_before = before.refused == then.refused;
        let (remedy, verdict) = (&attempt.remedy, verdict.id());
        let with = || format!("with {remedy} written into the file it would still be {verdict}");
        let why = match &then.refused {
            Some(title) if as_before => format!("correct this first: {title}"),
            Some(title) => format!("{}: {title}", with()),
            None => match then.doubted.as_ref().filter(|_| verdict == Verdict::Unknown.id()) {
                Some(title) if before.doubted == then.doubted => {
                    format!("settle this first: {title}")
                }
                Some(title) => format!("{}: {title}", with()),
                None => with(),
            },
        };
        Some((then.pod, why))
    };
    let mut own = attempts.iter().filter_map(still).peekable();
    if let Some((_, why)) = own.peek() {
        let why = why.clone();
        return Some(Setback { why, failing: own.map(|(pod, _)| pod).collect() });
    }
    let passes = |standing: &Standing<A>| standing.verdict == Some(Verdict::Supported);
    let (other, _) =
        before.iter().zip(then).find(|(before, then)| passes(before) && !passes(then))?;
    all(format!("the fix would make {} fail", other.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of lines `NAME WORD`: `good` passes, `poison` cannot be read, a `bully` passes and
    /// lets all others fail. Each container has words that are tried in turn.
    struct Words {
        text: Rc<str>,
        tries: Tries,
        readings: usize,
    }

    type Tries = &'static [(&'static str, &'static [&'static str])];

    impl Words {
        fn words(&self) -> Vec<(String, String)> {
            let pair = |line: &str| line.split_once(' ').map(|(a, b)| (a.to_owned(), b.to_owned()));
            self.text.lines().filter_map(pair).collect()
        }
    }

    impl Project for Words {
        type About = (String, Tries);

        fn texts(&self) -> Vec<(FileId, Rc<str>)> {
            vec![(0, Rc::clone(&self.text))]
        }

        fn put(&mut self, _: FileId, text: Rc<str>) {
            self.text = text;
        }

        fn judge(&mut self) -> Result<Vec<Standing<Self::About>>, BadInput> {
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
                    "good" | "dear" | "bully" if !bullied => Some(Verdict::Supported),
                    "unknown" => Some(Verdict::Unknown),
                    _ => Some(Verdict::Unsupported),
                };
                // `p1` and `p2` are in the pod p.
                let first = |(other, _): &(String, String)| other.get(..1) == name.get(..1);
                Standing {
                    name: name.clone(),
                    file: 0,
                    pod: words.iter().position(first).unwrap(),
                    verdict,
                    refused: (word == "ugly").then(|| "too ugly".into()),
                    doubted: None,
                    about: (name.clone(), self.tries),
                }
            };
            Ok(words.iter().map(standing).collect())
        }
    }

    impl Attempts for (String, Tries) {
        fn attempt(
            &self,
            from: usize,
            sources: &Sources<'_>,
        ) -> Result<(usize, Attempt), EditError> {
            let (about, tries) = self;
            let text = sources[&0].text();
            let tries = tries.iter().find(|(name, _)| name == about).map(|(_, words)| *words);
            let word = tries.and_then(|words| words.get(from)).ok_or("no more words")?;
            let line = text.find(&format!("{about} ")).unwrap();
            let start = line + about.len() + 1;
            let end = start + text[start..].find('\n').unwrap();
            let edits = vec![Edit { range: start..end, text: (*word).to_owned() }];
            let planned = PlannedEdits::of(edits);
            let remedy = (*word).to_owned();
            Ok((from, Attempt { remedy, cost: u32::from(*word == "dear"), file: 0, planned }))
        }
    }

    /// The text afterwards, what is said of each container, and how often the file was read.
    fn fixed(text: &str, tries: Tries) -> (String, Vec<String>, usize) {
        let mut words = Words { text: text.into(), tries, readings: 0 };
        let fixed = fix(&mut words).unwrap();
        let line = |told: FixOutcome| format!("{}: {}", told.name, told.what);
        let lines = fixed.told.into_iter().map(line).collect();
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

    /// A pod starts whole or not at all, and no container answers for what another tried.
    #[test]
    fn the_containers_of_a_pod_are_fixed_together_or_not_at_all() {
        let (text, lines, _) = fixed(
            "p1 bad\np2 bad\nq1 bad\nq2 bad\n",
            &[
                ("p1", &["ugly", "good"]),
                ("p2", &["good"]),
                ("q1", &["good"]),
                ("q2", &["ugly", "poison"]),
            ],
        );
        assert_eq!(text, "p1 good\np2 good\nq1 bad\nq2 bad\n");
        assert_eq!(lines[2], "q1: not fixed: q2, in the same pod, cannot be fixed");
        assert_eq!(lines[3], "q2: not fixed: the fix would break the file: poison");
        // One that lets its neighbours fail gives way to a dearer one.
        let tries: Tries = &[("p1", &["bully", "good"]), ("p2", &["dear"])];
        assert_eq!(fixed("p1 bad\np2 bad\n", tries).0, "p1 good\np2 dear\n");
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
