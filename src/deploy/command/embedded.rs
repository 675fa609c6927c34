//! Deployment files that another file holds: the code blocks of a document, the here-documents of a
//! script. Each is read as the file that it is.

use std::ops::Range;

use crate::deploy::compose;
use crate::deploy::container::{Container, WrittenAt};
use crate::deploy::dialect::{Candidate, DIALECTS};
use crate::deploy::place::{BadInput, Index, Place};
use crate::deploy::read::{Deployment, Input, Surroundings};
use crate::findings::{Finding, catalogue};

/// Lines of a file that may be a file of their own.
#[derive(Clone, Debug)]
pub(crate) struct Embedded<'t> {
    /// The text of the file around it.
    pub around: &'t str,
    /// Its lines as bytes of that file, without what stands before them there, and without the ends
    /// of line.
    pub lines: Vec<Range<usize>>,
    /// The language that it is said to be in, or the name that it gets as a file: something that
    /// makes a mistake in it worth a word.
    pub said: &'t str,
    /// Whether it is shown to readers, who put their own values in place of `<these>`.
    pub is_shown: bool,
}

impl Embedded<'_> {
    fn line(&self, range: &Range<usize>) -> &str {
        self.around.get(range.clone()).unwrap_or("")
    }

    /// Whether one of its lines begins as those of a dialect's files do, of those that are shown in
    /// this language.
    pub(crate) fn looks_deployed(&self, language: Option<&str>) -> bool {
        let begins = |range: &Range<usize>, starts: &[&str]| {
            let line = self.line(range).trim_start_matches([' ', '\t', '{']);
            starts.iter().any(|start| line.starts_with(start))
        };
        DIALECTS.iter().filter_map(|dialect| dialect.blocks.as_ref()).any(|blocks| {
            language.is_none_or(|language| blocks.languages.contains(&language))
                && self.lines.iter().any(|line| begins(line, blocks.lines))
        })
    }

    /// Where it shows a service of a compose file without the `services` above it: a name, and
    /// below it an image or a build among keys that services have, and others do not.
    pub(crate) fn lone_service(&self) -> Option<Range<usize>> {
        let indent = |line: &str| line.len() - line.trim_start().len();
        let key = |line: &str| {
            let (key, value) = line.trim().split_once(':')?;
            Some((key.to_owned(), value.trim().to_owned()))
        };
        if self.lines.iter().any(|range| self.line(range).trim_start().starts_with("services:")) {
            return None;
        }
        let says = |range: &&Range<usize>| {
            let line = self.line(range).trim();
            !line.is_empty() && !line.starts_with('#') && !line.trim_matches('.').is_empty()
        };
        let lines: Vec<&Range<usize>> = self.lines.iter().filter(says).collect();
        let is_service = |at: usize| {
            let name = lines.get(at).map_or("", |range| self.line(range));
            let below = lines.get(at + 1..)?.iter().map(|range| self.line(range));
            let below: Vec<&str> = below.take_while(|line| indent(line) > indent(name)).collect();
            let own = indent(below.first()?);
            let keys: Vec<(String, String)> = below
                .iter()
                .filter(|line| indent(line) == own)
                .filter_map(|line| key(line))
                .collect();
            let image = |(key, value): &(String, String)| {
                key == "image" && !value.is_empty() || key == "build"
            };
            let all_known = keys.iter().all(|(key, _)| compose::service::is_key(key));
            (name.trim_end().ends_with(':')
                && keys.len() > 1
                && all_known
                && keys.iter().any(image))
            .then_some(())
        };
        let found = (0..lines.len()).find(|at| is_service(*at).is_some())?;
        lines.get(found).map(|range| (*range).clone())
    }

    /// Where the line begins in which this byte stands.
    fn line_start(&self, at: usize) -> usize {
        let before = self.around.get(..at).and_then(|before| before.rfind('\n'));
        before.map_or(0, |newline| newline + 1)
    }

    /// Whether nothing else stands on its lines.
    fn is_alone(&self) -> bool {
        self.lines.iter().all(|line| self.line_start(line.start) == line.start)
    }

    /// Its documents apart, where the mark between them is none for a parser: `---` is one at the
    /// beginning of a line alone, and here something stands before it.
    fn documents(&self) -> Vec<Self> {
        let is_mark = |line: &Range<usize>| self.line(line).trim_end() == "---";
        if self.is_alone() || !self.lines.iter().any(is_mark) {
            return vec![self.clone()];
        }
        let documents = self.lines.split(is_mark).filter(|lines| !lines.is_empty());
        documents.map(|lines| Self { lines: lines.to_vec(), ..*self }).collect()
    }

    /// Its text from the beginning of its first line on, in which what is not its own is blank, so
    /// that columns and bytes stay those of the file; and where that begins.
    fn blanked(&self) -> Option<(String, usize)> {
        let (first, last) = (self.lines.first()?, self.lines.last()?);
        let start = self.line_start(first.start);
        let mut part = String::with_capacity(last.end - start);
        for line in &self.lines {
            let gap = self.around.get(start + part.len()..line.start)?;
            let own_line = gap.rfind('\n').map_or(0, |newline| newline + 1);
            let (before, blank) = gap.split_at_checked(own_line)?;
            part.push_str(before);
            part.extend(std::iter::repeat_n(' ', blank.len()));
            part.push_str(self.line(line));
        }
        let rest = self.around.get(last.end..).unwrap_or("");
        part.push_str(rest.get(..rest.find('\n').map_or(0, |newline| newline + 1)).unwrap_or(""));
        Some((part, start))
    }

    /// Reads it, if it is in a dialect of files; whether it is.
    pub(crate) fn read(
        &self,
        index: &Index<'_>,
        surroundings: &mut dyn Surroundings,
        deployment: &mut Deployment,
    ) -> bool {
        let documents = self.documents();
        let read = documents.iter().filter(|one| one.document(index, surroundings, deployment));
        read.count() > 0
    }

    fn document(
        &self,
        index: &Index<'_>,
        surroundings: &mut dyn Surroundings,
        deployment: &mut Deployment,
    ) -> bool {
        let Some((text, start)) = self.blanked() else { return false };
        let before = (index.of_file(start..start).line - 1, start);
        let input = Input { file: index.file, path: "-", text: &text };
        let candidate = Candidate::block(input, before);
        let read = match candidate.dialect() {
            Some((dialect, _)) => (dialect.read)(&candidate, surroundings),
            None => match candidate.documents() {
                Ok(_) => return false,
                Err(bad) => Err(bad),
            },
        };
        match read {
            Ok(mut read) => {
                if self.is_shown {
                    self.forgive_placeholders(&mut read);
                }
                let range = self.is_alone().then(|| start..start + text.len());
                let bad = read.broken.take();
                take_over(read, range, deployment);
                bad.into_iter().for_each(|bad| self.broken(bad, index, deployment));
                true
            }
            // Documents elide things; what is not said to be anything may be anything.
            Err(_) if self.said.is_empty() => false,
            Err(bad) if self.is_shown && bad.place.is_some_and(|at| self.is_placeholder(at)) => {
                true
            }
            Err(bad) => {
                self.broken(bad, index, deployment);
                true
            }
        }
    }

    /// Whether a reader has to fill something in there.
    fn is_placeholder(&self, at: Place) -> bool {
        let text = self.around.get(at.start..at.end).unwrap_or("");
        text.split_once('<').is_some_and(|(_, rest)| rest.contains('>'))
    }

    /// Takes back what is wrong only with placeholders.
    fn forgive_placeholders(&self, read: &mut Deployment) {
        for container in &mut read.containers {
            container.settings.obstacles.retain(|at| !self.is_placeholder(at.place));
        }
    }

    /// Says what is wrong with it.
    fn broken(&self, bad: BadInput, index: &Index<'_>, deployment: &mut Deployment) {
        let title = format!("a code block cannot be read: {}", bad.message);
        let last = self.lines.last().cloned().unwrap_or_default();
        // What is missing at the end is missing after the last line.
        let place = bad.place.filter(|at| at.start < last.end);
        let place = place.unwrap_or_else(|| index.of_file(last));
        let finding = Finding::new(&catalogue::CODE_BLOCK_BROKEN, title, "It is not judged.");
        deployment.findings.push(finding.at(place));
    }
}

/// Puts what was read in a part of a file to the rest; `range`: the bytes that may be edited.
pub(super) fn take_over(
    read: Deployment,
    range: Option<Range<usize>>,
    deployment: &mut Deployment,
) {
    let number = deployment.containers.len();
    if number == 0 {
        deployment.dialect = read.dialect;
    }
    deployment.pods = deployment.pods.or(read.pods);
    deployment.findings.extend(
        read.findings.into_iter().map(|finding| Finding {
            container: finding.container.map(|at| at + number),
            ..finding
        }),
    );
    deployment.containers.extend(read.containers.into_iter().map(|container| {
        let spot = match container.spot {
            // Its place is one of the whole file.
            spot if container.dialect.blocks.is_none() || spot == WrittenAt::None => spot,
            spot => WrittenAt::Block { range: range.clone(), spot: Box::new(spot) },
        };
        Container { spot, ..container }
    }));
}
