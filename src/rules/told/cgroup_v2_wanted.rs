use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "cgroup-v2-wanted",
    steps: &[Step::Exec],
    errnos: &[Errno::ENOENT],
    title: "the program wants control groups of version 2, and the system has version 1 or both",
    docs: include_str!("cgroup_v2_wanted.md"),
    texts: Texts {
        common: 5,
        marks: &[
            "cgroup v2 not found",
            "combined cgroup v1+v2 mode",
            "not run on a host using cgroup v1",
            "requires cgroup v2",
            "requires cgroups v2",
            "requires cgroupv2",
            "cgroups v2 in unified mode",
            "systemd cgroups manager on cgroup v1",
            "systemd driver doesn't support cgroup v1",
            "no unified cgroup hierarchy mounted",
            "cgroup v2 is required",
            "cgroup v1 is not supported",
            "require cgroup v2",
            "cgroups in hybrid mode not supported",
            "not a valid cgroup2",
            "not a cgroup2",
            "cgroup2 is not mounted",
            "cgroup v2 is not mounted",
            "cannot determine the cgroups file system",
        ],
        ask: ask("stat -f -c %T /sys/fs/cgroup", "tmpfs"),
        ..Texts::NONE
    },
    ..Rule::TOLD
};
