//! What keeps `userns-remap` of a Docker daemon from being in effect: one row of this table and one
//! page of documentation for each state and each fault that [`crate::facts::remap`] tells of.

use crate::errno::Errno;
use crate::facts::remap::site;
use crate::facts::remap::{FaultKind, RemapState, assess};
use crate::facts::{Evidence, Facts};
use crate::plan::{Plan, Program, Step};
use crate::remedy;
use crate::rules::texts::{Pasted, Sign, Teller, Texts};
use crate::rules::{Gate, Rule};
#[cfg(test)]
use {
    crate::facts::docker::Directory,
    crate::facts::remap::tests::{DEFAULT, accounts, host, says},
    crate::parse::dockerd::DaemonFlags,
    crate::rules::tests::{REMAP, USERS, case, known},
};

/// What the rows have in common.
const DAEMON: Rule = Rule {
    id: "",
    steps: &[Step::DaemonConfig],
    errnos: &[],
    title: "",
    since: "0.1.0",
    docs: "",
    texts: Texts::silent("dockerd starts, and says nothing of it"),
    decided_by: &[],
    check: |_, _, _| Gate::NotApplicable,
    remedies: &[],
    #[cfg(test)]
    cases: &[],
};

pub(crate) static NOT_INSTALLED: Rule = Rule {
    id: "docker-not-installed",
    steps: &[Step::FindBinary],
    title: "Docker is not installed here",
    docs: include_str!("not_installed.md"),
    texts: Texts::silent("there is no daemon that could say it"),
    check: |facts, plan, _| gate(facts, plan, Obstacle::NotInstalled),
    #[cfg(test)]
    cases: &[case(REMAP, Step::FindBinary, None, |f| f.docker.installed = known(false))],
    ..DAEMON
};

pub(crate) static CONFIG_MALFORMED: Rule = Rule {
    id: "docker-config-malformed",
    title: "the configuration file of the Docker daemon is not valid",
    docs: include_str!("config_malformed.md"),
    texts: Texts {
        common: 1,
        marks: &[
            "unable to configure the docker daemon",
            "invalid user/group specification in --userns-remap",
        ],
        hints: &["daemon.json", "invalid character"],
        confirm: "`dockerd --validate`",
        weigh: |text, _| (!text.has("specified both as a flag")).then_some(0),
        ..Texts::NONE
    },
    check: |facts, plan, _| gate(facts, plan, Obstacle::Fault(FaultKind::ConfigMalformed)),
    remedies: &[
        &remedy::docker::REPAIR_CONFIG,
        &remedy::docker::REMOVE_KEYS,
        &remedy::docker::REMAP_DEFAULT,
    ],
    #[cfg(test)]
    cases: &[case(REMAP, Step::DaemonConfig, None, |f| *f = host("{"))],
    ..DAEMON
};

pub(crate) static CONFIG_CONFLICT: Rule = Rule {
    id: "docker-config-conflict",
    title: "an option is set both on dockerd's command line and in its configuration file",
    docs: include_str!("config_conflict.md"),
    texts: Texts {
        common: 0,
        // A journal cuts long lines.
        marks: &["specified both as a flag"],
        confirm: "`systemctl cat docker` has the option that daemon.json has too",
        ..Texts::NONE
    },
    check: |facts, plan, _| gate(facts, plan, Obstacle::Fault(FaultKind::ConfigConflict)),
    remedies: &[&remedy::docker::REMOVE_FLAG, &remedy::docker::REMOVE_KEYS],
    #[cfg(test)]
    cases: &[case(REMAP, Step::DaemonConfig, None, |f| {
        *f = host(DEFAULT);
        f.docker.unit_flags = known(DaemonFlags::parse(&["--userns-remap=me".into()]));
    })],
    ..DAEMON
};

