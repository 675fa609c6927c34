use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "timens-not-built",
    steps: &[Step::Unshare],
    errnos: &[Errno::EINVAL, Errno::ENOENT],
    title: "the kernel has no time namespaces: it is older than 5.6, or was built without them",
    docs: include_str!("timens_not_built.md"),
    texts: Texts {
        common: 2,
        marks: &[
            "time namespaces aren't enabled",
            "time namespaces are not",
            "namespace newtime is not supported",
            "/ns/time: no such file",
            "/ns/time'\u{2026}no such file",
            "timens_offsets: no such file",
            "clone_newtime\u{2026}invalid argument",
        ],
        confirm: "/proc/self/ns/time is absent, and it works without that namespace",
        ask: ask("ls /proc/self/ns/", "no time"),
        ..Texts::NONE
    },
    ..Rule::TOLD
};
