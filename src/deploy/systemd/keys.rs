//! The keys of a service that systemd knows. It passes over any other, and over one in a section
//! where it does not belong, with a line in its log.

/// Those of `[Service]` (systemd 252 and 262, `src/core/load-fragment-gperf.gperf.in`).
const OF_SERVICE: &str = include_str!("service-keys.txt");

/// Those of them that `[Unit]` knows as well.
const OF_UNIT_TOO: &[&str] = &[
    "FailureAction", "RebootArgument", "StartLimitAction", "StartLimitBurst", "StartLimitInterval",
];

/// Those of the other sections of a unit that `[Service]` does not know (systemd 262), by section.
/// Of `StartLimitIntervalSec` it knows the older name.
const OF_OTHERS: &[(&str, &[&str])] = &[
    (
        "Unit",
        &[
            "After", "AllowIsolate", "Before", "BindTo", "BindsTo", "CollectMode", "Conflicts",
            "DefaultDependencies", "Description", "Documentation", "FailureActionExitStatus",
            "IgnoreOnIsolate", "JobRunningTimeoutSec", "JobTimeoutAction",
            "JobTimeoutRebootArgument", "JobTimeoutSec", "JoinsNamespaceOf", "OnFailure",
            "OnFailureIsolate", "OnFailureJobMode", "OnSuccess", "OnSuccessJobMode", "PartOf",
            "PropagateReloadFrom", "PropagateReloadTo", "PropagatesReloadTo", "PropagatesStopTo",
            "RefuseManualStart", "RefuseManualStop", "ReloadPropagatedFrom", "Requires",
            "RequiresMountsFor", "RequiresOverridable", "Requisite", "RequisiteOverridable",
            "SourcePath", "StartLimitIntervalSec", "StopPropagatedFrom", "StopWhenUnneeded",
            "SuccessAction", "SuccessActionExitStatus", "SurviveFinalKillSignal", "Upholds",
            "Wants", "WantsMountsFor",
        ],
    ),
    ("Install", &["Alias", "Also", "DefaultInstance", "RequiredBy", "UpheldBy", "WantedBy"]),
];

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

/// The section into which a key in `[Service]` belongs, where that is another.
pub(super) fn section_of(key: &str) -> Option<&'static str> {
    let condition = |prefix| key.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty());
    if ["Condition", "Assert"].into_iter().any(condition) {
        return Some("Unit");
    }
    OF_OTHERS.iter().find(|(_, keys)| keys.contains(&key)).map(|(section, _)| *section)
}

/// The key that is meant by one that there is not.
pub(super) fn meant(key: &str) -> Option<&'static str> {
    if key.starts_with("X-") || section_of(key).is_some() || all().any(|known| known == key) {
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
            ("Wants", None),
        ] {
            assert_eq!(meant(key), known, "{key}");
        }
        assert!(is_of_service("PrivateUsers"));
        for (key, section) in [
            ("After", Some("Unit")),
            ("ConditionPathExists", Some("Unit")),
            ("WantedBy", Some("Install")),
            ("FailureAction", None),
            ("PrivateUsers", None),
        ] {
            assert_eq!(section_of(key), section, "{key}");
        }
        let theirs = OF_OTHERS.iter().flat_map(|(_, keys)| *keys);
        assert_eq!(theirs.filter(|key| all().any(|own| own == **key)).count(), 0);
        assert!(!is_of_service("FailureAction") && !is_of_service("After"));
    }
}
