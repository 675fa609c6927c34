//! What is documented well enough to be assumed of the place where a workload will be deployed,
//! seen from somewhere else: a host, the runtime of its pods, a setting of its Docker daemon.
//!
//! A host is the plain one with what its vendor changes. What a vendor does not document is left
//! unknown, not guessed.

mod at_rest;
mod hosts;

use crate::deploy::Runtime;
use crate::facts::{Caps, Device, Fact, Facts, OwnNamespaces, ProcDir};
use crate::parse::idmap::{Extent, IdMap};
use crate::parse::mountinfo::{Mount, MountEntry};
use crate::parse::release::Release;
use crate::plan::Namespaces;

pub(crate) use at_rest::at_rest;
pub(crate) use hosts::ASSUMPTIONS;

pub(crate) struct Assumption {
    pub id: &'static str,
    /// What it is, in a line.
    pub about: &'static str,
    /// What is assumed; of a host, beside the plain one.
    pub assumes: &'static str,
    /// Where that is documented.
    pub source: &'static str,
    pub kind: AssumptionKind,
}

/// A kernel line, e.g. `6.12`, and what the vendor of a host changes.
type Vendor = ((u32, u32), fn(&mut Facts));

pub(crate) enum AssumptionKind {
    /// A host; some come with a runtime.
    Host {
        /// What makes it differ from the plain host.
        host: Vendor,
        /// What makes its pods.
        pods: Pods,
    },
    /// The runtime of pods; some come with a host, unless another one is assumed.
    Runtime {
        /// What makes the pods.
        pods: Runtime,
        /// The host that it comes with.
        host: Option<Vendor>,
    },
    /// A Docker daemon that remaps root.
    UsernsRemap,
}

/// What makes the pods of a host.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Pods {
    /// Whatever the files show.
    Open,
    /// containerd, unless another runtime is assumed.
    Usually,
    Always(Runtime),
}

impl AssumptionKind {
    const fn host(kernel: (u32, u32), change: fn(&mut Facts)) -> Self {
        Self::Host { host: (kernel, change), pods: Pods::Open }
    }

    const fn with(self, pods: Pods) -> Self {
        match self {
            Self::Host { host, .. } => Self::Host { host, pods },
            other => other,
        }
    }

    /// Its name in a report.
    pub(crate) fn id(&self) -> &'static str {
        match self {
            Self::Host { .. } => "host",
            Self::Runtime { .. } => "runtime",
            Self::UsernsRemap => "daemon",
        }
    }

    fn pods(&self) -> Option<Runtime> {
        match self {
            Self::Host { pods: Pods::Always(runtime), .. } => Some(*runtime),
            Self::Runtime { pods, .. } => Some(*pods),
            Self::Host { .. } | Self::UsernsRemap => None,
        }
    }
}

