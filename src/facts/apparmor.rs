//! Under which AppArmor profile this process runs.

use crate::facts::Facts;

/// The AppArmor label of this process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AppArmorLabel {
    /// There is no AppArmor.
    None,
    /// No profile.
    Unconfined,
    /// A profile, with its mode.
    Confined(String),
    /// It cannot be told.
    Unknown,
}

/// Whether the process is in the profile, that denies every capability, root's too (the file
/// `unprivileged_userns` of the apparmor package).
pub(crate) fn denies_capabilities(facts: &Facts) -> bool {
    matches!(label(facts), AppArmorLabel::Confined(name) if name.starts_with("unprivileged_userns"))
}

/// The label, from `attr/apparmor/current` or, where AppArmor is the only major module,
/// `attr/current`.
pub(crate) fn label(facts: &Facts) -> AppArmorLabel {
    let lsm = &facts.lsm;
    if lsm.list.value().is_some_and(|list| !list.iter().any(|m| m == "apparmor"))
        || lsm.apparmor.value() == Some(&false)
    {
        return AppArmorLabel::None;
    }
    // A SELinux context has colons; an AppArmor label has a mode in brackets, or is `unconfined`.
    let shared = lsm
        .label
        .value()
        .filter(|text| !text.contains(":object_r:") && text.split(':').count() < 3);
    match lsm.apparmor_label.value().or(shared) {
        Some(text) if text == "unconfined" => AppArmorLabel::Unconfined,
        Some(text) => AppArmorLabel::Confined(text.clone()),
        // Reading `attr/current` fails with EINVAL where no module has labels.
        None if lsm.apparmor.is_absent()
            && (lsm.label.is_absent() || lsm.label.value().is_some()) =>
        {
            AppArmorLabel::None
        }
        None => AppArmorLabel::Unknown,
    }
}
