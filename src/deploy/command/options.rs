//! The options of `docker run`, `docker create`, `podman run` and `podman create`: which of them
//! take a value, so that the image is found. Sources: `docker run --help` of 28.2, the hidden and
//! deprecated ones of docker/cli `cli/command/container/opts.go`; `podman run --help` of 4.3 and
//! podman-run(1) of 5.x.

use crate::deploy::Engine;

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
    "add-host",
    "annotation",
    "attach",
    "blkio-weight",
    "blkio-weight-device",
    "cap-add",
    "cap-drop",
    "cgroup-parent",
    "cgroupns",
    "cidfile",
    "cpu-period",
    "cpu-quota",
    "cpu-rt-period",
    "cpu-rt-runtime",
    "cpu-shares",
    "cpus",
    "cpuset-cpus",
    "cpuset-mems",
    "detach-keys",
    "device",
    "device-cgroup-rule",
    "device-read-bps",
    "device-read-iops",
    "device-write-bps",
    "device-write-iops",
    "dns",
    "dns-opt",
    "dns-option",
    "dns-search",
    "entrypoint",
    "env",
    "env-file",
    "expose",
    "gpus",
    "group-add",
    "health-cmd",
    "health-interval",
    "health-retries",
    "health-start-period",
    "health-timeout",
    "hostname",
    "ip",
    "ip6",
    "ipc",
    "label",
    "label-file",
    "log-driver",
    "log-opt",
    "mac-address",
    "memory",
    "memory-reservation",
    "memory-swap",
    "memory-swappiness",
    "mount",
    "name",
    "net",
    "net-alias",
    "network",
    "network-alias",
    "oom-score-adj",
    "pid",
    "pids-limit",
    "platform",
    "publish",
    "pull",
    "restart",
    "runtime",
    "security-opt",
    "shm-size",
    "stop-signal",
    "stop-timeout",
    "storage-opt",
    "sysctl",
    "tmpfs",
    "ulimit",
    "user",
    "userns",
    "uts",
    "volume",
    "volumes-from",
    "workdir",
];

/// Options of both that are switches.
const SWITCH: &[&str] = &[
    "detach",
    "disable-content-trust",
    "help",
    "init",
    "interactive",
    "no-healthcheck",
    "oom-kill-disable",
    "privileged",
    "publish-all",
    "quiet",
    "read-only",
    "rm",
    "sig-proxy",
    "tty",
];

const DOCKER_VALUE: &[&str] = &[
    "cpu-count",
    "cpu-percent",
    "domainname",
    "health-start-interval",
    "io-maxbandwidth",
    "io-maxiops",
    "isolation",
    "kernel-memory",
    "link",
    "link-local-ip",
    "volume-driver",
];

const DOCKER_SWITCH: &[&str] = &["use-api-socket"];

const PODMAN_VALUE: &[&str] = &[
    "arch",
    "authfile",
    "cert-dir",
    "cgroup-conf",
    "cgroups",
    "chrootdirs",
    "conmon-pidfile",
    "creds",
    "decryption-key",
    "env-merge",
    "gidmap",
    "group-entry",
    "health-log-destination",
    "health-max-log-count",
    "health-max-log-size",
    "health-on-failure",
    "health-startup-cmd",
    "health-startup-interval",
    "health-startup-retries",
    "health-startup-success",
    "health-startup-timeout",
    "hosts-file",
    "hostuser",
    "image-volume",
    "init-ctr",
    "init-path",
    "os",
    "passwd-entry",
    "personality",
    "pidfile",
    "pod",
    "pod-id-file",
    "preserve-fd",
    "preserve-fds",
    "rdt-class",
    "requires",
    "retry",
    "retry-delay",
    "sdnotify",
    "seccomp-policy",
    "secret",
    "shm-size-systemd",
    "signature-policy",
    "subgidname",
    "subuidname",
    "systemd",
    "timeout",
    "tz",
    "uidmap",
    "umask",
    "unsetenv",
    "variant",
];

const PODMAN_SWITCH: &[&str] = &[
    "env-host",
    "http-proxy",
    "no-hostname",
    "no-hosts",
    "passwd",
    "read-only-tmpfs",
    "replace",
    "rmi",
    "rootfs",
    "tls-verify",
    "unsetenv-all",
];

/// What a long option takes; `None`: not one that is known here.
#[must_use]
pub(super) fn long(engine: Engine, name: &str) -> Option<Takes> {
    let (value, switch) = match engine {
        Engine::Podman => (PODMAN_VALUE, PODMAN_SWITCH),
        Engine::Docker | Engine::Kubernetes => (DOCKER_VALUE, DOCKER_SWITCH),
    };
    if VALUE.contains(&name) || value.contains(&name) {
        return Some(Takes::Value);
    }
    (SWITCH.contains(&name) || switch.contains(&name)).then_some(Takes::Nothing)
}

/// The long option that a letter stands for; both programs have the same letters.
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
        "--config",
        "--context",
        "-c",
        "--host",
        "-H",
        "--log-level",
        "-l",
        "--tlscacert",
        "--tlscert",
        "--tlskey",
        // podman
        "--cdi-spec-dir",
        "--cgroup-manager",
        "--conmon",
        "--connection",
        "--db-backend",
        "--events-backend",
        "--hooks-dir",
        "--identity",
        "--imagestore",
        "--module",
        "--namespace",
        "-n",
        "--network-cmd-path",
        "--network-config-dir",
        "--out",
        "--pull-option",
        "--root",
        "--runroot",
        "--runtime",
        "--runtime-flag",
        "--ssh",
        "--storage-driver",
        "--storage-opt",
        "--tls-ca",
        "--tls-cert",
        "--tls-key",
        "--tmpdir",
        "--url",
        "--volumepath",
        // nerdctl
        "--address",
        "-a",
        "--cni-netconfpath",
        "--cni-path",
        "--data-root",
        "--hosts-dir",
        "--snapshotter",
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
        for (engine, program) in [(Engine::Docker, "docker"), (Engine::Podman, "podman")] {
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
                    assert_eq!(long(engine, name), Some(takes), "{program} {subcommand} --{name}");
                    if let Some(letter) = letter {
                        assert_eq!(of_letter(letter), Some(name), "{program} -{letter}");
                    }
                }
            }
        }
    }

    #[test]
    fn each_has_its_own() {
        assert_eq!(long(Engine::Docker, "link"), Some(Takes::Value));
        assert_eq!(long(Engine::Podman, "link"), None);
        assert_eq!(long(Engine::Docker, "rootfs"), None);
        assert_eq!(long(Engine::Podman, "rootfs"), Some(Takes::Nothing));
        assert_eq!(long(Engine::Docker, "privilege"), None);
    }
}
