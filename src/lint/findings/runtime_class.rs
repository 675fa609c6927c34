//! Another runtime than runc and crun: what it gives a container does not follow from the settings.

use super::Case;
use crate::deploy::{Engine, Setting};
use crate::findings::{Finding, catalogue};

pub(super) fn check(case: &Case<'_>) -> Option<Finding> {
    // What LXC is not told is no matter of a runtime.
    (case.container.engine != Engine::Lxc).then_some(())?;
    let doubt = case.container.settings.doubt(Setting::Runtime)?;
    let detail = "isodoc's answer is for runc and crun, on the host's own kernel: run `isodoc \
        check` in such a container";
    Some(catalogue::RUNTIME_CLASS.at(doubt.place, &doubt.value.why, detail))
}
