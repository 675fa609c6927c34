//! Whether this is a container, and whose: inside one the daemon is out of sight, but its work is
//! not.

use crate::facts::Facts;
use crate::mechanisms::unshare;
use crate::plan::Program;

fn marker(facts: &Facts, path: &str) -> bool {
    facts.markers.has(path) == Some(true)
}

fn in_kubernetes(facts: &Facts) -> bool {
    facts.env.of_platform("KUBERNETES_SERVICE_HOST").is_some()
        || marker(facts, "/run/secrets/kubernetes.io/serviceaccount")
        || marker(facts, "/var/run/secrets/kubernetes.io/serviceaccount")
}

/// The owner of a program of the system, where that is no user of an image: subordinate ids begin
/// at 100000 (login.defs(5), SUB_UID_MIN).
pub(super) fn remapped_owner(facts: &Facts) -> Option<(u32, String)> {
    let tools = [facts.tools.get(&unshare::PROGRAM), facts.tools.get(&Program::TRUE)];
    let mut owned =
        tools.into_iter().filter_map(|tool| tool.value()).filter(|tool| tool.uid >= 100_000);
    owned.next().map(|tool| (tool.uid, tool.path.clone()))
}

/// Whether the pid namespace is a container's own; or, where it is shared with the host
/// (`--pid=host`), /dev is the tmpfs that runc and crun mount, which no process of the host has.
fn apart(facts: &Facts) -> bool {
    let dev =
        || facts.mounts.list.value().and_then(|list| list.iter().rfind(|m| m.target == "/dev"));
    facts.in_initial_pidns() == Some(false)
        || dev().is_some_and(|m| m.fs_type == "tmpfs" && m.has_super("size=65536k"))
}

/// Whether this is a container of any kind.
pub(crate) fn in_container(facts: &Facts) -> bool {
    let named =
        facts.env.container.value().is_some() || facts.markers.systemd_container.value().is_some();
    let marked =
        marker(facts, "/.dockerenv") || marker(facts, "/run/.containerenv") || in_kubernetes(facts);
    // A marker left over on a virtual machine does not make it a container.
    (named || marked) && (facts.in_initial_pidns() != Some(true) || apart(facts))
        || facts.in_initial_userns() == Some(false)
}

/// Whether this is a container that a Docker daemon made, and no other engine.
pub(super) fn in_docker_container(facts: &Facts) -> bool {
    let cgroup = facts.cgroup.of_self.value().is_some_and(|list| {
        list.iter().any(|m| m.path.contains("/docker/") || m.path.contains("/docker-"))
    });
    let marked = marker(facts, "/.dockerenv") || cgroup;
    marked && apart(facts) && !marker(facts, "/run/.containerenv") && !in_kubernetes(facts)
}

/// Whether the mounts were seen, and none is Sysbox's.
pub(super) fn without_sysbox(facts: &Facts) -> bool {
    let mounts = facts.mounts.list.value();
    mounts.is_some_and(|list| {
        !list.iter().any(|m| m.source == "sysboxfs" || m.fs_type.contains("sysboxfs"))
    })
}
