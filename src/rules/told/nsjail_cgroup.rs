use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "nsjail-cgroup",
    steps: &[Step::Exec],
    errnos: &[Errno::ENOENT, Errno::EACCES, Errno::EROFS],
    title: "nsjail cannot make its control group",
    docs: include_str!("nsjail_cgroup.md"),
    texts: Texts {
        common: 6,
        marks: &[
            "mkdir('/sys/fs/cgroup",
            "nsjail\u{2026}mkdir(\u{2026}read-only file system",
            "couldn't initialize cgroup",
            "couldn't initialize net user namespace for pid",
            "nsjail.1' for pid",
            "/cgroup.subtree_control' failed",
            "couldn't setup parent cgroup",
            "enablecgroupsubtree",
            "cgroup.subtree_control' (fd=",
            "cgroup.subtree_control' for writing",
        ],
        hints: &["nsjail", "cgroup_mem_mount", "use_cgroupv2"],
        ask: ask("stat -f -c %T /sys/fs/cgroup", "cgroup2fs, and nsjail wants version 1"),
        weigh: |text, _| {
            let its_own = text.by == Some(Teller::Nsjail) || text.has("nsjail");
            (its_own || text.has("cgroup::")).then_some(4)
        },
        ..Texts::NONE
    },
    ..Rule::TOLD
};
