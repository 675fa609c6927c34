//! What a program file says of itself: which unshare(1) this is, and how old.

use crate::plan::Flavour;

/// Reads the version text that every util-linux and busybox program carries.
#[must_use]
pub(crate) fn flavour(bytes: &[u8]) -> Flavour {
    if let Some(version) = find(bytes, b"util-linux ").and_then(version) {
        return Flavour::UtilLinux { major: version.0, minor: version.1 };
    }
    if find(bytes, b"BusyBox v").is_some() { Flavour::Busybox } else { Flavour::Other }
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
        assert_eq!(flavour(b""), Flavour::Other);
    }
}
