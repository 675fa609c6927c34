//! The kernel's build configuration (`/boot/config-RELEASE`, `/lib/modules/RELEASE/config`).

use super::ParseError;

/// The `CONFIG_*` options that bear on process isolation and whether they are built in (`y` or
/// `m`).
///
/// # Errors
/// When the file is no kernel configuration.
pub(crate) fn parse(
    bytes: &[u8],
) -> Result<std::collections::BTreeMap<&'static str, bool>, ParseError> {
    let text = super::text(bytes);
    let mut any = false;
    let mut found: std::collections::BTreeMap<_, _> =
        OPTIONS.iter().map(|name| (*name, false)).collect();
    for (name, value) in text.lines().filter_map(|line| line.split_once('=')) {
        any |= name.starts_with("CONFIG_");
        if let Some(on) = found.get_mut(name) {
            *on = matches!(value.trim(), "y" | "m");
        }
    }
    if any { Ok(found) } else { Err("no CONFIG_ line".into()) }
}

/// The options that are kept.
pub(crate) const OPTIONS: &[&str] = &[
    "CONFIG_NAMESPACES",
    "CONFIG_USER_NS",
    "CONFIG_PID_NS",
    "CONFIG_SECCOMP_FILTER",
    "CONFIG_SECURITY_APPARMOR",
    "CONFIG_SECURITY_SELINUX",
    "CONFIG_SECURITY_LANDLOCK",
    "CONFIG_BPF_LSM",
    "CONFIG_CGROUP_PIDS",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options() {
        let config =
            parse(b"# Linux\nCONFIG_NAMESPACES=y\n# CONFIG_USER_NS is not set\nCONFIG_PID_NS=m\n")
                .unwrap();
        assert!(config["CONFIG_NAMESPACES"] && config["CONFIG_PID_NS"]);
        assert!(!config["CONFIG_USER_NS"] && !config["CONFIG_BPF_LSM"]);
        assert!(parse(b"").is_err());
        assert!(parse(b"hello world\n").is_err());
    }
}
