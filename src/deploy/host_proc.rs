//! What of the host is mounted in a container, and whether a procfs comes along
//! (`-v /proc:/host/proc`): where nothing covers it, the kernel lets a fresh one be mounted,
//! whatever covers the container's own.
//!
//! mount_too_revealing() in fs/namespace.c looks at every procfs of the mount namespace; seen with
//! Docker 20.10 and podman 4.3, runc 1.1 and Linux 6.18. runc mounts the container's procfs below
//! the directory that is to be its root, and covers parts of it later: a mount of a directory that
//! has that root in it brings the procfs as it was (seen with both, `-v /var/lib/docker:/h`).

use super::container::Engine;
use super::mounts::{self, clean};
use super::place::{At, Place};
use super::security_opt::parse_bool;
use super::setting::{Settings, StartObstacle};
use crate::facts::Facts;
use crate::facts::docker::Docker;
use crate::parse::mountinfo::holding;
use crate::parse::path;

/// What every procfs has.
const ALWAYS_THERE: &[&str] = &["1", "bus", "fs", "irq", "self", "sys"];

/// What of the host is mounted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum HostPart {
    /// A procfs. A part of one does not count: the kernel asks for the root of it.
    Proc,
    /// A directory with one somewhere below it, such as its root directory.
    Root,
    /// A directory that has the root directories of containers in it, or may have.
    Roots,
    /// A home directory, where podman has those of a user's containers.
    Home,
}

/// Where engines mount the root directories of containers, unless they are told otherwise: Docker;
/// podman and CRI-O; containerd; that of k3s; snaps of these.
const ROOTS: &[&str] =
    &["/var/lib/docker", "/var/lib/containers", "/run/containerd", "/run/k3s", "/var/snap"];

/// What else they have there, by its name.
const NO_ROOTS: &[&str] =
    &["buildkit", "containers", "image", "network", "plugins", "runtimes", "swarm", "volumes"];

/// A path without the links of a procfs that lead to the root directory of a process: of one of the
/// host's, that is the host's own.
fn through_root(path: String) -> String {
    let parts: Vec<&str> = path.split('/').collect();
    match parts.as_slice() {
        ["", "proc", _, "root", rest @ ..] => through_root(clean(&rest.join("/"))),
        _ => path,
    }
}

/// Where Docker has its data, unless it is told otherwise.
const DATA: &str = "/var/lib/docker";

/// Where Docker is told to have its data.
fn data_root(docker: &Docker) -> Option<&str> {
    let flags = [&docker.live_flags, &docker.unit_flags];
    let flag = flags.iter().find_map(|flags| flags.value()?.data_root.as_deref());
    let said = docker.info.value().map(|info| info.docker_root_dir.as_str());
    said.or(flag).or_else(|| docker.config.value()?.data_root.as_deref())
}

/// Whether the root directories of containers may be at a path, above it or below it.
fn has_roots(path: &str, host: &Facts) -> bool {
    // It is a link.
    let path = path
        .strip_prefix("/var")
        .filter(|rest| path::below(rest, "/run").is_some())
        .unwrap_or(path);
    let has = |roots: &&str| {
        let below = path::below(path, roots).is_some_and(|rest| {
            !rest.ends_with(".sock") && !rest.split('/').any(|name| NO_ROOTS.contains(&name))
        });
        below || path::below(roots, path).is_some()
    };
    ROOTS.iter().copied().chain(data_root(&host.docker)).any(|roots| has(&roots))
}

/// Whether it is a home directory, or that of all.
fn is_home(path: &str) -> bool {
    let depth = path.trim_end_matches('/').matches('/').count();
    ["~", "$HOME", "${HOME}", "/root"].contains(&path.trim_end_matches('/'))
        || path::below(path, "/home").is_some() && depth <= 2
}

/// What becomes of the mounts below what is mounted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Below {
    /// They come along, and may be writable where what is mounted is not.
    #[default]
    Usual,
    /// They are left behind.
    Left,
    /// They come along and are read-only as well.
    ReadOnly,
}

/// How a path of the host is mounted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct BindOptions {
    pub read_only: bool,
    pub below: Below,
    /// How what is mounted below later goes to the other place, as Docker calls it.
    pub propagation: Option<&'static str>,
}

