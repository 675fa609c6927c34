use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "newuidmap-setuid-without-sys-admin",
    steps: &[Step::UidMap, Step::GidMap],
    errnos: &[Errno::EPERM],
    title: "newuidmap is setuid root, and CAP_SYS_ADMIN is not in the bounding set",
    since: "0.1.0",
    docs: include_str!("newuidmap_setuid_without_sys_admin.md"),
    texts: Texts {
        common: 4,
        refuses: &[(Step::UidMap, &[Errno::EPERM]), (Step::GidMap, &[Errno::EPERM])],
        hints: &["buildkit", "buildkitd"],
        places: &[Sign::SeccompOff, Sign::Docker, Sign::Container, Sign::Kubernetes],
        elsewhere: &[Sign::NoNewPrivs, Sign::Privileged, Sign::SysAdmin],
        ask: ask("grep CapBnd /proc/self/status", "no bit 21 (0x200000)"),
        cured: &[Sign::SysAdmin, Sign::Privileged],
        confirm: "`ls -l` of newuidmap, and CapBnd in `/proc/self/status`",
        // Debian installs it setuid, Red Hat with file capabilities.
        weigh: |text, outright| {
            let setuid = text.is(Sign::Debian) || text.is(Sign::Ubuntu);
            texts::of_newuidmap(text, outright).map(|points| points + i32::from(setuid) * 4)
        },
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[
        &remedy::programs::NEWUIDMAP_FILE_CAPABILITIES,
        &remedy::capabilities::CAP_ADD_SYS_ADMIN,
        &remedy::flags::MAP_ONE_ID,
    ],
    #[cfg(test)]
    cases: tests::CASES,
};

fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    let process = &facts.process;
    let Some(tool) = map_helper::of(facts, plan, step) else { return Gate::NotApplicable };
    let Some(found) = tool.value() else {
        return if tool.is_undecided() { Gate::Unobservable } else { Gate::Open };
    };
    // By file capabilities it stays the user, who owns the new namespace and may do all in it; and
    // root's namespace is root's.
    let gains = found.mode & 0o4000 != 0
        && !found.nosuid
        && process.no_new_privs.value() != Some(&true)
        && process.euid.value() != Some(&0);
    if !gains {
        return Gate::NotApplicable;
    }
    match process.cap_bnd.value() {
        Some(bounding) if bounding.has(Caps::SYS_ADMIN) => Gate::Open,
        Some(bounding) => {
            let evidence = vec![
                Evidence::at(
                    &process.cap_bnd,
                    format!("CapBnd {:016x}: no CAP_SYS_ADMIN", bounding.0),
                ),
                Evidence::new(found.path.as_str(), format!("mode {:04o}", found.mode)),
            ];
            match stays_root(facts, step) {
                Some(true) => Gate::shut(Errno::EPERM, evidence),
                Some(false) => Gate::Unobservable,
                None => Gate::Undecided(evidence),
            }
        }
        None => evidence::absent_or_undecided(facts, &process.cap_bnd),
    }
}

/// Whether newuidmap writes as root. Where shadow was built with libcap it goes back to the uid of
/// its caller before (lib/idmapping.c, since 4.7), and needs no capability of root's; Debian and
/// what comes of it build it without. What was refused here did not go back. `None`: nobody knows
/// whose it is.
fn stays_root(facts: &Facts, step: Step) -> Option<bool> {
    if facts.trial_at(step).is_some() {
        return Some(true);
    }
    let os = &facts.os.os_release;
    let like_debian = |id: &str| ["debian", "ubuntu"].contains(&id);
    match os.value() {
        Some(os) => Some(like_debian(&os.id) || os.id_like.iter().any(|id| like_debian(id))),
        None => os.is_absent().then_some(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Trial;
    use crate::parse::os_release;

    /// In a container of Debian, with Docker's default set: CAP_SYS_ADMIN is not in it.
    fn container(facts: &mut Facts) {
        facts.process.cap_bnd = known(Caps(0xa804_25fb));
        facts.os.os_release = known(os_release::parse(b"ID=debian\n").unwrap());
    }

    pub(super) const CASES: &[Case] = &[
        case("--map-auto", UidMap, Some(EPERM), container)
            .dark(|f| f.process.cap_bnd = Fact::default()),
        case("--map-auto", GidMap, Some(EPERM), container),
    ];

    fn said(change: impl FnOnce(&mut Facts)) -> Gate {
        let mut facts = healthy();
        container(&mut facts);
        change(&mut facts);
        (super::RULE.check)(&facts, &plan_of(&CASES[0]), UidMap)
    }

    #[test]
    fn with_file_capabilities_the_user_stays_the_owner() {
        assert_eq!(said(|f| f.tools.set(&Program::NEWUIDMAP, tool(0o755))), Gate::NotApplicable);
    }

    /// shadow of another distribution may be built with libcap; a refusal shows that it was not.
    #[test]
    fn elsewhere_only_a_refusal_tells() {
        let arch =
            |f: &mut Facts| f.os.os_release = known(os_release::parse(b"ID=arch\n").unwrap());
        assert_eq!(said(arch), Gate::Unobservable);
        let refused = |f: &mut Facts| {
            arch(f);
            f.trial = Some(Trial { step: Some(UidMap), errno: Some(EPERM), ..Trial::default() });
        };
        assert!(matches!(said(refused), Gate::Shut(_)));
    }

    /// As `podman unshare` of root in a container of Docker's, without the seccomp profile.
    #[test]
    fn root_owns_its_namespace() {
        assert_eq!(said(|f| f.process.euid = known(0)), Gate::NotApplicable);
    }

    #[test]
    fn of_nobody_knows_whose_image_it_is_not_said() {
        let image = |f: &mut Facts| f.os.os_release = crate::facts::Fact::not_probed("the image");
        assert!(matches!(said(image), Gate::Undecided(_)));
    }
}
