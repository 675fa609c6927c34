//! no_new_privs keeps setuid programs from gaining privilege; unshare(1) gains none (prctl(2)).

use super::{Case, Found};
use crate::report::Severity;

pub(super) fn check(case: &Case<'_>) -> Option<Found> {
    let nnp = case.container.settings.no_new_privs.as_ref().filter(|nnp| nnp.value)?;
    let refused = case.outcome.prediction.verdict == crate::verdict::Verdict::Unsupported
        && !case.outcome.plan.uses_subids();
    refused.then_some(())?;
    let detail = "it only stops setuid helpers such as newuidmap and a setuid bwrap: leave it on";
    Found::new(Severity::Note, nnp.place, "no-new-privileges is not what refuses isolation", detail)
}
