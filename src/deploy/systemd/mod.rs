//! Units of systemd: the commands with which a service starts containers (systemd.service(5)).

pub(crate) mod unit;

use self::unit::{NotAUnit, Splitting, UnitFile, UnitWord};
use super::command;
use super::command::line;
use super::command::reader::Reader;
use super::command::script::Script;
use super::command::word::Argument;
use super::dialect::{Blocks, Candidate, Dialect, Sure};
use super::place::{BadInput, Index};
use super::read::{Deployment, Surroundings};

const SERVICE: &str = "Service";

/// The keys whose values are commands.
const COMMANDS: &[&str] =
    &["ExecCondition", "ExecStartPre", "ExecStart", "ExecStartPost", "ExecReload", "ExecStop"];

/// A service that starts a container with `docker run` or `podman run`.
pub(super) static DIALECT: Dialect = Dialect {
    id: "systemd",
    name: "a service of systemd",
    files: &["*.service"],
    blocks: Some(Blocks {
        languages: &["", "ini", "systemd", "conf", "unit", "text", "service", "desktop"],
        lines: &["ExecStart=", "ExecStartPre=", "ExecStartPost="],
    }),
    engines: &[],
    recognises: |file| Sure::yes_if(recognises(file)),
    read,
    spell: command::spell::lines,
    edit: command::edit::plan,
};

/// Whether one of the commands of a unit may start a container. A block may show a part of one.
fn recognises(file: &Candidate<'_>) -> bool {
    let text = file.input.text;
    let command = |line: &str| {
        let value = COMMANDS
            .iter()
            .find_map(|key| line.trim_start().strip_prefix(key)?.trim_start().strip_prefix('='));
        value.is_some_and(command::has_program)
    };
    let is_unit = file.block.is_some() || unit::begins_with_section(text);
    is_unit && text.lines().any(command)
}

fn read(file: &Candidate<'_>, surroundings: &mut dyn Surroundings) -> Result<Deployment, BadInput> {
    let text = file.input.text;
    let index = Index::new(file.input.file, text).after(file.block.unwrap_or_default());
    let first = (!unit::begins_with_section(text)).then_some(SERVICE);
    let unit = UnitFile::parse_within(text, first)
        .map_err(|NotAUnit { range, why }| BadInput::at(index.of_file(range), why))?;
    let mut deployment = Deployment::of(&DIALECT);
    let mut service = ServiceSurroundings(surroundings);
    let mut reader = Reader::new(text, &index, &mut service, &mut deployment);
    let (variables, whole) = (Variables::of(&unit), Script::whole(text, 0));
    let commands =
        unit.entries(SERVICE).filter(|entry| COMMANDS.contains(&entry.key.text.as_str()));
    for words in commands.filter_map(|entry| entry.words(Splitting::Arguments)) {
        // Several commands of a oneshot service (systemd.service(5), "Command lines").
        for command in words.split(|word| word.text == ";") {
            self::command(command, &variables, &whole, &mut reader);
        }
    }
    Ok(deployment)
}

/// Reads one command.
fn command(words: &[UnitWord], variables: &Variables, whole: &Script, reader: &mut Reader<'_>) {
    let Some((first, rest)) = words.split_first() else { return };
    let bare = first.text.trim_start_matches(['@', '-', ':', '+', '!', '|']);
    let marks = first.text.get(..first.text.len() - bare.len()).unwrap_or("");
    let range = first.range.start + marks.len()..first.range.end;
    let program = UnitWord { text: bare.to_owned(), range };
    // Behind `@` comes what the program is told to be called.
    let rest = rest.get(usize::from(marks.contains('@'))..).unwrap_or(&[]);
    let mut arguments = vec![program.argument("")];
    for word in rest {
        // Behind `:` nothing is substituted.
        arguments.extend(variables.expand(word, marks.contains(':')));
    }
    match line::string_of_shell(&arguments).and_then(|at| rest.get(at.checked_sub(1)?)) {
        Some(string) => reader.shown(&script(string, &whole.extract.text)),
        None => reader.arguments(&arguments, whole),
    }
}

/// A string that a shell gets to run, in a unit with this text: its specifiers are filled in
/// before, and `$$` is a `$`.
fn script(word: &UnitWord, unit: &str) -> Script {
    let mut script = Script { fixed: true, ..Script::default() };
    // Where it is written as it is, each of it has its place; else all of it has that of the word.
    let written = unit.get(word.range.clone()).unwrap_or("");
    let inner = written.find(word.text.as_str());
    let place = |at: usize| word.range.start + inner.map_or(0, |begin| begin + at);
    let mut at = 0;
    while let Some(rest) = word.text.get(at..).filter(|rest| !rest.is_empty()) {
        let mut chars = rest.chars();
        let (first, next) = (chars.next().unwrap_or_default(), chars.next());
        let length = match (first, next) {
            ('%', Some('%')) | ('$', Some('$')) => {
                script.extract.push(rest.get(1..2).unwrap_or(""), place(at + 1));
                2
            }
            ('%', Some(next)) if next.is_ascii_alphabetic() => {
                script.push_hole(rest.get(..2).unwrap_or(""), place(at));
                2
            }
            _ => {
                script.extract.push(rest.get(..first.len_utf8()).unwrap_or(""), place(at));
                first.len_utf8()
            }
        };
        at += length;
    }
    script
}

/// The variables of the service, where the unit alone says them.
struct Variables(Vec<(String, String)>);

impl Variables {
    fn of(unit: &UnitFile) -> Self {
        // What a file says goes before what stands here.
        if unit.last(SERVICE, "EnvironmentFile").is_some() {
            return Self(vec![]);
        }
        let words = unit.words(SERVICE, "Environment", Splitting::Arguments);
        let pair = |word: &UnitWord| {
            let (name, value) = word.text.split_once('=')?;
            Some((name.to_owned(), value.to_owned())).filter(|_| !word.text.contains('%'))
        };
        Self(words.iter().filter_map(pair).collect())
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The arguments that a word becomes: `${NAME}` is a part of one, `$NAME` alone any number.
    fn expand(&self, word: &UnitWord, literal: bool) -> Vec<Argument> {
        if literal {
            return vec![
                UnitWord { text: word.text.replace('$', "$$"), ..word.clone() }.argument(""),
            ];
        }
        let of = |text: &str| {
            let word = UnitWord { text: text.to_owned(), range: word.range.clone() };
            Argument { indirect: true, ..word.argument("") }
        };
        if let Some(value) = word.text.strip_prefix('$').and_then(|name| self.value(name)) {
            return value.split_ascii_whitespace().map(of).collect();
        }
        let mut text = word.text.clone();
        for (name, _) in &self.0 {
            let written = format!("${{{name}}}");
            if let Some(value) = self.value(name).filter(|_| text.contains(&written)) {
                text = text.replace(&written, value);
            }
        }
        vec![if text == word.text { word.argument("") } else { of(&text) }]
    }
}

/// What a service sees of the files around it: the variables of whoever deploys are not its own.
pub(super) struct ServiceSurroundings<'a>(pub &'a mut dyn Surroundings);

impl Surroundings for ServiceSurroundings<'_> {
    fn open(&mut self, path: &str, from: super::FileId) -> Result<(super::FileId, String), String> {
        self.0.open(path, from)
    }

    fn conceal(&self, name: &str, value: &str) {
        self.0.conceal(name, value);
    }

    fn variable(&self, _: &str) -> Option<String> {
        None
    }
}

#[cfg(test)]
mod tests;
