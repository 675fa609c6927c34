//! The Docker daemon's configuration file, `daemon.json` (dockerd(8), "Daemon configuration file").

mod keys;

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Map, Value};

use super::ParseError;
use keys::{FLAT, Judgement};
pub(crate) use keys::{Version, is_snapshotter};

/// What of the file bears on user namespaces and on what containers are given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct DaemonConfig {
    /// `userns-remap`, as written; `None`: the key is not there, or null.
    pub userns_remap: Option<String>,
    /// `data-root`, or `graph` as it was called before 17.05.
    pub data_root: Option<String>,
    /// `features.containerd-snapshotter`.
    pub containerd_snapshotter: Option<bool>,
    pub storage_driver: Option<String>,
    /// What containers get that say nothing else.
    pub defaults: ContainerDefaults,
    pub keys: BTreeSet<String>,
    /// Those of them that not every release of the daemon knows.
    pub by_release: BTreeSet<&'static str>,
    /// What the daemon may refuse, of which the file alone decides nothing.
    pub doubts: BTreeSet<String>,
}

/// What the daemon gives containers that say nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct ContainerDefaults {
    /// `seccomp-profile`: `builtin`, `unconfined` or a path.
    pub seccomp_profile: Option<String>,
    pub no_new_privileges: bool,
    /// `default-ulimits.nproc`, the soft one.
    pub nproc: Option<u64>,
    /// `default-runtime`.
    pub runtime: Option<String>,
}

impl DaemonConfig {
    /// The keys that this release does not know.
    pub(crate) fn unknown_to(&self, version: Version) -> impl Iterator<Item = &'static str> {
        self.by_release
            .iter()
            .copied()
            .filter(move |name| keys::find(name).is_some_and(|key| !key.known_to(version)))
    }
}

/// Why the daemon does not start with the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BadConfig {
    /// The key at fault, where it is one.
    pub key: Option<String>,
    /// What is wrong with it.
    pub why: String,
}

impl std::fmt::Display for BadConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.key {
            Some(key) => write!(f, "{key:?} {}", self.why),
            None => f.write_str(&self.why),
        }
    }
}

/// Parses the file as the daemon does: strict JSON, an object, the keys spelled as the flags are;
/// of equal keys the last counts.
///
/// An empty file is an empty configuration, and text after the object is refused: so does moby,
/// daemon/config/config.go, `getConflictFreeConfiguration` (20.10 had it the other way round).
///
/// # Errors
/// When the daemon would refuse the file; a syntax error names line and column.
pub(crate) fn parse(bytes: &[u8]) -> Result<DaemonConfig, ParseError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.trim_ascii().is_empty() {
        return Ok(DaemonConfig::default());
    }
    let value: Value = serde_json::from_slice(bytes).map_err(|e| ParseError::by("", e))?;
    read(&value).map_err(|refusal| ParseError::new(refusal.to_string()))
}

/// Reads the value that the file holds.
///
/// # Errors
/// When every release of the daemon would refuse it.
pub(crate) fn read(value: &Value) -> Result<DaemonConfig, BadConfig> {
    let object = match value {
        Value::Object(object) => object,
        Value::Null => return Ok(DaemonConfig::default()),
        _ => return Err(BadConfig { key: None, why: "the file is no JSON object".into() }),
    };
    let mut config = DaemonConfig::default();
    for (name, value) in object {
        match value {
            // The daemon looks for keys in here, and what it reads it reads in any case.
            Value::Object(inner) if !FLAT.contains(&name.as_str()) => {
                match keys::holds(name) {
                    Some(key) if key.always_known() && !key.flag_alone => {
                        return refuse(name, "is no object");
                    }
                    Some(_) => drop(config.doubts.insert(doubt(name))),
                    None if keys::WITHOUT_FLAG.contains(&name.as_str()) => {
                        return refuse(name, "is no object");
                    }
                    None => {}
                }
                let read = name == "proxies";
                for (name, value) in inner {
                    config.take(name, if read { value } else { &Value::Null })?;
                }
            }
            _ => config.take(name, value)?,
        }
    }
    if let Some((key, why)) = keys::together(object) {
        return refuse(key, &why);
    }
    let text = |key: &str| object.get(key).and_then(Value::as_str).map(str::to_owned);
    config.userns_remap = text("userns-remap");
    config.data_root = text("data-root").or_else(|| text("graph"));
    config.storage_driver = text("storage-driver").filter(|driver| !driver.is_empty());
    config.containerd_snapshotter =
        value.pointer("/features/containerd-snapshotter").and_then(Value::as_bool);
    config.defaults = ContainerDefaults {
        seccomp_profile: text("seccomp-profile").filter(|profile| !profile.is_empty()),
        no_new_privileges: object.get("no-new-privileges") == Some(&Value::Bool(true)),
        nproc: soft_limit(object, "nproc"),
        runtime: text("default-runtime").filter(|runtime| !runtime.is_empty()),
    };
    Ok(config)
}

