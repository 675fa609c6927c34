//! The options of the commands that start containers: which of them take a value, so that the image
//! is found. Options of every version are known, also those that are hidden or deprecated. Sources:
//! docker/cli 29.8 `cli/command/container/{opts,run,create}.go` and `cli/command/service/opts.go`;
//! podman 6.0 `cmd/podman/common/{create,netflags}.go`, `cmd/podman/pods/create.go`,
//! `cmd/podman/utils/alias.go`; nerdctl 2.3 `cmd/nerdctl/container/container_{create,run}.go`;
//! docker/compose 5 `cmd/compose/run.go`.

/// Whose options they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grammar {
    /// `docker run`, `docker create`.
    Docker,
    /// `nerdctl run`, `nerdctl create`.
    Nerdctl,
    /// `podman run`, `podman create`.
    Podman,
    /// `docker service create`.
    Service,
    /// `podman pod create`.
    Pod,
    /// `docker compose run`.
    ComposeRun,
}

impl Grammar {
    /// Its tables: options with a value, and switches.
    fn tables(self) -> &'static [(&'static [&'static str], &'static [&'static str])] {
        match self {
            Self::Docker => &[(VALUE, SWITCH), (DOCKER_VALUE, DOCKER_SWITCH)],
            Self::Nerdctl => &[(VALUE, SWITCH), (NERDCTL_VALUE, NERDCTL_SWITCH)],
            Self::Podman => &[(VALUE, SWITCH), (PODMAN_VALUE, PODMAN_SWITCH)],
            Self::Service => &[(SERVICE_VALUE, SERVICE_SWITCH)],
            Self::Pod => &[(POD_VALUE, POD_SWITCH)],
            Self::ComposeRun => &[(COMPOSE_VALUE, COMPOSE_SWITCH)],
        }
    }
}

/// What comes after an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    /// Nothing, or `=true` and `=false`.
    Nothing,
    /// A value: the rest of the word, or the next word.
    Value,
}

/// Options of both that take a value.
const VALUE: &[&str] = &[
    "add-host", "annotation", "attach", "blkio-weight", "blkio-weight-device", "cap-add",
    "cap-drop", "cgroup-parent", "cgroupns", "cidfile", "cpu-period", "cpu-quota", "cpu-rt-period",
    "cpu-rt-runtime", "cpu-shares", "cpus", "cpuset-cpus", "cpuset-mems", "detach-keys", "device",
    "device-cgroup-rule", "device-read-bps", "device-read-iops", "device-write-bps",
    "device-write-iops", "dns", "dns-opt", "dns-option", "dns-search", "entrypoint", "env",
    "env-file", "expose", "gpus", "group-add", "health-cmd", "health-interval", "health-retries",
    "health-start-period", "health-timeout", "hostname", "ip", "ip6", "ipc", "kernel-memory",
    "label", "label-file", "log-driver", "log-opt", "mac-address", "memory", "memory-reservation",
    "memory-swap", "memory-swappiness", "mount", "name", "net", "net-alias", "network",
    "network-alias", "oom-score-adj", "pid", "pids-limit", "platform", "publish", "pull",
    "restart", "runtime", "security-opt", "shm-size", "stop-signal", "stop-timeout", "storage-opt",
    "sysctl", "tmpfs", "ulimit", "user", "userns", "uts", "volume", "volumes-from", "workdir",
];

/// Options of both that are switches.
const SWITCH: &[&str] = &[
    "detach", "disable-content-trust", "help", "init", "interactive", "no-healthcheck",
    "oom-kill-disable", "privileged", "publish-all", "quiet", "read-only", "rm", "sig-proxy",
    "tty",
];

const DOCKER_VALUE: &[&str] = &[
    "cpu-count", "cpu-percent", "domainname", "health-start-interval", "io-maxbandwidth",
    "io-maxiops", "isolation", "link", "link-local-ip", "volume-driver",
];

const DOCKER_SWITCH: &[&str] = &["use-api-socket"];

