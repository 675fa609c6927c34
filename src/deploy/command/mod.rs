//! `docker run` and `podman run`: on a command line, in a shell script, in the code blocks of a
//! Markdown file.

pub(super) mod edit;
pub(crate) mod line;
pub(crate) mod markdown;
mod options;
pub(crate) mod settings;
pub(crate) mod shell;
pub(super) mod spell;
pub(crate) mod word;

use std::ops::Range;

use self::line::LineError;
use self::settings::Places;
use self::shell::{Until, Walker};
use super::Engine;
use super::dialect::{Dialect, Sure};
use super::read::{Deployment, Input, Surroundings};
use crate::deploy::container::{Container, WrittenAt};
use crate::deploy::place::{BadInput, FileId, Index, Place};
use crate::deploy::yaml::within_bounds;
use crate::findings::{Finding, catalogue};

/// The programs whose command lines are read.
const PROGRAMS: &[&str] = &["docker", "podman", "nerdctl"];

/// The endings of names of shell scripts. They count only where the content leaves it open.
const SCRIPTS: &[&str] = &["sh", "bash", "zsh", "ksh", "dash", "command"];

/// Whether a file is a shell script, or one that has command lines to read: a shell's `#!`, or such
/// lines themselves.
#[must_use]
pub(crate) fn recognises(path: &str, text: &str) -> bool {
    match interpreter(text) {
        Some(name) => is_shell(name),
        None if markdown::recognises(path, text) => {
            markdown::is_named(path) || has_command(text) || markdown::has_manifest(text)
        }
        None => {
            has_extension(path, SCRIPTS)
                || text.lines().any(|line| {
                    has_command(line) && !line.trim_start().starts_with(['-', '"', '{'])
                })
        }
    }
}

/// `docker run` and `podman run` on a command line, in a shell script or in a Markdown file.
pub(super) static DIALECT: Dialect = Dialect {
    id: "docker-run",
    name: "a script with `docker run`",
    blocks: None,
    engines: &[Engine::Docker, Engine::Podman],
    recognises: |file| match file.is_script() || recognises(file.input.path, file.input.text) {
        true => Sure::Perhaps,
        false => Sure::No,
    },
    read: |file, surroundings| read(file.input, surroundings),
    spell: spell::lines,
    edit: edit::plan,
};

/// Reads a script or a Markdown file.
///
/// # Errors
/// When a quote or substitution in a script is never closed, or the program would refuse a line of
/// it.
pub(crate) fn read(
    input: Input<'_>,
    surroundings: &mut dyn Surroundings,
) -> Result<Deployment, BadInput> {
    let text = input.text;
    within_bounds(text)?;
    let index = Index::new(input.file, text);
    if let Some(at) = memchr::memchr(0, text.as_bytes()) {
        return Err(BadInput::at(index.of_file(at..at + 1), "not text: there is a NUL byte"));
    }
    if markdown::recognises(input.path, text) {
        return Ok(markdown::read(text, &index, surroundings));
    }
    if let Some(name) = interpreter(text).filter(|name| !is_shell(name)) {
        return Err(BadInput::at(
            index.of_file(0..2),
            format!("a {} script, not a shell script", line::short(name)),
        ));
    }
    if has_extension(input.path, &["ps1", "psm1", "bat", "cmd"]) {
        return Err(BadInput::whole(
            "a Windows script, not a shell script: put its commands into a code block of a \
                Markdown file",
        ));
    }
    let mut deployment =
        Deployment { daemon: None, dialect: &DIALECT, containers: vec![], findings: vec![] };
    let mut walker = Walker::new(text, false);
    let from = if text.starts_with('\u{feff}') { 3 } else { 0 };
    walker.list(from, text.len(), Until::End).map_err(|fault| {
        let end = text
            .get(fault.at..)
            .and_then(|rest| rest.chars().next())
            .map_or(fault.at, |c| fault.at + c.len_utf8());
        BadInput::at(index.of_file(fault.at..end), format!("{}: close it", fault.what))
    })?;
    collect(&walker, &index, surroundings, &mut deployment, |refusal, place| {
        Err(BadInput::at(place, refusal.message))
    })?;
    Ok(deployment)
}

/// Words as the line of a shell that has them for words; [`of_arguments`] gives places in this
/// text.
#[must_use]
pub(crate) fn joined(words: &[String]) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./:,@+%".contains(c);
    let quote = |word: &String| {
        if !word.is_empty() && word.chars().all(plain) {
            word.clone()
        } else {
            format!("'{}'", word.replace('\'', r"'\''"))
        }
    };
    words.iter().map(quote).collect::<Vec<_>>().join(" ")
}

/// Reads the words of one command line, `isodoc lint -- docker run ...`. The places are those in
/// the text of [`joined`].
///
/// # Errors
/// When it starts no container, or would be refused.
pub(crate) fn of_arguments(
    file: FileId,
    words: &[String],
    surroundings: &mut dyn Surroundings,
) -> Result<Deployment, BadInput> {
    let text = joined(words);
    let mut deployment = read(Input { file, path: "-", text: &text }, surroundings)?;
    if deployment.containers.is_empty() {
        let place = Index::new(file, &text).of_file(0..text.len());
        return Err(BadInput::at(
            place,
            "not a command that starts a container: expected docker run or podman run",
        ));
    }
    for container in &mut deployment.containers {
        container.spot = WrittenAt::None;
    }
    Ok(deployment)
}

