//! Options of log drivers that the Docker daemon refuses (moby `daemon/logger/`). Drivers that are
//! not listed here are not checked, nor is a container that names none: its daemon may have any.

use super::limits;
use super::security_opt::parse_bool;

/// The options of every driver: how messages are delivered, and the cache for `docker logs`.
const OF_ALL: &[&str] = &[
    "mode", "max-buffer-size", "cache-disabled", "cache-max-size", "cache-max-file",
    "cache-compress",
];

/// The drivers that are known, and their own options.
const DRIVERS: &[(&str, &[&str])] = &[
    (
        "json-file",
        &["max-file", "max-size", "compress", "labels", "labels-regex", "env", "env-regex", "tag"],
    ),
    ("journald", &["labels", "labels-regex", "env", "env-regex", "tag"]),
    ("local", &["max-file", "max-size", "compress"]),
    (
        "syslog",
        &[
            "syslog-address", "syslog-facility", "syslog-format", "syslog-tls-ca-cert",
            "syslog-tls-cert", "syslog-tls-key", "syslog-tls-skip-verify", "labels",
            "labels-regex", "env", "env-regex", "tag",
        ],
    ),
    (
        "gelf",
        &[
            "gelf-address", "gelf-compression-type", "gelf-compression-level",
            "gelf-tcp-max-reconnect", "gelf-tcp-reconnect-delay", "labels", "labels-regex", "env",
            "env-regex", "tag",
        ],
    ),
];

/// The facilities of syslog(3) by name; their numbers are taken as well.
const FACILITIES: &[&str] = &[
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv",
    "ftp", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
];

/// Whether a log of syslog is sent there (moby `daemon/logger/syslog/syslog.go`, ValidateLogOpt). A
/// socket has to be there, which only the host knows.
fn is_of_syslog(address: &str) -> bool {
    let protocols = ["udp", "tcp", "tcp+tls", "unix", "unixgram"];
    address.is_empty()
        || address.split_once("://").is_some_and(|(protocol, _)| protocols.contains(&protocol))
}

fn is_facility(text: &str) -> bool {
    let number = text.parse::<i64>().is_ok_and(|number| (0..=23).contains(&number));
    text.is_empty() || number || FACILITIES.contains(&text)
}

/// Whether a log of GELF is sent there, and over TCP (moby `daemon/logger/gelf/gelf.go`,
/// ValidateLogOpt).
fn gelf(address: &str) -> Option<bool> {
    let (protocol, rest) = address.split_once("://")?;
    let (host, port) = rest.split(['/', '?', '#']).next()?.rsplit_once(':')?;
    let host = host.rsplit('@').next()?;
    let is_host = !host.contains(' ') && (host.ends_with(']') || !host.contains(':'));
    let is_port = port.bytes().all(|b| b.is_ascii_digit());
    let is_port = is_port && (port.is_empty() || port.parse::<u16>().is_ok());
    let is_tcp = protocol == "tcp";
    ((is_tcp || protocol == "udp") && is_host && is_port).then_some(is_tcp)
}

