//! `isodoc explain`: what an id means, or which causes fit an error text.

use std::path::Path;

use serde::Serialize;

use super::diagnosed::answers;
use super::{Answer, Failure, Output, asked, open, read, read_from};
use crate::cli::{AskArgs, ExplainArgs};
use crate::exit::Exit;
use crate::explain::{self, Explained, ReadText, Scene, index};
use crate::mechanisms::{self, DEFAULT};
use crate::output::{Notation, human, ids, json};
use crate::report::VERSION;
use crate::report::ids::Explanation;
use crate::{collect, platform};

/// `explain --error FILE --format json`.
#[derive(Serialize)]
struct OfError<'a> {
    schema_version: u32,
    #[serde(flatten)]
    explained: &'a Explained,
}

/// Runs the command.
pub(super) fn run(args: &ExplainArgs) -> Result<Answer, Failure> {
    if let Some(path) = &args.error {
        return error(path, args);
    }
    let id = args.id.as_deref().unwrap_or_default();
    let named = index::find(id);
    if named.is_empty() {
        return Err(unknown(id));
    }
    Ok(Answer::done(match args.format {
        Notation::Text => ids::pages(id, &named),
        Notation::Json => json::write(&Explanation::of(&named)),
    }))
}

fn unknown(id: &str) -> Failure {
    let is_text = id == "-" || Path::new(id).is_file();
    let text = || format!("'{id}' is no id; for the message in it: `isodoc explain --error {id}`");
    Failure(if is_text { text() } else { index::unknown(id) })
}

/// The size of the largest error text that is read; what matters is a few lines.
const MOST: u64 = 1 << 20;

fn error(path: &Path, args: &ExplainArgs) -> Result<Answer, Failure> {
    let bytes = bytes(path).map_err(|Failure(why)| {
        let hint = if why.contains("larger than") { "; `tail -n 200` of it will do" } else { "" };
        Failure(format!("{why}{hint}"))
    })?;
    let text = explain::read(&String::from_utf8_lossy(&bytes));
    let explained = if args.has_place() { at_place(&text, args)? } else { text.explained(None) };
    let exit = if explained.causes.is_empty() { Exit::Unknown } else { Exit::Supported };
    let text = match args.format {
        Notation::Text => human::explained(&explained),
        Notation::Json => json::write(&OfError { schema_version: VERSION, explained: &explained }),
    };
    Ok(Answer { output: Output::Text(text.into_bytes()), exit })
}

/// The text that `--error` gives, or names.
fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    Ok(match path.to_str() {
        Some("-") => read_from(std::io::stdin().lock(), Path::new("standard input"), MOST)?,
        // A message that was given in place of a file: no file of several words is mistyped.
        Some(text) if text.contains(char::is_whitespace) && !path.exists() => text.into(),
        _ => read(path, MOST)?,
    })
}

/// The answer with what the place says where the text was printed.
fn at_place(text: &ReadText, args: &ExplainArgs) -> Result<Explained, Failure> {
    let named = args.about.as_deref().and_then(mechanisms::find);
    let told = named.or_else(|| text.mechanism());
    let mechanism = told.unwrap_or(DEFAULT);
    let question = AskArgs {
        about: vec![mechanism.id.to_owned()],
        flags: args.flags.iter().cloned().collect(),
        ..AskArgs::default()
    };
    let source = open(&args.source)?;
    let facts = collect::collect(&*source, asked::need(&question));
    let vantage = platform::vantage::detect(&facts);
    let all = answers(&question, &facts, &*source, &vantage);
    let scene = all.first().map(|(_, (diagnosis, _))| Scene {
        mechanism,
        of_text: told.is_some(),
        own_flags: args.flags.is_some(),
        diagnosis,
    });
    Ok(text.explained(scene.as_ref()))
}
