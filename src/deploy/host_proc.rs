//! A procfs of the host, mounted elsewhere in a container (`-v /proc:/host/proc`): where nothing
//! covers it, the kernel lets a fresh one be mounted, whatever covers the container's own.
//!
//! mount_too_revealing() in fs/namespace.c looks at every procfs of the mount namespace; seen with
//! Docker 20.10 and podman 4.3, runc 1.1 and Linux 6.18. runc mounts the container's procfs below
//! the directory that is to be its root, and covers parts of it later: a mount of a directory that
//! has that root in it brings the procfs as it was (seen with both, `-v /var/lib/docker:/h`).

use super::container::Engine;
use super::mounts::{Target, clean};
use super::place::{At, Place};
use super::security_opt::parse_bool;
use super::setting::Settings;
use crate::parse::path;

/// What every procfs has.
const ALWAYS_THERE: &[&str] = &["1", "bus", "fs", "irq", "self", "sys"];

/// What of the host is mounted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum HostPart {
    /// Its procfs. A part of one does not count: the kernel asks for the root of it.
    Proc,
    /// Its root directory, and the procfs with it.
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

/// Whether the root directories of containers may be at a path, above it or below it.
fn has_roots(path: &str) -> bool {
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
    ROOTS.iter().any(has)
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
}

impl BindOptions {
    /// By the options of a volume; `bind` and `rbind` are podman's.
    pub(super) fn of_options<'o>(options: impl Iterator<Item = &'o str>) -> Self {
        let mut how = Self::default();
        for option in options {
            match option {
                "ro" => how.read_only = true,
                "bind" => how.below = Below::Left,
                _ => {}
            }
        }
        how
    }

    /// By the parts of a `--mount`. Of Docker's two options for what is below, one does not take
    /// back what the other leaves behind.
    pub(super) fn of_parts<'o>(parts: impl Iterator<Item = (&'o str, Option<&'o str>)>) -> Self {
        let (mut read_only, mut alone, mut below) = (false, false, Below::Usual);
        for (key, value) in parts {
            let on = value.is_none_or(|value| parse_bool(value) != Some(false));
            match (key, value) {
                ("readonly" | "ro", _) => read_only = on,
                ("bind-nonrecursive", _) => alone = on,
                ("bind-recursive", Some("disabled")) => alone = true,
                ("bind-recursive", Some(value)) => below = Below::of(value),
                _ => {}
            }
        }
        Self { read_only, below: if alone { Below::Left } else { below } }
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

/// Something of the host that has its procfs in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct HostProc {
    part: HostPart,
    /// Where its procfs is in the container, or what that is below.
    pub(super) target: String,
    how: BindOptions,
}

impl HostProc {
    /// Of a path of the host that is mounted at a path of the container.
    fn of(source: &str, target: &str, how: BindOptions) -> Option<Self> {
        let below = if target == "/" { "" } else { target };
        let path = if source.starts_with('/') { clean(source) } else { source.to_owned() };
        let path = through_root(path);
        let (part, target) = match path.as_str() {
            "/proc" => (HostPart::Proc, target.to_owned()),
            _ if how.below == Below::Left => return None,
            "/" => (HostPart::Root, format!("{below}/proc")),
            path if has_roots(path) => (HostPart::Roots, target.to_owned()),
            path if is_home(path) => (HostPart::Home, target.to_owned()),
            _ => return None,
        };
        Some(Self { part, target, how })
    }

    /// Whether nothing of it can be written; what is below a read-only directory can be.
    fn is_read_only(&self) -> bool {
        let below = self.part == HostPart::Proc || self.how.below == Below::ReadOnly;
        self.how.read_only && below
    }
}

impl Settings {
    /// Notes that a path of the host is mounted.
    pub(super) fn show_host(&mut self, source: &str, target: &str, how: BindOptions, place: Place) {
        // What is mounted over the container's own procfs is below its masks.
        let shown = HostProc::of(source, &clean(target), how);
        let shown = shown.filter(|at| at.target != "/proc" || at.part == HostPart::Roots);
        self.host_procs.extend(shown.map(|shown| At::new(shown, place)));
    }

    /// What is mounted inside a procfs of the host, at what need not be there: nothing is made in
    /// a procfs.
    pub(crate) fn mounted_in_procfs(&self) -> Option<&At<Target>> {
        let procs = self.host_procs.iter().filter(|at| at.value.part == HostPart::Proc);
        let outside = |path: &str, dir: &str| {
            let first = path::below(path, dir).and_then(|rest| rest.split('/').nth(1));
            first.is_none_or(|name| ALWAYS_THERE.contains(&name))
        };
        let dirs: Vec<&str> = procs.map(|at| at.value.target.as_str()).collect();
        self.targets.iter().find(|at| dirs.iter().any(|dir| !outside(&at.value.path, dir)))
    }

    /// Where the host's procfs may be seen, writable and with nothing over it. Whether it is,
    /// depends on more than a file tells (a merge, the engine's release, what the host itself has
    /// mounted there): it is a doubt, and never a reason to expect that isolation works.
    pub(super) fn host_proc_in_sight(&self, engine: Engine) -> Option<&str> {
        let counts = |shown: &HostProc| shown.part != HostPart::Home || engine == Engine::Podman;
        let mut all = self.host_procs.iter().map(|at| &at.value);
        all.find(|shown| counts(shown) && !shown.is_read_only()).map(|shown| shown.target.as_str())
    }
}
