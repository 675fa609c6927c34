//! One command line that starts a container: `docker [OPTIONS] run [OPTIONS] IMAGE [COMMAND]
//! [ARG...]` and the like, with what may stand before it.

use std::ops::Range;

use super::options::{self, Grammar, Takes};
use super::word::{Argument, Piece, Word};
use crate::deploy::container::Engine;
use crate::deploy::defaults::capability;

/// What a shell that a script starts gets to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ShellRun {
    /// Its standard input.
    Input,
    /// These words, joined by blanks.
    Words(Range<usize>),
}

/// A command line taken apart.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub engine: Engine,
    /// Whose options they are.
    pub grammar: Grammar,
    /// The words from the program to `run`, e.g. `docker container run`.
    pub verb: Range<usize>,
    /// The options, in order.
    pub options: Vec<GivenOption>,
    /// The image; `None` where it must be somewhere in what is not known.
    pub image: Option<Argument>,
    /// What comes after the image.
    pub command: Vec<Argument>,
    /// What keeps the options from being known, and why.
    pub unclear: Vec<Unclear>,
    /// Where the engine stands, where a condition of the script decides which it is.
    pub either: Option<Range<usize>>,
}

#[derive(Clone, Debug)]
pub(crate) struct GivenOption {
    /// Its long name.
    pub name: String,
    /// The word that it stands in.
    pub word: Range<usize>,
    /// Its value: the rest of its word, or another.
    pub value: Option<Argument>,
    /// Whether it stands alone in its word (`-it` has two).
    pub alone: bool,
    /// Whether it stands there as such, not in the value of a variable.
    pub written: bool,
}

impl Line {
    /// The value of the last option of this name.
    pub(in crate::deploy) fn value(&self, name: &str) -> Option<&Argument> {
        self.options.iter().rfind(|option| option.name == name)?.value.as_ref()
    }

    /// The values of the options of this name, in order.
    pub(in crate::deploy) fn values<'l>(
        &'l self,
        name: &'l str,
    ) -> impl Iterator<Item = &'l Argument> {
        let of_name = self.options.iter().filter(move |option| option.name == name);
        of_name.filter_map(|option| option.value.as_ref())
    }
}

impl GivenOption {
    /// Whether it drops a capability by name.
    pub(in crate::deploy) fn drops(&self, bit: u32) -> bool {
        self.name == "cap-drop" && capability(self.text()) == Some(bit)
    }

    /// Its value; empty where it has none.
    pub(in crate::deploy) fn text(&self) -> &str {
        self.value.as_ref().map_or("", |value| value.text.as_str())
    }
}

/// Why the options are not all known.
#[derive(Clone, Debug)]
pub(crate) struct Unclear {
    pub range: Range<usize>,
    /// An option that is not known, by name; `None`: words that only running it would tell.
    pub option: Option<String>,
    /// What stands there.
    pub text: String,
}

/// A line that the program would refuse.
#[derive(Clone, Debug)]
pub(crate) struct LineError {
    pub range: Range<usize>,
    /// Why.
    pub message: String,
}

impl LineError {
    /// Refused here.
    pub(crate) fn at(range: &Range<usize>, message: impl Into<String>) -> Self {
        Self { range: range.clone(), message: message.into() }
    }

    /// A value is refused.
    pub(crate) fn of(value: &Argument, message: impl Into<String>) -> Self {
        Self::at(&value.range, message)
    }
}

/// The longest excerpt of somebody else's text that a message carries.
const LONGEST: usize = 60;

/// Text for a message, cut where it is long.
#[must_use]
pub(crate) fn short(text: &str) -> String {
    let mut cut: String =
        text.chars().take(LONGEST).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(LONGEST).is_some() {
        cut.push_str("...");
    }
    cut
}

/// A program that runs another one, whose words follow its own.
struct Prefix {
    names: &'static [&'static str],
    /// Its options that take the next word.
    valued: &'static [&'static str],
    /// How many words of its own come after its options.
    operands: usize,
}

