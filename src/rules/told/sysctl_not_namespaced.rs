use crate::findings::catalogue;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: catalogue::SYSCTL_NOT_NAMESPACED.id,
    steps: &[Step::Exec],
    title: catalogue::SYSCTL_NOT_NAMESPACED.title,
    docs: include_str!("sysctl_not_namespaced.md"),
    texts: Texts {
        common: 6,
        marks: &[
            "is not in a separate kernel namespace",
            "not allowed in host network namespace",
            "is not allowed in the hosts ipc namespace",
            "conflicts with the oci \"hostname\" field",
            "for \"--sysctl\" flag",
            "` is not namespaced",
            "requires a new network namespace",
            "requires a new ipc namespace",
            "requires a new uts namespace",
            "can't be set since network namespace set to host",
            "can't be set since ipc namespace set to host",
            "open /proc/sys/net/core/\u{2026}no such file",
            // What the network namespace of a container does not have, by runc and crun.
            "sysctl key net.\u{2026}no such file",
            "open sysctl net.\u{2026}no such file",
            "container init\u{2026}open /proc/sys/net/ipv4/\u{2026}no such file",
            "crun: open /proc/sys/net/\u{2026}no such file",
        ],
        hints: &["sysctl"],
        confirm: "it starts without that parameter",
        ..Texts::NONE
    },
    ..Rule::TOLD
};
