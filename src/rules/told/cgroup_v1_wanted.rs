use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "cgroup-v1-wanted",
    steps: &[Step::Exec],
    errnos: &[Errno::ENOENT],
    title: "the program wants control groups of version 1, and the system has version 2",
    docs: include_str!("cgroup_v1_wanted.md"),
    texts: Texts {
        common: 6,
        marks: &[
            // Garden's, of a controller by itself.
            "mounting subsystem '",
            "control group /sys/fs/cgroup/memory",
            "control group /sys/fs/cgroup/cpu",
            "write /sys/fs/cgroup/memory/box",
            "open /sys/fs/cgroup/memory/box",
            "/sys/fs/cgroup/memory/memory.use_hierarchy",
            "set /sys/fs/cgroup/cpuset/",
            "set /sys/fs/cgroup/memory/",
            "/sys/fs/cgroup/memory/domjudge",
            "/sys/fs/cgroup/cpuset/domjudge",
            // Judge0, where isolate has made no box.
            "rb_sysopen - /box/",
            "not mount cpuset cgroup",
            "/sys/fs/cgroup/memory\u{2026}busy",
            // Docker before 20.10.
            "cgroup mountpoint does not exist",
            "find cgroup mount destination",
            "found cgroup mount destination",
            "devices cgroup isn't mounted",
            "cgroups v2 is not yet supported",
            "no subsystem for mount",
            "control group root /sys/fs/cgroup/memory",
            "mount cgroup at /sys/fs/cgroup/systemd",
            "(type cgroup) on /sys/fs/cgroup/systemd",
            "mounting the unified cgroup hierarchy",
            // Anybody's, of the directory of a controller.
            "/sys/fs/cgroup/freezer)\u{2026}no such file",
            "/sys/fs/cgroup/freezer: no such file",
            "/sys/fs/cgroup/freezer': no such file",
            "/sys/fs/cgroup/memory: no such file",
            "/sys/fs/cgroup/memory': no such file",
            "/sys/fs/cgroup/cpuset: no such file",
            "/sys/fs/cgroup/cpuset': no such file",
            "/sys/fs/cgroup/devices: no such file",
            "/sys/fs/cgroup/devices': no such file",
            "mkdir /sys/fs/cgroup/freezer/\u{2026}no such file",
            "mkdir /sys/fs/cgroup/memory/\u{2026}no such file",
            "mkdir /sys/fs/cgroup/cpuset/\u{2026}no such file",
            "mkdir /sys/fs/cgroup/cpu/\u{2026}no such file",
            "mkdir /sys/fs/cgroup/pids/\u{2026}no such file",
            "/sys/fs/cgroup/memory/memory.\u{2026}no such file",
            "/sys/fs/cgroup/cpuset/cpuset.\u{2026}no such file",
            "/sys/fs/cgroup/cpuacct/cpuacct.\u{2026}no such file",
        ],
        hints: &["judge0", "isolate", "domjudge"],
        // Fedora 31 was the first system with version 2 alone.
        since: 2019,
        ask: ask("stat -f -c %T /sys/fs/cgroup", "cgroup2fs"),
        // Where a group cannot be made for a read-only mount, the hierarchy was there; and
        // version 2 has none of systemd's own.
        weigh: |text, _| {
            let there = text.shows("'/sys/fs/cgroup/\u{2026}/\u{2026}': read-only");
            let of_systemd = text.has("/sys/fs/cgroup/systemd");
            Some(i32::from(of_systemd) * 20 - i32::from(there) * 20)
        },
        ..Texts::NONE
    },
    ..Rule::TOLD
};
