//! The commands: what each is asked, and which part of isodoc answers. Glue only.

mod answer;
pub(crate) mod asked;
pub(crate) mod check;
pub(crate) mod completions;
mod config;
mod diagnosed;
mod diff;
mod explain;
mod failure;
mod fleet;
mod lint;
mod matrix;
mod open;
mod profile;
mod rules;
mod snapshot;

use clap::{CommandFactory, Parser};

use crate::cli::{Cli, Command, Reporting};
use crate::exit::Exit;
use crate::output;
use crate::output::style::{self, Color};

use answer::{Answer, Output, complain, to_files};
use failure::Failure;
pub(crate) use open::here;
use open::{baseline as baseline_of, open, read, read_from};

/// The JSON Schema of `check --format json`.
pub(crate) const SCHEMA: &str = include_str!("../../schema/check-v1.schema.json");
/// The JSON Schema of `lint --format json`.
pub(crate) const LINT_SCHEMA: &str = include_str!("../../schema/lint-v1.schema.json");
/// The JSON Schema of `fleet --format json`.
pub(crate) const FLEET_SCHEMA: &str = include_str!("../../schema/fleet-v1.schema.json");
pub(crate) const CONFIG_SCHEMA: &str = include_str!("../../schema/isodoc-toml.schema.json");

/// Runs isodoc.
#[must_use]
pub fn main() -> Exit {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            if error.use_stderr() {
                let _ = error.print();
                return Exit::Usage;
            }
            style::decide(Color::Auto);
            let text = error.render();
            let text = if style::is_on() { text.ansi().to_string() } else { text.to_string() };
            return Answer::done(text).write();
        }
    };
    style::decide(cli.color);
    match run(&cli.command) {
        Ok(answer) => answer.write(),
        Err(Failure(why)) => complain(&why),
    }
}

fn run(command: &Command) -> Result<Answer, Failure> {
    match command {
        Command::Check(args) => check::run(args),
        Command::Lint(args) => lint::run(args),
        Command::Diff(args) => diff::run(args),
        Command::Fleet(args) => fleet::run(args),
        Command::Explain(args) => explain::run(args),
        Command::Rules(args) => rules::run(args),
        Command::Matrix(args) => matrix::run(args),
        Command::Snapshot(args) => snapshot::run(args),
        Command::Profile(args) => profile::run(args),
        Command::Completions(args) => Ok(Answer::done(completions::script(args.shell))),
        Command::Man => Ok(Answer::done(output::man::page(Cli::command()))),
        Command::Schema(args) => Ok(Answer::done(
            match args.of {
                Reporting::Check => SCHEMA,
                Reporting::Lint => LINT_SCHEMA,
                Reporting::Fleet => FLEET_SCHEMA,
                Reporting::Config => CONFIG_SCHEMA,
            }
            .to_owned(),
        )),
    }
}
