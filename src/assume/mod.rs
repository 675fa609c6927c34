//! Hosts that are documented well enough to be assumed: where a workload will be deployed, seen
//! from somewhere else.
//!
//! Each is the plain host with what its vendor changes. What a vendor does not document is left
//! unknown, not guessed.

mod hosts;

use crate::facts::{Caps, Fact, Facts, Missing, ProcDir};
use crate::parse::idmap::{Extent, IdMap};
use crate::parse::mountinfo::Mount;
use crate::parse::release::Release;

pub(crate) use hosts::HOSTS;

/// An assumed host.
pub(crate) struct Assumption {
    /// The id.
    pub id: &'static str,
    /// What it is, in a line.
    pub about: &'static str,
    /// What is assumed beside the plain host.
    pub assumes: &'static str,
    /// Where that is documented.
    pub source: &'static str,
    /// The kernel line, e.g. `6.12`.
    pub kernel: (u32, u32),
    /// What the vendor changes.
    pub change: fn(&mut Facts),
}

/// The assumption of this id.
#[must_use]
pub(crate) fn find(id: &str) -> Option<&'static Assumption> {
    HOSTS.iter().find(|host| host.id == id)
}

impl Assumption {
    /// The facts of the host.
    #[must_use]
    pub(crate) fn facts(&self) -> Facts {
        let mut facts = plain(self.kernel);
        (self.change)(&mut facts);
        facts
    }
}

fn assumed<T>(value: T) -> Fact<T> {
    Fact::known(value, "assumed host")
}

fn absent<T>() -> Fact<T> {
    Fact::new(Err(Missing::Absent), "assumed host")
}

/// Root on a mainline kernel with default settings, without AppArmor and SELinux.
pub(crate) fn plain((major, minor): (u32, u32)) -> Facts {
    let mut facts = Facts { complete: true, ..Facts::default() };
    let release = format!("{major}.{minor}.0");
    facts.os.family = assumed("linux".into());
    facts.os.machine = assumed("x86_64".into());
    facts.os.version = assumed(format!("Linux version {release}"));
    facts.os.release = assumed(Release { major, minor, text: release });
    facts.process.euid = assumed(0);
    facts.process.egid = assumed(0);
    facts.process.cap_eff = assumed(crate::deploy::defaults::ALL);
    facts.process.cap_bnd = assumed(crate::deploy::defaults::ALL);
    facts.process.seccomp = assumed(0);
    facts.process.no_new_privs = assumed(false);
    facts.process.dumpable = assumed(1);
    facts.process.securebits = assumed(0);
    facts.process.ns_pids = assumed(vec![1000]);
    let whole = IdMap(vec![Extent { inside: 0, outside: 0, count: u64::from(u32::MAX) }]);
    facts.process.uid_map = assumed(whole.clone());
    facts.process.gid_map = assumed(whole);
    facts.process.setgroups = assumed("allow".into());
    facts.process.nproc_limit = assumed(None);
    // include/linux/proc_ns.h: the inode numbers of the initial namespaces.
    facts.namespaces.user = assumed(0xEFFF_FFFD);
    facts.namespaces.pid = assumed(0xEFFF_FFFC);
    facts.namespaces.pid_for_children = assumed(0xEFFF_FFFC);
    facts.namespaces.cgroup = assumed(0xEFFF_FFFB);
    facts.namespaces.time = assumed(0xEFFF_FFFA);
    facts.mounts.proc = assumed(ProcDir::Proc);
    facts.mounts.list = assumed(vec![mount(1, 0, "/", "ext4"), mount(2, 1, "/proc", "proc")]);
    facts.mounts.root_is_mount = assumed(true);
    facts.sysctl.unprivileged_userns_clone = absent();
    facts.sysctl.apparmor_restrict_unprivileged_userns = absent();
    facts.sysctl.apparmor_restrict_unprivileged_unconfined = absent();
    facts.sysctl.rhel7_userns_enable = absent();
    for kind in ["user", "pid", "mnt", "net", "ipc", "uts", "cgroup", "time"] {
        facts.sysctl.max_namespaces.insert(kind, assumed(31_231));
    }
    facts.sysctl.pid_max = assumed(4_194_304);
    facts.sysctl.threads_max = assumed(62_462);
    facts.sysctl.tasks = assumed(200);
    facts.sysctl.mount_max = assumed(100_000);
    facts.lsm.list = assumed(vec!["capability".into(), "yama".into()]);
    facts.lsm.apparmor = assumed(false);
    facts.lsm.apparmor_label = absent();
    facts.lsm.label = absent();
    facts.lsm.selinux_enforcing = absent();
    facts.lsm.selinux_userns_class = absent();
    facts.lsm.apparmor_unshare_profile = assumed(false);
    facts.cgroup.pids = assumed(vec![]);
    debug_assert!(facts.process.cap_eff.value().is_some_and(|caps| caps.has(Caps::SYS_ADMIN)));
    facts
}

fn mount(id: i64, parent: i64, target: &str, fs_type: &str) -> Mount {
    Mount {
        id,
        parent,
        root: "/".into(),
        target: target.into(),
        options: vec!["rw".into(), "relatime".into()],
        propagation: vec![],
        fs_type: fs_type.into(),
        source: fs_type.into(),
        super_options: vec!["rw".into()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Program;

    #[test]
    fn ids_are_unique_and_each_names_its_source() {
        for (at, host) in HOSTS.iter().enumerate() {
            assert!(HOSTS[..at].iter().all(|other| other.id != host.id), "{}", host.id);
            assert!(
                !host.source.is_empty() && !host.about.is_empty() && !host.assumes.is_empty(),
                "{}",
                host.id
            );
            assert!(find(host.id).is_some());
        }
    }

    /// Root on each host itself: what its vendor documents.
    #[test]
    fn root_is_refused_only_where_the_vendor_switches_it_off() {
        use crate::diagnosis::predict;
        use crate::mechanisms::unshare;
        for host in HOSTS {
            let plan =
                unshare::plan(&unshare::split("--user --map-root-user"), None, (Some(0), Some(0)));
            let mut facts = host.facts();
            facts.tools.set(
                &unshare::PROGRAM,
                crate::rules::tests::healthy().tools.get(&unshare::PROGRAM).clone(),
            );
            facts.tools.set(&Program::TRUE, facts.tools.get(&unshare::PROGRAM).clone());
            facts.mounts.list = crate::rules::tests::healthy().mounts.list;
            facts.mounts.namespace_size = assumed(2);
            let cause = predict(&facts, &plan).cause.map(|rule| rule.id);
            let off = matches!(host.id, "bottlerocket" | "talos" | "fargate");
            assert_eq!(cause, off.then_some("max-user-namespaces-zero"), "{}", host.id);
        }
    }
}