fn refuse<T>(key: &str, why: &str) -> Result<T, BadConfig> {
    Err(BadConfig { key: Some(key.to_owned()), why: why.to_owned() })
}

impl DaemonConfig {
    /// Notes a key down, and what is to be said of its value.
    fn take(&mut self, name: &str, value: &Value) -> Result<(), BadConfig> {
        let Some(key) = keys::find(name) else {
            if is_withheld(name) {
                self.doubts.insert("a key that is left out of the snapshot".into());
                return Ok(());
            }
            let near = if is_ours(name) { ": the key is \"userns-remap\"" } else { "" };
            return refuse(name, &format!("is an unknown directive{near}"));
        };
        self.keys.insert(name.to_owned());
        if !key.always_known() {
            self.by_release.insert(key.name);
        }
        match (key.judge)(value) {
            _ if *value == Value::String(WITHHELD_BAD.into()) => {
                return refuse(name, "has a value that the daemon refuses, which is left out here");
            }
            _ if *value == Value::String(WITHHELD_DOUBT.into()) => {}
            Judgement::Taken => return Ok(()),
            Judgement::Refused(why) => return refuse(name, &why),
            Judgement::Unsure => {}
        }
        self.doubts.insert(doubt(name));
        Ok(())
    }
}

fn doubt(name: &str) -> String {
    format!("whether the daemon takes this value of {name}")
}

/// The soft limit of a name in `default-ulimits`; Go reads the fields in any case. Below 0 is no
/// limit.
fn soft_limit(object: &Map<String, Value>, name: &str) -> Option<u64> {
    let limit = object.get("default-ulimits")?.get(name)?.as_object()?;
    let (_, soft) = limit.iter().find(|(field, _)| field.eq_ignore_ascii_case("soft"))?;
    soft.as_u64()
}

/// Whether a key is `userns-remap` but for case and separators.
fn is_ours(key: &str) -> bool {
    let letters = key.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase());
    letters.eq("usernsremap".chars())
}

/// What stands for a value in a snapshot that the daemon refuses, or may refuse.
const WITHHELD_BAD: &str = "(withheld: refused)";
const WITHHELD_DOUBT: &str = "(withheld)";

/// Whether this stands for a key in a snapshot of an isodoc that blotted every key out that it did
/// not look at.
fn is_withheld(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|b| b == b'x')
}

/// The file without what nothing is concluded from: proxies, mirrors and log options carry
/// passwords. What the parser says of it stays the same.
#[must_use]
pub(crate) fn redact(text: &str) -> String {
    let bare = text.trim_start_matches('\u{feff}');
    let Ok(Value::Object(object)) = serde_json::from_str(bare) else { return blotted(text) };
    let kept = object.iter().map(|(name, value)| match (keys::find(name), value) {
        (key, Value::Object(inner)) if !FLAT.contains(&name.as_str()) => {
            let inner = inner.keys().map(|name| (known(name), Value::Null)).collect();
            let name = key.map_or("(withheld)", |key| key.name);
            (name.to_owned(), Value::Object(inner))
        }
        (None, _) => (known(name), Value::Null),
        (Some(key), value) => (name.clone(), withheld(name, (key.judge)(value), value)),
    });
    let kept: Map<String, Value> = kept.collect();
    let mut out = Value::Object(kept).to_string();
    out.push('\n');
    out
}

/// The name of a key, unless nobody knows it.
fn known(name: &str) -> String {
    let keep = keys::find(name).is_some() || is_ours(name) || is_withheld(name);
    if keep { name.to_owned() } else { "(unknown)".into() }
}

/// What a snapshot keeps of a value.
fn withheld(name: &str, judgement: Judgement, value: &Value) -> Value {
    /// Those that something is concluded from, and that hold no secret.
    const KEPT: &[&str] = &[
        "bip", "bip6", "bridge", "data-root", "default-cgroupns-mode", "default-runtime",
        "default-shm-size", "default-ulimits", "features", "graph", "icc", "iptables",
        "log-driver", "no-new-privileges", "seccomp-profile", "storage-driver", "userns-remap",
    ];
    match (name, judgement) {
        _ if KEPT.contains(&name) => value.clone(),
        (_, Judgement::Refused(_)) => WITHHELD_BAD.into(),
        (_, Judgement::Unsure) => WITHHELD_DOUBT.into(),
        // Their names alone: of the runtimes, which can be the default; of the options, which fit.
        ("runtimes", _) => names(value, |_| serde_json::json!({"path": "withheld"})),
        ("log-opts", _) => names(value, |name| match name {
            "mode" => value.get("mode").cloned().unwrap_or_default(),
            _ => "withheld".into(),
        }),
        _ => Value::Null,
    }
}

