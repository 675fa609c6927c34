//! Units of systemd: the commands with which a service starts containers (systemd.service(5)), or
//! isolates by itself, under what the unit sets for its processes (systemd.exec(5)).

mod edit;
pub(crate) mod filter;
mod keys;
mod obstacle;
mod service;
pub(crate) mod spell;
pub(crate) mod unit;
mod values;

use std::collections::BTreeMap;

use self::service::{ServiceEntries, UnitPart};
use self::unit::{Splitting, UnitFile, UnitWord};
use super::command;
use super::command::line;
use super::command::reader::Reader;
use super::command::script::Script;
use super::command::word::Argument;
use super::container::{Container, Engine, WrittenAt};
use super::dialect::{Blocks, Candidate, Dialect, Sure};
use super::place::{At, BadInput, FileId, Index};
use super::read::{Deployment, Input, Surroundings};
use super::setting::{Setting, Settings, User};
use crate::mechanisms::{self, Mechanism};
use crate::plan::Habit;

const SERVICE: &str = "Service";

/// How the names of services end.
const SUFFIX: &str = ".service";

/// Where the drop-ins of all services are.
const ALL_SERVICES: &str = "service.d";

/// The keys whose values are commands.
const COMMANDS: &[&str] = &[
    "ExecCondition", "ExecStartPre", "ExecStart", "ExecStartPost", "ExecReload", "ExecReloadPost",
    "ExecStop", "ExecStopPost",
];

/// What may stand before a command (systemd.service(5), "Special executable prefixes").
const MARKS: [char; 6] = ['@', '-', ':', '+', '!', '|'];

/// A service, and what it starts with `docker run` or `podman run`.
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

/// A process of a service, which the unit itself is about.
static PROCESS: Dialect = Dialect {
    id: "systemd-process",
    files: &[],
    blocks: None,
    recognises: |_| Sure::No,
    spell: spell::lines,
    edit: edit::plan,
    ..DIALECT
};

/// Whether one of the commands of a unit may start a container or isolate by itself. A block may
/// show a part of one.
fn recognises(file: &Candidate<'_>) -> bool {
    let text = file.input.text;
    let command = |line: &str| {
        let value = COMMANDS
            .iter()
            .find_map(|key| line.trim_start().strip_prefix(key)?.trim_start().strip_prefix('='));
        let bare = |value: &'_ str| isolates(value.trim_start().trim_start_matches(MARKS));
        value.is_some_and(|value| command::has_program(value) || bare(value))
    };
    let is_unit = file.block.is_some() || unit::begins_with_section(text);
    is_unit && text.lines().any(command)
}

/// Whether a word of a command is a program that isolates.
fn isolates(command: &str) -> bool {
    let mut words = words(command).map(|word| word.rsplit('/').next().unwrap_or(word));
    words.any(|word| mechanisms::called(word).is_some())
}

/// The words of a command, be it one of a shell.
fn words(command: &str) -> impl Iterator<Item = &str> {
    command.split(|c: char| c.is_whitespace() || ";&|()'\"".contains(c))
}

/// A unit that shows nothing of the kind by itself: what its drop-ins start, or else its own
/// command for who asks.
pub(super) fn by_drop_ins(
    file: &Candidate<'_>,
    surroundings: &mut dyn Surroundings,
) -> Option<Deployment> {
    let is_unit = file.input.path.ends_with(SUFFIX);
    (is_unit && unit::begins_with_section(file.input.text)).then_some(())?;
    read(file, surroundings).ok().filter(|deployment| !deployment.containers.is_empty())
}

