use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "rlimit-above-hard-limit",
    steps: &[Step::Exec],
    errnos: &[Errno::EPERM],
    title: "the container asks for a higher limit (ulimit) than whoever starts it may grant",
    docs: include_str!("rlimit_above_hard_limit.md"),
    texts: Texts {
        common: 5,
        marks: &[
            "setting rlimit\u{2026}not permitted",
            "setrlimit\u{2026}not permitted",
            "cannot modify limit\u{2026}not permitted",
            "resource limit rlimit_\u{2026}not permitted",
            "not permitted - failed to set limit",
        ],
        hints: &["ulimit", "default_ulimits", "nofile", "limits.conf"],
        places: &[Sign::Podman],
        ask: ask("ulimit -Hn; ulimit -Hu", "less than --ulimit or default_ulimits asks for"),
        weigh: |_, _| Some(10),
        ..Texts::NONE
    },
    ..Rule::TOLD
};
