//! What texts say of the place where something happened.

/// Something that is said of the place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    // Inside what it runs.
    /// In some container.
    Container,
    Docker,
    Podman,
    Kubernetes,
    OpenShift,
    Lxc,
    Nspawn,
    Chroot,
    /// Inside Flatpak, not `flatpak run` on a host.
    Flatpak,
    /// `flatpak run`, Steam: desktop programs that bring bubblewrap along.
    Desktop,
    Gvisor,
    Nested,
    // On which system.
    /// Ubuntu of a release that is not said.
    Ubuntu,
    /// Ubuntu 23.10 and later, which restrict user namespaces.
    UbuntuRestricting,
    /// Ubuntu before that.
    UbuntuOld,
    Debian,
    /// Debian 10 and older, whose kernels allow user namespaces to root alone.
    DebianOld,
    Arch,
    Hardened,
    Rhel7,
    /// Fedora, RHEL 8 and later and what comes of them.
    RedHat,
    Wsl,
    Android,
    ChromeOs,
    OpenVz,
    Bottlerocket,
    SeLinux,
    /// Switched off, or denying nothing.
    SeLinuxOff,
    AppArmor,
    // As whom.
    Root,
    NoNewPrivs,
    CapsDropped,
    SysAdmin,
    Privileged,
    SeccompOff,
    AppArmorOff,
    UserNamespaceRemap,
    // When.
    /// Now and then, or after some time: a quota that is used up.
    ComesAndGoes,
    // What is mounted.
    /// Something is mounted below /proc.
    ProcSubmounts,
    Hidepid,
    ProcAtime,
    /// A file system with programs on it is mounted nosuid.
    Nosuid,
}

/// The words of each, in lower case. A word counts where it stands alone: `podman` has no `pod`,
/// `--chroot` is an option of nsjail, `docker: ` a program that speaks, `ubuntu:24.04` an image.
pub(crate) const SIGNS: &[(Sign, &[&str])] = &[
    (
        Sign::Container,
        &[
            "container", "containers", "heroku", "codespaces", "devcontainer", "distrobox",
            "fargate", "container=docker", "container=oci", "gitpod", "gitlab-runner",
            "gitlab runner", "gitlab job", "gitlab ci", ".gitlab-ci.yml", "circleci",
        ],
    ),
    (
        Sign::Docker,
        &[
            "docker",
            "docker-compose",
            "docker-compose.yml",
            "dockerfile",
            "container=docker",
            "---> running in",
            // Its builders', of what they ran.
            "returned a non-zero code: ",
            "did not complete successfully: exit code: ",
            "executor failed running [",
            "dind",
            "could not mount /sys/kernel/security",
        ],
    ),
    (
        Sign::Kubernetes,
        &[
            "kubernetes", "kubectl", "k8s", "pod", "pods", "kubelet", "gke", "eks", "aks", "helm",
            "tekton", "securitycontext", "runtimedefault", "podsecurity", "fargate",
        ],
    ),
    (Sign::OpenShift, &["openshift", "okd", "cri-o", "crio"]),
    (Sign::Lxc, &["lxc", "lxd", "incus", "proxmox", "pve", "lxc-start", "pct", "security.nesting"]),
    (Sign::Nspawn, &["nspawn", "systemd-nspawn"]),
    (
        Sign::Chroot,
        &[
            "chroot", "chroot: success", "schroot", "nixos-enter", "arch-chroot", "pbuilder",
            "sbuild", "debootstrap", "strat", "proot", "nixos-install", "cowbuilder", "chrooted",
            "piuparts", "crouton", "shifter",
        ],
    ),
    (
        Sign::Flatpak,
        &[
            "flatpak-spawn", "flatpak-builder", "org.flatpak.builder", "inside flatpak",
            "/app/extra/", "/app/share/", "/app/main/", "inside a flatpak", "in flatpak",
        ],
    ),
    (
        Sign::Desktop,
        &[
            "flatpak run", "flatpak", "snap run", "steam", "proton", "pressure-vessel-wrap",
            "appimage", "ldconfig failed", "lutris", "umu",
        ],
    ),
    (Sign::Podman, &["podman", "/bin/podman"]),
    (
        Sign::Gvisor,
        &[
            "cloud run", "gke sandbox", "starting gvisor", "inside gvisor", "in gvisor",
            "docker run --runtime=runsc", "docker run --runtime runsc", "runtimeclassname: gvisor",
        ],
    ),
    (Sign::Nested, &["nested", "inside another", "in a sandbox", "sandbox in sandbox"]),
    (
        Sign::Ubuntu,
        &[
            "ubuntu", "kubuntu", "xubuntu", "lubuntu", "ubuntu-latest",
            // What is made of it.
            "pop!_os", "linux mint", "elementary os", "io.elementary", "zorin", "kde neon",
            "tuxedo os",
        ],
    ),
    (Sign::Debian, &["debian", "raspbian", "kali"]),
    (Sign::Arch, &["arch linux", "archlinux", "manjaro", "endeavouros", "artix"]),
    (Sign::Hardened, &["hardened", "linux-hardened", "hardening", "stig", "cis"]),
    (
        Sign::RedHat,
        &[
            "fedora", "rhel", "red hat", "redhat", "almalinux", "rocky", "centos", "silverblue",
            "secureblue",
        ],
    ),
    (Sign::Wsl, &["wsl", "wsl1", "wsl2", "microsoft", "windows"]),
    (Sign::Android, &["android", "toybox", "termux", "magisk", "avd"]),
    (Sign::ChromeOs, &["chromeos", "chrome os", "crostini", "penguin", "chromebook"]),
    (Sign::OpenVz, &["openvz", "virtuozzo", "vzkernel"]),
    (Sign::Bottlerocket, &["bottlerocket", "talos", "talosctl", "machine.sysctls", "fargate"]),
    (
        Sign::SeLinux,
        &[
            "selinux", "setenforce", "getenforce", "sestatus", "enforcing", "avc", "ausearch",
            "container-selinux", "label=disable",
        ],
    ),
    (
        Sign::SeLinuxOff,
        &[
            "selinuxenabled: false", "selinux is disabled", "selinux disabled",
            "selinux: disabled", "selinux=disabled", "getenforce\npermissive",
            "getenforce\ndisabled", "selinux is permissive", "selinux in permissive mode",
        ],
    ),
    (Sign::AppArmor, &["apparmor", "aa-status", "apparmor_parser"]),
    (
        Sign::Root,
        &["as root", "uid 0", "uid=0", "uid/euid=0", "uid=0(root)", "user: root", "runasuser: 0"],
    ),
    (
        Sign::NoNewPrivs,
        &[
            "no_new_privs",
            "no-new-privileges",
            "no-new-privileges:true",
            "allowprivilegeescalation",
            "allowprivilegeescalation: false",
            "nonewprivileges",
        ],
    ),
    (
        Sign::CapsDropped,
        &[
            "cap_drop", "cap-drop", "--cap-drop", "drop: [all]", "drop: [\"all\"]", "drop all",
            "drop: all", "drop:\n- all", "drop:\n- \"all\"", "capabilities dropped",
            "cap-drop all", "--cap-drop=all",
        ],
    ),
    (
        Sign::SysAdmin,
        &[
            "sys_admin", "cap-add sys_admin", "--cap-add=sys_admin", "cap_add: [sys_admin]",
            "--cap-add all", "--cap-add=all", "cap-add all",
        ],
    ),
    (
        Sign::Privileged,
        &[
            "--privileged", "privileged: true", "privileged container", "privileged=true",
            "with privileged", "privileged mode",
        ],
    ),
    (
        Sign::SeccompOff,
        &["seccomp=unconfined", "seccomp:unconfined", "--security-opt=seccomp=unconfined"],
    ),
    (
        Sign::AppArmorOff,
        &["apparmor=unconfined", "apparmor:unconfined", "--security-opt=apparmor=unconfined"],
    ),
    (
        Sign::UserNamespaceRemap,
        &[
            "userns-remap", "--userns-remap", "--userns-remap=default", "dockremap",
            "\"userns-remap\"",
        ],
    ),
    (
        Sign::ComesAndGoes,
        &[
            "intermittent", "intermittently", "sporadically", "randomly", "after a while",
            "after some days", "after some time", "after a few days", "from time to time",
            "reboot fixes", "until reboot",
        ],
    ),
];