/// Why the daemon refuses these options of a driver; a value that is not known is `None`.
pub(super) fn refused(driver: &str, options: &[(&str, Option<&str>)]) -> Option<String> {
    let (_, own) = DRIVERS.iter().find(|(known, _)| *known == driver)?;
    let unknown = |(key, _): &&(&str, _)| !own.contains(key) && !OF_ALL.contains(key);
    if let Some((key, _)) = options.iter().find(unknown) {
        return Some(format!("the log driver {driver} has no option {key:?}"));
    }
    // The last one counts.
    let given = |name: &str| options.iter().rev().find(|(key, _)| *key == name).map(|(_, at)| *at);
    let value = |name: &str| given(name).flatten();
    let positive = |text: &str| limits::size(text).is_some_and(|size| size > 0);
    let count = |text: &str| text.parse::<i64>().ok();
    let is_json = driver == "json-file";
    let rotates = value("max-file").and_then(count).is_some_and(|files| files > 1);
    let open = |name: &str| given(name) == Some(None);
    let unlimited = given("max-size").is_none() || !rotates && !open("max-file");
    let blocks = !matches!(given("mode"), Some(None | Some("non-blocking")));
    let over_tcp = value("gelf-address").and_then(gelf);
    let address = match given("gelf-address") {
        Some(None) => None,
        _ if driver != "gelf" => None,
        _ => Some(over_tcp.is_some()),
    };
    let positive_count = |text: &str| count(text).is_some_and(|number| number >= 0);
    let level = |text: &str| count(text).is_some_and(|level| (-1..=9).contains(&level));
    let of_udp = |name: &str| given(name).and(over_tcp).map(|over_tcp| !over_tcp);
    let of_tcp = |name: &str| given(name).and(over_tcp);
    let checks: [(&str, Option<bool>); 18] = [
        ("syslog-address", value("syslog-address").map(is_of_syslog)),
        ("syslog-facility", value("syslog-facility").map(is_facility)),
        (
            "syslog-format",
            value("syslog-format")
                .map(|text| ["", "rfc3164", "rfc5424", "rfc5424micro"].contains(&text)),
        ),
        ("gelf-address", address),
        (
            "gelf-compression-type",
            value("gelf-compression-type").map(|text| ["gzip", "zlib", "none"].contains(&text)),
        ),
        ("gelf-compression-level", value("gelf-compression-level").map(level)),
        ("gelf-compression-type", of_udp("gelf-compression-type")),
        ("gelf-compression-level", of_udp("gelf-compression-level")),
        ("gelf-tcp-max-reconnect", value("gelf-tcp-max-reconnect").map(positive_count)),
        ("gelf-tcp-reconnect-delay", value("gelf-tcp-reconnect-delay").map(positive_count)),
        ("gelf-tcp-max-reconnect", of_tcp("gelf-tcp-max-reconnect")),
        ("gelf-tcp-reconnect-delay", of_tcp("gelf-tcp-reconnect-delay")),
        ("max-size", value("max-size").map(positive)),
        ("max-file", value("max-file").map(|text| count(text).is_some_and(|files| files > 0))),
        ("compress", value("compress").map(|text| parse_bool(text).is_some())),
        ("mode", value("mode").map(|mode| ["", "blocking", "non-blocking"].contains(&mode))),
        ("max-buffer-size", value("max-buffer-size").map(|size| limits::size(size).is_some())),
        ("max-buffer-size", given("max-buffer-size").map(|_| !blocks)),
    ];
    if let Some((key, _)) = checks.iter().find(|(_, fits)| *fits == Some(false)) {
        let text = value(key).unwrap_or_default();
        return Some(format!("the log {driver} does not take {key}={text:?} here"));
    }
    let compresses = value("compress").and_then(parse_bool) == Some(true);
    (is_json && compresses && unlimited).then(|| {
        format!("the log {driver} compresses files only with max-size, and max-file above 1")
    })
}

