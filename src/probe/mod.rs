//! Asks the kernel for real, in throw-away child processes that leave nothing behind.

#[cfg(target_os = "linux")]
mod binary;
#[cfg(target_os = "linux")]
mod calls;
#[cfg(target_os = "linux")]
mod child;
#[cfg(target_os = "linux")]
mod idmap;
pub(crate) mod outcome;
#[cfg(target_os = "linux")]
pub(crate) mod own_dirs;
#[cfg(target_os = "linux")]
pub(crate) mod questions;
pub(crate) mod recorded;
#[cfg(target_os = "linux")]
mod runner;
#[cfg(target_os = "linux")]
mod trace;
#[cfg(target_os = "linux")]
mod trial;
#[cfg(target_os = "linux")]
mod trust;
#[cfg(target_os = "linux")]
pub(crate) mod wait;

use std::time::Duration;

use crate::facts::{Facts, Trial};
use crate::plan::Plan;

#[cfg(target_os = "linux")]
pub(crate) use binary::version;
pub(crate) use outcome::{ProbeOutcome, ProbeStatus};

/// Who asks the kernel what it does with a plan; tests have a double that answers from a list.
pub(crate) trait Prober {
    /// Performs a plan in a throw-away process.
    fn probe(&self, plan: &Plan) -> ProbeOutcome;

    /// Performs it in isodoc's own process, because a child of it would not meet what isodoc does
    /// ([`ProbeOutcome::in_place`]). There is no way back from that: it is the last thing to be
    /// asked.
    fn probe_in_place(&self, plan: &Plan) -> ProbeOutcome;

    /// Makes further system calls after a refusal, to tell causes with the same errno apart.
    fn trial(&self, plan: &Plan, refused: &ProbeOutcome) -> Trial;
}

/// What counts for a probe.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    /// How long an attempt may take.
    pub patience: Duration,
    /// This is a host, no container, so what is configured in `/etc` is what its kernel has.
    pub on_host: bool,
    /// As root, programs are executed though others can write them.
    pub trust_path: bool,
}

/// Who asks the kernel of this machine; nobody, where there is a reason for that.
pub(crate) fn here<'a>(
    not_asked: Option<&'static str>,
    facts: &'a Facts,
    terms: Terms,
) -> Box<dyn Prober + 'a> {
    if let Some(why) = not_asked {
        return Box::new(Silent(why));
    }
    #[cfg(target_os = "linux")]
    return Box::new(runner::Kernel { facts, terms });
    #[cfg(not(target_os = "linux"))]
    {
        let _ = (facts, terms);
        Box::new(Silent("this is not Linux"))
    }
}

/// Asks nobody, for this reason.
struct Silent(&'static str);

impl Prober for Silent {
    fn probe(&self, _: &Plan) -> ProbeOutcome {
        ProbeOutcome::without(ProbeStatus::Skipped(self.0.into()))
    }

    fn probe_in_place(&self, plan: &Plan) -> ProbeOutcome {
        self.probe(plan)
    }

    fn trial(&self, _: &Plan, _: &ProbeOutcome) -> Trial {
        Trial::default()
    }
}
