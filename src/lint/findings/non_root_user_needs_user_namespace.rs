//! Without a user namespace, unshare(1) needs CAP_SYS_ADMIN, which engines give to root alone.

use super::Case;
use crate::findings::{Finding, catalogue};

pub(super) fn check(case: &Case<'_>) -> Option<Finding> {
    let settings = &case.container.settings;
    let user = settings.user.as_ref().filter(|_| !settings.is_root())?;
    let needs_root = case.is_of_unshare()
        && case.outcome.plan.flag_error.is_none()
        && case.outcome.plan.namespaces.0 != 0
        && !case.outcome.plan.new_user();
    needs_root.then_some(())?;
    let flags = case.outcome.plan.flags.join(" ");
    let detail = "a user other than root has no effective capabilities, privileged or not: add \
        --user --map-root-user to the flags, or run as root";
    let title = format!("the flags `{flags}` need root, and the container runs as another user");
    Some(catalogue::NON_ROOT_USER_NEEDS_USER_NAMESPACE.at(user.place, title, detail))
}