/// Reads what a walker found.
fn collect(
    walker: &Walker<'_>,
    places: &dyn Places,
    surroundings: &mut dyn Surroundings,
    deployment: &mut Deployment,
    mut refused: impl FnMut(LineError, Place) -> Result<Finding, BadInput>,
) -> Result<(), BadInput> {
    for command in &walker.found {
        let arguments: Vec<_> =
            command.words.iter().flat_map(|word| walker.variables.expand(word)).collect();
        let read = line::parse(&command.words, &arguments).and_then(|line| {
            let Some(line) = line else { return Ok(None) };
            let (settings, findings) = settings::of(&line, places, surroundings)?;
            Ok(Some((line, settings, findings)))
        });
        let (line, settings, findings) = match read {
            Ok(Some(read)) => read,
            Ok(None) => continue,
            Err(refusal) => {
                let place = places.place(&refusal.range);
                deployment.findings.push(refused(refusal, place)?);
                continue;
            }
        };
        // A list over several lines begins where its first command does.
        let start = command.words.first().map_or(command.list, |word| word.range.start);
        let (own, list) = (
            places.place(&(start..line.verb.end)),
            places.place(&(command.list..command.list + 1)),
        );
        let given = line
            .options
            .iter()
            .rev()
            .find(|option| option.name == "name")
            .and_then(|option| option.value.as_ref());
        let named = given.or(line.image.as_ref()).or(line.command.first());
        let unclear = line.unclear.first().map(|unclear| unclear.range.clone());
        let raw = |range: &Range<usize>| walker.text().get(range.clone()).unwrap_or("").to_owned();
        let name = match named {
            Some(argument) if argument.is_sure() => argument.text.clone(),
            Some(argument)
                if argument.range.len()
                    == walker
                        .text()
                        .get(argument.range.clone())
                        .map_or(0, |raw| raw.trim_start().len()) =>
            {
                let whole = raw(&argument.range);
                // Of `--name=X` only what comes after the sign.
                if whole.starts_with('-') { argument.text.clone() } else { whole }
            }
            Some(argument) => argument.text.clone(),
            None => unclear.map_or_else(String::new, |range| raw(&range)),
        };
        // A word that becomes more than the image cannot be told from its options.
        let sole = |image: &word::Argument| {
            arguments.iter().filter(|argument| argument.range == image.range).count() == 1
        };
        let spot = match &line.image {
            Some(image) if !command.in_string && sole(image) => {
                WrittenAt::Text { at: places.place(&image.range).start }
            }
            _ => WrittenAt::None,
        };
        let number = deployment.containers.len();
        deployment.findings.extend(findings.into_iter().map(|finding| finding.about(number)));
        let place = if list.line < own.line { list } else { own };
        deployment.containers.push(Container {
            name,
            engine: line.engine,
            dialect: &DIALECT,
            place,
            spot,
            settings,
        });
    }
    Ok(())
}

/// The name of the interpreter that `#!` asks for.
fn interpreter(text: &str) -> Option<&str> {
    let first = text.strip_prefix("#!")?.lines().next()?;
    let mut words =
        first.split_ascii_whitespace().map(|word| word.rsplit('/').next().unwrap_or(word));
    let program = words.next()?;
    if program == "env" {
        words.find(|word| !word.starts_with('-') && !word.contains('='))
    } else {
        Some(program)
    }
}

fn is_shell(name: &str) -> bool {
    matches!(name, "sh" | "bash" | "dash" | "zsh" | "ksh" | "ash" | "mksh" | "busybox")
}

fn has_extension(path: &str, extensions: &[&str]) -> bool {
    let extension = path
        .rsplit('/')
        .next()
        .unwrap_or(path)
        .rsplit_once('.')
        .map(|(_, extension)| extension.to_ascii_lowercase());
    extension.is_some_and(|extension| extensions.contains(&extension.as_str()))
}

/// Whether `docker run` or the like stands somewhere in a text.
fn has_command(text: &str) -> bool {
    const NEAR: usize = 400;
    let at_program = |name: &str| {
        memchr::memmem::find_iter(text.as_bytes(), name.as_bytes()).any(|at| {
            let before = text.get(..at).and_then(|before| before.chars().next_back());
            let inside_word =
                before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
            let after = text.get(at + name.len()..).unwrap_or("");
            if inside_word || !after.starts_with([' ', '\t', '\\']) {
                return false;
            }
            // Global options, and their values, may come between.
            let near = after
                .char_indices()
                .take_while(|(at, c)| *at < NEAR && *c != '\n')
                .last()
                .map_or(0, |(at, c)| at + c.len_utf8());
            after
                .get(..near)
                .unwrap_or("")
                .split_ascii_whitespace()
                .take(12)
                .any(|word| matches!(word, "run" | "create"))
        })
    };
    PROGRAMS.iter().any(|name| at_program(name))
}

impl Places for Index<'_> {
    fn place(&self, range: &Range<usize>) -> Place {
        self.of_file(range.clone())
    }

    fn file(&self) -> FileId {
        self.file
    }
}

/// The finding on a line of a document that the program would refuse: there it is a slip of the
/// author, no reason not to read on.
fn refused_command(refusal: LineError, place: Place) -> Finding {
    let detail = "The engine refuses this command line, so no container starts.";
    Finding::new(&catalogue::COMMAND_REFUSED, refusal.message, detail).at(place)
}

#[cfg(test)]
mod tests;
