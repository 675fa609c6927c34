//! `userns_mode: host` opts out of the daemon's remapping, and does nothing where there is none.

use super::Case;
use crate::deploy::Engine;
use crate::deploy::setting::Userns;
use crate::findings::{Finding, catalogue};

pub(super) fn check(case: &Case<'_>) -> Option<Finding> {
    let userns =
        case.container.settings.userns.as_ref().filter(|userns| userns.value == Userns::Host)?;
    (case.container.engine == Engine::Docker && case.host().remap.is_none()).then_some(())?;
    let detail =
        "it opts the container out of the daemon's userns-remap; this host's daemon does not remap";
    let title = "userns_mode: host only matters where the daemon has userns-remap";
    Some(catalogue::USERNS_HOST_WITHOUT_REMAP.at(userns.place, title, detail))
}
