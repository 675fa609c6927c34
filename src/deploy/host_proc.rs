//! The procfs of the host, mounted elsewhere in a container (`-v /proc:/host/proc`): where nothing
//! covers it, the kernel lets a fresh one be mounted, whatever covers the container's own.
//!
//! mount_too_revealing() in fs/namespace.c looks at every procfs of the mount namespace; seen with
//! Docker 20.10 and podman 4.3, runc 1.1 and Linux 6.18.

use super::mounts::clean;
use super::place::{At, Place};
use super::setting::Settings;

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
        let shown = HostProc::of(source, &clean(target), how).filter(|at| at.target != "/proc");
        self.host_procs.extend(shown.map(|shown| At::new(shown, place)));
    }

    /// Where the host's procfs may be seen, writable and with nothing over it. Whether it is,
    /// depends on more than a file tells (a merge, the engine's release, what the host itself has
    /// mounted there): it is a doubt, and never a reason to expect that isolation works.
    pub(super) fn host_proc_in_sight(&self) -> Option<&str> {
        let mut writable = self.host_procs.iter().filter(|at| !at.value.is_read_only());
        writable.next().map(|at| at.value.target.as_str())
    }
}
