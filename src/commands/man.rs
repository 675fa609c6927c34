//! `isodoc man`: the manual page, from the same definition as the help.

use clap::CommandFactory;

use super::{Answer, Failure};
use crate::cli::Cli;

/// Runs the command.
pub fn run() -> Result<Answer, Failure> {
    let mut page = vec![];
    clap_mangen::Man::new(Cli::command()).render(&mut page).map_err(|why| Failure(why.to_string()))?;
    Ok(Answer::done(String::from_utf8_lossy(&page).into_owned()))
}
