use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "idmap-ends-at-4294967295",
    steps: &[Step::UidMap],
    errnos: &[Errno::EINVAL],
    title: "the id range of the pod ends at 4294967295, which the kernel does not map",
    docs: include_str!("idmap_ends_at_4294967295.md"),
    texts: Texts {
        common: 2,
        refuses: &[(Step::Unshare, &[Errno::EINVAL])],
        ask: ask("grep kubelet /etc/subuid /etc/subgid", "first id and count add up to 4294967296"),
        weigh: |text, _| text.has("process for unshare").then_some(30),
        ..Texts::NONE
    },
    ..Rule::TOLD
};
