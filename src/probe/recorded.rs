//! What a probe met where a snapshot was taken, and what it says elsewhere.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Prober;
use super::outcome::{ProbeOutcome, ProbeStatus, Refusal};
use crate::errno::Errno;
use crate::facts::{Fact, Missing, Reply, Trial};
use crate::mechanisms::unshare;
use crate::plan::{Plan, Step};
use crate::verdict::Verdict;

/// The outcome of a probe, as a snapshot carries it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Recorded {
    /// The flags of unshare(1).
    pub flags: Vec<String>,
    /// Whether every step passed.
    pub verdict: Verdict,
    /// The first refused step.
    pub step: Option<Step>,
    /// Its error.
    pub errno: Option<Errno>,
    /// The signal that killed the process there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signal: Option<String>,
    /// Whether the facts alone say the same. Where not, something is at work that no fact shows.
    #[serde(default)]
    pub foreseen: bool,
    /// Whether the facts were changed since: they do not lead to this any more.
    #[serde(skip)]
    pub outdated: bool,
    /// What was tried after a refusal, by what it is called: where, and the answer.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tried: BTreeMap<String, (String, Result<String, Missing>)>,
}

impl Recorded {
    /// Keeps an outcome, if there is one, and what was tried after it.
    #[must_use]
    pub(crate) fn of(
        plan: &Plan,
        outcome: &ProbeOutcome,
        trial: Option<Trial>,
        foreseen: bool,
    ) -> Option<Self> {
        let refusal = outcome.has_run().then_some(outcome.refusal.as_ref())?;
        let tried = trial.map(|mut trial| {
            let answers = trial.answers().map(|(name, fact)| {
                let said = fact.seen.clone().map(|reply| reply.name().to_owned());
                (name.to_owned(), (fact.source.to_string(), said))
            });
            BTreeMap::from(answers)
        });
        Some(Self {
            flags: plan.flags.clone(),
            verdict: if refusal.is_some() { Verdict::Unsupported } else { Verdict::Supported },
            step: refusal.map(|met| met.step),
            errno: refusal.and_then(|met| met.errno),
            signal: refusal.and_then(|met| met.signal.clone()),
            foreseen,
            outdated: false,
            tried: tried.unwrap_or_default(),
        })
    }

    /// Whether it says one thing: that everything passed, or what was refused.
    pub(crate) fn is_consistent(&self) -> bool {
        match self.verdict {
            Verdict::Supported => {
                self.step.is_none() && self.errno.is_none() && self.signal.is_none()
            }
            Verdict::Unsupported => self.step.is_some(),
            Verdict::Unknown => false,
        }
    }

    /// What was refused, and with which error.
    #[must_use]
    pub(crate) fn met(&self) -> Option<(Step, Option<Errno>)> {
        Some((self.step?, self.errno))
    }

    fn refusal(&self) -> Option<Refusal> {
        let step = self.step.filter(|_| self.verdict == Verdict::Unsupported)?;
        Some(Refusal { signal: self.signal.clone(), ..Refusal::at(step, self.errno) })
    }
}

impl Prober for Recorded {
    fn probe(&self, plan: &Plan) -> ProbeOutcome {
        if self.outdated {
            return ProbeOutcome::without(ProbeStatus::Unclear(
                "the facts of the snapshot were changed since its probe: they led to what that met"
                    .into(),
            ));
        }
        if plan.by == &unshare::PROGRAM && plan.flags == self.flags {
            return ProbeOutcome { recorded: true, ..ProbeOutcome::ran(self.refusal(), None) };
        }
        // What no fact shows may refuse these flags too, where they come to the same step.
        let at = self.step.filter(|step| !self.foreseen && plan.has(*step));
        ProbeOutcome::without(match at {
            Some(step) => ProbeStatus::Unclear(format!(
                "where the snapshot was taken, something that it does not show refused `{}` at \
                 step {step}",
                self.flags.join(" ")
            )),
            None => ProbeStatus::Skipped("the snapshot was taken with other flags".into()),
        })
    }

    fn probe_in_place(&self, plan: &Plan) -> ProbeOutcome {
        self.probe(plan)
    }

    fn trial(&self, _: &Plan, refused: &ProbeOutcome) -> Trial {
        let mut trial = Trial::default();
        if let Some(met) = &refused.refusal {
            (trial.step, trial.errno) = (Some(met.step), met.errno);
            trial.signal.clone_from(&met.signal);
        }
        for (name, fact) in trial.answers() {
            if let Some((source, said)) = self.tried.get(name) {
                let said = Fact::new(said.clone(), source.clone());
                *fact = said.parse(|text| Reply::parse(&text));
            }
        }
        trial
    }
}
