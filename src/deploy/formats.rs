//! Texts that engines parse before they start anything: addresses, ports, durations, signals,
//! options of a tmpfs. Each function says why one is refused, where it is.

use core::net::IpAddr;

use crate::parse::image_name::ImageName;

/// The address of a name server (docker/cli `opts/opts.go`, ValidateIPAddress).
pub(super) fn address(text: &str) -> Option<&'static str> {
    let known = text.trim().parse::<IpAddr>().is_ok() || text.contains('%');
    (!known).then_some("is no IP address")
}

/// The address of a container, if it is to have one of its own.
pub(super) fn own_address(text: &str) -> Option<&'static str> {
    address(text).filter(|_| !text.is_empty())
}

/// A host and its address, `NAME:ADDRESS` or `NAME=ADDRESS` (docker/cli `opts/hosts.go`,
/// ValidateExtraHost; compose-go `types/hostList.go`).
pub(super) fn host(text: &str) -> Option<&'static str> {
    let Some((name, ip)) = text.split_once('=').or_else(|| text.split_once(':')) else {
        return Some("names no address");
    };
    let bare = ip.strip_prefix('[').and_then(|ip| ip.strip_suffix(']')).unwrap_or(ip);
    match name {
        "" => Some("names no host"),
        // What the daemon fills in, and lists of compose.
        _ if bare == "host-gateway" => None,
        _ => bare.split(',').find_map(address),
    }
}

/// The network of a container as an option names it.
pub(super) fn network_option(text: &str) -> Option<&'static str> {
    let bad = text.is_empty() || text.contains(char::is_whitespace);
    bad.then_some("is no name of a network").or_else(|| network(text))
}

/// The network of a container by its mode or name.
pub(super) fn network(text: &str) -> Option<&'static str> {
    match text.split_once(':') {
        Some(("container" | "service", "")) => Some("names no container"),
        Some((kind, _)) if !["container", "service"].contains(&kind) && !text.contains('=') => {
            Some("is no network")
        }
        _ => None,
    }
}

/// A port or a range of them.
fn ports(text: &str) -> Option<(u16, u16)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (first <= last).then_some((first, last))
}

/// A port that is published, `[IP:][HOST:]PORT[/PROTOCOL]` (docker/go-connections `nat/nat.go`,
/// ParsePortSpec).
pub(super) fn published(text: &str) -> Option<&'static str> {
    // The form of key and value, which swarms have too.
    if text.contains('=') {
        return None;
    }
    let (rest, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let protocol = protocol.split('/').next().unwrap_or_default();
    let protocols = ["tcp", "udp", "sctp"];
    let (rest, port) = rest.rsplit_once(':').unwrap_or(("", rest));
    let (ip, of_host) = rest.rsplit_once(':').unwrap_or(("", rest));
    let ip = ip.strip_prefix('[').and_then(|ip| ip.strip_suffix(']')).unwrap_or(ip);
    let count = |(first, last): (u16, u16)| last - first;
    let known = ports(port);
    let host = if of_host.is_empty() { known } else { ports(of_host) };
    match (known, host) {
        (None, _) if port.is_empty() => Some("names no port of the container"),
        (None, _) => Some("has no port of a container in it"),
        (_, None) => Some("has no port of the host in it"),
        _ if !protocols.contains(&protocol.to_ascii_lowercase().as_str()) => {
            Some("has no protocol in it but tcp, udp or sctp")
        }
        _ if !ip.is_empty() && address(ip).is_some() => Some("has no IP address in it"),
        (Some(known), Some(host)) if count(known) != count(host) && count(known) != 0 => {
            Some("has two ranges of different lengths")
        }
        _ => None,
    }
}

/// A domain to look for names in (docker/cli `opts/opts.go`, validateDomain).
pub(super) fn domain(text: &str) -> Option<&'static str> {
    let label = |label: &str| {
        let may = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        let edge = label.starts_with('-') || label.ends_with('-');
        !label.is_empty() && label.bytes().all(may) && !edge
    };
    let bare = text.trim();
    let named = bare.contains(|c: char| c.is_ascii_alphabetic());
    let labels = bare.strip_suffix('.').unwrap_or(bare).split('.').all(label);
    (bare != "." && !(named && labels)).then_some("is no domain")
}

