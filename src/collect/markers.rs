//! What tells a container or a virtual machine from a host.

use super::Collector;
use crate::facts::{Fact, Markers, Missing};

/// The files and directories that mark a container, a virtual machine or a platform.
const MARKERS: &[&str] = &[
    "/.dockerenv",
    "/run/.containerenv",
    "/run/systemd/container",
    "/run/host/container-manager",
    "/proc/vz",
    "/proc/bc",
    "/dev/lxd/sock",
    "/dev/.lxc",
    "/.flatpak-info",
    "/.singularity.d",
    "/run/secrets/kubernetes.io/serviceaccount",
    "/var/run/secrets/kubernetes.io/serviceaccount",
    "/proc/sys/fs/binfmt_misc/WSLInterop",
    "/proc/sys/fs/binfmt_misc/WSLInterop-late",
    "/usr/lib/wsl",
    "/run/systemd/system",
    "/Docker/host",
];

pub(super) fn markers(file: &Collector) -> Markers {
    let (systemd_container, container_manager) =
        (file.line("/run/systemd/container"), file.line("/run/host/container-manager"));
    // What is read need not be looked for.
    let read = [&systemd_container, &container_manager];
    let present = |path: &'static str| match read.into_iter().find(|fact| fact.source == path) {
        Some(fact) if fact.value().is_some() => Fact::known(true, path),
        Some(fact) if fact.seen == Err(Missing::Absent) => Fact::known(false, path),
        _ => file.present(path),
    };
    Markers {
        paths: MARKERS.iter().map(|path| (*path, present(path))).collect(),
        systemd_container,
        container_manager,
        pid1_container: file.get("/proc/1/environ").field(|environ| manager(environ)),
        pid1_comm: file.line("/proc/1/comm"),
        pid2_comm: file.line("/proc/2/comm"),
    }
}

/// The name in the variable `container` of an environment. Where it was pasted from a terminal, the
/// zero bytes between the variables are gone or are ends of lines.
fn manager(environ: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(environ);
    let mut set = text.split(['\0', '\n']);
    let whole = set.find_map(|word| word.strip_prefix("container="));
    let pasted = || Some(text.split_once("container=").filter(|_| !text.contains('\0'))?.1);
    let value = whole.or_else(pasted)?;
    let value = value.split_once("container_").map_or(value, |(name, _)| name);
    let of_name = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '-';
    let name: String = value.chars().take_while(of_name).collect();
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pasted ones as chef/ohai keeps them (spec/unit/plugins/linux/virtualization_spec.rb).
    #[test]
    fn names_of_managers_in_environments() {
        for (environ, name) in [
            ("TERM=linux\0container=systemd-nspawn\0HOME=/root\0", Some("systemd-nspawn")),
            ("mycontainer=web\0HOME=/\0", None),
            ("container=\0HOME=/\0", None),
            ("HOME=/root\ncontainer=lxc\nTERM=linux\n", Some("lxc")),
            ("container=lxccontainer_ttys=/dev/pts/0 /dev/pts/1", Some("lxc")),
            ("container=systemd-nspawn_ttys=/dev/pts/0 /dev/pts/1", Some("systemd-nspawn")),
            ("/sbin:/binTERM=xtermcontainer=podmanHOSTNAME=8a97c663f060", Some("podman")),
        ] {
            assert_eq!(manager(environ.as_bytes()).as_deref(), name, "{environ:?}");
        }
    }
}