const PODMAN_VALUE: &[&str] = &[
    "arch", "authfile", "cert-dir", "cgroup-conf", "cgroups", "chrootdirs", "conmon-pidfile",
    "creds", "decryption-key", "env-merge", "gidmap", "group-entry", "health-log-destination",
    "health-max-log-count", "health-max-log-size", "health-on-failure", "health-startup-cmd",
    "health-startup-interval", "health-startup-retries", "health-startup-success",
    "health-startup-timeout", "healthcheck-command", "healthcheck-interval", "healthcheck-retries",
    "healthcheck-start-period", "healthcheck-timeout", "hosts-file", "hostuser", "image-volume",
    "init-ctr", "init-path", "os", "override-arch", "override-os", "override-variant",
    "passwd-entry", "personality", "pidfile", "pod", "pod-id-file", "preserve-fd", "preserve-fds",
    "rdt-class", "requires", "retry", "retry-delay", "sdnotify", "seccomp-policy", "secret",
    "shm-size-systemd", "signature-policy", "subgidname", "subuidname", "systemd", "timeout", "tz",
    "uidmap", "umask", "unsetenv", "variant",
];

const PODMAN_SWITCH: &[&str] = &[
    "env-host", "http-proxy", "no-hostname", "no-hosts", "passwd", "read-only-tmpfs", "replace",
    "rmi", "rootfs", "tls-verify", "unsetenv-all",
];

const NERDCTL_VALUE: &[&str] = &[
    "cgroup-conf",
    "cosign-certificate-identity",
    "cosign-certificate-identity-regexp",
    "cosign-certificate-oidc-issuer",
    "cosign-certificate-oidc-issuer-regexp",
    "cosign-key",
    "domainname",
    "health-start-interval",
    "init-binary",
    "ipfs-address",
    "isolation",
    "pidfile",
    "rdt-class",
    "systemd",
    "umask",
    "verify",
];

const NERDCTL_SWITCH: &[&str] = &["rootfs"];

const SERVICE_VALUE: &[&str] = &[
    "cap-add", "cap-drop", "config", "constraint", "container-label", "credential-spec", "dns",
    "dns-option", "dns-search", "endpoint-mode", "entrypoint", "env", "env-file",
    "generic-resource", "group", "health-cmd", "health-interval", "health-retries",
    "health-start-interval", "health-start-period", "health-timeout", "host", "hostname",
    "isolation", "label", "limit-cpu", "limit-memory", "limit-pids", "log-driver", "log-opt",
    "max-concurrent", "memory-swap", "memory-swappiness", "mode", "mount", "name", "network",
    "oom-score-adj", "placement-pref", "publish", "replicas", "replicas-max-per-node",
    "reserve-cpu", "reserve-memory", "restart-condition", "restart-delay", "restart-max-attempts",
    "restart-window", "rollback-delay", "rollback-failure-action", "rollback-max-failure-ratio",
    "rollback-monitor", "rollback-order", "rollback-parallelism", "secret", "stop-grace-period",
    "stop-signal", "sysctl", "ulimit", "update-delay", "update-failure-action",
    "update-max-failure-ratio", "update-monitor", "update-order", "update-parallelism", "user",
    "workdir",
];

const SERVICE_SWITCH: &[&str] = &[
    "detach", "help", "init", "no-healthcheck", "no-resolve-image", "quiet", "read-only", "tty",
    "with-registry-auth",
];

const POD_VALUE: &[&str] = &[
    "add-host", "blkio-weight", "blkio-weight-device", "cgroup-parent", "cpu-shares", "cpus",
    "cpuset-cpus", "cpuset-mems", "device", "device-read-bps", "device-write-bps", "dns",
    "dns-option", "dns-search", "exit-policy", "gidmap", "gpus", "hostname", "hosts-file",
    "infra-command", "infra-conmon-pidfile", "infra-image", "infra-name", "ip", "ip6", "label",
    "label-file", "mac-address", "memory", "memory-swap", "name", "net", "network",
    "network-alias", "pid", "pod-id-file", "publish", "restart", "security-opt", "share",
    "shm-size", "shm-size-systemd", "subgidname", "subuidname", "sysctl", "uidmap", "userns",
    "uts", "volume", "volumes-from",
];

const POD_SWITCH: &[&str] =
    &["help", "infra", "no-hostname", "no-hosts", "replace", "share-parent"];

const COMPOSE_VALUE: &[&str] = &[
    "cap-add", "cap-drop", "entrypoint", "env", "env-from-file", "label", "name", "publish",
    "pull", "user", "volume", "workdir",
];

const COMPOSE_SWITCH: &[&str] = &[
    "build", "detach", "dry-run", "help", "interactive", "no-TTY", "no-deps", "publish-all",
    "quiet", "quiet-build", "quiet-pull", "remove-orphans", "rm", "service-ports", "tty",
    "use-aliases",
];

/// What a long option takes; `None`: not one that is known here.
#[must_use]
pub(super) fn long(grammar: Grammar, name: &str) -> Option<Takes> {
    let tables = grammar.tables();
    if tables.iter().any(|(value, _)| value.contains(&name)) {
        return Some(Takes::Value);
    }
    tables.iter().any(|(_, switch)| switch.contains(&name)).then_some(Takes::Nothing)
}

