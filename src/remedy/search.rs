//! The search for the cheapest set of remedies that leads to `supported`.

use super::{How, Remedy, Who, find};
use crate::engine::{Verdict, predict};
use crate::facts::Facts;
use crate::mechanisms::Plan;
use crate::platform::Vantage;
use crate::rules::Rule;

/// A set of remedies that leads to `supported`, cheapest first in a list of them.
#[derive(Clone)]
pub struct Solution {
    /// The remedies and how each is carried out here.
    pub parts: Vec<(&'static Remedy, How)>,
    /// The sum of their costs.
    pub cost: u32,
    /// The plan once they are done.
    pub plan: Plan,
}

impl Solution {
    /// The ids of the remedies, joined by `+`.
    #[must_use]
    pub fn id(&self) -> String {
        self.parts.iter().map(|(remedy, _)| remedy.id).collect::<Vec<_>>().join("+")
    }

    /// Who has to act: the one with the longest way.
    #[must_use]
    pub fn who(&self) -> Who {
        self.parts.iter().map(|(_, how)| how.who).max().unwrap_or(Who::Deployer)
    }
}

/// How many remedies one solution may take.
const DEPTH: usize = 4;

/// Every way to `supported` from a cause, cheapest first, none of which contains another.
#[must_use]
pub fn solutions(facts: &Facts, plan: &Plan, vantage: &Vantage, cause: &'static Rule) -> Vec<Solution> {
    let mut found = vec![];
    extend(facts, plan, vantage, cause, &mut vec![], &mut found);
    found.sort_by_key(|s: &Solution| (s.cost, s.parts.len(), s.id()));
    let mut kept: Vec<Solution> = vec![];
    for solution in found {
        let has = |part: &(&'static Remedy, How)| solution.parts.iter().any(|(r, _)| r.id == part.0.id);
        if !kept.iter().any(|other| other.parts.iter().all(has)) {
            kept.push(solution);
        }
    }
    kept
}

fn extend(
    facts: &Facts,
    plan: &Plan,
    vantage: &Vantage,
    cause: &'static Rule,
    parts: &mut Vec<(&'static Remedy, How)>,
    found: &mut Vec<Solution>,
) {
    if parts.len() == DEPTH {
        return;
    }
    for remedy in cause.remedies.iter().filter_map(|id| find(id)) {
        if parts.iter().any(|(r, _)| r.id == remedy.id) {
            continue;
        }
        let Some(how) = (remedy.how)(facts, plan, vantage) else { continue };
        let (mut facts, mut plan) = (facts.clone(), plan.clone());
        (remedy.apply)(&mut facts, &mut plan);
        facts.lift(cause.id);
        parts.push((remedy, how));
        let prediction = predict(&facts, &plan);
        match (prediction.verdict, prediction.cause) {
            (Verdict::Supported, _) => {
                let cost = parts.iter().map(|(r, _)| r.cost).sum();
                found.push(Solution { parts: parts.clone(), cost, plan });
            }
            (Verdict::Unsupported, Some(next)) if next.id != cause.id => extend(&facts, &plan, vantage, next, parts, found),
            _ => {}
        }
        parts.pop();
    }
}