#[cfg(test)]
mod tests {
    /// As the daemons of Docker 20.10.24 and 28.5.2 answered.
    #[test]
    fn what_a_log_takes() {
        for (driver, taken, refused) in [
            (
                "json-file",
                &[
                    "",
                    "max-size=10m",
                    "max-size=1.5m",
                    "max-file=3",
                    "compress=false",
                    "tag=x",
                    "mode=",
                    "mode=non-blocking",
                    "mode=non-blocking max-buffer-size=4m",
                    "max-file=3 max-size=1m compress=true",
                    "max-size=x max-size=1m",
                    "cache-disabled=true",
                    "max-size=$ compress=$",
                    "mode=$ max-buffer-size=1m",
                ][..],
                &[
                    "max-size=banana",
                    "max-size=0",
                    "max-size=-1",
                    "max-size=",
                    "max-file=0",
                    "max-file=x",
                    "compress=true",
                    "compress=x",
                    "compress=",
                    "mode=banana",
                    "max-buffer-size=4m",
                    "mode=blocking max-buffer-size=4m",
                    "foo=bar",
                    "=x",
                    "MAX-SIZE=1m",
                    "path=/x",
                    "mode=non-blocking max-buffer-size=x",
                    "max-file=1 max-size=1m compress=true",
                    "max-file=3 compress=true",
                ][..],
            ),
            (
                "journald",
                &["tag=x", "labels=a", "env=A", "labels-regex=a", "mode=non-blocking"],
                &["max-size=10m", "foo=bar", "max-buffer-size=4m"],
            ),
            (
                "local",
                &["max-size=10m", "max-file=2", "mode=non-blocking", "compress=true"],
                &["max-size=x", "max-file=0", "compress=x", "foo=bar", "tag=x", "env=A"],
            ),
            (
                "syslog",
                &[
                    "",
                    "syslog-address=udp://1.2.3.4:514",
                    "syslog-address=tcp://h",
                    "syslog-address=tcp+tls://h:1 syslog-tls-ca-cert=/nosuch",
                    "syslog-address=unix:///dev",
                    "syslog-address=",
                    "syslog-address=$",
                    "syslog-facility=daemon",
                    "syslog-facility=local7",
                    "syslog-facility=23",
                    "syslog-facility=",
                    "syslog-format=rfc5424micro",
                    "syslog-format=",
                    "syslog-tls-skip-verify=x",
                    "tag=x",
                    "env-regex=a labels-regex=b",
                    "mode=non-blocking",
                    "cache-disabled=true",
                ],
                &[
                    "syslog-address=banana", "syslog-address=http://h:1",
                    "syslog-address=1.2.3.4:514", "syslog-facility=banana",
                    "syslog-facility=LOCAL7", "syslog-facility=24", "syslog-facility=-1",
                    "syslog-format=x", "syslog-format=RFC3164", "max-size=1m", "foo=bar", "mode=x",
                ],
            ),
            (
                "gelf",
                &[
                    "gelf-address=udp://1.2.3.4:12201",
                    "gelf-address=tcp://1.2.3.4:1",
                    "gelf-address=udp://h:1/path",
                    "gelf-address=udp://:1",
                    "gelf-address=udp://u@h:1?x=1#f",
                    "gelf-address=udp://[::1]:1?y",
                    "gelf-address=$ gelf-compression-type=gzip",
                    "gelf-address=udp://h:1 gelf-compression-type=none",
                    "gelf-address=udp://h:1 gelf-compression-level=-1",
                    "gelf-address=udp://h:1 gelf-compression-level=9",
                    "gelf-address=tcp://h:1 gelf-tcp-max-reconnect=0",
                    "gelf-address=tcp://h:1 gelf-tcp-reconnect-delay=3",
                    "gelf-address=udp://h:1 tag=x labels=a env=A mode=non-blocking",
                ],
                &[
                    "",
                    "tag=x",
                    "gelf-address=",
                    "gelf-address=http://h:1",
                    "gelf-address=udp://1:2:3",
                    "gelf-address=udp://h:99999",
                    "gelf-address=udp://h",
                    "gelf-address=banana",
                    "gelf-address=unix:///x",
                    "gelf-address=udp://h:1 gelf-compression-type=x",
                    "gelf-address=udp://h:1 gelf-compression-type=",
                    "gelf-address=udp://h:1 gelf-compression-level=10",
                    "gelf-address=udp://h:1 gelf-compression-level=-2",
                    "gelf-address=udp://h:1 gelf-tcp-max-reconnect=3",
                    "gelf-address=tcp://h:1 gelf-compression-type=gzip",
                    "gelf-address=tcp://h:1 gelf-compression-level=1",
                    "gelf-address=tcp://h:1 gelf-tcp-max-reconnect=-1",
                    "gelf-address=tcp://h:1 gelf-tcp-reconnect-delay=x",
                    "gelf-address=udp://h:1 max-size=1m",
                ],
            ),
            ("splunk", &["foo=bar"], &[]),
        ] {
            let refuses = |text: &str| {
                let parts = text.split(' ').filter_map(|part| part.split_once('='));
                let known = |value| (value != "$").then_some(value);
                let options: Vec<_> = parts.map(|(key, value)| (key, known(value))).collect();
                super::refused(driver, &options)
            };
            for text in taken {
                assert_eq!(refuses(text), None, "{driver} {text}");
            }
            for text in refused {
                assert!(refuses(text).is_some(), "{driver} {text}");
            }
        }
    }
}
