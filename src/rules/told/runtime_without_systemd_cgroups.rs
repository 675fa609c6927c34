use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "runtime-without-systemd-cgroups",
    steps: &[Step::Exec],
    errnos: &[Errno::EOPNOTSUPP],
    title: "control groups are left to systemd, which the runtime cannot reach here",
    docs: include_str!("runtime_without_systemd_cgroups.md"),
    texts: Texts {
        common: 5,
        marks: &[
            "systemd cgroup flag passed",
            "systemd not running on this host",
            "systemd cgroups manager, systemd not",
            "systemd support for managing cgroups is not available",
            "systemd not supported: operation",
        ],
        hints: &["native.cgroupdriver", "--cgroup-manager", "wsl", "openrc"],
        ask: ask("cat /proc/1/comm", "not systemd"),
        ..Texts::NONE
    },
    ..Rule::TOLD
};
