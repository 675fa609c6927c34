use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "openat2-refused",
    steps: &[Step::Exec],
    errnos: &[Errno::EPERM, Errno::ENOSYS],
    title: "a filter refuses openat2(2), with which the program opens files",
    docs: include_str!("openat2_refused.md"),
    texts: Texts {
        common: 5,
        marks: &["openat2", ": cannot open: function not implemented"],
        hints: &["suppress-sync", "restrictsuidsgid", "crun", "seccomp="],
        places: &[Sign::Nspawn, Sign::Docker],
        never: &[Sign::SeccompOff],
        cured: &[Sign::SeccompOff, Sign::Privileged],
        since: 2020,
        ask: ask(
            "grep Seccomp: /proc/self/status; systemd-detect-virt",
            "2, and systemd-nspawn or docker",
        ),
        weigh: |text, _| {
            let answers =
                ["eperm", "enosys", "operation not permitted", "function not implemented"];
            let of_tar = text.has("openat2") || text.is(Sign::Nspawn);
            (of_tar && answers.iter().any(|answer| text.has(answer))).then_some(4)
        },
        ..Texts::NONE
    },
    ..Rule::TOLD
};
