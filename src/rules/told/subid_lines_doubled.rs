use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "subid-lines-doubled",
    steps: &[Step::UidMap, Step::GidMap],
    errnos: &[Errno::EINVAL],
    title: "two lines of /etc/subuid or /etc/subgid give the user the same ids",
    docs: include_str!("subid_lines_doubled.md"),
    texts: Texts {
        common: 3,
        refuses: &[(Step::UidMap, &[Errno::EINVAL]), (Step::GidMap, &[Errno::EINVAL])],
        ask: ask("grep $(id -un) /etc/subuid /etc/subgid", "two lines of one file"),
        weigh: |text, _| {
            // The own id is mapped alone.
            let ranges = || text.map.iter().filter(|range| range.count > 1);
            let doubled = ranges()
                .enumerate()
                .any(|(at, one)| ranges().skip(at + 1).any(|other| one.overlaps(*other)));
            let helper = text.has("newuidmap") || text.has("newgidmap");
            Some(if doubled { 20 } else { -2 - i32::from(!helper) * 10 })
        },
        ..Texts::NONE
    },
    ..Rule::TOLD
};
