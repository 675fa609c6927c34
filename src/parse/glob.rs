//! Patterns of names, in which `*` stands for anything, also for nothing.

/// Whether a text is as a pattern says.
#[must_use]
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let Some((before, mut pattern)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut rest) = text.strip_prefix(before) else { return false };
    // What stands between two stars is looked for from the left: what is left for the last is then
    // as long as it can be.
    while let Some((part, behind)) = pattern.split_once('*') {
        // Most patterns do not fit, and `contains` is quicker to say so.
        match rest.contains(part).then(|| rest.split_once(part)).flatten() {
            Some((_, after)) => (rest, pattern) = (after, behind),
            None => return false,
        }
    }
    rest.ends_with(pattern)
}

/// Whether a path ends in what a pattern says; a pattern of one name says how the file is called.
#[must_use]
pub(crate) fn ends(path: &str, pattern: &str) -> bool {
    let depth = pattern.matches('/').count();
    let start = path.rmatch_indices('/').nth(depth).map_or(0, |(at, _)| at + 1);
    let end = path.get(start..).unwrap_or(path);
    end.matches('/').count() == depth
        && pattern.split('/').zip(end.split('/')).all(|(pattern, name)| matches(pattern, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars() {
        for (pattern, text, is) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("*", "", true),
            ("a*", "ab", true),
            ("*b", "ab", true),
            ("a*a", "a", false),
            ("a*a", "aa", true),
            ("*ab*b", "xabyb", true),
            ("*ab*b", "xab", false),
            ("*/windmill*", "ghcr.io/windmill-labs/windmill:main", true),
            ("é*ü", "éxü", true),
        ] {
            assert_eq!(matches(pattern, text), is, "{pattern} {text}");
        }
        // No pattern takes longer than the text is long.
        assert!(!matches(&"*a".repeat(50), &"b".repeat(1 << 20)));
    }

    #[test]
    fn the_ends_of_paths() {
        for (path, pattern, is) in [
            ("a/b.yml", "b.yml", true),
            ("b.yml", "*.yml", true),
            ("xb.yml", "b.yml", false),
            ("/r/.github/workflows/ci.yml", ".github/workflows/*.yml", true),
            (".github/workflows/ci.yml", ".github/workflows/*.yml", true),
            ("workflows/ci.yml", ".github/workflows/*.yml", false),
            ("ci.yml", ".github/workflows/*.yml", false),
        ] {
            assert_eq!(ends(path, pattern), is, "{path} {pattern}");
        }
    }
}
