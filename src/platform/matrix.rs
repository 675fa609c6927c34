//! Which row of the documented platform matrix a vantage falls in. The rows are Windmill's
//! ([`crate::windmill::matrix`]).

use serde::Serialize;

use super::signs;
use super::vantage::{Vantage, VantageId};
use crate::facts::{Evidence, Facts};
use crate::windmill::matrix::{Documented, PlatformId};

/// The row of the matrix that a place falls in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Platform {
    /// The id of the row.
    pub id: PlatformId,
    /// What the documentation says of it.
    pub documented: Documented,
    /// The documented notes; beyond the documented rows, what this place is.
    pub notes: String,
    /// What shows it.
    pub evidence: Vec<Evidence>,
}

/// Works out which row this place falls in. Pure.
#[must_use]
pub(crate) fn row(facts: &Facts, vantage: &Vantage) -> Platform {
    let (id, evidence) = place(facts, vantage);
    let (documented, notes) = match (id.documented_row(), id) {
        (Some(row), _) => (row.documented, row.notes.to_owned()),
        (None, PlatformId::Unknown) => {
            (Documented::Undocumented, "the facts do not tell which platform this is".to_owned())
        }
        (None, _) => (
            Documented::Undocumented,
            format!("{}: not among the documented platforms", vantage.name),
        ),
    };
    Platform { id, documented, notes, evidence }
}

fn place(facts: &Facts, vantage: &Vantage) -> (PlatformId, Vec<Evidence>) {
    if let Some(family) = facts.os.family.value() {
        let evidence = || vec![Evidence::of(&facts.os.family)];
        // There the workers run in the containers of Docker Desktop; that row is what the
        // documentation has for the system.
        match family.as_str() {
            "linux" => {}
            "macos" | "darwin" => return (PlatformId::DockerDesktopMacos, evidence()),
            "windows" => return (PlatformId::DockerDesktopWindows, evidence()),
            _ => return (PlatformId::Other, evidence()),
        }
    }
    match vantage.id {
        VantageId::Unknown => (PlatformId::Unknown, vec![]),
        VantageId::Kubernetes => (PlatformId::Kubernetes, vantage.evidence.clone()),
        // The sandbox of a pod is still a pod: the cluster decides.
        VantageId::Gvisor => match signs::kubernetes(facts) {
            Some(evidence) => (PlatformId::Kubernetes, vec![evidence]),
            None => (PlatformId::Other, vantage.evidence.clone()),
        },
        VantageId::Docker if vantage.name != signs::ECS.name => docker_desktop(facts)
            .unwrap_or_else(|| {
                let evidence = vantage.evidence.clone();
                (PlatformId::LinuxDockerCompose, evidence)
            }),
        VantageId::Host => docker_desktop_vm(facts)
            .or_else(|| Some((PlatformId::Other, vec![signs::device(facts)?])))
            .unwrap_or_else(|| (PlatformId::LinuxBareMetal, vantage.evidence.clone())),
        _ => (PlatformId::Other, vantage.evidence.clone()),
    }
}

/// Whether this Docker is Docker Desktop's, and on which system.
///
/// Its virtual machine runs a LinuxKit kernel on macOS, on Linux and with Hyper-V, and Microsoft's
/// with WSL 2. Only directories shared from the outer system tell these apart; without any,
/// LinuxKit stands for macOS, where no other kernel is to be had (on Linux, Docker Desktop is the
/// exception beside Docker Engine).
fn docker_desktop(facts: &Facts) -> Option<(PlatformId, Vec<Evidence>)> {
    let microsoft = signs::microsoft_kernel(facts).or_else(|| signs::windows_drive(facts));
    let linuxkit = signs::linuxkit(facts);
    let shared = signs::desktop_share(facts);
    match (shared, microsoft, linuxkit) {
        (Some((id, share)), microsoft, linuxkit) => {
            Some((id, [Some(share), microsoft.or(linuxkit)].into_iter().flatten().collect()))
        }
        // An engine of its own inside a WSL distribution keeps its data where any Linux does.
        (None, Some(kernel), _) => match signs::engine_data(facts) {
            Some(data) => Some((PlatformId::LinuxDockerCompose, vec![kernel, data])),
            None => Some((PlatformId::DockerDesktopWindows, vec![kernel])),
        },
        (None, None, Some(kernel)) => {
            let guess = "not told apart from Docker Desktop on Linux or with Hyper-V: no shared \
                directory is seen";
            Some((
                PlatformId::DockerDesktopMacos,
                vec![kernel, Evidence::new("/proc/self/mountinfo", guess)],
            ))
        }
        (None, None, None) => None,
    }
}

