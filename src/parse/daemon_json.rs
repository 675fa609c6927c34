//! The Docker daemon's configuration file, `daemon.json` (dockerd(8), "Daemon configuration file").

use serde::Serialize;
use serde_json::Value;

use super::ParseError;

/// What of the file bears on user namespaces.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct DaemonConfig {
    /// `userns-remap`, as written; `None`: the key is not there, or null.
    pub userns_remap: Option<String>,
    /// `data-root`, or `graph` as it was called before 17.05.
    pub data_root: Option<String>,
    /// `features.containerd-snapshotter`.
    pub containerd_snapshotter: Option<bool>,
}

/// Parses the file as the daemon does: strict JSON, an object, the keys spelled as the flags are.
/// Keys that say nothing of user namespaces are passed over, since each version of the daemon knows
/// others.
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
    let object = match &value {
        Value::Object(object) => object,
        Value::Null => return Ok(DaemonConfig::default()),
        _ => return Err("the file is no JSON object".into()),
    };
    // The daemon refuses directives that it does not know; of those only a misspelling of ours is
    // told for sure.
    if let Some(key) = object.keys().find(|key| is_ours(key) && *key != "userns-remap") {
        return Err(ParseError::new(format!(
            "unknown directive {key:?}: the key is \"userns-remap\""
        )));
    }
    let text = |key: &str| match object.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(ParseError::new(format!("\"{key}\" is no string"))),
    };
    let containerd_snapshotter = match object.get("features") {
        None | Some(Value::Null) => None,
        Some(Value::Object(features)) => match features.get("containerd-snapshotter") {
            None | Some(Value::Null) => None,
            Some(Value::Bool(on)) => Some(*on),
            Some(_) => {
                return Err("\"features.containerd-snapshotter\" is neither true nor false".into());
            }
        },
        Some(_) => return Err("\"features\" is no object".into()),
    };
    Ok(DaemonConfig {
        userns_remap: text("userns-remap")?,
        data_root: text("data-root")?.or(text("graph")?),
        containerd_snapshotter,
    })
}

/// Whether a key is `userns-remap` but for case and separators.
fn is_ours(key: &str) -> bool {
    let letters = key.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase());
    letters.eq("usernsremap".chars())
}

/// The file with every other string blotted out, letter by letter: proxies and log options carry
/// passwords. What the parser says of it, line and column included, stays the same.
#[must_use]
pub(crate) fn redact(text: &str) -> String {
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
        // Below another key it is not ours: dockerd 20.10 starts without remapping.
        assert_eq!(remap(r#"{"runtimes":{"userns-remap":"default"}}"#), None);
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
        assert!(fault("{\"userns-remap\": 5}").contains("no string"));
        assert!(fault("{\"userns_remap\": \"default\"}").contains("userns_remap"));
        assert!(fault("{\"Userns-Remap\": \"default\"}").contains("unknown directive"));
        assert!(parse(b"\xff\xfe{\0}\0").is_err());
        assert!(parse("[".repeat(100_000).as_bytes()).is_err());
    }

    #[test]
    fn redacted_files_read_the_same() {
        let secret = r#"{"proxies": {"http-proxy": "http://me:hunter2@p\u00e9\"x:1"}, "userns-remap": "default", "data-root":"/srv", "log": "é"}"#;
        let redacted = redact(secret);
        assert!(!redacted.contains("hunter2") && !redacted.contains("http"), "{redacted}");
        assert_eq!(parsed(&redacted), parsed(secret));
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
