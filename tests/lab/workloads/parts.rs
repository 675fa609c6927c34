//! What a workload can set, as data: how each kind of file writes it, and what it comes to in the
//! container.
//!
//! Adding a setting is adding a row to [`DOCKER`] or [`PODS`]; [`super::list`] puts it together
//! with the others.

use crate::containers::settings::{Kind, Settings};
use crate::judge::{
    Expect::{self, Refused},
    Refusal,
};

/// Whether a setting can change what unshare(1) meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It decides: every pair of two such settings is built.
    Decides,
    /// It changes nothing, or writes another setting in another way: it comes alone, and goes along
    /// with others in turn.
    Beside,
    /// It takes the place of most others: it comes alone and with each kind of user.
    Overrides,
}
use Role::{Beside, Decides, Overrides};

/// One setting.
pub struct Part {
    /// Its name in the name of a workload.
    pub word: &'static str,
    /// What it sets: of two parts that set the same a workload has one.
    pub sets: &'static str,
    pub role: Role,
    /// Where it is written and what: for Docker a key of a compose service and its value, or an
    /// item of the list there; for a pod a key of `spec`, of `pod` (the securityContext of the pod)
    /// or of `container` (that of the container).
    pub keys: &'static [(&'static str, &'static str)],
    /// Options of `docker run`; empty for a pod.
    pub options: &'static str,
    /// What it comes to.
    does: fn(&mut Means),
}

/// What the settings of a workload come to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Means {
    /// For the lab's own account of containers.
    pub settings: Settings,
    /// What a seccomp profile of its own refuses.
    pub profile: Option<Refuses>,
    /// Whether it is outside the user namespace of a daemon that remaps root.
    pub host_userns: bool,
    /// Whether it has a namespace of the host's other than that.
    pub host_namespace: bool,
    /// Why nobody can know beforehand.
    pub unknown: Option<&'static str>,
    /// Why the lab cannot tell what becomes of it.
    pub untold: Option<&'static str>,
}

/// What a seccomp profile of a workload's own refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refuses {
    /// unshare(2), with ENOSYS.
    Unshare,
    /// The same, by killing.
    Kill,
    /// mount(2).
    Mount,
    /// New user namespaces alone.
    Users,
}

