use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "mknod-in-userns",
    steps: &[Step::Exec],
    errnos: &[Errno::EPERM],
    title: "device nodes cannot be made in a user namespace, whatever capabilities it gives",
    docs: include_str!("mknod_in_userns.md"),
    texts: Texts {
        common: 5,
        calls: &["mknod", "mknodat"],
        marks: &[
            "mknod\u{2026}not permitted",
            "makedev \u{2026}failed",
            "device node\u{2026}not permitted",
            "not permitted - failed to create device node",
            "device inode\u{2026}not permitted",
            "mknodat\u{2026}not permitted",
        ],
        hints: &["debootstrap", "mmdebstrap", "makedev", "pbuilder", "rootless", "unshare"],
        confirm: "it fails in a user namespace",
        ask: ask("cat /proc/self/uid_map", "not `0 0 4294967295`"),
        ..Texts::NONE
    },
    ..Rule::TOLD
};