/// A label, or an annotation.
pub(super) fn label(text: &str) -> Option<&'static str> {
    let name = text.split('=').next().unwrap_or(text);
    name.trim().is_empty().then_some("has no name")
}

/// A port that is exposed, or a range of them (docker/cli `container/opts.go`).
pub(super) fn exposed(text: &str) -> Option<&'static str> {
    let bare = text.split('/').next().unwrap_or(text);
    ports(bare).is_none().then_some("is no port")
}

/// How often something is started again, as an option says it.
pub(super) fn restart(text: &str) -> Option<&'static str> {
    let (policy, count) = text.split_once(':').unwrap_or((text, "0"));
    let known = ["", "no", "always", "unless-stopped", "on-failure"].contains(&policy);
    let counted = policy == "on-failure" || !text.contains(':');
    let count = count.parse::<u32>().is_ok();
    (!(known && counted && count)).then_some("is no way to start again")
}

/// A system, a processor, or both with a `/` between them (containerd `platforms`).
pub(super) fn platform(text: &str) -> Option<&'static str> {
    const KNOWN: &[&str] = &[
        "linux", "windows", "darwin", "freebsd", "amd64", "x86_64", "x86-64", "386", "i386", "arm",
        "armhf", "armel", "arm64", "aarch64", "ppc64le", "riscv64", "s390x", "mips64le", "loong64",
        "wasm", "ppc64", "mips64", "netbsd", "openbsd", "solaris", "aix", "android", "illumos",
    ];
    let known =
        text.is_empty() || text.contains('/') || KNOWN.contains(&text.to_lowercase().as_str());
    (!known).then_some("is no platform")
}

/// The options of a tmpfs without a value (moby/sys `mount/flags.go`).
const TMPFS_WORDS: &[&str] = &[
    "async", "atime", "defaults", "dev", "diratime", "dirsync", "exec", "mand", "noatime", "nodev",
    "nodiratime", "noexec", "nomand", "norelatime", "nostrictatime", "nosuid", "private",
    "relatime", "ro", "rprivate", "rshared", "rslave", "runbindable", "rw", "shared", "slave",
    "strictatime", "suid", "sync", "unbindable",
];

/// Whether a tmpfs takes an option; `None` where that is no matter of how it is written.
pub(super) fn is_option(option: &str) -> Option<bool> {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let size = |text: &str| {
        let unit = ['k', 'K', 'm', 'M', 'g', 'G', 't', 'T', 'p', 'P', 'e', 'E', '%'];
        number(text.strip_suffix(unit).unwrap_or(text))
    };
    let octal = |text: &str| !text.is_empty() && text.bytes().all(|b| (b'0'..=b'7').contains(&b));
    match option.split_once('=') {
        Some(("size" | "nr_inodes" | "nr_blocks", value)) => Some(size(value)),
        Some(("mode", value)) => Some(octal(value)),
        Some(("uid" | "gid", value)) => Some(number(value)),
        Some(("mpol", _)) => Some(true),
        Some(_) => None,
        None => Some(TMPFS_WORDS.contains(&option)),
    }
}

const NO_OPTION: &str = "has an option that a tmpfs does not take";

/// A tmpfs, `PATH[:OPTIONS]` (moby `volume/mounts/linux_parser.go`; shmem_fs.c for the values).
pub(super) fn tmpfs(text: &str) -> Option<&'static str> {
    let (path, options) = text.split_once(':').unwrap_or((text, ""));
    let fits = |option: &str| is_option(option) == Some(true);
    // The runtime makes its devices there, and finds no program.
    match path.trim_end_matches('/') {
        "/dev" => Some("hides the devices that the runtime makes"),
        _ if options.is_empty() || options.split(',').all(fits) => None,
        _ => Some(NO_OPTION),
    }
}

/// The signals by their names (moby/sys `signal/signal_linux.go`).
const SIGNALS: &[&str] = &[
    "ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "IOT", "KILL",
    "PIPE", "POLL", "PROF", "PWR", "QUIT", "SEGV", "STKFLT", "STOP", "SYS", "TERM", "TRAP", "TSTP",
    "TTIN", "TTOU", "URG", "USR1", "USR2", "VTALRM", "WINCH", "XCPU", "XFSZ",
];

