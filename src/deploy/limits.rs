//! Values of limits that Docker refuses, so that no container starts (docker/cli `opts/`, moby
//! `daemon/daemon_unix.go`, compose-go's schema). What depends on the machine, such as how many
//! processors it has, is not looked at.

use super::container::Engine;
use super::formats;
use super::podman::{self, Looked};
use super::setting::StartObstacle;

/// What a limit takes.
#[derive(Clone, Copy)]
pub(super) enum LimitValues {
    /// Anything.
    Any,
    /// A size in bytes: none at all, or at least so many; with -1 for no limit where that is said.
    Size { least: u64, endless: bool },
    /// A number that is not negative.
    Number,
    /// An integer within these, or 0.
    Within(i64, i64),
    /// Numbers and ranges of them, with commas.
    Numbers,
    /// An absolute path.
    Path,
    /// One of these, or what begins like these.
    OneOf(&'static [&'static str], &'static [&'static str]),
    /// What this takes.
    Text(fn(&str) -> Option<&'static str>),
}
use LimitValues::{Any, Number, Numbers, OneOf, Path, Size, Text, Within};

/// The least memory that Docker takes.
const LEAST: u64 = 6 << 20;

/// The key and the option of a tmpfs.
pub(crate) const TMPFS: &str = "tmpfs";

const MEMORY: LimitValues = Size { least: LEAST, endless: false };

/// How the namespaces of others are named, by compose too.
const JOINS: &[&str] = &["container:", "service:"];

/// What a container's process has to attach to.
const STREAMS: [&str; 6] = ["stdin", "stdout", "stderr", "STDIN", "STDOUT", "STDERR"];

/// When a service is started again, in a compose file.
const RESTARTS: &[&str] = &["any", "none", "no", "always", "unless-stopped", "on-failure"];

/// When an image is pulled, in a compose file.
const PULLS: &[&str] =
    &["always", "never", "build", "if_not_present", "missing", "refresh", "daily", "weekly"];

/// How often something is tried again.
const RETRIES: &[&str] = &["on-failure:"];

/// Every limit, and other values that there are few of, by the option of `docker run` and the key
/// of a compose file.
const LIMITS: &[(&str, &str, LimitValues)] = &[
    ("memory", "mem_limit", MEMORY),
    ("memory-reservation", "mem_reservation", MEMORY),
    ("memory-swap", "memswap_limit", Size { least: 0, endless: true }),
    ("shm-size", "shm_size", Size { least: 0, endless: false }),
    ("memory-swappiness", "mem_swappiness", Within(-1, 100)),
    ("oom-score-adj", "oom_score_adj", Within(-1000, 1000)),
    ("cpus", "cpus", Number),
    ("cpu-shares", "cpu_shares", Within(0, i64::MAX)),
    ("cpu-period", "cpu_period", Within(1000, 1_000_000)),
    ("cpu-quota", "cpu_quota", Within(1000, i64::MAX)),
    ("cpuset-cpus", "cpuset", Numbers),
    ("cpuset-mems", "", Numbers),
    ("pids-limit", "pids_limit", Within(i64::MIN, i64::MAX)),
    ("pid", "pid", OneOf(&["host"], JOINS)),
    ("ipc", "ipc", OneOf(&["host", "none", "private", "shareable"], JOINS)),
    ("uts", "uts", OneOf(&["host"], &[])),
    ("cgroupns", "cgroup", OneOf(&["host", "private"], &[])),
    ("workdir", "working_dir", Path),
    ("stop-timeout", "", Within(i64::MIN, i64::MAX)),
    ("health-retries", "", Within(0, i64::MAX)),
    ("", "retries", Number),
    ("pull", "", OneOf(&["always", "missing", "never"], &[])),
    ("isolation", "isolation", OneOf(&["default"], &[])),
    ("network", "", Text(formats::network_option)),
    ("", "network_mode", Text(formats::network)),
    ("ip", "", Text(formats::own_address)),
    ("ip6", "", Text(formats::own_address)),
    ("expose", "", Text(formats::exposed)),
    ("platform", "platform", Text(formats::platform)),
    ("attach", "", OneOf(&STREAMS, &[])),
    ("blkio-weight", "", Within(0, 1000)),
    ("cpu-count", "cpu_count", Within(0, i64::MAX)),
    ("kernel-memory", "", Size { least: 0, endless: true }),
    ("dns", "dns", Text(formats::address)),
    ("dns-search", "", Text(formats::domain)),
    ("hostname", "", Text(formats::hostname)),
    ("label", "", Text(formats::label)),
    ("annotation", "", Text(formats::label)),
    ("add-host", "extra_hosts", Text(formats::host)),
    ("publish", "ports", Text(formats::published)),
    ("tmpfs", TMPFS, Text(formats::tmpfs)),
    ("stop-signal", "stop_signal", Text(formats::signal)),
    ("mac-address", "mac_address", Text(formats::mac)),
    ("name", "container_name", Text(formats::container_name)),
    ("", "image", Text(formats::image)),
    ("", "stop_grace_period", Text(formats::duration)),
    ("", "delay", Text(formats::duration)),
    ("", "monitor", Text(formats::duration)),
    ("", "window", Text(formats::duration)),
    ("health-interval", "", Text(formats::health_option)),
    ("", "interval", Text(formats::health)),
    ("health-timeout", "", Text(formats::health_option)),
    ("", "timeout", Text(formats::health)),
    ("health-start-period", "", Text(formats::health_option)),
    ("", "start_period", Text(formats::health)),
    ("health-start-interval", "", Text(formats::health_option)),
    ("", "start_interval", Text(formats::health)),
    ("restart", "", Text(formats::restart)),
    ("", "restart", OneOf(RESTARTS, RETRIES)),
    ("", "condition", OneOf(RESTARTS, RETRIES)),
    ("", "scale", Within(0, i64::MAX)),
    ("", "pull_policy", OneOf(PULLS, &["every_"])),
];

