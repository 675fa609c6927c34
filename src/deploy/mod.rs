//! Containers that are only planned, as deployment files describe them, and the facts inside them.

pub(crate) mod admission;
mod busybox;
pub(crate) mod command;
pub(crate) mod compose;
pub(crate) mod container;
pub(crate) mod daemon;
pub(crate) mod defaults;
mod devcontainer;
mod devices;
pub(crate) mod dialect;
pub(crate) mod dockerfile;
mod ecs;
pub(crate) mod edit;
pub(crate) mod foreign;
mod formats;
pub(crate) mod gitlab_ci;
mod gitlab_runner;
mod host_proc;
mod image;
pub(crate) mod kubernetes;
pub(crate) mod limits;
mod logs;
mod lxc;
pub(crate) mod mounts;
mod nomad;
pub(crate) mod place;
mod podman;
pub(crate) mod profile;
mod quadlet;
pub(crate) mod read;
pub(crate) mod runtime;
mod security_opt;
pub(crate) mod setting;
pub(crate) mod simulate;
pub(crate) mod sysctl;
pub(crate) mod systemd;
#[cfg(test)]
mod tests;
pub(crate) mod values;
mod workflow;
pub(crate) mod yaml;

pub(crate) use container::{Container, Engine};
pub(crate) use dialect::Dialect;
pub(crate) use place::{At, BadInput, FileId, Place};
pub(crate) use runtime::Runtime;
pub(crate) use setting::Setting;

/// Whether a Dockerfile makes an image: what `tests/fuzz` feeds.
pub(crate) fn made_image(text: &str) -> bool {
    dockerfile::image((0, text), None, &[], &mut |_| None).is_some()
}
