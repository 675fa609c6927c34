//! What a refusal at a limit says about user namespaces.

use crate::errno::Errno;
use crate::facts::{Facts, Reply};
use crate::plan::Step;

/// What a user namespace below the first reads as its own limit when nobody has set one
/// (kernel/ucount.c).
const UNSET: u64 = 2_147_483_647;

/// The error with which the trial was refused a user namespace alone.
pub(crate) fn errno(facts: &Facts) -> Errno {
    match facts.trial.as_ref().and_then(|t| t.user.value()) {
        Some(Reply::Refused(Errno::EUSERS)) => Errno::EUSERS,
        _ => Errno::ENOSPC,
    }
}

/// Whether a user namespace alone was refused at a limit.
pub(crate) fn refused(facts: &Facts) -> bool {
    let user = facts.trial.as_ref().and_then(|t| t.user.value());
    matches!(user, Some(Reply::Refused(Errno::ENOSPC | Errno::EUSERS)))
}

/// Whether it was refused though our own namespace sets no limit, so that an outer one did.
pub(crate) fn refused_beyond_own_limit(facts: &Facts, step: Step) -> bool {
    // Where the first namespace is made, the refusal of one inside it is the same refusal.
    let inner = step != Step::Unshare && facts.refused_at(step, Errno::ENOSPC);
    (refused(facts) || inner)
        && facts.in_initial_userns() == Some(false)
        && facts.sysctl.limit("user").is_some_and(|limit| limit >= UNSET)
}

/// Whether our map is a single id 0 onto the id 0 of the parent: a namespace made inside one of the
/// same kind. unshare(1) sets no no_new_privs; bubblewrap does, and its `--disable-userns` is a
/// quota.
pub(crate) fn nested_single_id(facts: &Facts) -> bool {
    facts.process.no_new_privs.value() != Some(&true)
        && facts.process.uid_map.value().is_some_and(|map| map.one_line() == "0 0 1")
}
