use crate::facts::apparmor::{self, AppArmorLabel};
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "apparmor-deny-mount",
    steps: &[Step::Propagation, Step::NewRoot, Step::MountProc, Step::PivotRoot],
    errnos: &[Errno::EACCES],
    title: "the AppArmor profile of this process denies mount(2)",
    since: "0.1.0",
    docs: include_str!("apparmor_deny_mount.md"),
    texts: Texts {
        common: 8,
        refuses: &[
            (Step::Propagation, &[Errno::EACCES]),
            (Step::MountProc, &[Errno::EACCES]),
            (Step::ChangeRoot, &[Errno::EACCES]),
            (Step::NewRoot, &[Errno::EACCES]),
            (Step::PivotRoot, &[Errno::EACCES]),
        ],
        marks: &[
            "docker-default", "cri-containerd.apparmor.d", "containers-default", "deny mount",
            "lxc-container-default",
        ],
        hints: &["profile"],
        places: &[Sign::AppArmor, Sign::Docker, Sign::Container, Sign::Kubernetes, Sign::Lxc],
        elsewhere: &[Sign::RedHat, Sign::SeLinux, Sign::AppArmorOff],
        ask: ask("cat /proc/self/attr/current", "a name that is not unconfined"),
        cured: &[Sign::AppArmorOff],
        confirm: "/proc/self/attr/current names a profile such as docker-default",
        ..Texts::NONE
    },
    decided_by: &[Setting::AppArmor],
    check,
    remedies: &[
        &remedy::container::APPARMOR_UNCONFINED,
        &remedy::flags::WITHOUT_MOUNT_PROC,
        &remedy::container::PRIVILEGED,
    ],
    #[cfg(test)]
    cases: tests::CASES,
};

/// The profiles that container engines load by default, all with `deny mount,`.
const DENY_MOUNT: &[&str] = &[
    "docker-default", "cri-containerd.apparmor.d", "containers-default", "lxc-container-default",
    "crio-default",
];

fn check(facts: &Facts, _: &Plan, step: Step) -> Gate {
    match apparmor::label(facts) {
        AppArmorLabel::None => Gate::NotApplicable,
        AppArmorLabel::Unconfined => Gate::Open,
        AppArmorLabel::Confined(label) if label.ends_with("(complain)") => Gate::Open,
        AppArmorLabel::Confined(label)
            if DENY_MOUNT.iter().any(|name| label.starts_with(name))
                || facts.refused_at(step, Errno::EACCES) =>
        {
            Gate::shut(Errno::EACCES, vec![Evidence::new("/proc/self/attr/current", label)])
        }
        // A profile grants nothing that it does not name, but for those that confine nobody.
        AppArmorLabel::Confined(label) if label.ends_with("(enforce)") => {
            let why = format!("{label}, and what it lets be mounted cannot be read");
            Gate::Undecided(vec![Evidence::new("/proc/self/attr/current", why)])
        }
        // Nobody can tell which profile it is: that of an engine denies it.
        AppArmorLabel::Unknown if facts.lsm.apparmor.value() == Some(&true) => {
            Gate::undecided(&facts.lsm.apparmor_label)
        }
        _ => Gate::Unobservable,
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::prelude::*;

    pub(super) const CASES: &[Case] = &[case(DEFAULT_FLAGS, Propagation, Some(EACCES), |f| {
        confined(f, "docker-default (enforce)");
    })
    .dark(|f| confined(f, "jobs (enforce)"))];

    /// A variable without a value as the profile of a container: Docker's own would deny it.
    #[test]
    fn a_profile_that_nobody_knows_may_deny_it() {
        let mut facts = crate::rules::tests::healthy();
        confined(&mut facts, "unconfined");
        let gate = |facts: &Facts| (super::RULE.check)(facts, &plan(DEFAULT_FLAGS), Propagation);
        assert_eq!(gate(&facts), Gate::Open);
        facts.lsm.apparmor = known(true);
        (facts.lsm.label, facts.lsm.apparmor_label) = (denied(), denied());
        assert!(matches!(gate(&facts), Gate::Undecided(_)));
    }
}