/// The virtual machine of Docker Desktop itself, outside any container.
fn docker_desktop_vm(facts: &Facts) -> Option<(PlatformId, Vec<Evidence>)> {
    signs::linuxkit(facts)?;
    docker_desktop(facts)
}

#[cfg(test)]
mod tests {
    /// crostini's banner, as `uname -a` prints it.
    #[test]
    fn the_kernel_of_chromeos_is_no_bare_metal() {
        let mut facts = crate::rules::tests::healthy();
        let host = Vantage { id: VantageId::Host, name: "a host", evidence: vec![] };
        for banner in [
            "Linux version 5.15.148-20578-g9d2d4a0f2d4a (chrome-bot@chromeos-ci) (clang)",
            // As it stands in a snapshot, without who built it.
            "Linux version 4.4.252-19740-gcbe014496e37 (redacted) (Chromium OS 12.0 clang 12.0.0)",
        ] {
            facts.os.version = crate::facts::Fact::known(banner.into(), "/proc/version");
            assert_eq!(super::row(&facts, &host).id, PlatformId::Other, "{banner}");
        }
    }

    use super::*;
    use crate::facts::Fact;

    #[test]
    fn other_systems_have_their_row() {
        for (family, id) in [
            ("macos", PlatformId::DockerDesktopMacos),
            ("windows", PlatformId::DockerDesktopWindows),
            ("freebsd", PlatformId::Other),
        ] {
            let mut facts = Facts::default();
            facts.os.family = Fact::known(family.to_owned(), "uname(2)");
            assert_eq!(row(&facts, &super::super::detect(&facts)).id, id, "{family}");
        }
        let nothing = Facts::default();
        let platform = row(&nothing, &super::super::detect(&nothing));
        assert_eq!(
            (platform.id, platform.documented),
            (PlatformId::Unknown, Documented::Undocumented)
        );
    }

    fn docker_with(release: &str, mounts: &str) -> PlatformId {
        let mut facts = Facts::default();
        facts.os.release = Fact::known(
            crate::parse::release::parse(release.as_bytes()).unwrap(),
            "/proc/sys/kernel/osrelease",
        );
        let root = "30 1 0:50 / / rw - overlay overlay rw,lowerdir=/var/lib/docker/overlay2/l/A\n";
        facts.mounts.list = Fact::known(
            crate::parse::mountinfo::parse(format!("{root}{mounts}").as_bytes()).unwrap(),
            "/proc/self/mountinfo",
        );
        row(&facts, &super::super::detect(&facts)).id
    }

    #[test]
    fn docker_desktop_is_told_by_its_kernel_and_its_shares() {
        assert_eq!(docker_with("6.1.0-28-amd64", ""), PlatformId::LinuxDockerCompose);
        assert_eq!(docker_with("6.12.76-linuxkit", ""), PlatformId::DockerDesktopMacos);
        let home = "40 30 0:60 /host_mark/home/me/src /src rw - virtiofs host rw\n";
        assert_eq!(docker_with("6.12.76-linuxkit", home), PlatformId::DockerDesktopLinux);
        let users = "40 30 0:60 /Users/me/src /src rw - fakeowner /run/host_mark/Users rw\n";
        assert_eq!(docker_with("6.12.76-linuxkit", users), PlatformId::DockerDesktopMacos);
        assert_eq!(
            docker_with("5.15.167.4-microsoft-standard-WSL2", ""),
            PlatformId::DockerDesktopWindows
        );
        let drive = "40 30 0:50 /Users/me /src rw - 9p C:\\134 rw,aname=drvfs;path=C:\\;uid=0\n";
        assert_eq!(docker_with("6.12.0", drive), PlatformId::DockerDesktopWindows);
        let id = "3ccfa00432798ff38f85839de1e396f771b4acbe9f4ddea0a761c39b9790a782";
        let engine = format!(
            "40 30 8:32 /var/lib/docker/containers/{id}/hosts /etc/hosts rw - ext4 /dev/sdc rw\n"
        );
        assert_eq!(
            docker_with("5.15.167.4-microsoft-standard-WSL2", &format!("{engine}{drive}")),
            PlatformId::LinuxDockerCompose
        );
    }
}
