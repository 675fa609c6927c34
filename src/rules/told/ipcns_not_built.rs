use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "ipcns-not-built",
    steps: &[Step::Unshare],
    errnos: &[Errno::EINVAL],
    title: "the kernel was built without IPC namespaces",
    docs: include_str!("ipcns_not_built.md"),
    texts: Texts {
        common: 0,
        marks: &[
            "up ipc namespacing: invalid argument",
            // runc's, of each kind.
            "namespace newipc is not supported",
        ],
        refuses: &[(Step::Unshare, &[Errno::EINVAL])],
        value: Deciding::zero("config_ipc_ns"),
        confirm: "/proc/self/ns/ipc is absent, and it works without that namespace",
        ask: ask("ls /proc/self/ns/", "no ipc"),
        weigh: |text, _| {
            let alone = text.flags.is_some_and(|flags| flags.ipc && !flags.pid);
            Some(if alone { 10 } else { 0 })
        },
        ..Texts::NONE
    },
    ..Rule::TOLD
};
