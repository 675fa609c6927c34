//! Weak signs of a host or a container, where nothing better is known.

use super::mounts::list;
use super::{DOCKER, LXC, Sign};
use crate::facts::Evidence;
use crate::facts::Facts;
use crate::parse::os_release::OsRelease;

/// The id map of a user namespace, where nothing else is known. Ranges of subordinate ids that are
/// no multiple of 65536 are Docker's (userns-remap) or Sysbox's; systemd-nspawn and the kubelet
/// hand out multiples, and 100000 is anyone's.
pub(crate) fn id_map(facts: &Facts) -> Option<Sign> {
    let map = facts.process.uid_map.value()?;
    let [only] = map.0.as_slice() else { return None };
    if only.inside != 0 || only.outside <= 100_000 {
        return None;
    }
    let evidence = Evidence::at(
        &facts.process.uid_map,
        format!("{} {} {}", only.inside, only.outside, only.count),
    );
    match only.count {
        65_536 if only.outside % 65_536 != 0 => Some(Sign { place: DOCKER, evidence }),
        // LXD and Incus hand out a milliard ids.
        1_000_000_000 => Some(Sign { place: LXC, evidence }),
        _ => None,
    }
}

/// What looks like a host, where nothing speaks for a container.
pub(crate) fn host_like(facts: &Facts) -> Option<Evidence> {
    if facts.process.uid_map.value().is_some_and(|map| !map.is_initial()) {
        return None;
    }
    if facts.os.os_release.value().is_some_and(OsRelease::of_images) {
        return None;
    }
    if let Some("0") = facts.process.openvz.value().map(String::as_str) {
        return Some(Evidence::at(&facts.process.openvz, "envID 0: OpenVZ's machine itself"));
    }
    let paths = [&facts.cgroup.of_self, &facts.cgroup.of_pid1];
    for fact in paths {
        let Some(lines) = fact.value() else { continue };
        let outer = |path: &str| {
            let first = path.trim_start_matches('/').split('/').next().unwrap_or("");
            // Of systemd's names, those that administrators add are as good as its own; Talos has
            // `podruntime` and `system`.
            matches!(first, "init.scope" | "user" | "system" | "podruntime")
                || first.ends_with(".slice")
                || first.starts_with("lxc.monitor")
        };
        if let Some(line) = lines.iter().find(|line| outer(&line.path)) {
            return Some(Evidence::at(fact, &line.path));
        }
        // Version 1 hierarchies are seldom hidden by a cgroup namespace: at their roots stands a
        // host's init.
        if lines.iter().filter(|line| !line.controllers.is_empty()).count() > 1
            && lines.iter().all(|line| line.path == "/")
        {
            return Some(Evidence::at(fact, "every hierarchy at its root"));
        }
    }
    // A cgroup of which nothing can be told may well be a container's; so may be other things that
    // were captured with it.
    if facts.cgroup.of_self.value().is_some() || !list(facts).is_empty() {
        return None;
    }
    let os = facts.os.os_release.value().map(|os| Evidence::at(&facts.os.os_release, &os.name));
    let release = || facts.os.release.value().map(|r| Evidence::at(&facts.os.release, &r.text));
    let map =
        || {
            facts.process.uid_map.value().map(|_| {
                Evidence::new("/proc/self/uid_map", "the map of the initial user namespace")
            })
        };
    os.or_else(release).or_else(map)
}
