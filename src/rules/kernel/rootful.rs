use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "rootful",
    steps: &[Step::Start],
    errnos: &[Errno::EACCES, Errno::EPERM],
    title: "it runs as root or with CAP_SYS_ADMIN, so it is not rootless",
    since: "0.1.0",
    docs: include_str!("rootful.md"),
    texts: Texts {
        common: 4,
        refuses: &[(Step::Start, &[])],
        marks: &[
            "please use unshare with rootless",
            // It takes its storage for that of root.
            "mkdir /var/lib/containers/storage: permission denied",
            "remount /var/lib/containers/storage/overlay, ",
            "chown /\u{2026}/storage/vfs: operation not permitted",
        ],
        hints: &["podman", "buildah"],
        confirm: "`id -u` says 0",
        ..Texts::NONE
    },
    decided_by: &[Setting::User, Setting::Capabilities],
    check,
    remedies: &[&remedy::ids::RUN_AS_USER, &remedy::ids::DROP_AMBIENT_CAPABILITIES],
    #[cfg(test)]
    cases: tests::CASES,
};

/// `IsRootless` in podman: uid 0 with CAP_SYS_ADMIN is rootful, in whatever namespace. A user with
/// it makes no user namespace either (`BecomeRootInUserNS`), and may not chown(2) what it stores.
fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    let (euid, caps) = (&facts.process.euid, &facts.process.cap_eff);
    match (euid.value(), facts.has_sys_admin()) {
        _ if !plan.does(Habit::Rootful) => Gate::NotApplicable,
        (Some(0), Some(true)) if facts.mounts.kernel_owner.value().is_some_and(|id| *id != 0) => {
            let owner = &facts.mounts.kernel_owner;
            Gate::shut(Errno::EACCES, vec![Evidence::of(euid), Evidence::of(owner)])
        }
        (Some(0), Some(true)) => Gate::shut_silently(vec![Evidence::of(euid)]),
        (Some(_), None) => Gate::undecided(caps),
        (Some(_), Some(true)) => {
            Gate::shut(Errno::EPERM, vec![Evidence::of(euid), Evidence::of(caps)])
        }
        (Some(_), Some(false)) => Gate::Open,
        (None, _) => Gate::undecided(euid),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) const CASES: &[Case] = &[
        case(PODMAN, Start, None, |f| {
            f.process.euid = known(0);
            f.process.cap_eff = known(Caps::ALL);
        })
        .dark(|f| f.process.euid = denied()),
        case(PODMAN, Start, Some(EPERM), |f| {
            f.process.cap_eff = known(Caps(1 << Caps::SYS_ADMIN));
        }),
    ];
}
