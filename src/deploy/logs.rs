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
];

/// Why the daemon refuses these options of a driver; a value that is not known is `None`.
pub(super) fn refused(driver: &str, options: &[(&str, Option<&str>)]) -> Option<String> {
    let (_, own) = DRIVERS.iter().find(|(known, _)| *known == driver)?;
    let unknown = |(key, _): &&(&str, _)| !own.contains(key) && !OF_ALL.contains(key);
    if let Some((key, _)) = options.iter().find(unknown) {
        return Some(format!("the log {driver} has no option {key:?}"));
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
    let checks: [(&str, Option<bool>); 6] = [
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
