//! Docker Desktop: the outer system shows in the directories that it shares.

use super::DOCKER;
use super::mounts::{file_place, list, of_mount};
use crate::facts::Evidence;
use crate::facts::Facts;
use crate::parse::mountinfo::Mount;
use crate::windmill::matrix::PlatformId;

/// A directory that Docker Desktop shares from the outer system, and the row of that system.
///
/// macOS: `fakeowner`, `grpcfuse` and `osxfs` file systems, `/run/host_mark/Users`; Windows: drives
/// under `/run/desktop/mnt/host`; Linux: `/run/host_mark/home`.
pub(crate) fn desktop_share(facts: &Facts) -> Option<(PlatformId, Evidence)> {
    list(facts).iter().find_map(|m| {
        let says = |text: &str| m.source.contains(text) || m.root.contains(text);
        let row = match () {
            () if says("host_mark/home") => PlatformId::DockerDesktopLinux,
            () if matches!(
                m.fs_type.as_str(),
                "fuse.osxfs" | "fuse.grpcfuse" | "osxfs" | "fakeowner"
            ) =>
            {
                PlatformId::DockerDesktopMacos
            }
            () if says("host_mark/Users")
                || says("host_mnt/Users")
                || m.source == "osxfs"
                || m.source == "grpcfuse" =>
            {
                PlatformId::DockerDesktopMacos
            }
            () if says("desktop/mnt/host") => PlatformId::DockerDesktopWindows,
            () => return None,
        };
        Some((row, of_mount(facts, m)))
    })
}

/// Files of a Docker Engine at its usual place, `/var/lib/docker`, seen from the root of its file
/// system. Docker Desktop keeps them on a disk of its own.
pub(crate) fn engine_data(facts: &Facts) -> Option<Evidence> {
    let of_engine =
        |m: &&Mount| file_place(m) == Some(DOCKER) && m.root.starts_with("/var/lib/docker/");
    list(facts).iter().find(of_engine).map(|m| of_mount(facts, m))
}

/// A drive of Windows in a container: that of Docker Desktop, or of an engine of its own inside a
/// WSL distribution.
pub(crate) fn windows_drive(facts: &Facts) -> Option<Evidence> {
    let drive = |m: &&Mount| {
        m.fs_type == "9p" && m.super_options.iter().any(|o| o.starts_with("aname=drvfs"))
    };
    list(facts).iter().find(drive).map(|m| of_mount(facts, m))
}