const fn prefix(
    names: &'static [&'static str],
    valued: &'static [&'static str],
    operands: usize,
) -> Prefix {
    Prefix { names, valued, operands }
}

/// The programs that run another one. Sources: their manual pages.
const PREFIXES: &[Prefix] = &[
    prefix(
        &["sudo", "doas"],
        &[
            "-u", "-g", "-h", "-p", "-C", "-T", "-r", "-t", "-U", "-D", "-R", "--user", "--group",
            "--host", "--prompt", "--chdir",
        ],
        0,
    ),
    prefix(
        &["run0"],
        &[
            "-M", "-u", "-g", "-D", "--machine", "--unit", "--property", "--description",
            "--slice", "--user", "--group", "--nice", "--chdir", "--setenv", "--background",
            "--shell-prompt-prefix",
        ],
        0,
    ),
    prefix(&["runuser"], &["-u", "-g", "-G", "--user", "--group"], 0),
    prefix(&["env"], &["-u", "-C", "-S", "--unset", "--chdir"], 0),
    prefix(&["exec"], &["-a"], 0),
    prefix(&["nice"], &["-n", "--adjustment"], 0),
    prefix(&["ionice"], &["-c", "-n", "-p"], 0),
    prefix(&["time"], &["-o", "-f"], 0),
    prefix(&["stdbuf"], &["-i", "-o", "-e"], 0),
    prefix(&["timeout"], &["-s", "-k", "--signal", "--kill-after"], 1),
    prefix(&["flock"], &["-w", "-E", "--timeout", "--conflict-exit-code"], 1),
    prefix(&["taskset", "chrt"], &[], 1),
    prefix(&["chroot"], &[], 1),
    prefix(&["gosu", "su-exec", "setuidgid", "s6-setuidgid"], &[], 1),
    prefix(
        &["setpriv"],
        &[
            "--reuid", "--regid", "--ruid", "--euid", "--rgid", "--egid", "--groups", "--inh-caps",
            "--ambient-caps", "--bounding-set", "--securebits", "--pdeathsig",
        ],
        0,
    ),
    prefix(&["nsenter"], &["-t", "--target", "-S", "-G", "--setuid", "--setgid"], 0),
    prefix(&["strace"], &["-e", "-o", "-p", "-s", "-u"], 0),
    prefix(&["xargs"], &["-I", "-n", "-P", "-L", "-d", "-a", "-E", "-s"], 0),
    prefix(&["watch"], &["-n", "--interval"], 0),
    prefix(
        &["systemd-run"],
        &[
            "-p", "-u", "-M", "-H", "-t", "-E", "--unit", "--property", "--uid", "--gid",
            "--slice", "--setenv",
        ],
        0,
    ),
    prefix(&["systemd-inhibit"], &[], 0),
    prefix(
        &[
            "nohup", "command", "builtin", "setsid", "unbuffer", "chronic", "winpty", "dumb-init",
            "tini", "retry", "eatmydata", "caffeinate", "flatpak-spawn", "distrobox-host-exec",
            "wsl", "wsl.exe", "lima", "busybox",
        ],
        &[],
        0,
    ),
    prefix(&["ssh"], SSH, 1),
    prefix(&["sshpass"], &["-p", "-f", "-d", "-P"], 0),
];

/// The options of ssh(1) that take a value; they may also follow the host.
const SSH: &[&str] = &[
    "-b", "-c", "-D", "-E", "-e", "-F", "-I", "-i", "-J", "-L", "-l", "-m", "-O", "-o", "-p", "-Q",
    "-R", "-S", "-W", "-w",
];

