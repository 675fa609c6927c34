//! The procfs of the host, mounted elsewhere in a container (`-v /proc:/host/proc`): where nothing
//! covers it, the kernel lets a fresh one be mounted, whatever covers the container's own.
//!
//! mount_too_revealing() in fs/namespace.c looks at every procfs of the mount namespace. What is
//! said here of Docker 20.10 and podman 4.3 was seen with runc 1.1 on Linux 6.18.

use super::container::Engine;
use super::mounts::{Target, clean};
use super::place::{At, Place};
use super::setting::{Settings, Userns};
use crate::facts::mounts::ALWAYS_EMPTY;
use crate::facts::{Fact, Facts};
use crate::parse::mountinfo::Mount;

/// What of the host is mounted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum HostPart {
    /// Its procfs. A part of one does not count: the kernel asks for the root of it.
    Proc,
    /// Its root directory, and the procfs with it.
    Root,
}

/// What becomes of the mounts below what is mounted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Below {
    /// They come along, as the engine does it by itself.
    #[default]
    Usual,
    /// They are left behind.
    Left,
    /// They come along and are read-only as well.
    ReadOnly,
    /// They come along as they are.
    Writable,
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

    /// By the parts of a `--mount`.
    pub(super) fn of_parts<'o>(parts: impl Iterator<Item = (&'o str, &'o str)>) -> Self {
        let mut how = Self::default();
        for (key, value) in parts {
            let on = value != "false" && value != "0";
            match key {
                "readonly" | "ro" => how.read_only = on,
                "bind-nonrecursive" if on => how.below = Below::Left,
                "bind-recursive" => how.below = Below::of(value),
                _ => {}
            }
        }
        how
    }
}

impl Below {
    /// By Docker's word for it.
    pub(super) fn of(recursive: &str) -> Self {
        match recursive {
            "disabled" => Self::Left,
            "readonly" => Self::ReadOnly,
            "writable" => Self::Writable,
            _ => Self::Usual,
        }
    }
}

/// Something of the host that has its procfs in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct HostProc {
    part: HostPart,
    /// Where its procfs is in the container.
    pub(super) target: String,
    how: BindOptions,
}

impl HostProc {
    /// Of a path of the host that is mounted at a path of the container.
    fn of(source: &str, target: &str, how: BindOptions) -> Option<Self> {
        let below = if target == "/" { "" } else { target };
        let (part, target) = match source.starts_with('/').then(|| clean(source))?.as_str() {
            "/proc" => (HostPart::Proc, target.to_owned()),
            "/" if how.below != Below::Left => (HostPart::Root, format!("{below}/proc")),
            _ => return None,
        };
        Some(Self { part, target, how })
    }

    /// Whether something that is mounted there covers a part of it.
    fn is_covered_at(&self, target: &str) -> bool {
        target.strip_prefix(&self.target).is_some_and(|below| below.starts_with('/'))
    }
}

impl Settings {
    /// Notes that a path of the host is mounted.
    pub(super) fn shows_host(
        &mut self,
        source: &str,
        target: &str,
        how: BindOptions,
        place: Place,
    ) {
        // What is mounted over the container's own procfs is below its masks.
        let shown = HostProc::of(source, &clean(target), how).filter(|at| at.target != "/proc");
        self.host_procs.extend(shown.map(|shown| At::new(shown, place)));
    }

    /// What is mounted over those, whatever it is; and all else where the rest cannot be written.
    pub(super) fn deciding_targets(&self) -> impl Iterator<Item = &At<Target>> {
        self.targets.iter().filter(|at| {
            self.read_only.as_ref().is_some_and(|on| on.value)
                || self.host_procs.iter().any(|shown| shown.value.is_covered_at(&at.value.path))
        })
    }
}

/// Whether a mount on this part of /proc hides nothing.
fn is_always_empty(path: &str) -> bool {
    ALWAYS_EMPTY.iter().any(|(empty, _)| *empty == path)
}

/// The mounts of a container on this host that show the host's procfs, with what covers them there;
/// the ids begin with the first, and they stand on the root.
///
/// # Errors
/// With what would decide and is not known.
pub(super) fn shown(
    settings: &Settings,
    engine: Engine,
    host: &Facts,
    (first, root): (i64, i64),
) -> Result<Vec<Mount>, String> {
    let mut all: Vec<Mount> = vec![];
    for At { value: shown, .. } in &settings.host_procs {
        let Fact { seen: Ok(list), .. } = &host.mounts.list else {
            return Err("what is mounted over the host's /proc is not known".into());
        };
        // Its volumes are shown under other owners, which a procfs does not allow.
        let own_ids = settings.userns.as_ref().is_some_and(|at| at.value == Userns::Own);
        if own_ids && engine == Engine::Kubernetes {
            return Err("a procfs cannot be mounted under other owners".into());
        }
        let is_procfs = |mount: &&Mount| mount.fs_type == "proc" && mount.root == "/";
        let Some(proc) = host.mounts.on_proc().filter(is_procfs) else { continue };
        let read_only = match (shown.part, shown.how.below) {
            (HostPart::Root, Below::Usual) if shown.how.read_only && engine == Engine::Docker => {
                let target = &shown.target;
                return Err(format!("whether {target} is writable depends on Docker's release"));
            }
            (HostPart::Root, below) => shown.how.read_only && below == Below::ReadOnly,
            (HostPart::Proc, _) => shown.how.read_only,
        };
        let below = list.iter().filter(|_| shown.how.below != Below::Left);
        let below: Vec<_> =
            below.filter_map(|mount| Some((mount, mount.target.strip_prefix("/proc/")?))).collect();
        // The root directory may bring the container's own procfs as well, before it is masked.
        if shown.part == HostPart::Root && below.iter().any(|(_, path)| !is_always_empty(path)) {
            return Err("what the host's root directory has mounted below it decides".into());
        }
        let id = first + all.len() as i64;
        let mut options = proc.options.clone();
        if read_only {
            options.retain(|option| option != "rw");
            options.insert(0, "ro".into());
        }
        let target = shown.target.clone();
        all.push(Mount { id, parent: root, target, options, ..proc.clone() });
        for (mount, path) in below {
            let target = format!("{}/{path}", shown.target);
            let next = first + all.len() as i64;
            all.push(Mount { id: next, parent: id, target, ..mount.clone() });
        }
        for over in settings.targets.iter().filter(|at| shown.is_covered_at(&at.value.path)) {
            let next = first + all.len() as i64;
            let (target, fs_type) = (over.value.path.clone(), "bind".to_owned());
            all.push(Mount { id: next, parent: id, target, fs_type, ..proc.clone() });
        }
    }
    Ok(all)
}
