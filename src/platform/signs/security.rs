//! Security labels.

use super::{CONTAINERS_STORAGE, DOCKER, GARDEN, KUBERNETES, LXC, NERDCTL, SNAP, Sign};
use crate::facts::Evidence;
use crate::facts::Facts;

/// What the AppArmor profile says; managers name theirs.
pub(crate) fn label(facts: &Facts) -> Option<Sign> {
    [&facts.lsm.apparmor_label, &facts.lsm.label].into_iter().find_map(|fact| {
        let text = fact.value()?;
        let begins = |prefixes: &[&str]| {
            prefixes.iter().any(|p| text.trim_start_matches(':').starts_with(p))
        };
        let place = match () {
            () if begins(&["docker-default"]) => DOCKER,
            () if begins(&["cri-containerd.apparmor.d", "crio-default"]) => KUBERNETES,
            () if begins(&["containers-default"]) => CONTAINERS_STORAGE,
            () if begins(&["nerdctl-default"]) => NERDCTL,
            () if begins(&["lxc-container-default", "lxc-1", "lxd-", "incus-"])
                || (begins(&["lxc-"]) && text.contains("_</")) =>
            {
                LXC
            }
            () if begins(&["garden-default"]) => GARDEN,
            // Classic snaps run unconfined, in the host's mounts.
            () if begins(&["snap."]) && text.ends_with("(enforce)") => SNAP,
            () => return None,
        };
        Some(Sign { place, evidence: Evidence::of(fact) })
    })
}