/// A signal by its name or number.
pub(super) fn signal(text: &str) -> Option<&'static str> {
    let name = text.to_ascii_uppercase();
    let name = name.strip_prefix("SIG").unwrap_or(&name);
    let real_time = name.starts_with("RTMIN") || name.starts_with("RTMAX");
    let known =
        text.parse::<i64>().is_ok_and(|number| number != 0) || real_time || SIGNALS.contains(&name);
    (!known && !text.is_empty()).then_some("is no signal")
}

/// The units of a duration, each with its nanoseconds.
const UNITS: &[(&str, f64)] = &[
    ("ns", 1.0),
    ("us", 1e3),
    ("µs", 1e3),
    ("μs", 1e3),
    ("ms", 1e6),
    ("s", 1e9),
    ("m", 6e10),
    ("h", 3.6e12),
    // Of compose.
    ("d", 8.64e13),
    ("w", 6.048e14),
];

/// The nanoseconds of a duration such as `1m30s` (Go's `time.ParseDuration`, go-str2duration).
fn nanoseconds(text: &str) -> Option<f64> {
    let (sign, mut rest) = match text.strip_prefix(['-', '+']) {
        Some(rest) => (if text.starts_with('-') { -1.0 } else { 1.0 }, rest),
        None => (1.0, text),
    };
    if rest == "0" {
        return Some(0.0);
    }
    let (mut all, mut any) = (0.0, false);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, more) = rest.split_at_checked(digits)?;
        let end = more.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(more.len());
        let (unit, more) = more.split_at_checked(end)?;
        let (_, of_unit) = UNITS.iter().find(|(name, _)| *name == unit)?;
        all += number.parse::<f64>().ok()? * of_unit;
        (rest, any) = (more, true);
    }
    any.then_some(sign * all)
}

/// The same where there are neither days nor weeks.
pub(super) fn duration_of_go(text: &str) -> Option<f64> {
    nanoseconds(text).filter(|_| !text.contains(['d', 'w']))
}

/// A duration.
pub(super) fn duration(text: &str) -> Option<&'static str> {
    nanoseconds(text).is_none().then_some("is no duration such as 1m30s")
}

/// A duration of a health check: none, or a millisecond at least (moby
/// `daemon/container.go`, validateHealthCheck).
pub(super) fn health(text: &str) -> Option<&'static str> {
    match nanoseconds(text) {
        None => Some("is no duration such as 1m30s"),
        Some(0.0) => None,
        Some(all) if all < 1e6 => Some("is less than a millisecond"),
        Some(_) => None,
    }
}

/// The name of the host that a container has (Linux `include/uapi/linux/utsname.h`).
pub(super) fn hostname(text: &str) -> Option<&'static str> {
    (text.len() > 64).then_some("is longer than the kernel takes it")
}

/// The name of a container (moby `daemon/names`).
pub(super) fn container_name(text: &str) -> Option<&'static str> {
    let may = |b: u8| b.is_ascii_alphanumeric() || b"_.-".contains(&b);
    let bare = text.strip_prefix('/').unwrap_or(text);
    let known = bare.len() > 1
        && bare.bytes().all(may)
        && bare.starts_with(|c: char| c.is_ascii_alphanumeric());
    (!known && !text.is_empty()).then_some("is no name that a container can have")
}

/// The name of an image (distribution/reference `reference.go`). None is no name, as of a variable
/// that is not set: compose then names what it builds, or asks for one.
pub(super) fn image(text: &str) -> Option<&'static str> {
    let name = ImageName::of(text).repository;
    let path = match name.split_once('/') {
        // The first part may be a registry, which a dot, a port or capitals show.
        Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" => rest,
        Some((first, rest)) if first.chars().any(char::is_uppercase) => rest,
        _ => name,
    };
    let may = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-/".contains(&b);
    let known = !path.is_empty() && path.bytes().all(may);
    (!known && !text.is_empty())
        .then_some("is no name of an image: it is lower-case letters, digits, `.`, `_`, `-`")
}

