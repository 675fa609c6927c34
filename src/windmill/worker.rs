//! What a worker would do if it were started here: isolate its jobs, run them without isolation, or
//! panic. The instance setting `job_isolation` is in a database and out of sight: it is taken as
//! unset.

use serde::Serialize;

use super::is_true;
use crate::facts::{Evidence, Facts};
use crate::mechanisms::unshare;
use crate::source::env::WORKER;
use crate::verdict::Verdict;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum WorkerOutcome {
    /// No variable asks for isolation: the worker starts and isolates nothing.
    NotRequested,
    /// Jobs run in nsjail.
    IsolatedByNsjail,
    /// Jobs run under unshare(1).
    IsolatedByUnshare,
    /// Isolation is asked for, is refused, and jobs run without it.
    RunsUnisolated,
    /// The worker panics at startup.
    Panics,
    /// The worker starts, and every job fails.
    JobsFail,
    /// Whether isolation works here is not known.
    Unknown,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Worker {
    /// In one word.
    pub outcome: WorkerOutcome,
    /// In one line.
    pub detail: String,
    /// The variables that decide it.
    pub evidence: Vec<Evidence>,
}

/// Works out what the worker would do, from its variables and the verdicts on what they ask for.
#[must_use]
pub(crate) fn outcome(facts: &Facts, unshare: Verdict, nsjail: Verdict) -> Worker {
    let (enable, favor) = (
        is_true(facts.env.of_worker("ENABLE_UNSHARE_PID")),
        is_true(facts.env.of_worker("FAVOR_UNSHARE_PID")),
    );
    let jail = facts.env.of_worker("DISABLE_NSJAIL") == Some("false");
    // The test of ENABLE_UNSHARE_PID is made at startup whatever isolates the jobs later; nsjail
    // then goes before unshare.
    let (outcome, detail) = match (enable, jail, favor) {
        (true, _, _)
            if unshare == Verdict::Unsupported
                && facts.tools.get(&unshare::PROGRAM).is_absent() =>
        {
            (
                WorkerOutcome::Panics,
                "it would panic at startup: ENABLE_UNSHARE_PID is set but unshare binary not found",
            )
        }
        (true, _, _) if unshare == Verdict::Unsupported => (
            WorkerOutcome::Panics,
            "it would panic at startup: ENABLE_UNSHARE_PID is set but unshare test failed",
        ),
        (true, _, _) if unshare == Verdict::Unknown => (
            WorkerOutcome::Unknown,
            "it would panic at startup if unshare is refused (ENABLE_UNSHARE_PID), which is not \
                known",
        ),
        (_, true, _) => match nsjail {
            Verdict::Supported => (
                WorkerOutcome::IsolatedByNsjail,
                "it would run jobs in nsjail (DISABLE_NSJAIL=false)",
            ),
            Verdict::Unsupported => (
                WorkerOutcome::JobsFail,
                "it would start, and every job would fail: nsjail is forced (DISABLE_NSJAIL=false) \
                    and refused",
            ),
            Verdict::Unknown => (
                WorkerOutcome::Unknown,
                "every job would fail if nsjail is refused (DISABLE_NSJAIL=false), which is not \
                    known",
            ),
        },
        (true, false, _) => {
            (WorkerOutcome::IsolatedByUnshare, "it would start, and run jobs under unshare")
        }
        (false, false, true) => match unshare {
            Verdict::Supported => (
                WorkerOutcome::IsolatedByUnshare,
                "it would start, and run jobs under unshare (FAVOR_UNSHARE_PID)",
            ),
            Verdict::Unsupported => (
                WorkerOutcome::RunsUnisolated,
                "it would start, and run jobs WITHOUT isolation: FAVOR_UNSHARE_PID only prefers it",
            ),
            Verdict::Unknown => (
                WorkerOutcome::Unknown,
                "it would run jobs without isolation if unshare is refused (FAVOR_UNSHARE_PID), \
                    which is not known",
            ),
        },
        (false, false, false) => {
            (WorkerOutcome::NotRequested, "no variable asks it to isolate jobs")
        }
    };
    // In the order in which the worker's documentation lists them.
    let set = WORKER.iter().filter_map(|(name, _)| facts.env.worker.get(name));
    let evidence = set.filter(|fact| fact.value().is_some()).map(Evidence::of).collect();
    Worker { outcome, detail: detail.into(), evidence }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Fact;
    use Verdict::{Supported, Unknown, Unsupported};

    fn with(env: &[(&'static str, &str)]) -> Facts {
        let mut facts = Facts::default();
        for (name, value) in env {
            let fact = Fact::known((*value).to_owned(), format!("${name}"));
            facts.env.worker.insert(name, fact);
        }
        facts
    }

    #[test]
    fn postures() {
        let enable = ("ENABLE_UNSHARE_PID", "true");
        let favor = ("FAVOR_UNSHARE_PID", "true");
        let jail = ("DISABLE_NSJAIL", "false");
        let rows = [
            (vec![], Unsupported, Unsupported, WorkerOutcome::NotRequested),
            (vec![enable], Supported, Unsupported, WorkerOutcome::IsolatedByUnshare),
            (vec![enable], Unsupported, Supported, WorkerOutcome::Panics),
            (vec![enable], Unknown, Supported, WorkerOutcome::Unknown),
            (vec![favor], Supported, Unsupported, WorkerOutcome::IsolatedByUnshare),
            (vec![favor], Unsupported, Unsupported, WorkerOutcome::RunsUnisolated),
            (vec![favor], Unknown, Unsupported, WorkerOutcome::Unknown),
            (vec![favor, jail], Unsupported, Supported, WorkerOutcome::IsolatedByNsjail),
            (vec![favor, jail], Supported, Unsupported, WorkerOutcome::JobsFail),
            (vec![jail], Supported, Unknown, WorkerOutcome::Unknown),
            (vec![enable, jail], Unsupported, Supported, WorkerOutcome::Panics),
            (vec![enable, jail], Supported, Supported, WorkerOutcome::IsolatedByNsjail),
            // str::parse::<bool> takes neither.
            (
                vec![("ENABLE_UNSHARE_PID", "1")],
                Unsupported,
                Unsupported,
                WorkerOutcome::NotRequested,
            ),
            (
                vec![("FAVOR_UNSHARE_PID", "TRUE")],
                Unsupported,
                Unsupported,
                WorkerOutcome::NotRequested,
            ),
            (vec![("DISABLE_NSJAIL", "0")], Unsupported, Unsupported, WorkerOutcome::NotRequested),
        ];
        for (env, unshare, nsjail, expected) in rows {
            assert_eq!(
                outcome(&with(&env), unshare, nsjail).outcome,
                expected,
                "{env:?} {unshare:?} {nsjail:?}"
            );
        }
    }

    #[test]
    fn a_missing_program_is_said_in_the_words_of_the_panic() {
        let mut facts = with(&[("ENABLE_UNSHARE_PID", "true")]);
        facts.tools.set(&unshare::PROGRAM, Fact::absent("unshare in $PATH"));
        let worker = outcome(&facts, Unsupported, Unsupported);
        assert!(
            worker.detail.contains("ENABLE_UNSHARE_PID is set but unshare binary not found"),
            "{}",
            worker.detail
        );
    }
}
