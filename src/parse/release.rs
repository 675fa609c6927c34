//! Kernel releases, e.g. `6.1.0-28-amd64`, `5.15.167.4-microsoft-standard-WSL2`,
//! `3.10.0-1160.el7.x86_64`.

use serde::Serialize;

use super::ParseError;

/// A kernel release: what uname(2) calls `release`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Release {
    pub major: u32,
    /// The second number.
    pub minor: u32,
    pub text: String,
}

/// Parses a release.
///
/// # Errors
/// When it does not begin with `MAJOR.MINOR`.
pub(crate) fn parse(bytes: &[u8]) -> Result<Release, ParseError> {
    let line = super::line(bytes)?;
    let mut numbers = line.split(|c: char| !c.is_ascii_digit()).map(str::parse);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => Ok(Release { major, minor, text: line }),
        _ => Err(ParseError::found("does not begin with MAJOR.MINOR", &line)),
    }
}

/// The release inside `/proc/version`: `Linux version RELEASE (...) ...`.
///
/// # Errors
/// When the text is of another shape.
pub(crate) fn from_version(text: &str) -> Result<Release, ParseError> {
    let word = text.strip_prefix("Linux version ").and_then(|rest| rest.split_whitespace().next());
    parse(word.ok_or("does not begin with `Linux version`")?.as_bytes())
}

impl Release {
    /// Whether this is at least Linux `major.minor`. Distribution kernels carry features of later
    /// versions, so `false` here proves less than `true`.
    #[must_use]
    pub(crate) fn at_least(&self, major: u32, minor: u32) -> bool {
        (self.major, self.minor) >= (major, minor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases() {
        let release = parse(b"6.18.44-fc-v769\n").unwrap();
        assert!(release.at_least(6, 18) && release.at_least(5, 20) && !release.at_least(6, 19));
        assert_eq!(parse(b"7.0-rc3").unwrap().minor, 0);
        assert!(parse(b"six").is_err());
        assert!(parse(b"").is_err());
        assert_eq!(from_version("Linux version 4.4.0 #1 SMP Sun").unwrap().text, "4.4.0");
        assert!(from_version("Darwin Kernel").is_err());
    }
}
