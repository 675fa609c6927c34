//! The commands: what each is asked, and which part of isodoc answers. Glue only.

mod check;
pub(crate) mod completions;
mod explain;
mod lint;
pub(crate) mod man;
mod matrix;
mod rules;
mod snapshot;

use std::io::{ErrorKind, Read, Write};
use std::path::Path;

use clap::Parser;

use crate::cli::{Cli, Command, Reporting, SourceArgs};
use crate::exit::Exit;
use crate::output::{escape, json, style};
use crate::source::{self, Source};

/// The JSON Schema of `check --format json`.
pub(crate) const SCHEMA: &str = include_str!("../../schema/check-v1.schema.json");
/// The JSON Schema of `lint --format json`.
pub(crate) const LINT_SCHEMA: &str = include_str!("../../schema/lint-v1.schema.json");

/// What a command answers: what goes to standard output, and how isodoc ends.
struct Answer {
    output: Output,
    exit: Exit,
}

/// What goes to standard output.
enum Output {
    /// As it stands.
    Text(String),
    /// As JSON; it can be so much that it is not made a text first.
    Lint(Box<crate::report::lint::Report>),
}

impl Answer {
    /// A question that was answered.
    fn done(text: String) -> Self {
        Self { output: Output::Text(text), exit: Exit::Supported }
    }
}

/// Why a command has no answer: the input at fault, what is wrong with it, and what to do.
struct Failure(String);

impl Failure {
    /// Something is wrong with a file.
    fn of(path: &Path, why: impl std::fmt::Display) -> Self {
        Self(format!("{}: {why}", path.display()))
    }
}

/// Runs isodoc.
#[must_use]
pub fn main() -> Exit {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let written = error.print();
            return if error.use_stderr() { Exit::Usage } else { ended(written, Exit::Supported) };
        }
    };
    style::decide(cli.color);
    match run(&cli.command) {
        Ok(Answer { output, exit }) => {
            let mut stdout = std::io::stdout().lock();
            let written = match output {
                // One write: a page is a few kilobytes, and whoever reads it gets all or nothing.
                Output::Text(text) => stdout.write_all(text.as_bytes()),
                Output::Lint(report) => json::write_to(&mut stdout, &report),
            };
            ended(written.and_then(|()| stdout.flush()), exit)
        }
        Err(Failure(why)) => complain(&why),
    }
}

fn run(command: &Command) -> Result<Answer, Failure> {
    match command {
        Command::Check(args) => check::run(args),
        Command::Lint(args) => lint::run(args),
        Command::Explain(args) => explain::run(args),
        Command::Rules(args) => rules::run(args),
        Command::Matrix(args) => matrix::run(args),
        Command::Snapshot(args) => snapshot::run(args),
        Command::Completions(args) => Ok(Answer::done(completions::script(args.shell))),
        Command::Man => Ok(Answer::done(man::page())),
        Command::Schema(args) => Ok(Answer::done(
            match args.of {
                Reporting::Check => SCHEMA,
                Reporting::Lint => LINT_SCHEMA,
            }
            .to_owned(),
        )),
    }
}

/// How isodoc ends once the answer is written. A reader that went away has read enough: that is no
/// error.
fn ended(written: std::io::Result<()>, exit: Exit) -> Exit {
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            complain(&format!("standard output: {error}"))
        }
        _ => exit,
    }
}

fn complain(why: &str) -> Exit {
    let _ = writeln!(std::io::stderr(), "isodoc: {}", escape::text(why));
    Exit::Usage
}

/// Opens what the facts are read from: this host, unless a tree or a snapshot is named.
fn open(args: &SourceArgs) -> Result<Box<dyn Source>, Failure> {
    if let Some(root) = &args.root {
        let tree = source::tree::Tree::open(root, args.complete);
        return tree
            .map(|tree| Box::new(tree) as Box<dyn Source>)
            .map_err(|why| Failure::of(root, why));
    }
    if let Some(path) = &args.snapshot {
        let bytes = read(path, MOST_SNAPSHOT)?;
        let parsed = source::snapshot::parse(&bytes);
        let why = |why| {
            Failure::of(
                path,
                format_args!(
                    "not a snapshot of isodoc: {why}; `isodoc snapshot -o FILE` writes one"
                ),
            )
        };
        return parsed.map(|snapshot| Box::new(snapshot) as Box<dyn Source>).map_err(why);
    }
    Ok(here())
}

/// The size of the largest snapshot that is read; real ones are of some ten kilobytes.
const MOST_SNAPSHOT: u64 = 64 << 20;

/// Reads a file that somebody named, to its end; `-` is not special here.
fn read(path: &Path, most: u64) -> Result<Vec<u8>, Failure> {
    let file = std::fs::File::open(path).map_err(|why| Failure::of(path, why))?;
    read_from(file, path, most)
}

/// Reads to the end of something, at most so many bytes: `/dev/zero` has no end.
fn read_from(from: impl Read, path: &Path, most: u64) -> Result<Vec<u8>, Failure> {
    let mut bytes = vec![];
    from.take(most + 1).read_to_end(&mut bytes).map_err(|why| Failure::of(path, why))?;
    if bytes.len() as u64 > most {
        return Err(Failure::of(path, format_args!("larger than {} MiB", most >> 20)));
    }
    Ok(bytes)
}

/// The machine isodoc runs on.
fn here() -> Box<dyn Source> {
    #[cfg(target_os = "linux")]
    return Box::new(source::live::Live);
    #[cfg(not(target_os = "linux"))]
    Box::new(source::none::NoLinux)
}
