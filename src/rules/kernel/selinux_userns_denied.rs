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
        &remedy::host::SELINUX_POLICY_MODULE,
        &remedy::container::LABEL_DISABLE,
        &remedy::container::PRIVILEGED,
    ],
    #[cfg(test)]
    cases: tests::CASES,
};

fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    let enforcing = &facts.lsm.selinux_enforcing;
    match enforcing.value() {
        _ if !plan.new_user() => Gate::NotApplicable,
        Some(false) => Gate::Open,
        Some(true) if facts.refused_at(step, Errno::EACCES) => {
            Gate::shut(Errno::EACCES, vec![Evidence::of(enforcing), Evidence::of(&facts.lsm.label)])
        }
        // Which domains may is in the policy, and no file shows it.
        Some(true) => Gate::Unobservable,
        None if enforcing.is_absent() => Gate::NotApplicable,
        None => Gate::Unobservable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::prelude::cases::*;

    pub(super) const CASES: &[Case] = &[case(DEFAULT_FLAGS, Unshare, Some(EACCES), |f| {
        f.lsm.selinux_enforcing = known(true);
        f.trial = met(Unshare, EACCES, Reply::Refused(EACCES), None);
    })
    .dark(|f| f.lsm.selinux_enforcing = known(true))];
}
