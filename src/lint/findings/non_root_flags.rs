//! Without a user namespace, unshare(1) needs CAP_SYS_ADMIN, which engines give to root alone.

use super::{Case, Found};
use crate::report::Severity;

pub(super) fn check(case: &Case<'_>) -> Option<Found> {
    let settings = &case.container.settings;
    let user = settings.user.as_ref().filter(|_| !settings.is_root())?;
    let needs_root = case.outcome.plan.flag_error.is_none()
        && case.outcome.plan.namespaces.0 != 0
        && !case.outcome.plan.new_user();
    needs_root.then_some(())?;
    let flags = case.outcome.plan.flags.join(" ");
    let detail = "a user other than root has no effective capabilities, privileged or not: add \
        --user --map-root-user to the flags, or run as root";
    Found::new(
        Severity::Warning,
        user.place,
        format!("the flags `{flags}` need root, and the container runs as another user"),
        detail,
    )
}
