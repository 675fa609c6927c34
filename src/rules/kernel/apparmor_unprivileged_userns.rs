use crate::facts::Trial;
use crate::facts::apparmor::{self, AppArmorLabel};
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "apparmor-unprivileged-userns",
    steps: &[
        Step::Unshare,
        Step::UidMap,
        Step::Setgroups,
        Step::GidMap,
        Step::Propagation,
        Step::Loopback,
        Step::Hostname,
        Step::SecondUserns,
    ],
    errnos: &[Errno::EPERM, Errno::EACCES],
    title: "AppArmor removes capabilities inside unprivileged user namespaces",
    since: "0.1.0",
    docs: include_str!("apparmor_unprivileged_userns.md"),
    texts: Texts {
        common: 4,
        refuses: &[
            (Step::UidMap, &[Errno::EPERM, Errno::EACCES]),
            (Step::Setgroups, &[Errno::EACCES, Errno::EPERM]),
            (Step::GidMap, &[Errno::EPERM, Errno::EACCES]),
            (Step::Unshare, &[Errno::EACCES, Errno::EPERM]),
            (Step::Propagation, &[Errno::EACCES, Errno::EPERM]),
            (Step::MountProc, &[Errno::EACCES]),
            (Step::Loopback, &[Errno::EPERM]),
            (Step::SecondUserns, &[Errno::EACCES, Errno::EPERM]),
        ],
        marks: &[
            "unprivileged_userns\"",
            "profile=\"unpriv_",
            // aa-notify(8), in a terminal and in a window.
            "profile: unprivileged_userns",
            "wants to create an user namespace",
            "setting up uid map: permission denied",
            "info to setgroups: permission denied",
            "nested userns is capability-restricted",
            "not usable by bitbake",
            "check apptainer installation",
            "unprivileged_userns is set to 1",
            "failed rtm_newaddr: operation not permitted",
            "credentials.cc(127)",
            "credentials.cc:131",
        ],
        hints: &[
            "kernel.apparmor_restrict_unprivileged_userns",
            "apparmor_restrict_unprivileged_userns",
        ],
        places: &[Sign::UbuntuRestricting, Sign::Ubuntu, Sign::AppArmor],
        elsewhere: &[
            Sign::Docker,
            Sign::Kubernetes,
            Sign::UbuntuOld,
            Sign::Debian,
            Sign::DebianOld,
            Sign::RedHat,
            Sign::Arch,
            Sign::Wsl,
            Sign::Chroot,
            Sign::Hardened,
        ],
        value: Some(Deciding {
            name: "apparmor_restrict_unprivileged_userns",
            refuses: |value| value > 0,
        }),
        since: 2023,
        kernel: (6, 2),
        ask: ask("sysctl kernel.apparmor_restrict_unprivileged_userns", "1"),
        confirm: "/proc/sys/kernel/apparmor_restrict_unprivileged_userns reads 1",
        weigh,
        ..Texts::NONE
    },
    decided_by: &[Setting::AppArmor],
    check,
    remedies: &[
        &remedy::lsm::APPARMOR_PROFILE_FOR_PROGRAM,
        &remedy::sysctl::SYSCTL_APPARMOR_RESTRICT,
        &remedy::ids::RUN_AS_ROOT,
        &remedy::capabilities::CAP_ADD_SYS_ADMIN,
        &remedy::container::PRIVILEGED,
    ],
    #[cfg(test)]
    cases: tests::CASES,
};