pub(crate) static REMAP_USER_MISSING: Rule = Rule {
    id: "docker-remap-user-missing",
    title: "the user or group that userns-remap names does not exist",
    docs: include_str!("remap_user_missing.md"),
    texts: Texts {
        common: 3,
        refuses: &[(Step::DaemonConfig, &[])],
        marks: &[
            "error during uid lookup",
            "error during gid lookup",
            "error during username lookup",
            "error during groupname lookup",
            "has no entry in /etc/passwd",
            "has no entry in /etc/group",
        ],
        hints: &["dockremap"],
        confirm: "`getent passwd` and `getent group` do not know the name",
        ..Texts::NONE
    },
    check: |facts, plan, _| gate(facts, plan, Obstacle::Fault(FaultKind::UserMissing)),
    remedies: &[&remedy::docker::REMAP_DEFAULT, &remedy::docker::REMOVE_FLAG],
    #[cfg(test)]
    cases: &[case(REMAP, Step::DaemonConfig, None, |f| {
        *f = host(r#"{"userns-remap": "nobody-here"}"#)
    })],
    ..DAEMON
};

pub(crate) static SUBID_MALFORMED: Rule = Rule {
    id: "docker-subid-malformed",
    title: "/etc/subuid or /etc/subgid has a line that dockerd cannot read",
    docs: include_str!("subid_malformed.md"),
    texts: Texts {
        common: 9,
        marks: &["cannot parse subuid/gid information", "format not correct for /etc/sub"],
        confirm: "a line of /etc/subuid or /etc/subgid is not name:start:count",
        ..Texts::NONE
    },
    check: |facts, plan, _| gate(facts, plan, Obstacle::Fault(FaultKind::SubidMalformed)),
    remedies: &[&remedy::docker::REPAIR_SUBIDS],
    #[cfg(test)]
    cases: &[case(REMAP, Step::DaemonConfig, None, |f| {
        *f = host(DEFAULT);
        accounts(f, USERS, "dockremap:oops\n");
    })],
    ..DAEMON
};

pub(crate) static SUBID_MISSING: Rule = Rule {
    id: "docker-subid-missing",
    title: "the user of userns-remap has no subordinate ids",
    docs: include_str!("subid_missing.md"),
    texts: Texts {
        common: 5,
        refuses: &[(Step::SubidLookup, &[]), (Step::DaemonConfig, &[])],
        marks: &[
            "can't create id mappings",
            "couldn't create subordinate id ranges",
            "unable to add subuid range",
        ],
        hints: &[
            "dockremap",
            "dockerd",
            "userns-remap",
            "docker",
            "no subuid ranges",
            "no subgid ranges",
            "format not correct for /etc/subuid",
        ],
        confirm: "/etc/subuid and /etc/subgid have no line of that user name (not of the group)",
        weigh: of_docker,
        ..Texts::NONE
    },
    check: |facts, plan, _| gate(facts, plan, Obstacle::Fault(FaultKind::SubidMissing)),
    remedies: &[&remedy::docker::ADD_SUBIDS],
    #[cfg(test)]
    cases: &[case(REMAP, Step::DaemonConfig, None, |f| {
        *f = host(DEFAULT);
        accounts(f, USERS, "");
    })],
    ..DAEMON
};

pub(crate) static SUBID_TOO_FEW: Rule = Rule {
    id: "docker-subid-too-few",
    title: "the user of userns-remap has fewer than 65536 subordinate ids",
    docs: include_str!("subid_too_few.md"),
    texts: Texts {
        common: 4,
        refuses: &[(Step::SetIds, &[])],
        marks: &["cannot be mapped to a host id", "to unmapped user in user namespace"],
        hints: &["subuid", "subgid", "65534"],
        confirm: "the count in /etc/subuid or /etc/subgid is below 65536",
        weigh: |text, outright| {
            // Such an id is beyond every usual range, and these have nothing to do with the daemon.
            let beyond = matches!(text.owner, Some(65536..));
            let others = [Teller::Podman, Teller::Buildah, Teller::Crun, Teller::Kubelet];
            let other = text.by.is_some_and(|by| others.contains(&by));
            let docker = outright
                || text.is(Sign::Docker)
                || ["docker", "register layer", "remap"].iter().any(|word| text.has(word));
            // An id without a mapping is an invalid argument.
            if text.errno == Some(Errno::EACCES) && !outright {
                return None;
            }
            Some(match () {
                () if beyond || other => -30,
                () if docker => 0,
                () => -24,
            })
        },
        ..Texts::NONE
    },
    check: |facts, plan, _| gate(facts, plan, Obstacle::Fault(FaultKind::SubidTooFew)),
    remedies: &[&remedy::docker::REPLACE_SUBIDS],
    #[cfg(test)]
    cases: &[case(REMAP, Step::DaemonConfig, None, |f| {
        *f = host(DEFAULT);
        accounts(f, USERS, "dockremap:100000:1000\n");
    })],
    ..DAEMON
};

pub(crate) static SUBID_OVERLAP: Rule = Rule {
    id: "docker-subid-overlap",
    title: "the subordinate ids of userns-remap overlap with those of another owner",
    docs: include_str!("subid_overlap.md"),
    texts: Texts {
        common: 0,
        marks: &["subuid ranges overlap", "subgid ranges overlap"],
        confirm: "two lines of /etc/subuid or /etc/subgid share ids",
        ..Texts::NONE
    },
    check: |facts, plan, _| gate(facts, plan, Obstacle::Fault(FaultKind::SubidOverlap)),
    remedies: &[&remedy::docker::REPLACE_SUBIDS],
    #[cfg(test)]
    cases: &[case(REMAP, Step::DaemonConfig, None, |f| {
        *f = host(DEFAULT);
        accounts(f, USERS, "dockremap:100000:65536\nme:100000:65536\n");
    })],
    ..DAEMON
};

pub(crate) static SUBID_BEYOND: Rule = Rule {
    id: "docker-subid-beyond",
    title: "the subordinate ids of userns-remap end beyond the highest id there is",
    docs: include_str!("subid_beyond.md"),
    check: |facts, plan, _| gate(facts, plan, Obstacle::Fault(FaultKind::SubidBeyond)),
    remedies: &[&remedy::docker::REPLACE_SUBIDS],
    #[cfg(test)]
    cases: &[case(REMAP, Step::DaemonConfig, None, |f| {
        *f = host(DEFAULT);
        accounts(f, USERS, "dockremap:4294901760:65536\n");
    })],
    ..DAEMON
};

pub(crate) static SUBID_ROOT: Rule = Rule {
    id: "docker-subid-root",
    title: "the subordinate ids of userns-remap begin at 0, the host's root",
    docs: include_str!("subid_root.md"),
    check: |facts, plan, _| gate(facts, plan, Obstacle::Fault(FaultKind::SubidRoot)),
    remedies: &[&remedy::docker::REPLACE_SUBIDS],
    #[cfg(test)]
    cases: &[case(REMAP, Step::DaemonConfig, None, |f| {
        *f = host(DEFAULT);
        accounts(f, USERS, "dockremap:0:65536\n");
    })],
    ..DAEMON
};

pub(crate) static REMAP_CONTAINERD_STORE: Rule = Rule {
    id: "docker-remap-containerd-store",
    title: "the containerd image store is enabled, which Docker refuses together with userns-remap",
    docs: include_str!("remap_containerd_store.md"),
    texts: Texts {
        common: 0,
        marks: &[
            "is not compatible with userns remapping",
            "userns remapping enabled, disabling containerd snapshotter",
        ],
        confirm: "`containerd-snapshotter` under `features` in daemon.json",
        ..Texts::NONE
    },
    check: |facts, plan, _| gate(facts, plan, Obstacle::Fault(FaultKind::ContainerdStore)),
    remedies: &[&remedy::docker::CONTAINERD_STORE_OFF],
    #[cfg(test)]
    cases: &[case(REMAP, Step::DaemonConfig, None, |f| {
        *f = host(r#"{"userns-remap": "default", "features": {"containerd-snapshotter": true}}"#);
    })],
    ..DAEMON
};

pub(crate) static REMAP_STORAGE_DRIVER: Rule = Rule {
    id: "docker-remap-storage-driver",
    title: "Docker does not support this storage driver together with userns-remap",
    docs: include_str!("remap_storage_driver.md"),
    texts: Texts {
        common: 0,
        marks: &["graphdriver is explicitly enabled but"],
        hints: &["is not registered", "overlayfs"],
        confirm: "`storage-driver` in daemon.json names a snapshotter of containerd",
        ..Texts::NONE
    },
    check: |facts, plan, _| gate(facts, plan, Obstacle::Fault(FaultKind::StorageDriver)),
    remedies: &[&remedy::docker::REMOVE_KEYS],
    #[cfg(test)]
    cases: &[case(REMAP, Step::DaemonConfig, None, |f| {
        *f = host(r#"{"userns-remap": "default", "storage-driver": "overlayfs"}"#);
    })],
    ..DAEMON
};

pub(crate) static REMAP_USER_NOT_MADE: Rule = Rule {
    id: "docker-remap-no-useradd",
    title: "userns-remap=default needs a user that nothing here can make",
    docs: include_str!("remap_no_useradd.md"),
    texts: Texts {
        common: 0,
        marks: &["no useradd/adduser binary found"],
        confirm: "neither `adduser` nor `useradd` is a program of its own, or `usermod` is missing",
        ..Texts::NONE
    },
    check: |facts, plan, _| gate(facts, plan, Obstacle::Fault(FaultKind::UserNotMade)),
    remedies: &[&remedy::docker::MAKE_USER],
    #[cfg(test)]
    cases: &[case(REMAP, Step::DaemonConfig, None, |f| {
        *f = host(DEFAULT);
        accounts(f, "root:x:0:\n", "");
        f.docker.makes_users = known(false);
    })],
    ..DAEMON
};

pub(crate) static REMAP_NUMERIC_NAME: Rule = Rule {
    id: "remap-numeric-name-doubled",
    title: "the user of userns-remap has its uid as its name, and its subordinate ids count twice",
    docs: include_str!("remap_numeric_name_doubled.md"),
    texts: Texts {
        common: 2,
        marks: &["getting the final child's pid from pipe caused: eof"],
        hints: &["userns-remap", "20.10"],
        confirm: "`getent passwd` has the uid as the name, and Docker is 20.10.0 to 20.10.3",
        ..Texts::NONE
    },
    check: |facts, plan, _| gate(facts, plan, Obstacle::Fault(FaultKind::NumericNameDoubled)),
    remedies: &[&remedy::docker::REMAP_DEFAULT],
    #[cfg(test)]
    cases: &[case(REMAP, Step::DaemonConfig, None, |f| {
        *f = host(r#"{"userns-remap": "10426"}"#);
        accounts(f, "root:x:0:\n10426:x:10426:\n", "10426:10426000:65536\n");
        says(f, &["name=userns"], "/var/lib/docker/10426000.10426000");
        if let Ok(info) = &mut f.docker.info.seen {
            info.server_version = "20.10.2".into();
        }
    })],
    ..DAEMON
};

pub(crate) static REMAP_PATH: Rule = Rule {
    id: "remap-path-not-traversable",
    title: "the remapped root cannot pass through a directory above Docker's data root",
    docs: include_str!("remap_path_not_traversable.md"),
    texts: Texts {
        common: 2,
        marks: &[
            "a subdirectory in your graphroot path",
            "getting the final child's pid from pipe caused: eof",
            "preparing rootfs\u{2026}permission denied",
            "stat /",
            "/docker/netns/\u{2026}permission denied",
        ],
        hints: &["graphroot", "permission denied"],
        confirm: "`namei -m` of the data root shows a directory without x for others",
        // A directory that somebody binds into a remapped container is met by the same.
        weigh: |text, _| {
            let refused = text.is(Sign::UserNamespaceRemap) && text.has("permission denied");
            let named = ["graphroot", "pid from pipe", "preparing rootfs", "docker/netns/"];
            let named = named.iter().any(|word| text.has(word));
            (named || refused).then_some(0)
        },
        ..Texts::NONE
    },
    check: |facts, plan, _| gate(facts, plan, Obstacle::Fault(FaultKind::PathNotTraversable)),
    remedies: &[&remedy::docker::OPEN_PATH],
    #[cfg(test)]
    cases: &[case(REMAP, Step::DaemonConfig, None, |f| {
        *f = host(DEFAULT);
        let closed =
            Directory { path: "/data".into(), mode: 0o700, uid: 0, gid: Some(0), is_root: false };
        f.docker.data_root = known(vec![closed]);
    })],
    ..DAEMON
};

pub(crate) static REMAP_IN_ROOTLESS: Rule = Rule {
    id: "remap-in-rootless",
    title: "a rootless Docker daemon cannot remap",
    docs: include_str!("remap_in_rootless.md"),
    texts: Texts {
        common: 1,
        marks: &[
            "during \"dockremap\" user creation",
            "rootless\u{2026}userns-remap",
            "userns-remap\u{2026}rootless",
        ],
        hints: &["cannot lock /etc/passwd"],
        confirm: "`docker info` lists name=rootless",
        weigh: |text, _| text.has("rootless").then_some(5),
        ..Texts::NONE
    },
    check: |facts, plan, _| gate(facts, plan, Obstacle::Fault(FaultKind::InRootless)),
    #[cfg(test)]
    cases: &[case(REMAP, Step::DaemonConfig, None, |f| {
        *f = host(DEFAULT);
        says(f, &["name=rootless"], "/home/me/.local/share/docker");
    })],
    ..DAEMON
};

pub(crate) static REMAP_ROOT: Rule = Rule {
    id: "docker-remap-root",
    title: "userns-remap names root, which disables it",
    docs: include_str!("remap_root.md"),
    texts: Texts {
        common: 0,
        marks: &["root cannot be remapped with itself"],
        confirm: "`docker info` does not list name=userns",
        ..Texts::NONE
    },
    check: |facts, plan, _| gate(facts, plan, Obstacle::RootNamed),
    remedies: &[&remedy::docker::REMAP_DEFAULT, &remedy::docker::REMOVE_FLAG],
    #[cfg(test)]
    cases: &[case(REMAP, Step::DaemonConfig, None, |f| *f = host(r#"{"userns-remap": "root"}"#))],
    ..DAEMON
};

pub(crate) static REMAP_NOT_CONFIGURED: Rule = Rule {
    id: "docker-remap-not-configured",
    title: "userns-remap is not set for the Docker daemon",
    docs: include_str!("remap_not_configured.md"),
    check: |facts, plan, _| gate(facts, plan, Obstacle::NotConfigured),
    remedies: &[&remedy::docker::REMAP_DEFAULT],
    #[cfg(test)]
    cases: &[case(REMAP, Step::DaemonConfig, None, |f| *f = host("{}"))],
    ..DAEMON
};

pub(crate) static REMAP_PENDING_RESTART: Rule = Rule {
    id: "docker-remap-pending-restart",
    title: "userns-remap is configured, but the Docker daemon has not been restarted since",
    docs: include_str!("remap_pending_restart.md"),
    check: |facts, plan, _| gate(facts, plan, Obstacle::PendingRestart),
    remedies: &[&remedy::docker::RESTART],
    #[cfg(test)]
    cases: &[case(REMAP, Step::DaemonConfig, None, |f| *f = host(DEFAULT))],
    ..DAEMON
};

/// It is a container that is refused, not the daemon: a finding says so where remapping is wanted.
pub(crate) static REMAP_PRIVILEGED_CLASH: Rule = Rule {
    id: "docker-remap-privileged-clash",
    title: "privileged containers and containers in host namespaces clash with userns-remap",
    docs: include_str!("remap_privileged_clash.md"),
    texts: Texts {
        common: 8,
        marks: &["incompatible with user namespaces", "when user namespaces are enabled"],
        hints: &["privileged"],
        confirm: "`docker info` lists name=userns; `--userns=host` (Compose: `userns_mode: host`) takes the \
            container out of it",
        ..Texts::NONE
    },
    check: |_, _, _| Gate::NotApplicable,
    ..DAEMON
};

pub(crate) static CONFIG_UNSETTLED: Rule = Rule {
    id: "docker-config-unsettled",
    title: "whether the daemon starts and remaps depends on something that is not known here",
    docs: include_str!("config_unsettled.md"),
    check: |facts, plan, _| unsettled(facts, plan),
    remedies: &[&remedy::docker::REPAIR_SUBIDS],
    ..DAEMON
};

pub(crate) static REMAP_UNVERIFIED: Rule = Rule {
    id: "docker-remap-unverified",
    title: "the Docker daemon gives no usable answer about userns-remap",
    docs: include_str!("remap_unverified.md"),
    check: |facts, plan, _| unverified(facts, plan),
    ..DAEMON
};

/// What keeps the remapping from being in effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Obstacle {
    /// There is no daemon.
    NotInstalled,
    /// Nothing asks for it.
    NotConfigured,
    /// It is asked for as root, with which the daemon does not remap.
    RootNamed,
    /// The daemon has not been started since it is asked for.
    PendingRestart,
    /// What is asked for is wrong.
    Fault(FaultKind),
}

/// Shut where this is what keeps the remapping from being in effect.
fn gate(facts: &Facts, plan: &Plan, obstacle: Obstacle) -> Gate {
    if plan.by != &Program::DOCKERD {
        return Gate::NotApplicable;
    }
    let remap = assess(facts);
    let docker = &facts.docker;
    let met = match (remap.state, obstacle) {
        (RemapState::Unknown, _) | (RemapState::NotInstalled, Obstacle::Fault(_)) => {
            return Gate::NotApplicable;
        }
        (RemapState::On, Obstacle::Fault(kind)) if !kind.stops_containers() => false,
        (RemapState::Misconfigured | RemapState::On, Obstacle::Fault(kind)) => {
            return match remap.faults.into_iter().find(|fault| fault.kind == kind) {
                Some(fault) => Gate::shut_silently(fault.evidence),
                None => Gate::Open,
            };
        }
        (RemapState::Off, Obstacle::NotConfigured) => !remap.names_root,
        (RemapState::Off, Obstacle::RootNamed) => remap.names_root,
        (RemapState::NotInstalled, Obstacle::NotInstalled)
        | (RemapState::PendingRestart, Obstacle::PendingRestart) => true,
        _ => false,
    };
    if !met {
        return Gate::Open;
    }
    let asked = remap.asked();
    let mut evidence = remap.evidence;
    evidence.extend(asked);
    if evidence.is_empty() {
        evidence.push(match obstacle {
            Obstacle::NotInstalled => Evidence::new(docker.installed.source.as_ref(), "not found"),
            _ => Evidence::new(docker.config.source.as_ref(), "no userns-remap"),
        });
    }
    Gate::shut_silently(evidence)
}

/// What may be wrong with what is asked for.
fn unsettled(facts: &Facts, plan: &Plan) -> Gate {
    if plan.by != &Program::DOCKERD {
        return Gate::NotApplicable;
    }
    let remap = assess(facts);
    match remap.state {
        RemapState::Unknown if !remap.doubts.is_empty() => Gate::Undecided(remap.doubts),
        RemapState::Unknown => Gate::NotApplicable,
        _ => Gate::Open,
    }
}

/// What keeps the state from being known.
fn unverified(facts: &Facts, plan: &Plan) -> Gate {
    if plan.by != &Program::DOCKERD {
        return Gate::NotApplicable;
    }
    let remap = assess(facts);
    if remap.state == RemapState::On && site::is_out_of_sight(facts, plan.by) {
        let away = "it remaps, on a host that is out of sight from this container";
        return Gate::Undecided(vec![Evidence::new(facts.docker.info.source.as_ref(), away)]);
    }
    if remap.state != RemapState::Unknown {
        return Gate::Open;
    }
    let docker = &facts.docker;
    // What is asked for may be wrong, and that is told apart.
    if !remap.doubts.is_empty() {
        return Gate::NotApplicable;
    }
    let mut why = vec![];
    if docker.info.is_undecided() {
        why.push(Evidence::of_doubt(&docker.info));
    }
    if docker.config.is_undecided() {
        why.push(Evidence::of_doubt(&docker.config));
    }
    if why.is_empty() {
        why.push(Evidence::new("/proc/self/uid_map", "does not tell who made this namespace"));
    }
    Gate::Undecided(why)
}

fn of_docker(text: &Pasted, _: bool) -> Option<i32> {
    let docker = text.has("docker") || text.has("can't create id mappings");
    Some(if docker { 0 } else { -5 })
}
