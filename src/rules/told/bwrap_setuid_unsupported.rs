use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "bwrap-setuid-unsupported",
    steps: &[Step::Start],
    title: "bwrap has the setuid bit, and this build of it does not support that",
    docs: include_str!("bwrap_setuid_unsupported.md"),
    texts: Texts {
        common: 6,
        marks: &["setuid use of bubblewrap is not supported"],
        ask: ask("ls -l $(command -v bwrap)", "-rwsr-xr-x"),
        ..Texts::NONE
    },
    ..Rule::TOLD
};