fn names(value: &Value, of: impl Fn(&str) -> Value) -> Value {
    let Value::Object(object) = value else { return Value::Null };
    object.keys().map(|name| (name.clone(), of(name))).collect::<Map<_, _>>().into()
}

/// What is no JSON, with every other string blotted out, letter by letter: line and column of what
/// the parser says of it stay.
fn blotted(text: &str) -> String {
    const KEPT: &[&str] = &["data-root", "graph", "features", "containerd-snapshotter"];
    let kept_key = |word: &str| is_ours(word) || KEPT.contains(&word);
    let mut out = String::with_capacity(text.len());
    let (mut keep_next, mut rest) = (false, text);
    while let Some((before, inside)) = rest.split_once('"') {
        out.push_str(&blot_comments(before));
        let mut escaped = false;
        let (word, after) = super::split_before(inside, |c| {
            let closes = c == '"' && !escaped || c == '\n';
            escaped = c == '\\' && !escaped;
            closes
        });
        out.push('"');
        // A value is kept when the string before it was one of our keys.
        let keep = kept_key(word) || keep_next;
        out.push_str(&if keep { word.to_owned() } else { blot(word) });
        keep_next = kept_key(word) && !keep_next;
        rest = after;
        if let Some(after) = rest.strip_prefix('"') {
            out.push('"');
            rest = after;
            let value = rest.trim_start().strip_prefix(':');
            keep_next &= value.is_some_and(|value| value.trim_start().starts_with('"'));
        }
    }
    out.push_str(&blot_comments(rest));
    out
}

/// Letters and digits replaced; escapes stay valid.
fn blot(word: &str) -> String {
    let mut after_backslash = false;
    word.chars()
        .map(|c| {
            let keep = after_backslash || c == '\\' || c.is_control();
            after_backslash = c == '\\' && !after_backslash;
            // A wide character becomes as many bytes, so that columns stay.
            if keep { c.to_string() } else { "x".repeat(c.len_utf8()) }
        })
        .collect::<String>()
        .replace("\\u", "\\\\")
}