/// Everything that is assumed.
#[derive(Default)]
pub(crate) struct Assumed {
    /// The host: its id and its facts.
    pub host: Option<(&'static str, Facts)>,
    pub pods: Option<Runtime>,
    /// Whether files may show another runtime than containerd, where none is assumed.
    pub files_show_pods: bool,
    /// Whether its Docker daemon remaps root.
    pub userns_remap: bool,
}

/// What these ids assume together.
///
/// # Errors
/// When two contradict each other.
pub(crate) fn together(ids: &[String]) -> Result<Assumed, String> {
    let rows = || ASSUMPTIONS.iter().filter(|row| ids.iter().any(|id| row.id == id));
    let two = |a: &Assumption, b: &Assumption, kind| {
        Err(format!("--assume {} and --assume {} are two {kind}: give one", a.id, b.id))
    };
    let mut hosts = rows().filter(|row| matches!(row.kind, AssumptionKind::Host { .. }));
    let host = hosts.next();
    if let (Some(first), Some(second)) = (host, hosts.next()) {
        return two(first, second, "hosts");
    }
    let mut runtimes = rows().filter_map(|row| Some((row, row.kind.pods()?)));
    let runtime = runtimes.next();
    if let Some((first, pods)) = runtime
        && let Some((second, _)) = runtimes.find(|(_, other)| *other != pods)
    {
        return match first.kind {
            AssumptionKind::Host { .. } => Err(format!(
                "--assume {} has {}: --assume {} contradicts it",
                first.id,
                pods.defaults().name,
                second.id
            )),
            _ => two(first, second, "runtimes"),
        };
    }
    let comes_with = || {
        rows().find_map(|row| match row.kind {
            AssumptionKind::Runtime { host, .. } => Some((row, host?)),
            _ => None,
        })
    };
    let host = match host {
        Some(Assumption { id, kind: AssumptionKind::Host { host, .. }, .. }) => Some((*id, *host)),
        _ => comes_with().map(|(row, host)| (row.id, host)),
    };
    Ok(Assumed {
        host: host.map(|(id, (kernel, change))| {
            let mut facts = plain(kernel);
            change(&mut facts);
            (id, facts)
        }),
        pods: runtime.map(|(_, pods)| pods),
        files_show_pods: !rows()
            .any(|row| matches!(row.kind, AssumptionKind::Host { pods: Pods::Usually, .. })),
        userns_remap: rows().any(|row| matches!(row.kind, AssumptionKind::UsernsRemap)),
    })
}

/// What these ids assume together where isodoc runs on this system. If they name no host and it is
/// no Linux, the containers run in the virtual machine of Docker Desktop, or in a cluster where
/// they contradict that.
///
/// # Errors
/// When two contradict each other.
pub(crate) fn on(system: &str, ids: &[String]) -> Result<Assumed, String> {
    let named = together(ids)?;
    if system == "linux" || named.host.is_some() {
        return Ok(named);
    }
    let with = |host: &str| together(&[ids, &[host.to_owned()]].concat());
    with("docker-desktop").or_else(|_| with("plain-linux"))
}

/// The ids of the hosts.
pub(crate) fn hosts() -> impl Iterator<Item = &'static str> {
    let hosts = ASSUMPTIONS.iter().filter(|row| matches!(row.kind, AssumptionKind::Host { .. }));
    hosts.map(|row| row.id)
}

#[cfg(test)]
pub(crate) fn host(id: &str) -> Facts {
    together(&[id.to_owned()]).unwrap().host.unwrap().1
}

fn assumed<T>(value: T) -> Fact<T> {
    Fact::known(value, "assumed host")
}

fn absent<T>() -> Fact<T> {
    Fact::absent("assumed host")
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
    facts.process.cap_eff = assumed(Caps::ALL);
    facts.process.cap_bnd = assumed(Caps::ALL);
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
    facts.namespaces.user = assumed(OwnNamespaces::INITIAL_USER);
    facts.namespaces.pid = assumed(OwnNamespaces::INITIAL_PID);
    facts.namespaces.pid_for_children = assumed(OwnNamespaces::INITIAL_PID);
    facts.namespaces.cgroup = assumed(OwnNamespaces::INITIAL_CGROUP);
    facts.namespaces.time = assumed(OwnNamespaces::INITIAL_TIME);
    facts.mounts.proc = assumed(ProcDir::Proc);
    facts.mounts.list = assumed(vec![mount(1, 0, "/", "ext4"), mount(2, 1, "/proc", "proc")]);
    facts.mounts.root_is_mount = assumed(true);
    facts.sysctl.unprivileged_userns_clone = absent();
    facts.sysctl.apparmor_restrict_unprivileged_userns = absent();
    facts.sysctl.apparmor_restrict_unprivileged_unconfined = absent();
    facts.sysctl.rhel7_userns_enable = absent();
    for (_, kind) in Namespaces::KINDS {
        facts.sysctl.max_namespaces.insert(kind, assumed(31_231));
    }
    facts.sysctl.pid_max = assumed(4_194_304);
    facts.sysctl.threads_max = assumed(62_462);
    facts.sysctl.tasks = assumed(200);
    facts.sysctl.mount_max = assumed(100_000);
    facts.lsm.list = assumed(vec!["capability".into(), "landlock".into(), "yama".into()]);
    facts.lsm.apparmor = assumed(false);
    facts.lsm.apparmor_label = absent();
    facts.lsm.label = absent();
    facts.lsm.selinux_enforcing = absent();
    facts.lsm.selinux_userns_class = absent();
    facts.cgroup.pids = assumed(vec![]);
    // systemd `rules.d/50-udev-default.rules`. That of virtual machines hangs on the processor.
    for path in ["/dev/net/tun", "/dev/fuse"] {
        let device = Device { mode: 0o666, uid: 0, gid: Some(0), refused: false };
        facts.devices.insert(path, assumed(device));
    }
    debug_assert!(facts.process.cap_eff.value().is_some_and(|caps| caps.has(Caps::SYS_ADMIN)));
    facts
}

