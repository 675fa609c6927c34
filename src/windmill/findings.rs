//! What is worth knowing of a worker that would be started here.

use std::rc::Rc;

use super::{Worker, WorkerOutcome, asks_for, ignored};
use crate::facts::{Evidence, Facts};
use crate::findings::{Finding, catalogue};
use crate::mechanisms::{Mechanism, nsjail, unshare};
use crate::plan::Program;
use crate::verdict::Advice;

/// Every finding; `remedies` are those of a mechanism.
pub(crate) fn findings(
    facts: &Facts,
    worker: &Worker,
    remedies: impl Fn(&Mechanism) -> Rc<[Advice]>,
) -> Vec<Finding> {
    let mut findings: Vec<Finding> = ignored(facts)
        .map(|fact| {
            let name = fact.source.trim_start_matches('$');
            let title = format!("the worker ignores {name}: it reads only `true` and `false`");
            let detail = "the default applies instead";
            let finding = Finding::new(&catalogue::WORKER_VARIABLE_IGNORED, title, detail);
            finding.shown_by(vec![Evidence::of(fact)])
        })
        .collect();
    findings.extend(refused(worker, remedies));
    findings.extend(tini_missing(facts));
    findings
}

/// The worker would run jobs without isolation, fail them, or not start.
fn refused(worker: &Worker, remedies: impl Fn(&Mechanism) -> Rc<[Advice]>) -> Option<Finding> {
    let (info, mechanism) = match worker.outcome {
        WorkerOutcome::RunsUnisolated => (&catalogue::WORKER_RUNS_UNISOLATED, &unshare::MECHANISM),
        WorkerOutcome::Panics => (&catalogue::WORKER_PANICS, &unshare::MECHANISM),
        WorkerOutcome::JobsFail => (&catalogue::WORKER_JOBS_FAIL, &nsjail::MECHANISM),
        _ => return None,
    };
    let finding = Finding::new(info, info.title, &worker.detail);
    Some(finding.shown_by(worker.evidence.clone()).helped_by(remedies(mechanism)))
}

/// The worker asks for unshare, and has no tini to run as pid 1.
fn tini_missing(facts: &Facts) -> Option<Finding> {
    let asked = asks_for(&unshare::MECHANISM, |name| facts.env.of_worker(name));
    let tini = facts.tools.get(&Program::TINI);
    if !asked || !tini.is_absent() {
        return None;
    }
    let detail = "the worker runs jobs without it: signals and the exit code 137 of a job out of \
        memory may be lost; install tini or set UNSHARE_TINI_PATH";
    let finding = Finding::new(&catalogue::TINI_MISSING, "tini is not found", detail);
    Some(finding.shown_by(vec![Evidence::of_state(tini)]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Fact;

    #[test]
    fn tini_counts_only_where_the_worker_uses_it() {
        let mut facts = Facts::default();
        facts.tools.set(&Program::TINI, Fact::absent("tini in $PATH"));
        assert!(tini_missing(&facts).is_none());
        let favor = Fact::known("true".into(), "$FAVOR_UNSHARE_PID");
        facts.env.worker.insert("FAVOR_UNSHARE_PID", favor);
        assert_eq!(tini_missing(&facts).unwrap().info.id, "tini-missing");
        facts.tools.set(&Program::TINI, Fact::not_probed("tini in $PATH"));
        assert!(tini_missing(&facts).is_none());
    }

    #[test]
    fn what_is_neither_true_nor_false_is_ignored() {
        let mut facts = Facts::default();
        for (name, value) in
            [("ENABLE_UNSHARE_PID", "1"), ("DISABLE_NSJAIL", "false"), ("NSJAIL_PATH", "1")]
        {
            facts.env.worker.insert(name, Fact::known(value.into(), format!("${name}")));
        }
        let sources: Vec<_> = ignored(&facts).map(|fact| fact.source.as_ref()).collect();
        assert_eq!(sources, ["$ENABLE_UNSHARE_PID"]);
    }
}
