use crate::findings::catalogue;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: catalogue::UNSAFE_SYSCTL.id,
    steps: &[Step::Exec],
    title: catalogue::UNSAFE_SYSCTL.title,
    docs: include_str!("unsafe_sysctl.md"),
    texts: Texts {
        common: 6,
        marks: &["sysctlforbidden", "forbidden sysctl", "forbidden: unsafe\u{2026}sysctl"],
        hints: &["not allowlisted", "not whitelisted"],
        confirm: "`kubectl get pod` shows SysctlForbidden",
        ..Texts::NONE
    },
    ..Rule::TOLD
};