/// Why a value is refused for an option of Docker or podman, by the other options that are given;
/// of another program (`None`) only how it is written is looked at.
pub(crate) fn refused(
    option: &str,
    value: &str,
    engine: Option<Engine>,
    given: impl Fn(&str) -> bool,
) -> Option<StartObstacle> {
    let podman = engine == Some(Engine::Podman);
    // Most options of podman are not given where their value is empty.
    if podman && value.is_empty() {
        return None;
    }
    let sure = |why| StartObstacle::new(true, format!("--{option}: {why}"));
    let own = podman::OPTIONS.iter().filter(|(known, ..)| *known == option);
    let mut own = own.filter(|_| podman).peekable();
    if own.peek().is_none() {
        let row = LIMITS.iter().find(|(known, ..)| !known.is_empty() && *known == option)?;
        return refuses(row.2, option, value, engine).map(sure);
    }
    own.find_map(|(_, looked, values)| {
        let is_sure = match looked {
            Looked::Always => true,
            Looked::Beside(other) => given(other).then_some(true)?,
            Looked::MostlyBeside(other) => given(other),
        };
        let why = refuses(*values, option, value, engine)?;
        Some(StartObstacle { is_sure, ..sure(why) })
    })
}

/// Words of options.
type Words = &'static [&'static str];

/// What (an option, with its value where only that does) excludes an option that is on, unless it
/// says nothing (docker/cli `cli/command/container/opts.go`, moby `runconfig/hostconfig_unix.go`
/// and `daemon/daemon_unix.go`, podman `pkg/specgenutil/{createparse,specgen}.go`).
const EXCLUSIONS: &[(Engine, &str, Words, Words)] = &[
    (Engine::Docker, "rm", &["restart"], &["no"]),
    (Engine::Docker, "detach", &["attach"], &[]),
    (Engine::Docker, "cpus", &["cpu-period", "cpu-quota"], &["0"]),
    (Engine::Docker, "uts", &["hostname", "domainname"], &[]),
    (Engine::Podman, "rm", &["restart"], &["no", "on-failure"]),
    (Engine::Podman, "no-hosts", &["add-host"], &[]),
    (Engine::Podman, "uts=host", &["hostname"], &[]),
    (Engine::Podman, "no-healthcheck", &["health-cmd", "health-startup-cmd"], &[]),
    (
        Engine::Docker,
        "no-healthcheck",
        &[
            "health-cmd", "health-interval", "health-retries", "health-start-interval",
            "health-start-period", "health-timeout",
        ],
        &["0", "0s"],
    ),
];

