//! The configuration that Incus and LXD make of an instance or a profile (incus
//! `internal/server/instance/drivers/driver_lxc.go`, initLXC). Virtual machines are not read.

use std::rc::Rc;

use super::config;
use super::included::{DIRECTORY, MORE, SECCOMP};
use super::read::{LxcEntry, LxcFile};
use crate::deploy::container::WrittenAt;
use crate::deploy::place::{At, Place};
use crate::deploy::setting::{Doubt, Setting};
use crate::deploy::yaml::Node;

pub(super) const CONFIG: &str = "config";
pub(super) const NESTING: &str = "security.nesting";

/// The keys that an instance or a profile may have at the top level.
const KEYS: &[&str] = &[
    "architecture", "config", "created_at", "description", "devices", "ephemeral",
    "expanded_config", "expanded_devices", "last_used_at", "location", "name", "profiles",
    "project", "stateful", "status", "status_code", "type", "used_by",
];

/// How the keys of an instance's `config` begin; those of a server begin otherwise.
const BEGINNINGS: &[&str] = &[
    "agent.", "boot.", "cloud-init.", "cluster.", "environment.", "image.", "limits.", "linux.",
    "migration.", "nvidia.", "oci.", "raw.", "security.", "smbios11.", "snapshots.", "systemd.",
    "ubuntu_pro.", "user.", "volatile.",
];

/// What only instances and profiles have: volumes, networks and projects have other keys of the
/// same beginnings.
const SIGNS: &[&str] = &[
    "boot.autostart", "cloud-init.", "environment.", "image.", "limits.kernel.", "limits.memory.",
    "linux.", "migration.stateful", "nvidia.", "raw.apparmor", "raw.idmap", "raw.lxc",
    "raw.seccomp", "security.idmap.", "security.nesting", "security.privileged",
    "security.protection.", "security.syscalls.", "volatile.base_image",
];

/// The keys that decide which system calls are refused.
const FILTERS: &[&str] = &[
    "raw.seccomp", "security.syscalls.allow", "security.syscalls.blacklist",
    "security.syscalls.deny", "security.syscalls.whitelist",
];

/// Whether a document is an instance or a profile.
pub(super) fn recognises(root: &Node) -> bool {
    let Some(config) = root.get(CONFIG).filter(|config| config.is_map()) else { return false };
    let known = |key: &str| KEYS.contains(&key);
    let all = |begins: &[&str]| {
        config.entries().iter().all(|(key, ..)| begins.iter().any(|begin| key.starts_with(begin)))
    };
    let any = |begins: &[&str]| {
        config.entries().iter().any(|(key, ..)| begins.iter().any(|begin| key.starts_with(begin)))
    };
    root.entries().iter().all(|(key, ..)| known(key))
        && all(BEGINNINGS)
        && (any(SIGNS)
            || any(BEGINNINGS) && root.get("devices").is_some_and(|devices| devices.is_map()))
        && root.get("type").is_none_or(|kind| kind.text() == Some("container"))
}

/// A truth value of Incus (shared/util, IsTrue).
fn truth(text: &str) -> bool {
    ["true", "1", "yes", "on"].iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// The configuration of the instance or profile with this root.
pub(super) fn planned(root: &Rc<Node>) -> LxcFile {
    let name = root.get("name").and_then(|name| name.text()).map(str::to_owned);
    let mut incus = Incus { root, entries: vec![], unknown: vec![] };
    incus.container();
    incus.limits();
    incus.raw();
    let Incus { entries, unknown, .. } = incus;
    let spot = WrittenAt::Yaml { document: 0, path: vec![], pod: 0 };
    LxcFile { name, spot, entries, unknown, ..LxcFile::of(&super::INCUS, root.place) }
}

struct Incus<'n> {
    root: &'n Node,
    entries: Vec<LxcEntry>,
    unknown: Vec<At<Doubt>>,
}

