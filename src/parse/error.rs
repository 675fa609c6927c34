//! Why a text does not parse.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

/// The most characters of a text that are quoted back.
const MOST_QUOTED: usize = 60;

/// Why a text is not what it is read as. What is printed of it is one line, the cause included.
#[derive(Debug)]
pub(crate) struct ParseError {
    /// What is wrong, or what is expected.
    what: Cow<'static, str>,
    /// What stands there instead.
    found: Option<String>,
    /// What another parser says.
    cause: Option<Box<dyn Error + Send + Sync>>,
}

impl ParseError {
    /// What is wrong.
    pub(crate) fn new(what: impl Into<Cow<'static, str>>) -> Self {
        Self { what: what.into(), found: None, cause: None }
    }

    /// What is expected, and what stands there instead.
    pub(super) fn found(what: &'static str, found: &str) -> Self {
        let found = found.chars().take(MOST_QUOTED).collect();
        Self { found: Some(found), ..Self::new(what) }
    }

    /// What another parser says, and of what where that is not clear.
    pub(crate) fn by(what: &'static str, cause: impl Error + Send + Sync + 'static) -> Self {
        Self { cause: Some(Box::new(cause)), ..Self::new(what) }
    }
}

impl From<&'static str> for ParseError {
    fn from(what: &'static str) -> Self {
        Self::new(what)
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        if let Some(found) = &self.found {
            write!(f, ": {found:?}")?;
        }
        match &self.cause {
            Some(cause) if self.what.is_empty() => write!(f, "{cause}"),
            Some(cause) => write!(f, ": {cause}"),
            None => Ok(()),
        }
    }
}

impl Error for ParseError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_tells_all() {
        assert_eq!(ParseError::found("not a number", "six").to_string(), "not a number: \"six\"");
        let cause = "x".parse::<u8>().unwrap_err();
        let error = ParseError::by("no id", cause.clone());
        assert_eq!(error.to_string(), format!("no id: {cause}"));
        assert_eq!(error.source().unwrap().to_string(), cause.to_string());
    }
}
