//! The states of a Docker daemon that keep `userns-remap` from taking effect.

pub(crate) mod config_conflict;
pub(crate) mod config_malformed;
pub(crate) mod not_installed;
pub(crate) mod remap_containerd_store;
pub(crate) mod remap_not_configured;
pub(crate) mod remap_pending_restart;
pub(crate) mod remap_privileged_clash;
pub(crate) mod remap_root;
pub(crate) mod remap_unverified;
pub(crate) mod remap_user_missing;
pub(crate) mod subid_malformed;
pub(crate) mod subid_missing;
pub(crate) mod subid_overlap;
pub(crate) mod subid_too_few;
