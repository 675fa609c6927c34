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

/// new_idmap_permitted() in kernel/user_namespace.c.
fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    let own = matches!(plan.gid_map, IdMapping::Single(_));
    if !own || plan.external_maps() || plan.asks_first(Step::Setgroups, Step::GidMap) {
        return Gate::NotApplicable;
    }
    evidence::capability(facts, Caps::SETGID)
}
