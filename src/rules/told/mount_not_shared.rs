use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "mount-not-shared",
    steps: &[Step::Propagation],
    title: "a mount is meant to propagate, and the mount that it is in is not shared",
    docs: include_str!("mount_not_shared.md"),
    texts: Texts {
        common: 7,
        marks: &["is not a shared mount", "is not a shared or slave mount"],
        hints: &["rshared", "bidirectional", "mountflags"],
        ask: ask("findmnt -n -o PROPAGATION -T DIR", "private, or private,slave"),
        // podman warns of it, and goes on to what is refused.
        weigh: |text, _| (text.step.is_none() || text.has("but it is not a shared")).then_some(0),
        ..Texts::NONE
    },
    ..Rule::TOLD
};
