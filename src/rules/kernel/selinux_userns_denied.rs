use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "selinux-userns-denied",
    steps: &[Step::Unshare],
    errnos: &[Errno::EACCES],
    title: "the SELinux policy does not allow this domain to create user namespaces",
    since: "0.1.0",
    docs: include_str!("selinux_userns_denied.md"),
    texts: Texts {
        common: 5,
        refuses: &[(Step::Unshare, &[Errno::EACCES])],
        marks: &["tclass=user_namespace"],
        places: &[Sign::SeLinux, Sign::RedHat, Sign::Bottlerocket],
        never: &[Sign::SeLinuxOff],
        elsewhere: &[Sign::UbuntuRestricting, Sign::Ubuntu, Sign::Debian],
        since: 2022,
        kernel: (5, 14),
        ask: ask("ausearch -m avc | grep user_namespace", "a denial"),
        cured: &[Sign::SeLinux],
        confirm: "`ausearch -m avc` shows tclass=user_namespace",
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[
        &remedy::lsm::SELINUX_POLICY_MODULE,
        &remedy::container::LABEL_DISABLE,
        &remedy::container::PRIVILEGED,
    ],
    #[cfg(test)]
    cases: tests::CASES,
};

/// The domains of people and of containers that distributions let create them.
const ALLOWED: &[&str] = &["user_t", "staff_t", "sysadm_t", "container_t", "container_engine_t"];

/// selinux_userns_create() in security/selinux/hooks.c, Linux 6.1; Red Hat's 5.14 has it as well.
/// An older kernel, or a policy without the class, lets a domain make one, and have no capability
/// in it that it is not granted (class `cap_userns`, Linux 4.7): without, it cannot write a map.
fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    if !plan.new_user() {
        return Gate::NotApplicable;
    }
    let lsm = &facts.lsm;
    let enforcing = lsm.selinux_enforcing.value() == Some(&true);
    match (lsm.selinux_grants_userns.value(), lsm.selinux_grants_caps.value()) {
        (Some(false), _) if enforcing => {
            let shown = [Evidence::of(&lsm.label), Evidence::of(&lsm.selinux_grants_userns)];
            return Gate::shut(Errno::EACCES, shown.into());
        }
        (Some(true), Some(true)) => return Gate::Open,
        _ => {}
    }
    match selinux::gate(facts, step, ALLOWED) {
        Gate::Shut(_) if facts.kernel_at_least(5, 14) == Some(false) => Gate::NotApplicable,
        gate => gate,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) const CASES: &[Case] = &[case(DEFAULT_FLAGS, Unshare, Some(EACCES), |f| {
        f.lsm.selinux_enforcing = known(true);
        f.trial = met(Unshare, EACCES, Reply::Refused(EACCES), None);
    })
    .dark(|f| f.lsm.selinux_enforcing = known(true))];

    /// As Fedora's policy has the class, and RHEL 8's kernel asks for capabilities alone.
    #[test]
    fn what_a_confined_domain_may_is_known_only_where_the_policy_says_it() {
        let mut facts = healthy();
        facts.lsm.selinux_enforcing = known(true);
        facts.lsm.label = known("system_u:system_r:httpd_t:s0".to_owned());
        let plan = plan(DEFAULT_FLAGS);
        let gate = |facts: &Facts| (super::RULE.check)(facts, &plan, Unshare);
        facts.lsm.selinux_userns_class = known(true);
        assert!(matches!(gate(&facts), Gate::Undecided(_)));
        facts.lsm.selinux_grants_userns = known(false);
        assert!(matches!(gate(&facts), Gate::Shut(_)));
        // Nor is it enough to make one, without a capability in it.
        facts.lsm.selinux_grants_userns = known(true);
        facts.lsm.selinux_grants_caps = known(false);
        assert!(matches!(gate(&facts), Gate::Undecided(_)));
        facts.lsm.selinux_grants_caps = known(true);
        assert_eq!(gate(&facts), Gate::Open);
        facts.lsm.selinux_grants_userns = Fact::not_probed("test");
        facts.lsm.selinux_userns_class = known(false);
        assert!(matches!(gate(&facts), Gate::Undecided(_)));
        facts.os.release = release("4.18.0-513.el8.x86_64");
        assert!(matches!(gate(&facts), Gate::Undecided(_)));
        facts.trial = met(Unshare, EACCES, Reply::Refused(EACCES), None);
        assert_eq!(gate(&facts), Gate::NotApplicable);
    }
}
