//! `docker run` and `podman run`: on a command line, in a shell script, in the code blocks of a
//! Markdown file.

pub(super) mod edit;
mod embedded;
pub(super) mod isolating;
mod kubectl;
pub(crate) mod line;
mod makefile;
pub(crate) mod markdown;
mod options;
mod privilege;
pub(super) mod reader;
pub(super) mod script;
pub(crate) mod settings;
pub(crate) mod shell;
pub(super) mod spell;
mod transcript;
mod variables;
pub(crate) mod word;
mod words;
pub(super) mod yaml_scripts;

use std::ops::Range;

pub(super) use self::isolating::note_isolating;
pub(super) use self::privilege::doubt_user;
use self::reader::Reader;
use self::script::Script;
use self::settings::Places;
use self::shell::HeldFile;
use super::Engine;
use super::dialect::{Candidate, Dialect, Sure};
use super::read::{Deployment, Input, Surroundings};
use crate::deploy::container::WrittenAt;
use crate::deploy::place::{BadInput, FileId, Index, Place};
use crate::deploy::yaml::{Node, within_bounds};
use crate::findings::catalogue;

/// The programs whose command lines are read.
const PROGRAMS: &[&str] = &["docker", "podman", "nerdctl"];

/// The endings of names of files that are no scripts, and may hold or mention commands.
const DATA: &[&str] = &["yml", "yaml", "json", "toml", "ini", "cfg", "conf", "txt", "adoc", "org"];

/// Whether the name of a file says that no shell reads it.
fn is_data(path: &str) -> bool {
    has_extension(path, DATA)
}

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

/// Whether the name of a file says that it is a document.
pub(super) fn is_document(path: &str) -> bool {
    markdown::is_named(path)
}

/// Whether a file is a shell script or a document by its name, or Markdown by its fences.
pub(super) fn is_prose(path: &str, text: &str) -> bool {
    has_extension(path, SCRIPTS) || markdown::recognises(path, text)
}

/// `docker run` and `podman run` on a command line, in a shell script or in a Markdown file.
pub(super) static DIALECT: Dialect = Dialect {
    id: "docker-run",
    name: "a script with `docker run`",
    files: &[
        "*.sh", "*.bash", "*.zsh", "*.ksh", "*.dash", "*.command", "*.md", "*.markdown", "*.mdown",
        "*.mdx", "*.mkd", "*.rst", "*.mk", "*.just", "*.yml", "*.yaml", "package.json",
    ],
    blocks: None,
    engines: &[Engine::Docker, Engine::Podman],
    recognises: |file| match () {
        () if holds_scripts(file) => Sure::Yes,
        () if file.is_script() || recognises(file.input.path, file.input.text) => Sure::Perhaps,
        () => Sure::No,
    },
    read: |file, surroundings| match holds_scripts(file) {
        true => read_held(file, surroundings),
        false => read(file.input, surroundings),
    },
    spell: spell::lines,
    edit: edit::plan,
};

/// A service of a swarm, as `docker service create` makes it: it has fewer settings.
static SERVICE: Dialect = Dialect {
    id: "docker-service",
    spell: spell::lines_of_service,
    ..command_line("a script with `docker service create`")
};

/// A command line that is read as part of a script, and edited as the others are.
const fn command_line(name: &'static str) -> Dialect {
    Dialect {
        id: "command-line",
        name,
        files: &[],
        blocks: None,
        engines: &[],
        recognises: |_| Sure::No,
        read: |file, surroundings| read(file.input, surroundings),
        spell: spell::lines,
        edit: edit::plan,
    }
}

/// Whether a file of another kind holds scripts with commands of ours.
fn holds_scripts(file: &Candidate<'_>) -> bool {
    let Input { path, text, .. } = file.input;
    if file.is_script() || file.block.is_some() || !has_program(text) {
        return false;
    }
    makefile::is_named(path)
        || makefile::is_justfile(path)
        || !has_extension(path, SCRIPTS)
            && !markdown::recognises(path, text)
            && makefile::looks_like_one(text)
        || file.documents().is_ok_and(yaml_scripts::recognises)
}

/// A container of containerd as nerdctl starts it, which takes the options of Docker.
static NERDCTL: Dialect = Dialect {
    id: "nerdctl",
    spell: spell::lines_of_nerdctl,
    ..command_line("a script with `nerdctl run`")
};

/// Reads the file that a scalar of another holds, if it is one to be deployed.
pub(super) fn file_in_scalar(
    input: Input<'_>,
    node: &Node,
    surroundings: &mut dyn Surroundings,
    deployment: &mut Deployment,
) {
    let Some(script) = yaml_scripts::written(input.text, node) else { return };
    let index = Index::new(input.file, input.text);
    let whole = HeldFile { range: 0..script.extract.text.len(), tabs: false, name: None };
    Reader::new(input.text, &index, surroundings, deployment).held(&whole, &script);
}

/// Reads the scripts that a file of another kind holds.
pub(super) fn read_held(
    file: &Candidate<'_>,
    surroundings: &mut dyn Surroundings,
) -> Result<Deployment, BadInput> {
    let Input { path, text, .. } = file.input;
    within_bounds(text)?;
    let index = Index::new(file.input.file, text);
    let mut deployment = Deployment::of(&DIALECT);
    let scripts = match file.documents() {
        _ if makefile::is_named(path) => makefile::scripts(text),
        _ if makefile::is_justfile(path) => makefile::of_justfile(text),
        Ok(documents) if yaml_scripts::recognises(documents) => {
            yaml_scripts::scripts(text, documents)
        }
        _ => makefile::scripts(text),
    };
    let mut reader = Reader::new(text, &index, surroundings, &mut deployment);
    scripts.iter().for_each(|script| reader.shown(script));
    Ok(deployment)
}

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
    let mut deployment = Deployment::of(&DIALECT);
    // A byte order mark is none of it.
    let from = text.len() - text.trim_start_matches('\u{feff}').len();
    let script = Script::whole(text.get(from..).unwrap_or(""), from);
    let mut reader = Reader::new(text, &index, surroundings, &mut deployment);
    // In data and prose a quotation mark is an apostrophe, and closes nothing.
    match is_data(input.path) && interpreter(text).is_none() {
        true => {
            reader.shown(&script);
            deployment.findings.retain(|finding| *finding.info != catalogue::UNTERMINATED_QUOTE);
        }
        false => reader.whole(&script)?,
    }
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
    let mut deployment = read(Input { file, path: "-", text: &text }, surroundings)?.doubted();
    if deployment.containers.is_empty() {
        let place = Index::new(file, &text).of_file(0..text.len());
        let why = "not a command that starts a container: expected docker run or podman run";
        return Err(BadInput::at(place, why));
    }
    for container in &mut deployment.containers {
        container.spot = WrittenAt::None;
    }
    Ok(deployment)
}

/// The name of the interpreter that `#!` asks for.
pub(super) fn interpreter(text: &str) -> Option<&str> {
    // Tools put comments of theirs into YAML that begin so: `#! kapp`.
    let first = text.strip_prefix("#!")?.lines().next().filter(|line| line.contains('/'))?;
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

/// Whether a file names a program that runs it, and that is no shell.
pub(super) fn is_of_other_interpreter(text: &str) -> bool {
    interpreter(text).is_some_and(|name| !is_shell(name))
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

/// Whether one of our programs is named in a text.
pub(super) fn has_program(text: &str) -> bool {
    let find = |name: &&str| memchr::memmem::find(text.as_bytes(), name.as_bytes()).is_some();
    PROGRAMS.iter().chain(kubectl::COMMANDS).any(find)
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
