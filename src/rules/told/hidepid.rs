use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "hidepid",
    steps: &[Step::UidMap],
    errnos: &[Errno::EPERM, Errno::ENOENT],
    title: "/proc is mounted with hidepid, and the program may not see the process that it set up",
    docs: include_str!("hidepid.md"),
    texts: Texts {
        common: 2,
        refuses: &[
            (Step::UidMap, &[Errno::EPERM, Errno::ENOENT, Errno::EACCES]),
            (Step::Setgroups, &[Errno::EPERM, Errno::ENOENT, Errno::EACCES]),
            (Step::GidMap, &[Errno::EPERM, Errno::ENOENT, Errno::EACCES]),
        ],
        ask: ask("findmnt -n -o OPTIONS /proc", "hidepid"),
        weigh: |text, _| text.is(Sign::Hidepid).then_some(40),
        ..Texts::NONE
    },
    ..Rule::TOLD
};
