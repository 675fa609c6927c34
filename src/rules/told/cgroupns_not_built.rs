use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "cgroupns-not-built",
    steps: &[Step::Unshare],
    errnos: &[Errno::EINVAL],
    title: "the kernel has no cgroup namespaces: it is older than 4.6, or was built without them",
    docs: include_str!("cgroupns_not_built.md"),
    texts: Texts {
        common: 2,
        refuses: &[(Step::Unshare, &[Errno::EINVAL])],
        marks: &[
            "cgroup namespaces aren't enabled",
            "cgroup namespaces are not",
            "namespace newcgroup is not supported",
            "cgroup namespace because the kernel does not support",
            "(clone_newcgroup): invalid argument",
            "cgroup namespace: invalid argument",
            "/ns/cgroup: no such file",
        ],
        confirm: "/proc/self/ns/cgroup is absent, and it works without that namespace",
        ask: ask("ls /proc/self/ns/", "no cgroup"),
        weigh: |text, outright| {
            let old = text.is(Sign::Rhel7) || text.kernel.is_some_and(|kernel| kernel < (4, 6));
            (outright || old && text.has("clone_newcgroup")).then_some(8)
        },
        ..Texts::NONE
    },
    ..Rule::TOLD
};
