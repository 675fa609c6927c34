//! Paths as text, on a system that need not be this one.

/// What is left of a path below a directory; empty where it is that itself.
#[must_use]
pub(crate) fn below<'p>(path: &'p str, dir: &str) -> Option<&'p str> {
    let rest = path.strip_prefix(dir.trim_end_matches('/'))?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::below;

    #[test]
    fn a_directory_ends_at_a_slash() {
        assert_eq!(below("/proc/sys", "/proc"), Some("/sys"));
        assert_eq!(below("/proc", "/proc/"), Some(""));
        assert_eq!(below("/process", "/proc"), None);
        assert_eq!(below("/proc", "/"), Some("/proc"));
    }
}
