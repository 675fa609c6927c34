use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "set-ids-unmapped",
    steps: &[Step::SetIds],
    errnos: &[Errno::EINVAL],
    title: "the target id is not mapped in the user namespace",
    since: "0.1.0",
    docs: include_str!("set_ids_unmapped.md"),
    texts: Texts {
        common: 6,
        refuses: &[(Step::SetIds, &[Errno::EINVAL])],
        marks: &[
            "setuid failed: invalid argument",
            "setgid failed: invalid argument",
            // apt's.
            "- setegid (22: invalid argument)",
            "- seteuid (22: invalid argument)",
            // cp(1) and install(1) give a file to an id that is not mapped.
            "failed to preserve ownership\u{2026}invalid argument",
            // A devpts is made for the group 5.
            "devpts\u{2026}invalid argument",
            // A runtime writes the group 0 there.
            "ping_group_range`: invalid argument",
            "ping_group_range: invalid argument",
            "mounting /dev/pts: invalid argument",
        ],
        hints: &["--setuid", "--setgid"],
        confirm: "the id is not in the map of the new user namespace",
        // What cannot be chowned is a file's id, not the process's.
        weigh: |text, _| Some(if text.has("chown ") { -20 } else { 0 }),
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[&remedy::flags::MAP_THAT_ID],
    #[cfg(test)]
    cases: tests::CASES,
};

/// setgid(2) and setuid(2), EINVAL: the id is not valid in this user namespace.
fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    let process = &facts.process;
    let refused = facts.refused_at(step, Errno::EINVAL);
    let new_user = plan.in_new_user(step);
    let mut ranges = None;
    let mut unseen = refused;
    for (id, planned, own) in [
        (plan.setgid, &plan.gid_map, &process.gid_map),
        (plan.setuid, &plan.uid_map, &process.uid_map),
    ] {
        let Some(id) = id else { continue };
        let mapped = match (planned, own.value()) {
            (_, Some(map)) if !new_user => Some(map.contains(id.into())),
            (_, None) if !new_user => None,
            (planned, _) => planned.maps(id),
        };
        match mapped {
            Some(false) => {
                return Gate::shut(Errno::EINVAL, vec![evidence::flags(plan)]);
            }
            Some(true) => {}
            // Both calls give EINVAL for nothing else.
            None if refused => {
                return Gate::shut(Errno::EINVAL, vec![evidence::flags(plan)]);
            }
            None if new_user => ranges = Some(id),
            None => unseen = true,
        }
    }
    match ranges {
        Some(id) => Gate::Undecided(vec![Evidence::new(
            id.to_string(),
            "whether the ranges map it; without --no-probe it is tried",
        )]),
        None if unseen => Gate::Unobservable,
        None => Gate::Open,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) const CASES: &[Case] = &[case("-r --setuid=5", SetIds, Some(EINVAL), |_| {})];

    /// As nsjail 3.4 said as root with a group that is not mapped: `setresgid(65534): Invalid
    /// argument`.
    #[test]
    fn a_group_of_ones_own_may_be_unmapped() {
        let words = ["--disable_clone_newuser".to_owned()];
        let plan = crate::mechanisms::nsjail::plan(&words, None, (Some(0), Some(65534)));
        let mut facts = healthy();
        let gate = |facts: &Facts| (super::RULE.check)(facts, &plan, SetIds);
        assert_eq!(gate(&facts), Gate::Open);
        facts.process.gid_map = known(crate::parse::idmap::parse(b"").unwrap());
        assert!(matches!(gate(&facts), Gate::Shut(_)));
    }
}
