//! os-release(5).

use std::collections::BTreeMap;

use serde::Serialize;

use super::ParseError;

/// What the distribution says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct OsRelease {
    /// `ID`, e.g. `ubuntu`; `linux` where it is not given.
    pub id: String,
    /// `ID_LIKE`, closest first.
    pub id_like: Vec<String>,
    /// `VERSION_ID`, e.g. `24.04`.
    pub version_id: Option<String>,
    /// `PRETTY_NAME`, or `NAME`.
    pub name: String,
    pub variant_id: Option<String>,
}

/// Systems that have an os-release file and are no Linux.
const FOREIGN: &[&str] = &[
    "dragonfly", "freebsd", "illumos", "netbsd", "omnios", "openbsd", "openindiana", "smartos",
    "solaris",
];

impl OsRelease {
    /// The system, where it is no Linux.
    #[must_use]
    pub(crate) fn foreign(&self) -> Option<&'static str> {
        let mut ids = std::iter::once(&self.id).chain(&self.id_like);
        ids.find_map(|id| FOREIGN.iter().copied().find(|foreign| foreign == id))
    }

    /// Whether it is made for images of containers, and has no kernel to be a host with.
    #[must_use]
    pub(crate) fn of_images(&self) -> bool {
        matches!(self.id.as_str(), "wolfi" | "chainguard") || self.name == "Distroless"
    }
}

/// Parses an os-release file.
///
/// # Errors
/// When it has not one assignment.
pub(crate) fn parse(bytes: &[u8]) -> Result<OsRelease, ParseError> {
    let text = super::text(bytes);
    let fields: BTreeMap<&str, String> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('='))
        .map(|(key, value)| (key.trim(), unquote(value.trim())))
        .collect();
    if fields.is_empty() {
        return Err("no `KEY=value` line".into());
    }
    let get = |key: &str| fields.get(key).filter(|v| !v.is_empty()).cloned();
    let id = get("ID").unwrap_or_else(|| "linux".into());
    Ok(OsRelease {
        id_like: get("ID_LIKE")
            .map(|v| v.split_whitespace().map(str::to_owned).collect())
            .unwrap_or_default(),
        version_id: get("VERSION_ID"),
        name: get("PRETTY_NAME").or_else(|| get("NAME")).unwrap_or_else(|| id.clone()),
        variant_id: get("VARIANT_ID"),
        id,
    })
}

/// Takes the quotes off, and the backslashes that protect `"`, `$`, `` ` `` and `\` inside them.
fn unquote(value: &str) -> String {
    let inner =
        ['"', '\''].iter().find_map(|q| value.strip_prefix(*q)?.strip_suffix(*q)).unwrap_or(value);
    let mut out = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        out.push(if c == '\\' { chars.next().unwrap_or('\\') } else { c });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distributions() {
        let ubuntu = parse(
            b"PRETTY_NAME=\"Ubuntu 24.04.1 \
            LTS\"\nID=ubuntu\nID_LIKE=debian\nVERSION_ID=\"24.04\"\n",
        )
        .unwrap();
        assert_eq!((ubuntu.id.as_str(), ubuntu.version_id.as_deref()), ("ubuntu", Some("24.04")));
        assert_eq!(ubuntu.id_like, ["debian"]);
        let odd = parse(b"# a comment\nNAME='A \\\"B\\\"'\nVERSION_ID=\n\"\n").unwrap();
        assert_eq!(
            (odd.id.as_str(), odd.name.as_str(), odd.version_id),
            ("linux", "A \"B\"", None)
        );
        assert!(parse(b"hello").is_err());
    }

    #[test]
    fn systems_that_are_no_linux() {
        let of = |text: &[u8]| parse(text).unwrap().foreign();
        assert_eq!(of(b"NAME=DragonFly\nID=dragonfly\n"), Some("dragonfly"));
        assert_eq!(of(b"ID=ghostbsd\nID_LIKE=\"freebsd\"\n"), Some("freebsd"));
        assert_eq!(of(b"ID=debian\n"), None);
    }
}
