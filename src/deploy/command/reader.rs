//! What the commands of a script start, wherever the script stands.

use std::collections::HashMap;
use std::ops::Range;

use super::embedded::{Embedded, take_over};
use super::kubectl;
use super::line::{self, Line, LineError};
use super::options::Grammar;
use super::script::{InFile, Script};
use super::settings::{self, Places};
use super::shell::{Alias, HeldFile, SimpleCommand, Unclosed, Until, Walker};
use super::word::{Argument, Word};
use super::{DIALECT, NERDCTL, SERVICE, has_program};
use crate::deploy::container::{Container, WrittenAt};
use crate::deploy::place::{At, BadInput, Index, Place};
use crate::deploy::read::{Deployment, Surroundings};
use crate::deploy::setting::{Doubt, Setting, Settings};
use crate::findings::{Finding, catalogue};

/// Reads the scripts of a file into what it deploys.
pub(crate) struct Reader<'a> {
    /// The file's text.
    text: &'a str,
    /// Places in it.
    index: &'a Index<'a>,
    surroundings: &'a mut dyn Surroundings,
    /// What was found.
    deployment: &'a mut Deployment,
    /// The pods that `podman pod create` made, and what they set.
    pods: HashMap<String, Settings>,
}

/// A command that starts a container.
struct Started {
    line: Line,
    arguments: Vec<Argument>,
    settings: Settings,
    findings: Vec<Finding>,
}

impl<'a> Reader<'a> {
    /// For a file with this text.
    pub(crate) fn new(
        text: &'a str,
        index: &'a Index<'a>,
        surroundings: &'a mut dyn Surroundings,
        deployment: &'a mut Deployment,
    ) -> Self {
        Self { text, index, surroundings, deployment, pods: HashMap::new() }
    }

    /// Reads a script that is executed as it stands.
    ///
    /// # Errors
    /// When a quote or substitution is never closed, or the program would refuse a command.
    pub(super) fn whole(&mut self, script: &Script) -> Result<(), BadInput> {
        let mut walker = Walker::new(script);
        walker.list(0, script.extract.text.len(), Until::End).map_err(|fault| {
            let place = self.index.of_file(self.character(script.extract.byte(fault.at)));
            BadInput::at(place, format!("{}: close it", fault.what))
        })?;
        self.collect(&walker, script, |refusal, place| Err(BadInput::at(place, refusal.message)))
    }

    /// Reads commands that are shown, or that stand in a file of another kind: what is wrong with
    /// them is said, and the others are read.
    pub(crate) fn shown(&mut self, script: &Script) {
        if !mentions(&script.extract.text) {
            return;
        }
        let mut walker = Walker::new(script);
        for fault in line_by_line(&mut walker) {
            let title = "a quote or substitution of this command is never closed";
            let detail =
                "The command is judged up to the end of its line; a shell would wait for more.";
            let place = self.index.of_file(self.character(script.extract.byte(fault.at)));
            let finding = catalogue::UNTERMINATED_QUOTE.at(place, title, detail);
            self.deployment.findings.push(finding);
        }
        let known = self.deployment.findings.len();
        // A synopsis such as `docker run [OPTIONS] IMAGE` is no command.
        let raw = |range: &Range<usize>| script.extract.text.get(range.clone()).unwrap_or("");
        walker
            .found
            .retain(|command| !command.words.iter().any(|word| is_synopsis(raw(&word.range))));
        let result =
            self.collect(&walker, script, |refusal, place| Ok(refused_command(refusal, place)));
        debug_assert!(result.is_ok());
        // A mere mention of `docker run` is not a mistake.
        let mut number = 0;
        self.deployment.findings.retain(|finding| {
            number += 1;
            number <= known
                || *finding.info != catalogue::COMMAND_REFUSED
                || !finding.title.starts_with("no image")
        });
    }

    /// The bytes of the character that begins here.
    fn character(&self, at: usize) -> Range<usize> {
        let first = self.text.get(at..).and_then(|rest| rest.chars().next());
        at..at + first.map_or(0, char::len_utf8)
    }

