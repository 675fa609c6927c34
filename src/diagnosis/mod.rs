//! Facts and a plan make a prediction; a prediction and a probe make a diagnosis.

use crate::errno::Errno;
use crate::facts::Evidence;
use crate::facts::Facts;
use crate::plan::{Plan, Step};
use crate::probe::{Outcome, Status};
use crate::rules::{self, Gate, Rule, Shut};

pub(crate) use crate::verdict::Verdict;

/// What a gate said at a step.
#[derive(Clone, Debug)]
pub(crate) struct Judged {
    /// The rule.
    pub rule: &'static Rule,
    /// The step.
    pub step: Step,
    /// What it said.
    pub gate: Gate,
}

/// The trace of steps that the gates yield from facts alone.
#[derive(Clone, Debug)]
pub(crate) struct Prediction {
    /// Whether every step passes.
    pub verdict: Verdict,
    /// The first refused step, or the first that nothing decides.
    pub step: Option<Step>,
    /// The error of that step.
    pub errno: Option<Errno>,
    /// The gate at that step.
    pub cause: Option<&'static Rule>,
    /// What shows it.
    pub evidence: Vec<Evidence>,
    /// The gates that no fact can show.
    pub not_excluded: Vec<&'static Rule>,
    /// Everything that was judged, in order.
    pub judged: Vec<Judged>,
}

/// Predicts what happens to a plan by the facts.
///
/// A shut gate refuses whatever an undecided gate before it does, so it settles the verdict; only
/// which of the two the kernel meets first stays open, and the shut one is named.
#[must_use]
pub(crate) fn predict(facts: &Facts, plan: &Plan) -> Prediction {
    let judged: Vec<Judged> = plan
        .steps()
        .into_iter()
        .flat_map(|step| {
            rules::at(step).map(move |rule| Judged {
                rule,
                step,
                gate: (rule.check)(facts, plan, step),
            })
        })
        .collect();
    let shut = judged.iter().find_map(|j| match &j.gate {
        Gate::Shut(shut) => Some((j, shut.clone())),
        _ => None,
    });
    let undecided = judged.iter().find_map(|j| match &j.gate {
        Gate::Undecided(why) => Some((j, why.clone())),
        _ => None,
    });
    let (verdict, at, errno, evidence) = match (shut, undecided) {
        (Some((j, shut)), _) => (Verdict::Unsupported, Some(j), shut.errno, shut.evidence),
        (None, Some((j, why))) => (Verdict::Unknown, Some(j), None, why),
        (None, None) => (Verdict::Supported, None, None, vec![]),
    };
    let (step, cause) = (at.map(|j| j.step), at.map(|j| j.rule));
    let mut not_excluded: Vec<&'static Rule> = vec![];
    for j in judged.iter().filter(|j| j.gate == Gate::Unobservable) {
        if !not_excluded.iter().any(|rule| rule.id == j.rule.id) {
            not_excluded.push(j.rule);
        }
    }
    Prediction { verdict, step, errno, cause, evidence, not_excluded, judged }
}

/// Why a plan is refused, or why that is not known.
#[derive(Clone, Debug)]
pub(crate) enum Cause {
    /// A gate explains it.
    Gate {
        /// The rule.
        rule: &'static Rule,
        /// What shows it.
        evidence: Vec<Evidence>,
    },
    /// No gate explains what the kernel did.
    Unexplained {
        /// The gates at that step that are open.
        ruled_out: Vec<&'static Rule>,
        /// The gates at that step that nothing decides.
        undecided: Vec<&'static Rule>,
    },
}

/// The answer about one mechanism.
#[derive(Clone, Debug)]
pub(crate) struct Diagnosis {
    /// The plan it is about.
    pub plan: Plan,
    /// The verdict: the probe's where it ran.
    pub verdict: Verdict,
    /// What the facts foretold.
    pub prediction: Prediction,
    /// What the kernel did.
    pub probe: Outcome,
    /// Why, unless it is supported.
    pub cause: Option<Cause>,
}

/// Puts a prediction and a probe together. `facts` carry the trial that followed a refused probe.
#[must_use]
pub(crate) fn diagnose(
    facts: &Facts,
    plan: &Plan,
    prediction: Prediction,
    probe: Outcome,
) -> Diagnosis {
    let (verdict, cause) = if probe.has_run() {
        match &probe.refusal {
            None => (Verdict::Supported, None),
            Some(refusal) => (
                Verdict::Unsupported,
                Some(explain(facts, plan, refusal.step, refusal.errno, refusal.signal.is_some())),
            ),
        }
    } else {
        let cause = prediction
            .cause
            .map(|rule| Cause::Gate { rule, evidence: prediction.evidence.clone() });
        // What hangs, or is out of the facts' sight, was not foretold by facts that speak for it.
        let unclear =
            matches!(probe.status, Status::Unclear(_)) && prediction.verdict == Verdict::Supported;
        (if unclear { Verdict::Unknown } else { prediction.verdict }, cause)
    };
    Diagnosis { plan: plan.clone(), verdict, prediction, probe, cause }
}

/// The gate that explains a refused step: shut, at that step, with that error.
fn explain(facts: &Facts, plan: &Plan, step: Step, errno: Option<Errno>, killed: bool) -> Cause {
    let (mut ruled_out, mut undecided) = (vec![], vec![]);
    for rule in rules::at(step) {
        match (rule.check)(facts, plan, step) {
            Gate::Shut(shut) if explains(&shut, errno, killed) => {
                return Cause::Gate { rule, evidence: shut.evidence };
            }
            Gate::Undecided(_) | Gate::Unobservable => undecided.push(rule),
            Gate::Open | Gate::Shut(_) => ruled_out.push(rule),
            Gate::NotApplicable => {}
        }
    }
    Cause::Unexplained { ruled_out, undecided }
}

/// Whether a shut gate gives what was met; a program's message may name no error.
fn explains(shut: &Shut, errno: Option<Errno>, killed: bool) -> bool {
    if killed { shut.errno.is_none() } else { errno.is_none() || shut.errno == errno }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::unshare;

    #[test]
    fn what_hangs_is_not_supported() {
        let facts = crate::rules::tests::healthy();
        let plan =
            unshare::plan(&unshare::split(unshare::DEFAULT_FLAGS), None, (Some(1000), Some(1000)));
        let verdict = |status| {
            diagnose(&facts, &plan, predict(&facts, &plan), Outcome::without(status)).verdict
        };
        assert_eq!(verdict(Status::Unclear("unshare".into())), Verdict::Unknown);
        assert_eq!(verdict(Status::Failed("cannot fork".into())), Verdict::Supported);
        assert_eq!(verdict(Status::Skipped("--no-probe".into())), Verdict::Supported);
    }

    #[test]
    fn a_shut_gate_settles_the_verdict_whatever_an_undecided_one_before_it_does() {
        let mut facts = crate::rules::tests::healthy();
        let plan =
            unshare::plan(&unshare::split(unshare::DEFAULT_FLAGS), None, (Some(1000), Some(1000)));
        facts.process.seccomp = crate::facts::Fact::not_probed("test");
        let open = predict(&facts, &plan);
        assert_eq!(
            (open.verdict, open.cause.map(|r| r.id)),
            (Verdict::Unknown, Some("seccomp-unshare"))
        );
        facts.sysctl.max_namespaces.insert("user", crate::facts::Fact::known(0, "test"));
        let shut = predict(&facts, &plan);
        assert_eq!(
            (shut.verdict, shut.cause.map(|r| r.id)),
            (Verdict::Unsupported, Some("max-user-namespaces-zero"))
        );
    }
}
