use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "seatbelt-nested",
    steps: &[Step::Exec],
    errnos: &[Errno::EPERM],
    title: "macOS allows no sandbox within a sandbox",
    docs: include_str!("seatbelt_nested.md"),
    texts: Texts {
        common: 7,
        marks: &["sandbox_apply: operation not permitted", "forbidden-sandbox-reinit"],
        confirm: "the same works outside of the tool that started it",
        ask: ask("log show --last 5m | grep sandbox-reinit", "forbidden-sandbox-reinit"),
        ..Texts::NONE
    },
    ..Rule::TOLD
};
