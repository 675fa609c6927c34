use crate::facts::apparmor::{self, AppArmorLabel};
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "apparmor-userns-denied",
    steps: &[Step::Unshare],
    errnos: &[Errno::EACCES],
    title: "the AppArmor profile of this process has no userns rule",
    since: "0.1.0",
    docs: include_str!("apparmor_userns_denied.md"),
    texts: Texts {
        common: 6,
        refuses: &[(Step::Unshare, &[Errno::EACCES])],
        // aa-notify(8) tells of what was denied.
        marks: &["operation: userns_create"],
        hints: &["profile"],
        places: &[Sign::AppArmor, Sign::Debian],
        elsewhere: &[Sign::RedHat, Sign::SeLinux],
        since: 2023,
        ask: ask("cat /proc/self/attr/current", "a name that is not unconfined"),
        confirm: "/proc/self/attr/current names a profile that is not `unconfined`",
        weigh: |text, outright| {
            let said = outright || text.errno.is_some();
            Some(if said { 0 } else { -8 })
        },
        ..Texts::NONE
    },
    decided_by: &[Setting::AppArmor],
    check,
    remedies: &[
        &remedy::lsm::APPARMOR_PROFILE_RULE,
        &remedy::container::APPARMOR_UNCONFINED,
        &remedy::container::PRIVILEGED,
    ],
    #[cfg(test)]
    cases: &[case(DEFAULT_FLAGS, Unshare, Some(EACCES), |f| {
        confined(f, "jobs (enforce)");
        f.trial = met(Unshare, EACCES, Reply::Refused(EACCES), None);
    })
    .dark(|f| confined(f, "jobs (enforce)"))],
};

fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    match apparmor::label(facts) {
        _ if !plan.new_user() => Gate::NotApplicable,
        AppArmorLabel::Confined(label) if facts.refused_at(step, Errno::EACCES) => {
            Gate::shut(Errno::EACCES, vec![Evidence::new("/proc/self/attr/current", label)])
        }
        AppArmorLabel::None => Gate::NotApplicable,
        AppArmorLabel::Unconfined => Gate::Open,
        // Whether a profile mediates user namespaces cannot be read without privilege.
        _ => Gate::Unobservable,
    }
}
