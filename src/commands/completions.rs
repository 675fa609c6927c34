//! `isodoc completions`: the completion script of a shell, from the same definition as the help.

use clap::CommandFactory;

use super::Answer;
use crate::cli::{Cli, CompletionsArgs};

/// Runs the command.
pub fn run(args: &CompletionsArgs) -> Answer {
    let mut script = vec![];
    clap_complete::generate(args.shell, &mut Cli::command(), "isodoc", &mut script);
    Answer::done(String::from_utf8_lossy(&script).into_owned())
}
