//! Parsers: pure functions from bytes to values, no I/O, no panic on any input.

pub(crate) mod cgroup;
pub(crate) mod daemon_json;
pub(crate) mod docker_info;
pub(crate) mod dockerd;
mod error;
pub(crate) mod glob;
pub(crate) mod idmap;
pub(crate) mod image_name;
pub(crate) mod kconfig;
pub(crate) mod limits;
pub(crate) mod message;
pub(crate) mod mountinfo;
pub(crate) mod node;
pub(crate) mod os_release;
pub(crate) mod path;
pub(crate) mod release;
pub(crate) mod searched;
pub(crate) mod spelling;
pub(crate) mod status;
pub(crate) mod subid;
pub(crate) mod tool;

use std::borrow::Cow;

pub(crate) use error::ParseError;

/// The text of a file: UTF-8, with anything else replaced.
#[must_use]
pub(crate) fn text(bytes: &[u8]) -> Cow<'_, str> {
    // The usual case, which the other looks at byte by byte.
    str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

/// A text in two, before the first character of which `ends` is true; without one all is before it.
#[must_use]
pub(crate) fn split_before(text: &str, ends: impl FnMut(char) -> bool) -> (&str, &str) {
    text.find(ends).and_then(|at| text.split_at_checked(at)).unwrap_or((text, ""))
}

/// One unsigned number, as the kernel prints it in `/proc/sys`.
///
/// # Errors
/// When the file holds anything else.
pub(crate) fn number(bytes: &[u8]) -> Result<u64, ParseError> {
    let text = text(bytes);
    let text = text.trim();
    text.parse().map_err(|_| ParseError::found("not a number", text))
}

/// The first line, without its end; empty files are an error.
///
/// # Errors
/// When there is no text.
pub(crate) fn line(bytes: &[u8]) -> Result<String, ParseError> {
    let text = text(bytes);
    let line = text.trim_end_matches('\0').lines().next().unwrap_or("").trim().to_owned();
    if line.is_empty() { Err("empty".into()) } else { Ok(line) }
}

/// A switch: `1`/`Y` is on, `0`/`N` is off.
///
/// # Errors
/// When the file holds anything else.
pub(crate) fn switch(bytes: &[u8]) -> Result<bool, ParseError> {
    match text(bytes).trim() {
        "1" | "Y" | "y" => Ok(true),
        "0" | "N" | "n" => Ok(false),
        other => Err(ParseError::found("neither on nor off", other)),
    }
}

/// The numbers that a file of sysctl.d(5) sets, by dotted names.
#[must_use]
pub(crate) fn sysctl_d(bytes: &[u8]) -> Vec<(String, u64)> {
    let text = text(bytes);
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with(['#', ';']));
    lines
        .filter_map(|line| {
            // A minus sign forgives errors.
            let (name, value) = line.trim_start_matches('-').split_once('=')?;
            Some((name.trim().replace('/', "."), value.trim().parse().ok()?))
        })
        .collect()
}

/// The parameters that bear on namespaces; the others are nobody's business.
#[must_use]
pub(crate) fn cmdline(bytes: &[u8]) -> Vec<String> {
    const KEYS: &[&str] = &[
        "user_namespace.enable", "namespace.unpriv_enable", "apparmor", "selinux", "enforcing",
        "lsm", "security",
    ];
    let text = text(bytes);
    let wanted = |word: &&str| KEYS.contains(&word.split('=').next().unwrap_or(""));
    text.split_whitespace().filter(wanted).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars() {
        assert_eq!(number(b"31231\n").unwrap(), 31231);
        assert!(number(b"").is_err());
        assert!(number(b"-1").is_err());
        assert!(number(b"99999999999999999999999").is_err());
        assert_eq!(line(b"docker-default (enforce)\n").unwrap(), "docker-default (enforce)");
        assert_eq!(line(b"system_u:system_r:init_t:s0\0").unwrap(), "system_u:system_r:init_t:s0");
        assert!(line(b"\n").is_err());
        assert!(switch(b"Y\n").unwrap());
        assert!(!switch(b"0").unwrap());
        assert!(switch(b"maybe").is_err());
    }
}
