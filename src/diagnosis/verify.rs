//! Holds predicted solutions against the kernel.
//!
//! A solution is predicted from facts, and some gates leave no trace in them (Landlock, a used-up
//! quota, a thread that a library starts). Changed flags cost nothing to try, so they are tried:
//! what the kernel refuses for a reason that was not predicted is dropped, and the search continues
//! from that refusal.

use super::search::further;
use super::{Cause, Spot, diagnose, plan, predict};
use crate::facts::Facts;
use crate::plan::{Plan, Step, Via};
use crate::probe::ProbeOutcome;
use crate::remedy::{self, Solution};
use crate::rules::{Gate, Rule};

/// How many plans are tried at most: each costs some processes and namespaces.
const TRIES: usize = 4;

/// A refusal that was not predicted.
#[derive(Clone)]
pub(super) struct Surprise {
    /// The facts, with the trial that followed it.
    facts: Facts,
    /// The gate that explains it, if one does.
    cause: Option<&'static Rule>,
}

impl Spot<'_> {
    /// The solutions that the kernel does not contradict, cheapest first; where it contradicts one,
    /// those that lift the new refusal too.
    pub(super) fn verified(&self, solutions: Vec<Solution>, plan: &Plan) -> Vec<Solution> {
        let mut tried = Tried::new(self);
        let (mut open, mut kept) = (solutions, vec![]);
        open.retain(|solution| tried.runs_here(solution));
        while !open.is_empty() {
            // What other flags meet tells about the rest, so those come first.
            let other = |solution: &Solution| solution.plan.flags != plan.flags;
            let solution = open.remove(open.iter().position(other).unwrap_or(0));
            let Some(plan) = to_try(&solution, plan) else {
                match tried.refusing(&solution) {
                    Some((facts, rule)) => {
                        open.extend(further(&solution, facts, self.vantage, rule));
                    }
                    None => kept.push(solution),
                }
                continue;
            };
            match tried.surprise(plan) {
                // A part of it that is no change of flags lifts this already.
                Some(Surprise { cause: Some(rule), .. }) if solution.lifts(rule.remedies) => {
                    kept.push(solution);
                }
                Some(Surprise { facts, cause }) => {
                    let more = |rule| further(&solution, &facts, self.vantage, rule);
                    open.extend(cause.map(more).unwrap_or_default());
                    open = Solution::cheapest(open);
                }
                None => kept.push(solution),
            }
        }
        Solution::cheapest(kept)
    }

    /// What a plan met that its prediction did not say.
    fn compare(&self, plan: &Plan, probe: ProbeOutcome) -> Option<Surprise> {
        let refusal = probe.refusal.as_ref()?;
        let prediction = predict(self.facts, plan);
        if (prediction.step, prediction.errno) == (Some(refusal.step), refusal.errno) {
            return None;
        }
        let facts = self.tried(plan, &probe)?;
        let cause = match diagnose(&facts, plan, prediction, probe).cause {
            Some(Cause::Gate { rule, .. }) => Some(rule),
            _ => None,
        };
        Some(Surprise { facts, cause })
    }
}

/// What can be tried here and now of a solution for this plan: its flags. Where a helper is missing
/// that writes the maps, the steps behind it can be tried with a map that needs none.
fn to_try(solution: &Solution, plan: &Plan) -> Option<Plan> {
    if solution.plan.flags != plan.flags {
        Some(solution.plan.clone())
    } else {
        (plan.via == Via::Unshare && plan.external_maps()).then(|| remedy::with_one_id(plan))
    }
}

/// The plans that were tried, and what each met.
pub(super) struct Tried<'a> {
    spot: &'a Spot<'a>,
    plans: Vec<(Plan, Option<Surprise>)>,
}

impl<'a> Tried<'a> {
    pub(super) fn new(spot: &'a Spot<'a>) -> Self {
        Self { spot, plans: vec![] }
    }

    /// Whether the kernel lets the commands of a solution themselves work, or does once its other
    /// parts are carried out.
    fn runs_here(&mut self, solution: &Solution) -> bool {
        let mut own = solution.parts.iter().filter_map(|(_, how)| how.runs.as_deref());
        own.all(|plan| {
            let lifted = |rule: &Rule| solution.lifts(rule.remedies);
            self.surprise(plan.clone()).is_none_or(|met| met.cause.is_some_and(lifted))
        })
    }

    /// Tries a plan, unless it was tried before or enough were; nothing is held against a plan that
    /// was not tried.
    pub(super) fn surprise(&mut self, wanted: Plan) -> Option<Surprise> {
        if let Some((_, met)) = self.plans.iter().find(|(tried, _)| *tried == wanted) {
            return met.clone();
        }
        if self.plans.len() == TRIES {
            return None;
        }
        let spot = self.spot;
        // The program of this place may not know flags that a plan was predicted with.
        let real = plan(wanted.mechanism, &wanted.flags, spot.facts, wanted.files.clone());
        let met = spot.compare(&wanted, spot.prober.probe(&real));
        self.plans.push((wanted, met.clone()));
        met
    }

    /// The gate met by some other flags that would refuse this solution's plan as well.
    fn refusing(&self, solution: &Solution) -> Option<(&Facts, &'static Rule)> {
        self.plans.iter().filter_map(|(_, met)| met.as_ref()).find_map(
            |Surprise { facts, cause }| {
                let rule = (*cause)?;
                let refuses = |&step: &Step| {
                    rule.steps.contains(&step)
                        && matches!((rule.check)(facts, &solution.plan, step), Gate::Shut(_))
                };
                let refused = solution.plan.steps.iter().any(refuses);
                (refused && !solution.lifts(rule.remedies)).then_some((facts, rule))
            },
        )
    }
}
