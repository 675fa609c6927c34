//! Containers of LXC: the `config` of liblxc (lxc.container.conf(5)), and the files of which others
//! make one: the `NNN.conf` of Proxmox VE, and the instances and profiles of Incus and LXD.

mod config;
mod edit;
mod included;
mod incus;
mod keys;
mod proxmox;
mod read;
mod settings;
mod spell;
#[cfg(test)]
mod tests;

use std::rc::Rc;

use self::spell::LxcForm;
use super::dialect::{Candidate, Dialect, Sure};
use super::yaml::Node;

/// A configuration for liblxc itself.
pub(super) static DIALECT: Dialect = Dialect {
    id: "lxc",
    name: "a configuration of LXC",
    files: &["*.conf", "*.yml", "*.yaml"],
    blocks: None,
    engines: &[],
    recognises: |file| Sure::yes_if(recognises(file)),
    read: read::read,
    spell: |_, asked| spell::lines(LxcForm::Plain, asked),
    edit: |request| edit::plan(request, LxcForm::Plain),
};

/// A container as Proxmox keeps it, in `/etc/pve/lxc`.
static PROXMOX: Dialect = Dialect {
    id: "proxmox",
    name: "a container of Proxmox",
    files: &[],
    recognises: |_| Sure::No,
    spell: |_, asked| spell::lines(LxcForm::Proxmox { features: true }, asked),
    edit: |request| edit::plan(request, LxcForm::Proxmox { features: true }),
    ..DIALECT
};

/// The same where the file names an AppArmor profile, for which Proxmox ignores `nesting`
/// (pve-container `src/PVE/LXC.pm`, make_apparmor_config).
static PROXMOX_WITH_PROFILE: Dialect = Dialect {
    id: "proxmox-with-profile",
    spell: |_, asked| spell::lines(LxcForm::Proxmox { features: false }, asked),
    edit: |request| edit::plan(request, LxcForm::Proxmox { features: false }),
    ..PROXMOX
};

/// An instance or a profile of Incus, or of LXD.
static INCUS: Dialect = Dialect {
    id: "incus",
    name: "an instance of Incus",
    files: &[],
    recognises: |_| Sure::No,
    spell: |_, asked| spell::lines(LxcForm::Incus, asked),
    edit: edit::plan_of_incus,
    ..DIALECT
};

/// Whether every line that counts fits one of these formats, and one of them tells which.
fn recognises(file: &Candidate<'_>) -> bool {
    let text = file.input.text;
    file.block.is_none()
        && !file.is_script()
        && (config::recognises(text) || proxmox::recognises(text) || instance(file).is_some())
}

/// The only document of a file, if it is an instance or a profile of Incus.
fn instance<'f>(file: &'f Candidate<'_>) -> Option<&'f Rc<Node>> {
    match file.documents() {
        Ok([root]) => Some(root).filter(|root| incus::recognises(root)),
        _ => None,
    }
}
