//! Files and variables, which can be left over: an image carries them to where it is unpacked.

use super::{
    APPTAINER, BUBBLEWRAP, CLOUD_RUN, DOCKER, ECS, FLATPAK, HEROKU, KUBERNETES, LAMBDA, LXC,
    MANAGED, NSPAWN, OCI, OPENVZ, PODMAN, Place, Sign, WSL,
};
use crate::facts::Evidence;
use crate::facts::{Fact, Facts};

/// The marks, best first: what only a running container gets stands before what an image can carry.
pub(crate) fn marks(facts: &Facts) -> Vec<Sign> {
    let markers = &facts.markers;
    let path = |path: &'static str, place: Place| {
        let there = markers.has(path) == Some(true);
        there.then(|| Sign { place, evidence: Evidence::new(path, "present") })
    };
    let env = |name: &'static str, place: Place| {
        let set = facts.env.of_platform(name).is_some_and(|value| !value.is_empty());
        set.then(|| Sign { place, evidence: Evidence::new(format!("${name}"), "set") })
    };
    let manager = |fact: &Fact<String>, named: bool| {
        let place = manager(fact.value()?)?;
        let names = !matches!(place, OCI | MANAGED);
        (names == named).then(|| Sign { place, evidence: Evidence::of(fact) })
    };
    // Of the variables of this process, one that is called `container` can be anybody's.
    let own = |named: bool| manager(&facts.env.container, named).filter(|s| s.place != MANAGED);
    // OpenVZ shows /proc/vz on both sides, /proc/bc on the host alone.
    let openvz = || path("/proc/vz", OPENVZ).filter(|_| markers.has("/proc/bc") != Some(true));
    let account = "/run/secrets/kubernetes.io/serviceaccount";
    let account_var = "/var/run/secrets/kubernetes.io/serviceaccount";
    let found = [
        path(account, KUBERNETES).or_else(|| path(account_var, KUBERNETES)),
        env("KUBERNETES_SERVICE_HOST", KUBERNETES),
        env("AWS_LAMBDA_FUNCTION_NAME", LAMBDA),
        env("ECS_CONTAINER_METADATA_URI_V4", ECS),
        env("K_SERVICE", CLOUD_RUN),
        env("DYNO", HEROKU),
        manager(&markers.container_manager, true),
        manager(&markers.systemd_container, true),
        own(true),
        manager(&markers.pid1_container, true),
        path("/.flatpak-info", FLATPAK),
        env("APPTAINER_CONTAINER", APPTAINER).or_else(|| env("SINGULARITY_CONTAINER", APPTAINER)),
        path("/.singularity.d", APPTAINER),
        path("/run/.containerenv", PODMAN),
        path("/dev/lxd/sock", LXC).or_else(|| path("/dev/.lxc", LXC)),
        path("/.dockerenv", DOCKER),
        openvz(),
        path("/proc/sys/fs/binfmt_misc/WSLInterop", WSL)
            .or_else(|| path("/proc/sys/fs/binfmt_misc/WSLInterop-late", WSL)),
        path("/usr/lib/wsl", WSL),
        env("WSL_DISTRO_NAME", WSL),
        manager(&markers.container_manager, false),
        manager(&markers.systemd_container, false),
        own(false),
        manager(&markers.pid1_container, false),
    ];
    found.into_iter().flatten().collect()
}

/// What a manager calls itself in `container=` or /run/systemd/container (systemd.io, "Container
/// Interface").
fn manager(text: &str) -> Option<Place> {
    Some(match text.trim() {
        "docker" => DOCKER,
        "podman" => PODMAN,
        "kube" | "kubernetes" => KUBERNETES,
        "lxc" | "lxc-libvirt" => LXC,
        "systemd-nspawn" => NSPAWN,
        "wsl" => WSL,
        "flatpak" => FLATPAK,
        "bwrap" => BUBBLEWRAP,
        "apptainer" | "singularity" => APPTAINER,
        "openvz" => OPENVZ,
        "oci" => OCI,
        "" => return None,
        _ => MANAGED,
    })
}