/// Ubuntu 23.10 and later: an unconfined process without CAP_SYS_ADMIN gets its namespace, and is
/// moved into a profile that denies every capability in it. The first thing that needs one is
/// refused.
fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    if !plan.new_user() {
        return Gate::NotApplicable;
    }
    let restrict = &facts.sysctl.apparmor_restrict_unprivileged_userns;
    let masked = |trial: &&Trial| trial.inner_uts.value() == Some(&Reply::Refused(Errno::EPERM));
    let label = apparmor::label(facts);
    if let Some(trial) = facts.trial_at(step).filter(masked)
        && label != AppArmorLabel::None
    {
        let errno = trial.errno.unwrap_or(Errno::EPERM);
        let inner = Evidence::new("unshare(CLONE_NEWUTS) in a new user namespace", "EPERM");
        return Gate::shut(
            errno,
            vec![inner, Evidence::of(restrict), Evidence::of(&facts.lsm.label)],
        );
    }
    // Already in that profile: the capability check of a combined unshare(2) is the first to meet
    // it.
    let inside = apparmor::denies_capabilities(facts);
    let others = plan.namespaces.0 & !Namespaces::USER != 0;
    if inside && (step != Step::Unshare || others) {
        return Gate::shut(Errno::EPERM, vec![Evidence::of(&facts.lsm.label)]);
    }
    match restrict.value() {
        None if restrict.is_absent() => match label {
            AppArmorLabel::Confined(_) | AppArmorLabel::Unknown => Gate::Unobservable,
            AppArmorLabel::None | AppArmorLabel::Unconfined => Gate::NotApplicable,
        },
        None => Gate::undecided(restrict),
        Some(0) => Gate::Open,
        Some(_) if step == Step::Unshare => Gate::Open,
        Some(_) => match (facts.has_sys_admin(), facts.in_initial_userns()) {
            (Some(true), Some(true)) => Gate::Open,
            (None, _) => Gate::undecided(&facts.process.cap_eff),
            (Some(true), None) => Gate::undecided(&facts.process.uid_map),
            _ => match label {
                AppArmorLabel::Unconfined => of_program(facts, plan).unwrap_or_else(|| {
                    let asks = matches!(step, Step::UidMap | Step::Loopback | Step::Hostname);
                    let errno = if asks { Errno::EPERM } else { Errno::EACCES };
                    Gate::shut(errno, vec![Evidence::of(restrict), Evidence::of(&facts.lsm.label)])
                }),
                AppArmorLabel::Confined(_) => Gate::Unobservable,
                AppArmorLabel::None | AppArmorLabel::Unknown => Gate::undecided(&facts.lsm.label),
            },
        },
    }
}

/// Programs that Ubuntu has had a profile for since it has the restriction.
const PROVIDED_FOR: [&str; 4] = ["podman", "rootlesskit", "ch-run", "chromium"];

/// What a profile of the program's own says: it attaches to the path that distributions use, and is
/// there to grant this.
fn of_program(facts: &Facts, plan: &Plan) -> Option<Gate> {
    let profile = facts.lsm.profile_of(plan.by);
    // isodoc's own is written for the path where the program was found.
    let usual =
        profile.source.contains("/isodoc-")
            || facts.tools.get(plan.by).value().is_none_or(|tool| {
                ["/usr/bin/", "/bin/"].iter().any(|dir| tool.path.starts_with(dir))
            });
    match profile.value() {
        Some(true) if usual => Some(Gate::Unobservable),
        Some(true) => Some(Gate::Undecided(vec![Evidence::of(&profile)])),
        None if PROVIDED_FOR.contains(&plan.by.name) => Some(Gate::undecided(&profile)),
        _ => None,
    }
}

fn weigh(text: &Pasted, outright: bool) -> Option<i32> {
    texts::of_user_namespaces(text, outright)?;
    // It lets root do.
    if text.map.first().is_some_and(|extent| extent.outer == 0) && !outright {
        return Some(-12);
    }
    // These have no AppArmor.
    let others = [Sign::Ubuntu, Sign::UbuntuRestricting, Sign::AppArmor];
    if text.is(Sign::RedHat) && !others.iter().any(|sign| text.is(*sign)) {
        return Some(-40);
    }
    let unshare = text.by == Some(Teller::Unshare);
    match (text.step, text.errno) {
        // unshare(1) opens the map, where this gate lets it pass, and is refused at the write.
        (Some(Step::UidMap), Some(Errno::EACCES)) if unshare => outright.then_some(0),
        (Some(Step::UidMap | Step::GidMap), _) if text.has("newuidmap") && !outright => Some(-12),
        // It refuses the first file; most write that of the users first.
        (Some(Step::GidMap), _) if text.by != Some(Teller::Chromium) => Some(-8),
        (Some(Step::UidMap | Step::Setgroups | Step::GidMap), _) => {
            Some(if text.by == Some(Teller::Crun) { -8 } else { 4 })
        }
        (Some(Step::Unshare), Some(Errno::EACCES)) if unshare && !outright => Some(-6),
        // Go and runc have their maps written by the parent: setgroups first.
        (Some(Step::Unshare), Some(Errno::EACCES)) if text.has("fork/exec") => Some(12),
        (Some(Step::Unshare), _) if text.by == Some(Teller::Chromium) => Some(age(text)),
        // Ubuntu has a profile for it.
        (Some(Step::Unshare), Some(Errno::EPERM)) if text.by == Some(Teller::Podman) => Some(-10),
        // It lets the programs of root do, and others are refused before they come so far.
        (Some(Step::Loopback), _) if text.by != Some(Teller::Bubblewrap) => Some(-4),
        // Its mounts are refused with EACCES, before the kernel looks for capabilities.
        (Some(Step::Propagation), Some(Errno::EPERM)) => {
            Some(if text.by.is_none() { -12 } else { -4 })
        }
        (Some(Step::Propagation | Step::MountProc), _)
            if text.by == Some(Teller::Nsjail) || text.has("share mount point") =>
        {
            Some(8)
        }
        _ => Some(0),
    }
}

