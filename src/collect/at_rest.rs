//! A complete tree of a system that does not run: which kernel it would boot, and the parameters
//! that its files would give that kernel.

use std::collections::BTreeMap;

use super::Collector;
use crate::facts::{Fact, Sysctls};
use crate::parse;
use crate::parse::release::Release;

/// The newest kernel that is installed, by the names of its files (`vmlinuz-6.1.0-18-amd64`,
/// `/lib/modules/6.1.0-18-amd64/`).
pub(super) fn kernel(file: &Collector) -> Option<Fact<Release>> {
    const PLACES: &[(&str, &[&str])] = &[
        ("/boot", &["vmlinuz-", "config-", "kernel-"]),
        ("/lib/modules", &[""]),
        ("/usr/lib/modules", &[""]),
    ];
    PLACES.iter().find_map(|(place, prefixes)| {
        let names = file.0.list(place).unwrap_or_default();
        let releases = names.iter().filter_map(|name| {
            let release = prefixes.iter().find_map(|prefix| name.strip_prefix(prefix))?;
            parse::release::parse(release.as_bytes()).ok()
        });
        let newest = releases.max_by_key(|release| (release.major, release.minor))?;
        Some(Fact::known(newest, *place))
    })
}

/// The parameters that sysctl.d(5) would set.
pub(super) fn sysctls(file: &Collector, sysctls: &mut Sysctls) {
    // Of files of one name the first directory counts; they are read in the order of their names.
    const PLACES: &[&str] = &["/etc/sysctl.d", "/run/sysctl.d", "/usr/lib/sysctl.d"];
    let mut files = BTreeMap::new();
    for place in PLACES {
        for name in file.0.list(place).unwrap_or_default() {
            if name.ends_with(".conf") {
                files.entry(name.clone()).or_insert_with(|| format!("{place}/{name}"));
            }
        }
    }
    let last = "/etc/sysctl.conf".to_owned();
    for path in files.into_values().chain([last]) {
        let Fact { seen: Ok(bytes), .. } = file.get(path.clone()) else { continue };
        for (name, value) in parse::sysctl_d(&bytes) {
            let set = Fact::known(value, path.clone());
            match name.as_str() {
                "kernel.unprivileged_userns_clone" => sysctls.unprivileged_userns_clone = set,
                "kernel.apparmor_restrict_unprivileged_userns" => {
                    sysctls.apparmor_restrict_unprivileged_userns = set;
                }
                "kernel.apparmor_restrict_unprivileged_unconfined" => {
                    sysctls.apparmor_restrict_unprivileged_unconfined = set;
                }
                name => {
                    let kind = name.strip_prefix("user.max_").and_then(|rest| {
                        let kind = rest.strip_suffix("_namespaces")?;
                        sysctls.max_namespaces.keys().find(|known| **known == kind).copied()
                    });
                    if let Some(kind) = kind {
                        sysctls.max_namespaces.insert(kind, set);
                    }
                }
            }
        }
    }
}
