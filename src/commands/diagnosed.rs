//! The diagnosis of what somebody asks about, wherever the facts are from.

use super::asked;
use crate::cli::AskArgs;
use crate::diagnosis::{Diagnosed, Spot};
use crate::facts::Facts;
use crate::plan::Plan;
use crate::platform::{Vantage, VantageId};
use crate::probe::{self, Terms};
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
        Some(recorded) => Box::new(recorded.clone()),
        None => probe::here(not_asked, facts, terms),
    };
    let (ids, plans): (Vec<_>, Vec<Plan>) = asked::all(args, facts, source).into_iter().unzip();
    let spot = Spot { facts, vantage, prober: &*prober };
    ids.into_iter().zip(spot.answers(&plans)).collect()
}