/// Outside strings only words that JSON has are kept; anything else may be part of a comment.
fn blot_comments(text: &str) -> String {
    let mark = if text.contains('#') { "#" } else { "//" };
    let Some((before, comment)) = text.split_once(mark) else { return text.to_owned() };
    let (comment, after) = super::split_before(comment, |c| c == '\n');
    let comment: String = comment
        .chars()
        .map(|c| if c.is_alphanumeric() { "x".repeat(c.len_utf8()) } else { c.to_string() })
        .collect();
    format!("{before}{mark}{comment}{}", blot_comments(after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remap(text: &str) -> Option<String> {
        parse(text.as_bytes()).unwrap().userns_remap
    }

    fn parsed(text: &str) -> Result<DaemonConfig, String> {
        parse(text.as_bytes()).map_err(|why| why.to_string())
    }

    fn fault(text: &str) -> String {
        parsed(text).unwrap_err()
    }

    #[test]
    fn values() {
        assert_eq!(remap(r#"{ "userns-remap": "default" }"#).as_deref(), Some("default"));
        assert_eq!(
            remap("\u{feff}{\"userns-remap\": \"django:django\", \"iptables\": false}\n")
                .as_deref(),
            Some("django:django")
        );
        // The last of equal keys counts, in Go as here.
        assert_eq!(
            remap(r#"{"userns-remap":"root","userns-remap":"default"}"#).as_deref(),
            Some("default")
        );
        assert_eq!(remap(r#"{"userns-remap":null}"#), None);
        assert_eq!(remap(r#"{"insecure-registries" : ["192.168.0.2:5000"]}"#), None);
        // Below another key it is not ours, and the daemon starts without remapping.
        assert_eq!(remap(r#"{"proxies":{"userns-remap":"default"}}"#), None);
        assert_eq!(remap(""), None);
        assert_eq!(remap(" \n"), None);
        assert_eq!(remap("null"), None);
        let all = parse(br#"{"data-root":"/srv/docker","features":{"containerd-snapshotter":true,"buildkit":true}}"#).unwrap();
        assert_eq!(
            (all.data_root.as_deref(), all.containerd_snapshotter),
            (Some("/srv/docker"), Some(true))
        );
    }

    #[test]
    fn faults_name_their_place() {
        assert!(
            fault("# /etc/docker/daemon.json\n{\"userns-remap\": \"default\"}")
                .contains("line 1 column 1")
        );
        assert!(
            fault("{\n  \"debug\": false,\n  **\"userns-remap\": \"a\",**\n}")
                .contains("line 3 column 3")
        );
        assert!(fault("{\"userns-remap\": \"default\",\n}").contains("line 2 column 1"));
        assert!(fault("{\"userns-remap\": \"default\"} x").contains("line 1 column 29"));
        assert!(fault("{\"userns-remap\": \"default\"}{}").contains("trailing characters"));
        assert!(fault("{\"userns-remap\": \"def").contains("EOF"));
        assert!(fault("[]").contains("no JSON object"));
        assert!(fault("\"x\"").contains("no JSON object"));
        assert!(fault("{\"userns-remap\": 5}").contains("not a string"));
        assert!(fault("{\"userns_remap\": \"default\"}").contains("userns_remap"));
        assert!(fault("{\"Userns-Remap\": \"default\"}").contains("unknown directive"));
        assert!(parse(b"\xff\xfe{\0}\0").is_err());
        assert!(parse("[".repeat(100_000).as_bytes()).is_err());
    }

    /// What the daemon refuses is refused here, or doubted; and nothing is refused that it takes,
    /// but for what it looks at only when it starts.
    #[test]
    fn as_the_daemon_validates() {
        const AT_START: &[&str] = &[
            r#""bip":"#,
            r#""bip6":"#,
            r#""bridge":"#,
            r#""default-runtime":"#,
            r#""exec-opts": ["native.cgroupdriver=x"]"#,
            r#""fixed-cidr":"#,
            r#""icc": false"#,
            r#""log-opts":"#,
            r#""registry-mirrors":"#,
            r#""runc":"#,
        ];
        let answers = include_str!("../../../fixtures/daemon-json-validate.tsv");
        let lines = answers.lines().filter(|line| !line.starts_with('#'));
        let (mut decided, mut wrong) = (0, vec![]);
        for line in lines {
            let [old, new, json] = line.split('\t').collect::<Vec<_>>()[..] else {
                panic!("{line}")
            };
            let config = parsed(json);
            for (answer, version) in [(old, (26, 1)), (new, (28, 5))] {
                let sure = match &config {
                    Ok(config) if config.unknown_to(version).next().is_some() => Some(false),
                    Ok(config) if !config.doubts.is_empty() => None,
                    Ok(_) => Some(true),
                    Err(_) if AT_START.iter().any(|part| json.contains(part)) => None,
                    Err(_) => Some(false),
                };
                if sure.is_some_and(|taken| taken != (answer == "+")) {
                    wrong.push(format!("{version:?} {line}"));
                }
                decided += usize::from(sure.is_some());
            }
        }
        assert!(decided > 500 && wrong.is_empty(), "{decided} decided, wrong: {wrong:#?}");
    }

    #[test]
    fn redacted_files_read_the_same() {
        let secret = r#"{"proxies": {"http-proxy": "http://me:hunter2@p\u00e9\"x:1"}, "hosts": ["tcp://hunter2"], "labels": ["a=hunter2"],
            "log-opts": {"tag": "hunter2"}, "userns-remap": "default", "data-root":"/srv", "bip6": "::1/64", "log-level": "debug",
            "runtimes": {"x": {"path": "/hunter2"}}, "default-runtime": "x"}"#;
        let redacted = redact(secret);
        assert!(!redacted.contains("hunter2"), "{redacted}");
        assert_eq!(parsed(&redacted), parsed(secret), "{redacted}");
        // What is refused stays refused, and of what is not known nobody is told the name.
        for refused in [
            r#"{"hunter2": 1}"#,
            r#"{"labels": ["hunter2"]}"#,
            r#"{"log-opts": {"max-file": 3}}"#,
            r#"{"icc": false, "iptables": false}"#,
            r#"{"userns_remap": "default"}"#,
            r#"{"a": {"hunter2": 1}}"#,
        ] {
            let redacted = redact(refused);
            assert!(!redacted.contains("hunter2"), "{redacted}");
            assert!(parsed(refused).is_err() && parsed(&redacted).is_err(), "{redacted}");
        }
        // An older isodoc blotted the keys out that it did not look at.
        let old = parsed(r#"{"userns-remap": "default", "xxxxx": "xxx"}"#).unwrap();
        assert_eq!(old.doubts.len(), 1);
        for broken in [
            "# token hunter2\n{\"userns-remap\": \"default\"}",
            "{\"a\": \"hunter2\", \"b\": \"c\n\"}",
            "{\"é\": \"hunter2\" oops}",
            "{\"userns-remap\": \"default\"",
        ] {
            let redacted = redact(broken);
            assert!(!redacted.contains("hunter2"), "{redacted}");
            assert_eq!(parsed(&redacted), parsed(broken), "{redacted}");
        }
        assert!(!redact("{\"graph\": {\"password\": \"hunter2\"}}").contains("hunter2"));
    }
}
