use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "oom-score-refused",
    steps: &[Step::Exec],
    errnos: &[Errno::EACCES],
    title: "a lower oom_score_adj takes CAP_SYS_RESOURCE on the host",
    docs: include_str!("oom_score_refused.md"),
    texts: Texts {
        common: 4,
        marks: &[
            "oom_score_adj\u{2026}permission denied",
            "adjust oom setting: permission denied",
            "oom_score_adj to\u{2026}failed",
            "set oom score\u{2026}permission denied",
            "oom score adj\u{2026}permission denied",
        ],
        hints: &["rootless", "oomscoreadj", "oom-score-adj", "kubelet", "k3s"],
        places: &[Sign::Podman, Sign::Lxc],
        ask: ask(
            "cat /proc/self/oom_score_adj /proc/self/uid_map",
            "a score above the one that is asked for, and a user namespace",
        ),
        // Where something was refused later, that is what the text is about.
        weigh: |text, _| Some(if text.step.is_some() { -40 } else { 0 }),
        ..Texts::NONE
    },
    ..Rule::TOLD
};
