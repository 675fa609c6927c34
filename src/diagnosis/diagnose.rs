//! A prediction and a probe make a diagnosis.

use super::predict::Prediction;
use crate::errno::Errno;
use crate::facts::{Evidence, Facts};
use crate::plan::{Plan, Step};
use crate::probe::{ProbeOutcome, ProbeStatus};
use crate::rules::{self, Gate, Rule, Shut};
use crate::verdict::Verdict;

/// Why a plan is refused, or why that is not known.
#[derive(Clone, Debug)]
pub(crate) enum Cause {
    /// A gate explains it.
    Gate {
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
    pub plan: Plan,
    /// The verdict: the probe's where it ran.
    pub verdict: Verdict,
    /// What the facts predicted.
    pub prediction: Prediction,
    /// What the kernel did.
    pub probe: ProbeOutcome,
    /// Why, unless it is supported.
    pub cause: Option<Cause>,
}

impl Diagnosis {
    /// What was predicted, where the kernel was seen to refuse something for this cause: facts that
    /// do not show it do not rule it out here either.
    #[must_use]
    pub(crate) fn where_seen(mut self, rule: &'static Rule) -> Self {
        let open = self.verdict == Verdict::Supported && !self.probe.has_run();
        if open && self.prediction.not_excluded.contains(&rule) {
            self.verdict = Verdict::Unknown;
            self.cause = Some(Cause::Gate { rule, evidence: vec![] });
        }
        self
    }
}

/// Puts a prediction and a probe together. `facts` carry the trial that followed a refused probe.
#[must_use]
pub(crate) fn diagnose(
    facts: &Facts,
    plan: &Plan,
    prediction: Prediction,
    probe: ProbeOutcome,
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
        // What hangs, is out of the facts' sight, or leaves no room to ask, was not predicted by
        // facts that speak for it: what keeps isodoc from asking may keep the command from working.
        let unclear = !matches!(probe.status, ProbeStatus::Skipped(_))
            && prediction.verdict == Verdict::Supported;
        (if unclear { Verdict::Unknown } else { prediction.verdict }, cause)
    };
    Diagnosis { plan: plan.clone(), verdict, prediction, probe, cause }
}

/// The gate that explains a refused step: shut, at that step, with that error.
fn explain(facts: &Facts, plan: &Plan, step: Step, errno: Option<Errno>, killed: bool) -> Cause {
    let (mut ruled_out, mut undecided) = (vec![], vec![]);
    for rule in rules::gates_at(step) {
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
    let may = |errno| shut.errno == Some(errno) || shut.or.contains(&errno);
    if killed { shut.errno.is_none() } else { errno.is_none_or(may) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::predict;
    use crate::mechanisms::unshare;

    #[test]
    fn what_hangs_is_not_supported() {
        let facts = crate::rules::tests::healthy();
        let plan =
            unshare::plan(&unshare::split(unshare::DEFAULT_FLAGS), None, (Some(1000), Some(1000)));
        let verdict = |status| {
            diagnose(&facts, &plan, predict(&facts, &plan), ProbeOutcome::without(status)).verdict
        };
        assert_eq!(verdict(ProbeStatus::Unclear("unshare".into())), Verdict::Unknown);
        assert_eq!(verdict(ProbeStatus::Failed("cannot fork".into())), Verdict::Unknown);
        assert_eq!(verdict(ProbeStatus::Skipped("--no-probe".into())), Verdict::Supported);
    }

    /// Landlock shows in no file; where it refused one sandbox it may refuse another.
    #[test]
    fn what_refused_one_plan_is_not_ruled_out_for_another() {
        let facts = crate::rules::tests::healthy();
        let plan =
            unshare::plan(&unshare::split(unshare::DEFAULT_FLAGS), None, (Some(1000), Some(1000)));
        let skipped = || ProbeOutcome::without(ProbeStatus::Skipped("test".into()));
        let landlock = rules::find("landlock").unwrap();
        let predicted = || diagnose(&facts, &plan, predict(&facts, &plan), skipped());
        assert_eq!(predicted().where_seen(landlock).verdict, Verdict::Unknown);
        let chroot = rules::find("chroot").unwrap();
        assert_eq!(predicted().where_seen(chroot).verdict, Verdict::Supported);
    }
}
