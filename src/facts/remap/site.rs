//! Where a daemon starts its containers: on its own host, as root. What isodoc itself may do, as
//! another user or inside a sandbox, says nothing of that.

use super::container::in_container;
use crate::facts::{Caps, Fact, Facts};
use crate::mechanisms::kubernetes_userns;
use crate::parse::mountinfo::Mount;
use crate::plan::Program;

/// What is known of that place.
pub(crate) enum Site {
    /// It is this host: its facts, as the daemon's runtime meets them.
    Here(Box<Facts>),
    /// This is one of the containers in question, so they start.
    Inside,
    /// It is out of sight: isodoc is in a container of another kind, and the daemon is not.
    OutOfSight,
}

/// Where the daemon starts its containers: Docker's, or the runtime of a node.
#[must_use]
pub(crate) fn of_daemon(facts: &Facts, by: &Program) -> Site {
    match mounts_here(facts, by) {
        Ok(mounts) => Site::Here(Box::new(as_runtime(facts, mounts))),
        Err(site) => site,
    }
}

/// Whether that place is out of sight.
#[must_use]
pub(crate) fn is_out_of_sight(facts: &Facts, by: &Program) -> bool {
    matches!(mounts_here(facts, by), Err(Site::OutOfSight))
}

/// The mounts that the daemon sees, where it is on this host; else where it is.
fn mounts_here<'a>(facts: &'a Facts, by: &Program) -> Result<&'a Fact<Vec<Mount>>, Site> {
    let docker = &facts.docker;
    if by == &kubernetes_userns::RUNTIME {
        let apart = in_container(facts);
        return if apart { Err(Site::OutOfSight) } else { Ok(&facts.mounts.of_pid1) };
    }
    if super::elsewhere(facts).is_some() {
        return Err(Site::OutOfSight);
    }
    // Without a sign of the daemon here, nothing tells whose host this is.
    let apart = docker.installed.value() != Some(&true) || in_container(facts) || layered(facts);
    if apart && docker.live_flags.value().is_none() {
        let inside = docker.info.value().is_none() && facts.in_initial_userns() == Some(false);
        return Err(if inside { Site::Inside } else { Site::OutOfSight });
    }
    let mounts = [&docker.mounts, &facts.mounts.of_pid1];
    Ok(mounts.into_iter().find(|list| list.value().is_some()).unwrap_or(&docker.mounts))
}

/// Whether the root file system is made of layers, as a container's is.
fn layered(facts: &Facts) -> bool {
    let mounts = facts.mounts.list.value().into_iter().flatten();
    mounts.filter(|mount| mount.target == "/").any(|mount| mount.fs_type == "overlay")
}

/// The facts of this host for root outside any sandbox, in the mount namespace of the daemon, where
/// its mounts were seen.
fn as_runtime(facts: &Facts, mounts: &Fact<Vec<Mount>>) -> Facts {
    const RUNTIME: &str = "the runtime of a daemon is root";
    fn known<T>(value: T) -> Fact<T> {
        Fact::known(value, RUNTIME)
    }
    let mut there = facts.clone();
    let process = &mut there.process;
    (process.euid, process.egid) = (known(0), known(0));
    (process.cap_eff, process.cap_bnd) = (known(Caps::ALL), known(Caps::ALL));
    process.no_new_privs = known(false);
    process.seccomp = known(0);
    process.dumpable = known(1);
    process.securebits = known(0);
    process.setgroups = known("allow".into());
    process.nproc_limit = known(None);
    process.ns_pids = known(vec![1]);
    let own = there.namespaces.pid.clone();
    there.namespaces.pid_for_children = own;
    there.cgroup.pids = known(vec![]);
    there.env.ld_preload = Fact::absent(RUNTIME);
    there.trial = None;
    if facts.lsm.apparmor.value() == Some(&true) {
        there.lsm.apparmor_label = known("unconfined".into());
        there.lsm.label = known("unconfined".into());
    }
    if mounts.value().is_some() {
        there.mounts.list = mounts.clone();
        there.mounts.namespace_size = Fact::not_probed(RUNTIME);
    }
    there
}