/// The options that exclude this one where they are on.
pub(crate) fn excluding(
    engine: Engine,
    option: &str,
    value: &str,
) -> impl Iterator<Item = &'static str> {
    let excludes = move |(of, _, options, nothing): &&(Engine, &str, Words, Words)| {
        *of == engine && options.contains(&option) && !nothing.contains(&value)
    };
    EXCLUSIONS.iter().filter(excludes).map(|(_, other, ..)| *other)
}

/// Options that say something of a network, by the engine; and networks that take none of it, by
/// their names and by how these begin.
const OF_NETWORKS: &[(Engine, Words, Words, Words)] = &[
    (
        Engine::Docker,
        &["ip", "ip6", "network-alias", "net-alias"],
        &["", "default", "bridge", "host", "none"],
        &[],
    ),
    (
        Engine::Docker,
        &["add-host", "dns", "expose", "hostname", "link", "publish"],
        &[],
        &["container:"],
    ),
    (Engine::Docker, &["link"], &["host"], &[]),
    (
        Engine::Podman,
        &["ip", "ip6", "mac-address", "network-alias"],
        &["none", "host", "private", "slirp4netns", "pasta"],
        &["container:", "ns:", "slirp4netns:", "pasta:"],
    ),
    (Engine::Podman, &["dns", "dns-opt", "dns-option", "dns-search"], &["none"], &["container:"]),
    (Engine::Podman, &["add-host"], &[], &["container:"]),
];

/// Whether a network (none: empty) takes no such option (docker/cli `container/opts.go`, moby
/// `daemon/container_operations.go`, podman `cmd/podman/common/netflags.go`).
pub(crate) fn is_for_other_networks(engine: Engine, option: &str, network: &str) -> bool {
    OF_NETWORKS.iter().any(|(of, options, names, kinds)| {
        let takes_none =
            names.contains(&network) || kinds.iter().any(|kind| network.starts_with(kind));
        *of == engine && options.contains(&option) && takes_none
    })
}

/// Why Docker refuses a value for a key of a compose file.
pub(crate) fn refused_key(key: &str, value: &str) -> Option<String> {
    let row = LIMITS.iter().find(|(_, known, _)| !known.is_empty() && *known == key)?;
    refuses(row.2, key, value, Some(Engine::Docker))
}

fn refuses(values: LimitValues, name: &str, value: &str, engine: Option<Engine>) -> Option<String> {
    let meaning = engine.is_some();
    let number = || value.trim().parse::<i64>().ok();
    let why = match values {
        Any => return None,
        OneOf(..) if !meaning || value.is_empty() => return None,
        Text(_) if !meaning => return None,
        Text(refuses) => refuses(value)?,
        Path if value.is_empty() || value.starts_with('/') || value.contains([':', '\\']) => {
            return None;
        }
        Path => "is no absolute path",
        OneOf(words, prefixes) => {
            let begins =
                |prefix: &str| value.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty());
            let negative = value.starts_with("on-failure:-");
            if words.contains(&value) || prefixes.iter().any(|prefix| begins(prefix)) && !negative {
                return None;
            }
            "is nothing that it can be"
        }
        Size { endless: true, .. } if number() == Some(-1) => return None,
        Size { least, .. } => match size(value) {
            None => "is no size",
            Some(1..) if engine == Some(Engine::Docker) && size(value) < Some(least) => {
                "is less than 6 MiB"
            }
            Some(_) => return None,
        },
        Number => match value.parse::<f64>() {
            Ok(number) if number >= 0.0 => return None,
            _ => "is no number",
        },
        Within(least, most) => match number() {
            None => "is no integer",
            // A quota may be endless.
            Some(-1) if name.ends_with("quota") => return None,
            Some(0) => return None,
            Some(number) if meaning && !(least..=most).contains(&number) => "is out of range",
            Some(_) => return None,
        },
        Numbers => {
            let one = |text: &str| text.trim().parse::<u16>().ok();
            let known = value.split(',').all(|part| match part.split_once('-') {
                Some((first, last)) => one(first).is_some() && one(first) <= one(last),
                None => one(part).is_some(),
            });
            if known || value.is_empty() {
                return None;
            }
            "is no list of numbers and ranges"
        }
    };
    Some(format!("{value:?} {why}"))
}

