//! The kernel's build configuration (`/boot/config-RELEASE`, `/lib/modules/RELEASE/config`), with
//! procfs's parser.

use procfs::{ConfigSetting, FromBufRead, KernelConfig};

use super::ParseError;

/// The `CONFIG_*` options that bear on process isolation and whether they are built in (`y` or
/// `m`).
///
/// # Errors
/// When the file is no kernel configuration.
pub(crate) fn parse(
    bytes: &[u8],
) -> Result<std::collections::BTreeMap<&'static str, bool>, ParseError> {
    let config = KernelConfig::from_buf_read(bytes).map_err(|e| ParseError::by("", e))?;
    if config.0.is_empty() {
        return Err("no CONFIG_ line".into());
    }
    let on =
        |name: &str| matches!(config.0.get(name), Some(ConfigSetting::Yes | ConfigSetting::Module));
    Ok(OPTIONS.iter().map(|name| (*name, on(name))).collect())
}

/// The options that are kept.
pub(crate) const OPTIONS: &[&str] = &[
    "CONFIG_NAMESPACES", "CONFIG_USER_NS", "CONFIG_PID_NS", "CONFIG_SECCOMP_FILTER",
    "CONFIG_SECURITY_APPARMOR", "CONFIG_SECURITY_SELINUX", "CONFIG_SECURITY_LANDLOCK",
    "CONFIG_BPF_LSM", "CONFIG_CGROUP_PIDS",
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