impl Incus<'_> {
    fn add(&mut self, key: &str, value: &str, place: Place) {
        self.entries.push(LxcEntry::new(key, value, place));
    }

    /// The value of a key; also that from its profiles, where the file shows it.
    fn get(&self, key: &str) -> Option<(String, Place)> {
        let maps = [CONFIG, "expanded_config"].into_iter().filter_map(|map| self.root.get(map));
        let value = maps.filter_map(|map| map.get(key)).next()?;
        Some((value.text()?.to_owned(), value.place))
    }

    /// A switch that is off by default; a profile that the file does not show may turn it on.
    fn switch(&mut self, key: &str, about: Setting) -> Option<Place> {
        if let Some((value, place)) = self.get(key) {
            return truth(&value).then_some(place);
        }
        let profiles = self.root.get("profiles").filter(|list| {
            self.root.get("expanded_config").is_none()
                && list.items().is_some_and(|items| !items.is_empty())
        });
        if let Some(profiles) = profiles {
            let why =
                format!("{key}: its profiles may set it (`incus query /1.0/instances/NAME` shows)");
            self.unknown.push(At::new(Doubt { about, why }, profiles.place));
        }
        None
    }

    fn container(&mut self) {
        let start = self.root.place;
        let privileged = self.switch("security.privileged", Setting::Userns);
        let nesting = self.switch(NESTING, Setting::Masks);
        match privileged {
            Some(place) => {
                let gone = "sys_time sys_module sys_rawio mac_admin mac_override";
                self.add("lxc.cap.drop", gone, place);
                self.add("lxc.mount.auto", "proc:mixed sys:mixed cgroup:rw:force", place);
            }
            None => {
                self.add("lxc.mount.auto", "proc:rw sys:rw cgroup:rw:force", start);
                let size = self.get("security.idmap.size");
                let (size, place) = size.unwrap_or_else(|| ("65536".to_owned(), start));
                let size = if size == "auto" { "65536" } else { &size };
                for kind in ["u", "g"] {
                    self.add("lxc.idmap", &format!("{kind} 0 1000000 {size}"), place);
                }
            }
        }
        let fuse =
            "/sys/fs/fuse/connections sys/fs/fuse/connections none rbind,create=dir,optional 0 0";
        self.add("lxc.mount.entry", fuse, start);
        self.add("lxc.include", &format!("{DIRECTORY}{MORE}"), start);
        self.add("lxc.seccomp.profile", &format!("{DIRECTORY}{SECCOMP}"), start);
        // Its own profiles have a rule for user namespaces where AppArmor asks for one, and let
        // everything be mounted with nesting (`internal/server/apparmor/instance_lxc.profile.go`).
        self.add("lxc.apparmor.profile", "generated", start);
        self.add("lxc.apparmor.raw", "userns,", start);
        if let Some(place) = nesting {
            self.add("lxc.apparmor.allow_nesting", "1", place);
        }
    }

    fn limits(&mut self) {
        for key in FILTERS {
            if let Some((_, place)) = self.get(key) {
                let why = format!("{key}: what it lets pass was not read");
                self.unknown.push(At::new(Doubt { about: Setting::Seccomp, why }, place));
            }
        }
        if let Some((_, place)) = self.get("raw.apparmor") {
            let why = "raw.apparmor: what it allows was not read".to_owned();
            self.unknown.push(At::new(Doubt { about: Setting::AppArmor, why }, place));
        }
        let maps = [CONFIG, "expanded_config"].into_iter().filter_map(|map| self.root.get(map));
        let all: Vec<(String, String, Place)> = maps
            .flat_map(|map| map.entries())
            .filter_map(|(key, _, value)| {
                Some((key.to_owned(), value.text()?.to_owned(), value.place))
            })
            .collect();
        for (key, value, place) in all {
            if let Some(name) = key.strip_prefix("environment.") {
                self.add("lxc.environment", &format!("{name}={value}"), place);
            } else if let Some(name) = key.strip_prefix("limits.kernel.") {
                self.add(&format!("lxc.prlimit.{name}"), &value, place);
            } else if let Some(name) = key.strip_prefix("linux.sysctl.") {
                self.add(&format!("lxc.sysctl.{name}"), &value, place);
            } else if key == "limits.processes" {
                self.add("lxc.cgroup2.pids.max", &value, place);
            }
        }
    }

    /// `raw.lxc`, which has the last word.
    fn raw(&mut self) {
        let Some((text, place)) = self.get("raw.lxc") else { return };
        for line in config::lines(&text) {
            self.add(line.key, line.value, place);
        }
    }
}
