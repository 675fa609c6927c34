//! The conversation about one plan: predict it from facts, ask the kernel, find the cause, search
//! for remedies, and ask the kernel about those.

mod diagnose;
pub(crate) mod exchange;
#[cfg(test)]
mod laws;
mod predict;
mod search;
mod verify;

use crate::facts::{Facts, Trial};
use crate::mechanisms::{self, Mechanism};
use crate::plan::{Habit, Plan, ReadFiles, Via};
use crate::platform::Vantage;
use crate::probe::{ProbeOutcome, ProbeStatus, Prober};
use crate::remedy::Solution;
pub(crate) use crate::verdict::Verdict;
pub(crate) use search::solutions;

pub(crate) use diagnose::{Cause, Diagnosis, diagnose};
pub(crate) use predict::{Prediction, predict};

/// Where plans are asked about, and who asks the kernel there.
#[derive(Clone, Copy)]
pub(crate) struct Spot<'a> {
    /// What is known of the place.
    pub facts: &'a Facts,
    /// What kind of place it is.
    pub vantage: &'a Vantage,
    /// Who asks the kernel.
    pub prober: &'a dyn Prober,
}

/// What is answered about one plan: the diagnosis, and what leads to `supported`.
pub(crate) type Diagnosed = (Diagnosis, Vec<Solution>);

impl Spot<'_> {
    /// Answers about several plans, in their order.
    ///
    /// Every plan is probed before the first trial, while nothing else has used up a quota. The
    /// first plan that isodoc can only perform itself is concluded last, for there is no way back
    /// from that.
    #[must_use]
    pub(crate) fn answers(&self, plans: &[Plan]) -> Vec<Diagnosed> {
        let probe = |plan: &Plan| match plan.via {
            Via::Daemon => ProbeOutcome::without(ProbeStatus::Skipped(
                "no command stands for it: what is configured decides".into(),
            )),
            Via::Unshare | Via::Clone | Via::CloneMapped | Via::Clone3 => self.prober.probe(plan),
        };
        let probes: Vec<ProbeOutcome> = plans.iter().map(probe).collect();
        let last = probes.iter().position(|outcome| outcome.in_place);
        let all = plans.iter().zip(probes).enumerate();
        let mut answers: Vec<Diagnosed> = all
            .filter(|(at, _)| Some(*at) != last)
            .map(|(_, (plan, probe))| self.conclude(plan, probe))
            .collect();
        if let Some((at, plan)) = last.and_then(|at| Some((at, plans.get(at)?))) {
            let probe = self.prober.probe_in_place(plan);
            let moved = Moved(self.prober);
            answers.insert(at, Spot { prober: &moved, ..*self }.conclude(plan, probe));
        }
        answers
    }

    /// Puts a prediction and what the probe met together, and looks for what lifts the cause.
    fn conclude(&self, plan: &Plan, probe: ProbeOutcome) -> Diagnosed {
        let prediction = predict(self.facts, plan);
        let tried = self.tried(plan, &probe);
        let seen = tried.as_ref().unwrap_or(self.facts);
        let diagnosis = diagnose(seen, plan, prediction, probe);
        let solutions = match diagnosis.cause {
            Some(Cause::Gate { rule, .. }) if diagnosis.verdict == Verdict::Unsupported => {
                let solutions = solutions(seen, plan, self.vantage, rule);
                if diagnosis.probe.has_run() { self.verified(solutions, plan) } else { solutions }
            }
            _ => vec![],
        };
        (diagnosis, solutions)
    }

    /// The facts with what a trial shows after a refusal.
    fn tried(&self, plan: &Plan, probe: &ProbeOutcome) -> Option<Facts> {
        probe.refusal.as_ref()?;
        Some(Facts { trial: Some(self.prober.trial(plan, probe)), ..self.facts.clone() })
    }
}

/// The prober once isodoc has entered the namespaces of a plan: another plan would meet those.
struct Moved<'a>(&'a dyn Prober);

impl Prober for Moved<'_> {
    fn probe(&self, _: &Plan) -> ProbeOutcome {
        ProbeOutcome::without(ProbeStatus::Skipped("isodoc is in other namespaces now".into()))
    }

    fn probe_in_place(&self, plan: &Plan) -> ProbeOutcome {
        self.probe(plan)
    }

    fn trial(&self, plan: &Plan, refused: &ProbeOutcome) -> Trial {
        self.0.trial(plan, refused)
    }
}

/// What a mechanism asks for in this place with these flags, and with what files hold.
#[must_use]
pub(crate) fn plan(
    mechanism: &Mechanism,
    flags: &[String],
    facts: &Facts,
    files: ReadFiles,
) -> Plan {
    let tool = facts.tools.get(mechanism.program).value();
    let flavour = tool.and_then(|tool| tool.flavour.as_ref());
    with_granted(mechanism.plan_with(flags, flavour, facts.ids(), files), facts)
}

/// The plan for whom the facts say is the caller.
fn of_caller(plan: &Plan, facts: &Facts) -> Plan {
    with_granted(mechanisms::remade(plan, &plan.flags, facts.ids()), facts)
}

/// The plan with the ids that its caller is granted: his own alone where he has no range.
fn with_granted(plan: Plan, facts: &Facts) -> Plan {
    let lacks_ranges = plan.ids.0.is_some() && facts.lacks_asked_ranges(&plan);
    if plan.does(Habit::MapsOneId) && lacks_ranges { plan.with_own_id() } else { plan }
}

#[cfg(test)]
mod tests;