fn read(file: &Candidate<'_>, surroundings: &mut dyn Surroundings) -> Result<Deployment, BadInput> {
    let Input { text, path, file: id } = file.input;
    let begin = file.block.unwrap_or_default();
    let first = (!unit::begins_with_section(text)).then_some(SERVICE);
    let index = Index::new(id, text).after(begin);
    let (unit, fault) = UnitFile::of_systemd(text, first);
    if let Some(fault) = fault {
        return Err(BadInput::at(index.of_file(fault.range), fault.why));
    }
    let name = path.rsplit('/').next().filter(|name| name.ends_with(SUFFIX));
    let name = name.filter(|_| file.block.is_none());
    // Once the unit is enabled it has the names of its aliases too.
    let aliases = unit.words("Install", "Alias", Splitting::Names);
    let names = name.into_iter().chain(aliases.iter().map(|alias| alias.text.as_str()));
    let texts = match name {
        Some(_) => drop_ins(names.filter(|name| name.ends_with(SUFFIX)), id, surroundings),
        None => vec![],
    };
    let mut parts = vec![UnitPart::new(unit, index, text)];
    parts.extend(texts.iter().map(|(id, text)| {
        // What systemd cannot read it passes over.
        UnitPart::new(UnitFile::of_systemd(text, None).0, Index::new(*id, text), text)
    }));
    let given = ServiceEntries::new(&parts);
    let mut settings = service::settings(&given);
    settings.env = given.environment();
    of_a_user(path, &parts, &mut settings);
    let variables = Variables::of(&given);
    let mut deployment = Deployment::of(&DIALECT);
    let mut service = ServiceSurroundings(surroundings);
    let mut processes = vec![];
    for (_, part, words) in commands(&parts) {
        // Several commands of a oneshot service (systemd.service(5), "Command lines").
        let ends = |word: &UnitWord| word.text == ";" && word.range.len() == 1;
        for words in words.split(ends) {
            let Some(command) = ServiceCommand::of(words, &variables) else { continue };
            let known = deployment.containers.len();
            let text = &part.whole.extract.text;
            let mut reader = Reader::new(text, &part.index, &mut service, &mut deployment);
            command.read(&part.whole, &mut reader);
            let started = deployment.containers.get_mut(known..).unwrap_or_default();
            if started.is_empty() {
                let name = name.unwrap_or("a service");
                let process = || command.process(name, &part.index, &given, &settings);
                processes.extend(command.isolates(&settings).then(process).flatten());
            }
            // What a drop-in starts is not edited.
            if part.index.of_file(0..0).file != id {
                started.iter_mut().for_each(|container| container.spot = WrittenAt::None);
            }
        }
    }
    // What a program does by itself, no command line tells: it is judged for who asks.
    if let Some(name) = name.filter(|_| processes.is_empty() && deployment.containers.is_empty()) {
        let mut all = commands(&parts).into_iter();
        let main = all.find(|(key, ..)| *key == "ExecStart");
        processes.extend(main.and_then(|(_, part, words)| {
            let command = ServiceCommand::of(&words, &variables)?;
            // Podman of root, and what is a word for another program, are none of ours.
            let names_one = command.arguments.iter().any(|word| isolates(&word.text));
            let process = || command.process(name, &part.index, &given, &settings);
            (!names_one).then(process).flatten()
        }));
    }
    deployment.containers.extend(processes);
    if !deployment.containers.is_empty() {
        deployment.findings.extend(given.left_out());
        deployment.findings.extend(parts.iter().flat_map(service::passed_over));
    }
    Ok(deployment)
}

/// A service of a user's manager runs as that user: its directory says so (systemd.unit(5), "User
/// Unit Search Path"); the target that wants it leaves it open.
fn of_a_user(path: &str, parts: &[UnitPart<'_>], settings: &mut Settings) {
    let Some(UnitPart { unit, index, .. }) = parts.first() else { return };
    if settings.user.is_some() {
        return;
    }
    let wanted = unit.words("Install", "WantedBy", Splitting::Names);
    let targets = ["default.target", "graphical-session.target"];
    if path.split('/').collect::<Vec<_>>().windows(2).any(|two| two == ["systemd", "user"]) {
        let user = User::Named("the manager's own".into());
        settings.user = Some(At::new(user, index.of_file(0..0)));
    } else if let Some(word) = wanted.iter().find(|word| targets.contains(&word.text.as_str())) {
        let why = format!("a unit that {} wants may be one of a user's manager", word.text);
        settings.leave_open(Setting::Uid, index.of_file(word.range.clone()), why);
    }
}

/// The directories with drop-ins of a unit, what counts more before what counts less: its own, that
/// of its template, those of its beginnings that end in `-`, and that of all services
/// (systemd.unit(5); systemd `src/shared/dropin.c`).
fn directories(name: &str) -> Vec<String> {
    let stem = name.trim_end_matches(SUFFIX);
    let (prefix, instance) = match stem.find('@') {
        Some(at) => stem.split_at(at),
        None => (stem, ""),
    };
    let dashes = prefix.char_indices().rev().filter(|(at, c)| *c == '-' && *at > 0);
    let shorter = dashes.filter_map(|(at, _)| prefix.get(..=at)).filter(|short| *short != prefix);
    let template = (instance.len() > 1).then_some("@");
    let directory = |prefix: &str, form: &str| format!("{prefix}{form}{SUFFIX}.d");
    let of = |prefix| {
        let forms = std::iter::once(instance).chain(template);
        forms.map(move |form| directory(prefix, form))
    };
    // Those of a template's name without the `@` as well.
    let bare = shorter.clone().filter(|_| !instance.is_empty()).map(|short| directory(short, ""));
    let all = of(prefix).chain(bare).chain(shorter.flat_map(of));
    all.chain([ALL_SERVICES.to_owned()]).collect()
}

/// The drop-ins of a unit of these names that lie beside it, in the order in which they count: by
/// their own names, whatever directory they are in.
fn drop_ins<'n>(
    names: impl Iterator<Item = &'n str>,
    unit: FileId,
    surroundings: &mut dyn Surroundings,
) -> Vec<(FileId, String)> {
    let mut all = BTreeMap::new();
    for directory in names.flat_map(directories) {
        let names = surroundings.names(&directory, unit).into_iter();
        for name in names.filter(|name| name.ends_with(".conf")) {
            let path = format!("{directory}/{name}");
            all.entry(name).or_insert(path);
        }
    }
    all.values().filter_map(|path| surroundings.open(path, unit).ok()).collect()
}

