//! What a context of SELinux says.

use super::Lsm;

/// The domains that targeted policies let do everything (unconfined_selinux(8),
/// container_selinux(8)).
const UNCONFINED: &[&str] = &[
    "unconfined_t", "unconfined_service_t", "spc_t", "container_runtime_t", "initrc_t", "kernel_t",
];

impl Lsm {
    /// The domain in our context, `user:role:type:level`; a label of AppArmor has none, and one
    /// that udica made is in a namespace of its own, `NAME.process`.
    #[must_use]
    pub(crate) fn selinux_domain(&self) -> Option<&str> {
        let mut parts = self.label.value()?.split(':').skip(1);
        let (role, domain) = (parts.next()?, parts.next()?);
        (domain.ends_with("_t") || role.ends_with("_r")).then_some(domain)
    }

    /// Whether policies let our domain do everything, unless an administrator has taken it away.
    #[must_use]
    pub(crate) fn selinux_unconfined(&self) -> bool {
        self.selinux_domain().is_some_and(|domain| UNCONFINED.contains(&domain))
    }
}
