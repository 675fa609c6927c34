//! `isodoc snapshot`: a capture to carry to another machine.

use std::time::{SystemTime, UNIX_EPOCH};

use super::asked::flags;
use super::{Answer, Failure, here};
use crate::cli::{JsonForm, SnapshotArgs};
use crate::collect::{self, Need};
use crate::diagnosis::{self, predict};
use crate::facts::Facts;
use crate::mechanisms::DEFAULT;
use crate::output::json;
use crate::plan::ReadFiles;
use crate::platform::{self, VantageId};
use crate::probe::{self, Terms, recorded::Recorded};
use crate::source::record::Recorder;
use crate::source::snapshot::Snapshot;

/// Runs the command.
pub(super) fn run(args: &SnapshotArgs) -> Result<Answer, Failure> {
    let live = here();
    let recorder = Recorder::new(&*live);
    let facts = collect::collect(&recorder, Need::Snapshot);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    let probe = if args.no_probe { None } else { probe(args, &facts) };
    let snapshot = Snapshot { probe, ..recorder.finish(now, &facts) };
    let text = match args.format {
        JsonForm::Json => json::write(&snapshot),
        JsonForm::Ndjson => json::line(&snapshot),
    };
    Answer::done_in(args.output.as_deref(), text)
}

/// What the kernel does here with the flags in force. What only isodoc itself could tell is left
/// out: it has a file to write yet.
fn probe(args: &SnapshotArgs, facts: &Facts) -> Option<Recorded> {
    let plan = {
        let flags = flags(args.flags.as_deref(), facts, DEFAULT);
        diagnosis::plan(DEFAULT, &flags, facts, ReadFiles::new())
    };
    let on_host = platform::vantage::detect(facts).id == VantageId::Host;
    let terms = Terms { patience: args.timeout, on_host, trust_path: args.trust_path };
    let prober = probe::here(None, facts, terms);
    let outcome = prober.probe(&plan);
    let trial = outcome.refusal.as_ref().map(|_| prober.trial(&plan, &outcome));
    let predicted = predict(facts, &plan);
    let met = outcome.refusal.as_ref().map(|met| (met.step, met.errno));
    let foreseen = met == predicted.step.map(|step| (step, predicted.errno));
    Recorded::of(&plan, &outcome, trial, foreseen)
}