/// The commands that count, each with its key and file: an empty assignment takes back those before
/// it.
fn commands<'p, 'a>(parts: &'p [UnitPart<'a>]) -> Vec<(&'p str, &'p UnitPart<'a>, Vec<UnitWord>)> {
    let mut all: Vec<(&str, &UnitPart<'a>, Vec<UnitWord>)> = vec![];
    for part in parts {
        let entries = part.unit.entries(SERVICE);
        for entry in entries.filter(|entry| COMMANDS.contains(&entry.key.text.as_str())) {
            let key = entry.key.text.as_str();
            if entry.value.text.trim().is_empty() {
                all.retain(|(known, ..)| *known != key);
            } else if let Some(words) = entry.words(Splitting::Command) {
                all.push((key, part, words));
            }
        }
    }
    all
}

struct ServiceCommand<'w> {
    /// What stands before it.
    marks: &'w str,
    /// Its words as written, without the first.
    words: &'w [UnitWord],
    arguments: Vec<Argument>,
}

impl<'w> ServiceCommand<'w> {
    fn of(words: &'w [UnitWord], variables: &Variables) -> Option<Self> {
        let (first, words) = words.split_first()?;
        let bare = first.text.trim_start_matches(MARKS);
        let marks = first.text.get(..first.text.len() - bare.len()).unwrap_or("");
        let range = first.range.start + marks.len()..first.range.end;
        let program = UnitWord { text: bare.to_owned(), range };
        // Behind `@` comes what the program is told to be called.
        let words = words.get(usize::from(marks.contains('@'))..).unwrap_or(&[]);
        let mut arguments = vec![program.argument("")];
        for word in words {
            // Behind `:` nothing is substituted.
            arguments.extend(variables.expand(word, marks.contains(':')));
        }
        Some(Self { marks, words, arguments })
    }

    /// The containers that it starts.
    fn read(&self, whole: &Script, reader: &mut Reader<'_>) {
        let string = line::string_of_shell(&self.arguments);
        match string.and_then(|at| self.words.get(at.checked_sub(1)?)) {
            Some(string) => reader.shown(&script(string, &whole.extract.text)),
            None => reader.arguments(&self.arguments, whole),
        }
    }

    /// Whether it isolates by itself.
    fn isolates(&self, settings: &Settings) -> bool {
        let Some((program, rest)) = self.arguments.split_first() else { return false };
        let called = program.text.rsplit('/').next().unwrap_or("");
        let mechanism = mechanisms::called(called);
        let behind = || rest.iter().any(|word| isolates(&word.text));
        // What is rootless for others is none for root.
        let rootful = |mechanism: &Mechanism| {
            let plan = (mechanism.plan)(&[], None, (Some(0), Some(0)));
            plan.does(Habit::Rootful) && self.settings(settings).0.is_root()
        };
        match mechanism {
            Some(mechanism) => !rootful(mechanism),
            None => filter::is_starter(called) && behind(),
        }
    }

    /// What the service sets for it, and whether it is privileged.
    fn settings(&self, of_service: &Settings) -> (Settings, bool) {
        // With full privileges, or as root at least.
        let privileged = self.marks.contains('+');
        let mut settings = if privileged { Settings::default() } else { of_service.clone() };
        if self.marks.contains('!') && !self.marks.contains("!!") {
            settings.user = None;
        }
        (settings, privileged)
    }

    /// The process of the service itself.
    fn process(
        &self,
        name: &str,
        index: &Index<'_>,
        given: &ServiceEntries<'_>,
        settings: &Settings,
    ) -> Option<Container> {
        let (program, _) = self.arguments.split_first()?;
        let (mut settings, privileged) = self.settings(settings);
        let place = |argument: &Argument| index.of_file(argument.range.clone());
        let word = |argument: &Argument| At::new(argument.text.clone(), place(argument));
        settings.command = self.arguments.iter().map(word).collect();
        settings.obstacles = obstacle::of(given, program, &settings, privileged);
        Some(Container {
            name: name.to_owned(),
            engine: Engine::Systemd,
            dialect: &PROCESS,
            place: place(program),
            spot: WrittenAt::Text { at: program.range.start },
            settings,
        })
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
    fn of(given: &ServiceEntries<'_>) -> Self {
        // What a file says takes precedence over what stands here.
        if given.last("EnvironmentFile").is_some() {
            return Self(vec![]);
        }
        let pair = |word: At<String>| {
            let (name, value) = word.value.split_once('=')?;
            Some((name.to_owned(), value.to_owned())).filter(|_| !word.value.contains('%'))
        };
        Self(given.words("Environment").into_iter().filter_map(pair).collect())
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
    fn open(&mut self, path: &str, from: FileId) -> Result<(FileId, String), String> {
        self.0.open(path, from)
    }

    fn conceal(&self, name: &str, value: &str) {
        self.0.conceal(name, value);
    }

    fn variable(&self, _: &str) -> Option<String> {
        None
    }

    fn names(&self, directory: &str, from: FileId) -> Vec<String> {
        self.0.names(directory, from)
    }
}

#[cfg(test)]
mod tests;
