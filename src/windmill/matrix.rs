//! The platforms that Windmill documents. The verdicts are the vendor's policy; what the kernel
//! really grants is the probe's business.

use serde::Serialize;

/// Whose table it is.
pub(crate) const SOURCE: &str =
    "Windmill, \"Security and process isolation\", section \"Platform support\"";

/// The rows by id; `Other` lies beyond the documented ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub(crate) enum PlatformId {
    LinuxDockerCompose,
    LinuxBareMetal,
    DockerDesktopLinux,
    DockerDesktopWindows,
    DockerDesktopMacos,
    Kubernetes,
    Other,
    Unknown,
}

/// What the documentation says of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Documented {
    /// Isolation is documented to work.
    Supported,
    /// Isolation is documented not to work.
    Unsupported,
    /// The documentation does not speak of it.
    Undocumented,
}

impl Documented {
    /// The word in the report.
    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Supported => "supported",
            Self::Unsupported => "unsupported",
            Self::Undocumented => "undocumented",
        }
    }
}

/// A documented row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct MatrixRow {
    /// The id of the row.
    pub id: PlatformId,
    /// The platform as the documentation names it.
    pub title: &'static str,
    /// The documented verdict.
    pub documented: Documented,
    /// The documented notes, word for word.
    pub notes: &'static str,
}

/// The documented rows, in the documented order.
pub(crate) static ROWS: &[MatrixRow] = &[
    MatrixRow {
        id: PlatformId::LinuxDockerCompose,
        title: "Linux (docker-compose)",
        documented: Documented::Supported,
        notes: "Requires manual configuration (disabled by default)",
    },
    MatrixRow {
        id: PlatformId::LinuxBareMetal,
        title: "Linux (bare metal)",
        documented: Documented::Supported,
        notes: "Requires util-linux package",
    },
    MatrixRow {
        id: PlatformId::DockerDesktopLinux,
        title: "Docker Desktop (Linux)",
        documented: Documented::Supported,
        notes: "Works in Linux containers with privileged mode",
    },
    MatrixRow {
        id: PlatformId::DockerDesktopWindows,
        title: "Docker Desktop (Windows)",
        documented: Documented::Unsupported,
        notes: "Use agent workers without direct DB access",
    },
    MatrixRow {
        id: PlatformId::DockerDesktopMacos,
        title: "Docker Desktop (macOS)",
        documented: Documented::Unsupported,
        notes: "Set `ENABLE_UNSHARE_PID=false` for macOS workers",
    },
    MatrixRow {
        id: PlatformId::Kubernetes,
        title: "Kubernetes / Helm",
        documented: Documented::Supported,
        notes: "Requires privileged: true in securityContext",
    },
];

impl PlatformId {
    /// The id as in the report.
    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::LinuxDockerCompose => "linux-docker-compose",
            Self::LinuxBareMetal => "linux-bare-metal",
            Self::DockerDesktopLinux => "docker-desktop-linux",
            Self::DockerDesktopWindows => "docker-desktop-windows",
            Self::DockerDesktopMacos => "docker-desktop-macos",
            Self::Kubernetes => "kubernetes",
            Self::Other => "other",
            Self::Unknown => "unknown",
        }
    }

    /// The documented row with this id.
    #[must_use]
    pub(crate) fn documented_row(self) -> Option<&'static MatrixRow> {
        ROWS.iter().find(|row| row.id == self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rows_are_the_documented_ones() {
        let supported: Vec<_> = ROWS
            .iter()
            .filter(|r| r.documented == Documented::Supported)
            .map(|r| r.id.name())
            .collect();
        assert_eq!(
            supported,
            ["linux-docker-compose", "linux-bare-metal", "docker-desktop-linux", "kubernetes"]
        );
        let unsupported: Vec<_> = ROWS
            .iter()
            .filter(|r| r.documented == Documented::Unsupported)
            .map(|r| r.title)
            .collect();
        assert_eq!(unsupported, ["Docker Desktop (Windows)", "Docker Desktop (macOS)"]);
    }
}
