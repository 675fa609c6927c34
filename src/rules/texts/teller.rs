//! The programs whose messages are read.

/// The program that printed a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Teller {
    Unshare,
    Bubblewrap,
    Nsjail,
    Chromium,
    RootlessKit,
    Runsc,
    Buildah,
    Podman,
    Kubelet,
    Lxc,
    Nix,
    Apptainer,
    Bazel,
    Systemd,
    Isolate,
    Firejail,
    Charliecloud,
    Minijail,
    Crun,
    Runc,
    Dockerd,
}

/// Each with the mechanism that isodoc calls it, if any, and the words that its messages have; what
/// says more comes first, since one program prints what another told it.
const TELLERS: &[(Teller, &str, &[&str])] = &[
    (Teller::Unshare, "unshare", &["unshare: ", "unshare -", "unshare test"]),
    (
        Teller::Bubblewrap,
        "bubblewrap",
        &[
            "bwrap", "bubblewrap", "/newroot", "/oldroot", "apply-seccomp", "apply_extra",
            "setting up uid map", "setting up gid map", "rtm_newaddr", "make / slave",
            "pressure-vessel",
        ],
    ),
    (Teller::Minijail, "minijail", &["libminijail", "minijail0"]),
    (
        Teller::Nsjail,
        "nsjail",
        &[
            "nsjail", "initclonens", "runchild(", "launch the child process", "mountpt(",
            "buildmounttree(", "writebuftofile(", "setup parent cgroup (",
        ],
    ),
    (
        Teller::Chromium,
        "chromium",
        &[
            "zygote_host_impl", "setuid_sandbox_host", "suid sandbox", "no usable sandbox",
            "credentials.cc", "to move to new namespace", "namespace sandbox", "namespace_sandbox",
            "chrome-sandbox", "without --no-sandbox",
        ],
    ),
    (Teller::Runsc, "gvisor", &["runsc", "gofer", "creating container: starting sandbox"]),
    (
        Teller::RootlessKit,
        "rootlesskit",
        &["rootlesskit", "failed to start the child", "rootless.sh"],
    ),
    (Teller::Buildah, "podman-rootless", &["buildah", "during unshare("]),
    (
        Teller::Podman,
        "podman-rootless",
        &["podman", "re-exec process", "cannot clone:", "creating container storage"],
    ),
    (
        Teller::Kubelet,
        "kubernetes-userns",
        &["kubelet", "pod sandbox", "failedcreatepodsandbox", "hostusers", "procmount"],
    ),
    (Teller::Lxc, "", &["lxc_", "lxc-start", "lxd fork", "lxc/proc"]),
    (
        Teller::Nix,
        "nix",
        &[
            "builder process", "use '--show-trace'", "/nix/store", "nix-env", "nix-build",
            "kernel namespaces", "guix",
        ],
    ),
    (
        Teller::Apptainer,
        "",
        &[
            "apptainer", "singularity", "enroot", "to create user namespace", "namespace runtime",
            "create container namespaces", "make mountspaces", "create container process",
        ],
    ),
    (Teller::Bazel, "", &["linux-sandbox", "bazel"]),
    (
        Teller::Systemd,
        "",
        &[
            "226/namespace", "at step namespace", "mount namespacing", "user namespacing",
            "network namespacing", "225/network", "systemd[",
        ],
    ),
    (Teller::Isolate, "", &["cannot run proxy", "isolate --", "control group /sys/fs/cgroup"]),
    (Teller::Firejail, "", &["firejail", "error clone: main.c"]),
    (Teller::Charliecloud, "charliecloud", &["ch-run"]),
    (Teller::Crun, "", &["crun", "writing file `"]),
    (
        Teller::Runc,
        "",
        &[
            "runc", "oci runtime", "nsexec", "container_linux.go", "rootfs_linux.go", "nsenter:",
            "system error: ",
        ],
    ),
    (Teller::Dockerd, "userns-remap", &["dockerd", "error response from daemon", "dockremap"]),
];

impl Teller {
    /// The program that a text in lower case is of.
    #[must_use]
    pub(crate) fn of(lower: &str) -> Option<Self> {
        TELLERS
            .iter()
            .find(|(_, _, words)| words.iter().any(|word| lower.contains(word)))
            .map(|(teller, ..)| *teller)
    }

    /// Whether a filter that refuses it is known by clone(2). bubblewrap and Chromium call that
    /// too; the filter of an engine refuses both calls, and goes by the name that their threads
    /// know.
    #[must_use]
    pub(crate) fn calls_clone(self) -> bool {
        matches!(self, Self::RootlessKit | Self::Runsc | Self::Nsjail | Self::Isolate)
    }

    /// The id of the mechanism that it is the program of; empty: isodoc has none.
    #[must_use]
    pub(crate) fn mechanism(self) -> &'static str {
        TELLERS.iter().find(|(teller, ..)| *teller == self).map_or("", |(_, id, _)| id)
    }
}
