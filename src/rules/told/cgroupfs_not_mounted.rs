use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "cgroupfs-not-mounted",
    steps: &[Step::Exec],
    errnos: &[Errno::ENOENT],
    title: "the control groups that the program needs are not mounted",
    docs: include_str!("cgroupfs_not_mounted.md"),
    texts: Texts {
        common: 5,
        marks: &[
            // runc and Docker, since 2014; of one controller, or of all.
            "mountpoint for cgroup not found",
            "mountpoint for devices not found",
            "mountpoint for memory not found",
            "mountpoint for cpu not found",
            "mountpoint for cpuset not found",
            "mountpoint for pids not found",
            "mountpoint for freezer not found",
            "no cgroup mount found",
            "failed to get cgroup mounts",
            "cgroups not mounted",
            "cgroups are not mounted",
            "cgroup is not mounted at /sys/fs/cgroup",
            // runc's, of a group that /proc/self/cgroup names and no mount shows.
            "mounting \"cgroup\" to rootfs\u{2026}stat /sys/fs/cgroup/\u{2026}no such file",
            "no cgroup hierarchy",
            // LXC's.
            "controller mountpoint found",
            "not find writable mount point for cgroup hierarchy",
            // dockerd, which then has a cause besides.
            "find \u{2026} cgroup in mounts",
            "devices cgroup isn't mounted",
        ],
        hints: &["cgroupfs-mount", "cgroupfs", "chroot", "alpine", "openrc", "upstart"],
        ask: ask("grep cgroup /proc/self/mountinfo", "nothing, or not the controller"),
        // Where something was refused later, that is what the text is about; and within a container
        // whoever made it has given it none.
        weigh: |text, _| {
            let inside = text.in_container() || text.is(Sign::Lxc);
            let given = inside && text.has("no cgroup mount found");
            // So says dockerd before 20.10 where there is version 2 alone.
            let second = text.has("devices cgroup isn't mounted")
                && text.year.is_none_or(|year| (2019..2022).contains(&year));
            Some(match (text.step.is_some(), given || second) {
                (true, _) => -40,
                (false, true) => -20,
                (false, false) => 10,
            })
        },
        ..Texts::NONE
    },
    ..Rule::TOLD
};
