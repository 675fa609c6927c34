//! `/proc/PID/uid_map` and `gid_map` (user_namespaces(7)).

use serde::Serialize;

use super::ParseError;

/// The id map of a user namespace. Empty: nothing is mapped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct IdMap(pub Vec<Extent>);

/// `count` ids from `inside` on are the ids from `outside` on in the parent namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Extent {
    /// The first id in the namespace.
    pub inside: u64,
    /// The first id in the reader's namespace, or in the parent's when the reader is inside.
    pub outside: u64,
    /// How many ids.
    pub count: u64,
}

/// Parses a map.
///
/// # Errors
/// When a line is not three numbers.
pub(crate) fn parse(bytes: &[u8]) -> Result<IdMap, ParseError> {
    let text = super::text(bytes);
    let extents = text.lines().filter(|line| !line.trim().is_empty()).map(|line| {
        let numbers: Option<Vec<u64>> =
            line.split_whitespace().map(|word| word.parse().ok()).collect();
        match numbers.as_deref() {
            Some(&[inside, outside, count]) => Ok(Extent { inside, outside, count }),
            _ => Err(ParseError::found("not `inside outside count`", line)),
        }
    });
    extents.collect::<Result<_, _>>().map(IdMap)
}

impl IdMap {
    /// Whether an id of this namespace is mapped.
    #[must_use]
    pub(crate) fn contains(&self, id: u64) -> bool {
        self.0.iter().any(|e| id >= e.inside && id - e.inside < e.count)
    }

    /// Whether this is the map of the initial user namespace: every id onto itself.
    #[must_use]
    pub(crate) fn is_initial(&self) -> bool {
        self.0 == [Extent { inside: 0, outside: 0, count: 4_294_967_295 }]
    }

    /// What the parent namespace calls this id.
    #[must_use]
    pub(crate) fn outside(&self, id: u64) -> Option<u64> {
        self.0
            .iter()
            .find(|e| id >= e.inside && id - e.inside < e.count)
            .map(|e| e.outside.saturating_add(id - e.inside))
    }

    /// The map on one line, as evidence.
    #[must_use]
    pub(crate) fn one_line(&self) -> String {
        if self.0.is_empty() {
            return "(empty)".into();
        }
        self.0
            .iter()
            .map(|e| format!("{} {} {}", e.inside, e.outside, e.count))
            .collect::<Vec<_>>()
            .join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps() {
        let initial = parse(b"         0          0 4294967295\n").unwrap();
        assert!(initial.is_initial() && initial.contains(0) && initial.contains(65534));
        let rootless = parse(b"0 1000 1\n1 100000 65536\n").unwrap();
        assert!(!rootless.is_initial());
        assert!(rootless.contains(0) && rootless.contains(65536) && !rootless.contains(65537));
        assert_eq!(rootless.outside(0), Some(1000));
        assert_eq!(rootless.outside(2), Some(100_001));
        assert_eq!(rootless.one_line(), "0 1000 1, 1 100000 65536");
        let empty = parse(b"").unwrap();
        assert!(!empty.contains(0) && empty.one_line() == "(empty)");
    }

    #[test]
    fn malformed() {
        assert!(parse(b"0 0").is_err());
        assert!(parse(b"a b c").is_err());
        assert!(
            parse(b"18446744073709551615 18446744073709551615 18446744073709551615")
                .unwrap()
                .outside(u64::MAX)
                .is_some()
        );
    }
}
