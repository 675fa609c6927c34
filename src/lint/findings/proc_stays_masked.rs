//! The settings let namespaces be made, and then procfs is refused because /proc stays masked.

use super::Case;
use crate::deploy::setting::Setting;
use crate::findings::{Finding, catalogue};
use crate::mechanisms::unshare::split;
use crate::rules::kernel::proc_masked;
use crate::verdict::Verdict;

pub(super) fn check(case: &Case<'_>) -> Option<Finding> {
    let settings = &case.container.settings;
    let opened = settings
        .seccomp
        .as_ref()
        .map(|s| s.place)
        .or_else(|| settings.cap_add.first().map(|c| c.place))?;
    let masked = case.outcome.prediction.cause == Some(&proc_masked::RULE);
    (masked && case.is_of_unshare()).then_some(())?;
    settings.doubt(Setting::Seccomp).is_none().then_some(())?;
    let works =
        |flags: &str| case.with_flags(&split(flags)).prediction.verdict == Verdict::Supported;
    let without_proc = "--user --map-root-user --pid --fork";
    let as_root = "--pid --fork --mount-proc";
    let mut pass = vec![];
    if works(without_proc) {
        pass.push(format!("`{without_proc}` works, but jobs see the container's processes"));
    }
    if works(as_root) {
        pass.push(format!("`{as_root}` works, as root without a user namespace"));
    }
    let detail = if pass.is_empty() {
        "lift the masks of /proc too: `isodoc explain proc-masked` says how".to_owned()
    } else {
        pass.join("; ")
    };
    let title = "namespaces can be created, but /proc stays masked, so --mount-proc fails in a new \
                user namespace";
    Some(catalogue::PROC_STAYS_MASKED.at(opened, title, detail))
}
