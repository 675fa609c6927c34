//! `isodoc diff`: what changed between two captures, or two reports, and what that decided.

use std::path::Path;

use serde_json::Value;

use super::asked::{flags, with_files};
use super::open::MOST_SNAPSHOT;
use super::{Answer, Failure, read};
use crate::cli::DiffArgs;
use crate::collect::{self, Need};
use crate::diagnosis::{exchange, predict};
use crate::mechanisms::{self, DEFAULT};
use crate::output::{self, Notation, json};
use crate::report::VERSION;
use crate::report::difference::{AnswerChange, Difference, FactChange, ShortAnswer};
use crate::source::exchange::{CapturedAnswer, differing, exchanged};
use crate::source::snapshot;

/// Runs the command.
pub(super) fn run(args: &DiffArgs) -> Result<Answer, Failure> {
    let [before, after] = [&args.before, &args.after].map(|path| parsed(path));
    let (before, after) = (before?, after?);
    let difference = match (is_snapshot(&before), is_snapshot(&after)) {
        (true, true) => of_snapshots(args, &before, &after)?,
        (false, false) => Difference::of_reports(&before, &after),
        _ => {
            let why = "one is a snapshot and the other a report: give two of one kind";
            return Err(Failure::of(&args.after, why));
        }
    };
    Ok(Answer::done(match args.format {
        Notation::Text => output::diff::human(&difference),
        Notation::Json => json::write(&difference),
    }))
}

fn is_snapshot(value: &Value) -> bool {
    value.get("snapshot_version").is_some()
}

/// A snapshot, or a report of `check`.
fn parsed(path: &Path) -> Result<Value, Failure> {
    let bytes = read(path, MOST_SNAPSHOT)?;
    let value: Value = serde_json::from_slice(&bytes).map_err(|why| Failure::of(path, why))?;
    if is_snapshot(&value) {
        snapshot::parse(&bytes).map_err(|why| Failure::of(path, why))?;
    } else if value.get("mechanisms").is_none() {
        let why =
            "neither a snapshot (`isodoc snapshot`) nor a report of `isodoc check --format json`";
        return Err(Failure::of(path, why));
    }
    Ok(value)
}

fn of_snapshots(args: &DiffArgs, before: &Value, after: &Value) -> Result<Difference, Failure> {
    let mechanism = args.about.as_deref().and_then(mechanisms::find).unwrap_or(DEFAULT);
    let answer = |capture: &Value| {
        let bytes = serde_json::to_vec(capture).unwrap_or_default();
        let capture = snapshot::parse(&bytes).ok()?;
        let facts = collect::collect(&capture, Need::Node { trust_path: false });
        let flags = flags(args.flags.as_deref(), &facts, mechanism);
        let plan = with_files(mechanism, &flags, &facts, &capture).of_the_kernel();
        Some(ShortAnswer::from(&predict(&facts, &plan)))
    };
    let (first, second) = (answer(before), answer(after));
    let differing = differing(before, after);
    let leads = |these: &[CapturedAnswer]| answer(&exchanged(before, after, these)) == second;
    let (decided, each_alone) =
        if first == second { (vec![], false) } else { exchange::decisive(&differing, leads) };
    // The numbers of processes stand in the files that decide, and decide nothing.
    let lines = |asked: &CapturedAnswer| {
        let others = decided.iter().filter(|other| !each_alone && *other != asked);
        let others = exchanged(before, after, &others.cloned().collect::<Vec<_>>());
        let leads = |these: &[_]| answer(&asked.with_lines(&others, these)) == second;
        let decided = exchange::decisive(&asked.differing_lines(before, after), leads).0;
        decided.into_iter().map(|(_, line)| line).collect()
    };
    let facts = differing.iter().map(|asked| FactChange {
        fact: asked.name(),
        before: asked.of(before),
        after: asked.of(after),
        lines: if decided.contains(asked) { lines(asked) } else { vec![] },
    });
    let facts = facts.collect();
    Ok(Difference {
        schema_version: VERSION,
        facts,
        mechanisms: vec![AnswerChange {
            id: mechanism.id.to_owned(),
            before: first,
            after: second,
            decided_by: Some(decided.iter().map(CapturedAnswer::name).collect()),
            each_alone,
        }],
    })
}
