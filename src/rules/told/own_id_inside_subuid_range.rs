use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "own-id-inside-subuid-range",
    steps: &[Step::UidMap, Step::GidMap],
    errnos: &[Errno::EINVAL],
    title: "the user's own id lies in its range of subordinate ids, and would be mapped twice",
    docs: include_str!("own_id_inside_subuid_range.md"),
    texts: Texts {
        common: 3,
        refuses: &[(Step::UidMap, &[Errno::EINVAL]), (Step::GidMap, &[Errno::EINVAL])],
        ask: ask("id -u; grep $(id -un) /etc/subuid", "the first number within the range"),
        weigh: |text, _| {
            let (own, ranges) = text.map.split_first()?;
            let doubled = own.count == 1 && ranges.iter().any(|range| range.overlaps(*own));
            Some(if doubled { 20 } else { -4 })
        },
        ..Texts::NONE
    },
    ..Rule::TOLD
};
