//! Facts and a plan make a prediction.

use crate::errno::Errno;
use crate::facts::remap::site::{self, Site};
use crate::facts::{Evidence, Facts};
use crate::plan::{Plan, Step, Via};
use crate::rules::{self, Gate, Rule};
use crate::verdict::Verdict;

/// What a gate said at a step.
#[derive(Clone, Debug)]
pub(crate) struct Ruling {
    pub rule: &'static Rule,
    pub step: Step,
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
    /// What every gate said that the plan meets, in order.
    pub judged: Vec<Ruling>,
}

/// What the gates that a plan meets say, one after the other; none behind a shut one, unless all
/// are wanted.
fn judge(facts: &Facts, plan: &Plan, all: bool) -> Vec<Ruling> {
    // A plan meets some fifty.
    let (mut judged, mut there) = (Vec::with_capacity(64), None);
    for &step in &plan.steps {
        let facts = if plan.via != Via::Daemon || step.before_containers() {
            facts
        } else {
            // A daemon starts containers where it stands itself.
            match there.get_or_insert_with(|| site::of_daemon(facts, plan.by)) {
                Site::Here(there) => there,
                Site::Inside | Site::OutOfSight => continue,
            }
        };
        for rule in rules::gates_at(step) {
            let gate = (rule.check)(facts, plan, step);
            let shut = matches!(gate, Gate::Shut(_));
            if !matches!(gate, Gate::NotApplicable) {
                judged.push(Ruling { rule, step, gate });
            }
            if shut && !all {
                return judged;
            }
        }
    }
    judged
}

/// The verdict of [`predict`] and its cause: no gate is asked behind a shut one.
#[must_use]
pub(super) fn settle(facts: &Facts, plan: &Plan) -> (Verdict, Option<&'static Rule>) {
    let judged = judge(facts, plan, false);
    let (verdict, at) = decide(&judged);
    (verdict, at.map(|ruling| ruling.rule))
}

/// The verdict of what was judged, and what settles it: a shut gate refuses whatever an undecided
/// one before it does.
fn decide(judged: &[Ruling]) -> (Verdict, Option<&Ruling>) {
    let first = |settles: fn(&Gate) -> bool| judged.iter().find(|ruling| settles(&ruling.gate));
    let shut = first(|gate| matches!(gate, Gate::Shut(_))).map(|at| (Verdict::Unsupported, at));
    let open = || first(|gate| matches!(gate, Gate::Undecided(_))).map(|at| (Verdict::Unknown, at));
    match shut.or_else(open) {
        Some((verdict, at)) => (verdict, Some(at)),
        None => (Verdict::Supported, None),
    }
}

/// Predicts what happens to a plan by the facts. Where a gate is undecided before a shut one, which
/// of the two the kernel meets first stays open, and the shut one is named.
#[must_use]
pub(crate) fn predict(facts: &Facts, plan: &Plan) -> Prediction {
    let judged = judge(facts, plan, true);
    let (verdict, at) = decide(&judged);
    let (errno, evidence) = match at.map(|ruling| &ruling.gate) {
        Some(Gate::Shut(shut)) => (shut.errno, shut.evidence.clone()),
        Some(Gate::Undecided(why)) => (None, why.clone()),
        _ => (None, vec![]),
    };
    let (step, cause) = (at.map(|ruling| ruling.step), at.map(|ruling| ruling.rule));
    let mut not_excluded: Vec<&'static Rule> = vec![];
    for j in judged.iter().filter(|j| matches!(j.gate, Gate::Unobservable)) {
        if !not_excluded.iter().any(|rule| rule.id == j.rule.id) {
            not_excluded.push(j.rule);
        }
    }
    Prediction { verdict, step, errno, cause, evidence, not_excluded, judged }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mechanisms::unshare;

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
