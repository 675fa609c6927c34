//! `isodoc schema`: the JSON Schema of `check --format json`.

use super::Answer;

/// Runs the command.
pub fn run() -> Answer {
    Answer::done(include_str!("../../schema/check-v1.schema.json").to_owned())
}