/// A duration of a health check as an option has it, without days and weeks.
pub(super) fn health_option(text: &str) -> Option<&'static str> {
    duration_of_go(text).map_or(Some("is no duration such as 1m30s"), |_| health(text))
}

/// The address of a network interface.
pub(super) fn mac(text: &str) -> Option<&'static str> {
    let groups: Vec<&str> = text.split([':', '-']).collect();
    let hex = |group: &&str| group.len() == 2 && group.bytes().all(|b| b.is_ascii_hexdigit());
    let known = [6, 8, 20].contains(&groups.len()) && groups.iter().all(hex);
    // Three groups of four digits with dots.
    (!known && !text.contains('.') && !text.is_empty()).then_some("is no MAC address")
}

#[cfg(test)]
mod tests {
    use super::*;

    type Refuses = fn(&str) -> Option<&'static str>;

    /// 65 letters.
    const LONG_NAME: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    /// As docker 28.5.2 and docker compose 2.40 answered.
    #[test]
    fn what_is_taken_and_what_is_refused() {
        let table: &[(&str, Refuses, &[&str], &[&str])] = &[
            ("address", address, &["1.1.1.1", "::1"], &["banana", "1.1.1", ""]),
            (
                "host",
                host,
                &["a:1.2.3.4", "a=1.2.3.4", "a:::1", "a=[::1]", "a:host-gateway"],
                &["banana", "a:banana", "a:"],
            ),
            (
                "published",
                published,
                &[
                    "80", "8080:80", "80/udp", "127.0.0.1:18081:80", ":80", "8000-8001:80-81",
                    "8000-8010:80", "[::1]:80:80", "80/tcp/udp",
                ],
                &[
                    "banana", "99999:80", "80:99999", "80/banana", "1-2:3-5", "999.1.1.1:80:80",
                    "a:80:80", "80:", "",
                ],
            ),
            (
                "domain",
                domain,
                &["a.b", ".", "a.", "a "],
                &["a b", "-x", "a-", "a_b", "..", "1", "", "a..b"],
            ),
            ("label", label, &["a", "a=b", "a="], &["", "=b", " =b"]),
            ("hostname", hostname, &["a_b", ""], &[LONG_NAME]),
            ("exposed", exposed, &["80", "80-90", "80/udp"], &["banana", "90-80"]),
            (
                "tmpfs",
                tmpfs,
                &["/x", "/x:size=64m", "/x:mode=1777,uid=0", "/x:rw,noexec", "/x:nodev,dev"],
                &[
                    "/x:banana", "/x:size=banana", "/x:mode=9999", "/dev", "/x:rbind",
                    "/x:tmpcopyup",
                ],
            ),
            (
                "signal",
                signal,
                &["SIGTERM", "term", "9", "99", "RTMIN+1"],
                &["banana", "SIGBANANA", "0"],
            ),
            ("duration", duration, &["10s", "1m30s", "1d", "-1s", "1.5s"], &["banana", "10", ""]),
            ("health", health, &["10s", "0s", "1ms"], &["banana", "10", "1us", "-1s", "500us"]),
            ("option of health", health_option, &["1h", "0"], &["5d", "banana"]),
            ("mac", mac, &["02:42:ac:11:65:43", ""], &["banana", "02:42"]),
            ("name", container_name, &["isodoc-ok", "/abc", ""], &["bad name", "a", "-x"]),
            (
                "image",
                image,
                &["", "bb:1", "localhost/bb", "ghcr.io/a/b:V1", "a@sha256:0a", "Host:5000/a"],
                &["bad image", "BB:1", "a/B"],
            ),
            ("restart", restart, &["always", "no", "on-failure:3"], &["on-failure:x", "no:3", "x"]),
            ("network", network, &["", "none", "my-net", "container:x"], &["container:", "x:y"]),
            ("its option", network_option, &["host", "name=x"], &["", "bad name"]),
            ("platform", platform, &["linux/amd64", "arm64"], &["banana"]),
        ];
        for (name, refuses, taken, refused) in table {
            for text in *taken {
                assert_eq!(refuses(text), None, "{name} {text:?}");
            }
            for text in *refused {
                assert!(refuses(text).is_some(), "{name} {text:?}");
            }
        }
    }
}
