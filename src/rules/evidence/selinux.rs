//! What SELinux lets this process do, as far as its domain tells.

use crate::errno::Errno;
use crate::facts::{Evidence, Facts};
use crate::plan::Step;
use crate::rules::Gate;

/// Whether the policy refuses a step to this domain: not to those that are unconfined, nor to
/// these, which distributions allow it, unless an administrator has taken it from them. No file
/// shows what the policy has for any other.
pub(crate) fn gate(facts: &Facts, step: Step, allowed: &[&str]) -> Gate {
    let (enforcing, label) = (&facts.lsm.selinux_enforcing, &facts.lsm.label);
    let domain = facts.lsm.selinux_domain();
    match (enforcing.value(), domain) {
        (Some(false), _) => Gate::Open,
        // Container engines hide whether it enforces, and not the context.
        (None, None) if enforcing.is_absent() => Gate::NotApplicable,
        (Some(true), _) | (None, Some(_)) if facts.refused_at(step, Errno::EACCES) => {
            Gate::shut(Errno::EACCES, vec![Evidence::of(enforcing), Evidence::of(label)])
        }
        (_, Some(domain)) if !facts.lsm.selinux_unconfined() && !allowed.contains(&domain) => {
            let text = label.value().map_or(domain, String::as_str);
            let why = format!("{text}, and only the policy of SELinux tells what it may");
            Gate::Undecided(vec![Evidence::at(label, why)])
        }
        _ => Gate::Unobservable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Step::MountProc;
    use crate::rules::tests::{absent, healthy, known, met};

    /// container_selinux(8); what Fedora's policy denied to `xdm_t`:
    /// fedora-selinux/selinux-policy#2807.
    #[test]
    fn what_a_confined_domain_may_is_not_known() {
        let of = |enforcing, context: &str| {
            let mut facts = healthy();
            facts.lsm.selinux_enforcing = enforcing;
            facts.lsm.label = known(context.to_owned());
            gate(&facts, MountProc, &["staff_t"])
        };
        let undecided = |gate| matches!(gate, Gate::Undecided(_));
        for confined in [
            "system_u:system_r:xdm_t:s0-s0:c0.c1023",
            "u:r:container_t:s0:c1,c2",
            "system_u:system_r:my_container.process:s0:c1,c2",
        ] {
            assert!(undecided(of(known(true), confined)) && undecided(of(absent(), confined)));
            assert_eq!(of(known(false), confined), Gate::Open);
        }
        for free in ["unconfined_u:unconfined_r:unconfined_t:s0", "u:r:spc_t:s0", "s:s:staff_t:s0"]
        {
            assert_eq!(of(known(true), free), Gate::Unobservable, "{free}");
        }
        let lxd = "lxd-c1_</var/lib/lxd>//&:lxd-c1_<var-lib-lxd>:unconfined (mixed)";
        assert_eq!(of(absent(), lxd), Gate::NotApplicable);
    }

    /// In a container of podman, where selinuxfs is not to be seen.
    #[test]
    fn the_context_is_enough_for_what_was_met() {
        let mut facts = healthy();
        facts.lsm.selinux_enforcing = absent();
        facts.lsm.label = known("system_u:system_r:container_t:s0:c1,c2".to_owned());
        facts.trial = met(MountProc, Errno::EACCES, crate::facts::Reply::Ok, None);
        assert!(matches!(gate(&facts, MountProc, &[]), Gate::Shut(_)));
    }
}
