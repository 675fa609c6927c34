use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "setgroups-denied",
    steps: &[Step::Setgroups, Step::SetIds],
    errnos: &[Errno::EPERM, Errno::EACCES],
    title: "setgroups(2) cannot be allowed where it is denied, nor denied once groups are mapped",
    since: "0.1.0",
    docs: include_str!("setgroups_denied.md"),
    texts: Texts {
        common: 5,
        refuses: &[
            (Step::Setgroups, &[Errno::EPERM]),
            (Step::GidMap, &[Errno::EPERM]),
            (Step::SetIds, &[Errno::EPERM]),
        ],
        marks: &["setgroups failed: operation not permitted"],
        hints: &["--setgroups", "setgroups"],
        confirm: "/proc/self/setgroups reads deny",
        weigh: |text, _| {
            let asked = match text.step {
                Some(Step::GidMap) => text.has("setgroups"),
                Some(Step::SetIds) => text.has("group"),
                _ => true,
            };
            Some(if asked { 0 } else { -6 })
        },
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[&remedy::flags::WITHOUT_SETGROUPS_ALLOW, &remedy::flags::MAP_THAT_ID],
    #[cfg(test)]
    cases: tests::CASES,
};

fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    if step == Step::SetIds { calling(facts, plan) } else { writing(facts, plan) }
}

/// proc_setgroups_write() in kernel/user_namespace.c: what an ancestor denied stays denied, and
/// once gids are mapped nothing can be denied any more. proc_setgroups_open() asks for
/// CAP_SYS_ADMIN in the namespace, first (EACCES).
fn writing(facts: &Facts, plan: &Plan) -> Gate {
    let Some(allow) = plan.setgroups else { return Gate::NotApplicable };
    let (setgroups, gid_map, caps) =
        (&facts.process.setgroups, &facts.process.gid_map, &facts.process.cap_eff);
    if setgroups.is_absent() {
        return absent_or_undecided(facts, setgroups);
    }
    if setgroups.is_undecided() {
        return Gate::undecided(setgroups);
    }
    if !plan.new_user() {
        match caps.value() {
            Some(set) if set.has(Caps::SYS_ADMIN) => {}
            Some(_) => {
                return Gate::shut(Errno::EACCES, vec![Evidence::of(caps)]);
            }
            None => return Gate::undecided(caps),
        }
    }
    match (allow, setgroups.value().map(String::as_str)) {
        (true, Some("deny")) => Gate::shut(Errno::EPERM, vec![Evidence::of(setgroups)]),
        (true, Some(_)) => Gate::Open,
        (true, None) => Gate::undecided(setgroups),
        // busybox denies it before it maps, util-linux for this flag once more behind that.
        (false, _) if plan.new_user() => {
            let last = |step| plan.steps.iter().rposition(|one| *one == step);
            match last(Step::GidMap).is_none_or(|map| last(Step::Setgroups) < Some(map)) {
                true => Gate::Open,
                false => Gate::shut(Errno::EPERM, vec![evidence::flags(plan)]),
            }
        }
        (false, _) => match gid_map.value() {
            Some(map) if map.0.is_empty() => Gate::Open,
            Some(map) => Gate::shut(Errno::EPERM, vec![Evidence::at(gid_map, map.one_line())]),
            None => Gate::undecided(gid_map),
        },
    }
}

/// may_setgroups() in kernel/groups.c: `--setgid` drops the supplementary groups first, and for
/// that setgroups(2) has to be allowed and gids have to be mapped.
fn calling(facts: &Facts, plan: &Plan) -> Gate {
    if !plan.drops_groups() {
        return Gate::NotApplicable;
    }
    let process = &facts.process;
    let shut = |evidence| Gate::shut(Errno::EPERM, vec![evidence]);
    match plan.gid_map {
        IdMapping::None | IdMapping::Single(_) if plan.in_new_user(Step::SetIds) => {
            return shut(evidence::flags(plan));
        }
        _ => {}
    }
    if process.setgroups.is_undecided() {
        return Gate::undecided(&process.setgroups);
    }
    if process.setgroups.is_absent()
        && absent_or_undecided(facts, &process.setgroups) == Gate::Unobservable
    {
        // With both capabilities nothing else gives this error.
        let met = facts.refused_at(Step::SetIds, Errno::EPERM) && facts.may_change_ids();
        return if met { shut(Evidence::new("setgroups(2)", "EPERM")) } else { Gate::Unobservable };
    }
    if process.setgroups.value().is_some_and(|word| word == "deny") {
        return shut(Evidence::of(&process.setgroups));
    }
    match process.gid_map.value() {
        Some(map) if !plan.in_new_user(Step::SetIds) && map.0.is_empty() => {
            shut(Evidence::at(&process.gid_map, "empty"))
        }
        _ => Gate::Open,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mechanisms::nix;

    pub(super) const CASES: &[Case] =
        &[case("-U --setgroups=allow", Setgroups, Some(EPERM), |f| {
            f.process.setgroups = known("deny".into())
        })
        .dark(|f| f.process.setgroups = denied())];

    /// Found by the lab: `setgroups failed: Operation not permitted` from nix-build(1), which lets
    /// go of its groups where root starts it, before it makes any namespace.
    #[test]
    fn outside_of_the_new_namespace_the_callers_own_counts() {
        let plan = |uid| (nix::MECHANISM.plan)(&[], None, (Some(uid), Some(0)));
        let mut facts = healthy();
        facts.process.setgroups = known("deny".into());
        assert!(matches!(check(&facts, &plan(0), Step::SetIds), Gate::Shut(_)));
        assert!(!plan(1000).has(Step::SetIds));
        facts.process.setgroups = known("allow".into());
        assert_eq!(check(&facts, &plan(0), Step::SetIds), Gate::Open);
    }
}
