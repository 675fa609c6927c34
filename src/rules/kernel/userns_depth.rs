use crate::parse::idmap::IdMap;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "userns-depth",
    steps: &[Step::Unshare, Step::SecondUserns, Step::InnerNamespaces],
    errnos: &[Errno::ENOSPC, Errno::EUSERS],
    title: "user namespaces are nested as deep as the kernel allows",
    since: "0.1.0",
    docs: include_str!("userns_depth.md"),
    texts: Texts {
        common: 1,
        refuses: &[
            (Step::Unshare, &[Errno::ENOSPC, Errno::EUSERS]),
            (Step::SecondUserns, &[Errno::ENOSPC, Errno::EUSERS]),
        ],
        marks: &["userns_max_level"],
        places: &[Sign::Nested],
        confirm: "more than 32 layers of sandboxes",
        weigh: texts::of_user_namespaces,
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[&remedy::limits::FEWER_LAYERS, &remedy::flags::WITHOUT_USER_NAMESPACE],
    #[cfg(test)]
    cases: &[case(DEFAULT_FLAGS, Unshare, Some(ENOSPC), |f| nested(f, b"0 0 1"))
        .dark(|f| f.namespaces.user = known(4_026_532_000))],
};

/// No fact shows the depth. A refusal under the map `0 0 1` is taken for it; a limit of an ancestor
/// looks the same and cannot be told apart for certain.
fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    if !plan.makes_user_at(step) || facts.in_initial_userns() == Some(true) {
        return Gate::NotApplicable;
    }
    if quota::refused_beyond_own_limit(facts, step) && quota::nested_single_id(facts) {
        let map = &facts.process.uid_map;
        let text = map.value().map(IdMap::one_line).unwrap_or_default();
        return Gate::shut(quota::errno(facts), vec![Evidence::at(map, text)]);
    }
    Gate::Unobservable
}
