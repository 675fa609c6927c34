//! What is known of the Docker daemon of this host.

use serde::Serialize;

use super::Fact;
use crate::parse::daemon_json::DaemonConfig;
use crate::parse::docker_info::DockerInfo;
use crate::parse::dockerd::DaemonFlags;
use crate::parse::mountinfo::Mount;

/// A directory, and who may pass through it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Directory {
    pub path: String,
    /// The permission bits.
    pub mode: u32,
    /// The owner.
    pub uid: u32,
    /// The group, where that was noted down.
    pub gid: Option<u32>,
    /// Whether it is the data root itself.
    pub is_root: bool,
}

/// What is known of the Docker daemon.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Docker {
    /// Whether anything of Docker's is here: a daemon, its configuration, its socket or its data.
    pub installed: Fact<bool>,
    /// `daemon.json`: the one that the command line names, else `/etc/docker`'s, else the snap's or
    /// the rootless one.
    pub config: Fact<DaemonConfig>,
    /// The command line of the running daemon.
    pub live_flags: Fact<DaemonFlags>,
    /// The command line of the next start, by the systemd unit and its drop-ins, or
    /// `/etc/default/docker`.
    pub unit_flags: Fact<DaemonFlags>,
    /// What the daemon says of itself. Absent: nobody listens at the socket.
    pub info: Fact<DockerInfo>,
    /// The directories `UID.GID` in the data root. They outlive the remapping, so they are but a
    /// hint.
    pub mapped_roots: Fact<Vec<String>>,
    /// The mounts that the running daemon sees; looked at only where remapping is asked for.
    #[serde(skip)]
    pub mounts: Fact<Vec<Mount>>,
    /// The directories that lead to the data root, as far as they exist, links followed.
    pub data_root: Fact<Vec<Directory>>,
    /// Whether the programs are there with which the daemon makes the user of `default`.
    pub makes_users: Fact<bool>,
    /// Whether users come from files alone, by nsswitch.conf(5); looked at only where remapping is
    /// configured.
    pub users_in_files_only: Fact<bool>,
}