/// Chromium's texts carry the line of its source that speaks, which tells roughly when it was
/// built: those before 2023 met something else.
fn age(text: &Pasted) -> i32 {
    // Line 158 spoke from 2021 to 2024, so it says nothing.
    const OLD: &[&str] = &["setuid_sandbox_host.cc(157", "zygote_host_impl_linux.cc(11"];
    const UNSAID: &str = "setuid_sandbox_host.cc(158";
    const NEW: &[&str] = &[
        "setuid_sandbox_host.cc:",
        "zygote_host_impl_linux.cc:",
        "zygote_host_impl_linux.cc(126",
        "zygote_host_impl_linux.cc(127",
        "zygote_host_impl_linux.cc(128",
        "zygote_host_impl_linux.cc(13",
    ];
    let new = NEW.iter().any(|line| text.has(line));
    if new || text.year.is_some_and(|year| year >= 2024) {
        12
    } else if OLD.iter().any(|line| text.has(line)) {
        -6
    } else if text.has("suid sandbox helper") && !text.has(UNSAID) {
        6
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) const CASES: &[Case] = &[
        case(DEFAULT_FLAGS, UidMap, Some(EPERM), |f| {
            confined(f, "unconfined");
            f.sysctl.apparmor_restrict_unprivileged_userns = known(1);
        })
        .dark(|f| f.sysctl.apparmor_restrict_unprivileged_userns = denied()),
        case(DEFAULT_FLAGS, Unshare, Some(EPERM), |f| confined(f, "unprivileged_userns (enforce)")),
    ];

    /// Ubuntu 24.04 has `/etc/apparmor.d/podman`, and 25.04 `bwrap-userns-restrict`, which lets
    /// `/usr/bin/bwrap` alone.
    #[test]
    fn a_profile_of_the_programs_own_lets_it() {
        use crate::mechanisms::{bubblewrap, podman_rootless};
        let mut facts = healthy();
        confined(&mut facts, "unconfined");
        facts.sysctl.apparmor_restrict_unprivileged_userns = known(1);
        let gate = |facts: &Facts, mechanism| (super::RULE.check)(facts, &of(mechanism), UidMap);
        let (podman, bwrap) = (&podman_rootless::MECHANISM, &bubblewrap::MECHANISM);
        let tool = |path| known(crate::facts::Tool::installed(path, 0o755));
        facts.tools.set(bwrap.program, tool("/usr/bin/bwrap"));
        assert!(matches!(gate(&facts, podman), Gate::Undecided(_)), "it was not looked for");
        assert!(matches!(gate(&facts, bwrap), Gate::Shut(_)));
        for key in [podman.program.key, bwrap.program.key] {
            facts.lsm.apparmor_profiles.insert(key, known(true));
        }
        facts.tools.set(podman.program, tool("/usr/bin/podman"));
        assert_eq!(gate(&facts, podman), Gate::Unobservable);
        assert_eq!(gate(&facts, bwrap), Gate::Unobservable);
        facts.tools.set(bwrap.program, tool("/home/me/bin/bwrap"));
        assert!(matches!(gate(&facts, bwrap), Gate::Undecided(_)));
        facts.lsm.apparmor_profiles.insert(podman.program.key, known(false));
        assert!(matches!(gate(&facts, podman), Gate::Shut(_)));
    }
}