/// The profiles that workloads name, by the name of their file.
pub const PROFILES: &[(&str, &str)] = &[
    ("open.json", r#"{"defaultAction": "SCMP_ACT_ALLOW"}"#),
    (
        "enosys.json",
        r#"{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["unshare"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38}]}"#,
    ),
    (
        "kill.json",
        r#"{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["unshare"], "action": "SCMP_ACT_KILL_PROCESS"}]}"#,
    ),
    (
        "no-mount.json",
        r#"{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mount"], "action": "SCMP_ACT_ERRNO"}]}"#,
    ),
    (
        "no-users.json",
        r#"{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
            {"names": ["unshare", "clone"], "action": "SCMP_ACT_ERRNO",
             "args": [{"index": 0, "value": 268435456, "valueTwo": 268435456, "op": "SCMP_CMP_MASKED_EQ"}]},
            {"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38}]}"#,
    ),
    // As the profiles of Docker and containerd treat the calls that isolation takes (moby
    // `profiles/seccomp`).
    ("default.json", RUNTIME_DEFAULT),
];

/// What stands for the profile of containerd where podman is to have it.
pub const RUNTIME_DEFAULT: &str = r#"{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
    {"names": ["unshare", "mount", "setns", "umount2"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1, "excludes": {"caps": ["CAP_SYS_ADMIN"]}},
    {"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38, "excludes": {"caps": ["CAP_SYS_ADMIN"]}}]}"#;

const fn part(
    word: &'static str,
    sets: &'static str,
    role: Role,
    keys: &'static [(&'static str, &'static str)],
    options: &'static str,
    does: fn(&mut Means),
) -> Part {
    Part { word, sets, role, keys, options, does }
}

/// For a compose service and for `docker run`. What adds capabilities stands after what drops them,
/// as it is carried out.
pub const DOCKER: &[Part] = &[
    part("drop-all", "cap_drop", Decides, &[("cap_drop", "ALL")], "--cap-drop ALL", |m| {
        m.settings.cap_drop = true
    }),
    part(
        "drop-setfcap",
        "cap_drop",
        Decides,
        &[("cap_drop", "SETFCAP")],
        "--cap-drop=SETFCAP",
        |m| m.settings.cap_drop = true,
    ),
    part(
        "drop-chown",
        "cap_drop",
        Beside,
        &[("cap_drop", "CAP_CHOWN")],
        "--cap-drop CAP_CHOWN",
        |_| {},
    ),
    part(
        "add-sys-admin",
        "cap_add",
        Decides,
        &[("cap_add", "SYS_ADMIN")],
        "--cap-add SYS_ADMIN",
        |m| m.settings.cap_add = true,
    ),
    part(
        "add-cap_sys_admin",
        "cap_add",
        Beside,
        &[("cap_add", "CAP_SYS_ADMIN")],
        "--cap-add=CAP_SYS_ADMIN",
        |m| {
            m.settings.cap_add = true;
        },
    ),
    part("add-setfcap", "cap_add", Decides, &[("cap_add", "setfcap")], "--cap-add setfcap", |m| {
        m.settings.cap_drop = false
    }),
    part("add-all", "cap_add", Overrides, &[("cap_add", "ALL")], "--cap-add ALL", |m| {
        (m.settings.cap_add, m.settings.cap_drop) = (true, false);
    }),
    part(
        "seccomp=unconfined",
        "seccomp",
        Decides,
        &[("security_opt", "seccomp=unconfined")],
        "--security-opt seccomp=unconfined",
        |m| {
            m.settings.no_filter = true;
        },
    ),
    part(
        "seccomp:unconfined",
        "seccomp",
        Beside,
        &[("security_opt", "seccomp:unconfined")],
        "--security-opt=seccomp:unconfined",
        |m| {
            m.settings.no_filter = true;
        },
    ),
    part(
        "profile-open",
        "seccomp",
        Decides,
        &[("security_opt", "seccomp=./open.json")],
        "--security-opt seccomp=./open.json",
        |m| m.settings.no_filter = true,
    ),
    part(
        "profile-enosys",
        "seccomp",
        Decides,
        &[("security_opt", "seccomp:./enosys.json")],
        "--security-opt seccomp=enosys.json",
        |m| m.profile = Some(Refuses::Unshare),
    ),
    part(
        "profile-kill",
        "seccomp",
        Decides,
        &[("security_opt", "seccomp=kill.json")],
        "--security-opt seccomp=kill.json",
        |m| {
            m.profile = Some(Refuses::Kill);
        },
    ),
    part(
        "profile-no-mount",
        "seccomp",
        Decides,
        &[("security_opt", "seccomp=./no-mount.json")],
        "--security-opt seccomp=./no-mount.json",
        |m| m.profile = Some(Refuses::Mount),
    ),
    part(
        "profile-no-users",
        "seccomp",
        Decides,
        &[("security_opt", "seccomp=./no-users.json")],
        "--security-opt seccomp=./no-users.json",
        |m| m.profile = Some(Refuses::Users),
    ),
    part(
        "profile-default",
        "seccomp",
        Decides,
        &[("security_opt", "seccomp=./default.json")],
        "--security-opt seccomp=./default.json",
        |_| {},
    ),
    part(
        "unmasked",
        "masks",
        Decides,
        &[("security_opt", "systempaths=unconfined")],
        "--security-opt systempaths=unconfined",
        |m| {
            m.settings.unmasked = true;
        },
    ),
    part("user-numbers", "user", Decides, &[("user", "1000:1000")], "--user 1000:1000", |m| {
        m.settings.user = true
    }),
    part("user-name", "user", Decides, &[("user", "www-data")], "-u www-data", |m| {
        m.settings.user = true
    }),
    part("user-number", "user", Beside, &[("user", "1000")], "--user=1000", |m| {
        m.settings.user = true
    }),
    part("user-root", "user", Beside, &[("user", "root")], "-u root", |_| {}),
    part("user-zero", "user", Beside, &[("user", "0:0")], "-u=0:0", |_| {}),
    part(
        "nnp",
        "nnp",
        Beside,
        &[("security_opt", "no-new-privileges:true")],
        "--security-opt no-new-privileges",
        |m| {
            m.settings.no_new_privs = true;
        },
    ),
    part(
        "nnp=false",
        "nnp",
        Beside,
        &[("security_opt", "no-new-privileges=false")],
        "--security-opt no-new-privileges=false",
        |_| {},
    ),
    part(
        "no-apparmor",
        "apparmor",
        Beside,
        &[("security_opt", "apparmor=unconfined")],
        "--security-opt apparmor=unconfined",
        |_| {},
    ),
    part(
        "no-label",
        "label",
        Beside,
        &[("security_opt", "label=disable")],
        "--security-opt label=disable",
        |_| {},
    ),
    part("host-users", "userns", Beside, &[("userns_mode", "host")], "--userns=host", |m| {
        m.host_userns = true
    }),
    part("host-pids", "pid", Beside, &[("pid", "host")], "--pid=host", |m| {
        (m.settings.pid_host, m.host_namespace) = (true, true)
    }),
    part(
        "read-only",
        "root",
        Beside,
        &[("read_only", "true"), ("tmpfs", "/tmp:exec")],
        "--read-only --tmpfs /tmp:exec",
        |m| {
            m.settings.read_only = true;
        },
    ),
    part(
        "tmpfs",
        "tmpfs",
        Beside,
        &[("tmpfs", "/run"), ("tmpfs", "/var/tmp:mode=755")],
        "--tmpfs /run --tmpfs=/var/tmp:mode=755",
        |_| {},
    ),
    part("host-ipc", "ipc", Beside, &[("ipc", "host")], "--ipc host", |m| m.host_namespace = true),
    part("privileged", "privileged", Overrides, &[("privileged", "true")], "--privileged", |m| {
        m.settings.privileged = true
    }),
];

const ON_THE_NODE: &str = "a profile of type Localhost is on the nodes, not among the files";
const ANY_USER: &str =
    "podman gives a capability that was added to every user, containerd to root alone";
const ADDED_AND_DROPPED: &str =
    "podman refuses a capability that is both added and dropped, containerd drops it";

/// For pods. The engine that the lab starts them with is podman; what containerd does otherwise is
/// not told by it.
pub const PODS: &[Part] = &[
    part("drop-all", "drop", Decides, &[("container", "capabilities.drop ALL")], "", |m| {
        m.settings.cap_drop = true
    }),
    part("drop-setfcap", "drop", Decides, &[("container", "capabilities.drop SETFCAP")], "", |m| {
        m.settings.cap_drop = true
    }),
    part("drop-chown", "drop", Beside, &[("container", "capabilities.drop CHOWN")], "", |_| {}),
    part(
        "add-sys-admin",
        "add",
        Decides,
        &[("container", "capabilities.add SYS_ADMIN")],
        "",
        |m| m.settings.cap_add = true,
    ),
    part("add-setfcap", "add", Decides, &[("container", "capabilities.add SETFCAP")], "", |m| {
        m.settings.cap_drop = false
    }),
    part(
        "unconfined",
        "seccomp",
        Decides,
        &[("container", "seccompProfile {type: Unconfined}")],
        "",
        |m| m.settings.no_filter = true,
    ),
    part(
        "runtime-default",
        "seccomp",
        Decides,
        &[("container", "seccompProfile {type: RuntimeDefault}")],
        "",
        |m| {
            m.settings.no_filter = false;
        },
    ),
    part(
        "pod-unconfined",
        "seccomp",
        Beside,
        &[("pod", "seccompProfile {type: Unconfined}")],
        "",
        |m| m.settings.no_filter = true,
    ),
    part(
        "pod-runtime-default",
        "seccomp",
        Decides,
        &[("pod", "seccompProfile {type: RuntimeDefault}")],
        "",
        |m| {
            m.settings.no_filter = false;
        },
    ),
    part(
        "own-over-pod",
        "seccomp",
        Beside,
        &[
            ("pod", "seccompProfile {type: RuntimeDefault}"),
            ("container", "seccompProfile {type: Unconfined}"),
        ],
        "",
        |m| m.settings.no_filter = true,
    ),
    part(
        "localhost",
        "seccomp",
        Beside,
        &[("container", "seccompProfile {type: Localhost, localhostProfile: enosys.json}")],
        "",
        |m| (m.profile, m.unknown) = (Some(Refuses::Unshare), Some(ON_THE_NODE)),
    ),
    part("user", "user", Decides, &[("container", "runAsUser 1000")], "", |m| {
        m.settings.user = true
    }),
    part(
        "pod-user",
        "user",
        Decides,
        &[("pod", "runAsUser 1000"), ("pod", "runAsGroup 1000")],
        "",
        |m| m.settings.user = true,
    ),
    part(
        "non-root",
        "user",
        Beside,
        &[("pod", "runAsNonRoot true"), ("container", "runAsUser 33")],
        "",
        |m| m.settings.user = true,
    ),
    part(
        "user-zero",
        "user",
        Beside,
        &[("pod", "runAsUser 1000"), ("container", "runAsUser 0")],
        "",
        |_| {},
    ),
    part(
        "no-escalation",
        "escalation",
        Beside,
        &[("container", "allowPrivilegeEscalation false")],
        "",
        |m| {
            m.settings.no_new_privs = true;
        },
    ),
    part(
        "escalation",
        "escalation",
        Beside,
        &[("container", "allowPrivilegeEscalation true")],
        "",
        |_| {},
    ),
    part("read-only", "root", Beside, &[("container", "readOnlyRootFilesystem true")], "", |m| {
        m.settings.read_only = true
    }),
    part("host-pids", "namespaces", Beside, &[("spec", "hostPID true")], "", |m| {
        m.settings.pid_host = true
    }),
    part("own-users", "namespaces", Decides, &[("spec", "hostUsers false")], "", |_| {}),
    part("host-users", "namespaces", Beside, &[("spec", "hostUsers true")], "", |_| {}),
    part(
        "unmasked",
        "namespaces",
        Beside,
        &[("spec", "hostUsers false"), ("container", "procMount Unmasked")],
        "",
        |m| {
            m.settings.unmasked = true;
        },
    ),
    part("privileged", "privileged", Overrides, &[("container", "privileged true")], "", |m| {
        m.settings.privileged = true
    }),
];

/// What settings come to together, in the order of their table.
pub fn means(parts: &[&'static Part], pod: bool) -> Means {
    let mut means = Means::default();
    // Where nobody says otherwise, a kubelet leaves its containers without a filter.
    means.settings.no_filter = pod;
    parts.iter().for_each(|part| (part.does)(&mut means));
    let Settings { user, cap_add, .. } = means.settings;
    let has = |word: &str| parts.iter().any(|part| part.word == word);
    if pod && user && cap_add {
        means.untold = Some(ANY_USER);
    } else if pod && has("drop-setfcap") && has("add-setfcap") {
        means.untold = Some(ADDED_AND_DROPPED);
        means.settings.cap_drop = true;
    }
    means
}

impl Means {
    /// What the three sets of flags meet: what [`Settings::expect`] has for containers of Docker,
    /// under the profile of the workload's own where it has one. Gates come in the order of
    /// util-linux: unshare(2), the maps, the propagation, /proc.
    pub fn expect(&self) -> [Expect; 3] {
        let privileged = self.settings.privileged;
        let open = Settings {
            no_filter: self.settings.no_filter || self.profile.is_some(),
            ..self.settings
        };
        let [a, b, c, ..] = open.expect(Kind::Docker);
        let seccomp = |errno| Refused(Refusal { step: "unshare", errno, cause: "seccomp-unshare" });
        let before_mounts =
            |cell: Expect| matches!(cell, Refused(refusal) if refusal.step != "mount-proc");
        let no_mount = |cell| match before_mounts(cell) {
            true => cell,
            false => {
                Refused(Refusal { step: "propagation", errno: "EPERM", cause: "seccomp-mount" })
            }
        };
        match self.profile.filter(|_| !privileged) {
            None => [a, b, c],
            Some(Refuses::Unshare) => [seccomp("ENOSYS"); 3],
            Some(Refuses::Kill) => {
                [Refused(Refusal { step: "unshare", errno: "SIGSYS", cause: "seccomp-kill" }); 3]
            }
            Some(Refuses::Users) => [seccomp("EPERM"), seccomp("EPERM"), c],
            Some(Refuses::Mount) => [no_mount(a), b, no_mount(c)],
        }
    }

    /// The finding that says that the daemon starts no such container, where that is so (moby
    /// `daemon/daemon_unix.go`; of the host's ipc namespace only its own root may mount the
    /// queues).
    pub fn never_starts(&self, kind: Kind) -> Option<&'static str> {
        let refused = kind == Kind::RemappedDocker
            && !self.host_userns
            && (self.settings.privileged || self.host_namespace);
        refused.then_some("privileged-with-userns-remap")
    }
}
