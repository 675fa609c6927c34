//! The name of a container image, `[HOST/][PATH/]NAME[:TAG][@DIGEST]` (distribution/reference
//! `reference.go`).

/// A name in parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ImageName<'t> {
    /// All but the tag and the digest.
    pub repository: &'t str,
    /// The last part of that.
    pub name: &'t str,
    /// Its tag; empty: none.
    pub tag: &'t str,
    /// Whether a digest says which it is.
    pub is_pinned: bool,
}

impl<'t> ImageName<'t> {
    pub(crate) fn of(text: &'t str) -> Self {
        let (named, digest) = text.split_once('@').map_or((text, None), |(n, d)| (n, Some(d)));
        let last = named.rsplit('/').next().unwrap_or(named);
        let (name, tag) = last.split_once(':').unwrap_or((last, ""));
        let rest = named.strip_suffix(last).unwrap_or_default();
        let repository = named.get(..rest.len() + name.len()).unwrap_or(named);
        Self { repository, name, tag, is_pinned: digest.is_some() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_name() {
        for (text, repository, name, tag, is_pinned) in [
            ("", "", "", "", false),
            ("debian", "debian", "debian", "", false),
            ("debian:12", "debian", "debian", "12", false),
            ("localhost:5000/a/b", "localhost:5000/a/b", "b", "", false),
            ("h:5000/a/b:1@sha256:0", "h:5000/a/b", "b", "1", true),
            ("a@sha256:0", "a", "a", "", true),
        ] {
            let expected = ImageName { repository, name, tag, is_pinned };
            assert_eq!(ImageName::of(text), expected, "{text}");
        }
    }
}
