//! `/proc/PID/status` (proc_pid_status(5)), tolerantly: a line that is missing or odd costs that
//! field alone.
//!
//! gVisor and pasted captures leave out lines that other parsers insist on.

use super::ParseError;

/// The text of a status file: few of its fields are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct StatusFile(String);

/// Parses a status file.
///
/// # Errors
/// When it has not one `Key: value` line.
pub(crate) fn parse(bytes: &[u8]) -> Result<StatusFile, ParseError> {
    let text = super::text(bytes);
    if text.contains(':') {
        Ok(StatusFile(text.into_owned()))
    } else {
        Err("no `Key: value` line".into())
    }
}

impl StatusFile {
    /// The text behind a key.
    #[must_use]
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.0.lines().rev().find_map(|line| {
            let behind = line.trim_start().strip_prefix(key)?.trim_start();
            Some(behind.strip_prefix(':')?.trim())
        })
    }

    /// A decimal number.
    #[must_use]
    pub(crate) fn number(&self, key: &str) -> Option<u64> {
        self.get(key)?.parse().ok()
    }

    /// A set of bits in hexadecimal, as the `Cap*` lines have it.
    #[must_use]
    pub(crate) fn bits(&self, key: &str) -> Option<u64> {
        u64::from_str_radix(self.get(key)?, 16).ok()
    }

    /// Numbers separated by white space, as `Uid:` and `NSpid:` have them.
    #[must_use]
    pub(crate) fn numbers(&self, key: &str) -> Option<Vec<u64>> {
        self.get(key)?.split_whitespace().map(|word| word.parse().ok()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_fields() {
        let status = parse(b"Name:\ta:b\nUid:\t1000\t1001\t1000\t1000\nCapEff:\t000001ffffffffff\nSeccomp:\t2\nNSpid:\t7\t1\n").unwrap();
        assert_eq!(status.get("Name"), Some("a:b"));
        assert_eq!(status.numbers("Uid"), Some(vec![1000, 1001, 1000, 1000]));
        assert_eq!(status.bits("CapEff"), Some(0x1ff_ffff_ffff));
        assert_eq!(status.number("Seccomp"), Some(2));
        assert_eq!(status.numbers("NSpid"), Some(vec![7, 1]));
        assert_eq!(status.number("Threads"), None);
    }

    #[test]
    fn odd_lines_cost_only_themselves() {
        let status = parse(b"junk\nCapEff: xyz\nSeccomp:  two\nThreads:  3\n").unwrap();
        assert_eq!(status.bits("CapEff"), None);
        assert_eq!(status.number("Seccomp"), None);
        assert_eq!(status.number("Threads"), Some(3));
        assert!(parse(b"nothing here").is_err());
        assert!(parse(b"\xff\xfe").is_err());
    }
}
