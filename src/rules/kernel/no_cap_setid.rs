use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "no-cap-setid",
    steps: &[Step::SetIds],
    errnos: &[Errno::EPERM],
    title: "changing ids without a user namespace needs CAP_SETUID and CAP_SETGID",
    since: "0.1.0",
    docs: include_str!("no_cap_setid.md"),
    texts: Texts {
        common: 4,
        refuses: &[(Step::SetIds, &[Errno::EPERM])],
        marks: &[
            "setuid failed: operation not permitted",
            "setgroups failed: operation not permitted",
            // sudo's.
            "unable to change to root gid",
            "su-exec: setgroups: operation not permitted",
            // apt's; for an id that is not mapped it says EINVAL.
            "seteuid (1: operation not permitted)",
        ],
        hints: &[
            "--setuid", "--setgid", "setresuid", "setresgid", "switch uid", "switch to uid",
            "switch to gid",
        ],
        places: &[Sign::CapsDropped],
        confirm: "bits 6 and 7 of `CapEff` in /proc/self/status are clear, without `--user`",
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[&remedy::flags::MAP_THAT_ID, &remedy::ids::RUN_AS_ROOT],
    #[cfg(test)]
    cases: tests::CASES,
};

/// setgroups(2) and setgid(2) need CAP_SETGID, setuid(2) needs CAP_SETUID unless the id is ours
/// (kernel/sys.c).
fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    if plan.in_new_user(step) {
        return Gate::NotApplicable;
    }
    let caps = &facts.process.cap_eff;
    let Some(set) = caps.value() else { return Gate::undecided(caps) };
    let shut = || Gate::shut(Errno::EPERM, vec![Evidence::of(caps)]);
    // One's own id may always be set.
    let own = |id: u32| facts.process.egid.value() == Some(&u64::from(id));
    let needed = plan.setgid.is_some_and(|id| plan.drops_groups() || !own(id));
    if needed && !set.has(Caps::SETGID) {
        return shut();
    }
    match plan.setuid {
        Some(_) if set.has(Caps::SETUID) => Gate::Open,
        // setuid(2) looks the id up before it asks for the capability.
        Some(id) if facts.process.uid_map.value().is_some_and(|map| !map.contains(id.into())) => {
            Gate::Open
        }
        Some(id) => match facts.process.euid.value() {
            Some(own) if *own == u64::from(id) => Gate::Open,
            Some(_) => shut(),
            None => Gate::undecided(&facts.process.euid),
        },
        None => Gate::Open,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) const CASES: &[Case] =
        &[case("--setgid=5", SetIds, Some(EPERM), |f| f.process.cap_eff = known(Caps(0)))
            .dark(|f| f.process.cap_eff = denied())];

    /// As nsjail 3.4 did as root with the group 1000 and without CAP_SETGID.
    #[test]
    fn ones_own_group_may_be_set() {
        let mut facts = healthy();
        facts.process.cap_eff = known(Caps(Caps::ALL.0 & !(1 << Caps::SETGID)));
        let gate = |own| {
            let words = ["--disable_clone_newuser".to_owned()];
            let plan = crate::mechanisms::nsjail::plan(&words, None, (Some(0), Some(own)));
            (super::RULE.check)(&facts, &plan, SetIds)
        };
        assert_eq!(gate(1000), crate::rules::Gate::Open);
        assert!(matches!(gate(5), crate::rules::Gate::Shut(_)));
    }
}
