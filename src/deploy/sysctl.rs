//! Parameters of the kernel that a container can have for itself, because they belong to a
//! namespace of its own (runc `libcontainer/configs/validate`, crun `src/libcrun/linux.c`).

/// A namespace that has parameters of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Namespace {
    /// That of System V IPC and of message queues.
    Ipc,
    /// That of the network.
    Network,
    /// That of the names of host and domain.
    Uts,
}

/// What an ipc namespace has of its own.
const OF_IPC: &[&str] = &[
    "kernel.msgmax",
    "kernel.msgmnb",
    "kernel.msgmni",
    "kernel.sem",
    "kernel.shmall",
    "kernel.shmmax",
    "kernel.shmmni",
    "kernel.shm_rmid_forced",
];

/// The namespace that a parameter belongs to, by its name with dots.
#[must_use]
pub(crate) fn namespace(name: &str) -> Option<Namespace> {
    match name {
        "kernel.domainname" | "kernel.hostname" => Some(Namespace::Uts),
        _ if OF_IPC.contains(&name) || name.starts_with("fs.mqueue.") => Some(Namespace::Ipc),
        _ if name.starts_with("net.") => Some(Namespace::Network),
        _ => None,
    }
}

/// Whether the programs `docker` and `podman` take a parameter, by its name as written (docker/cli
/// `opts/opts.go`, containers/common `pkg/sysctl`).
#[must_use]
pub(crate) fn is_an_option(written: &str) -> bool {
    matches!(namespace(written), Some(Namespace::Ipc | Namespace::Network))
}

/// The name with dots of a parameter, as sysctl(8), the runtimes and the kubelet take it: where `/`
/// comes first, it stands for `.`, and `.` for the `/` in the name of an interface.
#[must_use]
pub(crate) fn name(written: &str) -> String {
    let dots = written.find(['.', '/']).is_none_or(|at| written.as_bytes().get(at) == Some(&b'.'));
    let turned = |c| match c {
        '/' => '.',
        '.' => '/',
        c => c,
    };
    if dots { written.to_owned() } else { written.chars().map(turned).collect() }
}

/// Those that the kubelet lets every pod set, and the kernel from which on each belongs to the
/// namespace (Kubernetes 1.32, `pkg/kubelet/sysctl/safe_sysctls.go`).
const SAFE: &[(&str, (u32, u32))] = &[
    ("kernel.shm_rmid_forced", (0, 0)),
    ("net.ipv4.ip_local_port_range", (0, 0)),
    ("net.ipv4.tcp_syncookies", (0, 0)),
    ("net.ipv4.ping_group_range", (0, 0)),
    ("net.ipv4.ip_unprivileged_port_start", (0, 0)),
    ("net.ipv4.ip_local_reserved_ports", (3, 16)),
    ("net.ipv4.tcp_keepalive_time", (4, 5)),
    ("net.ipv4.tcp_fin_timeout", (4, 6)),
    ("net.ipv4.tcp_keepalive_intvl", (4, 5)),
    ("net.ipv4.tcp_keepalive_probes", (4, 5)),
    ("net.ipv4.tcp_rmem", (4, 15)),
    ("net.ipv4.tcp_wmem", (4, 15)),
];

/// Whether the kubelet lets every pod set a parameter, on a kernel that is at least as new as
/// `at_least` says of a version.
pub(crate) fn is_safe(name: &str, at_least: impl Fn(u32, u32) -> Option<bool>) -> bool {
    let known = |(safe, (major, minor)): &(&str, (u32, u32))| {
        *safe == name && (*major == 0 || at_least(*major, *minor) != Some(false))
    };
    SAFE.iter().any(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// runc's `convertSysctlVariableToDotsSeparator`.
    #[test]
    fn slashes_stand_for_dots_where_they_come_first() {
        for (written, expected) in [
            ("net.ipv4.ip_forward", "net.ipv4.ip_forward"),
            ("net/ipv4/ip_forward", "net.ipv4.ip_forward"),
            ("net/ipv4/conf/eno2.100/rp_filter", "net.ipv4.conf.eno2/100.rp_filter"),
            ("net.ipv4.conf.eno2/100.rp_filter", "net.ipv4.conf.eno2/100.rp_filter"),
            (" net.ipv4.ip_forward", " net.ipv4.ip_forward"),
            ("", ""),
        ] {
            assert_eq!(name(written), expected);
        }
    }

    #[test]
    fn an_old_kernel_makes_fewer_safe() {
        let old = |major, minor| Some((major, minor) <= (4, 4));
        assert!(is_safe("net.ipv4.tcp_syncookies", old));
        assert!(!is_safe("net.ipv4.tcp_rmem", old));
        assert!(is_safe("net.ipv4.tcp_rmem", |_, _| None));
        assert!(!is_safe("net.core.somaxconn", |_, _| None));
    }
}