impl BindOptions {
    /// By the options of a volume; `bind` and `rbind` are podman's.
    pub(super) fn of_options<'o>(options: impl Iterator<Item = &'o str>) -> Self {
        let mut how = Self::default();
        for option in options {
            match option {
                "ro" => how.read_only = true,
                "bind" => how.below = Below::Left,
                other => how.propagation = mounts::propagation(other).or(how.propagation),
            }
        }
        how
    }

    /// By the parts of a `--mount`. Of Docker's two options for what is below, one does not take
    /// back what the other leaves behind.
    pub(super) fn of_parts<'o>(parts: impl Iterator<Item = (&'o str, Option<&'o str>)>) -> Self {
        let (mut how, mut alone) = (Self::default(), false);
        for (key, value) in parts {
            let on = value.is_none_or(|value| parse_bool(value) != Some(false));
            match (key, value) {
                ("readonly" | "ro", _) => how.read_only = on,
                ("bind-nonrecursive", _) => alone = on,
                ("bind-recursive", Some("disabled")) => alone = true,
                ("bind-recursive", Some(value)) => how.below = Below::of(value),
                ("bind-propagation", Some(value)) => how.propagation = mounts::propagation(value),
                _ => {}
            }
        }
        Self { below: if alone { Below::Left } else { how.below }, ..how }
    }
}

impl Below {
    /// By Docker's word for it.
    pub(super) fn of(recursive: &str) -> Self {
        match recursive {
            "disabled" => Self::Left,
            "readonly" => Self::ReadOnly,
            _ => Self::Usual,
        }
    }
}

/// A path of the host that is mounted in a container.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct HostBind {
    source: String,
    /// Where it is in the container.
    pub(super) target: String,
    how: BindOptions,
}

/// Where a host has a procfs mounted.
fn procs(host: &Facts) -> impl Iterator<Item = &str> {
    let list = host.mounts.list.value().map_or(&[][..], Vec::as_slice);
    let whole = list.iter().filter(|mount| mount.fs_type == "proc" && mount.root == "/");
    whole.map(|mount| mount.target.as_str()).chain(["/proc"])
}

impl HostBind {
    /// Of a path of the host that is mounted at a path of the container.
    fn of(source: &str, target: &str, how: BindOptions) -> Self {
        let path = if source.starts_with('/') { clean(source) } else { source.to_owned() };
        Self { source: through_root(path), target: clean(target), how }
    }

    /// What has a procfs in it, and where that is in the container, or what it is below.
    fn part(&self, host: &Facts) -> Option<(HostPart, String)> {
        let Self { source, target, how } = self;
        let comes = how.below != Below::Left;
        let own = target.clone();
        let rest = procs(host).find_map(|proc| path::below(proc, source));
        let found = match rest {
            Some("") => (HostPart::Proc, own),
            _ if !comes => return None,
            Some(rest) => (HostPart::Root, clean(&format!("{target}{rest}"))),
            None if has_roots(source, host) => (HostPart::Roots, own),
            None if is_home(source) => (HostPart::Home, own),
            None => return None,
        };
        // What is mounted over the container's own procfs is below its masks.
        Some(found).filter(|(part, target)| target != "/proc" || *part == HostPart::Roots)
    }

    /// Whether it decides anything inside the container.
    pub(super) fn counts(&self, host: &Facts) -> bool {
        self.part(host).is_some()
    }

    /// Whether nothing of it can be written; what is below a read-only directory can be.
    fn is_read_only(&self, part: HostPart) -> bool {
        let below = part == HostPart::Proc || self.how.below == Below::ReadOnly;
        self.how.read_only && below
    }

    /// Why Docker, containerd and CRI-O do not mount it, which look at how it is mounted on the
    /// host (moby `daemon/volumes_linux.go` and `daemon/oci_linux.go`, containerd
    /// `pkg/oci/mounts.go`); podman does not.
    fn refused(&self, engine: Engine, host: &Facts) -> Option<StartObstacle> {
        let way = self.how.propagation?;
        let data = data_root(&host.docker).unwrap_or(DATA);
        let has = |dir: &str, path: &str| path::below(path, dir).is_some();
        let is_docker = engine == Engine::Docker;
        if is_docker && (has(data, &self.source) || has(&self.source, data)) {
            let why = "Docker mounts a directory that has its own data in it, or is in it, as \
                       `rslave` or `rshared` alone";
            if !["rslave", "rshared"].contains(&way) {
                return Some(StartObstacle::new(true, why.to_owned()));
            }
            // Then it may do with less.
            if has(data, &self.source) {
                return None;
            }
        }
        let looks = is_docker || engine == Engine::Kubernetes;
        let wants: &[&str] = match way {
            _ if !looks => return None,
            "shared" | "rshared" => &["shared:"],
            "slave" | "rslave" => &["shared:", "master:"],
            _ => return None,
        };
        let absolute = self.source.starts_with('/');
        let path = if absolute { self.source.as_str() } else { "/" };
        let mount = host.mounts.list.value().and_then(|list| holding(list, path));
        let is = |mark: &String| wants.iter().any(|want| mark.starts_with(want));
        if mount.is_some_and(|mount| mount.propagation.iter().any(is)) {
            return None;
        }
        let known = mount.filter(|_| absolute);
        let how = match known {
            Some(mount) => format!("what is mounted on {} is none", mount.target),
            None => format!("whether {} is on one is not known", self.source),
        };
        let why = format!("`{way}` takes a shared mount of the host, and {how}");
        Some(StartObstacle::new(known.is_some(), why))
    }
}

