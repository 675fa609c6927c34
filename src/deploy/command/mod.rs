//! `docker run` and `podman run`: on a command line, in a shell script, in the code blocks of a
//! Markdown file.

pub(super) mod edit;
mod embedded;
pub(crate) mod line;
pub(crate) mod markdown;
mod options;
mod reader;
mod script;
pub(crate) mod settings;
pub(crate) mod shell;
pub(super) mod spell;
mod transcript;
mod variables;
pub(crate) mod word;
mod words;

use std::ops::Range;

use self::reader::Reader;
use self::script::Script;
use self::settings::Places;
use super::Engine;
use super::dialect::{Dialect, Sure};
use super::read::{Deployment, Input, Surroundings};
use crate::deploy::container::WrittenAt;
use crate::deploy::place::{BadInput, FileId, Index, Place};
use crate::deploy::yaml::within_bounds;

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
    // A byte order mark is none of it.
    let from = text.len() - text.trim_start_matches('\u{feff}').len();
    let script = Script::whole(text.get(from..).unwrap_or(""), from);
    Reader { index: &index, text, surroundings, deployment: &mut deployment }.whole(&script)?;
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

/// Whether the name of a file says that it is a script of a shell.
fn is_script(path: &str) -> bool {
    has_extension(path, SCRIPTS)
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

#[cfg(test)]
mod tests;
