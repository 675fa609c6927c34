use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "setgid-missing",
    steps: &[Step::GidMap],
    errnos: &[Errno::EPERM],
    title: "mapping a group id without denying setgroups(2) first needs CAP_SETGID",
    since: "0.1.0",
    docs: include_str!("setgid_missing.md"),
    texts: Texts {
        common: 3,
        refuses: &[(Step::GidMap, &[Errno::EPERM])],
        hints: &["nsjail", "cap_drop", "cap-drop", "drop: [all]"],
        confirm: "the user is 0 and bit 6 of CapEff in /proc/self/status is clear",
        ..Texts::NONE
    },
    decided_by: &[Setting::Capabilities],
    check,
    remedies: &[
        &remedy::ids::RUN_AS_USER,
        &remedy::capabilities::CAP_ADD_SETGID,
        &remedy::container::PRIVILEGED,
    ],
    #[cfg(test)]
    cases: &[
        case(NSJAIL_OF_ROOT, GidMap, Some(EPERM), |_| {}).dark(|f| f.process.cap_eff = denied())
    ],
};

/// new_idmap_permitted() in kernel/user_namespace.c: where an ancestor denied setgroups(2), it is
/// denied in the new namespace, too. Who is in that already has no capability in its parent.
fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    let own = matches!(plan.gid_map, IdMapping::Single(_));
    if !own || plan.external_maps() || plan.asks_first(Step::Setgroups, Step::GidMap) {
        return Gate::NotApplicable;
    }
    let inside = !matches!(plan.via, Via::Clone3 | Via::CloneMapped);
    let allowed = &facts.process.setgroups;
    match allowed.value().map(String::as_str) {
        Some("deny") => Gate::Open,
        Some(_) if inside => {
            Gate::shut(Errno::EPERM, vec![evidence::flags(plan), Evidence::of(allowed)])
        }
        None if inside => Gate::undecided(allowed),
        _ => evidence::capability(facts, Caps::SETGID),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As nsjail of root says in each: `gid_map: Operation not permitted`, or nothing.
    #[test]
    fn who_writes_it_from_within_needs_setgroups_denied() {
        let gate = |flags: &[&str], setgroups: &str, caps: u64| {
            let flags: Vec<String> = flags.iter().map(|flag| (*flag).to_owned()).collect();
            let plan = crate::mechanisms::nsjail::plan(&flags, None, (Some(0), Some(0)));
            let mut facts = healthy();
            facts.process.setgroups = known(setgroups.to_owned());
            facts.process.cap_eff = known(Caps(caps));
            (super::RULE.check)(&facts, &plan, GidMap)
        };
        assert_eq!(gate(&["-Mo"], "allow", u64::MAX), Gate::Open);
        assert!(matches!(gate(&["-Mo"], "allow", 0), Gate::Shut(_)));
        assert_eq!(gate(&["-Mo"], "deny", 0), Gate::Open);
        assert!(matches!(gate(&["-Me"], "allow", u64::MAX), Gate::Shut(_)));
        assert_eq!(gate(&["-Me"], "deny", u64::MAX), Gate::Open);
    }
}
