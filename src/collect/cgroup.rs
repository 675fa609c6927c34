//! Control groups.

use super::Collector;
use crate::facts::{Cgroup, Fact, PidsLimit};
use crate::parse;

pub(super) fn cgroup(file: &Collector, mounts: &Fact<Vec<parse::mountinfo::Mount>>) -> Cgroup {
    let membership = |path| file.get(path).parse(|b| parse::cgroup::parse(&b));
    let of_self = membership("/proc/self/cgroup");
    Cgroup {
        pids: pids_limits(file, &of_self, mounts),
        of_pid1: membership("/proc/1/cgroup"),
        of_self,
    }
}

/// The pids controller of our cgroup and of every ancestor that is visible.
fn pids_limits(
    file: &Collector,
    of_self: &Fact<Vec<parse::cgroup::Membership>>,
    mounts: &Fact<Vec<parse::mountinfo::Mount>>,
) -> Fact<Vec<PidsLimit>> {
    let source = "/sys/fs/cgroup";
    let (Some(memberships), Some(mounts)) = (of_self.value(), mounts.value()) else {
        return Fact::not_probed(source);
    };
    let v1 = memberships.iter().find(|m| m.controllers.iter().any(|c| c == "pids"));
    let v2 = memberships.iter().find(|m| m.controllers.is_empty());
    let mount = |v1: bool| {
        mounts.iter().find(|m| {
            if v1 { m.fs_type == "cgroup" && m.has_super("pids") } else { m.fs_type == "cgroup2" }
        })
    };
    let Some((member, mount)) = v1
        .and_then(|m| Some((m, mount(true)?)))
        .or_else(|| v2.and_then(|m| Some((m, mount(false)?))))
    else {
        return Fact::absent(source);
    };
    let below = member.path.strip_prefix(mount.root.trim_end_matches('/')).unwrap_or("/");
    let mut limits = vec![];
    let mut rest = below.trim_end_matches('/');
    loop {
        let dir = format!("{}{rest}", mount.target);
        let read = |name: &str| file.0.read(&format!("{dir}/{name}")).ok();
        if let (Some(current), Some(max)) = (read("pids.current"), read("pids.max")) {
            let max = parse::text(&max).trim().parse().ok();
            if let Ok(current) = parse::number(&current) {
                limits.push(PidsLimit { path: dir, current, max });
            }
        }
        match rest.rsplit_once('/') {
            Some((parent, _)) => rest = parent,
            None => break,
        }
    }
    Fact::known(limits, source)
}
