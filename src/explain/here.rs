//! What the place where a text was printed says of the causes that fit it. One text has many
//! causes; of these the place, whose facts and kernel were asked, has one.

use serde::Serialize;

use super::ranking::{Because, Match};
use crate::diagnosis::{Cause, Diagnosis};
use crate::errno::Errno;
use crate::facts::Evidence;
use crate::mechanisms::Mechanism;
use crate::plan::Step;
use crate::rules::texts::Pasted;
use crate::rules::{Gate, Rule};
use crate::verdict::Verdict;

/// A mechanism, diagnosed where a text was printed.
pub(crate) struct Scene<'a> {
    pub mechanism: &'static Mechanism,
    /// Whether the text is known to be of its program.
    pub of_text: bool,
    /// Whether its flags are those that the text is about.
    pub own_flags: bool,
    pub diagnosis: &'a Diagnosis,
}

/// What the place says of the mechanism.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct AtScene {
    pub mechanism: &'static str,
    /// Its program, with the flags that were asked about.
    pub command: String,
    pub verdict: Verdict,
    /// Where it is refused, and with which error.
    pub step: Option<Step>,
    pub errno: Option<Errno>,
    /// The rule, where one is known.
    pub cause: Option<&'static str>,
    pub evidence: Vec<Evidence>,
    /// Whether the text can tell of that refusal.
    pub agrees: bool,
}

/// What the place says of a cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Likelihood {
    /// It refuses the mechanism.
    Confirmed,
    /// It would, if another refusal were not met before.
    RefusesToo,
    /// Nothing decides about it.
    Undecided,
    /// It refuses nothing.
    RuledOut,
}

impl Scene<'_> {
    /// What the answer says of the place, once the causes are in their order.
    pub(super) fn said(&self, found: &[Match]) -> AtScene {
        let (step, errno) = self.refused();
        let agrees = found.first().is_some_and(|m| m.here == Some(Likelihood::Confirmed));
        AtScene {
            mechanism: self.mechanism.id,
            command: [self.diagnosis.plan.by.name, &self.diagnosis.plan.flags.join(" ")].join(" "),
            verdict: self.diagnosis.verdict,
            step,
            errno,
            cause: self.cause().map(|(rule, _)| rule.id),
            evidence: self.cause().map_or(vec![], |(_, evidence)| evidence.to_vec()),
            agrees,
        }
    }

    /// The step that is refused, or else that nothing decides, and its error.
    fn refused(&self) -> (Option<Step>, Option<Errno>) {
        let Diagnosis { prediction, probe, .. } = self.diagnosis;
        match &probe.refusal {
            Some(refusal) => (Some(refusal.step), refusal.errno),
            None if probe.has_run() => (None, None),
            None => (prediction.step, prediction.errno),
        }
    }

    fn cause(&self) -> Option<(&'static Rule, &[Evidence])> {
        match &self.diagnosis.cause {
            Some(Cause::Gate { rule, evidence }) => Some((rule, evidence)),
            _ => None,
        }
    }

    /// The cause, where it is certain.
    fn refusing(&self) -> Option<&'static Rule> {
        let cause = self.cause().filter(|_| self.diagnosis.verdict == Verdict::Unsupported);
        cause.map(|(rule, _)| rule)
    }

    /// Puts the causes in the order in which they are likely here.
    pub(super) fn sort(&self, said: &Pasted, found: &mut Vec<Match>) {
        let outright = |m: &Match| !matches!(m.because, Because::Fit | Because::Killed);
        if let Some(rule) = self.refusing().filter(|rule| self.can_be_told(said, rule))
            && !found.iter().any(|m| m.rule == rule || outright(m))
        {
            found.push(Match { rule, score: 0, because: Because::Here, here: None });
        }
        for m in found.iter_mut() {
            // What the text says outright, it may say of other flags.
            let elsewhere = !self.own_flags && outright(m);
            let here = self.likelihood(m.rule);
            m.here = here.filter(|here| !(elsewhere && *here == Likelihood::RuledOut));
        }
        // Where it was seen to work, the text is all that there is.
        if self.diagnosis.probe.has_run() && self.diagnosis.verdict == Verdict::Supported {
            return;
        }
        // Of those that refuse, the one that is met first.
        let met = |m: &Match| {
            let judged = self.diagnosis.prediction.judged.iter();
            judged.take_while(|r| r.rule != m.rule || !matches!(r.gate, Gate::Shut(_))).count()
        };
        found.sort_by_key(|m| match m.here.unwrap_or(Likelihood::Undecided) {
            here @ Likelihood::RefusesToo => (here, met(m)),
            here => (here, 0),
        });
    }

    /// Whether the text can be what the refusal here looks like, which does not fit it by its
    /// words. Who names no error says where it gave up; Go makes a process in one call, with its
    /// maps.
    fn can_be_told(&self, said: &Pasted, rule: &Rule) -> bool {
        let (step, errno) = self.refused();
        let vague = said.errno.is_none() || said.has("fork/exec ");
        let is_step = |told| vague || Some(told) == step || rule.steps.contains(&told);
        let is_errno = |told| Some(told) == errno || rule.errnos.contains(&told);
        self.of_text && said.step.is_none_or(is_step) && said.errno.is_none_or(is_errno)
    }

    fn likelihood(&self, rule: &'static Rule) -> Option<Likelihood> {
        let Diagnosis { plan, prediction, probe, .. } = self.diagnosis;
        if self.refusing() == Some(rule) {
            return Some(Likelihood::Confirmed);
        }
        let refused = probe.refusal.as_ref().map(|refusal| refusal.step);
        let place = |step| plan.steps.iter().position(|known| *known == step);
        // What the kernel let pass is open, whatever the facts say.
        let passed = |step| match refused {
            Some(refused) => place(step) < place(refused),
            None => probe.has_run(),
        };
        let of_rule = prediction.judged.iter().filter(|ruling| ruling.rule == rule);
        let gates = of_rule.map(|ruling| match &ruling.gate {
            Gate::NotApplicable => None,
            _ if passed(ruling.step) => Some(Likelihood::RuledOut),
            Gate::Shut(_) => Some(Likelihood::RefusesToo),
            Gate::Undecided(_) | Gate::Unobservable => Some(Likelihood::Undecided),
            Gate::Open => Some(Likelihood::RuledOut),
        });
        gates.flatten().min()
    }
}
