//! What makes a machine a node whose pods can have user namespaces of their own. Collected only
//! where somebody asks.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Fact, Reply};
use crate::parse::release::Release;

/// What a kubelet and a container runtime bring along for `hostUsers: false`. Of programs the
/// version; absent where they are not installed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct ClusterNode {
    pub containerd: Fact<Release>,
    /// CRI-O.
    pub crio: Fact<Release>,
    pub kubelet: Fact<Release>,
    /// What the runtime starts containers with, by name: what it is told to use, else what is
    /// installed.
    pub oci: BTreeMap<String, Fact<Release>>,
    /// The gate UserNamespacesSupport in the kubelet's configuration; absent where that does not
    /// name it.
    pub gate: Fact<bool>,
    /// How many pods the kubelet has ids for, as its configuration says (`maxPods`).
    pub max_pods: Fact<u64>,
    /// Whether getsubids(1) is there, which the kubelet asks for its range.
    pub getsubids: Fact<bool>,
    /// What makes file systems of images.
    pub snapshotter: Fact<String>,
    /// Whether the file system of a directory, or of what is above it, takes id-mapped mounts:
    /// what the kernel says of it.
    pub directories: BTreeMap<String, Fact<Reply>>,
    /// The same of a tmpfs.
    pub tmpfs: Fact<Reply>,
}

impl ClusterNode {
    /// Whether nobody asked.
    pub(crate) fn is_unasked(&self) -> bool {
        *self == Self::default()
    }

    /// The name of what makes file systems of images.
    pub(crate) fn snapshotter_name(&self) -> &str {
        self.snapshotter.value().map_or("overlayfs", String::as_str)
    }

    /// The ids of a pod (pkg/kubelet/userns, `userNsUnitLength`).
    pub(crate) const IDS: u64 = 65_536;

    /// How many pods a kubelet runs that is not told (`maxPods`).
    pub(crate) const PODS: u64 = 110;

    /// The user whose subordinate ids are for pods.
    pub(crate) const USER: &str = "kubelet";

    /// How many ids the pods of this node take.
    pub(crate) fn ids(&self) -> u64 {
        self.max_pods.value().copied().unwrap_or(Self::PODS).saturating_mul(Self::IDS)
    }
}
