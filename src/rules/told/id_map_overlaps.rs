use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "id-map-overlaps",
    steps: &[Step::UidMap, Step::GidMap],
    errnos: &[Errno::EINVAL],
    title: "two lines of the id map have an id in common, which the kernel does not take",
    docs: include_str!("id_map_overlaps.md"),
    texts: Texts {
        common: 1,
        refuses: &[(Step::UidMap, &[Errno::EINVAL]), (Step::GidMap, &[Errno::EINVAL])],
        hints: &["lxc.idmap", "lxc.id_map", "raw.idmap", "idmap"],
        ask: ask("grep -h idmap /etc/pve/lxc/*.conf /var/lib/lxc/*/config", "ranges that overlap"),
        weigh: |text, _| {
            let pairs = || {
                text.map.iter().enumerate().flat_map(|(n, one)| {
                    text.map.iter().skip(n + 1).map(move |other| (*one, *other))
                })
            };
            // Where they have ids of the outside in common as well, it is the user's ranges.
            pairs()
                .any(|(one, other)| one.overlaps_inside(other) && !one.overlaps(other))
                .then_some(30)
        },
        ..Texts::NONE
    },
    ..Rule::TOLD
};
