//! The settings of a container, as data, and what unshare(1) meets under them.

use crate::judge::{
    Expect::{self, Refused, Works},
    Refusal,
};

/// Who runs the container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Docker's daemon, as it comes.
    Docker,
    /// Docker's daemon with `userns-remap`.
    RemappedDocker,
    /// Podman, started by root.
    Podman,
}

/// What a container is started with beyond the defaults of its engine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// `--cap-add SYS_ADMIN`
    pub cap_add: bool,
    /// `--cap-drop ALL`
    pub cap_drop: bool,
    /// `--security-opt seccomp=unconfined`
    pub no_filter: bool,
    /// `--security-opt systempaths=unconfined`; Podman's `unmask=ALL`
    pub unmasked: bool,
    /// `--security-opt no-new-privileges`
    pub no_new_privs: bool,
    /// `--user 1000:1000`
    pub user: bool,
    /// `--pid=host`
    pub pid_host: bool,
    /// `--read-only`
    pub read_only: bool,
    /// `--privileged`
    pub privileged: bool,
}

impl Settings {
    /// Every combination of the six settings that can change the answer, and with each of them one
    /// way to have `--pid=host` and `--read-only`, which cannot. Then those with `--privileged`,
    /// which takes the place of most.
    pub fn all(kind: Kind) -> Vec<Self> {
        // A remapping daemon starts no container with --privileged or --pid=host.
        let host = kind != Kind::RemappedDocker;
        let mut all = vec![];
        for number in 0_u32..64 {
            let bit = |at: u32| number >> at & 1 == 1;
            let plain = Self {
                cap_add: bit(0),
                cap_drop: bit(1),
                no_filter: bit(2),
                unmasked: bit(3),
                no_new_privs: bit(4),
                user: bit(5),
                ..Self::default()
            };
            let (pid_host, read_only) =
                [(true, false), (false, true), (true, true)][number as usize % 3];
            all.push(plain);
            all.push(Self { pid_host: pid_host && host, read_only: read_only || !host, ..plain });
        }
        for number in 0_u32..if host { 8 } else { 0 } {
            let bit = |at: u32| number >> at & 1 == 1;
            all.push(Self {
                privileged: true,
                user: bit(0),
                no_new_privs: bit(1),
                read_only: bit(2),
                ..Self::default()
            });
        }
        all
    }

    /// The options of `docker run` or `podman run`.
    pub fn options(self, kind: Kind) -> Vec<String> {
        let unmasked = if kind == Kind::Podman {
            "--security-opt unmask=ALL"
        } else {
            "--security-opt systempaths=unconfined"
        };
        let pairs = [
            (self.privileged, "--privileged"),
            (self.cap_add, "--cap-add SYS_ADMIN"),
            (self.cap_drop, "--cap-drop ALL"),
            (self.no_filter, "--security-opt seccomp=unconfined"),
            (self.unmasked, unmasked),
            (self.no_new_privs, "--security-opt no-new-privileges"),
            (self.user, "--user 1000:1000"),
            (self.pid_host, "--pid=host"),
            // The lab needs a place for its own files.
            (self.read_only, "--read-only --tmpfs /tmp:exec"),
        ];
        pairs
            .into_iter()
            .filter(|(set, _)| *set)
            .flat_map(|(_, words)| words.split(' '))
            .map(str::to_owned)
            .collect()
    }

    /// What the five sets of flags meet.
    ///
    /// Docker's profile refuses unshare(2) unless the container is given CAP_SYS_ADMIN, to
    /// whichever user (moby `profiles/seccomp/default.json`); Podman's refuses it to nobody
    /// (containers/common `seccomp.json`). Both mask parts of /proc, and the kernel lets nobody
    /// mount a fresh procfs in a new user namespace then (`mount_too_revealing()`, fs/namespace.c).
    /// uid 0 maps itself only with CAP_SETFCAP, which both give by default (user_namespaces(7)). A
    /// user other than root has no effective capabilities in Docker; Podman gives one that was
    /// added by name to every user (pkg/specgen/generate/security_linux.go).
    pub fn expect(self, kind: Kind) -> [Expect; 5] {
        const fn refused(step: &'static str, cause: &'static str) -> Expect {
            Refused(Refusal { step, errno: "EPERM", cause })
        }
        let filtered = kind != Kind::Podman && !self.no_filter && !self.cap_add && !self.privileged;
        let given = self.cap_add || self.privileged;
        let sys_admin = if self.user { kind == Kind::Podman && self.cap_add } else { given };
        let setfcap = self.privileged || !self.cap_drop;
        let masked = !self.unmasked && !self.privileged;
        let maps_root = |then: Expect| {
            if self.user || setfcap { then } else { refused("uid-map", "setfcap-missing") }
        };
        let mounts_proc = if masked { refused("mount-proc", "proc-masked") } else { Works };
        let as_root = if sys_admin { Works } else { refused("unshare", "no-cap-sys-admin") };
        match filtered {
            true => [refused("unshare", "seccomp-unshare"); 5],
            false => [maps_root(mounts_proc), maps_root(Works), as_root, as_root, Works],
        }
    }
}
