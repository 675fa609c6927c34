//! The files that LXC installs for others to include, as far as their settings matter here: lxc
//! `config/templates` and the package lxc-templates 3.0.4, `/usr/share/lxc/config`.

/// Where they are.
pub(super) const DIRECTORY: &str = "/usr/share/lxc/config/";

/// Where packages add files of their own: LXCFS's mounts over files of /proc where LXCFS runs.
pub(super) const MORE: &str = "common.conf.d/";

/// The filter that [`COMMON`] names.
pub(super) const SECCOMP: &str = "common.seccomp";

/// The file that those of the distributions include.
pub(super) const COMMON: &str = "common.conf";

const FILES: &[(&str, &str)] = &[
    (
        COMMON,
        "lxc.cap.drop = mac_admin mac_override sys_time sys_module sys_rawio
lxc.mount.auto = cgroup:mixed proc:mixed sys:mixed
lxc.mount.entry = /sys/fs/fuse/connections sys/fs/fuse/connections none bind,optional 0 0
lxc.seccomp.profile = /usr/share/lxc/config/common.seccomp
lxc.include = /usr/share/lxc/config/common.conf.d/",
    ),
    (
        "userns.conf",
        "lxc.cap.drop =
lxc.cap.keep =
lxc.mount.auto = sys:rw",
    ),
    (
        "nesting.conf",
        "lxc.apparmor.profile = lxc-container-default-with-nesting
lxc.mount.entry = proc dev/.lxc/proc proc create=dir,optional 0 0
lxc.mount.entry = sys dev/.lxc/sys sysfs create=dir,optional 0 0",
    ),
];

/// The distributions that have files of their own, and the capabilities that these drop besides
/// those of the common one.
const DISTRIBUTIONS: &[(&str, &str)] = &[
    (
        "alpine",
        "audit_write ipc_owner mknod sys_nice sys_pacct sys_rawio sys_resource sys_tty_config \
            syslog wake_alarm",
    ),
    ("archlinux", "setfcap sys_nice sys_pacct sys_rawio"),
    ("centos", "sys_nice sys_pacct sys_rawio"),
    ("debian", ""),
    ("devuan", ""),
    ("fedora", "setfcap sys_nice sys_pacct sys_rawio"),
    ("gentoo", ""),
    ("kali", ""),
    ("opensuse", "sys_nice sys_pacct sys_rawio"),
    ("oracle", "sys_nice sys_pacct sys_rawio"),
    ("plamo", ""),
    ("slackware", "mknod setfcap setpcap"),
    ("sparclinux", "sys_nice sys_pacct sys_rawio"),
    ("ubuntu", ""),
    ("ubuntu-cloud", ""),
    ("voidlinux", "setfcap sys_nice sys_pacct sys_rawio"),
];

/// Whether a distribution has files of its own.
pub(super) fn has(distribution: &str) -> bool {
    DISTRIBUTIONS.iter().any(|(known, _)| *known == distribution)
}

/// What such a file says, by its path.
pub(super) fn text(path: &str) -> Option<String> {
    let name = path.strip_prefix(DIRECTORY)?;
    if let Some((_, text)) = FILES.iter().find(|(known, _)| *known == name) {
        return Some((*text).to_owned());
    }
    let include = |name: &str| format!("lxc.include = {DIRECTORY}{name}\n");
    if let Some(distribution) = name.strip_suffix(".userns.conf") {
        return has(distribution).then(|| include("userns.conf"));
    }
    let distribution = name.strip_suffix(".common.conf")?;
    let (_, drops) = DISTRIBUTIONS.iter().find(|(known, _)| *known == distribution)?;
    let drops = match *drops {
        "" => String::new(),
        drops => format!("lxc.cap.drop = {drops}\n"),
    };
    Some(include(COMMON) + &drops)
}
