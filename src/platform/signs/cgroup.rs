//! Control groups: their managers name containers in the path.

use std::borrow::Cow;

use super::{
    ANDROID, BUILDKIT, DOCKER, ECS, FLATPAK, GARDEN, KUBERNETES, LAMBDA, LXC, MESOS, NERDCTL,
    NSPAWN, PODMAN, Place, Sign, is_cut_id, is_hex, is_id, is_long_id,
};
use crate::facts::Evidence;
use crate::facts::{Fact, Facts};
use crate::parse::cgroup::Membership;

/// What the cgroup of this process, or of its pid 1, says; the line with the deepest nesting
/// counts.
pub(crate) fn cgroup(facts: &Facts) -> Option<Sign> {
    let of = |fact: &Fact<Vec<Membership>>| {
        let found =
            fact.value()?.iter().filter_map(|m| Some((cgroup_path(&m.path)?, m.path.clone())));
        let ((place, _), path) = found.max_by_key(|((_, depth), _)| *depth)?;
        Some(Sign { place, evidence: Evidence::at(fact, path) })
    };
    of(&facts.cgroup.of_self).or_else(|| of(&facts.cgroup.of_pid1))
}

/// The innermost container that a cgroup path names, and how many levels name one.
///
/// The names are those that the managers give: runc's systemd driver (`docker-ID.scope`,
/// `cri-containerd-ID.scope`, `crio-ID.scope`), the cgroupfs driver (`/docker/ID`,
/// `/kubepods/.../podUID/ID`), Podman (`libpod-ID.scope`), LXC (`lxc.payload.NAME`, `/lxc/NAME`),
/// systemd (`machine-NAME.scope`), ECS (`/ecs/TASK/...`), Garden (`/garden/ID`), Android
/// (`/uid_UID/pid_PID`).
pub(super) fn cgroup_path(path: &str) -> Option<(Place, usize)> {
    let mut found: Option<Place> = None;
    let mut depth = 0;
    let mut before = "";
    // A path for the systemd driver that was given to the cgroupfs driver stays `parent:prefix:ID`.
    let parts: Vec<Cow<'_, str>> = path
        .split('/')
        .flat_map(|part| match part.split_once(':') {
            Some((parent, rest)) if rest.matches(':').count() == 1 => {
                [Cow::from(parent), rest.replace(':', "-").into()]
            }
            _ => [Cow::from(part), Cow::from("")],
        })
        .filter(|part| !part.is_empty())
        .collect();
    for part in &parts {
        // Directly below a pod or a task, a container is that pod's, whichever runtime runs it.
        let own = match found {
            Some(KUBERNETES) => is_pod(before),
            Some(ECS) => true,
            _ => false,
        };
        if part == "supervisor" && found == Some(NSPAWN) {
            found = None;
        } else if let Some(place) = cgroup_segment(before, part)
            && !(own && matches!(place, DOCKER | NERDCTL | PODMAN))
        {
            found = Some(place);
            depth += 1;
        }
        before = part;
    }
    found.map(|place| (place, depth))
}

fn cgroup_segment(before: &str, part: &str) -> Option<Place> {
    let stem =
        part.trim_end_matches(".scope").trim_end_matches(".slice").trim_end_matches(".service");
    // Nobody but the engines makes scopes of such names.
    let scope = part.ends_with(".scope");
    let named = |prefix: &str| {
        stem.strip_prefix(prefix).is_some_and(|id| is_id(id) || (scope && is_cut_id(id)))
    };
    let numbered = |text: &str, prefix: &str| {
        text.strip_prefix(prefix).is_some_and(|n| n.parse::<u32>().is_ok())
    };
    Some(match () {
        () if part.contains("kubepods") => KUBERNETES,
        () if named("cri-containerd-") || named("crio-") || (before == "k8s.io" && is_id(part)) => {
            KUBERNETES
        }
        () if named("docker-") => DOCKER,
        () if named("libpod-")
            || named("libpod-payload-")
            || stem.strip_prefix("podman-").is_some_and(is_hex)
            || part.contains("libpod_pod_") =>
        {
            PODMAN
        }
        () if named("nerdctl-") || (before == "default" && is_long_id(part)) => NERDCTL,
        () if part.starts_with("lxc.payload") || part == ".lxc" => LXC,
        // Docker once ran on LXC: its containers have an id for a name.
        () if before == "lxc" => return Some(if is_long_id(part) { DOCKER } else { LXC }),
        () if before == "buildkit" => BUILDKIT,
        () if before == "garden" => GARDEN,
        () if before == "mesos" => MESOS,
        () if before == "ecs" || part.starts_with("ecstasks") => ECS,
        () if part.starts_with("sandbox-root-")
            || part.strip_prefix("sandbox-").is_some_and(|id| id.len() == 6 && is_hex(id)) =>
        {
            LAMBDA
        }
        () if part.starts_with("machine-lxc") || part.ends_with(".libvirt-lxc") => LXC,
        () if part.starts_with("systemd-nspawn@") => NSPAWN,
        () if before == "machine.slice"
            && part.starts_with("machine-")
            && scope
            && !part.starts_with("machine-qemu") =>
        {
            NSPAWN
        }
        () if part.starts_with("app-flatpak-") => FLATPAK,
        () if numbered(before, "uid_") && numbered(part, "pid_") => ANDROID,
        () if is_long_id(part) || (before == "docker" && is_cut_id(part)) => DOCKER,
        () => return None,
    })
}

/// The segment of a pod: `podUID`, `kubepods-burstable-podUID.slice`.
fn is_pod(segment: &str) -> bool {
    segment.starts_with("pod") || (segment.contains("kubepods") && segment.contains("-pod"))
}
