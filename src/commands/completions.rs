//! `isodoc completions`: the completion script of a shell, from the same definition as the help.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::cli::Cli;

#[must_use]
pub(crate) fn script(shell: Shell) -> String {
    let mut script = vec![];
    clap_complete::generate(shell, &mut Cli::command(), "isodoc", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}
