//! `privileged` and a daemon that remaps root exclude each other, and so do namespaces of the host
//! (moby `daemon/daemon_unix.go`, verifyContainerSettings). That of ipc the daemon lets pass, but
//! runc then may not mount its message queues: only the root of the namespace's owner may
//! (ipc/mqueue.c, mqueue_init_fs_context).

use super::Case;
use crate::deploy::Engine;
use crate::deploy::setting::Userns;
use crate::findings::{Finding, catalogue};

pub(super) fn check(case: &Case<'_>) -> Option<Finding> {
    let settings = &case.container.settings;
    let host_userns = settings.userns.as_ref().is_some_and(|userns| userns.value == Userns::Host);
    if case.container.engine != Engine::Docker || host_userns {
        return None;
    }
    let on = |setting: &Option<crate::deploy::At<bool>>| {
        setting.as_ref().filter(|at| at.value).map(|at| at.place)
    };
    let asked = [
        ("privileged", on(&settings.privileged)),
        ("the host's pid namespace", on(&settings.host_pid)),
        ("the host's network", on(&settings.host_network)),
        ("the host's ipc namespace", on(&settings.host_ipc)),
    ];
    let (what, place) =
        asked.into_iter().find_map(|(what, place)| place.map(|place| (what, place)))?;
    case.host().remap.is_some().then_some(())?;
    let detail = "the container does not start; remove the setting, or add userns_mode: host \
        (--userns=host), which exempts the container from remapping";
    let title =
        format!("{what} is refused by a Docker daemon with userns-remap, such as this host's");
    Some(catalogue::PRIVILEGED_WITH_USERNS_REMAP.at(place, title, detail))
}
