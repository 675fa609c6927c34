use crate::facts::apparmor::{self, AppArmorLabel};
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "apparmor-profile-missing",
    steps: &[Step::Unshare],
    errnos: &[Errno::EACCES],
    title: "AppArmor restricts user namespaces, and its profile unprivileged_userns is not loaded",
    since: "0.1.0",
    docs: include_str!("apparmor_profile_missing.md"),
    texts: Texts {
        common: 3,
        refuses: &[(Step::Unshare, &[Errno::EACCES])],
        marks: &["failed to find unprivileged_userns profile"],
        hints: &["apparmor.service"],
        places: &[Sign::Ubuntu, Sign::AppArmor],
        elsewhere: &[Sign::RedHat, Sign::SeLinux, Sign::Debian],
        since: 2023,
        confirm: "`aa-status` does not list unprivileged_userns",
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[
        &remedy::lsm::RESTART_APPARMOR,
        &remedy::lsm::APPARMOR_PROFILE_FOR_PROGRAM,
        &remedy::sysctl::SYSCTL_APPARMOR_RESTRICT,
    ],
    #[cfg(test)]
    cases: &[case(DEFAULT_FLAGS, Unshare, Some(EACCES), |f| {
        confined(f, "unconfined");
        f.sysctl.apparmor_restrict_unprivileged_userns = known(1);
        f.trial = met(Unshare, EACCES, Reply::Refused(EACCES), None);
    })
    .dark(|f| f.sysctl.apparmor_restrict_unprivileged_userns = denied())],
};

fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    let restrict = &facts.sysctl.apparmor_restrict_unprivileged_userns;
    match restrict.value() {
        _ if !plan.new_user() => Gate::NotApplicable,
        Some(0) => Gate::Open,
        Some(_)
            if facts.refused_at(step, Errno::EACCES)
                && apparmor::label(facts) == AppArmorLabel::Unconfined =>
        {
            Gate::shut(Errno::EACCES, vec![Evidence::of(restrict), Evidence::of(&facts.lsm.label)])
        }
        Some(_) => Gate::Unobservable,
        None if restrict.is_absent() => Gate::NotApplicable,
        None => Gate::Unobservable,
    }
}