/// systemd makes every mount shared (systemd `src/core/mount-setup.c`, "MS_REC|MS_SHARED").
fn mount(id: i64, parent: i64, target: &str, fs_type: &str) -> Mount {
    let entry = MountEntry {
        id,
        parent,
        root: "/".into(),
        target: target.into(),
        options: vec!["rw".into(), "relatime".into()],
        propagation: vec![format!("shared:{id}")],
        fs_type: fs_type.into(),
        source: fs_type.into(),
        super_options: vec!["rw".into()],
    };
    entry.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Program;

    fn assume(ids: &str) -> Result<Assumed, String> {
        together(&ids.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn ids_are_unique_and_each_names_its_source() {
        for (at, row) in ASSUMPTIONS.iter().enumerate() {
            assert!(ASSUMPTIONS[..at].iter().all(|other| other.id != row.id), "{}", row.id);
            for text in [row.source, row.about, row.assumes] {
                assert!(!text.is_empty(), "{}", row.id);
            }
            assert!(assume(row.id).is_ok());
        }
    }

    #[test]
    fn where_there_is_no_linux_docker_desktop_has_one() {
        let host = |system, ids: &[&str]| {
            let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
            on(system, &ids).unwrap().host.map(|(id, _)| id)
        };
        assert_eq!(host("linux", &[]), None);
        for system in ["windows", "macos"] {
            assert_eq!(host(system, &[]), Some("docker-desktop"));
            assert_eq!(host(system, &["containerd"]), Some("docker-desktop"));
            assert_eq!(host(system, &["cri-o"]), Some("plain-linux"));
            assert_eq!(host(system, &["talos"]), Some("talos"));
            assert_eq!(host(system, &["openshift-4"]), host("linux", &["openshift-4"]));
        }
    }

    #[test]
    fn what_goes_together() {
        let of = |ids| {
            let assumed = assume(ids).unwrap();
            (assumed.host.map(|(id, _)| id), assumed.pods, assumed.userns_remap)
        };
        let (containerd, cri_o) = (Some(Runtime::Containerd), Some(Runtime::CriO));
        assert_eq!(of(""), (None, None, false));
        assert_eq!(of("cri-o"), (None, cri_o, false));
        assert_eq!(of("debian-12 userns-remap"), (Some("debian-12"), None, true));
        assert_eq!(of("talos"), (Some("talos"), containerd, false));
        assert_eq!(of("containerd talos"), (Some("talos"), containerd, false));
        // OpenShift brings a host, where no other is assumed.
        assert_eq!(of("openshift-4"), (Some("openshift-4"), cri_o, false));
        assert_eq!(of("openshift-4 rhel-9 cri-o"), (Some("rhel-9"), cri_o, false));
    }

    #[test]
    fn what_contradicts() {
        for ids in
            ["debian-12 ubuntu-24.04", "containerd cri-o", "talos cri-o", "gke-cos openshift-4"]
        {
            let why = assume(ids).err().unwrap_or_else(|| panic!("{ids}"));
            assert!(ids.split(' ').all(|id| why.contains(id)), "{why}");
        }
    }

    /// Root on each host itself: what its vendor documents.
    #[test]
    fn root_is_refused_only_where_the_vendor_switches_it_off() {
        use crate::diagnosis::predict;
        use crate::mechanisms::unshare;
        let hosts =
            ASSUMPTIONS.iter().filter(|row| matches!(row.kind, AssumptionKind::Host { .. }));
        for row in hosts {
            let plan = unshare::planned("--user --map-root-user", 0);
            let mut facts = host(row.id);
            facts.tools.set(
                &unshare::PROGRAM,
                crate::rules::tests::healthy().tools.get(&unshare::PROGRAM).clone(),
            );
            let found = facts.tools.get(&unshare::PROGRAM).clone();
            facts.tools.set(&Program::TRUE, found);
            facts.mounts.list = crate::rules::tests::healthy().mounts.list.clone();
            facts.mounts.namespace_size = assumed(2);
            let cause = predict(&facts, &plan).cause.map(|rule| rule.id);
            let off = matches!(row.id, "bottlerocket" | "talos" | "fargate");
            assert_eq!(cause, off.then_some("max-user-namespaces-zero"), "{}", row.id);
        }
    }
}
