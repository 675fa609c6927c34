//! A privileged container has every capability, no masks and no profile, whatever else is set; but
//! some runtimes keep a profile that is asked for.

use super::Case;
use crate::findings::{Finding, catalogue};

pub(super) fn check(case: &Case<'_>) -> Option<Finding> {
    let settings = &case.container.settings;
    let privileged = settings.privileged.as_ref().filter(|p| p.value)?;
    let runtime = case.runtime();
    let mut moot = vec![];
    if !settings.cap_add.is_empty() || !settings.cap_drop.is_empty() {
        moot.push("added and dropped capabilities");
    }
    if settings.seccomp.is_some() && !settings.keeps_filter(runtime) {
        moot.push("the seccomp profile");
    }
    if settings.masks.is_some() {
        moot.push("the masks of /proc");
    }
    if settings.apparmor.is_some() && !settings.keeps_label(runtime) {
        moot.push("the AppArmor profile");
    }
    (!moot.is_empty()).then_some(())?;
    let title = format!("privileged overrides {}", moot.join(", "));
    let detail = "a privileged container ignores these settings: remove them, or remove privileged";
    Some(catalogue::PRIVILEGED_MAKES_MOOT.at(privileged.place, title, detail))
}