impl Settings {
    /// Notes that a path of the host is mounted.
    pub(super) fn show_host(&mut self, source: &str, target: &str, how: BindOptions, place: Place) {
        self.host_binds.push(At::new(HostBind::of(source, target, how), place));
    }

    /// Where it is said that a path of the host, from its root on, is mounted.
    pub(super) fn of_host(&self) -> Option<Place> {
        let of_root = |at: &&At<HostBind>| at.value.source.starts_with('/');
        self.host_binds.iter().find(of_root).map(|at| at.place)
    }

    /// What is to be made inside a procfs, of the host or the container's own, where nothing can be
    /// made and it need not be there: what is mounted, a device, the working directory.
    pub(crate) fn made_in_procfs(&self, host: &Facts) -> Option<At<StartObstacle>> {
        let of_host: Vec<&str> = self
            .host_binds
            .iter()
            .filter(|at| at.value.part(host).is_some_and(|(part, _)| part == HostPart::Proc))
            .map(|at| at.value.target.as_str())
            .collect();
        let need_not_be = |path: &str, dir: &str| {
            let first = path::below(path, dir).and_then(|rest| rest.split('/').nth(1));
            first.is_some_and(|name| !ALWAYS_THERE.contains(&name))
        };
        let of_host = |path: &str| of_host.iter().any(|dir| need_not_be(path, dir));
        let of_any = |path: &str| of_host(path) || need_not_be(path, "/proc");
        // What is mounted over the container's own, runc has rules for.
        let mounts = self.targets.iter().map(|at| (at.value.path.clone(), at.place));
        let mut mounts = mounts.filter(|(path, _)| of_host(path));
        let workdir = self.workdir.iter().map(|at| (clean(&at.value), at.place));
        let made = workdir.chain(self.device_targets()).find(|(path, _)| of_any(path));
        let (path, place) = mounts.next().or(made)?;
        let why =
            format!("{path} is inside a procfs, where nothing is made, and need not be there");
        Some(At::new(StartObstacle::new(false, why), place))
    }

    /// Why something of the host is not mounted.
    pub(crate) fn refused_binds(
        &self,
        engine: Engine,
        host: &Facts,
    ) -> impl Iterator<Item = At<StartObstacle>> {
        let binds = self.host_binds.iter();
        binds.filter_map(move |at| Some(At::new(at.value.refused(engine, host)?, at.place)))
    }