/// The bytes of a size (`RAMInBytes` of docker/go-units).
pub(crate) fn size(text: &str) -> Option<u64> {
    let end = text.rfind(|c: char| c.is_ascii_digit() || c == '.').map_or(0, |at| at + 1);
    let (number, unit) = text.split_at_checked(end)?;
    let number: f64 = number.parse().ok().filter(|number| *number >= 0.0)?;
    let unit = unit.strip_prefix(' ').unwrap_or(unit).to_ascii_lowercase();
    let letter = unit.strip_suffix("ib").or(unit.strip_suffix('b')).unwrap_or(&unit);
    let power = ["", "k", "m", "g", "t", "p"].iter().position(|known| *known == letter)?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "what is too large is as large as can be"
    )]
    Some((number * f64::from(1 << 10).powi(i32::try_from(power).ok()?)) as u64)
}

/// What speaks against the memory, the memory with swap, and the memory that is set aside.
pub(crate) fn memory(memory: Option<u64>, swap: Option<u64>, aside: Option<u64>) -> Option<String> {
    match (memory.filter(|bytes| *bytes > 0), swap.filter(|bytes| *bytes > 0)) {
        (None, Some(_)) => Some("a limit of memory with swap goes with one of memory alone".into()),
        (Some(memory), Some(swap)) if swap < memory => {
            Some("the limit of memory with swap is less than that of memory alone".into())
        }
        (Some(memory), _) if aside > Some(memory) => {
            Some("more memory is set aside than the limit allows".into())
        }
        _ => None,
    }
}

/// The limits of processes by their names (docker/go-units `ulimit.go`).
const ULIMITS: &[&str] = &[
    "core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc",
    "rss", "rtprio", "rttime", "sigpending", "stack",
];

/// Whether there is a limit of processes of this name.
pub(crate) fn is_ulimit(name: &str) -> bool {
    ULIMITS.contains(&name)
}

/// The soft and the hard limit of processes that `SOFT[:HARD]` sets; -1 is endless.
pub(crate) fn ulimit(text: &str) -> Option<(i64, i64)> {
    let (soft, hard) = text.split_once(':').unwrap_or((text, text));
    let (soft, hard) = (soft.parse::<i64>().ok()?, hard.parse::<i64>().ok()?);
    let more = hard >= 0 && (soft < 0 || soft > hard);
    (!more).then_some((soft, hard))
}

/// Why nothing is started under a limit of processes of who is not root: runc's own threads are his
/// by then, and there are five of them where there are two processors.
pub(crate) fn starves_user(nproc: u64) -> Option<StartObstacle> {
    let why = format!("runc hardly starts a program as a user with the limit nproc={nproc}");
    (nproc < 16).then_some(StartObstacle::new(nproc < 5, why))
}