/// A release of a system that differs from others.
pub(crate) struct KnownRelease {
    pub sign: Sign,
    /// What the system is called.
    pub systems: &'static [&'static str],
    /// The first and the last of its numbers.
    pub numbers: [(u32, u32); 2],
    /// What else it is called, in a text that names the system.
    pub names: &'static [&'static str],
}

pub(crate) const RELEASES: &[KnownRelease] = &[
    KnownRelease {
        sign: Sign::UbuntuRestricting,
        systems: &["ubuntu"],
        numbers: [(23, 10), (99, 12)],
        names: &["noble", "oracular", "plucky", "questing", "resolute", "ubuntu-latest"],
    },
    KnownRelease {
        sign: Sign::UbuntuOld,
        systems: &["ubuntu"],
        numbers: [(4, 10), (23, 4)],
        names: &["trusty", "xenial", "bionic", "focal", "jammy"],
    },
    KnownRelease {
        sign: Sign::DebianOld,
        systems: &["debian", "raspbian"],
        numbers: [(7, 0), (10, 99)],
        names: &["jessie", "stretch", "buster"],
    },
    KnownRelease {
        sign: Sign::Rhel7,
        systems: &["centos", "rhel", "red hat", "redhat", "scientific linux"],
        numbers: [(7, 0), (7, 99)],
        names: &[],
    },
    // It runs on RHEL 7.
    KnownRelease {
        sign: Sign::Rhel7,
        systems: &["openshift", "okd"],
        numbers: [(3, 0), (3, 99)],
        names: &[],
    },
];

/// Where it is hardly the filter of a container engine that refuses namespaces.
pub(crate) const WITHOUT_FILTER: &[Sign] = &[
    Sign::DebianOld,
    Sign::UbuntuRestricting,
    Sign::Chroot,
    Sign::Lxc,
    Sign::SeccompOff,
    Sign::Privileged,
    Sign::Rhel7,
    Sign::OpenVz,
    Sign::Desktop,
    Sign::Wsl,
];
