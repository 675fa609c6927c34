//! What a program file says of itself: which unshare(1) this is, and how old.

use crate::plan::Flavour;

/// Reads the version text that every util-linux and busybox program carries; a script may have it
/// too, and is neither.
#[must_use]
pub(crate) fn flavour(bytes: &[u8]) -> Flavour {
    if !bytes.starts_with(b"\x7fELF") && !is_kept(bytes) {
        return Flavour::Other;
    }
    if let Some(version) = find(bytes, UTIL_LINUX).and_then(version) {
        return Flavour::UtilLinux { major: version.0, minor: version.1 };
    }
    if find(bytes, BUSYBOX).is_some() { Flavour::Busybox } else { Flavour::Other }
}

const UTIL_LINUX: &[u8] = b"util-linux ";
const BUSYBOX: &[u8] = b"BusyBox v";

/// What a snapshot keeps of a program.
#[must_use]
pub(crate) fn kept(bytes: &[u8]) -> String {
    match flavour(bytes) {
        Flavour::UtilLinux { major, minor } => format!("util-linux {major}.{minor}"),
        Flavour::Busybox => "BusyBox v1".into(),
        Flavour::Other => "other".into(),
    }
}

/// Whether this is what [`kept`] leaves of a program: the version and nothing else.
fn is_kept(bytes: &[u8]) -> bool {
    let rest = bytes.strip_prefix(UTIL_LINUX).or_else(|| bytes.strip_prefix(BUSYBOX));
    rest.is_some_and(|rest| rest.iter().all(|b| b.is_ascii_digit() || *b == b'.'))
}

/// What follows the first `needle` that a digit follows.
fn find<'a>(bytes: &'a [u8], needle: &[u8]) -> Option<&'a [u8]> {
    let starts = memchr::memmem::find_iter(bytes, needle);
    starts
        .filter_map(|at| bytes.get(at + needle.len()..))
        .find(|rest| rest.first().is_some_and(u8::is_ascii_digit))
}

fn version(bytes: &[u8]) -> Option<(u32, u32)> {
    let text: String = bytes.iter().take(16).map(|b| char::from(*b)).collect();
    let mut numbers = text.split(|c: char| !c.is_ascii_digit()).map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flavours() {
        assert_eq!(
            flavour(b"\x7fELF..util-linux\0util-linux 2.38.1\0"),
            Flavour::UtilLinux { major: 2, minor: 38 }
        );
        assert_eq!(flavour(b"\x7fELF BusyBox v1.35.0 (Debian)"), Flavour::Busybox);
        assert_eq!(flavour(b"#!/bin/sh\nexec /usr/bin/unshare.real \"$@\"\n"), Flavour::Other);
        assert_eq!(flavour(b"util-linux "), Flavour::Other);
        assert_eq!(flavour(b"#!/bin/sh\n# as of util-linux 2.38\nexit 0\n"), Flavour::Other);
        for program in [&b"\x7fELF util-linux 2.38.1\0"[..], b"\x7fELF BusyBox v1.35", b"#!/bin/sh"]
        {
            assert_eq!(flavour(kept(program).as_bytes()), flavour(program));
        }
        assert_eq!(flavour(b""), Flavour::Other);
    }
}
