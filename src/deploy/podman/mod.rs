//! The values of options that podman refuses, where it differs from Docker. What depends on an
//! image or on the machine is not checked. Seen with podman 4.3.1 and 5.8.6; a value that either of
//! them accepts is accepted.

pub(crate) mod mounts;

use core::net::IpAddr;

use super::formats;
use super::limits::LimitValues::{self, Any, OneOf, Text, Within};

/// When podman checks a value.
#[derive(Clone, Copy)]
pub(super) enum Looked {
    Always,
    /// Only where this option is given too.
    Beside(&'static str),
    /// The same in 4.3; podman 5.8 always checks it.
    MostlyBeside(&'static str),
}
use Looked::{Always, Beside, MostlyBeside};

/// The options, and which values they accept.
pub(super) const OPTIONS: &[(&str, Looked, LimitValues)] = &[
    ("add-host", Always, Text(hosts)),
    ("annotation", Always, Text(annotation)),
    ("attach", Always, Text(stream)),
    ("blkio-weight", Always, Within(i64::MIN, i64::MAX)),
    ("cgroupns", Always, OneOf(&["host", "private"], JOINS)),
    ("cgroups", Always, OneOf(&["enabled", "disabled", "no-conmon", "split"], &[])),
    ("cpus", Always, Any),
    ("dns", Always, Text(name_servers)),
    ("dns-search", Always, Text(domains)),
    ("expose", Always, Text(exposed)),
    ("health-interval", MostlyBeside("health-cmd"), Text(interval)),
    ("health-max-log-count", Always, Text(count)),
    ("health-max-log-size", Always, Text(count)),
    ("health-on-failure", Always, OneOf(&["none", "kill", "restart", "stop"], &[])),
    ("health-retries", Always, Text(count)),
    ("health-retries", Beside("health-cmd"), Text(some)),
    ("health-start-period", MostlyBeside("health-cmd"), Text(period)),
    ("health-startup-interval", Beside("health-startup-cmd"), Text(interval)),
    ("health-startup-retries", Always, Text(count)),
    ("health-startup-success", Always, Text(count)),
    ("health-startup-timeout", Beside("health-startup-cmd"), Text(timeout)),
    ("health-timeout", MostlyBeside("health-cmd"), Text(timeout)),
    ("image-volume", Always, OneOf(&["anonymous", "bind", "ignore", "tmpfs"], &[])),
    ("ip", Always, Text(address)),
    ("ip6", Always, Text(address)),
    ("ipc", Always, OneOf(&["host", "none", "private", "shareable", "pod"], JOINS)),
    ("kernel-memory", Always, Any),
    ("label", Always, Text(label)),
    ("log-driver", Always, OneOf(LOGS, &[])),
    ("log-opt", Always, Text(log_option)),
    ("memory-swappiness", Always, Within(i64::MIN, 100)),
    ("name", Always, Text(name)),
    ("network", Always, Text(network)),
    ("pid", Always, OneOf(&["host", "private", "pod"], JOINS)),
    ("platform", Always, Any),
    ("publish", Always, Text(published)),
    ("pull", Always, Text(pull)),
    ("restart", Always, Text(restart)),
    ("retry", Always, Text(count)),
    ("retry-delay", Always, Text(duration)),
    ("sdnotify", Always, OneOf(&["conmon", "container", "healthy", "ignore"], &[])),
    ("secret", Always, Text(secret)),
    ("stop-signal", Always, Text(signal)),
    ("stop-timeout", Always, Text(count)),
    ("systemd", Always, Text(systemd)),
    ("timeout", Always, Text(count)),
    ("tmpfs", Always, Text(mounts::tmpfs)),
    ("umask", Always, Text(umask)),
    ("uts", Always, OneOf(&["host", "private", "pod"], JOINS)),
];

/// The log drivers (podman `libpod/options.go`, WithLogDriver).
const LOGS: &[&str] =
    &["journald", "k8s-file", "json-file", "none", "passthrough", "passthrough-tty"];

/// How a value begins that names the namespace of something else.
const JOINS: &[&str] = &["container:", "ns:"];

type Why = Option<&'static str>;

/// Checks each value of a list. Quotes may contain commas, so a text with quotes is not checked.
fn each(list: &str, why: impl Fn(&str) -> Why) -> Why {
    list.split(',').filter(|_| !list.contains('"')).find_map(why)
}

/// A name (podman `libpod/define/errors.go`, NameRegex).
fn name(text: &str) -> Why {
    let known = text.is_empty() || super::mounts::is_name(text);
    (!known).then_some("is no name that a container can have")
}

/// A number that is not negative, in any form that Go reads (`strconv.ParseUint`).
fn count(text: &str) -> Why {
    let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let other = text.starts_with('0') || text.contains('_');
    let known = if plain { text.parse::<u64>().is_ok() } else { other };
    (!known).then_some("is no number")
}

/// A number that is not zero.
fn some(text: &str) -> Why {
    (text == "0").then_some("is less than one")
}

fn duration(text: &str) -> Why {
    formats::duration_of_go(text).is_none().then_some("is no duration such as 1m30s")
}

/// How often the health of the container is checked.
fn interval(text: &str) -> Why {
    duration(text).filter(|_| text != "disable")
}

/// How long such a check may take.
fn timeout(text: &str) -> Why {
    match formats::duration_of_go(text) {
        Some(all) if all < 1.0 => Some("is no time at all"),
        _ => duration(text),
    }
}

/// How long failed checks do not count after the start.
fn period(text: &str) -> Why {
    match formats::duration_of_go(text) {
        Some(all) if all < 0.0 => Some("is less than nothing"),
        _ => duration(text),
    }
}

/// Go's `net.ParseIP`, which knows no zones.
fn address(text: &str) -> Why {
    (text.parse::<IpAddr>().is_err() && !text.is_empty()).then_some("is no IP address")
}

/// Name servers; `none` alone is the file of the image (podman `cmd/podman/common/netflags.go`).
fn name_servers(list: &str) -> Why {
    let one = |text: &str| text.parse::<IpAddr>().is_err().then_some("is no IP address");
    each(list, one).filter(|_| list != "none")
}

/// Search domains; the root goes with no other.
fn domains(list: &str) -> Why {
    each(list, |domain| {
        let other = (domain == "." && list != domain).then_some("is no domain beside another");
        other.or_else(|| formats::domain(domain))
    })
}

/// `NAME[;NAME...]:ADDRESS` (podman `cmd/podman/parse/net.go`, ValidateExtraHost).
fn hosts(list: &str) -> Why {
    each(list, |host| match host.split_once(':') {
        None => Some("names no address"),
        Some(("", _)) => Some("names no host"),
        Some((_, "host-gateway")) => None,
        Some((_, ip)) => ip.trim().parse::<IpAddr>().is_err().then_some("has no IP address in it"),
    })
}

/// A port, or a range of them that goes up, and how many they are (podman
/// `pkg/specgenutil/util.go`).
fn ports(text: &str) -> Option<u16> {
    let port = |text: &str| text.parse::<u16>().ok().filter(|port| *port > 0);
    let Some((first, last)) = text.split_once('-') else { return port(text).map(|_| 0) };
    port(last)?.checked_sub(port(first)?).filter(|more| *more > 0)
}

fn exposed(list: &str) -> Why {
    each(list, |text| {
        let (range, protocol) = text.split_once('/').unwrap_or((text, ""));
        let known = protocol.is_empty() || is_protocol(protocol);
        (ports(range).is_none() || !known).then_some("is no port")
    })
}

/// `[[IP:]HOST:]PORT[/PROTOCOL]` (podman `pkg/specgenutil/util.go`, CreatePortBindings).
fn published(list: &str) -> Why {
    each(list, |text| {
        let (rest, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
        let (rest, port) =
            rest.rsplit_once(':').map_or((None, rest), |(rest, port)| (Some(rest), port));
        let (ip, host) = match rest.and_then(|rest| rest.rsplit_once(':')) {
            Some((ip, host)) => (Some(ip), Some(host)),
            None => (None, rest),
        };
        let bare = |ip: &str| {
            let inner = ip.strip_prefix('[').and_then(|ip| ip.strip_suffix(']'));
            inner.map(str::to_owned).or_else(|| (!ip.contains(':')).then(|| ip.to_owned()))
        };
        let known = |ip: &str| bare(ip).is_some_and(|ip| ip.parse::<IpAddr>().is_ok());
        let of_host = host.filter(|host| !host.is_empty()).map(ports);
        match (ports(port), of_host) {
            (None, _) => Some("has no port of the container in it"),
            (_, Some(None)) => Some("has no port of the host in it"),
            (port, Some(host)) if port != host => Some("has two ranges of different lengths"),
            _ if ip.is_some_and(|ip| !known(ip)) => Some("has no IP address in it"),
            _ if !is_protocol(protocol) => Some("has no protocol in it but tcp, udp or sctp"),
            _ => None,
        }
    })
}

fn is_protocol(text: &str) -> bool {
    ["tcp", "udp", "sctp"].iter().any(|known| text.eq_ignore_ascii_case(known))
}

/// A network and options for it (podman `pkg/specgen/namespaces.go`, ParseNetworkFlag).
fn network(text: &str) -> Why {
    const MODES: &[&str] = &["slirp4netns", "pasta", "ns", "container"];
    let (name, options) = text.split_once(':')?;
    if MODES.contains(&name) {
        return None;
    }
    let bad = |option: &str| {
        let (key, value) = option.split_once('=').unwrap_or((option, ""));
        match key {
            "ip" | "ip6" => value.parse::<IpAddr>().is_err(),
            "mac" => value.is_empty() || formats::mac(value).is_some(),
            "alias" | "interface_name" => value.is_empty(),
            _ => false,
        }
    };
    match options {
        _ if name.is_empty() => Some("names no network"),
        "" => None,
        options => options.split(',').any(bad).then_some("has an option that is no such value"),
    }
}

/// When an image is pulled (containers/common `pkg/config/pull_policy.go`).
fn pull(text: &str) -> Why {
    const WHEN: &[&str] =
        &["", "always", "missing", "ifmissing", "ifnotpresent", "newer", "ifnewer", "never"];
    let known = WHEN.contains(&text.to_ascii_lowercase().as_str());
    (!known).then_some("is nothing that it can be")
}

fn restart(text: &str) -> Why {
    formats::restart(text).filter(|_| text != "never")
}

/// What a container's process attaches to.
fn stream(text: &str) -> Why {
    let known = ["stdin", "stdout", "stderr"].iter().any(|one| text.eq_ignore_ascii_case(one));
    (!known).then_some("is nothing that it can be")
}

/// Whether a container is set up for systemd, in any case that one of the versions may take.
fn systemd(text: &str) -> Why {
    let known = ["true", "false", "always"].iter().any(|one| text.eq_ignore_ascii_case(one));
    (!known).then_some("is nothing that it can be")
}

/// podman `libpod/options.go`, umaskRegex.
fn umask(text: &str) -> Why {
    let octal = text.bytes().all(|b| (b'0'..=b'7').contains(&b));
    (!octal || text.len() > 4).then_some("is no umask")
}

/// A signal (podman `pkg/util/utils.go`, ParseSignal).
fn signal(text: &str) -> Why {
    let bare = text.strip_prefix('-').unwrap_or(text);
    let beyond = bare.parse::<i64>().is_ok_and(|number| !(1..=64).contains(&number));
    beyond.then_some("is no signal").or_else(|| formats::signal(bare))
}

fn label(text: &str) -> Why {
    text.starts_with('=').then_some("is a label without a name")
}

fn annotation(text: &str) -> Why {
    (!text.contains('=')).then_some("is not KEY=VALUE")
}

/// An option of the log (podman `pkg/specgenutil/specgen.go`).
fn log_option(text: &str) -> Why {
    match text.split_once('=') {
        None => Some("is not KEY=VALUE"),
        Some((key, size)) if key.eq_ignore_ascii_case("max-size") => {
            super::limits::size(size).is_none().then_some("is no size")
        }
        _ => None,
    }
}

/// `NAME[,KEY=VALUE...]` (podman `pkg/specgenutil/specgen.go`, parseSecrets).
fn secret(text: &str) -> Why {
    let (first, rest) = text.split_once(',')?;
    let parts = if first.contains('=') { text } else { rest };
    let part = |part: &str| match part.split_once('=') {
        Some(("source" | "target", _)) | Some(("type", "mount" | "env")) => true,
        Some(("mode", mode)) => u32::from_str_radix(mode, 8).is_ok(),
        Some(("uid" | "UID" | "gid" | "GID", id)) => id.parse::<u32>().is_ok(),
        _ => false,
    };
    (!parts.split(',').all(part)).then_some("has a part that no secret has")
}