/// Why no process starts under a limit: runc 1.3.6, and a shell, with fewer than so much.
pub(crate) fn starves(name: &str, soft: i64) -> Option<StartObstacle> {
    let (least, is_sure) = match name {
        "nofile" if soft < 0 => {
            let why = "the kernel lets no process open files without limit".into();
            return Some(StartObstacle::new(true, why));
        }
        "nofile" => (20, soft < 10),
        "stack" => (16_384, soft < 4096),
        "data" => (500_000, soft < 100_000),
        _ => return None,
    };
    let why = format!("a program hardly starts with the limit {name}={soft}");
    (0..least).contains(&soft).then_some(StartObstacle::new(is_sure, why))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As docker 28.5.2 and podman 5.8.6 answer.
    #[test]
    fn what_docker_refuses() {
        for (name, taken, refused) in [
            (
                "memory",
                &["64m", "0", "67108864", "0.1gb", "64MiB", "6m"][..],
                &["4m", "x", "-1"][..],
            ),
            ("memswap_limit", &["-1", "64m"], &["-2", "x"]),
            ("shm-size", &["0", "1"], &["banana", "-1"]),
            ("mem_swappiness", &["-1", "50"], &["101"]),
            ("cpus", &["0", "0.5", "100"], &["banana"]),
            ("cpu-period", &["0", "1000"], &["100", "1000001"]),
            ("cpu_quota", &["-1", "0", "50000"], &["500"]),
            ("cpuset", &["0", "0-3,5", ""], &["banana", "3-0"]),
            ("pids_limit", &["-5", "0"], &["banana"]),
            ("restart", &["no", "on-failure:3", ""], &["banana", "no:3", "on-failure:"]),
            ("uts", &["host", ""], &["banana", "container:x"]),
            ("ipc", &["shareable", "container:x", "service:x"], &["banana", "container:"]),
            ("workdir", &["/x", "", "C:\\x"], &["x"]),
            ("device", &["banana"], &[]),
        ] {
            let is_key = name.contains('_') || name == "cpuset";
            let refused_of = |value: &str| match is_key {
                true => refused_key(name, value),
                false => {
                    super::refused(name, value, Some(Engine::Docker), |_| true).map(|it| it.why)
                }
            };
            for value in taken {
                assert_eq!(refused_of(value), None, "{name}={value}");
            }
            for value in refused {
                assert!(refused_of(value).is_some(), "{name}={value}");
            }
        }
        for (option, taken, refused) in [
            ("ipc", &["private", "ns:/x"][..], &["banana"][..]),
            ("pull", &["newer"], &["banana"]),
            ("health-interval", &["disable", "5s", "1us"], &["10"]),
            ("tmpfs", &["/dev", "/x:tmpcopyup"], &["/x:banana", "x"]),
            ("name", &["a", ""], &["-a", "a b"]),
            ("network", &["my:alias=x", "bridge:ip=1.2.3.4"], &["bridge:ip=x", ":x", "a:mac="]),
            ("memory", &["4m", ""], &["x"]),
            ("memory-swappiness", &["50", "-2"], &["500"]),
            (
                "dns",
                &["none", "1.1.1.1,::1", "", "\"x\""],
                &["banana", "none,1.1.1.1", "fe80::1%eth0"],
            ),
            ("dns-search", &["a.b,c", "."], &["a b", ".,a"]),
            ("add-host", &["a;b:1.1.1.1", "a:::1"], &["a", "a=1.1.1.1", "a:[::1]", ":1.1.1.1"]),
            ("expose", &["80", "80-90", "80/sctp"], &["0", "80-80", "80/banana", "80/tcp/udp"]),
            (
                "publish",
                &["80", "8080:80", "127.0.0.1::80", ":80", "[::1]:80:80", "8090-8092:90-92"],
                &[
                    "0:80", "80:0", "80-80", "8090-8092:90-91", "1.2.3:80:80", "80/", "[::1]:80",
                    "::1:80:80", "80/tcp/udp", "8090-8092:90", "80:80:80:80",
                ],
            ),
            (
                "secret",
                &["a", "a,type=env,target=B"],
                &["a,x=y", "a,mode=9", "a,target", "a,uid=x"],
            ),
            ("stop-signal", &["-9", "64", "RTMIN+3"], &["65", "0", "banana"]),
            ("stop-timeout", &["0x10", "1_0", "4294967296"], &["-1", "10s", "1.5"]),
            ("pull", &["Never", "ifnotpresent"], &["true", "banana"]),
            ("restart", &["never", "on-failure:3"], &["none", "no:3"]),
            ("label", &["a", "a="], &["=b"]),
            ("annotation", &["a=", "=b"], &["a"]),
            ("log-driver", &["k8s-file", "none"], &["syslog", "JOURNALD"]),
            ("log-opt", &["foo=bar", "max-size=10mb"], &["banana", "max-size=-1", "MAX-SIZE=x"]),
            ("umask", &["022"], &["999", "00222"]),
            ("health-retries", &["1"], &["0", "-1"]),
            ("health-timeout", &["1ns"], &["0s", "1d"]),
            ("health-start-period", &["0s"], &["-1s"]),
            ("retry-delay", &["-1s"], &["5"]),
            ("cgroupns", &["ns:/x"], &["banana"]),
            ("pid", &["private", "container:x"], &["banana"]),
            ("attach", &["Stderr"], &["banana"]),
        ] {
            let of = |value: &str| super::refused(option, value, Some(Engine::Podman), |_| true);
            assert!(taken.iter().all(|value| of(value).is_none()), "{option}");
            assert!(refused.iter().all(|value| of(value).is_some()), "{option}");
        }
        // Without a health check its times are nothing that podman 4.3 reads.
        let alone = |option| super::refused(option, "x", Some(Engine::Podman), |_| false);
        let is_sure = |option| alone(option).map(|it| it.is_sure);
        assert_eq!(is_sure("health-timeout"), Some(false));
        assert_eq!((is_sure("health-startup-timeout"), is_sure("umask")), (None, Some(true)));
        assert_eq!((size("1.5k"), size("1x"), size("")), (Some(1536), None, None));
    }
}
