use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "procmount-needs-hostusers-false",
    steps: &[Step::MountProc],
    title: "Kubernetes accepts procMount: Unmasked only together with hostUsers: false",
    docs: include_str!("procmount_needs_hostusers_false.md"),
    texts: Texts {
        common: 9,
        marks: &[
            "must be false to use `unmasked`",
            "`hostusers` must be false",
            "hostusers must be false",
        ],
        confirm: "the pod has procMount: Unmasked, and no hostUsers: false",
        ..Texts::NONE
    },
    ..Rule::TOLD
};
