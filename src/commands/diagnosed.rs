//! The diagnosis of what somebody asks about, wherever the facts are from.

use super::asked;
use crate::cli::AskArgs;
use crate::diagnosis::{self, Diagnosed, Spot, predict};
use crate::facts::Facts;
use crate::mechanisms::DEFAULT;
use crate::plan::{Plan, ReadFiles};
use crate::platform::{Vantage, VantageId};
use crate::probe::{self, Terms, recorded::Recorded};
use crate::source::Source;

/// Diagnoses what is asked, at the vantage that the facts show; each answer with its id.
pub(super) fn answers(
    args: &AskArgs,
    facts: &Facts,
    source: &dyn Source,
    vantage: &Vantage,
) -> Vec<(&'static str, Diagnosed)> {
    let not_asked = if args.no_probe { Some("--no-probe") } else { source.kind().elsewhere() };
    let on_host = vantage.id == VantageId::Host;
    let terms = Terms { patience: args.timeout, on_host, trust_path: args.trust_path };
    let prober = match source.probe().filter(|_| !args.no_probe) {
        Some(recorded) => {
            let outdated = changed_since(recorded, facts);
            Box::new(Recorded { outdated, ..recorded.clone() })
        }
        None => probe::here(not_asked, facts, terms),
    };
    let (ids, plans): (Vec<_>, Vec<Plan>) = asked::all(args, facts, source).into_iter().unzip();
    let spot = Spot { facts, vantage, prober: &*prober };
    ids.into_iter().zip(spot.answers(&plans)).collect()
}

/// Whether the facts of a snapshot are no longer those that were taken with its probe: then they
/// led to what it met.
fn changed_since(recorded: &Recorded, facts: &Facts) -> bool {
    let plan = diagnosis::plan(DEFAULT, &recorded.flags, facts, ReadFiles::new());
    let predicted = predict(facts, &plan);
    recorded.foreseen && recorded.met() != predicted.step.map(|step| (step, predicted.errno))
}
