use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "hidepid",
    steps: &[Step::UidMap],
    errnos: &[Errno::EPERM, Errno::ENOENT],
    title: "/proc is mounted with hidepid, and the program cannot see the process that it set up",
    docs: include_str!("hidepid.md"),
    texts: Texts {
        common: 2,
        marks: &["hidepid="],
        refuses: &[
            (Step::UidMap, &[Errno::EPERM, Errno::ENOENT, Errno::EACCES]),
            (Step::Setgroups, &[Errno::EPERM, Errno::ENOENT, Errno::EACCES]),
            (Step::GidMap, &[Errno::EPERM, Errno::ENOENT, Errno::EACCES]),
        ],
        ask: ask("findmnt -n -o OPTIONS /proc", "hidepid"),
        // Elsewhere it is a line of the list of mounts.
        weigh: |text, _| {
            let maps = [Step::UidMap, Step::Setgroups, Step::GidMap];
            let met = text.step.is_none_or(|step| maps.contains(&step));
            // systemd does not find whose session a process is that it may not see.
            let sure = text.step.is_some() || text.has("sd-bus");
            let listed = |line: &str| line.contains(" type proc ") || line.contains(" - proc ");
            let set = |line: &str| line.contains("hidepid=") && !listed(line);
            let met = met && (sure || text.text.lines().any(set));
            (text.is(Sign::Hidepid) && met).then_some(if sure { 40 } else { 0 })
        },
        ..Texts::NONE
    },
    ..Rule::TOLD
};