    /// Where a procfs of the host may be seen, writable and with nothing over it. Whether it is,
    /// depends on more than a file tells (a merge, the engine's release, what the host itself has
    /// mounted there): it is a doubt, and never a reason to expect that isolation works.
    pub(super) fn host_proc_in_sight(&self, engine: Engine, host: &Facts) -> Option<String> {
        self.host_binds.iter().find_map(|at| {
            let (part, target) = at.value.part(host)?;
            let counts = part != HostPart::Home || engine == Engine::Podman;
            (counts && !at.value.is_read_only(part)).then_some(target)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Fact;
    use crate::parse::mountinfo;

    /// A host with these mounts.
    fn host(mounts: &str) -> Facts {
        let mut host = Facts::default();
        let list = mountinfo::parse(mounts.as_bytes()).unwrap();
        host.mounts.list = Fact::known(list, "/proc/self/mountinfo");
        host
    }

    fn bind(volume: &str) -> Settings {
        let mut settings = Settings::default();
        settings.mounts_volume(volume, Place::default());
        settings
    }

    const MOUNTS: &str = "1 0 8:1 / / rw - ext4 /dev/a rw\n\
        2 1 0:5 / /proc rw - proc proc rw\n\
        3 1 8:2 / /srv rw shared:1 - ext4 /dev/b rw\n\
        4 1 8:3 / /net rw master:2 - ext4 /dev/c rw\n\
        5 3 0:6 / /srv/chroot/proc rw - proc proc rw\n\
        6 1 0:6 /sys /opt/sys rw - proc proc rw\n";

    /// Docker 28.2 with `/` private; containerd and CRI-O look the same way, podman 4.3 does not.
    #[test]
    fn what_a_mount_of_the_host_does_not_share() {
        let host = host(MOUNTS);
        for (volume, refused) in [
            ("/tmp:/h:shared", Some(true)),
            ("/tmp:/h:rslave,ro", Some(true)),
            ("/tmp:/h:rprivate", None),
            ("/tmp:/h", None),
            ("/srv/x:/h:rshared", None),
            ("/srv:/h:slave", None),
            ("/net/a:/h:slave", None),
            ("/net/a:/h:shared", Some(true)),
            ("./x:/h:shared", Some(false)),
        ] {
            let said = |engine| {
                let settings = bind(volume);
                let found: Vec<bool> =
                    settings.refused_binds(engine, &host).map(|at| at.value.is_sure).collect();
                found.first().copied()
            };
            assert_eq!(said(Engine::Docker), refused, "{volume}");
            assert_eq!(said(Engine::Kubernetes), refused, "{volume}");
            assert_eq!(said(Engine::Podman), None, "{volume}");
        }
        let nothing = bind("/tmp:/h:shared");
        assert!(
            nothing.refused_binds(Engine::Docker, &Facts::default()).all(|at| !at.value.is_sure)
        );
    }

    /// The same daemon: its data goes into a container as it is told here.
    #[test]
    fn the_data_of_docker_itself() {
        let mut host = host("1 0 8:1 / / rw shared:1 - ext4 /dev/a rw\n");
        let refused = |host: &Facts, volume: &str| {
            bind(volume).refused_binds(Engine::Docker, host).next().is_some()
        };
        for (volume, is) in [
            ("/:/h:rprivate", true),
            ("/:/h:slave", true),
            ("/:/h:rslave", false),
            ("/:/h", false),
            ("/var/lib/docker/x:/h:shared", true),
            ("/var/lib/dockers:/h:shared", false),
            ("/data:/h:rprivate", false),
        ] {
            assert_eq!(refused(&host, volume), is, "{volume}");
        }
        let config = crate::parse::daemon_json::parse(br#"{"data-root": "/data/docker"}"#).unwrap();
        host.docker.config = Fact::known(config, "daemon.json");
        assert!(refused(&host, "/data:/h:rprivate"));
        assert!(!refused(&host, "/var/lib/docker/x:/h:shared"));
        let sees = |volume: &str| bind(volume).host_proc_in_sight(Engine::Docker, &host).is_some();
        assert!(sees("/data:/h") && sees("/data/docker:/h") && !sees("/srv:/h"));
    }

    #[test]
    fn another_procfs_of_the_host_comes_along() {
        let host = host(MOUNTS);
        let sees = |volume: &str| bind(volume).host_proc_in_sight(Engine::Docker, &host);
        assert_eq!(sees("/srv/chroot:/h").as_deref(), Some("/h/proc"));
        assert_eq!(sees("/srv:/h:ro").as_deref(), Some("/h/chroot/proc"));
        assert_eq!(sees("/srv/chroot/proc:/h").as_deref(), Some("/h"));
        for volume in ["/srv/chroot:/h:bind", "/srv/chroot/proc:/h:ro", "/opt:/h", "/srv/x:/h"] {
            assert_eq!(sees(volume), None, "{volume}");
        }
    }

    /// Docker 28.2, podman 4.3 with runc 1.1.5.
    #[test]
    fn what_is_made_in_a_procfs() {
        let made = |options: &dyn Fn(&mut Settings)| {
            let mut settings = bind("/srv/chroot/proc:/h");
            options(&mut settings);
            settings.made_in_procfs(&host(MOUNTS)).is_some()
        };
        let at = |text: &str| Some(At::new(text.to_owned(), Place::default()));
        for (dir, is) in [
            ("/proc/foo", true),
            ("/h/foo", true),
            ("/proc/self/fd", false),
            ("/h/sys/kernel", false),
            ("/proc", false),
            ("/x", false),
        ] {
            assert_eq!(made(&|s| s.workdir = at(dir)), is, "{dir}");
            let device = format!("/dev/null:{dir}");
            assert_eq!(made(&|s| s.give_device(&device, Place::default())), is, "{device}");
        }
        // runc and crun say what they mount over the container's own.
        let over = |target: &str| {
            let target = target.to_owned();
            made(&|s| s.mounts_volume(&format!("/tmp:{target}"), Place::default()))
        };
        assert!(over("/h/foo") && !over("/proc/cpuinfo"));
    }
}
