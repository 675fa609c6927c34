//! no_new_privs keeps setuid programs from gaining privilege; unshare(1) gains none (prctl(2)).

use super::Case;
use crate::findings::{Finding, catalogue};

pub(super) fn check(case: &Case<'_>) -> Option<Finding> {
    let nnp = case.container.settings.no_new_privs.as_ref().filter(|nnp| nnp.value)?;
    let refused = case.outcome.prediction.verdict == crate::verdict::Verdict::Unsupported
        && !case.outcome.plan.uses_subids();
    refused.then_some(())?;
    let detail = "it only stops setuid helpers such as newuidmap and a setuid bwrap: leave it on";
    let title = "no-new-privileges is not what blocks isolation";
    Some(catalogue::NO_NEW_PRIVILEGES_HARMLESS.at(nnp.place, title, detail))
}
