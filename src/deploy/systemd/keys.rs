//! The keys of a service that systemd knows. It passes over any other, and over one in a section
//! where it does not belong, with a line in its log.

/// Those of `[Service]` (systemd 252 and 262, `src/core/load-fragment-gperf.gperf.in`).
const OF_SERVICE: &str = include_str!("service-keys.txt");

/// Those of them that `[Unit]` knows as well.
const OF_UNIT_TOO: &[&str] = &[
    "FailureAction", "RebootArgument", "StartLimitAction", "StartLimitBurst", "StartLimitInterval",
];

/// What is like one of them and is another section's: in `[Service]`, systemd knows the older name
/// alone.
const OF_UNIT_ALONE: &[&str] = &["StartLimitIntervalSec"];

/// How much a key has to be like one that systemd knows to be taken for it: a later release may
/// have others.
const ALIKE: f64 = 0.85;

fn all() -> impl Iterator<Item = &'static str> {
    OF_SERVICE.split_whitespace()
}

/// Whether a key stands in `[Service]` and nowhere else.
pub(super) fn is_of_service(key: &str) -> bool {
    all().any(|known| known == key) && !OF_UNIT_TOO.contains(&key)
}

/// Whether a key in `[Service]` belongs into `[Unit]`.
pub(super) fn is_of_unit(key: &str) -> bool {
    OF_UNIT_ALONE.contains(&key)
}

/// The key that is meant by one that there is not.
pub(super) fn meant(key: &str) -> Option<&'static str> {
    if key.starts_with("X-") || is_of_unit(key) || all().any(|known| known == key) {
        return None;
    }
    let lower = key.to_ascii_lowercase();
    let alike =
        |known: &str| strsim::normalized_damerau_levenshtein(&lower, &known.to_ascii_lowercase());
    // Comparing takes as long as both are, and what differs in length is not alike.
    let length = |known: &&str| {
        let (shorter, longer) = (known.len().min(key.len()), known.len().max(key.len()));
        shorter * 100 >= longer * 85
    };
    let near = all().filter(length).map(|known| (alike(known), known));
    let near = near.filter(|(alike, _)| *alike >= ALIKE);
    near.max_by(|(one, _), (other, _)| one.total_cmp(other)).map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_meant() {
        for (key, known) in [
            ("RestrictNamespacs", Some("RestrictNamespaces")),
            ("restrictNamespaces", Some("RestrictNamespaces")),
            ("CapabilitiesBoundingSet", Some("CapabilityBoundingSet")),
            ("ProtectKernelTunable", Some("ProtectKernelTunables")),
            ("RestrictNamespaces", None),
            ("X-RestrictNamespacs", None),
            ("SomethingOfALaterRelease", None),
            ("StartLimitIntervalSec", None),
        ] {
            assert_eq!(meant(key), known, "{key}");
        }
        assert!(is_of_service("PrivateUsers"));
        assert!(!is_of_service("FailureAction") && !is_of_service("After"));
    }
}