    /// Reads what a walker found.
    fn collect(
        &mut self,
        walker: &Walker<'_>,
        script: &Script,
        mut refused: impl FnMut(LineError, Place) -> Result<Finding, BadInput>,
    ) -> Result<(), BadInput> {
        let places = InFile { script, index: self.index };
        // The aliases that name an image: where they are used, nothing else starts.
        let mut meant = vec![];
        for command in &walker.found {
            match self.started(command, walker, &places) {
                Ok(None) => {}
                Err(_) if command.alias == Some(Alias::Means) => {}
                Err(refusal) => {
                    let place = places.place(&refusal.range);
                    self.deployment.findings.push(refused(refusal, place)?);
                }
                Ok(Some(started)) => match command.alias {
                    Some(Alias::Uses(meaning)) if meant.contains(&meaning) => {}
                    alias => {
                        meant.extend(
                            alias.filter(|alias| *alias == Alias::Means).map(|_| command.list),
                        );
                        let place = Self::begin(command, &started.line, &places);
                        let fixed = command.in_string || script.fixed;
                        self.add(started, place, &places, fixed);
                    }
                },
            }
        }
        for held in &walker.held {
            self.held(held, script);
        }
        Ok(())
    }

    fn started(
        &mut self,
        command: &SimpleCommand,
        walker: &Walker<'_>,
        places: &InFile<'_>,
    ) -> Result<Option<Started>, LineError> {
        let expand = |word| walker.variables.expand(word, command.flat);
        let arguments: Vec<Argument> = command.words.iter().flat_map(expand).collect();
        if let Some(pod) = kubectl::pod(&arguments, places)? {
            take_over(pod, None, self.deployment);
            return Ok(None);
        }
        self.read(&command.words, arguments, places)
    }

    fn read(
        &mut self,
        words: &[Word],
        arguments: Vec<Argument>,
        places: &InFile<'_>,
    ) -> Result<Option<Started>, LineError> {
        let Some(line) = line::parse(words, &arguments)? else { return Ok(None) };
        let (settings, findings) = settings::of(&line, places, self.surroundings)?;
        Ok(Some(Started { line, arguments, settings, findings }))
    }

    /// Reads a command whose arguments are known, with their places in the script.
    pub(crate) fn arguments(&mut self, arguments: &[Argument], script: &Script) {
        let places = InFile { script, index: self.index };
        match self.read(&[], arguments.to_vec(), &places) {
            Ok(None) => {}
            Ok(Some(started)) => {
                let first = arguments.first().map_or(0, |argument| argument.range.start);
                let place = places.place(&(first..started.line.verb.end));
                self.add(started, place, &places, script.fixed);
            }
            Err(refusal) => {
                let place = places.place(&refusal.range);
                self.deployment.findings.push(refused_command(refusal, place));
            }
        }
    }

    /// Where a command of a script begins: a list over several lines begins where its first command
    /// does.
    fn begin(command: &SimpleCommand, line: &Line, places: &InFile<'_>) -> Place {
        let start = command.words.first().map_or(command.list, |word| word.range.start);
        let own = places.place(&(start..line.verb.end));
        let list = places.place(&(command.list..command.list + 1));
        if list.line < own.line { list } else { own }
    }

    fn add(&mut self, started: Started, place: Place, places: &InFile<'_>, fixed: bool) {
        let Started { line, arguments, mut settings, findings } = started;
        match line.grammar {
            Grammar::Pod => {
                if let Some(name) = line.value("name").or(line.image.as_ref()) {
                    self.pods.insert(name.text.clone(), settings);
                }
                return;
            }
            // What is only run as it is described is judged where that stands.
            Grammar::ComposeRun
                if !["cap-add", "cap-drop", "user"]
                    .iter()
                    .any(|name| line.value(name).is_some()) =>
            {
                return;
            }
            _ => {}
        }
        if let Some(pod) = line.value("pod") {
            settings::inherit(&mut settings, self.pod(pod, places));
        }
        // A word that becomes more than the image cannot be told from its options.
        let sole = |image: &Argument| {
            arguments.iter().filter(|argument| argument.range == image.range).count() == 1
        };
        let spot = match &line.image {
            Some(image) if !fixed && sole(image) => {
                WrittenAt::Text { at: places.place(&image.range).start }
            }
            _ => WrittenAt::None,
        };
        self.deployment.on_next(findings);
        self.deployment.containers.push(Container {
            name: self.name(&line, places.script),
            engine: line.engine,
            dialect: match line.grammar {
                Grammar::Service => &SERVICE,
                Grammar::Nerdctl => &NERDCTL,
                _ => &DIALECT,
            },
            place,
            spot,
            settings,
        });
    }

    /// What a pod sets for the containers in it.
    fn pod(&self, name: &Argument, places: &InFile<'_>) -> Settings {
        let known = self.pods.get(&name.text).cloned();
        let new = name.text.starts_with("new:").then(Settings::default);
        known.or(new).unwrap_or_else(|| {
            let why = format!("the pod {} is made elsewhere", line::short(&name.text));
            let place = places.place(&name.range);
            let doubt = |about| At::new(Doubt { about, why: why.clone() }, place);
            let unknown = [Setting::Userns, Setting::Seccomp, Setting::AppArmor].map(doubt);
            Settings { unknown: unknown.into(), ..Settings::default() }
        })
    }