/// The name of the program that a word calls.
pub(in crate::deploy) fn program_of(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

/// How many of these words only prepare the command: assignments, and programs that run another.
pub(super) fn prepared(words: &[&str]) -> usize {
    let mut at = 0;
    // Past options; those in `valued` take the next word too.
    let skip_options = |mut at: usize, valued: &[&str]| {
        while let Some(word) = words.get(at).filter(|word| word.starts_with('-') && word.len() > 1)
        {
            at += 1;
            if *word == "--" {
                break;
            }
            if valued.contains(word) {
                at += 1;
            }
        }
        at
    };
    while let Some(word) = words.get(at) {
        if is_assignment(word) {
            at += 1;
            continue;
        }
        let name = program_of(word);
        let Some(prefix) = PREFIXES.iter().find(|prefix| prefix.names.contains(&name)) else {
            break;
        };
        at = skip_options(at + 1, prefix.valued) + prefix.operands;
        if prefix.operands > 0 {
            at = skip_options(at, prefix.valued);
        }
    }
    at.min(words.len())
}

fn is_assignment(word: &str) -> bool {
    let name = word.split_once('=').map_or("", |(name, _)| name);
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

const SHELLS: &[&str] = &["sh", "bash", "dash", "zsh", "ksh", "ash"];

/// What a command lets a shell run that the script can see, if it is one.
#[must_use]
pub(crate) fn shell_of(words: &[Word]) -> Option<ShellRun> {
    let texts = fixed(words);
    let at = prepared(&texts);
    let through_ssh = texts.iter().take(at).any(|word| program_of(word) == "ssh");
    let one = |index: usize| words.get(index).map(|_| ShellRun::Words(index..index + 1));
    let Some(([program], given)) = texts.get(at..).and_then(|rest| rest.split_at_checked(1)) else {
        return through_ssh.then_some(ShellRun::Input);
    };
    let behind = |flags: &[&str]| given.iter().position(|word| flags.contains(word));
    match program_of(program) {
        "eval" if !given.is_empty() => Some(ShellRun::Words(at + 1..words.len())),
        "su" | "runuser" => match behind(&["-c", "--command"]) {
            Some(flag) => one(at + 2 + flag),
            None => Some(ShellRun::Input),
        },
        // `vagrant ssh -c '...'`, `gcloud compute ssh host --command='...'`
        "vagrant" | "gcloud" if given.contains(&"ssh") => match behind(&["-c", "--command"]) {
            Some(flag) => one(at + 2 + flag),
            None => Some(ShellRun::Input),
        },
        name if SHELLS.contains(&name) => {
            let options = given
                .iter()
                .take_while(|word| word.starts_with('-') || word.starts_with('+'))
                .count();
            let command = given.iter().take(options).any(|word| {
                !word.starts_with("--") && word.starts_with('-') && word.ends_with('c')
            });
            if command {
                return one(at + 1 + options);
            }
            let reads = words.len() == at + 1 + options
                || given.iter().take(options).any(|word| *word == "-s");
            reads.then_some(ShellRun::Input)
        }
        _ if through_ssh && words.len() == at + 1 => one(at),
        _ => None,
    }
}

/// Which of these arguments is a string that a shell gets to run: `sh -c '...'`.
pub(crate) fn string_of_shell(arguments: &[Argument]) -> Option<usize> {
    let words: Vec<Word> = arguments
        .iter()
        .map(|argument| Word {
            pieces: vec![Piece::Text(argument.text.clone())],
            ..Word::default()
        })
        .collect();
    match shell_of(&words)? {
        ShellRun::Words(range) => Some(range.start),
        ShellRun::Input => None,
    }
}

/// The one word that `echo` or `printf` says.
pub(crate) fn said(words: &[Word]) -> Option<&Word> {
    let [first, rest @ ..] = words else { return None };
    let mut said = rest.iter().filter(|word| !matches!(word.fixed(), Some("-e" | "-n" | "-E")));
    let only = said.next().filter(|_| said.next().is_none());
    only.filter(|_| matches!(first.fixed(), Some("echo" | "printf")))
}

/// The file that `tee` writes.
pub(crate) fn tee(words: &[Word]) -> Option<&str> {
    let texts = fixed(words);
    let (program, given) = texts.get(prepared(&texts)..)?.split_first()?;
    given.iter().copied().find(|word| program_of(program) == "tee" && !word.starts_with('-'))
}

/// The words as texts; a word that is not known is none that anybody looks for.
fn fixed(words: &[Word]) -> Vec<&str> {
    words.iter().map(|word| word.fixed().unwrap_or("\0")).collect()
}

/// Whether a command can be one that starts a container: a cheap look before its variables are
/// known.
#[must_use]
pub(crate) fn may_start_container(words: &[Word]) -> bool {
    let is_verb = |word: &Word| matches!(word.fixed(), Some("run" | "create"));
    let begins_unknown = |word: &Word| {
        matches!(word.pieces.first(), Some(Piece::Variable { .. } | Piece::Many { .. }))
    };
    words.iter().any(is_verb) || words.iter().take(4).any(begins_unknown)
}

/// The engine that a program is, and whose options it takes. Docker and nerdctl give containers the
/// same.
fn engine_of(program: &str) -> Option<(Engine, Grammar)> {
    match program_of(program) {
        "docker" | "docker.exe" | "docker-compose" | "nvidia-docker" => {
            Some((Engine::Docker, Grammar::Docker))
        }
        "nerdctl" | "nerdctl.exe" | "finch" | "nerdctl.lima" => {
            Some((Engine::Docker, Grammar::Nerdctl))
        }
        "podman" | "podman-remote" | "podman.exe" => Some((Engine::Podman, Grammar::Podman)),
        _ => None,
    }
}

pub(crate) fn is_engine(program: &str) -> bool {
    engine_of(program).is_some()
}

/// Which command of a program these words call, and how many of them name it.
fn verb_of(grammar: Grammar, program: &str, words: &[&str]) -> Option<(Grammar, usize)> {
    match (grammar, words) {
        (Grammar::Docker, ["service", "create", ..]) => Some((Grammar::Service, 2)),
        (Grammar::Podman, ["pod", "create", ..]) => Some((Grammar::Pod, 2)),
        (_, ["container", "run" | "create", ..]) => Some((grammar, 2)),
        (_, ["run", ..]) if program == "docker-compose" => Some((Grammar::ComposeRun, 1)),
        (_, ["run" | "create", ..]) => Some((grammar, 1)),
        (Grammar::Docker, ["compose", rest @ ..]) => {
            let options = global_options(rest);
            let run = rest.get(options) == Some(&"run");
            run.then_some((Grammar::ComposeRun, options + 2))
        }
        _ => None,
    }
}

/// How many words are options before the subcommand.
fn global_options(words: &[&str]) -> usize {
    let mut at = 0;
    while let Some(word) = words.get(at).filter(|word| word.starts_with('-')) {
        at += if options::global_takes_value(word) { 2 } else { 1 };
    }
    at.min(words.len())
}

/// The engine that an unknown word must be by its name: `$DOCKER`, `${ENGINE:-podman}`.
fn engine_meant(word: &Word) -> Option<(Engine, Grammar)> {
    let [Piece::Variable { name, default, .. }] = word.pieces.as_slice() else { return None };
    if let Some(meant) = default
        .as_deref()
        .and_then(|default| engine_of(default.split_ascii_whitespace().next_back()?))
    {
        return Some(meant);
    }
    let name = name.to_ascii_lowercase();
    let is_program = |program: &str| {
        name.contains(program)
            && !["opt", "arg", "image", "tag", "flag", "param"]
                .iter()
                .any(|other| name.contains(other))
    };
    if is_program("podman") {
        return engine_of("podman");
    }
    is_program("docker").then(|| engine_of("docker")).flatten()
}

/// Takes a command apart; `None`: it starts no container.
///
/// # Errors
/// When the program would refuse it.
pub(crate) fn parse(words: &[Word], arguments: &[Argument]) -> Result<Option<Line>, LineError> {
    let texts: Vec<&str> = arguments
        .iter()
        .map(|argument| if argument.is_sure() { argument.text.as_str() } else { "\0" })
        .collect();
    let program = prepared(&texts);
    let (Some(first), Some(name)) = (arguments.get(program), texts.get(program)) else {
        return Ok(None);
    };
    let engine = engine_of(name).or_else(|| {
        let word = words.iter().find(|word| word.range == first.range)?;
        if first.is_sure() { None } else { engine_meant(word) }
    });
    let Some((engine, grammar)) = engine else { return Ok(None) };

    // `docker --host X container run`
    let begin = program + 1;
    let at = begin + global_options(texts.get(begin..).unwrap_or(&[]));
    let given = arguments.get(begin..at).unwrap_or(&[]);
    let runtime = (engine == Engine::Podman).then(|| global_runtime(given)).flatten();
    let rest = texts.get(at..).unwrap_or(&[]);
    let Some((grammar, words)) = verb_of(grammar, program_of(name), rest) else { return Ok(None) };
    let at = at + words - 1;
    let verb = first.range.start..arguments.get(at).map_or(first.range.end, |verb| verb.range.end);
    let mut line = Line {
        engine,
        grammar,
        verb,
        options: vec![],
        image: None,
        command: vec![],
        unclear: vec![],
        either: first.either.then(|| first.range.clone()),
    };
    if let Some(value) = runtime {
        line.options.push(GivenOption {
            name: "runtime".into(),
            word: value.range.clone(),
            value: Some(value),
            alone: false,
            written: false,
        });
    }
    line.rest(arguments.get(at + 1..).unwrap_or(&[]))?;
    Ok(if line.options.iter().any(|option| option.name == "help") { None } else { Some(line) })
}

/// The runtime that podman's options before the verb name.
fn global_runtime(given: &[Argument]) -> Option<Argument> {
    const JOINED: &str = "--runtime=";
    let of =
        |argument: &Argument| argument.text == "--runtime" || argument.text.starts_with(JOINED);
    let index = given.iter().position(of)?;
    let option = given.get(index)?;
    match option.text.strip_prefix(JOINED) {
        Some(name) => Some(Argument {
            text: name.to_owned(),
            sure: option.sure.saturating_sub(JOINED.len()),
            ..option.clone()
        }),
        None => given.get(index + 1).cloned(),
    }
}

impl Line {
    /// What comes after `run`.
    fn rest(&mut self, arguments: &[Argument]) -> Result<(), LineError> {
        let mut left = arguments;
        while let [argument, following @ ..] = left {
            let next = following.first();
            let taken = if argument.is_sure()
                && matches!(argument.text.as_str(), "..." | "\u{2026}" | "[...]")
                && next.is_some()
            {
                // A document that leaves options out.
                self.is_unclear(argument, None);
                0
            } else if argument.text == "--" && argument.is_sure() {
                self.image = next.cloned();
                left = following.get(1..).unwrap_or(&[]);
                break;
            } else if argument.known().starts_with("--") {
                self.long(argument, following)?
            } else if argument.known().starts_with('-') && argument.text.len() > 1 {
                self.short(argument, following)?
            } else if argument.many && stands_for_options(argument, next) {
                self.is_unclear(argument, None);
                0
            } else {
                self.image = Some(argument.clone());
                left = following;
                break;
            };
            left = following.get(taken..).unwrap_or(&[]);
        }
        self.command = left.to_vec();
        if self.image.is_none()
            && self.grammar != Grammar::Pod
            && self.unclear.is_empty()
            && !self.options.iter().any(|option| option.name == "help")
        {
            let why = "no image is named: after the options an image must follow";
            return Err(LineError::at(&self.verb, why));
        }
        Ok(())
    }

    /// `--name=value`, `--name value` or `--name`; how many of the following arguments it takes.
    fn long(&mut self, argument: &Argument, following: &[Argument]) -> Result<usize, LineError> {
        let body = argument.known().get(2..).unwrap_or("");
        let (name, attached) = match body.split_once('=') {
            Some((name, _)) => (name, Some(argument.after(name.len() + 3))),
            // Part of the name is not known.
            None if !argument.is_sure() => {
                self.is_unclear(argument, None);
                return Ok(0);
            }
            None => (body, None),
        };
        self.given(name, attached, argument, following, true)
    }

    /// `-it`, `-eNAME=value`; how many of the following arguments it takes.
    fn short(&mut self, argument: &Argument, following: &[Argument]) -> Result<usize, LineError> {
        let body = argument.known();
        let alone = argument.text.chars().count() == 2;
        for (at, letter) in body.char_indices().skip(1) {
            let end = at + letter.len_utf8();
            let Some(name) = options::of_letter(letter) else {
                return self.given(&format!("-{letter}"), None, argument, following, alone);
            };
            let rest = argument.text.get(end..).unwrap_or("");
            if options::long(self.grammar, name) == Some(Takes::Value) {
                let attached = match rest.strip_prefix('=') {
                    _ if rest.is_empty() => None,
                    Some(_) => Some(argument.after(end + 1)),
                    None => Some(argument.after(end)),
                };
                return self.given(name, attached, argument, following, alone || at == 1);
            }
            if rest.starts_with('=') {
                let attached = Some(argument.after(end + 1));
                return self.given(name, attached, argument, following, false);
            }
            self.given(name, None, argument, &[], alone)?;
        }
        if !argument.is_sure() {
            self.is_unclear(argument, None);
        }
        Ok(0)
    }

    /// Notes that an argument keeps the options from being known, or which option is not known.
    fn is_unclear(&mut self, argument: &Argument, option: Option<String>) {
        let Argument { range, text, .. } = argument.clone();
        self.unclear.push(Unclear { range, option, text });
    }

    fn given(
        &mut self,
        name: &str,
        attached: Option<Argument>,
        argument: &Argument,
        following: &[Argument],
        alone: bool,
    ) -> Result<usize, LineError> {
        let takes = options::long(self.grammar, name);
        let separate = attached.is_none();
        let value = match takes {
            Some(Takes::Nothing) => attached,
            Some(Takes::Value) if separate => {
                let ends = || format!("--{name} needs a value, and the line ends here");
                Some(following.first().ok_or_else(|| LineError::of(argument, ends()))?.clone())
            }
            Some(Takes::Value) => attached,
            None => {
                let option =
                    if name.starts_with('-') { name.to_owned() } else { format!("--{name}") };
                self.is_unclear(argument, Some(option));
                // Most options take a value: so does this one, where an image is left after it.
                let value_follows =
                    matches!(following, [next, _, ..] if !next.known().starts_with('-'));
                return Ok(usize::from(separate && value_follows));
            }
        };
        let taken = usize::from(takes == Some(Takes::Value) && separate);
        self.options.push(GivenOption {
            name: name.to_owned(),
            word: argument.range.clone(),
            value,
            alone,
            written: !argument.indirect,
        });
        Ok(taken)
    }
}

/// Whether an unquoted variable where the image may stand is options rather than the image.
fn stands_for_options(argument: &Argument, next: Option<&Argument>) -> bool {
    let Some(name) = argument.variable.as_deref() else { return false };
    if name == "@" || argument.text.contains("[@]") || argument.text.contains("[*]") {
        return true;
    }
    let name = name.trim_end_matches(":-");
    if next.is_none() || name.bytes().all(|b| b.is_ascii_digit()) {
        return false;
    }
    let lower = name.to_ascii_lowercase();
    let has = |parts: &[&str]| parts.iter().any(|part| lower.contains(part));
    if has(&["image", "img"]) {
        return false;
    }
    next.is_some_and(|next| next.known().starts_with('-'))
        || has(&[
            "opt", "arg", "flag", "param", "mount", "volume", "env", "port", "gpu", "tty", "net",
            "user",
        ])
}