/// The long option that a letter stands for; all of them have the same letters.
#[must_use]
pub(super) fn of_letter(letter: char) -> Option<&'static str> {
    Some(match letter {
        'a' => "attach",
        'c' => "cpu-shares",
        'd' => "detach",
        'e' => "env",
        'h' => "hostname",
        'i' => "interactive",
        'l' => "label",
        'm' => "memory",
        'p' => "publish",
        'P' => "publish-all",
        'q' => "quiet",
        't' => "tty",
        'T' => "no-TTY",
        'u' => "user",
        'v' => "volume",
        'w' => "workdir",
        _ => return None,
    })
}

/// Whether an option before the subcommand takes a value, of `docker`, `podman` and `nerdctl` alike
/// (each letter means the same kind of option in all of them).
#[must_use]
pub(super) fn global_takes_value(option: &str) -> bool {
    const NAMES: &[&str] = &[
        // docker
        "--config", "--context", "-c", "--host", "-H", "--log-level", "-l", "--tlscacert",
        "--tlscert", "--tlskey", // podman
        "--cdi-spec-dir", "--cgroup-manager", "--conmon", "--connection", "--db-backend",
        "--events-backend", "--hooks-dir", "--identity", "--imagestore", "--module", "--namespace",
        "-n", "--network-cmd-path", "--network-config-dir", "--out", "--pull-option", "--root",
        "--runroot", "--runtime", "--runtime-flag", "--ssh", "--storage-driver", "--storage-opt",
        "--tls-ca", "--tls-cert", "--tls-key", "--tmpdir", "--url", "--volumepath",
        // nerdctl
        "--address", "-a", "--cni-netconfpath", "--cni-path", "--data-root", "--hosts-dir",
        "--snapshotter", "--host-gateway-ip", "--bridge-ip", "--cdi-spec-dirs", "--userns-remap",
        // docker compose
        "--ansi", "--env-file", "--file", "-f", "--parallel", "--profile", "--progress",
        "--project-directory", "--project-name", "-p",
    ];
    NAMES.contains(&option)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    /// Every option that an installed program lists is known, and takes what the program says.
    #[test]
    fn as_the_programs_say() {
        for (grammar, program) in [(Grammar::Docker, "docker"), (Grammar::Podman, "podman")] {
            for subcommand in ["run", "create"] {
                let Ok(output) = Command::new(program).args([subcommand, "--help"]).output() else {
                    continue;
                };
                for line in String::from_utf8_lossy(&output.stdout).lines() {
                    let mut words = line.split_whitespace();
                    // Descriptions may begin with a dash too, as in `-1 for unlimited`.
                    let is_option = |word: &&str| {
                        word.starts_with("--")
                            || word.len() == 3 && word.starts_with('-') && word.ends_with(',')
                    };
                    let Some(first) = words.next().filter(is_option) else { continue };
                    let letter = first.strip_suffix(',').and_then(|short| short.chars().nth(1));
                    let name = if letter.is_some() { words.next().unwrap() } else { first };
                    let name = name.strip_prefix("--").unwrap();
                    // The type stands one space behind the name, the description further off.
                    let after = line.split(&format!("--{name}")).nth(1).unwrap();
                    let value =
                        after.starts_with(' ') && !after.starts_with("  ") && after.trim() != "";
                    let takes = if value { Takes::Value } else { Takes::Nothing };
                    assert_eq!(long(grammar, name), Some(takes), "{program} {subcommand} --{name}");
                    if let Some(letter) = letter {
                        assert_eq!(of_letter(letter), Some(name), "{program} -{letter}");
                    }
                }
            }
        }
    }

    #[test]
    fn each_has_its_own() {
        assert_eq!(long(Grammar::Docker, "link"), Some(Takes::Value));
        assert_eq!(long(Grammar::Podman, "link"), None);
        assert_eq!(long(Grammar::Docker, "rootfs"), None);
        assert_eq!(long(Grammar::Podman, "rootfs"), Some(Takes::Nothing));
        assert_eq!(long(Grammar::Docker, "privilege"), None);
        assert_eq!(long(Grammar::Nerdctl, "umask"), Some(Takes::Value));
        assert_eq!(long(Grammar::Service, "limit-pids"), Some(Takes::Value));
        assert_eq!(long(Grammar::Service, "privileged"), None);
    }
}