    /// What a container is called: by `--name`, else by its image; what is not known as written.
    fn name(&self, line: &Line, script: &Script) -> String {
        let raw =
            |range: &Range<usize>| self.text.get(script.extract.range(range.clone())).unwrap_or("");
        match line.value("name").or(line.image.as_ref()).or(line.command.first()) {
            Some(argument) if !argument.is_sure() => {
                let whole = raw(&argument.range);
                // Of `--name=X` only what comes after the sign; and what is written otherwise than
                // the shell gets it is shown as that gets it.
                let is_whole = !whole.starts_with(['-', ' ', '\t'])
                    && (whole.len() == argument.range.len() || script.holes.is_empty());
                if is_whole { whole.to_owned() } else { argument.text.clone() }
            }
            Some(argument) => argument.text.clone(),
            None => line.unclear.first().map_or_else(String::new, |one| raw(&one.range).to_owned()),
        }
    }

    /// Reads a file that a here-document holds.
    pub(super) fn held(&mut self, held: &HeldFile, script: &Script) {
        let text = &script.extract.text;
        let mut lines = vec![];
        let mut at = held.range.start;
        for line in text.get(held.range.clone()).unwrap_or("").split_inclusive('\n') {
            let own = line.trim_end_matches(['\r', '\n']);
            let tabs = if held.tabs { own.len() - own.trim_start_matches('\t').len() } else { 0 };
            lines.push(script.extract.range(at + tabs..at + own.len()));
            at += line.len();
        }
        let name = held.name.as_deref().unwrap_or("");
        let said = if super::has_extension(name, &["yml", "yaml", "json"]) { name } else { "" };
        let embedded = Embedded { around: self.text, lines, said, is_shown: false };
        if embedded.looks_deployed(None) {
            embedded.read(self.index, self.surroundings, self.deployment);
        }
    }
}

/// Whether a word stands for what may be given, as the synopsis of a command has it.
fn is_synopsis(word: &str) -> bool {
    let inner = word.trim_matches(['[', ']', '<', '>', '.']);
    let bracketed = word.starts_with('[') || word.starts_with('<');
    bracketed
        && matches!(
            inner.to_ascii_lowercase().as_str(),
            "options" | "option" | "flags" | "docker-options" | "docker options" | "args"
        )
}

/// Whether a text names one of our programs, or a variable or here-document that may.
fn mentions(text: &str) -> bool {
    let find = |name: &str| memchr::memmem::find(text.as_bytes(), name.as_bytes()).is_some();
    has_program(text) || find("DOCKER") || find("PODMAN") || find("<<")
}

/// Goes through the commands line by line, since documents elide and show output among them; what
/// is never closed in a command of ours.
fn line_by_line(walker: &mut Walker<'_>) -> Vec<Unclosed> {
    let mut open = vec![];
    let text = walker.text();
    let (mut at, mut elided, end) = (0, false, text.len());
    while at < end {
        let line_end = logical_end(text, at);
        let line = text.get(at..line_end).unwrap_or("");
        let ours = mentions(line);
        let may_span = !elided && (ours || line.contains("=("));
        let found = walker.found.len();
        let next = match walker.list(at, if may_span { end } else { line_end }, Until::Line) {
            Ok(next) => next,
            Err(fault) => {
                elided |= may_span;
                walker.found.truncate(found);
                if ours {
                    open.push(fault);
                    walker.lenient(|walker| walker.list(at, line_end, Until::Line));
                }
                line_end + 1
            }
        };
        // The line itself is done, whatever was in it.
        at = next.max(at + 1).max(if may_span { at + 1 } else { line_end + 1 });
    }
    open
}

/// Where the line that begins here ends, with those that it goes on in.
fn logical_end(text: &str, from: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = from;
    while let Some(length) = memchr::memchr(b'\n', bytes.get(at..).unwrap_or(&[])) {
        at += length;
        if at == from || bytes.get(at - 1) != Some(&b'\\') {
            return at;
        }
        at += 1;
    }
    text.len()
}

/// The finding on a line that the program would refuse, where that is a slip of an author and no
/// reason not to read on.
fn refused_command(refusal: LineError, place: Place) -> Finding {
    let detail = "The engine refuses this command line, so no container starts.";
    catalogue::COMMAND_REFUSED.at(place, refusal.message, detail)
}
