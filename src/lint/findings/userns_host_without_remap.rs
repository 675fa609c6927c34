//! `userns_mode: host` opts out of the daemon's remapping, and does nothing where there is none.

use super::{Case, Found};
use crate::deploy::Engine;
use crate::deploy::container::Userns;
use crate::report::Severity;

pub(super) fn check(case: &Case<'_>) -> Option<Found> {
    let userns =
        case.container.settings.userns.as_ref().filter(|userns| userns.value == Userns::Host)?;
    (case.container.engine == Engine::Docker && case.judge.host.remap.is_none()).then_some(())?;
    let detail =
        "it opts the container out of the daemon's userns-remap; this host's daemon does not remap";
    Found::new(
        Severity::Note,
        userns.place,
        "userns_mode: host only matters where the daemon has userns-remap",
        detail,
    )
}
